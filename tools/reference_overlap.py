"""Ask other tools for the overlaps of small cases, and keep their answers for the tests.

Writes ``cases.json`` and one file of answers per tool into ``tests/reference/overlap``; the tests
hold parkgeo to them. Only for a machine that has the tools:

    export PARKGEO_POSTGIS="host=/var/run/postgresql dbname=test user=postgres"
    python tools/reference_overlap.py postgis sf
    /usr/bin/python3 tools/reference_overlap_qgis.py         # a Python that has QGIS

PostGIS needs ``pip install psycopg psycopg-binary``, R its package sf.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

FOLDER = Path(__file__).parents[1] / "tests" / "reference" / "overlap"
GRID_M = 1 / 1024
"""Corners lie on binary fractions of a metre, so that moving a case by whole metres is exact."""

Zones = dict[str, shapely.Geometry]
Case = tuple[str, Zones]
Answer = tuple[list[tuple[str, str, float]], list[tuple[str, float]]]
"""Pairs with what they share, and sets of members (joined by |) with their ground."""
Answers = dict[str, dict[str, Any]]

PAIRS = """SELECT a.id, b.id, ST_Area(ST_Intersection(a.shape, b.shape))
FROM zones a JOIN zones b ON a.id < b.id AND ST_Intersects(a.shape, b.shape)
ORDER BY 1, 2"""
FACES = """WITH lines AS (SELECT ST_Union(ST_Boundary(shape)) AS shape FROM zones),
polygons AS (SELECT (ST_Dump(ST_Polygonize(shape))).geom AS shape FROM lines),
faces AS (SELECT row_number() OVER () AS face, shape FROM polygons),
members AS (SELECT face, string_agg(id, '|' ORDER BY id) AS ids, min(ST_Area(faces.shape)) AS area
    FROM faces JOIN zones ON ST_Contains(zones.shape, ST_PointOnSurface(faces.shape))
    GROUP BY face)
SELECT ids, sum(area) FROM members GROUP BY ids ORDER BY ids"""
SF = """suppressPackageStartupMessages(library(sf))
rows <- read.table(commandArgs(trailingOnly = TRUE)[1], sep = "\\t", quote = "")
zones <- st_sf(id = rows$V1, geometry = st_as_sfc(rows$V2))
found <- st_intersection(zones)
found <- found[st_dimension(found) == 2, ]
ids <- vapply(found$origins, function(i) paste(sort(zones$id[i]), collapse = "|"), "")
cat(sprintf("%s\\t%.17g", ids, st_area(found)), sep = "\\n")"""


def circle(x: float, y: float, radius: float) -> shapely.Polygon:
    """Draw a circle of 64 corners."""
    return shapely.Point(x, y).buffer(radius, quad_segs=16)


def star(x: float, y: float, radius: float, corners: int, seed: int) -> shapely.Polygon:
    """Draw a jagged star-shaped outline."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(corners) + rng.uniform(0.1, 0.9, corners)) / corners
    reach = radius * rng.uniform(0.4, 1.0, corners)
    spokes = np.column_stack([np.cos(angle), np.sin(angle)])
    return shapely.Polygon([x, y] + reach[:, None] * spokes)


def comb(teeth: int) -> shapely.Polygon:
    """Draw a back along the x axis with teeth upwards."""
    parts = [shapely.box(4 * i, 0, 4 * i + 2, 4 * teeth) for i in range(teeth)]
    return shapely.union_all([*parts, shapely.box(0, -2, 4 * teeth - 2, 0)])


def moved_in_part(shape: shapely.Polygon, by_m: float) -> shapely.Polygon:
    """Move a third of the corners to the east, and leave the others to the last bit."""
    corners = shapely.get_coordinates(shape)[:-1]
    third = len(corners) // 3
    corners[third : 2 * third, 0] += by_m
    return shapely.Polygon(corners)


