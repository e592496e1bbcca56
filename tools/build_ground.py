"""Build the bundled ground of Hangzhou: main roads, railways, rivers, lakes and names of places.

Lines of one name and class are joined, the two carriageways of a road become one, and all of it is
simplified to what a map of the city shows. The same input gives the same file.

    python tools/build_ground.py ../shared/data/osm
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs, io

ROOT: Final = Path(__file__).resolve().parents[1]
TARGET: Final = ROOT / "data" / "ground" / "hangzhou_ground.geojson"
SOURCE: Final = ROOT.parent / "shared" / "data" / "osm"
RANKS: Final = {"motorway": 1, "trunk": 2, "primary": 3, "secondary": 4}
LAST_RANK: Final = max(RANKS.values())
PLACES: Final = {"city": 2, "suburb": 4, "town": 4}
WINDOW: Final = shapely.box(119.58, 29.92, 120.72, 30.62)
"""Around the city's core, in degrees."""
TOLERANCE_M: Final = 30.0
CARRIAGEWAY_M: Final = 60.0
"""How far apart the two carriageways of one road may run, with its service roads between."""
SHORTEST_M: Final = 1000.0
SHORTEST_MINOR_M: Final = 1800.0
WATER_TOLERANCE_M: Final = 45.0
WATER_M2: Final = 2e5
NARROW_M: Final = 40.0
ISLAND_M2: Final = 1e5
RIVER_M: Final = 4_000.0
DEGREES: Final = 4
"""Decimals of coordinates: ten metres."""
COLUMNS: Final = ["kind", "rank", "name", "ref", "geometry"]
EXTRACTS: Final = ("westlake_10km", "qiantang_river", "hangzhou_osm_water_2026")
ENGLISH: Final = re.compile(r'"name:en"=>"((?:[^"\\]|\\.)*)"')


