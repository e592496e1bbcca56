"""Read one reference: what it names, what the name says it is, and how the boundary lies to it.

A reference is read from its end: closing words (为界), then distances, edges, parts and places are
taken off as long as a name remains; the suffix of the name then says what it is.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds._grammar import Feature
from parkgeo.fourbounds._lexer import Head
from parkgeo.fourbounds._references import Kind, Reference, Relation, Side
from parkgeo.fourbounds._source import Source

__all__ = ["Piece", "feature_of", "is_whole_name", "read_reference", "strip_ends"]

_ROAD_CODE: Final = re.compile(
    r"(?:[GSXYC]\d{1,4}|(?:国道|省道|县道|乡道|市道|高速)[GSXYC]?[\d一二三四五六七八九十〇○零]{1,5}号?线?"
    r"|\d{1,4}(?:国道|省道|县道|乡道)线?)$",
)
_OFFSET: Final = re.compile(
    r"(?P<lead>(?:上游|下游)?(?:以|之|往|向|朝|偏|岸往|岸向|岸以)?(?P<dir>东南|西南|东北|西北|东|南|西|北)?(?:侧|面|边|方)?"
    r"(?:外扩|外延|外推|外移|外退|外放|外|退让|后退|退|推移|延伸|偏移|扩)?)"
    r"(?P<about>约|大约|近)?(?P<number>\d{1,6}(?:\.\d{1,6})?)(?P<unit>公里|千米|km|公尺|米|m)"
    r"(?:处|左右|范围|以内|之内|内|控制线|范围线|平行线|等距线|线)*$",
)
_BEYOND: Final = re.compile(r"(?:以|之)(?P<dir>东南|西南|东北|西北|东|南|西|北)$")
_CODE_LAST: Final = frozenset("0123456789一二三四五六七八九十〇○零号线道")
_OFFSET_LAST: Final = frozenset("米m里尺处右围内线东南西北")
_LONGEST_CODE: Final = 12
_LONGEST_SUFFIX: Final = 48
_QUALIFIERS: Final = grammar.PLANNED.words | {"现状", "现有", "原有", "周边"}
_LINES: Final = frozenset(Feature(kind) for kind in ("road", "river", "railway"))
_WITH_EDGES: Final = frozenset({"road", "river", "railway", "landform"})
_STRETCH: Final = "一线"
_NO_CORE: Final = frozenset("中界内外接行分")
_REMEMBERED: Final = 4096
"""How many names are remembered: one text says the same ones again and again."""
_SHORTEST_NAME: Final = 2
_NUMERALS: Final = "".join(grammar.NUMERALS)
_NUMBERED: Final = re.compile(f"[{_NUMERALS}\\d]{{1,3}}号?[路街道]")
_ONLY_SUFFIX: Final = re.compile(
    f"[东南西北中上下前后{_NUMERALS}]{{0,2}}大?[路街道巷弄里河港渠桥村]"
)
"""What may stand behind 新建 in a name of its own: 新建东路, 新建二村."""
_BY_WIDTH: Final = re.compile(
    r"\d{1,3}(?:\.\d)?(?:米|m)宽?(?:规划|城市|现状)?(?:主干|次干|支|干|道|车行|巷)?[路道街巷]"
)
"""A road that is known by its width alone: 36米路, 12米规划道路."""
_SHORT_NAME: Final = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the reading that names one thing, and the connector before it."""

    start: int
    end: int
    connector: str | None = None
    brackets: tuple[tuple[int, int], ...] = ()


def feature_of(name: str) -> Feature | None:
    """Read from the suffix of a name what it is, or null when the suffix is not known.

    Examples
    --------
    >>> feature_of("长河路").kind, feature_of("沪昆铁路绕行线").kind
    ('road', 'railway')
    """
    return _feature_of_end(name[-_LONGEST_CODE:])


@lru_cache(_REMEMBERED)
def _feature_of_end(name: str) -> Feature | None:
    if name[-1:] in _CODE_LAST and _ROAD_CODE.search(name):
        return Feature("road")
    for suffix, inside, feature in grammar.CONTAINED:
        if name.endswith(suffix) and inside in name:
            return feature
    if name == "海":
        return Feature("river")
    length = grammar.FEATURE_WORDS.before(name, len(name))
    if not length and name[-1:] in grammar.NUMERALS:
        name = name[:-1]
        length = grammar.FEATURE_WORDS.before(name, len(name))
    return grammar.FEATURES[name[-length:]] if length else None


