"""What each command does, once its words are understood."""

import argparse
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd

from parkgeo import _atomic, crs, io, measure, units
from parkgeo import fourbounds as bounds
from parkgeo import gazetteer as gazetteers
from parkgeo import overlap as overlaps
from parkgeo._progress import watched
from parkgeo.cli import _demo, _words
from parkgeo.cli._table import print_table
from parkgeo.errors import SchemaError, UnknownNameError, UnresolvedBoundsError


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
    blocks = _blocks(blocks, chosen.block)
    if not chosen.lines:
        _refuse_without_lines(chosen)
        print_table(_references(blocks))
        return
    if chosen.choose and len(blocks) > 1:
        raise SchemaError(
            f"--choose is for one block, but the text has {len(blocks)}: say --block with one of "
            f"{_names(blocks)}",
        )
    gazetteer = gazetteers.read(
        *chosen.lines,
        aliases=chosen.aliases,
        crs=chosen.crs,
        datum=chosen.datum,
        encoding=chosen.encoding,
        layer=chosen.layer,
    )
    results: list[tuple[bounds.Bounds, bounds.Resolution]] = []
    failed: list[str] = []
    for block in watched(blocks, doing="resolving", total=len(blocks)):
        try:
            results.append((block, _resolve(block, gazetteer, chosen)))
        except UnresolvedBoundsError as error:
            failed.append(f"{block.name or '-'}: {error}" if len(blocks) > 1 else str(error))
    for block, result in results:
        _print_result(block, result)
    if chosen.output and results:
        _write_blocks(results, Path(chosen.output))
    if failed:
        raise UnresolvedBoundsError("\n".join(failed))


def _resolve(
    block: bounds.Bounds, gazetteer: gazetteers.Gazetteer, chosen: argparse.Namespace
) -> bounds.Resolution:
    return bounds.resolve(
        block,
        gazetteer,
        use_area=not chosen.no_area,
        near=chosen.near,
        choose=_words.by_side(chosen.choose),
        aliases=_words.others(chosen.alias),
    )


def _blocks(blocks: list[bounds.Bounds], wanted: str | None) -> list[bounds.Bounds]:
    """Return the block of a name or number, or all of them."""
    if wanted is None:
        return blocks
    found = [block for block in blocks if block.name == wanted]
    if not found and wanted.isdecimal() and 1 <= int(wanted) <= len(blocks):
        found = [blocks[int(wanted) - 1]]
    if not found:
        raise UnknownNameError(f"no block {wanted!r} in the text; its blocks are {_names(blocks)}")
    return found


def _names(blocks: list[bounds.Bounds]) -> str:
    return ", ".join(f"{at} ({block.name or '-'})" for at, block in enumerate(blocks, 1))


def _refuse_without_lines(chosen: argparse.Namespace) -> None:
    """Say that nothing is resolved without lines, rather than leave out what was asked for."""
    options = ("choose", "alias", "aliases", "near", "no_area", "output", "crs", "encoding")
    given = [f"--{name.replace('_', '-')}" for name in (*options, "layer") if getattr(chosen, name)]
    given += ["--from"] if chosen.datum else []
    if given:
        raise SchemaError(
            f"{', '.join(given)} needs --lines: without files of named lines the text is only "
            "parsed and nothing is resolved",
        )


def _print_result(block: bounds.Bounds, result: bounds.Resolution) -> None:
    print(block.name or "-")
    print_table(result.sides.reset_index(drop=True))
    stated = "-" if result.stated_area_km2 is None else f"{result.stated_area_km2:.4f}"
    print(
        f"area {result.area_km2:.4f} km², stated {stated}, "
        f"accuracy {result.accuracy_m:.0f} m, confidence {result.confidence:.2f}"
    )
    for warning in result.warnings:
        print(f"- {warning}")
    print()


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


def _write_blocks(resolved: list[tuple[bounds.Bounds, bounds.Resolution]], path: Path) -> None:
    blocks, results = zip(*resolved, strict=True)
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
        with _atomic.replaced(path) as part:
            table.to_csv(part, index=False, encoding="utf-8-sig")
    else:
        raise SchemaError(f"a table without geometry is written as .csv, not {path.suffix!r}")
    print(f"written to {path}", file=sys.stderr)