def cases() -> dict[str, Case]:
    """Return every case: what it is about, and its zones in metres."""
    square = shapely.box(0, 0, 100, 100)
    ring = square.difference(shapely.box(30, 30, 70, 70))
    outline = star(0, 0, 500, 200, seed=1)
    rng = np.random.default_rng(20)
    spread = rng.uniform(-600, 600, (20, 2))
    return {
        "three circles": (
            "All seven ways to lie on three circles.",
            {"a": circle(0, 0, 100), "b": circle(100, 0, 100), "c": circle(50, 80, 100)},
        ),
        "blocky": (
            "Rectilinear outlines that run along each other in part.",
            {
                "a": shapely.union_all([shapely.box(0, 0, 40, 100), shapely.box(0, 0, 100, 40)]),
                "b": shapely.union_all([shapely.box(20, 20, 60, 80), shapely.box(40, 40, 120, 60)]),
                "c": shapely.box(0, 40, 60, 60),
            },
        ),
        "holes": (
            "A ring, what fills its hole, and what lies on both.",
            {
                "ring": ring,
                "filling": shapely.box(30, 30, 70, 70),
                "inside": shapely.box(40, 40, 60, 60),
                "on all": shapely.box(50, 50, 150, 150),
            },
        ),
        "nested": (
            "Squares one in the other; two of them share a part of the border.",
            {
                "a": square,
                "b": shapely.box(0, 20, 80, 90),
                "c": shapely.box(30, 30, 60, 60),
                "d": shapely.box(40, 30, 50, 40),
            },
        ),
        "tiles": (
            "Neighbours that only share borders, a corner of one on an edge of two, and a strip.",
            {
                **{
                    f"t{i}{j}": shapely.box(i * 50, j * 50, i * 50 + 50, j * 50 + 50)
                    for i in range(3)
                    for j in range(2)
                },
                "brick": shapely.box(25, 100, 125, 150),
                "strip": shapely.Polygon([(-10, 45), (160, 45), (160, 55), (-10, 55)]),
            },
        ),
        "near duplicates": (
            "One outline of 200 corners, and three that leave it by 1 cm, 50 cm and 3 m in part.",
            {
                "original": outline,
                "1 cm": moved_in_part(outline, 0.01),
                "50 cm": moved_in_part(outline, 0.5),
                "3 m": moved_in_part(outline, 3.0),
            },
        ),
        "copies": (
            "The same outline three times, once from another corner and the other way round.",
            {
                "a": outline,
                "b": outline,
                "c": shapely.Polygon(np.roll(shapely.get_coordinates(outline)[:0:-1], 7, axis=0)),
                "half": shapely.box(0, -600, 600, 600),
            },
        ),
        "parts": (
            "Zones of several parts, which meet in one part or two.",
            {
                "a": shapely.MultiPolygon([circle(0, 0, 50), circle(200, 0, 50)]),
                "b": shapely.MultiPolygon([circle(40, 10, 50), circle(200, 60, 40)]),
                "c": shapely.MultiPolygon([circle(210, 10, 20), circle(400, 0, 50)]),
            },
        ),
        "corners": (
            "Chequered squares that only meet at corners, and one on top of that corner.",
            {
                "a": shapely.MultiPolygon(
                    [shapely.box(0, 0, 50, 50), shapely.box(50, 50, 100, 100)]
                ),
                "b": shapely.MultiPolygon(
                    [shapely.box(50, 0, 100, 50), shapely.box(0, 50, 50, 100)]
                ),
                "c": circle(50, 50, 20),
            },
        ),
        "combs": ("Two combs crosswise.", {"a": comb(12), "b": transposed(comb(12))}),
        "strips": (
            "Strips of 10 cm that cross each other on a square.",
            {
                "square": square,
                "along": shapely.box(-10, 50, 110, 50.125),
                "across": shapely.box(50, -10, 50.125, 110),
                "border": shapely.box(99.875, 0, 100.125, 100),
            },
        ),
        "twenty brands": (
            "Twenty jagged outlines on the same ground.",
            {
                f"brand {i + 1:02}": star(x, y, 150 + 20 * i, 12 + 2 * i, seed=100 + i)
                for i, (x, y) in enumerate(spread)
            },
        ),
    }


