"""What makes two names the same: normal form, suffixes, parts, and the score of each likeness.

Nothing here knows geometry. A name has several forms, from strict to loose; two names match in the
strictest form in which they agree, and :data:`SCORES` says what that is worth.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from parkgeo.errors import SchemaError
from parkgeo.gazetteer._characters import simplified

__all__ = [
    "FUZZY_LENGTHS",
    "SCORES",
    "BorderForms",
    "Forms",
    "Via",
    "border_forms",
    "deletions",
    "forms",
    "is_misspelling",
    "normalise",
    "ref_of",
    "refs",
    "spellings",
]

Via: TypeAlias = Literal["exact", "alias", "variant", "ref", "part", "fuzzy"]

SCORES: Final = MappingProxyType(
    {
        "exact": 1.00,  # 振华路 = 振华路; brackets, spaces, pinyin and 规划 apart
        "alias": 0.95,  # another name: of the alias table, of the line itself, or in its brackets
        "variant": 0.90,  # another word for the same class: 杭长高速公路 = 杭长高速
        "ref": 0.90,  # its number: S14, 104国道 = G104
        "kin": 0.80,  # another class on the same stem: 德胜快速路 ~ 德胜路 (reported as a variant)
        "part": 0.70,  # one is a stretch of the other: 振华西路 ~ 振华路, 吉鸿路支线 ~ 吉鸿路
        "chain": 0.60,  # one names more towns: 杭甬高速 ~ 沪杭甬高速 (reported as a part)
        "fuzzy": 0.40,  # one character wrong, missing, more or swapped; × the share that agrees
    },
)
"""What each likeness of two names is worth. A chain of them is worth its weakest link."""

FUZZY_LENGTHS: Final = range(3, 41)
"""Lengths of names that are compared character by character: shorter ones are all alike."""

_CJK = r"\u2e80-\u2fff\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_CJK = re.compile(f"[{_CJK}]")
_LATIN_TAIL = re.compile(rf"(?<=[{_CJK})])\s+(?=[a-zà-ɏ])[^{_CJK}]*$")
_NOT_WORD = re.compile(r"[\W_]+")
_PREFIX = re.compile(r"^(?:规划|在建|拟建|待建)+(?=.{3})")
_NOTE = re.compile(r"在建|规划|拟建|[东南西北中上下]$|段$|期$|专用道|[0-9ivx]+$|线$|自行车|夜市")
_OPENING, _CLOSING = "([{〔【〖〈《「『", ")]}〕】〗〉》」』"

# A name ends in a word for its class. Longer words stand first.
_ROAD = "快速路|高架路|高架桥|高架|大道|大街|公路|快速|路|街|道"
_WAY = re.compile(rf"^(?P<stem>.{{2,}}?)(?P<word>{_ROAD})$")
_CHAIN = re.compile(r"^(?P<stem>.{2,}?)(?P<word>高速|高铁|线)(?:公路)?$")
_PART_TAIL = re.compile(
    r"(?:(?<=[路街道速架线河港溪江塘])[东南西北中上下]?(?:延伸段|延长段|段)"
    r"|(?<=[路街道速架线])(?:[东南西北]延|延伸线?|延长线|[东南西北]?复线|支线|支路|连接线|辅路|辅道"
    r"|匝道|隧道|地道|大桥|立交桥|立交|旧线|新线|改线段))$",
)
_DIRECTION = re.compile(r"(?<=.{2})[东南西北中]$")
_PLACE = re.compile(r"^.{1,4}?(?:街道|[市县区镇乡])(?=.{3})")
_SAME_CLASS: Final = (
    (re.compile(r"高速公路"), "高速"),
    (re.compile(r"(?:高速铁路|客运专线|高铁|客专)线?$|高速线$"), "高铁"),
    (re.compile(r"铁路线?$"), "线"),
    (re.compile(r"铁路(?=.+线$)"), ""),
    (re.compile(r"高架[路桥]$"), "高架"),
    (re.compile(r"快速路$"), "快速"),
    (re.compile(r"大运河$"), "运河"),
    (re.compile(r"河道$"), "河"),
)
_NUMBERED = re.compile(r"^(?P<number>\d{1,4})(?P<grade>国道|省道|县道|乡道)$")
_GRADES: Final = MappingProxyType({"国道": "G", "省道": "S", "县道": "X", "乡道": "Y"})
_REF = re.compile(r"[A-Z]{1,2}\d{1,5}|\d{3,5}")
_DOUBLED_LEVEL = re.compile(r"(?<=.)([区县市镇乡村])\1(?=界$)")
_BORDER_WORD = re.compile(r"(?<=.)(?:行政)?(?:区划)?(?:分界线?|交界[处线]?|边界线?|界线|界)$")
_LEVEL = re.compile(r"(?<=.{2})(?:特别行政区|自治[区州县]|街道|社区|新区|[省市州区县镇乡村])$")
_AND = re.compile(r"[和与及、|—–/-]+")
_NO_SERIES = str.maketrans("", "", "东南西北中上下左右内外前后一二三四五六七八九十百零0123456789")


def normalise(name: str) -> str:
    """Reduce a name to the form in which names are compared.

    Full-width signs become half-width and traditional characters simplified; brackets, spaces,
    punctuation, a pinyin or English tail and a leading 规划, 在建 or 拟建 go. Of a name that is
    nothing but a bracket, the words in it stay.
    Normalising twice changes nothing.

    Parameters
    ----------
    name
        Any text, in simplified or traditional characters.

    Returns
    -------
    The normal form; empty where the name has no letter and no digit.

    Raises
    ------
    SchemaError
        The name is no text.

    Examples
    --------
    >>> normalise("规划 杭长高速（在建） Hangchang Expressway")
    '杭长高速'
    """
    while (shorter := _normalise_once(name)) != name:
        name = shorter
    return name


def _plain(name: str) -> str:
    """Fold what writers and fonts choose: width, case, traditional characters."""
    if not isinstance(name, str):
        raise SchemaError(f"a name is {name!r}, {type(name).__name__} and no text; give a str")
    return simplified(unicodedata.normalize("NFKC", name).casefold()).strip()


def _normalise_once(name: str) -> str:
    text = _plain(name)
    outside, inside = _split_brackets(text)
    bare = outside if _NOT_WORD.sub("", outside) else " ".join(inside)
    bare = _LATIN_TAIL.sub("", bare.strip())
    return _PREFIX.sub("", _NOT_WORD.sub("", bare))


def _split_brackets(text: str) -> tuple[str, list[str]]:
    """Part a name into what stands outside of brackets and what stands in each outermost pair."""
    outside: list[str] = []
    inside: list[list[str]] = []
    depth = 0
    for char in text:
        if char in _OPENING:
            if depth == 0:
                inside.append([])
            depth += 1
        elif char in _CLOSING:
            depth = max(depth - 1, 0)
        else:
            (inside[-1] if depth else outside).append(char)
    return "".join(outside), ["".join(words) for words in inside]


def spellings(name: str) -> Iterator[str]:
    """Name all that one written name says: its main name first, then those beside or in brackets.

    ``振谷街（红旗路）`` is also 红旗路, ``绕城高速 杭金衢高速`` is both; notes such as （在建） and
    （北段） are no names.
    """
    text = _plain(name)
    outside, inside = _split_brackets(text)
    main = _LATIN_TAIL.sub("", outside.strip())
    beside = main.split()
    several = len(beside) > 1 and all(_is_way(word) for word in beside)
    found = [*(beside if several else [main])]
    found += [words for words in inside if not _NOTE.search(words) and _is_way(words)]
    seen = [form for form in (normalise(word) for word in found) if form]
    yield from dict.fromkeys(seen or [form for form in [normalise(name)] if form])


def _is_way(word: str) -> bool:
    return re.search(r".{2}(?:[路街道巷弄速架线河港溪江塘湖])$", word) is not None


@dataclass(frozen=True, slots=True)
class Forms:
    """A name from strict to loose; names that agree in a form are alike to that degree.

    ``kin`` and ``part`` carry the family of the class word, so that a road meets roads only.
    ``chain`` is the run of towns in the name of a motorway or railway, else empty.
    """

    exact: str
    variant: str
    kin: str
    part: str
    chain: tuple[str, str] | None
    ref: str | None


def forms(name: str) -> Forms:
    """Work out all forms of a name.

    Examples
    --------
    >>> forms("振华西路").part == forms("振华快速路").kin
    True
    """
    exact = normalise(name)
    variant = _PLACE.sub("", exact)
    for pattern, word in _SAME_CLASS:
        variant = pattern.sub(word, variant)
    whole = _PART_TAIL.sub("", variant)
    chain = _CHAIN.match(variant)
    return Forms(
        exact=exact,
        variant=variant,
        kin=_kin(variant),
        part=_kin(whole, drop_direction=True),
        chain=(chain["stem"], chain["word"]) if chain else None,
        ref=ref_of(exact),
    )


def _kin(name: str, *, drop_direction: bool = False) -> str:
    way = _WAY.match(name)
    if not way:
        return name
    stem = _DIRECTION.sub("", way["stem"]) if drop_direction else way["stem"]
    return f"{stem}|road"


def refs(text: str) -> list[str]:
    """List the numbers in a ``ref``: ``"G25; G2504"`` is G25 and G2504; other words are left out.

    Examples
    --------
    >>> refs("G25;G2504")
    ['G25', 'G2504']
    """
    words = re.split(r"[;,/、\s]+", unicodedata.normalize("NFKC", text).upper())
    return list(dict.fromkeys(word for word in words if _REF.fullmatch(word)))


def ref_of(exact: str) -> str | None:
    """Read a normal form as a road's number: s14 is S14, 104国道 is G104; null where it is none."""
    numbered = _NUMBERED.match(exact)
    if numbered:
        return _GRADES[numbered["grade"]] + numbered["number"]
    number = exact.upper()
    return number if _REF.fullmatch(number) else None


