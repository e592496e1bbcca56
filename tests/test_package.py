import subprocess
import sys
from pathlib import Path

import pytest

import parkgeo as pg

HEAVY = ("folium", "matplotlib", "numba", "pandera", "rasterio", "scipy")


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = run("import sys, parkgeo; print(*sys.modules)").split()
    assert not {"pandas", "geopandas", *HEAVY} & set(loaded)


@pytest.mark.parametrize("module", ["crs", "measure", "overlap", "fourbounds", "io", "tables"])
def test_working_modules_leave_drawing_libraries_alone(module: str) -> None:
    loaded = run(f"import sys, parkgeo; parkgeo.{module}; print(*sys.modules)").split()
    assert not {"folium", "matplotlib", "rasterio"} & set(loaded)


def test_every_public_name_resolves_and_is_listed() -> None:
    for name in pg.__all__:
        assert getattr(pg, name) is not None
        assert name in dir(pg)


@pytest.mark.parametrize("module", sorted(set(pg.__all__) - {"__version__"}))
def test_completion_shows_public_names_only(module: str) -> None:
    names = getattr(getattr(pg, module), "__all__", None)
    if names is not None:  # the rest are functions
        shown = [name for name in dir(getattr(pg, module)) if not name.startswith("_")]
        assert shown == sorted(names)


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'overlaps'"):
        _ = pg.overlaps


def test_both_readmes_name_the_same_calls_and_commands() -> None:
    root = Path(__file__).resolve().parents[1]
    english, chinese = (
        (root / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")
    )

    def code(text: str) -> list[str]:
        words = text.replace("`", "\n").splitlines()
        return [word.split("#")[0].strip() for word in words if word.startswith("pg.")]

    assert code(english) == code(chinese)