def is_whole_name(text: str) -> bool:
    """Whether a stretch of text can end here because a whole name stands before this place."""
    return _ends_whole(text[-_LONGEST_SUFFIX:])


@lru_cache(_REMEMBERED)
def _ends_whole(text: str) -> bool:
    peeled = _peeled(strip_ends(text))
    return feature_of(peeled.core) is not None or peeled.changed


@lru_cache(_REMEMBERED)
def is_generic(name: str) -> bool:
    """Whether a name says what a thing is and not which, so that no map can find it.

    Examples
    --------
    >>> is_generic("规划城市支路"), is_generic("新建路"), is_generic("支路八")
    (True, False, False)
    """
    planned = planned_before(name)
    bare = name[planned:]
    # 规划支路一 is a number of the plan, but 支路八 may stand on a signpost
    numbered = bare.rstrip(_NUMERALS) if planned else bare
    return (
        _says_only_what(bare)
        or (len(numbered) > 1 and _says_only_what(numbered))
        or _BY_WIDTH.fullmatch(bare) is not None
    )


def _says_only_what(name: str) -> bool:
    """Whether nothing but general words makes up a name: 城市 + 支路."""
    while name not in grammar.GENERIC:
        length = grammar.GENERIC_BEFORE.at(name, 0)
        if not length or length == len(name):
            return False
        name = name[length:]
    return True


def planned_before(name: str) -> int:
    """Length of 规划, 拟建 or 新建 before a name; 0 where it is the name itself: 新建南路."""
    length = grammar.PLANNED.at(name, 0)
    named = name[:length] in grammar.NAMED_NEW and _ONLY_SUFFIX.fullmatch(name, length)
    return 0 if named else length


def strip_ends(text: str) -> str:
    """Take closing words such as 为界 off the end of a text."""
    while (length := grammar.CLOSERS.before(text, len(text))) and length < len(text):
        if text.endswith(_STRETCH) and feature_of(text[:-length]) is None:
            break  # 台一线 is a road, not the line of 台
        text = text[:-length]
    return text


