"""The other ways to measure what lies inside the zones, district by district, end to end.

Each gets three GeoParquet files, parcels, zones and districts, in metres on the equal-area plane,
and says for each district how much land its parcels hold, and how much of it lies in the union of
the zones. Parcels lie across the borders of districts and of zones. Each way is written as its good
users write it: the union is taken apart first, and what lies wholly inside is not cut.

PostGIS has its tables and their indices beforehand, because it does not read files. The table names
begin with ``parkgeo_``; ``PARKGEO_POSTGIS`` says where, as in overlap_peers.py.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from overlap_peers import AbsentError, needed

import parkgeo as pg

Shapes = NDArray[np.object_]
Ints = NDArray[np.intp]

THREADS = os.cpu_count() or 1
TILE_CORNERS = 128


class Files(NamedTuple):
    """Where the three layers are."""

    parcels: Path
    zones: Path
    districts: Path


class Peer(NamedTuple):
    """A name with its version, and a question that answers with district, total, inside in m²."""

    label: str
    ask: Callable[[], pd.DataFrame]


def parkgeo(files: Files) -> Peer:
    """Ask parkgeo, with the parcels streamed from their file."""

    def ask() -> pd.DataFrame:
        parks, districts = (gpd.read_parquet(path) for path in files[1:])
        found = pg.concentration.ratio(files.parcels, parks, by="district", districts=districts)
        found = found[found.index.notna()]
        return pd.DataFrame({name: found[name] * 1e6 for name in ("total", "inside")})

    return Peer(f"parkgeo {pg.__version__}", ask)


def reading(files: Files) -> Peer:
    """Read the three files and nothing else: what no answer can do without."""

    def ask() -> pd.DataFrame:
        for path in files:
            gpd.read_parquet(path)
        return pd.DataFrame({"total": [], "inside": []})

    return Peer("reading the three files alone (geopandas)", ask)


def overlay(files: Files) -> Peer:
    """Ask ``geopandas.overlay`` twice, the second time with the parts of the union."""

    def ask() -> pd.DataFrame:
        parcels, zones, districts = (gpd.read_parquet(path) for path in files)
        parts = gpd.GeoDataFrame(geometry=[zones.union_all()], crs=zones.crs).explode()
        land = gpd.overlay(parcels[["geometry"]], districts, how="intersection")
        inside = gpd.overlay(land, parts, how="intersection")
        return pd.DataFrame(
            {
                "total": land.area.groupby(land["district"]).sum(),
                "inside": inside.area.groupby(inside["district"]).sum(),
            }
        )

    return Peer(f"geopandas.overlay {gpd.__version__}, exploded parts", ask)


def tree(files: Files) -> Peer:
    """Cut what crosses a border, found by a tree."""
    return Peer(
        f"shapely {shapely.__version__}, STRtree + intersection",
        lambda: _cut_both(files, lambda parts: parts, shapely.intersection),
    )


def tiles(files: Files) -> Peer:
    """Do the same with the parts split into tiles of few corners, on threads."""

    def cut(left: Shapes, right: Shapes) -> Shapes:
        with ThreadPoolExecutor(THREADS) as pool:
            n = max(len(left) // 4096, 1)
            found = pool.map(
                shapely.intersection, np.array_split(left, n), np.array_split(right, n)
            )
            return np.concatenate(list(found))

    return Peer(
        f"shapely {shapely.__version__}, parts in tiles, {THREADS} threads",
        lambda: _cut_both(files, _tiles, cut),
    )


def duckdb(files: Files) -> Peer:
    """Ask DuckDB with its spatial extension."""
    module = needed("duckdb", "duckdb duckdb-extension-spatial")
    folder = Path(str(needed("duckdb_extension_spatial", "").__file__)).parent
    try:
        extension = next(folder.rglob("spatial.duckdb_extension"))
    except StopIteration as error:
        raise AbsentError("no spatial extension for DuckDB") from error

    def ask() -> pd.DataFrame:
        with module.connect() as connection:
            connection.execute(f"LOAD '{extension}'")
            for name, path in files._asdict().items():
                connection.read_parquet(str(path)).create_view(name)
            connection.execute(f"CREATE TABLE parts AS {PARTS_DUCKDB}")
            connection.execute(f"CREATE TABLE land AS {LAND}")
            return _answer(lambda query: connection.execute(query).df())

    return Peer(f"DuckDB {module.__version__} spatial", ask)


def sedonadb(files: Files) -> Peer:
    """Ask Apache SedonaDB."""
    module = needed("sedonadb", "sedonadb geoarrow-pyarrow")

    def ask() -> pd.DataFrame:
        context = module.connect()
        for name, path in files._asdict().items():
            context.read_parquet(str(path)).to_view(name)
        _keep(context, "parts", PARTS_SEDONADB)
        sums = []
        # CASE makes bytes of a geometry here, so whole and cut parcels are two tables.
        for land in (WHOLE, CUT):
            _keep(context, "land", land)
            sums.append(_answer(lambda query: context.sql(query).to_pandas()))
        return pd.concat(sums).groupby(level=0).sum()

    return Peer(f"SedonaDB {version('sedonadb')}", ask)


def postgis(files: Files) -> Peer:
    """Ask PostGIS, which has the tables already."""
    where = os.environ.get("PARKGEO_POSTGIS")
    if not where:
        raise AbsentError("PARKGEO_POSTGIS does not name a database")
    psycopg = needed("psycopg", "psycopg psycopg-binary")
    try:
        connection = psycopg.connect(where, autocommit=True)
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except psycopg.Error as error:
        raise AbsentError(f"no PostGIS at PARKGEO_POSTGIS: {error}") from error
    versions = connection.execute("SELECT postgis_lib_version(), postgis_geos_version()").fetchone()
    connection.execute("DROP SCHEMA IF EXISTS parkgeo_bench CASCADE")
    connection.execute("CREATE SCHEMA parkgeo_bench")
    connection.execute("SET search_path = parkgeo_bench, public")
    for name, path in files._asdict().items():
        _load(connection, name, gpd.read_parquet(path))

    def rows(query: str) -> pd.DataFrame:
        cursor = connection.execute(query)
        return pd.DataFrame(cursor.fetchall(), columns=[one.name for one in cursor.description])

    def ask() -> pd.DataFrame:
        connection.execute("DROP TABLE IF EXISTS parts, land")
        connection.execute(
            "CREATE TABLE parts AS SELECT (ST_Dump(ST_Union(geometry))).geom AS shape FROM zones"
        )
        connection.execute("CREATE INDEX ON parts USING gist (shape)")
        connection.execute(f"CREATE TABLE land AS {LAND}")
        connection.execute("ANALYZE parts, land")
        return _answer(rows)

    return Peer("PostGIS {} (GEOS {}), tables loaded before".format(*versions), ask)


def _load(connection: Any, name: str, frame: gpd.GeoDataFrame) -> None:  # noqa: ANN401
    keys = [column for column in ("district",) if column in frame]
    columns = "".join(f"{key} text, " for key in keys)
    connection.execute(f"CREATE TABLE {name} ({columns}geometry geometry)")
    rows = zip(*(frame[key] for key in keys), shapely.to_wkb(frame.geometry, hex=True), strict=True)
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(f"CREATE INDEX ON {name} USING gist (geometry)")
    connection.execute(f"VACUUM ANALYZE {name}")


LAND = """
    SELECT d.district AS district,
        CASE WHEN ST_Within(p.geometry, d.geometry) THEN p.geometry
             ELSE ST_Intersection(p.geometry, d.geometry) END AS shape
    FROM parcels p JOIN districts d ON ST_Intersects(p.geometry, d.geometry)"""
WHOLE = """
    SELECT d.district AS district, p.geometry AS shape
    FROM parcels p JOIN districts d ON ST_Within(p.geometry, d.geometry)"""
CUT = """
    SELECT d.district AS district, ST_Intersection(p.geometry, d.geometry) AS shape
    FROM parcels p JOIN districts d ON ST_Intersects(p.geometry, d.geometry)
    WHERE NOT ST_Within(p.geometry, d.geometry)"""
PARTS_DUCKDB = "SELECT unnest(ST_Dump(ST_Union_Agg(geometry))).geom AS shape FROM zones"
PARTS_SEDONADB = """
    SELECT shape FROM (
        SELECT unnest(ST_Dump(ST_Union_Agg(geometry)))['geom'] AS shape FROM zones)"""
TOTAL = "SELECT district, SUM(ST_Area(shape)) AS total FROM land GROUP BY district"
INSIDE = """
    SELECT l.district AS district,
        SUM(CASE WHEN ST_Within(l.shape, z.shape) THEN ST_Area(l.shape)
                 ELSE ST_Area(ST_Intersection(l.shape, z.shape)) END) AS inside
    FROM land l JOIN parts z ON ST_Intersects(l.shape, z.shape) GROUP BY l.district"""


def _keep(context: Any, name: str, query: str) -> None:  # noqa: ANN401
    context.sql(query).to_memtable().to_view(name, overwrite=True)


def _answer(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Add up the land of each district, and what of it lies inside."""
    return run(TOTAL).set_index("district").join(run(INSIDE).set_index("district"))


