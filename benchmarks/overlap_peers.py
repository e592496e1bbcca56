"""The other ways to overlay a layer with itself, each as its good users write it.

All work on the same coordinates: metres on the equal-area plane of ``parkgeo.crs``, so that areas
can be the same to the last digits. Loading a layer into a database and indexing it there is not
part of what is timed; projecting is not either. Peers that are not installed say so.

A peer answers one or both questions:

- pairs: which two zones overlap, and by what area;
- faces: every face of the partition, as rows of face, zone on it, and area of the face.

PostGIS is taken from ``PARKGEO_POSTGIS``, a connection string of libpq such as
``host=/var/run/postgresql dbname=bench user=postgres``; the table ``parkgeo_zones`` there is
replaced.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

import parkgeo as pg

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

THREADS = os.cpu_count() or 1


class AbsentError(Exception):
    """A peer that cannot be asked here, and why."""


class Pairs(NamedTuple):
    """Positions of both zones of each overlapping pair, and what they share."""

    left: Ints
    right: Ints
    area_m2: Floats


class Faces(NamedTuple):
    """One row per face and zone on it; a face has its area in each of its rows."""

    face: Ints
    zone: Ints
    area_m2: Floats


class Peer:
    """Something that can be asked one or both of the questions about one layer.

    One that runs elsewhere has ``seconds``, what its last answer took there.
    """

    label: str
    questions: tuple[str, ...] = ("pairs", "faces")

    def tasks(self) -> dict[str, Callable[[], Any]]:
        """Return what can be timed, by question."""
        return {question: getattr(self, f"_{question}") for question in self.questions}


class Shapely(Peer):
    """sjoin and intersection for pairs; union, polygonize and membership for faces."""

    label = f"shapely {shapely.__version__} (GEOS {shapely.geos_version_string})"

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.frame = gpd.GeoDataFrame(geometry=shapes)

    def _candidates(self) -> tuple[Ints, Ints]:
        joined = gpd.sjoin(self.frame, self.frame, predicate="intersects")
        left, right = joined.index.to_numpy(), joined["index_right"].to_numpy()
        once = left < right
        return left[once], right[once]

    def _pairs(self) -> Pairs:
        left, right = self._candidates()
        shared = shapely.intersection(self.shapes[left], self.shapes[right])
        return Pairs(left, right, shapely.area(shared))

    def _faces(self) -> Faces:
        lines = shapely.union_all(shapely.boundary(self.shapes))
        polygons = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
        inner = shapely.point_on_surface(polygons)
        # The zones are prepared and the points indexed, which is the faster way round.
        zone, face = shapely.STRtree(inner).query(self.shapes, predicate="contains")
        return Faces(face, zone, shapely.area(polygons)[face])


class ShapelyThreads(Shapely):
    """The same, with the intersections on all cores: GEOS lets go of the interpreter."""

    label = f"{Shapely.label}, {THREADS} threads"
    questions = ("pairs",)

    def _pairs(self) -> Pairs:
        left, right = self._candidates()
        with ThreadPoolExecutor(THREADS) as pool:
            areas = pool.map(self._areas, np.array_split(left, 64), np.array_split(right, 64))
            return Pairs(left, right, np.concatenate(list(areas)))

    def _areas(self, left: Ints, right: Ints) -> Floats:
        return shapely.area(shapely.intersection(self.shapes[left], self.shapes[right]))


class Geopandas(Peer):
    """``geopandas.overlay`` of the layer with itself; it has no overlay of n zones."""

    label = f"geopandas.overlay {gpd.__version__}"
    questions = ("pairs",)

    def __init__(self, shapes: Shapes) -> None:
        self.frame = gpd.GeoDataFrame({"zone": np.arange(len(shapes))}, geometry=shapes)

    def _pairs(self) -> Pairs:
        found = gpd.overlay(self.frame, self.frame, how="intersection", keep_geom_type=True)
        found = found[found["zone_1"] < found["zone_2"]]
        left, right = (found[name].to_numpy() for name in ("zone_1", "zone_2"))
        return Pairs(left, right, found.area.to_numpy())


class DuckDB(Peer):
    """DuckDB with its spatial extension, which is on PyPI too and then needs no network."""

    PAIRS = """
        SELECT a.id AS "left", b.id AS "right", ST_Area(ST_Intersection(a.shape, b.shape)) AS area
        FROM zones a JOIN zones b ON ST_Intersects(a.shape, b.shape) WHERE a.id < b.id"""
    FACES = """
        WITH lines AS (SELECT ST_Union_Agg(ST_Boundary(shape)) AS shape FROM zones),
        polygons AS (
            SELECT unnest(ST_Dump(ST_Polygonize([shape]))).geom AS shape FROM lines),
        faces AS MATERIALIZED (
            SELECT row_number() OVER () AS face, ST_Area(shape) AS area,
                ST_PointOnSurface(shape) AS point FROM polygons)
        SELECT face, id, area FROM faces JOIN zones ON ST_Within(faces.point, zones.shape)"""

    def __init__(self, shapes: Shapes) -> None:
        duckdb = needed("duckdb", "duckdb-extension-spatial")
        self.connection = duckdb.connect()
        self.label = f"DuckDB {duckdb.__version__} spatial"
        package = Path(str(needed("duckdb_extension_spatial", "").__file__)).parent
        try:
            extension = next(package.rglob("spatial.duckdb_extension"))
            self.connection.execute(f"LOAD '{extension}'")
        except (StopIteration, duckdb.Error) as error:
            raise AbsentError(f"no spatial extension for DuckDB: {error}") from error
        frame = wkb_frame(shapes)
        self.connection.register("frame", frame)
        self.connection.execute(
            "CREATE TABLE zones AS SELECT id, ST_GeomFromWKB(wkb) AS shape FROM frame"
        )

    def _pairs(self) -> Pairs:
        return Pairs(*self.connection.execute(self.PAIRS).fetchnumpy().values())

    def _faces(self) -> Faces:
        return Faces(*self.connection.execute(self.FACES).fetchnumpy().values())


class SedonaDB(Peer):
    """Apache SedonaDB, in the same process."""

    PAIRS = """
        SELECT a.id AS "left", b.id AS "right",
            ST_Area(ST_Intersection(a.geometry, b.geometry)) AS area
        FROM zones a JOIN zones b ON ST_Intersects(a.geometry, b.geometry) WHERE a.id < b.id"""
    POLYGONS = """
        SELECT row_number() OVER () AS face, shape FROM (
            SELECT unnest(ST_Dump(ST_Polygonize(ST_UnaryUnion(ST_Collect_Agg(
                ST_Boundary(geometry))))))['geom'] AS shape FROM zones)"""
    FACES = """
        WITH faces AS (
            SELECT face, ST_Area(shape) AS area, ST_PointOnSurface(shape) AS point FROM polygons)
        SELECT face, id, area FROM faces JOIN zones ON ST_Within(point, geometry)"""

    def __init__(self, shapes: Shapes) -> None:
        sedonadb = needed("sedonadb", "sedonadb geoarrow-pyarrow")
        needed("geoarrow.pyarrow", "geoarrow-pyarrow geoarrow-c geoarrow-types")
        self.label = f"SedonaDB {version('sedonadb')}"
        self.context = sedonadb.connect()
        frame = gpd.GeoDataFrame({"id": np.arange(len(shapes))}, geometry=shapes)
        self.context.create_data_frame(frame).to_memtable().to_view("zones")

    def _pairs(self) -> Pairs:
        return Pairs(*columns(self.context.sql(self.PAIRS).to_pandas()))

    def _faces(self) -> Faces:
        self.context.sql(self.POLYGONS).to_memtable().to_view("polygons", overwrite=True)
        return Faces(*columns(self.context.sql(self.FACES).to_pandas()))


class PostGIS(Peer):
    """PostGIS with an index; the table is loaded and analysed beforehand."""

    PAIRS = """
        SELECT a.id, b.id, ST_Area(ST_Intersection(a.shape, b.shape))
        FROM parkgeo_zones a JOIN parkgeo_zones b
        ON a.id < b.id AND ST_Intersects(a.shape, b.shape)"""
    FACES = """
        WITH lines AS (SELECT ST_Union(ST_Boundary(shape)) AS shape FROM parkgeo_zones),
        polygons AS (SELECT (ST_Dump(ST_Polygonize(shape))).geom AS shape FROM lines),
        faces AS MATERIALIZED (
            SELECT row_number() OVER () AS face, ST_Area(shape) AS area,
                ST_PointOnSurface(shape) AS point FROM polygons)
        SELECT face, id, area
        FROM faces JOIN parkgeo_zones zones ON ST_Contains(zones.shape, faces.point)"""

    def __init__(self, shapes: Shapes) -> None:
        where = os.environ.get("PARKGEO_POSTGIS")
        if not where:
            raise AbsentError("PARKGEO_POSTGIS does not name a database")
        psycopg = needed("psycopg", "psycopg psycopg-binary")
        try:
            self.connection = psycopg.connect(where, autocommit=True)
            self.connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except psycopg.Error as error:
            raise AbsentError(f"no PostGIS at PARKGEO_POSTGIS: {error}") from error
        found = self.connection.execute("SELECT postgis_lib_version(), postgis_geos_version()")
        self.label = "PostGIS {} (GEOS {})".format(*found.fetchone())
        self._load(shapes)

    def _load(self, shapes: Shapes) -> None:
        run = self.connection.execute
        run("DROP TABLE IF EXISTS parkgeo_zones")
        run("CREATE TABLE parkgeo_zones (id integer PRIMARY KEY, shape geometry)")
        with (
            self.connection.cursor() as cursor,
            cursor.copy("COPY parkgeo_zones FROM STDIN") as copy,
        ):
            for row in enumerate(shapely.to_wkb(shapes, hex=True)):
                copy.write_row(row)
        run("CREATE INDEX ON parkgeo_zones USING gist (shape)")
        run("VACUUM ANALYZE parkgeo_zones")

    def _rows(self, query: str) -> list[NDArray[Any]]:
        found = self.connection.execute(query).fetchall()
        return columns(pd.DataFrame(found, columns=["a", "b", "area"]))

    def _pairs(self) -> Pairs:
        return Pairs(*self._rows(self.PAIRS))

    def _faces(self) -> Faces:
        return Faces(*self._rows(self.FACES))

    def server_peak_mb(self) -> float:
        """Return the peak of the server's process, where it runs on this machine."""
        (pid,) = self.connection.execute("SELECT pg_backend_pid()").fetchone()
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024