class _Peel:
    """Take relation words off the end of a name, as long as a name remains."""

    def __init__(self, core: str) -> None:
        self.core = core
        self.relation: Relation | None = None
        self.offset_m: float | None = None
        self.offset_dir: str | None = None
        self.edge = ""
        self.part: str | None = None
        self.approx = False
        self.changed = False

    def run(self) -> "_Peel":
        self._offset()
        while self._once():
            self.changed = True
        return self

    def _cut(self, length: int) -> str:
        word, self.core = self.core[len(self.core) - length :], self.core[: len(self.core) - length]
        return word

    def _offset(self) -> None:
        if self.core[-1:] not in _OFFSET_LAST:
            return
        found = _OFFSET.search(self.core[-_LONGEST_SUFFIX:]) or _BEYOND.search(self.core[-4:])
        if found is None or len(found.group()) >= len(self.core):
            return
        self._cut(len(found.group()))
        fields = found.groupdict()
        if fields.get("number"):
            self.offset_m = float(fields["number"]) * grammar.OFFSET_UNITS_M[fields["unit"]]
        side = fields["dir"]
        self.offset_dir = grammar.SIDES[side] if side else None
        self.approx = bool(fields.get("about"))
        self.relation = "offset"
        self.changed = True
        if self.core.endswith("连线"):
            self._cut(2)
        self.core = strip_ends(self.core)

    def _once(self) -> bool:
        if is_generic(self.core):
            return False  # 公园绿地 is not the green of a park
        return (
            self._approx()
            or self._end()
            or self._middle()
            or self._part()
            or self._edge()
            or self._side()
        )

    def _room(self, length: int) -> bool:
        left = self.core[: len(self.core) - length]
        return length > 0 and len(left) >= _SHORTEST_NAME and left not in _QUALIFIERS

    def _approx(self) -> bool:
        length = grammar.APPROX.before(self.core, len(self.core))
        if not self._room(length):
            return False
        self._cut(length)
        self.approx = True
        return True

    def _middle(self) -> bool:
        for length in grammar.MIDDLES.lengths_before(self.core, len(self.core)):
            if self._room(length) and self._has_a_middle(self.core[:-length]):
                self._cut(length)
                self.relation = self.relation or "middle"
                return True
        return False

    def _has_a_middle(self, name: str) -> bool:
        """Whether a name is that of a line, or of a part of one: 文一西路延伸段中心线."""
        part = grammar.PARTS.before(name, len(name))
        return feature_of(name) in _LINES or (part > 0 and feature_of(name[:-part]) in _LINES)

    def _end(self) -> bool:
        if self._mouth():
            return True
        for words, keep in ((grammar.POINTS, False), (grammar.ENDS, True)):
            length = words.before(self.core, len(self.core))
            if self._room(length) and feature_of(self.core[:-length]) is not None:
                word = self._cut(length)
                self.relation = self.relation or "point"
                self.part = word if keep else self.part
                return True
        return False

    def _mouth(self) -> bool:
        """Take 口 off where a road or village opens: 文三路口, 石头岭村口, but not 文三路路口."""
        mouth = self.core[-2:] in grammar.MOUTHS and self._room(1)
        whole = feature_of(self.core[:-2]) in _LINES
        if not mouth or whole or feature_of(self.core[:-1]) is None:
            return False
        self._cut(1)
        self.relation = self.relation or "point"
        return True

    def _part(self) -> bool:
        length = grammar.PARTS.before(self.core, len(self.core)) or self._named_stretch()
        if not self._room(length):
            return False
        if self.part and len(self.part) > length:
            return False
        self.part = self._cut(length)
        joined = grammar.WITH_PARTS.before(self.core, len(self.core))
        if self._room(joined) and feature_of(self.core[:-joined]) in _LINES:
            self.part = self._cut(joined) + self.part
        return True

    def _named_stretch(self) -> int:
        """Length of 杭州绕城段 in 杭甬高速公路杭州绕城段."""
        core = self.core
        if not core.endswith("段") or feature_of(core) is not None:
            return 0
        ends = [at for at in range(2, len(core) - 2) if feature_of(core[:at]) in _LINES]
        # 三江两岸绿道下沙段 is of the 绿道: the last word that ends a line and nothing else
        firm = [at for at in ends if grammar.FIRM_ENDS.before(core, at)]
        return len(core) - (firm[-1] if firm else ends[0]) if ends else 0

    def _edge(self) -> bool:
        length = self._edge_length()
        if not self._room(length):
            return False
        self.edge = self._cut(length) + self.edge
        self.relation = self.relation or "edge"
        return True

    def _side(self) -> bool:
        """Take 北岸防洪堤 off: what stands on a side of a thing, and has no name of its own."""
        core = self.core
        if self.relation == "offset":
            return False
        for at in range(_SHORTEST_NAME, len(core) - 2):
            if core[at] not in grammar.COMPASS or core[at + 1] not in grammar.WITH_SIDES:
                continue
            thing, there = feature_of(core[:at]), feature_of(core[at + 2 :])
            named = there is not None and not (
                there.kind == "facility" and there.relation == "line"
            )
            level = core.endswith("水位线")
            if thing is not None and thing.kind in _WITH_EDGES and (level or not named):
                self.edge = self._cut(len(core) - at) + self.edge
                self.relation = self.relation or "edge"
                return True
        return False

    def _edge_length(self) -> int:
        core, end = self.core, len(self.core)
        if self.relation == "offset" and grammar.WALLS.before(core, end):
            return 0
        for noun in grammar.EDGE_NOUNS.lengths_before(core, end):
            if core[end - noun - 1 : end - noun + 1] == "海岸":
                continue  # a 海岸线 is the thing itself
            direction = self._direction_before(end - noun)
            of_a_hill = core[end - noun] in "山湖河江" and not direction
            nameless = end - noun < _SHORTEST_NAME or feature_of(core[: end - noun]) is None
            # 大明山脚 is the foot of 大明山, but 黄牛山山脚 that of 黄牛山
            length = direction + noun - (of_a_hill and nameless)
            if self._room(length):
                return length
        if self.relation == "offset":
            return 0  # 园区北边界以南1000米: the border itself is what is named
        length = grammar.DIRECTED_EDGE_NOUNS.before(core, end)
        if length and (direction := self._direction_before(end - length)):
            return length + direction
        return self._bank_length()

    def _bank_length(self) -> int:
        core, end = self.core, len(self.core)
        for word in grammar.BANKS:
            before = feature_of(core[: end - len(word)]) if core.endswith(word) else None
            if before is not None and before.kind in {"river", "road", "railway"}:
                return len(word)
        border = grammar.ZONE_BORDERS.before(core, end)
        if border and grammar.ZONES.before(core, end - border):
            return border
        before = feature_of(core[:-1]) if core[-1:] in grammar.COMPASS else None
        bare = before is not None and before.kind == "river" and end > _SHORTEST_NAME
        return int(bare and not self.edge)

    def _direction_before(self, end: int) -> int:
        """Length of 东, 以西, 南面 before the noun of an edge."""
        at = end
        if at and self.core[at - 1] in "侧面部":
            at -= 1
        length = grammar.DIRECTIONS.before(self.core, at)
        if not length:
            return 0
        at -= length
        if at and self.core[at - 1] in grammar.INVERSE_MARKS:
            at -= 1
        return end - at if at >= _SHORTEST_NAME else 0


