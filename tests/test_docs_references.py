"""Every entry of the bibliography is cited, and what pages and docstrings cite is in it."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from docs_pages import DOCS
from test_docs_names import PAGES, ROOT

pybtex = pytest.importorskip("pybtex.database", reason="the bibliography needs the extra [docs]")

Entries = Mapping[str, Any]
CITE = re.compile(r"\{cite:[a-z]+\}`([^`]+)`")
SECTION = re.compile(r"^References\n-+\n(.*?)(?=^\S[^\n]*\n---|\Z)", re.MULTILINE | re.DOTALL)
AUTHOR = re.compile(r"([A-Z]\w+), [A-Z]\.[^(),;]*(?:,[^()]*?)?\((\d{4})\)")
STANDARD = re.compile(
    r"(?:TD/T|GB/T|GB|RFC|OGC) ?[\d-]+(?:r\d)?|(?:国土调查办|杭政办?函|自然资)发?〔\d{4}〕\d+号"
)
# Of the layout of one file, which no page explains.
ELSEWHERE = {"GB/T 16820"}


@pytest.fixture(scope="module")
def entries() -> Entries:
    return pybtex.parse_file(DOCS / "references.bib", "bibtex").entries


def docstrings() -> Iterator[tuple[str, str]]:
    """Give what stands under References in each docstring."""
    for path in (ROOT / "src" / "parkgeo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                continue
            text = inspect.cleandoc(ast.get_docstring(node) or "")
            found = re.search(
                r"^References\n-+\n(.*?)(?=^\S[^\n]*\n---|\Z)", text, re.MULTILINE | re.DOTALL
            )
            if found:
                yield f"{path.name}: {getattr(node, 'name', '')}", " ".join(found[1].split())


def test_each_entry_is_cited_and_each_citation_is_an_entry(entries: Entries) -> None:
    cited = {
        key.strip()
        for page in PAGES
        for match in CITE.finditer(page.read_text("utf-8"))
        for key in match[1].split(",")
    }
    assert cited == set(entries)


def test_entries_say_what_a_reader_needs(entries: Entries) -> None:
    for key, entry in entries.items():
        assert entry.fields["title"], key
        assert entry.fields["keywords"] in {"paper", "standard", "document"}, key
        assert "shorthand" in entry.fields or (entry.persons["author"] and entry.fields["year"]), (
            key
        )
        assert re.fullmatch(r"10\.\d{4,5}/\S+", entry.fields.get("doi", "10.1000/none")), key
    dois = [entry.fields["doi"] for entry in entries.values() if "doi" in entry.fields]
    assert len(set(dois)) == len(dois)


def test_papers_of_docstrings_are_in_the_bibliography(entries: Entries) -> None:
    known = {
        (person.last_names[0], entry.fields.get("year"))
        for entry in entries.values()
        for person in entry.persons.get("author", [])[:1]
    }
    found = [(where, named) for where, text in docstrings() for named in AUTHOR.findall(text)]
    assert len(found) > 20
    assert not [(where, named) for where, named in found if named not in known]


def test_standards_of_docstrings_are_in_the_bibliography(entries: Entries) -> None:
    known = [entry.fields.get("shorthand", "") for entry in entries.values()]
    found = [(where, named) for where, text in docstrings() for named in STANDARD.findall(text)]
    assert len(found) > 10
    assert not [
        (where, named)
        for where, named in found
        if named not in ELSEWHERE and not any(number.startswith(named) for number in known)
    ]