def main() -> int:
    """Build the file from the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SOURCE)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    options = parser.parse_args()
    ground = ground_of(options.folder)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    write(ground, options.output)
    report(ground, options.output)
    return 0


def ground_of(folder: Path) -> gpd.GeoDataFrame:
    """Return roads, railways, rivers, water and places, the important ones first."""
    parts = [water(folder), rivers(folder), railways(folder), roads(folder), places(folder)]
    ground = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True)[COLUMNS], crs=parts[0].crs)
    ground = crs.to_geographic(ground)
    ground = ground[ground.intersects(WINDOW)]
    # Streets have English names here and there only, and some of them are of another street.
    english = ground["name"].map(english_names(folder)).where(ground["kind"] != "road")
    ground.insert(COLUMNS.index("ref"), "name_en", english)
    ground["geometry"] = shapely.set_precision(ground.geometry.to_numpy(), 10.0**-DEGREES)
    return ground[~ground.geometry.is_empty].reset_index(drop=True)


def english_names(folder: Path) -> dict[str, str]:
    """Return for each name the English one that most features of that name have."""
    pairs = []
    for extract in EXTRACTS:
        for layer in ("points", "lines", "multipolygons"):
            found = io.read(folder / f"{extract}.osm.pbf", layer=layer)
            english = found["other_tags"].fillna("").str.extract(ENGLISH)[0]
            pairs.append(pd.DataFrame({"name": found["name"], "english": english}).dropna())
    counts = pd.concat(pairs).value_counts().reset_index()
    best = counts.sort_values(["count", "english"], ascending=[False, True])
    return dict(best.drop_duplicates("name")[["name", "english"]].to_numpy())


def roads(folder: Path) -> gpd.GeoDataFrame:
    """Return the named main roads, one line where two carriageways are."""
    found = io.read(folder / "hangzhou_roads_2019.parquet")
    found = found[found["fclass"].isin(RANKS) & (found["name"].str.strip() != "")]
    found = found[~found["name"].str.endswith("隧道")]
    # Tags hold other spellings behind the Chinese name.
    name = found["name"].str.replace(r"(?<=[一-鿿])\s+[A-Za-zÀ-ɏ].*$", "", regex=True)
    rows = found.assign(kind="road", rank=found["fclass"].map(RANKS), name=name)
    # One rank for all of a road, as most of it has: carriageways are of one class here, of another
    # there.
    length_m = crs.to_zone(rows).length.groupby([rows["name"], rows["rank"]]).sum()
    most = length_m.sort_values().reset_index().drop_duplicates("name", keep="last")
    return _lines(rows.assign(rank=rows["name"].map(most.set_index("name")["rank"])))


def railways(folder: Path) -> gpd.GeoDataFrame:
    """Return the railway lines, without sidings and links."""
    found = io.read(folder / "hangzhou_railways_2026.parquet")
    name = found["name"].fillna("")
    main_line = (found["cls"] == "rail") & name.str.contains(r"线$")
    main_line &= ~name.str.contains(r"联络|停车|出入|侧线")
    return _lines(found[main_line].assign(kind="railway", rank=2, ref=None))


def rivers(folder: Path) -> gpd.GeoDataFrame:
    """Return the rivers and canals with a name that go on for some kilometres."""
    found = io.read(folder / "hangzhou_waterways_2026.parquet")
    found = found[found["cls"].isin(["river", "canal"]) & found["name"].notna()]
    found = found[found["name"].str.strip() != ""]
    length_m = crs.to_zone(found).length.groupby(found["name"]).transform("sum")
    rank = 1 + (length_m.to_numpy()[:, None] < np.array([40e3, 20e3, 8e3])).sum(axis=1)
    rows = found.assign(kind="river", rank=np.maximum(rank, 2), ref=None)
    return _lines(rows[length_m >= RIVER_M])


def water(folder: Path) -> gpd.GeoDataFrame:
    """Return rivers and lakes as areas, without the seams between their pieces."""
    found, _ = io.repair(io.read(folder / "hangzhou_water_2019.parquet"))
    flat = crs.to_zone(found[found["fclass"] != "wetland"])
    # Pieces meet across bridges, and what is narrower than a map shows is left to lines.
    closed = shapely.buffer(
        shapely.union_all(shapely.buffer(flat.geometry.to_numpy(), 15.0)), -15.0
    )
    opened = shapely.buffer(shapely.buffer(closed, -NARROW_M / 2), NARROW_M / 2)
    whole = shapely.get_parts(opened)
    whole = whole[shapely.area(whole) > WATER_M2]
    named = flat[flat["name"].fillna("").str.strip() != ""].sort_values("area_ha", ascending=False)
    inside = shapely.STRtree(whole).query(shapely.point_on_surface(named.geometry.to_numpy()))
    first = pd.DataFrame({"piece": inside[1], "name": named["name"].to_numpy()[inside[0]]})
    names = first.drop_duplicates("piece").set_index("piece")["name"]
    area_m2 = shapely.area(whole)
    rank = 1 + (area_m2[:, None] < np.array([2e7, 3e6, 8e5])).sum(axis=1)
    shapes = shapely.simplify(_without_islands(whole), WATER_TOLERANCE_M)
    return gpd.GeoDataFrame(
        {
            "kind": "river",
            "rank": rank,
            "name": names.reindex(range(len(whole))).to_numpy(),
            "ref": None,
        },
        geometry=shapes,
        crs=flat.crs,
    ).sort_values(["rank", "name"])


def places(folder: Path) -> gpd.GeoDataFrame:
    """Return the names of districts and of their streets and towns (街道, 镇), as points."""
    parts = [io.read(folder / f"{name}.osm.pbf", layer="points") for name in EXTRACTS[:2]]
    found = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    found = found[found["place"].isin(PLACES) & found["name"].fillna("").str.contains("[区道镇]$")]
    found = found.drop_duplicates("name")
    rows = found.assign(kind="place", rank=found["place"].map(PLACES), ref=None)
    return crs.to_zone(rows[COLUMNS].sort_values(["rank", "name"]))


# Lines -------------------------------------------------------------------------------------------


def _lines(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join lines of a name and rank, make one of two carriageways, simplify, and cut."""
    flat = crs.to_zone(rows)
    joined = []
    for (name, rank), own in flat.groupby(["name", "rank"]):
        whole = _one_line(shapely.get_parts(shapely.line_merge(shapely.union_all(own.geometry))))
        merged = shapely.line_merge(shapely.multilinestrings(whole))
        ref = own["ref"].dropna().loc[lambda text: text != ""]
        joined.append((name, rank, ref.mode().iloc[0] if len(ref) else None, merged))
    frame = gpd.GeoDataFrame(joined, columns=["name", "rank", "ref", "geometry"], crs=flat.crs)
    frame["geometry"] = shapely.simplify(frame.geometry.to_numpy(), TOLERANCE_M)
    frame = frame.explode(ignore_index=True)
    shortest_m = np.where(frame["rank"] < LAST_RANK, SHORTEST_M, SHORTEST_MINOR_M)
    frame = frame[frame.length > shortest_m].dissolve(["rank", "name"], as_index=False)
    return frame.assign(kind=rows["kind"].iloc[0])


