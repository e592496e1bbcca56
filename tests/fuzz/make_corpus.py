"""Make the cases that fuzzing begins with: small files of every format, drawn here.

Run: ``python tests/fuzz/make_corpus.py`` from the root of the repository. What fuzzing found is
added by hand, as ``<reader>-found-<what>``.
"""

import json
import struct
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

CORPUS = Path(__file__).with_name("corpus")
sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.readers import SHAPEFILE, pack  # noqa: E402 - found by the line above

from parkgeo import io  # noqa: E402


def field(number: int, value: int | bytes) -> bytes:
    """Spell one field of a protobuf message."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def varint(value: int) -> bytes:
    more, low = value >> 7, value & 0x7F
    return bytes([low | 0x80]) + varint(more) if more else bytes([low])


def zigzag(value: int) -> int:
    return 2 * value if value >= 0 else -2 * value - 1


def blob(kind: bytes, body: bytes) -> bytes:
    """Make a blob of an OSM PBF, without compression."""
    inner = field(1, body) + field(2, len(body))
    head = field(1, kind) + field(3, len(inner))
    return struct.pack(">I", len(head)) + head + inner


def osm_pbf() -> bytes:
    """One road between two nodes."""
    words = ["", "highway", "primary", "name", "文一路"]
    table = b"".join(field(1, word.encode()) for word in words)
    nodes = b"".join(
        field(1, field(1, zigzag(n)) + field(8, zigzag(30 * 10**7)) + field(9, zigzag(x)))
        for n, x in [(1, 120 * 10**7), (2, 1201 * 10**6)]
    )
    refs = varint(zigzag(1)) + varint(zigzag(1))
    way = field(1, 1) + field(2, bytes([1, 3])) + field(3, bytes([2, 4])) + field(8, refs)
    groups = field(2, nodes) + field(2, field(3, way))
    header = field(4, b"OsmSchema-V0.6")
    return blob(b"OSMHeader", header) + blob(b"OSMData", field(1, table) + groups)


def main() -> None:
    shapes = [shapely.box(505_000, 3_345_000, 505_040, 3_345_040), None]
    frame = gpd.GeoDataFrame(
        {"名称": ["甲", None], "n": [1, 2], "x": [0.5, None], "ok": [True, False]},
        geometry=shapes,
        crs=4549,
    )
    parcel = gpd.GeoDataFrame({"name": ["甲"]}, geometry=shapes[:1], crs=4549)
    degrees = frame.head(1).to_crs(4490)
    cases: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for reader, suffix in [("geojson", ".geojson"), ("zip", ".zip"), ("parquet", ".parquet")]:
            cases[f"{reader}-own"] = io.write(frame, folder / f"case{suffix}").read_bytes()
        cases["txt-own"] = io.write(parcel, folder / "case.txt", encoding="utf-8").read_bytes()
        io.write(frame, folder / "case.shp")
        parts = [(folder / "case.shp").with_suffix(end).read_bytes() for end in SHAPEFILE]
        cases["shapefile-own"] = pack(parts)
        cases["shapefile-plain"] = pack([*parts[:-1], b""])
        cases["dbf-own"] = parts[SHAPEFILE.index(".dbf")]
        degrees.to_parquet(folder / "plain.parquet")
        cases["parquet-plain"] = (folder / "plain.parquet").read_bytes()
        pyogrio.write_dataframe(degrees, folder / "case.fgb")
        cases["fgb-plain"] = (folder / "case.fgb").read_bytes()
        # Without an index, which makes most of the bytes of a small GeoPackage.
        pyogrio.write_dataframe(degrees, folder / "case.gpkg", SPATIAL_INDEX="NO")
        cases["gpkg-plain"] = (folder / "case.gpkg").read_bytes()
    cases["geojson-plain"] = degrees.to_json().encode()
    cases["geojson-bare"] = json.dumps({"type": "Point", "coordinates": [120, 30]}).encode()
    cases["parks-own"] = (
        gpd.GeoDataFrame(
            {"园区名称": ["甲"], "级别": ["省级"], "面积（平方公里）": ["2.1"]},
            geometry=list(degrees.geometry),
            crs=4490,
        )
        .to_json(ensure_ascii=False)
        .encode()
    )
    cases["parcels-own"] = (
        gpd.GeoDataFrame(
            {"地块编号": ["1"], "地类编码": ["0601"], "面积": ["3.5公顷"]},
            geometry=list(degrees.geometry),
            crs=4490,
        )
        .to_json(ensure_ascii=False)
        .encode()
    )
    cases["roads-own"] = (
        gpd.GeoDataFrame(
            {"name": ["文一路"], "highway": ["primary"]},
            geometry=[shapely.LineString([(120, 30), (120.1, 30)])],
            crs=4326,
        )
        .to_json(ensure_ascii=False)
        .encode()
    )
    cases["aliases-own"] = "alias,name,place,source\n文一西路,文一路,杭州,甲\n".encode()
    cases["pbf-own"] = osm_pbf()
    cases["fourbounds-range"] = (
        "甲片区面积2.1平方公里,东至古墩路,南至文三路以南50米,西至丰潭路".encode()
    )
    CORPUS.mkdir(exist_ok=True)
    for case, data in cases.items():
        (CORPUS / case).write_bytes(data)


if __name__ == "__main__":
    main()