@lru_cache(_REMEMBERED)
def _peeled(text: str) -> _Peel:
    """Take a name apart; what comes back is only looked at, and may serve again."""
    return _Peel(text).run()


def read_reference(source: Source, piece: Piece, head: Head, side: Side) -> Reference | None:
    """Read one reference of a side, or null where no name remains.

    Parameters
    ----------
    source
        The text.
    piece
        Where the reference stands, with the brackets in it.
    head
        Head of the side; its verb decides what a name without a known suffix is.
    side
        Direction of the side, from which an offset without direction is taken.
    """
    start, end = _trim(source.chars, piece.start, piece.end)
    start = _behind_description(source.chars, start, end)
    end = _without_remark(source.chars, piece, start, end)
    notes, cut = _bracket_notes(source, piece, start, end)
    core = source.chars[start:cut] + _after_brackets(source.chars, piece, cut, end)
    peel = _peeled(strip_ends(core))
    if not peel.core:
        return None
    name_end = start + len(peel.core)
    planned = planned_before(peel.core)
    feature = _feature(peel, planned)
    bare = peel.core[planned or grammar.EXISTING.at(peel.core, 0) :]
    generic = is_generic(peel.core)
    name_start = start + _qualifier(peel.core, planned, feature, generic=generic)
    kind: Kind = (
        "planned_road" if _is_planned(feature, planned or notes.planned, bare) else feature.kind
    )
    relation = peel.relation or _default_relation(feature, peel, head)
    reference = Reference(
        name=source.name(name_start, name_end),
        kind=kind,
        relation=relation,
        offset_m=peel.offset_m,
        raw=source.raw(start, end),
        span=source.span(start, end),
        offset_dir=_offset_direction(peel, head, side),
        edge=_written(source, start, name_end, peel.edge),
        part=notes.part or _written(source, start, name_end, peel.part or ""),
        alias=notes.alias,
        core=_core(source, name_start, name_end),
        connector=_connector(source, piece),
        approx=peel.approx,
        generic=bool(generic),
    )
    return reference if reference.name else None


def _qualifier(core: str, planned: int, feature: Feature, *, generic: bool) -> int:
    """Length of 规划 or 现状 where the name begins behind it."""
    if generic:
        return 0
    existing = grammar.EXISTING.at(core, 0)
    if existing:
        return existing if feature_of(core[existing:]) is not None else 0
    bare = core[planned:]
    part = not bare or feature.kind not in grammar.PLANNED_KINDS or _NUMBERED.fullmatch(bare)
    return 0 if part else planned


@dataclass(frozen=True, slots=True)
class _Notes:
    alias: str | None = None
    part: str | None = None
    planned: bool = False


def _connector(source: Source, piece: Piece) -> str | None:
    """Return the connector as it is written right before the piece."""
    if piece.connector is None:
        return None
    written = source.name(piece.start - len(piece.connector), piece.start)
    return written.lstrip("、,， ") or written


def _trim(chars: str, start: int, end: int) -> tuple[int, int]:
    """Take words before and after the reference off."""
    while start < end and chars[start] in "“”\"'‘’ \t,、.:-":
        if chars[start] == "-" and chars[start + 1 : start + 2].isdigit():
            break  # -10米等深线
        start += 1
    while start < end and chars[end - 1] in "“”\"'‘’ \t,、.:-":
        end -= 1
    while (length := _prefix(chars, start, end)) and start + length < end - 1:
        start += length
    kept = strip_ends(chars[start:end])
    return start, start + len(kept)


def _behind_description(chars: str, start: int, end: int) -> int:
    """Where the name begins behind what is said of it: 已出让的某某用地, 与A区相接的B路."""
    at = chars.rfind("的", start + 1, end)
    told = at >= 0 and grammar.DESCRIPTIONS.before(chars, at, start)
    name = strip_ends(chars[at + 1 : end]) if told else ""
    peeled = _peeled(name).core if len(name) >= _SHORTEST_NAME else ""
    named = len(peeled) > _SHORTEST_NAME and feature_of(peeled) and not is_generic(peeled)
    return at + 1 if named else start