def _one_line(lines: np.ndarray) -> np.ndarray:
    """Leave out what runs beside a longer line of the same road, and tie the rest to it."""
    kept: list[shapely.LineString] = []
    for line in lines[np.argsort(-shapely.length(lines), kind="stable")]:
        ground = shapely.buffer(shapely.MultiLineString(kept), CARRIAGEWAY_M)
        for part in shapely.get_parts(shapely.difference(line, ground)):
            if not kept or part.length > 2 * CARRIAGEWAY_M:
                kept.append(_tied(part, kept))
    return np.array(kept, dtype=object)


def _tied(part: shapely.LineString, kept: list[shapely.LineString]) -> shapely.LineString:
    """Lead the ends of a line to the nearest line that they were cut off from."""
    if not kept:
        return part
    others = shapely.MultiLineString(kept)
    corners = list(part.coords)
    ends = [shapely.Point(corners[0]), shapely.Point(corners[-1])]
    ties = [shapely.shortest_line(end, others) for end in ends]
    near = [tie.length <= CARRIAGEWAY_M * 1.01 for tie in ties]
    before = [ties[0].coords[-1]] if near[0] and ties[0].length > 0 else []
    after = [ties[1].coords[-1]] if near[1] and ties[1].length > 0 else []
    return shapely.LineString([*before, *corners, *after])


def _without_islands(shapes: np.ndarray) -> np.ndarray:
    """Fill the holes of areas that no map of a city shows."""
    return np.array(
        [
            shapely.Polygon(
                shape.exterior,
                [hole for hole in shape.interiors if shapely.Polygon(hole).area > ISLAND_M2],
            )
            for shape in shapes
        ],
        dtype=object,
    )


# Output ------------------------------------------------------------------------------------------


def write(ground: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoJSON with a line for each feature, so that a change can be read."""
    features = []
    for row in ground.itertuples(index=False):
        said = row._asdict()
        said.pop("geometry")
        properties = {key: value for key, value in said.items() if pd.notna(value) and value != ""}
        shape = shapely.to_geojson(row.geometry)
        text = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
        features.append(f'{{"type":"Feature","properties":{text},"geometry":{_short(shape)}}}')
    path.write_text(
        '{"type":"FeatureCollection",\n'
        '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}},\n'
        '"features":[\n' + ",\n".join(features) + "\n]}\n",
        encoding="utf-8",
        newline="\n",
    )


def _short(geojson: str) -> str:
    """Write coordinates with the decimals that they have."""
    return re.sub(r"\d+\.\d+", lambda hit: f"{float(hit[0]):.{DEGREES}f}", geojson).replace(" ", "")


def report(ground: gpd.GeoDataFrame, path: Path) -> None:
    """Say what was written."""
    counts = ground.geometry.count_coordinates().groupby([ground["kind"], ground.geom_type])
    print(counts.agg(["size", "sum"]).to_string())
    print(f"{len(ground)} rows; {path.name}: {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    sys.exit(main())