def _cut_both(
    files: Files,
    split: Callable[[Shapes], Shapes],
    cut: Callable[[Shapes, Shapes], Shapes],
) -> pd.DataFrame:
    """Cut parcels by district, and the pieces by the parts of the zones' union."""
    parcels, zones, districts = (gpd.read_parquet(path) for path in files)
    parts = split(shapely.get_parts(shapely.union_all(zones.geometry.to_numpy())))
    code, _, land = _pieces(districts.geometry.to_numpy(), parcels.geometry.to_numpy(), cut)
    _, row, inside = _pieces(parts, land, cut)
    name = districts["district"].to_numpy()
    return pd.DataFrame(
        {
            "total": pd.Series(shapely.area(land)).groupby(name[code]).sum(),
            "inside": pd.Series(shapely.area(inside)).groupby(name[code[row]]).sum(),
        }
    )


def _pieces(
    covers: Shapes, shapes: Shapes, cut: Callable[[Shapes, Shapes], Shapes]
) -> tuple[Ints, Ints, Shapes]:
    """Return each piece of a shape in a cover, and the positions of both."""
    tree = shapely.STRtree(shapes)
    cover, shape = tree.query(covers, predicate="intersects")
    within = tree.query(covers, predicate="covers")
    whole = np.isin(cover * len(shapes) + shape, within[0] * len(shapes) + within[1])
    pieces = shapes[shape]
    pieces[~whole] = cut(pieces[~whole], covers[cover[~whole]])
    return cover, shape, pieces


def _tiles(shapes: Shapes) -> Shapes:
    """Halve what has many corners, along its longer side, until it has few."""
    done = []
    while len(shapes):
        few = shapely.get_num_coordinates(shapes) <= TILE_CORNERS
        done.append(shapes[few])
        shapes = shapes[~few]
        west, south, east, north = shapely.bounds(shapes).T
        wide = east - west > north - south
        x, y = (west + east) / 2, (south + north) / 2
        lower = shapely.box(west, south, np.where(wide, x, east), np.where(wide, north, y))
        upper = shapely.box(np.where(wide, x, west), np.where(wide, south, y), east, north)
        halves = [shapely.get_parts(shapely.intersection(shapes, box)) for box in (lower, upper)]
        shapes = np.concatenate(halves)
        shapes = shapes[shapely.area(shapes) > 0]
    return np.concatenate(done)


OURS = "parkgeo"
PEERS: dict[str, Callable[[Files], Peer]] = {
    "parkgeo": parkgeo,
    "reading": reading,
    "tiles": tiles,
    "tree": tree,
    "overlay": overlay,
    "duckdb": duckdb,
    "sedonadb": sedonadb,
    "postgis": postgis,
}
