"""Build ``blocks.geojson`` of each bundled city from published words and named lines.

``data/boundaries/<city>/extents.csv`` holds the words. Each clause is parsed, its names are looked
up in line data, and what can be resolved becomes a polygon; what cannot keeps a row without a
geometry and says why. The same input gives the same bytes.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import fourbounds, gazetteer, io, measure, model, tables
from parkgeo.crs import CGCS2000
from parkgeo.errors import SchemaError, UnresolvedBoundsError

ROOT = Path(__file__).resolve().parents[1]
BOUNDARIES = ROOT / "data" / "boundaries"
LINES = ROOT.parent / "shared" / "data" / "osm"
LINE_FILES = ("roads", "highways", "railways", "waterways", "admin")
LINE_SUFFIXES = frozenset({".parquet", ".gpkg", ".geojson", ".shp", ".pbf"})
LICENSE = "ODbL-1.0 © OpenStreetMap contributors"
DEGREES = 1e-7
"""Grid of the coordinates: a centimetre, far below what any text can say."""
ON_LINE = re.compile(r"\b(found|bridged) ")
AREA_TOLERANCE = 1e-6
"""Relative difference between the area in the table and the area in the clause."""


def main() -> int:
    """Build the cities that the command line names."""
    options = _options()
    paths = list(line_paths(options.lines))
    if not paths:
        print(
            f"no named lines in {', '.join(map(str, options.lines))}. Give with --lines a folder "
            f"of OpenStreetMap lines whose file names say {', '.join(LINE_FILES)}, or the files.",
            file=sys.stderr,
        )
        return 1
    for city in options.city or sorted(p.parent.name for p in BOUNDARIES.glob("*/extents.csv")):
        known = city if city in gazetteer.BUNDLED else None
        named = gazetteer.read(*paths, aliases=known)
        blocks = build(BOUNDARIES / city, named)
        io.write(blocks, BOUNDARIES / city / "blocks.geojson", overwrite=True)
        print(f"{city}\n{summary(blocks).to_string()}\n")
        for block_id, block in blocks.iterrows():
            told = "not built" if block.geometry is None else block["sides"]
            print(f"{block_id}\n  {told}\n  {block['reasons']}")
    return 0


def build(folder: Path, named: gazetteer.Gazetteer) -> gpd.GeoDataFrame:
    """Resolve every extent of a city.

    Parameters
    ----------
    folder
        The folder of the city: ``brands.csv``, ``documents.csv``, ``extents.csv``.
    named
        The lines.

    Returns
    -------
    The ``parks`` frame with ``sides`` and ``reasons``; geometry null where a block was not built.
    """
    brands = pd.read_csv(folder / "brands.csv", index_col="brand_id", dtype="str")
    documents = pd.read_csv(folder / "documents.csv", index_col="source", dtype="str")
    extents = pd.read_csv(folder / "extents.csv", index_col="block_id", dtype="str")
    built: dict[str, shapely.Geometry] = {}
    rows = []
    for block_id, extent in extents.iterrows():
        brand = brands.loc[extent["brand_id"]]
        row = {
            "block_id": block_id,
            **_published(extent, brand, documents.loc[extent["source"]]),
            # Whole before part: the documents say that a part lies in it.
            **_resolved(_parsed(block_id, extent), named, within=built.get(brand["part_of"])),
        }
        if row["geometry"] is not None:
            whole = built.get(extent["brand_id"])
            built[extent["brand_id"]] = shapely.union_all([whole, row["geometry"]])
        rows.append(row)
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=CGCS2000).set_index("block_id")
    return tables.validate_parks(frame.set_geometry(frame.set_precision(DEGREES)))


def summary(blocks: gpd.GeoDataFrame) -> pd.DataFrame:
    """Set measured beside stated areas, with what was found and what was closed."""
    measured = measure.area_m2(blocks) / 1e6
    return pd.DataFrame(
        {
            "stated_km2": blocks["stated_area_km2"],
            "measured_km2": measured.round(3),
            "difference": (measured / blocks["stated_area_km2"] - 1.0).map("{:+.1%}".format),
            "accuracy_m": blocks["accuracy_m"].round(),
            "on_lines": blocks["sides"].map(lambda text: _sides_on_lines(text, found=True)),
            "placed": blocks["sides"].map(lambda text: _sides_on_lines(text, found=False)),
        },
    )


def _sides_on_lines(text: str | None, *, found: bool) -> str:
    """Name the sides that run along a line at least in part, or those that do not."""
    sides = {} if pd.isna(text) else dict(part.split(": ", 1) for part in text.split("; "))
    return " ".join(s for s, told in sides.items() if bool(ON_LINE.search(told)) is found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--lines",
        nargs="+",
        type=Path,
        default=[LINES],
        metavar="PATH",
        help="files of named lines, or folders of them (default: %(default)s)",
    )
    parser.add_argument("--city", nargs="+", metavar="CITY", help="cities to build (default: all)")
    return parser.parse_args()


def line_paths(paths: Iterable[Path]) -> Iterator[Path]:
    """Take files as they are, and from folders the files that are called after lines."""
    for path in paths:
        if path.is_file():
            yield path
        elif path.is_dir():
            for file in sorted(path.iterdir()):
                if file.suffix in LINE_SUFFIXES and any(word in file.name for word in LINE_FILES):
                    yield file


def _parsed(block_id: str, extent: pd.Series) -> fourbounds.Bounds:
    """Read the one block of a clause, and hold its area against the table."""
    blocks = fourbounds.parse(extent["clause"])
    if len(blocks) != 1:
        raise SchemaError(
            f"extents.csv, {block_id}: the clause holds {len(blocks)} blocks; give each a row",
        )
    stated_m2 = float(extent["stated_area_km2"]) * 1e6
    found_m2 = blocks[0].stated_area_m2
    if found_m2 is None or abs(found_m2 / stated_m2 - 1.0) > AREA_TOLERANCE:
        raise SchemaError(
            f"extents.csv, {block_id}: stated_area_km2 is {extent['stated_area_km2']}, "
            f"but the clause says {blocks[0].stated_area_text!r}; correct the one that is wrong",
        )
    return blocks[0]


def _published(extent: pd.Series, brand: pd.Series, document: pd.Series) -> dict[str, Any]:
    """Take what the documents say of a block."""
    known = ("brand", "brand_en", "level", "kind", "administrator", "document")
    return {
        "brand_id": extent["brand_id"],
        **{name: brand[name] for name in known},
        "block": extent["block"],
        "approved_on": pd.to_datetime(brand["approved_on"], format="ISO8601"),
        "stated_area_km2": float(extent["stated_area_km2"]),
        "stated_area_text": extent["stated_area_text"],
        "four_bounds": extent["clause"],
        "source": f"{document['title']}, {document['issued_on']}, {extent['source_line']}",
        "license": LICENSE,
    }


def _resolved(
    bounds: fourbounds.Bounds, named: gazetteer.Gazetteer, *, within: shapely.Geometry | None
) -> dict[str, Any]:
    """Turn the words into a polygon, or into the reason why there is none."""
    try:
        found = fourbounds.resolve(bounds, named, within=within)
    except UnresolvedBoundsError as error:
        return {"geometry": None, "sides": None, "reasons": str(error)}
    return {
        "method": model.Method.RECONSTRUCTED.value,
        "accuracy_m": round(found.accuracy_m, 1),
        "confidence": round(found.confidence, 3),
        "sides": "; ".join(_sides(found.sides)),
        "reasons": "; ".join([*found.warnings, *_reasons(found.sides)]) or None,
        "geometry": found.geometry,
    }


def _sides(sides: pd.DataFrame) -> Iterator[str]:
    """Say for each side what became of its references: "east: found 甲路, missing 乙路"."""
    known = sides.astype({"name": "object"}).replace({"name": {np.nan: None}})
    for side, references in known.groupby("side", sort=False):
        parts = [
            f"{row.status} {row.reference}"
            + (f" as {row.name}" if row.name not in {row.reference, None} else "")
            for row in references.itertuples(index=False)
        ]
        yield f"{side}: {', '.join(parts)}"


def _reasons(sides: pd.DataFrame) -> Iterator[str]:
    """Say why a reference is not a line of the border."""
    lost = sides[~sides["status"].isin(["found", "bridged"])]
    for row in lost.itertuples(index=False):
        yield f"{row.side}, {row.reference}: {row.reason}"


if __name__ == "__main__":
    sys.exit(main())
