"""What the resolver has to say, in English and in Chinese.

Every remark is a row of one catalogue, with a template in each language. A remark is a string, its
English text, that also knows its Chinese one, so that frames, warnings and messages hold it as they
would hold any other.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, Self

__all__ = ["CATALOGUE", "SIDES_ZH", "VIA_ZH", "Remark", "in_chinese", "joined", "remark"]

SIDES_ZH: Final[Mapping[str, str]] = {
    "east": "东",
    "south": "南",
    "west": "西",
    "north": "北",
    "northeast": "东北",
    "southeast": "东南",
    "southwest": "西南",
    "northwest": "西北",
}
VIA_ZH: Final[Mapping[str, str]] = {
    "exact": "同名",
    "alias": "别名",
    "variant": "异写",
    "ref": "编号",
    "part": "部分同名",
    "fuzzy": "近似",
    "chosen": "人工指定",
    "closest line": "最近的线",
}


class _Template(NamedTuple):
    en: str
    zh: str


CATALOGUE: Final[Mapping[str, _Template]] = {
    # One reference of a side: ``sides["reason"]``.
    "unsaid": _Template("the text says nothing of this side", "原文未提及此边"),
    "generic": _Template("{name!r} is not a name that can be looked up", "“{name}”不是可查的名称"),
    "unknown": _Template("the gazetteer has no line named {names:or}", "地名库中没有{names:or}"),
    "elsewhere": _Template(
        "lines named {name!r} exist only {km:.0f} km away from the other sides: another place of "
        "the same name",
        "只在距其他各边{km:.0f}公里处有“{name}”，属异地同名",
    ),
    "untouched": _Template(
        "its lines only touch the way round that fits best, or lead off it",
        "其线与最合适的围合路线仅相接，或偏离该路线",
    ),
    "found": _Template("found", "已找到"),
    "found_as": _Template("found as {name!r} ({via})", "已找到，名为“{name}”（{via}）"),
    "gaps": _Template("{metres:.0f} m bridged or carried on", "补接或延长{metres:.0f}米"),
    "offset": _Template("at a distance of {metres:g} m from it", "距其{metres:g}米"),
    "by_area": _Template(
        "no line: a straight side placed so that the stated area is met",
        "没有线，按公布面积定一直边",
    ),
    "by_ends": _Template(
        "no line: a straight side placed where the first line beside it ends",
        "没有线，在相邻边最先终止处定一直边",
    ),
    "carried_on": _Template(
        "lines beside it carried on {metres:.0f} m beyond their ends",
        "相邻边自端点延长{metres:.0f}米",
    ),
    "closed_along": _Template(
        "closed along {name!r}, which is not named by the text; the area then is {ratio:.3f} of "
        "that stated",
        "沿“{name}”闭合，原文未提及该线，所得面积为公布面积的{ratio:.3f}倍",
    ),
    "could_close": _Template(
        "{names}, not named by the text, would nearly close the stated area too",
        "原文未提及的{names}也可大致围成公布的面积",
    ),
    "held": _Template(
        "where it would leave the extent that the block lies in, along its border",
        "超出所在范围处，改沿该范围的边界",
    ),
    # The whole: ``Resolution.warnings``.
    "by_hand": _Template(
        "the {side} side runs along lines chosen by hand", "{side}边沿人工指定的线"
    ),
    "by_hand_unused": _Template(
        "no line chosen by hand for the {side} side is part of the border",
        "为{side}边人工指定的线均未成为边界",
    ),
    "area_unfit": _Template(
        "no way round along these lines has the stated area, so it was not used",
        "沿这些线无法围成公布的面积，故未使用该面积",
    ),
    "placed_by_area": _Template(
        "the {side} side was placed so that the stated area is met: the area agreeing is no proof",
        "{side}边按公布面积推定，面积相符不能作为佐证",
    ),
    "placed_along": _Template(
        "the {side} side was put on {name!r}, which the text does not name, so that the stated "
        "area is met: the area agreeing is no proof",
        "{side}边按公布面积推定沿“{name}”，原文未提及该线，面积相符不能作为佐证",
    ),
    "placed_by_ends": _Template(
        "the {side} side was placed where the lines beside it end",
        "{side}边按相邻边的端点推定",
    ),
    "kept_inside": _Template(
        "the {side} side was kept inside the extent that the block is a part of: that it lies in "
        "it is no finding",
        "{side}边限定在所属范围之内，“位于该范围内”并非所得结论",
    ),
    "left_out": _Template("left out: {names}", "未采用：{names}"),
    "off_lines": _Template(
        "{metres:.0f} m of the border run on no line", "边界有{metres:.0f}米不在任何线上"
    ),
    "no_distance": _Template(
        "a side lies at a distance from its line that the text does not give",
        "有一边与其线相隔一段距离，原文未给出距离",
    ),
    "area_absurd": _Template(
        "the stated area, {area_m2:g} m², cannot be meant and was not used",
        "公布面积{area_m2:g}平方米不合情理，未使用",
    ),
    "area_off_used": _Template(
        "area is {error:+.1%} off the stated one, although it was used to choose",
        "面积与公布相差{error:+.1%}，尽管公布面积已参与选择",
    ),
    "area_off": _Template(
        "area is {error:+.1%} off the stated one, which was not used",
        "面积与公布相差{error:+.1%}，公布面积未参与计算",
    ),
    "area_net": _Template(
        "the stated area looks net: a strip of {metres:.0f} m along the border, as of roads and "
        "green, makes up for the difference",
        "公布面积似为净面积：扣除沿边约{metres:.0f}米宽的道路和绿化，即与之相符",
    ),
    "area_part": _Template(
        "the stated area looks like that of a parcel inside these bounds",
        "公布面积似为四至之内某一地块的面积",
    ),
    "area_differs": _Template(
        "the sides and the area of the text do not agree, as far as the lines show",
        "就现有的线看，原文的四至与面积不符",
    ),
}

_Part = tuple[str, tuple[tuple[str, Any], ...]]


class Remark(str):
    """A remark, or several one after the other: English as a string, Chinese as :attr:`zh`.

    Parameters
    ----------
    parts
        Keys of :data:`CATALOGUE`, each with the values that its templates name.

    Examples
    --------
    >>> said = remark("off_lines", metres=312.4)
    >>> said, said.zh
    ('312 m of the border run on no line', '边界有312米不在任何线上')
    """

    __slots__ = ("parts",)
    parts: tuple[_Part, ...]

    def __new__(cls, *parts: _Part) -> Self:
        self = super().__new__(cls, "; ".join(_written(parts, "en")))
        self.parts = parts
        return self

    def __getnewargs__(self) -> tuple[_Part, ...]:  # type: ignore[override]
        """Let copies and pickles keep the Chinese text."""
        return self.parts

    @property
    def zh(self) -> str:
        """The remark in Chinese."""
        return "；".join(_written(self.parts, "zh"))


def remark(key: str, **values: object) -> Remark:
    """Make a remark of the catalogue."""
    return Remark((key, tuple(values.items())))


def joined(*remarks: Remark) -> Remark:
    """Make one remark of several; those without a part say nothing."""
    return Remark(*(part for one in remarks for part in one.parts))


def in_chinese(text: str) -> str:
    """Return a remark in Chinese, and any other text as it is."""
    return text.zh if isinstance(text, Remark) else text


class _Names(tuple[str, ...]):
    """Names as English writes them in a row; ``or`` also quotes them."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return " or ".join(map(repr, self)) if spec == "or" else ", ".join(self)


class _NamesZh(tuple[str, ...]):
    """Names as Chinese writes them in a row; ``or`` also quotes them."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return "或".join(f"“{name}”" for name in self) if spec == "or" else "、".join(self)


def _written(parts: tuple[_Part, ...], language: str) -> Iterator[str]:
    value_of: Callable[[str, Any], Any] = _in_english if language == "en" else _in_chinese
    for key, values in parts:
        template: str = getattr(CATALOGUE[key], language)
        text = template.format(**{name: value_of(name, value) for name, value in values})
        # A name may hold half of a character, which no file or column of text can hold.
        yield text.encode("utf-8", "replace").decode("utf-8")


def _in_english(_: str, value: object) -> object:
    return _Names(value) if isinstance(value, tuple) else value


def _in_chinese(name: str, value: object) -> object:
    if isinstance(value, tuple):
        return _NamesZh(value)
    if name == "side":
        return SIDES_ZH[str(value)]
    return VIA_ZH.get(str(value), value) if name == "via" else value
