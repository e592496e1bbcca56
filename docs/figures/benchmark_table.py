"""Tables of what benchmarks measured, from the files that ``benchmarks/table.py`` keeps."""  # noqa: INP001

import json
import re
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).parents[2] / "benchmarks" / "results"
ORDER: Final = (
    "area", "datum", "overlap-pairs", "overlap-faces", "concentration", "raster", "landscape",
    "distance", "maps",
)  # fmt: skip
TITLES: Final = {
    "area": ("Official area", "椭球面积"),
    "datum": ("Datums", "坐标基准转换"),
    "overlap-pairs": ("Overlapping pairs", "两两重叠"),
    "overlap-faces": ("Partition into faces", "多重叠加分区"),
    "concentration": ("Share of land inside the zones", "园区内用地占比"),
    "raster": ("Shares of classes from a raster", "栅格分类占比"),
    "landscape": ("Landscape metrics", "景观格局指数"),
    "distance": ("Densities by distance (Duranton–Overman)", "距离密度（Duranton–Overman）"),
    "maps": ("A map of parcels as one page", "地块地图（单个网页）"),
}
WORDS: Final = {
    "en": ("way", "seconds", "× parkgeo", "peak MB", "page MB", "answer"),
    "zh": ("方法", "秒", "相当于 parkgeo 的倍数", "峰值内存 MB", "网页 MB", "结果比较"),
}
LEAD: Final = {
    "en": "{size}. Measured on {date} with `{command}`.",
    "zh": "规模：{size}。{date} 用 `{command}` 测得。",
}

SPEEDS: Final = {
    "en": ("task", "size", "parkgeo, seconds", "others: times as long"),
    "zh": ("任务", "规模", "parkgeo，秒", "其他方法：耗时是它的几倍"),
}
SPEEDS_LEAD: Final = {
    "en": "The first way of parkgeo is given in seconds, all others by how many times as long they "
    "take, its own second way among them. Where the first gives areas alone, ways that draw "
    "geometry do more for their time.",
    "zh": "parkgeo 的第一种方法给出秒数，其余方法（包括它自己的第二种）给出耗时是它的几倍。"
    "第一种只算面积时，画出图形的方法在同样时间里做的事更多。",
}
NONE: Final = {
    "en": "Nothing has been measured with this version yet. `make bench-table` does it; build the "
    "pages again then.",
    "zh": "这一版还没有测过。运行 `make bench-table`，再重新生成文档，这里就有结果。",
}

WHOLE_ABOVE: Final = 100


def draw(folder: Path, results: Path = RESULTS) -> None:
    """Write the tables of each language, for the pages of benchmarks and of the comparison."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [json.loads(path.read_text("utf-8")) for path in sorted(results.glob("*.json"))]
    found.sort(key=_place)
    for at, language in enumerate(("en", "zh")):
        parts = [_machine(found, at), *(_section(one, language, at) for one in found)]
        pages = {"benchmarks": "\n\n".join(parts), "speeds": _speeds(found, language, at)}
        for name, text in pages.items():
            shown = text if found else NONE[language]
            (folder / f"{name}_{language}.inc").write_text(shown + "\n", "utf-8")


def _place(result: dict[str, Any]) -> tuple[int, str, int]:
    kind, _, number = result["scenario"].rpartition("-")
    kind = kind if number.isdigit() else result["scenario"]
    return ORDER.index(kind), kind, int(number) if number.isdigit() else 0


def _machine(found: list[dict[str, Any]], at: int) -> str:
    """Say on what machines and with which versions: once each."""
    lines = dict.fromkeys(
        ("{processor}, {processors} processors, {memory_gb} GB, {system}",
         "{processor}，{processors} 核，{memory_gb} GB 内存，{system}")[at].format(**one["machine"])
        + "; " + ", ".join(f"{name} {number}" for name, number in one["versions"].items())
        for one in found
    )  # fmt: skip
    return "\n".join(f"- {_cell(line)}" for line in lines)


def _speeds(found: list[dict[str, Any]], language: str, at: int) -> str:
    """Give one row a scenario: what parkgeo's first way took, and all other ways beside it."""
    rows = []
    for result in found:
        base = _base(result["runs"])
        timed = [run for run in result["runs"] if run["seconds"] is not None]
        first = next((run for run in timed if run["ours"]), None)
        others = "; ".join(
            f"{_cell(run['who'])}: {_ratio(run, base)}" for run in timed if run is not first
        )
        kind = ORDER[_place(result)[0]]
        rows.append([TITLES[kind][at], _cell(result["size"]), _number(base), others or "–"])
    table = _table([list(SPEEDS[language]), ["---", "---", "---:", "---"], *rows])
    return f"{SPEEDS_LEAD[language]}\n\n{table}"


def _base(runs: list[dict[str, Any]]) -> float | None:
    """Return the seconds that others are held against: those of the first way of parkgeo's own."""
    return next((run["seconds"] for run in runs if run["ours"] and run["seconds"]), None)


def _table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _section(result: dict[str, Any], language: str, at: int) -> str:
    runs = result["runs"]
    base = _base(runs)
    columns = [
        [_cell(run["who"]) for run in runs],
        [_number(run["seconds"]) for run in runs],
        [_ratio(run, base) for run in runs],
        [_number(run["peak_mb"], whole=True) for run in runs],
        [_number(run["page_mb"]) for run in runs],
        [_cell(run["note"]) for run in runs],
    ]
    shown = [
        (word, cells)
        for word, cells in zip(WORDS[language], columns, strict=True)
        if any(cell not in {"", "–"} for cell in cells)
    ]
    kind = ORDER[_place(result)[0]]
    lead = LEAD[language].format(**result | {"size": _cell(result["size"])})
    rows = [
        [word for word, _ in shown],
        ["---", *["---:" if word != WORDS[language][-1] else "---" for word, _ in shown[1:]]],
        *(list(row) for row in zip(*(cells for _, cells in shown), strict=True)),
    ]
    number = _place(result)[2]
    title = TITLES[kind][at] + (f", {number:,}" if number else "")
    return f"## {title}\n\n{lead}\n\n{_table(rows)}"


def _ratio(run: dict[str, Any], base: float | None) -> str:
    if run["seconds"] is None or not base:
        return "–"
    ratio = run["seconds"] / base
    return _number(ratio)


def _number(value: float | None, *, whole: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if whole or value >= WHOLE_ABOVE else f"{value:.3g}"


def _cell(text: str) -> str:
    """Write any text so that Markdown takes it for nothing but text, in one line."""
    marked = re.sub(r"([\\`*_{}\[\]#|~$])", r"\\\1", " ".join(text.split()))
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