def _prefix(chars: str, start: int, end: int) -> int:
    """Length of a word before a name that is no part of it, as 至 is of 至善路."""
    length = grammar.PREFIXES.at(chars, start)
    if not length:
        borders = chars.startswith("与", start) and grammar.SHARED_BORDERS.before(chars, end, start)
        return int(bool(borders))
    if chars[start] in "经至到以自由":
        core = _peeled(strip_ends(chars[start:end][-_LONGEST_SUFFIX:])).core
        if len(core) <= _SHORT_NAME and feature_of(core):
            return 0
    return length


def _without_remark(chars: str, piece: Piece, start: int, end: int) -> int:
    """Leave out a bracket at the end that only describes: (邻某医院), (含某村)."""
    for opening, closing in piece.brackets:
        inside = chars[opening + 1 : closing]
        remark = grammar.REMARKS.at(inside, 0) or grammar.INCLUSIONS.at(inside, 0)
        if closing + 1 == end and opening > start + 1 and remark:
            return start + len(strip_ends(chars[start:opening]))
    return end


def _bracket_notes(source: Source, piece: Piece, start: int, end: int) -> tuple[_Notes, int]:
    """Read brackets behind a whole name; those inside a name are part of it."""
    alias: str | None = None
    part: str | None = None
    planned = False
    cut = end
    for opening, closing in piece.brackets:
        before = source.chars[start:opening]
        inside = source.chars[opening + 1 : closing]
        last = closing + 1 >= end
        if not before or not (last or is_whole_name(before)):
            continue
        cut = min(cut, opening)
        if grammar.REMARKS.at(inside, 0) or grammar.INCLUSIONS.at(inside, 0):
            continue
        if inside in grammar.PARTS or inside in grammar.ENDS:
            part = part or source.name(opening + 1, closing)
        elif inside in grammar.PLANNED:
            planned = True
        elif (feature_of(inside) is not None and not inside[:1].isdigit()) or _ROAD_CODE.match(
            inside
        ):
            alias = alias or source.name(opening + 1, closing)
    return _Notes(alias, part, planned), cut


def _after_brackets(chars: str, piece: Piece, cut: int, end: int) -> str:
    """Text behind the first bracket that was cut out, without any further brackets."""
    at, parts = cut, []
    for opening, closing in piece.brackets:
        if opening < cut:
            continue
        parts.append(chars[at:opening])
        at = closing + 1
    parts.append(chars[at:end] if at < end else "")
    return "".join(parts)


def _feature(peel: _Peel, planned: int) -> Feature:
    name = peel.core[planned:] or peel.core
    found = feature_of(name)
    if found is not None:
        return found
    if peel.relation == "offset" or peel.part:
        return Feature("road" if peel.part else "other")
    return Feature("other", "point")


def _is_planned(feature: Feature, planned: int, bare: str) -> bool:
    coded = _BY_WIDTH.fullmatch(bare) is not None
    return feature.kind == "road" and (planned > 0 or coded)


def _default_relation(feature: Feature, peel: _Peel, head: Head) -> Relation:
    if peel.part:
        return "line"
    if feature == Feature("other", "point") and head.verb in grammar.NEIGHBOUR_VERBS:
        return "area"
    return feature.relation


def _offset_direction(peel: _Peel, head: Head, side: Side) -> str | None:
    if peel.relation != "offset":
        return None
    if peel.offset_dir is not None:
        return peel.offset_dir
    return grammar.OPPOSITE[side] if head.verb in grammar.AWAY_VERBS else side


def _written(source: Source, start: int, name_end: int, word: str) -> str | None:
    """Return a word of the reading as it is written, where it directly follows the name."""
    if not word:
        return None
    if source.chars.startswith(word, name_end):
        return source.name(name_end, name_end + len(word))
    at = source.chars.find(word, start, start + _LONGEST_SUFFIX * 2)
    return source.name(at, at + len(word)) if at >= 0 else word


def _core(source: Source, start: int, end: int) -> str | None:
    """Name without the place before it: 环城东路 of 尖山镇环城东路."""
    name, borders = source.chars[start:end], grammar.BORDERS.words
    for at in range(len(name) - 1, 1, -1):
        rest = name[at:]
        if not grammar.LOCATORS.before(name, at) or len(rest) <= _SHORTEST_NAME or rest in borders:
            continue
        inner = grammar.INNER_AREAS.before(name, at) or any(mark in rest for mark in "的、与和")
        odd = rest[0] in _NO_CORE or rest[0].isdigit()
        if feature_of(rest) is not None and not inner and not odd:
            return source.name(start + at, end)
    return None
