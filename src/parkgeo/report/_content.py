"""What a report is made of, before it becomes a page: plain text in one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from markupsafe import Markup

__all__ = [
    "Block",
    "Bullet",
    "Bullets",
    "Column",
    "Entry",
    "Formula",
    "Heading",
    "LiveMap",
    "Paragraph",
    "Picture",
    "Row",
    "Section",
    "Table",
    "Terms",
]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences; ``quiet`` for what is only said so that nothing is silent."""

    block: ClassVar[str] = "paragraph"
    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a part of a section."""

    block: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Bullet:
    """One entry of a list; ``href`` where all of it is an address."""

    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    block: ClassVar[str] = "bullets"
    items: Sequence[Bullet]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in MathML of our own, with what it says in words."""

    block: ClassVar[str] = "formula"
    mathml: Markup
    spoken: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers stand to the right."""

    head: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells as text, the colour of what it is about, whether it sums up."""

    cells: Sequence[str]
    color: str | None = None
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what it shows in its caption, and what it leaves out below it."""

    block: ClassVar[str] = "table"
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure for screen and paper, or in its place the reason why it could not be drawn."""

    block: ClassVar[str] = "picture"
    caption: str
    svg: Markup | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class LiveMap:
    """A map to click through, as a page of its own, and the figure that stands for it on paper."""

    block: ClassVar[str] = "map"
    caption: str
    page: str
    printed: Picture | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A term and what it means."""

    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Terms:
    """A list of terms."""

    block: ClassVar[str] = "terms"
    entries: Sequence[Entry]


Block: TypeAlias = Paragraph | Heading | Bullets | Formula | Table | Picture | LiveMap | Terms


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report, with the name by which the list of contents leads to it."""

    anchor: str
    heading: str
    blocks: Sequence[Block]
