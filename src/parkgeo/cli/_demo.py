"""The main job on bundled real extents: measure, overlap, map, report."""

import sys
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from parkgeo import _atomic, datasets, io, maps, measure, overlap, plots, raster, report, units
from parkgeo._style import chinese_font
from parkgeo.cli._table import print_table

# Published blocks of the sci-tech city that the demo is about, by their committee.
_CITY = "hangzhou"


def run(folder: Path) -> None:
    """Write tables, map, figure and report into ``folder`` and print what they say."""
    parks = datasets.load(_CITY)
    folder.mkdir(parents=True, exist_ok=True)
    pairs = overlap.pairs(parks, by="brand_id", geometry=True)
    faces = overlap.partition(parks, by="brand_id", geometry=True)

    print("Extents, found from their words / 由四至文字还原的范围")
    print_table(_extents(parks))
    print(
        "\nSides: on a named line (found, bridged), or placed (area-closed: so that the stated "
        "area is met,\nand then its agreement proves nothing; inferred: where other lines end)"
    )
    print_table(parks["sides"].reset_index())
    print("\nOverlaps / 重叠")
    print_table(_overlaps(pairs, parks), decimals=3)
    print()
    _print_net(parks)
    print("\nConcentration / 集中度")
    _print_concentration(parks)
    _write(folder, parks, pairs, faces)
    print(f"\n{parks.attrs['attribution']}")


def _extents(parks: gpd.GeoDataFrame) -> pd.DataFrame:
    area_km2 = units.m2_to(measure.area_m2(parks), "km2")
    stated_km2 = parks["stated_area_km2"]
    return pd.DataFrame(
        {
            "brand": parks["brand"],
            "block": parks["block"],
            "stated_km2": stated_km2,
            "measured_km2": area_km2,
            "difference": [f"{x + 0.0:+.1%}" for x in (area_km2 / stated_km2 - 1.0).round(3)],
            "accuracy_m": parks["accuracy_m"].round().astype(int),
        }
    )


def _overlaps(pairs: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> pd.DataFrame:
    names = parks.drop_duplicates("brand_id").set_index("brand_id")["brand"]
    table = pd.DataFrame(pairs.drop(columns="geometry"))
    return table.assign(left=table["left"].map(names), right=table["right"].map(names))


def _print_net(parks: gpd.GeoDataFrame) -> None:
    blocks_km2 = units.m2_to(measure.area_m2(parks), "km2")
    totals = pd.DataFrame(
        {
            "added": blocks_km2.groupby(parks["administrator"]).sum(),
            "net": overlap.net_area_km2(parks, by="administrator"),
        },
    )
    for committee, added_km2, net_km2 in totals.itertuples():
        print(
            f"{committee}: {added_km2:.3f} km² when brands are added up, "
            f"{net_km2:.3f} km² = {units.km2_to_mu(net_km2):.0f} mu net: nothing counted twice",
        )


def _print_concentration(parks: gpd.GeoDataFrame) -> None:
    found = raster.concentration(datasets.hangzhou_industrial_share(), parks).iloc[0]
    low, high = found["ratio_low"], found["ratio_high"]
    print(
        f"Of {found['total']:.2f} km² of OSM-mapped industrial land 2019 in and around the core of "
        f"Hangzhou,\n{found['inside']:.3f} km² = {found['ratio']:.2%} lies in these extents "
        f"({low:.2%} to {high:.2%} within the accuracy of their boundaries).\n"
        "What OpenStreetMap maps is incomplete and is not the land survey: no figure for a report. "
        "/ 志愿者测绘，不完整，不能代替国土调查。"
    )


def _write(
    folder: Path, parks: gpd.GeoDataFrame, pairs: gpd.GeoDataFrame, faces: gpd.GeoDataFrame
) -> None:
    with _atomic.replaced(folder / "overlaps.csv") as part:
        _overlaps(pairs, parks).to_csv(part, index=False, encoding="utf-8-sig")
    io.write(pairs, folder / "overlaps.gpkg")
    io.write(faces.assign(members=faces["members"].map(", ".join)), folder / "faces.gpkg")
    ground = maps.drawn_basemap(datasets.hangzhou_ground(), name="杭州线划底图", name_en="Hangzhou")
    maps.save(maps.overlap_map(parks, basemap=ground), folder / "overlap-map.html", offline=True)
    plots.save(plots.overlap_map(parks), folder / "overlap-map.png")
    language: Literal["zh", "en"] = "zh" if chinese_font() else "en"
    report.compose(parks, language=language, basemap=ground).save(folder / "report.html")
    for name in (
        "overlaps.csv",
        "overlaps.gpkg",
        "faces.gpkg",
        "overlap-map.html",
        "overlap-map.png",
        "report.html",
    ):
        print(f"written {folder / name}", file=sys.stderr)