class RSf(Peer):
    """R sf: the n-way ``st_intersection`` of one layer; timed inside R, without reading."""

    questions = ("faces",)
    SCRIPT = """
        suppressPackageStartupMessages(library(sf))
        paths <- commandArgs(trailingOnly = TRUE)
        wkb <- readLines(paths[1])
        zones <- st_sf(geometry = st_as_sfc(structure(as.list(wkb), class = "WKB"), EWKB = FALSE))
        spent <- system.time(found <- st_intersection(zones))
        found <- found[st_dimension(found) == 2, ]
        members <- vapply(found$origins, paste, "", collapse = " ")
        writeLines(c(format(spent[["elapsed"]]), paste(members, sprintf("%.17g", st_area(found)))),
                   paths[2])"""

    def __init__(self, shapes: Shapes) -> None:
        if shutil.which("Rscript") is None:
            raise AbsentError("no Rscript here")
        asked = "suppressMessages(library(sf)); cat(as.character(packageVersion('sf')))"
        found = subprocess.run(
            ["Rscript", "-e", asked], capture_output=True, text=True, check=False
        )
        if found.returncode:
            raise AbsentError("R has no package sf")
        self.label = f"R sf {found.stdout}"
        self.shapes = shapes
        self.seconds = float("nan")

    def _faces(self) -> Faces:
        with tempfile.TemporaryDirectory() as name:
            script, wkb, out = (Path(name, part) for part in ("run.R", "zones.hex", "faces.txt"))
            script.write_text(self.SCRIPT, encoding="utf-8")
            wkb.write_text("\n".join(shapely.to_wkb(self.shapes, hex=True)), encoding="ascii")
            run = subprocess.run(
                ["Rscript", script, wkb, out], capture_output=True, text=True, check=False
            )
            if run.returncode:
                raise RuntimeError(run.stderr.strip().splitlines()[-1])
            first, *rows = out.read_text(encoding="ascii").splitlines()
        self.seconds = float(first)
        parts = [row.split() for row in rows]
        count = [len(part) - 1 for part in parts]
        zone = np.array([int(i) - 1 for part in parts for i in part[:-1]])
        area = np.array([float(part[-1]) for part in parts])
        return Faces(np.repeat(np.arange(len(parts)), count), zone, np.repeat(area, count))


