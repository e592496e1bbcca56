"""How well published bounds become polygons, measured against their stated areas.

Each development case in Hangzhou is resolved from its gold parse, so that the parser has no part
in the figures. Where all sides have lines (``resolvable: full``) and an area is stated, the area
is kept from the resolver and compared with the polygon's; then the case is resolved again with it.
Stated areas that the resolver finds to be net, or of a part, are counted, and then listed apart.
Run: ``python benchmarks/bench_fourbounds.py [--all]``.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd

from parkgeo import crs, gazetteer
from parkgeo.errors import UnresolvedBoundsError
from parkgeo.fourbounds import Bounds, Reference, Resolution, resolve

SHARED = Path(os.environ.get("PARKGEO_SHARED", Path(__file__).resolve().parents[2] / "shared"))
LINES = (
    "roads_2019",
    "named_roads_2024",
    "highways_2026",
    "railways_2026",
    "waterways_2026",
    "water_2019",
)
SURE = 0.8
"""Confidence from which a polygon is called sure."""

Case = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """One block, resolved or not."""

    case: str
    resolvable: str
    stated_m2: float | None
    found: Resolution | None
    reason: str
    seconds: float

    @property
    def ratio(self) -> float | None:
        """Area over stated area."""
        if self.found is None or self.stated_m2 is None:
            return None
        return self.found.area_km2 * 1e6 / self.stated_m2

    def within(self, tolerance: float) -> bool:
        """Say whether the area is the stated one, within a relative tolerance."""
        return self.ratio is not None and abs(self.ratio - 1.0) <= tolerance


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="list the partly resolvable cases too")
    options = parser.parse_args()
    cases = json.loads((SHARED / "data/fourbounds/hangzhou_dev.json").read_text(encoding="utf-8"))
    started = time.perf_counter()
    lines = read_lines()
    lines.find("中山路")
    print(f"{len(lines)} named lines read and indexed in {time.perf_counter() - started:.1f} s")
    blind = list(run(cases, lines, use_area=False))
    report("stated area not used", blind, every=options.all)
    report("stated area used", list(run(cases, lines, use_area=True)), every=options.all)


def read_lines() -> gazetteer.Gazetteer:
    """Read the lines of Hangzhou, and the district borders for this measurement only."""
    folder = SHARED / "data"
    paths = [folder / "osm" / f"hangzhou_{name}.parquet" for name in LINES]
    lines = gazetteer.read(*paths, aliases="hangzhou")
    districts = gpd.read_file(folder / "districts/hangzhou_districts_datav_2020_gcj02.geojson")
    return lines.add(gazetteer.borders(crs.from_datum(districts, "gcj02"), source="districts"))


def run(cases: list[Case], lines: gazetteer.Gazetteer, *, use_area: bool) -> Iterator[Outcome]:
    """Resolve every block of every case."""
    for case in cases:
        for block in blocks_of(case):
            started = time.perf_counter()
            found, reason = None, ""
            try:
                found = resolve(block, lines, use_area=use_area)
            except UnresolvedBoundsError as error:
                reason = str(error)
            seconds = time.perf_counter() - started
            yield Outcome(
                case["id"], case["resolvable"], block.stated_area_m2, found, reason, seconds
            )


def report(title: str, outcomes: list[Outcome], *, every: bool) -> None:
    """Print one line per case, and the counts."""
    print(f"\n{title}")
    for outcome in outcomes:
        if every or (outcome.resolvable == "full" and outcome.stated_m2):
            print(f"  {outcome.case:8}{outcome.resolvable:9}{_told(outcome)}")
    full = [o for o in outcomes if o.resolvable == "full" and o.stated_m2]
    sure = [o for o in outcomes if o.stated_m2 and o.found and o.found.confidence >= SURE]
    partial = [o for o in outcomes if o.resolvable == "partial"]
    apart = [o for o in full if o.found and o.found.area_finding in {"net", "part"}]
    rest = [o for o in full if o not in apart]
    print(f"  full cases with an area: {len(full)}; less those of a net area or part: {len(rest)}")
    for tolerance in (0.05, 0.10, 0.25):
        counts = [sum(o.within(tolerance) for o in some) for some in (full, rest)]
        print(
            f"    within {tolerance:4.0%}: {counts[0]} of {len(full)}, {counts[1]} of {len(rest)}"
        )
    said = [o for o in full if o.within(0.05) or (o.found and o.found.area_finding != "agrees")]
    print(f"    within   5% or said not to agree: {len(said)} of {len(full)}")
    for outcome in apart:
        finding = outcome.found and outcome.found.area_finding
        print(f"    apart: {outcome.case}, stated area found to be {finding}")
    print(f"  confidence ≥ {SURE}, with an area: {len(sure)}")
    print(f"    of these within 10%: {sum(o.within(0.10) for o in sure)}")
    print(f"    of these off by more than 25%: {sum(not o.within(0.25) for o in sure)}")
    print(f"  partial cases: {len(partial)}, polygons: {sum(o.found is not None for o in partial)}")
    print(f"  median {median(o.seconds for o in outcomes):.2f} s a block")
    print(f"  longest {max(o.seconds for o in outcomes):.2f} s")


def blocks_of(case: Case) -> Iterator[Bounds]:
    """Turn the gold parse of a case into bounds."""
    gold = case["gold"]["blocks"]
    whole = (case.get("stated_area") or {}).get("m2") if len(gold) == 1 else None
    for block in gold:
        area = block.get("area")
        stated = area.get("m2") if isinstance(area, dict) else None
        sides = {side: tuple(map(_reference, refs)) for side, refs in _sides(block).items()}
        yield Bounds(block.get("name") or case["name"], stated or whole, sides)  # type: ignore[arg-type]


def _sides(block: Case) -> Mapping[str, list[Case]]:
    if block.get("sides") or not block.get("inferred_sides"):
        return block.get("sides") or {}
    by_name = {reference["name"]: reference for reference in block["enclosure"]}
    return {
        side: [by_name[name] for name in names.split("-") if name in by_name]
        for side, names in block["inferred_sides"].items()
    }


def _reference(gold: Case) -> Reference:
    known = {key: value for key, value in gold.items() if key in Reference.__dataclass_fields__}
    return Reference(**(known | {"name": gold.get("name_simplified", gold["name"])}))


def _told(outcome: Outcome) -> str:
    if outcome.found is None:
        return f"-- {outcome.reason[:110]}"
    found = outcome.found
    ratio = "  –  " if outcome.ratio is None else f"{outcome.ratio:5.2f}"
    states = " ".join(sorted(set(found.sides["status"])))
    states += f"; {found.area_finding}" if found.area_finding else ""
    return (
        f"{found.area_km2:9.3f} km² {ratio} of stated, confidence {found.confidence:.2f}, "
        f"accuracy {found.accuracy_m:4.0f} m, {states}"
    )


if __name__ == "__main__":
    main()