@dataclass(frozen=True, slots=True)
class BorderForms:
    """The units that meet at a border, in fixed order, as written and without their level.

    ``said`` is true where the name speaks of a border; ``bare`` equals ``full`` where no level
    (区, 街道) is given.
    """

    full: str
    bare: str
    said: bool


def border_forms(name: str) -> BorderForms:
    """Read a name as that of an administrative border.

    余杭区区界 and 余杭区 are one, 余杭交界 does not say its level, 江干区和余杭区交界 names two
    units.

    Examples
    --------
    >>> border_forms("江干区和余杭区交界").full == border_forms("余杭区—江干区").full
    True
    """
    text = _split_brackets(_plain(name))[0]
    whole = _DOUBLED_LEVEL.sub(r"\1", text.strip())
    units = {normalise(unit) for unit in _AND.split(_BORDER_WORD.sub("", whole))} - {""}
    return BorderForms(
        full="|".join(sorted(units)),
        bare="|".join(sorted({_LEVEL.sub("", unit) for unit in units})),
        said=_BORDER_WORD.search(whole) is not None,
    )


def deletions(name: str) -> set[str]:
    """Return a name and all that is left of it when one character goes.

    Two names that share one of these differ by one character wrong, missing, more or moved.
    """
    if len(name) not in FUZZY_LENGTHS:
        return set()
    return {name} | {name[:at] + name[at + 1 :] for at in range(len(name))}


def is_misspelling(left: str, right: str) -> bool:
    """Say whether two names of about one length may be one name, once written wrong.

    One character differs, is missing, or has swapped places with the next. Not so where only a
    number or a direction differs (文一路 and 文二路 are two roads) or the last character (余杭塘河,
    余杭塘路), nor in the towns that a motorway or railway is named after (杭长高速, 杭徽高速).
    """
    if left[-1:] != right[-1:] or left.translate(_NO_SERIES) == right.translate(_NO_SERIES):
        return False
    if _CHAIN.match(left) and _CHAIN.match(right):
        return False
    if len(left) != len(right):
        return abs(len(left) - len(right)) == 1
    wrong = [at for at in range(len(left)) if left[at] != right[at]]
    swapped = len(wrong) == 2 and wrong[1] - wrong[0] == 1 and set(left) == set(right)  # noqa: PLR2004
    return len(wrong) == 1 or swapped
