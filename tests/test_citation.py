"""What is said about citing parkgeo is the same everywhere, and of this version."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

import parkgeo

yaml = pytest.importorskip("yaml", reason="reading CITATION.cff needs the extra [docs]")
bibtex = pytest.importorskip("pybtex.database", reason="reading BibTeX needs the extra [docs]")

# Of the schema of the Citation File Format 1.2.0.
REQUIRED = {"authors", "cff-version", "message", "title"}
ALLOWED = REQUIRED | {
    *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords"),
    *("license", "license-url", "preferred-citation", "references", "repository"),
    *("repository-artifact", "repository-code", "type", "url", "version"),
}
ENTITY = {"address", "alias", "city", "country", "email", "name", "orcid", "url", "website"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGES = [ROOT / "docs" / "cite.md", ROOT / "docs" / "zh" / "cite.md"]


@pytest.fixture(scope="module")
def citation() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_the_file_has_the_keys_of_its_format(citation: dict[str, Any]) -> None:
    assert set(citation) >= REQUIRED
    assert set(citation) <= ALLOWED
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in {"software", "dataset"}
    for author in citation["authors"]:
        assert author["name"]
        assert set(author) <= ENTITY
    for reference in citation["references"]:
        assert {"type", "title", "authors"} <= set(reference)
    assert all(isinstance(word, str) for word in citation["keywords"])


def test_it_says_what_the_package_says(citation: dict[str, Any]) -> None:
    assert citation["version"] == PROJECT["version"] == parkgeo.__version__
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in PROJECT["authors"]
    ]
    assert citation["license"] in PROJECT["license"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_cite_this_version(page: Path, citation: dict[str, Any]) -> None:
    text = page.read_text("utf-8")
    (block,) = re.findall(r"```bibtex\n(.*?)```", text, re.DOTALL)
    (entry,) = bibtex.parse_string(block, "bibtex").entries.values()
    assert entry.fields["version"] == citation["version"]
    assert entry.fields["title"].replace("{", "").replace("}", "") == citation["title"]
    versions = re.findall(r"(?:[Vv]ersion|版本|parkgeo)\s+(\d+\.\d+\.\d+)", text)
    assert versions
    assert set(versions) == {citation["version"]}


def test_the_chinese_page_has_the_form_of_the_standard(citation: dict[str, Any]) -> None:
    text = PAGES[1].read_text("utf-8")
    (author,) = citation["authors"]
    assert f"{author['name']}. {citation['title']}[CP]." in text
    assert "[DB/OL]" in text