def transposed(shape: shapely.Polygon) -> shapely.Polygon:
    """Swap x and y."""
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def snapped(zones: Zones) -> Zones:
    """Put corners on the grid, one by one: what was drawn from the same corners stays together."""
    return {
        label: shapely.transform(shape, lambda xy: np.round(xy / GRID_M) * GRID_M)
        for label, shape in zones.items()
    }


def write_cases() -> dict[str, dict[str, str]]:
    """Write the cases and return the zones of each as WKT."""
    kept = []
    for name, (about, zones) in cases().items():
        shapes = snapped(zones)
        if not all(shape.is_valid for shape in shapes.values()):
            raise ValueError(f"{name}: not valid on the grid")
        wkt = {
            label: shapely.to_wkt(shape, rounding_precision=-1) for label, shape in shapes.items()
        }
        kept.append({"name": name, "about": about, "zones": wkt})
    write("cases.json", kept)
    return {case["name"]: case["zones"] for case in kept}


def write(name: str, content: object) -> None:
    """Write a file that a person can read in a diff: one line a row."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    # Only rows of answers are lists of plain values.
    text = re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


def asked(ask: Callable[[dict[str, str]], Answer], zones_of: dict[str, dict[str, str]]) -> Answers:
    """Ask about every case."""
    found = {}
    for name, zones in zones_of.items():
        try:
            pairs, faces = ask(zones)
        except subprocess.CalledProcessError as error:
            # A tool that cannot answer is an answer too.
            found[name] = {"error": re.search(r"^Error.*", error.stderr, re.MULTILINE)[0]}
            continue
        split = [[*members.split("|"), area] for members, area in faces]
        found[name] = {"pairs": [list(row) for row in pairs], "faces": split}
    return found


def postgis(zones_of: dict[str, dict[str, str]]) -> None:
    """Ask PostGIS."""
    import psycopg  # noqa: PLC0415  # not a dependency

    with psycopg.connect(os.environ["PARKGEO_POSTGIS"], autocommit=True) as connection:
        run = connection.execute
        run("CREATE EXTENSION IF NOT EXISTS postgis")
        (version,) = run("SELECT postgis_full_version()").fetchone()

        def ask(zones: dict[str, str]) -> Answer:
            run("DROP TABLE IF EXISTS zones")
            run("CREATE TEMPORARY TABLE zones (id text PRIMARY KEY, shape geometry)")
            for row in zones.items():
                run("INSERT INTO zones VALUES (%s, ST_GeomFromText(%s))", row)
            return run(PAIRS).fetchall(), run(FACES).fetchall()

        found = asked(ask, zones_of)
    questions = {"pairs": PAIRS, "faces": FACES}
    write("postgis.json", {"tool": "PostGIS", "version": version, **questions, "answers": found})


def sf(zones_of: dict[str, dict[str, str]]) -> None:
    """Ask R sf for faces: its st_intersection of one layer is n-way."""

    def rscript(*arguments: str) -> str:
        run = subprocess.run(["Rscript", *arguments], capture_output=True, text=True, check=True)  # noqa: S603, S607
        return run.stdout

    def ask(zones: dict[str, str]) -> Answer:
        with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
            file.writelines(f"{label}\t{wkt}\n" for label, wkt in zones.items())
            file.flush()
            lines = rscript("-e", SF, file.name).splitlines()
        rows = [line.split("\t") for line in lines]
        return [], [(members, float(area)) for members, area in rows]

    version = rscript("-e", "library(sf); cat(format(packageVersion('sf')), sf_extSoftVersion())")
    found = asked(ask, zones_of)
    write("sf.json", {"tool": "R sf", "version": version, "faces": SF, "answers": found})


TOOLS = {"postgis": postgis, "sf": sf}


def main() -> None:
    """Write the cases and the answers of the tools that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    zones_of = write_cases()
    for name in sys.argv[1:]:
        TOOLS[name](zones_of)
        print(f"{name}: {len(zones_of)} cases")


if __name__ == "__main__":
    main()
