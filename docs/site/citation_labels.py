"""What a citation prints: authors and year, or the number of a standard."""  # noqa: INP001

from collections import Counter
from collections.abc import Iterator, Sequence
from string import ascii_lowercase
from typing import Final

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx

FEW: Final = 3


def authors(entry: Entry) -> str:
    """Name the authors of an entry, the first only where there are more than three."""
    names = [
        " ".join(person.prelast_names + person.last_names).strip("{}")
        for person in entry.persons["author"]
    ]
    if len(names) > FEW or "others" in names:
        return f"{names[0]} et al."
    return " & ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


class Labels(BaseLabelStyle):  # type: ignore[misc]
    """Labels such as "Ellison & Glaeser 1997" and "TD/T 1055-2019"."""

    def format_labels(self, sorted_entries: Sequence[Entry]) -> Iterator[str]:
        """Give each entry a label of its own."""
        labels = [
            entry.fields.get("shorthand") or f"{authors(entry)} {entry.fields['year']}"
            for entry in sorted_entries
        ]
        often, seen = Counter(labels), Counter[str]()
        for label in labels:
            yield label + (ascii_lowercase[seen[label]] if often[label] > 1 else "")
            seen[label] += 1


class Style(PlainStyle):  # type: ignore[misc]
    """The plain style, sorted by author, with labels that can be read in the text."""

    default_label_style = Labels


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the style known under its name."""
    register_plugin("pybtex.style.formatting", "parkgeo", Style)
    app.setup_extension("sphinxcontrib.bibtex")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
