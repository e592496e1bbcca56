"""The other ways to measure what lies inside the zones, district by district, end to end.

Each gets three GeoParquet files, parcels, zones and districts, in metres on the equal-area plane,
and says for each district how much land its parcels hold, and how much of it lies in the union of
the zones. Parcels lie across the borders of districts and of zones. Each way is written as its good
users write it, except for :func:`naive`:

- ground under several zones counts once, so all take the union of the zones first;
- the union is taken apart, so that a parcel is cut by what is near and not by all zones at once;
- databases cut its parts by district, and into tiles where they have a function for it, so that
  parcels meet few vertices, once;
- what lies wholly inside is not cut, where the tool lets one say so.

PostGIS has its tables and their indices beforehand, because it does not read files. They are in a
schema ``parkgeo_bench``; ``PARKGEO_POSTGIS`` says where, as in overlap_peers.py.
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
    """A name with its version, and a question that answers with district, total, inside in m².

    ``relative`` is by how much its totals may differ, and ``why`` it is more than for others.
    """

    label: str
    ask: Callable[[], pd.DataFrame]
    relative: float = 1e-9
    why: str = ""


def asked(files: Files, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - as ratio takes them
    """Ask parkgeo for its whole table, ground in no district included."""
    parks, districts = (gpd.read_parquet(path) for path in files[1:])
    return pg.concentration.ratio(
        files.parcels, parks, by="district", districts=districts, **options
    )


def parkgeo(files: Files) -> Peer:
    """Ask parkgeo, with the parcels streamed from their file."""

    def ask() -> pd.DataFrame:
        found = asked(files)
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


def naive(files: Files) -> Peer:
    """Ask ``geopandas.overlay`` as it comes: with the zones dissolved, as one geometry."""

    def ask() -> pd.DataFrame:
        return _overlaid(files, lambda zones: zones[["geometry"]].dissolve())

    return Peer(f"geopandas.overlay {gpd.__version__}, as it comes", ask)


def overlay(files: Files) -> Peer:
    """Ask ``geopandas.overlay`` with the parts of the union."""

    def ask() -> pd.DataFrame:
        return _overlaid(files, lambda zones: zones[["geometry"]].dissolve().explode())

    return Peer(f"geopandas.overlay {gpd.__version__}, exploded parts", ask)


def _overlaid(files: Files, union: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> pd.DataFrame:
    parcels, zones, districts = (gpd.read_parquet(path) for path in files)
    land = gpd.overlay(parcels[["geometry"]], districts, how="intersection")
    inside = gpd.overlay(land, union(zones), how="intersection")
    return pd.DataFrame(
        {
            "total": land.area.groupby(land["district"]).sum(),
            "inside": inside.area.groupby(inside["district"]).sum(),
        }
    )


def tobler(files: Files) -> Peer:
    """Ask tobler for the area that parcels hand over to districts, and to parts within them."""
    interpolate = needed("tobler.area_weighted", "tobler statsmodels patsy").area_interpolate

    def ask() -> pd.DataFrame:
        parcels, zones, districts = (gpd.read_parquet(path) for path in files)
        parcels = parcels[["geometry"]].assign(area=parcels.area)
        parts = zones[["geometry"]].dissolve().explode()
        parts = gpd.overlay(parts, districts, how="intersection").explode(ignore_index=True)
        answer = {}
        for name, target in (("total", districts), ("inside", parts)):
            # allocate_total=False: what lies in no target stays where it is.
            found = interpolate(
                parcels, target, extensive_variables=["area"], allocate_total=False, n_jobs=-1
            )
            answer[name] = found["area"].groupby(target["district"].to_numpy()).sum()
        return pd.DataFrame(answer)

    label = f"tobler {version('tobler')}, area_interpolate, {THREADS} processes"
    return Peer(label, ask, relative=1e-6, why="(keeps areas in 32 bits)")


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
            for name, query in DUCKDB.items():
                connection.execute(f"CREATE TABLE {name} AS {query}")
            return _answer(lambda query: connection.execute(query).df())

    return Peer(f"DuckDB {module.__version__} spatial", ask)


def sedonadb(files: Files) -> Peer:
    """Ask Apache SedonaDB.

    Not with ``ST_Union_Agg``: that of version 0.5 adds zones one by one, in the time of their
    number squared, and in whole numbers, so that corners move by a billionth of the layer's extent,
    0.02 mm on 34 km, and totals by up to 10⁻⁷. ``ST_UnaryUnion`` is that of GEOS.
    """
    module = needed("sedonadb", "sedonadb geoarrow-pyarrow")

    def ask() -> pd.DataFrame:
        context = module.connect()
        for name, path in files._asdict().items():
            context.read_parquet(str(path)).to_view(name)
        for name, query in SEDONADB.items():
            context.sql(query).to_memtable().to_view(name, overwrite=True)
        return _answer(lambda query: context.sql(query).to_pandas())

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
        connection.execute(f"DROP TABLE IF EXISTS {', '.join(POSTGIS)}")
        for name, query in POSTGIS.items():
            connection.execute(f"CREATE TABLE {name} AS {query}")
            connection.execute(f"CREATE INDEX ON {name} USING gist (geometry)")
            connection.execute(f"ANALYZE {name}")
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


# Each statement makes a table for those below it: the union's parts, and tiles of them by district.
DUCKDB = {
    "parts": "SELECT unnest(ST_Dump(ST_Union_Agg(geometry))).geom AS geometry FROM zones",
    "tiles": """
        SELECT district, piece.geom AS geometry FROM (
            SELECT district, unnest(ST_Dump(ST_Intersection(z.geometry, d.geometry))) AS piece
            FROM parts z JOIN districts d ON ST_Intersects(z.geometry, d.geometry))""",
}
SEDONADB = {
    "parts": """
        SELECT piece['geom'] AS geometry FROM (
            SELECT unnest(ST_Dump(ST_UnaryUnion(ST_Collect_Agg(geometry)))) AS piece FROM zones)""",
    "tiles": """
        SELECT district, piece['geom'] AS geometry FROM (
            SELECT district, unnest(ST_Dump(ST_Intersection(z.geometry, d.geometry))) AS piece
            FROM parts z JOIN districts d ON ST_Intersects(z.geometry, d.geometry))""",
}
POSTGIS = {
    "parts": "SELECT (ST_Dump(ST_Union(geometry))).geom AS geometry FROM zones",
    "tiles": """
        SELECT d.district AS district,
            ST_Subdivide(ST_Intersection(z.geometry, d.geometry), 128) AS geometry
        FROM parts z JOIN districts d ON ST_Intersects(z.geometry, d.geometry)""",
}
SHARED = """
    SELECT c.district AS district,
        SUM(CASE WHEN ST_Within(p.geometry, c.geometry) THEN ST_Area(p.geometry)
                 ELSE ST_Area(ST_Intersection(p.geometry, c.geometry)) END) AS {name}
    FROM parcels p JOIN {covers} c ON ST_Intersects(p.geometry, c.geometry) GROUP BY c.district"""


def _answer(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Add up the land of each district, and what of it lies inside."""
    total, inside = (
        run(SHARED.format(name=name, covers=covers)).set_index("district")
        for name, covers in (("total", "districts"), ("inside", "tiles"))
    )
    return total.join(inside)


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
    "naive": naive,
    "tobler": tobler,
    "duckdb": duckdb,
    "sedonadb": sedonadb,
    "postgis": postgis,
}
ON_REQUEST = ("naive",)
"""What takes minutes to say what another one says too."""
