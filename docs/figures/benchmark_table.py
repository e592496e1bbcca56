"""Tables of what benchmarks measured, from the files that ``benchmarks/table.py`` keeps."""  # noqa: INP001

import json
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

WHOLE_ABOVE: Final = 100


def draw(folder: Path) -> None:
    """Write a table for each language, to be included by its page."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))]
    found.sort(key=_place)
    for at, language in enumerate(("en", "zh")):
        parts = [_machine(found, at), *(_section(one, language, at) for one in found)]
        (folder / f"benchmarks_{language}.inc").write_text("\n\n".join(parts) + "\n", "utf-8")


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
    return "\n".join(f"- {line}" for line in lines)


def _section(result: dict[str, Any], language: str, at: int) -> str:
    runs = result["runs"]
    base = next((run["seconds"] for run in runs if run["ours"] and run["seconds"]), None)
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
    lead = LEAD[language].format(**result)
    rows = [
        [word for word, _ in shown],
        ["---", *["---:" if word != WORDS[language][-1] else "---" for word, _ in shown[1:]]],
        *zip(*(cells for _, cells in shown), strict=True),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"## {TITLES[kind][at]}\n\n{lead}\n\n{table}"


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
    return text.replace("|", "\\|").replace("<", "&lt;")
