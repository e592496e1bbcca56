"""A resolution in words: what was asked, what was found, how sure, and what to do next."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

import geopandas as gpd

from parkgeo import measure
from parkgeo.errors import SchemaError
from parkgeo.fourbounds._remarks import in_chinese

if TYPE_CHECKING:
    from parkgeo.fourbounds._resolution import Resolution

__all__ = ["LIKELY", "PHRASES", "SURE", "Language", "explain"]

Language: TypeAlias = Literal["en", "zh"]

SURE, LIKELY = 0.8, 0.5
_NAME_SURE = 0.95
_FAR_OFF = 0.1
_RIVAL = 0.8
_ASKEW_DEG = 45.0
_NO_LINE: Final = ("inferred", "area-closed")

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "sep": ", ",
        "block": "Block without a name",
        "head": "{name}: {area:.2f} km², confidence {confidence:.2f} ({sure}), boundary within "
        "about {accuracy:.0f} m",
        "sure": "can be relied on",
        "likely": "probable, check it",
        "doubtful": "doubtful, do not use it unchecked",
        "area": "Area: {stated:.2f} km² stated, {area:.2f} km² found ({error:+.1%}); the stated "
        "area was {used}.",
        "used": "used to choose or to place sides",
        "unused": "not used, so that agreement is evidence",
        "no_area": "Area: none is stated, so nothing checks the size.",
        "closed": "The {sides} side was placed by the stated area: agreement proves nothing.",
        "area_agrees": "The stated area agrees with the sides.",
        "area_net": "The stated area looks net of the roads and green along the border.",
        "area_part": "The stated area looks like that of a parcel inside the block.",
        "area_differs": "The stated area is at odds with the sides.",
        "sides": "Sides",
        "unsaid": "not named in the text",
        "found": "found as {name} ({via}, names {score:.2f} alike); {length:.0f} m of the border "
        "({share:.0%})",
        "bridged": ", gaps of {gap:.0f} m bridged",
        "askew": ", faces {degrees:.0f}° away from its direction",
        "inferred": "no line; put where the lines beside it end ({length:.0f} m)",
        "area-closed": "no line; put where the stated area is met ({length:.0f} m)",
        "missing": "not used",
        "second": "Second best: {area:.2f} km² ({error:+.1%} against the first), score "
        "{score:.2f} against {best:.2f}; the two share {iou:.0%} of their common ground",
        "only": "Second best: there is no other way round.",
        "with": "; it also runs along {names}",
        "without": "; it does not run along {names}",
        "next": "What to do next",
        "todo_line": "{side}: give a line that stands for {asked} (lines=), another name of it "
        "(aliases=), or the line itself (choose={{'{key}': …}})",
        "todo_unsaid": "{side}: if you know what it runs along, give it with choose={{'{key}': …}}",
        "todo_name": "{side}: check that {name} is {asked}; if not, give aliases= or "
        "choose={{'{key}': …}}",
        "todo_gap": "{side}: {name} is not drawn over {gap:.0f} m; add the stretch with lines=",
        "todo_askew": "{side}: look at the map, this side does not face its direction",
        "todo_rival": "compare candidates 0 and 1 on a map; near= or choose= decides",
        "todo_area": "compare the polygon with a map: the area is off by {error:+.1%}",
        "todo_none": "nothing needs to be mended; compare it once with a map",
        "notes": "Notes",
        "reason": "reason",
        **{side: side for side in ("east", "south", "west", "north")},
        **{side: side for side in ("northeast", "southeast", "southwest", "northwest")},
        **{via: via for via in ("exact", "alias", "variant", "ref", "part", "fuzzy")},
    },
    "zh": {
        "sep": "、",
        "block": "未命名区块",
        "head": "{name}：面积{area:.2f}平方公里，可信度{confidence:.2f}（{sure}），"
        "边界误差约{accuracy:.0f}米",
        "sure": "可以采用",
        "likely": "基本可信，需核对",
        "doubtful": "存疑，未核对不宜采用",
        "area": "面积：公布{stated:.2f}平方公里，求得{area:.2f}平方公里（{error:+.1%}）；"
        "公布面积{used}。",
        "used": "参与了选择或定边",
        "unused": "未参与计算，两者相符即为佐证",
        "no_area": "面积：原文未公布，规模无从核对。",
        "closed": "{sides}边按公布面积推定，面积相符不能作为佐证。",
        "area_agrees": "公布面积与四至相符。",
        "area_net": "公布面积似为扣除沿边道路和绿化的净面积。",
        "area_part": "公布面积似为区块内某一地块的面积。",
        "area_differs": "公布面积与四至不符。",
        "sides": "四至",
        "unsaid": "原文未提及",
        "found": "找到{name}（{via}，名称相似度{score:.2f}），沿线{length:.0f}米，"
        "占边界{share:.0%}",
        "bridged": "，补接断口{gap:.0f}米",
        "askew": "，朝向偏差{degrees:.0f}°",
        "inferred": "没有线，按相邻边的端点推定（{length:.0f}米）",
        "area-closed": "没有线，按公布面积推定（{length:.0f}米）",
        "missing": "未采用",
        "second": "次选：{area:.2f}平方公里（比首选{error:+.1%}），得分{score:.2f}，"
        "首选{best:.2f}；两者重叠率{iou:.0%}",
        "only": "次选：没有其他围合方式。",
        "with": "；另沿{names}",
        "without": "；不沿{names}",
        "next": "下一步",
        "todo_line": "{side}边：补充{asked}的线（lines=）、别名（aliases=），"
        "或直接指定（choose={{'{key}': …}}）",
        "todo_unsaid": "{side}边：如知其所沿，用choose={{'{key}': …}}指定",
        "todo_name": "{side}边：核对{name}是否就是{asked}；若不是，用aliases=或"
        "choose={{'{key}': …}}更正",
        "todo_gap": "{side}边：{name}有{gap:.0f}米没有线，用lines=补上",
        "todo_askew": "{side}边：对照地图，此边朝向不符",
        "todo_rival": "对照地图比较候选0和候选1，用near=或choose=确定",
        "todo_area": "对照地图核对：面积相差{error:+.1%}",
        "todo_none": "无须更正，对照地图核对一次即可",
        "notes": "提示",
        "reason": "reason_zh",
        "east": "东",
        "south": "南",
        "west": "西",
        "north": "北",
        "northeast": "东北",
        "southeast": "东南",
        "southwest": "西南",
        "northwest": "西北",
        "exact": "同名",
        "alias": "别名",
        "variant": "异写",
        "ref": "编号",
        "part": "部分同名",
        "fuzzy": "近似",
    },
}


def explain(resolution: "Resolution", *, language: Language = "en") -> str:
    """Tell a planner how a polygon was found; see :meth:`Resolution.explain`."""
    if language not in PHRASES:
        raise SchemaError(f"language {language!r} is not known; use 'en' or 'zh'")
    words = PHRASES[language]
    colon = ": " if language == "en" else "："
    parts = [
        _headline(resolution, words),
        *_area(resolution, words),
        "",
        words["sides"],
        *(f"  {line}" for line in _sides(resolution, words, colon)),
        "",
        _second(resolution, words),
        "",
        words["next"],
        *(f"  - {line}" for line in _next(resolution, words)),
    ]
    if resolution.warnings:
        notes = resolution.warnings
        told = notes if language == "en" else [in_chinese(note) for note in notes]
        parts += ["", words["notes"], *(f"  - {note}" for note in told)]
    return "\n".join(parts)


def _headline(resolution: "Resolution", words: Mapping[str, str]) -> str:
    sure = resolution.confidence
    level = "sure" if sure >= SURE else "likely" if sure >= LIKELY else "doubtful"
    return words["head"].format(
        name=resolution.name or words["block"],
        area=resolution.area_km2,
        confidence=sure,
        sure=words[level],
        accuracy=resolution.accuracy_m,
    )


def _area(resolution: "Resolution", words: Mapping[str, str]) -> Iterator[str]:
    error = resolution.area_error
    if error is None:
        yield words["no_area"]
        return
    yield words["area"].format(
        stated=resolution.stated_area_km2,
        area=resolution.area_km2,
        error=_rounded(error),
        used=words["used" if resolution.used_area else "unused"],
    )
    if resolution.area_closed:
        yield words["closed"].format(
            sides=words["sep"].join(words[side] for side in resolution.area_closed)
        )
    if resolution.area_finding is not None:
        yield words[f"area_{resolution.area_finding}"]


def _sides(resolution: "Resolution", words: Mapping[str, str], colon: str) -> Iterator[str]:
    for row in _rows(resolution):
        asked = row["raw"] or row["reference"] or words["unsaid"]
        yield f"{words[row['side']]}{colon}{asked} → {_finding(row, words)}"
        if row["status"] == "missing" or row["status"] in _NO_LINE:
            yield f"    {row[words['reason']]}"


def _finding(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    if row["status"] not in {"found", "bridged"}:
        return words[row["status"]].format(length=row["length_m"])
    told = words["found"].format(
        name=row["name"],
        via=words.get(row["via"], row["via"]),
        score=row["score"],
        length=row["length_m"],
        share=row["share_of_border"],
    )
    if row["status"] == "bridged":
        told += words["bridged"].format(gap=row["gap_bridged_m"])
    if row["bearing_error_deg"] > _ASKEW_DEG:
        told += words["askew"].format(degrees=row["bearing_error_deg"])
    return told


def _second(resolution: "Resolution", words: Mapping[str, str]) -> str:
    ranked = resolution.candidates
    if len(ranked) < 2:  # noqa: PLR2004 - the first is the chosen one
        return words["only"]
    first, second = ranked.iloc[0], ranked.iloc[1]
    one, other = (gpd.GeoSeries([row.geometry], crs=ranked.crs) for row in (first, second))
    shared = measure.intersection_area_m2(one, other)
    common_km2 = float(shared.iloc[0]) / 1e6
    told = words["second"].format(
        area=second["area_km2"],
        error=_rounded(second["area_km2"] / first["area_km2"] - 1.0),
        score=second["score"],
        best=first["score"],
        iou=common_km2 / (first["area_km2"] + second["area_km2"] - common_km2),
    )
    for key, more, less in (("with", second, first), ("without", first, second)):
        names = [one for one in dict.fromkeys(more["references"]) if one not in less["references"]]
        told += words[key].format(names=words["sep"].join(names)) if names else ""
    return told


def _next(resolution: "Resolution", words: Mapping[str, str]) -> list[str]:
    todo = [line for row in _rows(resolution) for line in _mend(row, words)]
    ranked = resolution.candidates["score"]
    if len(ranked) > 1 and ranked.iloc[1] >= _RIVAL * ranked.iloc[0]:
        todo.append(words["todo_rival"])
    error = resolution.area_error
    if error is not None and abs(error) > _FAR_OFF:
        todo.append(words["todo_area"].format(error=error))
    return todo or [words["todo_none"]]


def _mend(row: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    """Say what a person can do about one reference of a side."""
    known = {
        "side": words[row["side"]],
        "key": row["side"],
        "asked": row["reference"],
        "name": row["name"],
        "gap": row["gap_bridged_m"],
    }
    if row["status"] in _NO_LINE or row["status"] == "missing":
        yield words["todo_line" if row["reference"] else "todo_unsaid"].format(**known)
        return
    if row["score"] < _NAME_SURE:
        yield words["todo_name"].format(**known)
    if row["status"] == "bridged":
        yield words["todo_gap"].format(**known)
    if row["bearing_error_deg"] > _ASKEW_DEG:
        yield words["todo_askew"].format(**known)


def _rows(resolution: "Resolution") -> list[dict[str, Any]]:
    """Sides as dicts, null where a value is missing."""
    frame = resolution.sides.astype(object)
    rows = frame.where(frame.notna(), None).to_dict("records")
    return [
        {**cast("dict[str, Any]", row), "bearing_error_deg": _number(row["bearing_error_deg"])}
        for row in rows
    ]


def _number(value: object) -> float:
    return 0.0 if value is None else float(cast("float", value))


def _rounded(ratio: float) -> float:
    """Round to what is shown; adding zero turns -0.0 into 0.0."""
    return round(ratio, 3) + 0.0
