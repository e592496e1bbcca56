"""What each command does, once its words are understood."""

import argparse
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd

from parkgeo import crs, io, measure, units
from parkgeo import fourbounds as bounds
from parkgeo import gazetteer as gazetteers
from parkgeo import overlap as overlaps
from parkgeo._progress import watched
from parkgeo.cli import _demo
from parkgeo.cli._table import print_table
from parkgeo.errors import SchemaError


def demo(chosen: argparse.Namespace) -> None:
    """Run the main job on the bundled extents."""
    _demo.run(Path(chosen.output))


def overlap(chosen: argparse.Namespace) -> None:
    """List overlapping pairs and the net area."""
    parks = io.read_parks(
        chosen.input,
        **_said(chosen),
        aliases={name: column or None for name, column in chosen.alias},
        repair=chosen.repair,
    )
    target = Path(chosen.output) if chosen.output else None
    mapped = target is not None and target.suffix.lower() != ".csv"
    pairs = overlaps.pairs(parks, by=chosen.by, geometry=mapped)
    print_table(pd.DataFrame(pairs.drop(columns="geometry", errors="ignore")))
    net_km2 = overlaps.net_area_km2(parks)
    print(f"net area {net_km2:.4f} km² = {units.km2_to_mu(net_km2):.1f} mu")
    if target is not None:
        _write_table(pairs, target)


def area(chosen: argparse.Namespace) -> None:
    """Print the official area of each row."""
    frame = io.read(chosen.input, **_said(chosen))
    areas_m2 = measure.area_m2(frame, edges=chosen.edges)
    table = pd.DataFrame(
        {
            "area_m2": areas_m2,
            "area_mu": units.m2_to(areas_m2, "mu"),
            "area_km2": units.m2_to(areas_m2, "km2"),
        }
    )
    name = frame.index.name
    table.index = table.index.to_flat_index().rename("row" if name in {None, *table} else name)
    print_table(table.reset_index())
    total_m2 = float(areas_m2.sum())
    print(f"sum {total_m2:.3f} m² = {units.m2_to(total_m2, 'mu'):.3f} mu (overlaps count twice)")
    if chosen.output:
        _write_table(table.reset_index(), Path(chosen.output))


def fourbounds(chosen: argparse.Namespace) -> None:
    """Parse a text, and resolve it where lines are given."""
    blocks = bounds.parse(_text(chosen.text))
    if not blocks:
        raise SchemaError("no four-bounds found: expected words such as 东至…南至…西至…北至…")
    if not chosen.lines:
        print_table(_references(blocks))
        return
    gazetteer = gazetteers.read(*chosen.lines, aliases=chosen.aliases)
    results = [
        bounds.resolve(block, gazetteer, use_area=not chosen.ignore_area)
        for block in watched(blocks, doing="resolving", total=len(blocks))
    ]
    for block, result in zip(blocks, results, strict=True):
        print(block.name or "-")
        print_table(result.sides.reset_index(drop=True))
        stated = "-" if result.stated_area_km2 is None else f"{result.stated_area_km2:.4f}"
        print(
            f"area {result.area_km2:.4f} km², stated {stated}, "
            f"accuracy {result.accuracy_m:.0f} m, confidence {result.confidence:.2f}\n"
        )
    if chosen.output:
        _write_blocks(blocks, results, Path(chosen.output))


def convert(chosen: argparse.Namespace) -> None:
    """Change format and datum."""
    frame = io.read(chosen.input, **_said(chosen))
    if chosen.to == "zone":
        frame = crs.to_zone(frame)
    elif chosen.to:
        frame = crs.to_datum(frame, chosen.to)
    written = io.write(frame, chosen.output, encoding=chosen.output_encoding)
    print(f"{len(frame)} rows written to {written}", file=sys.stderr)


def _said(chosen: argparse.Namespace) -> dict[str, str | None]:
    """Return what the user says about the input, for :func:`parkgeo.io.read`."""
    return {name: getattr(chosen, name) for name in ("crs", "datum", "encoding", "layer")}


def _text(words: str) -> str:
    if words == "-":
        return sys.stdin.read()
    return io.read_text(words) if words.lower().endswith(".txt") else words


def _references(blocks: list[bounds.Bounds]) -> pd.DataFrame:
    rows = [
        (block.name or "-", side, reference.name, reference.kind, reference.relation)
        for block in blocks
        for side, references in block.sides.items()
        for reference in references
    ]
    return pd.DataFrame(rows, columns=["block", "side", "reference", "kind", "relation"])


def _write_blocks(
    blocks: list[bounds.Bounds], results: list[bounds.Resolution], path: Path
) -> None:
    frame = gpd.GeoDataFrame(
        {
            "block": [block.name for block in blocks],
            "stated_area_km2": [result.stated_area_km2 for result in results],
            "area_km2": [result.area_km2 for result in results],
            "accuracy_m": [result.accuracy_m for result in results],
            "confidence": [result.confidence for result in results],
            "four_bounds": [block.text for block in blocks],
        },
        geometry=[result.geometry for result in results],
        crs=crs.CGCS2000,
    )
    print(f"written to {io.write(frame, path)}", file=sys.stderr)


def _write_table(table: pd.DataFrame, path: Path) -> None:
    if isinstance(table, gpd.GeoDataFrame):
        io.write(table, path)
    elif path.suffix.lower() == ".csv":
        table.to_csv(path, index=False, encoding="utf-8-sig")
    else:
        raise SchemaError(f"a table without geometry is written as .csv, not {path.suffix!r}")
    print(f"written to {path}", file=sys.stderr)
