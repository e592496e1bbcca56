"""How the figures of a report are worked out, and what its terms mean."""

from collections.abc import Iterator
from typing import Final

import pandas as pd
from markupsafe import Markup

from parkgeo._style import Language, Text
from parkgeo.report._content import Block, Entry, Formula, Paragraph, Section, Terms
from parkgeo.report._facts import Extents, Land

__all__ = ["glossary", "method"]


def _math(*parts: str) -> Markup:
    """Write a formula as MathML, of tokens between blanks and of fractions."""
    body = "".join(part if part.startswith("<") else _terms(part) for part in parts)
    return Markup(  # noqa: S704 - constants of this module
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'
        f"<mrow>{body}</mrow></math>"
    )


def _terms(tokens: str) -> str:
    return "".join(map(_term, tokens.split()))


def _term(piece: str) -> str:
    """Write a letter, a number, a sign, or one of them with what stands below or above it."""
    for mark, element in (("_", "munder" if piece[0] in _LARGE else "msub"), ("^", "msup")):
        base, found, other = piece.partition(mark)
        if found:
            inner = "".join(_term(sign) for sign in other)
            return f"<{element}>{_term(base)}<mrow>{inner}</mrow></{element}>"
    if piece == "|":
        return '<mo stretchy="false">|</mo>'
    kind = "mi" if piece.isalpha() else "mn" if piece.isdecimal() else "mo"
    return f"<{kind}>{piece}</{kind}>"


def _over(top: str, bottom: str) -> str:
    return f"<mfrac><mrow>{_terms(top)}</mrow><mrow>{_terms(bottom)}</mrow></mfrac>"


_LARGE: Final = "∑⋃"
_AREA: Final = Formula(
    _math("S =", _over("a^2", "2"), "∑_i", _over("1", "2"), "( L_i + L_i+1 ) ( q_i+1 − q_i )"),
    "S = a²/2 · Σ ½ (L_i + L_{i+1}) (q_{i+1} − q_i)",
)
_CONSERVED: Final = Formula(_math("∑_f | f | · n ( f ) = ∑_b | b |"), "Σ_f |f| · n(f) = Σ_b |b|")
_INTERVAL: Final = Formula(
    _math(
        "| ( A ⊖ ε_A ) ∩ ( B ⊖ ε_B ) | ≤ | A ∩ B | ≤ | ( A ⊕ ε_A ) ∩ ( B ⊕ ε_B ) |",
    ),
    "|(A ⊖ ε_A) ∩ (B ⊖ ε_B)| ≤ |A ∩ B| ≤ |(A ⊕ ε_A) ∩ (B ⊕ ε_B)|",
)
_RATIO: Final = Formula(
    _math("R =", _over("∑_p | p ∩ U |", "∑_p | p |"), ", U = ⋃_z z"),
    "R = Σ_p |p ∩ U| / Σ_p |p|, U = ⋃ z",
)

_AREA_TEXT: Final = Text(
    "面积均为 CGCS2000 椭球面面积，与国土调查的规定算法一致：以弧度计的经度 L 与等积纬度函数 "
    "q(B) 沿边界求和，a 为长半轴。(L, q) 正是圆柱等积投影平面，叠加也在该平面上进行，因此面积、"
    "重叠和分区采用同一把尺子，与输入文件的坐标系无关。1 亩 = 10 000/15 平方米。",
    "All areas are areas on the ellipsoid of CGCS2000, by the rule of the national land survey: "
    "a sum along the boundary over longitude L in radians and the authalic function q(B) of "
    "latitude, with a the semi-major axis. (L, q) is the cylindrical equal-area plane, and "
    "overlays run in that plane too, so one measure holds for areas, overlaps and faces, "
    "whatever the CRS of the files. One mu is 10 000/15 m².",
)
_FACES_TEXT: Final = Text(
    "各牌子范围把地面切分为互不重叠的面，每个面记录其上的牌子；净面积是各面面积之和。|f| 为面的"
    "面积，n(f) 为其上的牌子数，|b| 为牌子面积。切分后两边之差为整体的 {residual}"
    "（不得超过 1e-9）。",
    "The extents cut the ground into faces that do not overlap, each with the brands that lie on "
    "it; the net area is the sum of the faces. |f| is the area of a face, n(f) the number of its "
    "brands, |b| the area of a brand. After cutting, the two sides differ by {residual} of the "
    "whole (at most 1e-9 is let pass).",
)
_INTERVAL_TEXT: Final = Text(
    "区间表示边界误差所允许的范围：ε 为各边界的中误差（一倍标准差），下限为所有边界同时内移 ε，"
    "上限为同时外移 ε。下限为零的重叠可能只是边界误差，表中“超出误差”一栏为“否”。"
    "边界未注明精度的，没有区间。",
    "An interval says what the error of the boundaries allows: ε is the accuracy of each boundary, "
    "one standard deviation; at the lower end all boundaries lie ε further in, at the upper end ε "
    "further out. An overlap whose lower end is zero may be nothing but error; its table says no "
    "under “Beyond error”. Where the accuracy of a boundary is not stated there is no interval.",
)
_RATIO_TEXT: Final = Text(
    "集中度为计入地块位于园区内的面积占其总面积的比例；U 为全部园区的并集，多块牌子重叠的地面只"
    "计一次，跨边界的地块按边界切开计算。缺口为在总量不变时达到目标还须位于园区内的面积，已超过"
    "时记为富余。",
    "The ratio is the share of the parcels that count which lies inside the zones; U is the "
    "union of all zones, so ground under several brands counts once, and a parcel across a "
    "boundary is cut by it. The gap is how much more must lie inside to meet the target with the "
    "total as it is; what is above the target is called to spare.",
)
_SCATTERED_TEXT: Final = Text(
    "至少一半面积位于园区外的地块为零星地块；相距不超过 {gap} 米的合为一片。各片按“园区外面积 ÷ "
    "（1 + 距离 ÷ {near} 米）”从大到小排列。",
    "A parcel is scattered if at least half of it lies outside the zones; parcels at most {gap} "
    "m apart make a cluster. Clusters stand in the order of area outside ÷ (1 + distance ÷ "
    "{near} m).",
)
_SOURCES_TEXT: Final = Text(
    "依据：TD/T 1055—2019 与国土调查办发〔2008〕32号（椭球面积）；杭政函〔2023〕13号（工业用地集"
    "中度目标）。",
    "After TD/T 1055-2019 and 国土调查办发〔2008〕32号 (ellipsoidal area) and 杭政函〔2023〕13号 "
    "(the target for industrial land inside zones).",
)

