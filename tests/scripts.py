"""Scripts beside the package, loaded as modules."""

import importlib.util
from pathlib import Path
from types import ModuleType

from conftest import ROOT

__all__ = ["load"]


def load(script: str | Path) -> ModuleType:
    """Run a script of the repository, such as ``tools/build_ground.py``, as a module."""
    path = ROOT / script
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
