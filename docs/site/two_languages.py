"""Two languages in one site: pages below ``zh/`` are Chinese, and know their English counterparts.

A page ``x`` and a page ``zh/x`` are the same page in two languages. Each has a link to the other; a
page without a counterpart links to the front page of the other language. Chinese pages say so in
``<html lang>``, have a side bar of Chinese pages, and buttons in Chinese.
"""  # noqa: INP001

import re
from collections.abc import Callable
from itertools import accumulate, groupby, pairwise
from typing import Any, Final

from docutils import nodes
from furo.navigation import get_navigation_tree
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment.adapters.toctree import TocTree
from sphinx.locale import get_translator

FOLDER: Final = "zh/"
FRONT: Final = "zh/index"
LATE: Final = 900
"""After the theme, whose side bar is replaced."""

BUTTONS: Final = {
    "Contents": "目录",
    "Edit this page": "编辑本页",
    "Back to top": "回到顶部",
    "Home": "首页",
    "Next": "下一页",
    "On this page": "本页内容",
    "Previous": "上一页",
    "Search": "搜索",
    "Skip to content": "跳到正文",
    "Copyright &#169; %(copyright)s": "版权所有 &#169; %(copyright)s",
    "View this page": "查看源文件",
}


_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff"
_MARKS: Final = r"\u2014\u2018-\u201d\u2026\u3000-\u303f\uff00-\uff60"
_BREAK: Final = re.compile(rf"(?<=[{_MARKS}])\n|\n(?=[{_MARKS}])|(?<=[{_HAN}])\n(?=[{_HAN}])")


def is_chinese(page: str) -> bool:
    """Tell whether a page is one of the Chinese ones."""
    return page.startswith(FOLDER)


def counterpart(page: str, pages: set[str], root: str) -> str:
    """Name the same page in the other language, or the front page of the other language."""
    if is_chinese(page):
        other = page.removeprefix(FOLDER)
        return other if other in pages else root
    other = FOLDER + page
    return other if other in pages else FRONT


def navigation(app: Sphinx, page: str, front: str) -> str:
    """Draw the side bar that hangs on a front page, with its captions."""
    whole = addnodes.compact_paragraph(toctree=True)
    for tree in app.env.get_doctree(front).findall(addnodes.toctree):
        part = TocTree(app.env).resolve(
            page, app.builder, tree, titles_only=True, includehidden=True
        )
        if part is not None:
            whole.extend(part.children)
    return str(app.builder.render_partial(whole)["fragment"])


def _switch(app: Sphinx, page: str, other: str) -> str:
    """Make the link to the other language that stands at the head of a page."""
    where = app.builder.get_relative_uri(page, other)
    code, word = ("en", "English") if is_chinese(page) else ("zh-CN", "中文")
    return f'<p class="languages"><a href="{where}" lang="{code}" hreflang="{code}">{word}</a></p>'


def _chinese_words() -> Callable[[str], str]:
    sphinx = get_translator()

    def translate(text: str) -> str:
        return BUTTONS.get(text.strip()) or sphinx.gettext(text)

    return translate


def join_lines(paragraph: nodes.Element) -> None:
    """Take out line breaks that a browser would show as a space within Chinese.

    What stood on two lines becomes one text, so that words across them are found.
    """
    texts = list(paragraph.findall(nodes.Text))
    whole = "".join(texts)
    breaks = {found.start() for found in _BREAK.finditer(whole)}
    ends = accumulate(map(len, texts), initial=0)
    kept = {
        id(text): "".join(whole[at] for at in range(start, end) if at not in breaks)
        for text, (start, end) in zip(texts, pairwise(ends), strict=True)
    }
    for parent in list(paragraph.findall(nodes.TextElement)):
        children: list[nodes.Node] = []
        for is_text, run in groupby(parent.children, lambda one: isinstance(one, nodes.Text)):
            if is_text:
                children.append(nodes.Text("".join(kept[id(text)] for text in run)))
            else:
                children += run
        parent.children = []
        parent.extend(children)


def _join_chinese(app: Sphinx, doctree: nodes.document) -> None:
    if is_chinese(app.env.docname):
        for paragraph in list(doctree.findall(nodes.paragraph)):
            join_lines(paragraph)


def _frame(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put a page into the frame of its language."""
    if doctree is None or "body" not in context:  # the index and the search page
        return
    root = app.config.root_doc
    chinese = is_chinese(page)
    front = FRONT if chinese else root
    other = counterpart(page, app.env.found_docs, root)
    where = app.builder.get_relative_uri(page, other)
    context["body"] = _switch(app, page, other) + context["body"]
    context["furo_navigation_tree"] = get_navigation_tree(navigation(app, page, front))
    context["metatags"] += (
        f'<link rel="alternate" hreflang="{"en" if chinese else "zh-CN"}" href="{where}">'
    )
    # The last page of one language is not beside the first of the other.
    _, *beside = getattr(app.builder, "relations", {}).get(page, (None, None, None))
    for turn, name in zip(("prev", "next"), beside, strict=True):
        if name is not None and is_chinese(name) is not chinese:
            context[turn] = None
    if chinese:
        context["language"] = "zh-CN"
        context["master_doc"] = FRONT
        context["gettext"] = _chinese_words()


def setup(app: Sphinx) -> dict[str, bool]:
    """Join lines as pages are read, and frame pages after the theme did."""
    app.connect("doctree-read", _join_chinese)
    app.connect("html-page-context", _frame, priority=LATE)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