class Qgis(Peer):
    """QGIS: Intersection of the layer with itself, and Union of one layer; timed inside QGIS.

    Intersection gives each pair twice and each zone with itself, as it does for its users. A face
    on which several zones lie comes once for each of them.
    """

    SCRIPT = """
import sys, time
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (Qgis, QgsApplication, QgsFeature, QgsGeometry, QgsProcessingContext,
    QgsProcessingFeedback, QgsVectorLayer)
application = QgsApplication([], False)
application.initQgis()
QgsApplication.processingRegistry().addProvider(QgsNativeAlgorithms())
if len(sys.argv) == 1:
    print(f"{Qgis.QGIS_VERSION.split('-')[0]} (GEOS {Qgis.geosVersion().split('-')[0]})")
    sys.exit()
question, path, out = sys.argv[1:]
def layer():
    made = QgsVectorLayer("MultiPolygon?field=zone:integer", "zones", "memory")
    features = []
    for number, line in enumerate(open(path)):
        feature = QgsFeature(made.fields())
        feature.setAttribute("zone", number)
        shape = QgsGeometry()
        shape.fromWkb(bytes.fromhex(line))
        shape.convertToMultiType()
        feature.setGeometry(shape)
        features.append(feature)
    made.dataProvider().addFeatures(features)
    made.dataProvider().createSpatialIndex()
    return made
name = {"pairs": "native:intersection", "faces": "native:union"}[question]
asked = {"INPUT": layer(), "OUTPUT": "memory:"}
if question == "pairs":
    asked["OVERLAY"] = layer()
algorithm = QgsApplication.processingRegistry().createAlgorithmById(name)
context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
start = time.perf_counter()
done, good = algorithm.run(asked, context, feedback)
spent = time.perf_counter() - start
if not good:
    sys.exit(feedback.textLog().strip().splitlines()[-1])
with open(out, "w") as file:
    print(spent, file=file)
    for found in context.getMapLayer(done["OUTPUT"]).getFeatures():
        shape = found.geometry()
        other = found["zone_2"] if question == "pairs" else hash(bytes(shape.asWkb()))
        print(found["zone"], other, repr(shape.area()), file=file)
"""

    def __init__(self, shapes: Shapes) -> None:
        # QGIS comes with a Python of its own, which is the system's on Linux.
        self.python = os.environ.get("PARKGEO_QGIS_PYTHON", "/usr/bin/python3")
        try:
            self.label = f"QGIS {self._run()}"
        except (OSError, RuntimeError) as error:
            raise AbsentError("no Python with QGIS; name it in PARKGEO_QGIS_PYTHON") from error
        self.shapes = shapes
        self.seconds = float("nan")

    def _run(self, *arguments: str) -> str:
        # Without a screen, and without what the environment of parkgeo adds to the path.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        run = subprocess.run(
            [self.python, "-c", self.SCRIPT, *arguments],
            env=environment | {"QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise RuntimeError((run.stderr.strip() or "no reason given").splitlines()[-1])
        return run.stdout.strip()

    def _asked(self, question: str) -> pd.DataFrame:
        with tempfile.TemporaryDirectory() as name:
            wkb, out = Path(name, "zones.hex"), Path(name, "found.txt")
            wkb.write_text("\n".join(shapely.to_wkb(self.shapes, hex=True)), encoding="ascii")
            self._run(question, str(wkb), str(out))
            first, _, rows = out.read_text(encoding="ascii").partition("\n")
        self.seconds = float(first)
        table = pd.read_csv(StringIO(rows), sep=" ", names=["zone", "other", "area_m2"])
        return table[table["area_m2"] > 0]

    def _pairs(self) -> Pairs:
        found = self._asked("pairs")
        found = found[found["zone"] < found["other"]]
        return Pairs(*columns(found))

    def _faces(self) -> Faces:
        found = self._asked("faces")
        face = pd.factorize(found["other"])[0]
        return Faces(face, found["zone"].to_numpy(), found["area_m2"].to_numpy())


class Parkgeo(Peer):
    """parkgeo, from a frame on the same plane to its table."""

    label = f"parkgeo {pg.__version__}"

    def __init__(self, shapes: Shapes, *, geometry: bool = False) -> None:
        self.parks = gpd.GeoDataFrame(
            {"brand_id": np.arange(len(shapes))}, geometry=shapes, crs=pg.crs.PLANE
        )
        self.geometry = geometry

    def _pairs(self) -> pd.DataFrame:
        return pg.overlap.pairs(self.parks, geometry=self.geometry)

    def _faces(self) -> pd.DataFrame:
        return pg.overlap.partition(self.parks, geometry=self.geometry)


class ParkgeoGeometry(Parkgeo):
    """The same with geometry, which comes back in degrees and valid."""

    label = f"{Parkgeo.label}, geometry"

    def __init__(self, shapes: Shapes) -> None:
        super().__init__(shapes, geometry=True)


OURS: dict[str, Callable[[Shapes], Peer]] = {
    "parkgeo": Parkgeo,
    "parkgeo-geometry": ParkgeoGeometry,
}
PEERS: dict[str, Callable[[Shapes], Peer]] = {
    "shapely": Shapely,
    "shapely-threads": ShapelyThreads,
    "geopandas": Geopandas,
    "duckdb": DuckDB,
    "sedonadb": SedonaDB,
    "postgis": PostGIS,
    "sf": RSf,
    "qgis": Qgis,
}


def needed(module: str, packages: str) -> Any:  # noqa: ANN401  # a module has no better type
    """Import a module, or say what to install."""
    try:
        return import_module(module)
    except ImportError as error:
        raise AbsentError(f"pip install --no-deps {packages or module}") from error


def wkb_frame(shapes: Shapes) -> pd.DataFrame:
    """Return zones as databases take them."""
    return pd.DataFrame({"id": np.arange(len(shapes)), "wkb": shapely.to_wkb(shapes)})


def columns(frame: pd.DataFrame) -> list[NDArray[Any]]:
    """Return the columns of a frame as arrays."""
    return [frame.iloc[:, i].to_numpy() for i in range(frame.shape[1])]