_TERMS: Final[tuple[tuple[Text, Text], ...]] = (
    (
        Text("牌子", "Brand"),
        Text(
            "一块土地对外使用和统计的一个名称，如开发区、平台、小镇；可由几个区块组成。",
            "One name under which ground is run and reported: a zone, a platform, a town; it may "
            "have several blocks.",
        ),
    ),
    (
        Text("管理机构", "Administrator"),
        Text("管理一块或多块牌子的管委会。", "The committee that runs one brand or several."),
    ),
    (
        Text("公布面积与量算面积", "Stated and measured area"),
        Text(
            "前者为文件公布的面积，后者由边界坐标计算。",
            "The first is the area as published, the second is computed from the boundary.",
        ),
    ),
    (
        Text("净面积", "Net area"),
        Text(
            "各范围覆盖的地面，重叠部分只计一次。",
            "The ground covered, with nothing counted twice.",
        ),
    ),
    (
        Text("重复计算", "Counted twice"),
        Text("面积相加之和与净面积之差。", "What adding areas up exceeds the net area by."),
    ),
    (
        Text("边界中误差", "Boundary accuracy"),
        Text(
            "边界位置的一倍标准差，以米计。",
            "One standard deviation of a boundary's position, in metres.",
        ),
    ),
    (
        Text("误差区间", "Error interval"),
        Text(
            "边界误差所允许的下限和上限。",
            "The least and the most that the error of the boundaries allows.",
        ),
    ),
    (
        Text("集中度", "Concentration ratio"),
        Text(
            "园区内面积占全部计入地块面积的比例。",
            "The share inside the zones of all parcels that count.",
        ),
    ),
    (
        Text("缺口", "Gap"),
        Text(
            "总量不变时达到目标还差的面积。",
            "What is missing to the target, with the total as it is.",
        ),
    ),
    (
        Text("亩", "Mu"),
        Text(
            "1 亩 = 666.67 平方米；1 平方公里 = 1 500 亩。", "1 mu = 666.67 m²; 1 km² = 1 500 mu."
        ),
    ),
)


def method(extents: Extents, land: Land | None, language: Language) -> Section:
    """Say how the figures were worked out, with the certificate of this very partition."""
    heading = Text("方法", "Method").of(language)
    return Section("method", heading, list(_method(extents, land, language)))


def _method(extents: Extents, land: Land | None, language: Language) -> Iterator[Block]:
    residual = f"{extents.faces.attrs['conservation']:.1e}"
    yield Paragraph(_AREA_TEXT.of(language))
    yield _AREA
    yield Paragraph(_FACES_TEXT.of(language).format(residual=residual))
    yield _CONSERVED
    yield Paragraph(_INTERVAL_TEXT.of(language))
    yield _INTERVAL
    if land is not None:
        told: pd.DataFrame = land.scattered.clusters
        lengths = {"gap": f"{told.attrs['gap_m']:g}", "near": f"{told.attrs['near_m']:g}"}
        yield Paragraph(_RATIO_TEXT.of(language))
        yield _RATIO
        yield Paragraph(_SCATTERED_TEXT.of(language).format(**lengths))
    yield Paragraph(_SOURCES_TEXT.of(language), quiet=True)


def glossary(language: Language) -> Section:
    """Explain ten terms."""
    entries = [Entry(term.of(language), meaning.of(language)) for term, meaning in _TERMS]
    return Section("glossary", Text("术语", "Glossary").of(language), [Terms(entries)])
