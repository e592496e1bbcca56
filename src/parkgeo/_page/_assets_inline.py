"""Pages and style sheets with what they would fetch put into them."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from html import escape
from html.parser import HTMLParser
from typing import Final, TypeAlias
from urllib.parse import urljoin

from parkgeo._page._assets import Asset, AssetFolder
from parkgeo._page._inline import Inline
from parkgeo._page._loads import SCRIPT_TYPES, unescaped
from parkgeo.errors import ParkgeoError

__all__ = ["inlined", "integrity_holds", "style_parts"]

Attributes: TypeAlias = list[tuple[str, str | None]]

# Lengths have an end, so that no style sheet makes the search crawl; what is longer is data.
_CSS: Final = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z))
    |@import\s{0,99}(?:"(?P<i1>[^"]{0,2000})"|'(?P<i2>[^']{0,2000})'|url\(\s{0,99}
        (?:"(?P<i3>[^"]{0,2000})"|'(?P<i4>[^']{0,2000})'|(?P<i5>[^()"'\s]{0,2000}))\s{0,99}\))
        (?P<condition>[^;{}"']{0,500})(?:;|\Z)
    |url\(\s{0,99}
        (?:"(?P<u1>[^"]{0,2000})"|'(?P<u2>[^']{0,2000})'|(?P<u3>[^()"'\s]{0,2000}))\s{0,99}\)
    |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_FONT_FACE: Final = re.compile(r"@font-face\s*\{[^{}]*\}", re.IGNORECASE)
_FONT_SOURCES: Final = re.compile(r"\bsrc\s*:[^;}]*", re.IGNORECASE)
_WOFF: Final = re.compile(r"""url\([^()]*\)\s*format\(\s*["']?(woff2?)["']?\s*\)""", re.IGNORECASE)
_NOT_LOADED: Final = re.compile(r"\s*(?:$|#|data:|blob:|about:)", re.IGNORECASE)
_SOURCE_MAP: Final = re.compile(r"^//[#@] ?sourceMappingURL=.*$", re.MULTILINE)
_SCRIPT_IMAGE: Final = re.compile(r"""(["'])((?:(?:https?:)?//|https?:\\/\\/)[^"'`\s<>]+)\1""")
_COMPILES: Final = re.compile(r"\bnew Function\(|\beval\(")
_IMAGE_ATTRIBUTES: Final = frozenset({"src", "poster", "href", "xlink:href"})
_IMAGE_TAGS: Final = frozenset({"img", "input", "video", "image", "feimage"})
_HASHES: Final = {"sha256", "sha384", "sha512"}


def inlined(page: str, assets: AssetFolder, *, known: Mapping[str, Inline]) -> tuple[str, bool]:
    """Put the scripts, styles, fonts and images that a folder holds into a page.

    What the folder does not hold stays as it is, for :func:`refuse_loads` to name.

    Parameters
    ----------
    page
        HTML text.
    assets
        Where the files are; each is checked against its hash before it is used.
    known
        Elements that stand in the place of certain addresses, whatever the folder holds.

    Returns
    -------
    The page, and whether a script put into it turns text into code, as templates of some plugins
    do: a content security policy must then allow it.

    Raises
    ------
    ParkgeoError
        If a file is not what was fetched, or not what the page's ``integrity`` asks for.
    """
    rewriter = _Rewriter(page, assets, known)
    rewriter.feed(page)
    rewriter.close()
    parts, at = [], 0
    for start, end, text in rewriter.edits:
        parts += [page[at:start], text]
        at = end
    return "".join([*parts, page[at:]]), rewriter.compiles


def style_parts(css: str, base: str) -> list[str]:
    """List what a style sheet would fetch: other sheets, fonts, images.

    Examples
    --------
    >>> style_parts("a { background: url(b.png) }", "https://a.cn/css/a.css")
    ['https://a.cn/css/b.png']
    """
    found: list[str] = []

    def note(address: str) -> str:
        found.append(address)
        return ""

    _rewritten(css, base, take_url=note, take_import=lambda address, _: note(address))
    return list(dict.fromkeys(found))


def integrity_holds(content: bytes, integrity: str) -> bool:
    """Check content against what a tag's ``integrity`` says, as a browser does.

    The strongest of the hashes named counts, any one of them; words of another kind are ignored.

    References
    ----------
    W3C, Subresource Integrity, section 3.3.4.

    Examples
    --------
    >>> integrity_holds(b"", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    True
    """
    words = [word.partition("?")[0].partition("-") for word in integrity.split()]
    asked = [(name.lower(), value) for name, _, value in words if name.lower() in _HASHES]
    if not asked:
        return True
    strongest = max(name for name, _ in asked)
    digest = base64.b64encode(hashlib.new(strongest, content).digest()).decode()
    return any(value == digest for name, value in asked if name == strongest)


class _Rewriter(HTMLParser):
    """Collects which stretches of a page are replaced by what."""

    def __init__(self, page: str, assets: AssetFolder, known: Mapping[str, Inline]) -> None:
        super().__init__(convert_charrefs=True)
        self.edits: list[tuple[int, int, str]] = []
        self.compiles = False
        self._page = page
        self._assets = assets
        self._known = known
        self._lines = [0, *(hit.end() for hit in re.finditer("\n", page))]
        self._script: tuple[int, str] | None = None
        self._within: tuple[int, str] | None = None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        start = self._at()
        end = start + len(self.get_starttag_text() or "")
        if tag == "script":
            self._see_script(given, start, end)
        elif tag == "style":
            self._within = (end, tag)
        elif tag == "link":
            self._see_link(given, start, end, attrs)
        else:
            self._see_attributes(tag, start, end, attrs)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        # To a browser, a script or style that closes itself is open still: hands off.
        if tag not in {"script", "style"}:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        start = self._at()
        if tag == "script" and self._script:
            begun, element = self._script
            self.edits.append((begun, self._page.index(">", start) + 1, element))
            self._script = None
        elif self._within and self._within[1] == tag:
            begun = self._within[0]
            code = self._page[begun:start]
            if tag == "style":
                self._edit(begun, start, _inline_css(code, "", self._assets))
            else:
                self._edit(begun, start, _SCRIPT_IMAGE.sub(self._script_image, code))
            self._within = None

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _edit(self, start: int, end: int, text: str) -> None:
        if text != self._page[start:end]:
            self.edits.append((start, end, text))

    def _see_script(self, given: Mapping[str, str], start: int, end: int) -> None:
        runs = given.get("type", "").strip().lower() in SCRIPT_TYPES
        if "src" not in given:
            self._within = (end, "script") if runs else None
            return
        # A script in the page runs at once, so those that wait for the rest cannot be put there.
        waits = "defer" in given or given.get("type", "").strip().lower() == "module"
        if runs and not waits:
            element = self._element(given["src"], given, "script")
            self._script = (start, element) if element else None

    def _see_link(self, given: Mapping[str, str], start: int, end: int, attrs: Attributes) -> None:
        relations = given.get("rel", "").lower().split()
        if "icon" in relations:
            self._see_attributes("image", start, end, attrs)
        elif "stylesheet" in relations and "alternate" not in relations:
            element = self._element(given.get("href", ""), given, "style")
            if element:
                self.edits.append((start, end, element))

    def _see_attributes(self, tag: str, start: int, end: int, attrs: Attributes) -> None:
        changed = [(name, self._attribute(tag, name, value)) for name, value in attrs]
        if changed != attrs:
            closing = " /" if (self.get_starttag_text() or "").endswith("/>") else ""
            said = "".join(
                f" {name}" if value is None else f' {name}="{escape(value)}"'
                for name, value in changed
            )
            self.edits.append((start, end, f"<{self._name(start)}{said}{closing}>"))

    def _name(self, start: int) -> str:
        hit = re.compile(r"[^\s/>]+").match(self._page, start + 1)
        return hit[0] if hit else ""

    def _attribute(self, tag: str, name: str, value: str | None) -> str | None:
        if not value:
            return value
        if name == "style":
            return _inline_css(value, "", self._assets)
        if name in _IMAGE_ATTRIBUTES and tag in _IMAGE_TAGS:
            asset = self._assets.find(value)
            if asset and asset.kind == "image":
                return _data_uri(asset, self._assets)
        return value

    def _element(self, address: str, given: Mapping[str, str], kind: str) -> str:
        """Return a script or style element in the place of one that names an address."""
        if address in self._known:
            return str(self._known[address].render())
        asset = self._assets.find(address)
        if asset is None or asset.kind != kind:
            return ""
        content = self._assets.content(asset)
        if not integrity_holds(content, given.get("integrity", "")):
            raise ParkgeoError(
                f"{asset.address} as fetched on {asset.fetched_on} is not what the page's "
                f"integrity {given['integrity'][:100]!r} asks for, so it is not put into the page",
            )
        code = content.decode("utf-8-sig")
        if kind == "style":
            code = _inline_css(code, asset.source, self._assets, within=(asset.address,))
        else:
            code = _within_script(code)
            self.compiles |= _COMPILES.search(code) is not None
        kept = {name: given[name] for name in ("id", "media") if given.get(name)}
        return str(Inline(kind, code, **{"data-address": asset.address}, **kept).render())

    def _script_image(self, hit: re.Match[str]) -> str:
        """Return the string of a script that is the address of an image as that image."""
        asset = self._assets.find(unescaped(hit[2]))
        if asset is None or asset.kind != "image":
            return hit[0]
        return f"{hit[1]}{_data_uri(asset, self._assets)}{hit[1]}"


def _within_script(code: str) -> str:
    """Return code that can stand in the page; :class:`Inline` sees to closing tags.

    ``<!--`` and a later ``<script`` in a string would have HTML overlook the end of the script.

    References
    ----------
    HTML Living Standard, "Restrictions for contents of script elements".
    """
    code = re.sub(r"^(\s*)<!--", r"\1//", code)
    return _SOURCE_MAP.sub("", code).replace("<!--", r"\x3C!--")


def _inline_css(css: str, base: str, assets: AssetFolder, *, within: tuple[str, ...] = ()) -> str:
    """Return a style sheet with the fonts, images and sheets that it names put in."""

    def take_url(address: str) -> str:
        asset = assets.find(address)
        if asset is None or asset.kind not in {"image", "font"}:
            return f'url("{_quoted(address)}")'
        fragment = address.partition("#")[2]
        return f'url("{_data_uri(asset, assets)}{"#" * bool(fragment)}{_quoted(fragment)}")'

    def take_import(address: str, condition: str) -> str:
        asset = assets.find(address)
        special = re.search(r"\b(?:layer|supports)\b", condition, re.IGNORECASE)
        if asset is None or asset.kind != "style" or special:
            return f'@import "{_quoted(address)}"{condition};'
        if asset.address in within:
            return ""  # a circle: the sheet is being put in already
        code = assets.content(asset).decode("utf-8-sig")
        rules = _inline_css(code, asset.source, assets, within=(*within, asset.address))
        return f"@media {condition.strip()} {{\n{rules}\n}}" if condition.strip() else rules

    return _rewritten(css, base, take_url=take_url, take_import=take_import)


def _rewritten(
    css: str,
    base: str,
    *,
    take_url: Callable[[str], str],
    take_import: Callable[[str, str], str],
) -> str:
    """Return a style sheet with each thing that it would fetch replaced."""

    def replace(hit: re.Match[str]) -> str:
        said = hit.groupdict()
        named = {key[0]: text for key, text in said.items() if len(key) == 2 and text is not None}  # noqa: PLR2004
        if "i" in named and not _NOT_LOADED.match(named["i"]):
            return take_import(_joined(base, named["i"]), said["condition"])
        if "u" in named and not _NOT_LOADED.match(named["u"]):
            return take_url(_joined(base, named["u"]))
        return "" if said["comment"] and "sourceMappingURL" in said["comment"] else hit[0]

    return _CSS.sub(replace, _FONT_FACE.sub(_lean_font, css))


def _lean_font(face: re.Match[str]) -> str:
    """Name a font once, in the smallest format, where it is offered in half a dozen.

    All browsers of the last ten years read WOFF2 or WOFF; in a page each further format would be
    carried along and never used.
    """
    offered = {hit[1].lower(): hit[0] for hit in _WOFF.finditer(face[0])}
    best = offered.get("woff2") or offered.get("woff")
    if best is None or "data:" in face[0].lower():
        return face[0]
    rest = _FONT_SOURCES.sub("", face[0])
    return rest.replace("{", f"{{src:{best};", 1)


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip()) if base else address.strip()
    except ValueError:
        return address


def _quoted(address: str) -> str:
    """Return an address such that it cannot end the string in which it stands."""
    return re.sub(r'["\\\n\r\f<>]', lambda hit: f"%{ord(hit[0]):02X}", address)


def _data_uri(asset: Asset, assets: AssetFolder) -> str:
    content = base64.b64encode(assets.content(asset)).decode()
    return f"data:{asset.media_type};base64,{content}"
