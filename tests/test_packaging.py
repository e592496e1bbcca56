"""What is packed: dependencies that are told, in the metadata, the recipe and the pins alike."""

import ast
import importlib.util
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from types import ModuleType
from typing import Any

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import parkgeo

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CORE = {canonicalize_name(one.name): one for one in map(Requirement, PROJECT["dependencies"])}
EXTRAS = {
    name: {canonicalize_name(one.name): one for one in map(Requirement, lines)}
    for name, lines in PROJECT["optional-dependencies"].items()
}
NOT_IMPORTED = {"xstatic-jquery", "xstatic-leaflet"}
"""Packages of which only files are read."""
CONDA_NAMES = {"matplotlib": "matplotlib-base"}


def pins(name: str) -> dict[str, Version]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(package): Version(version) for package, version in pairs}


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"tools/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def imported() -> dict[str, set[str]]:
    """Top-level modules that the sources import, each with the files that do."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "src/parkgeo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                names = [one.value for one in node.args if isinstance(one, ast.Constant)]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(path.name)
    return found


def test_every_import_is_a_dependency_that_is_told() -> None:
    told = set(CORE) | {name for extra in ("osm", "spark", "stats") for name in EXTRAS[extra]}
    owners = packages_distributions()
    for module, files in imported().items():
        if module in sys.stdlib_module_names or module == "parkgeo":
            continue
        owned = {canonicalize_name(owner) for owner in owners.get(module, [module])}
        assert owned & told, f"{module}, imported by {sorted(files)}, is no dependency"


def test_every_dependency_is_used() -> None:
    owners = packages_distributions()
    used = {canonicalize_name(name) for one in imported() for name in owners.get(one, [one])}
    assert set(CORE) - used == NOT_IMPORTED


@pytest.mark.parametrize("name", sorted(CORE))
def test_a_dependency_has_a_lower_bound_that_is_tried(name: str) -> None:
    (bound,) = CORE[name].specifier
    assert bound.operator == ">="
    assert pins("constraints-lowest.txt")[name] == Version(bound.version)
    assert CORE[name].specifier.contains(pins("constraints.txt")[name])


@pytest.mark.parametrize("extra", ["stats"])
def test_an_extra_s_lower_bounds_are_tried(extra: str) -> None:
    for name, need in EXTRAS[extra].items():
        (bound,) = need.specifier
        assert pins("constraints-lowest.txt")[name] == Version(bound.version)


def test_pins_name_versions_and_nothing_else() -> None:
    for name in ("constraints.txt", "constraints-lowest.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            assert re.fullmatch(r"#.*|[\w.-]+==[\w.]+", line), line


def test_readme_names_the_extras_that_there_are() -> None:
    for readme in ("README.md", "README.zh-CN.md"):
        named = re.findall(r"'?\.\[(\w+)\]", (ROOT / readme).read_text("utf-8"))
        assert named
        assert set(named) <= set(EXTRAS)


def test_messages_name_extras_that_there_are() -> None:
    sources = (path.read_text("utf-8") for path in (ROOT / "src/parkgeo").rglob("*.py"))
    named = set(re.findall(r"parkgeo\[(\w+)\]", "\n".join(sources)))
    assert named == {"osm", "spark", "stats"}


def test_version_is_told_once() -> None:
    assert parkgeo.__version__ == PROJECT["version"]


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "src/parkgeo/py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


class TestRecipe:
    @pytest.fixture
    def recipe(self) -> dict[str, Any]:
        yaml = pytest.importorskip("yaml", reason="PyYAML comes with the extra docs")
        loaded: dict[str, Any] = yaml.safe_load((ROOT / "recipe/recipe.yaml").read_text("utf-8"))
        return loaded

    def test_says_the_version_and_python_of_the_project(self, recipe: dict[str, Any]) -> None:
        assert recipe["context"]["version"] == PROJECT["version"]
        assert PROJECT["requires-python"] == f">={recipe['context']['python_min']}"
        assert recipe["about"]["license"] == PROJECT["license"]
        assert recipe["about"]["license_file"] == PROJECT["license-files"]
        (entry,) = recipe["build"]["python"]["entry_points"]
        assert entry == f"parkgeo = {PROJECT['scripts']['parkgeo']}"

    def test_has_the_same_dependencies_and_bounds(self, recipe: dict[str, Any]) -> None:
        python, *run = recipe["requirements"]["run"]
        assert python == "python >=${{ python_min }}"
        assert set(run) == {
            f"{CONDA_NAMES.get(name, name)} {need.specifier}" for name, need in CORE.items()
        }

    def test_bounds_what_extras_would_bring(self, recipe: dict[str, Any]) -> None:
        assert set(recipe["requirements"]["run_constraints"]) == {
            f"{name} {need.specifier}"
            for extra in ("osm", "spark", "stats")
            for name, need in EXTRAS[extra].items()
            if name not in CORE
        }


class TestAudit:
    tool = tool("check_dependencies")

    @pytest.mark.parametrize(
        ("said", "fits"),
        [
            ("MIT", True),
            ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
            ("Apache-2.0 OR BSD-2-Clause", True),
            ("Mozilla Public License 2.0 (MPL 2.0)", True),
            ("GPL-3.0-only", False),
            ("GNU General Public License v3 (GPLv3)", False),
            ("GNU Affero General Public License v3", False),
            ("MIT AND GPL-2.0-or-later", False),
            ("MIT AND SSPL-1.0", False),
            ("GPL-2.0-or-later OR MIT", True),
            ("Proprietary", False),
            ("nothing", False),
        ],
    )
    def test_licences_that_fit(self, said: str, fits: bool) -> None:  # noqa: FBT001
        assert self.tool.permitted(said) is fits

    def test_what_is_installed_fits(self) -> None:
        found, _ = self.tool.installed("parkgeo", ("spark", "stats"))
        assert {"geopandas", "numba", "pyspark", "shapely"} <= set(found)
        doubtful = {
            name: said
            for name, said in self.tool.licences(found).items()
            if not self.tool.permitted(said)
        }
        assert doubtful == {}

    def test_what_could_not_be_looked_up_is_not_called_safe(self) -> None:
        weak, skipped = self.tool.judged(
            [
                {"name": "a", "version": "1", "vulns": []},
                {"name": "b", "skip_reason": "not found"},
                {
                    "name": "c",
                    "version": "2",
                    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}],
                },
            ]
        )
        assert weak == ["c 2: PYSEC-1, mended in ['2.1']"]
        assert skipped == ["b"]
