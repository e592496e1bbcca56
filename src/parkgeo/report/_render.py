"""From content to a page: one template, in which every text is escaped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from parkgeo import __version__
from parkgeo._page import external_loads
from parkgeo._style import Language, Text
from parkgeo.errors import ParkgeoError
from parkgeo.report._content import LiveMap, Section
from parkgeo.report._maps import policy

__all__ = ["Head", "render"]

_WORDS: Final = {
    "contents": Text("目录", "Contents"),
    "date": Text("日期", "Date"),
    "author": Text("编制", "Author"),
    "files": Text("数据", "Data"),
    "made_with": Text("计算工具", "Made with"),
    "figure": Text("图", "Figure"),
    "table": Text("表", "Table"),
    "no_figure": Text("此图未能绘制：", "This figure could not be drawn: "),
    "map_hint": Text(
        "可单击、缩放和检索的地图；打印时以静态图代替。",
        "A map to click, zoom and search; a figure stands for it on paper.",
    ),
    "top": Text("回到目录", "Back to the contents"),
}
_LONGEST_WORD: Final = 24
_WORD_ENDS: Final = re.compile("[\\s\u2e80-\uffef]+")
"""Blanks and Chinese characters, between which lines break."""
_TAGS: Final = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the sections; ``online`` where maps may load tiles."""

    title: str
    author: str | None
    date: str
    sources: Sequence[str]
    language: Language
    online: bool


def render(head: Head, sections: Sequence[Section]) -> str:
    """Write the page.

    Raises
    ------
    ParkgeoError
        The page would load something from elsewhere, though no basemap was asked for.
    """
    pages = [b.page for section in sections for b in section.blocks if isinstance(b, LiveMap)]
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            head=head,
            sections=sections,
            words={key: text.of(head.language) for key, text in _WORDS.items()},
            tag=_TAGS[head.language],
            colon=Text("：", ": ").of(head.language),
            policy=policy(pages, tiles=head.online and any(map(external_loads, pages))),
            css=_css(),
            version=__version__,
        )
    )
    if not head.online and (found := external_loads(page)):
        raise ParkgeoError(
            f"the report would load {', '.join(found[:5])} from elsewhere, so it could not open "
            "without a network; report this as a fault of parkgeo"
        )
    return page


@cache
def _environment() -> Environment:
    """Return the environment of the template: it escapes everything, and refuses unknown names."""
    environment = Environment(
        loader=PackageLoader("parkgeo.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["unbroken"] = _unbroken
    return environment


def _unbroken(text: str) -> bool:
    """Say whether a text has a word so long that a column must break it somewhere."""
    return any(len(word) > _LONGEST_WORD for word in _WORD_ENDS.split(text))


@cache
def _css() -> Markup:
    """Return the style sheet; it is our own, and an element of style holds no escapes."""
    text = files("parkgeo.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - a file of this package
