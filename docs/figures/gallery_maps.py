"""Every map once: the gallery shows the code of a function beside the page that it makes.

Run as a script, ``python docs/figures/gallery_maps.py FOLDER``, or by Sphinx whenever the
documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from concentration_town import page as concentration_town
from concentration_town import town
from gallery_figures import merged
from made_up_town import block
from made_up_town import town as streets

import parkgeo as pg


def overlap_map() -> pg.maps.Map:
    """Show which brands lie on the same ground, over streets that stand in the page."""
    parks = pg.datasets.hangzhou()
    ground = pg.maps.drawn_basemap(pg.datasets.hangzhou_ground())
    return pg.maps.overlap_map(parks, basemap=ground)


def english_overlap_map() -> pg.maps.Map:
    """Show the same to begin with in English, for the front page of the documentation."""
    parks = pg.datasets.hangzhou()
    ground = pg.maps.drawn_basemap(pg.datasets.hangzhou_ground())
    return pg.maps.overlap_map(parks, basemap=ground, language="en")


def compare_map() -> pg.maps.Map:
    """Show a plan beside what is."""
    before = pg.datasets.hangzhou()
    return pg.maps.compare_map(before, merged(before), title="如果平台并入高新园区（虚构）")


def concentration_map() -> pg.maps.Map:
    """Show which land lies inside, and the least-cost way to the target."""
    return concentration_town()


def agglomeration_map() -> pg.maps.Map:
    """Show in which cells of a grid a use of land stands together."""
    sites = pg.datasets.hangzhou_land_use_sites()
    return pg.maps.agglomeration_map(
        sites, cells(sites), pg.datasets.hangzhou(), industry="land_use", size="area_m2"
    )


def resolution_map() -> pg.maps.Map:
    """Show what was found of a text, on streets that do not exist."""
    return pg.fourbounds.resolve(block(), streets()).map()


def explore() -> pg.maps.Map:
    """Show any frame by one of its columns."""
    land, _ = town()
    return pg.maps.explore(land, color="class_code", name="parcel_id", title="虚构城镇的地块")


def industry_map() -> pg.maps.Map:
    """Show what each zone of a synthetic city lives by."""
    city = pg.datasets.synthetic_city()
    leading = pg.policy.leading_industry(city.firms, units=city.units)
    title = "合成城市：产业地图"
    return pg.maps.industry_map(leading, city.parks, city.firms, name="name", title=title)


def investment_map() -> pg.maps.Map:
    """Show which land of a synthetic city can be had, for what and at what price."""
    city = pg.datasets.synthetic_city()
    available = pg.policy.available_land(
        city.parcels.dropna(subset="status"),
        city.parks,
        by="brand",
        industry="allowed_industry",
        price="price_wanyuan_per_mu",
        units={"price_wanyuan_per_mu": "万元/亩"},
    )
    return pg.maps.investment_map(available, city.parks, by="brand", title="合成城市：招商地图")


def cells(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut the extent of points into six by five cells, as regions."""
    west, south, east, north = sites.total_bounds
    x, y = np.linspace(west, east, 7), np.linspace(south, north, 6)
    corners = [(i, j) for j in range(5) for i in range(6)]
    return gpd.GeoDataFrame(
        {"region": [f"{'ABCDE'[j]}{i + 1}" for i, j in corners]},
        geometry=[shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i, j in corners],
        crs=sites.crs,
    )


MAPS: Final = {
    "overlap": overlap_map,
    "overlap-en": english_overlap_map,
    "compare": compare_map,
    "concentration": concentration_map,
    "agglomeration": agglomeration_map,
    "industry": industry_map,
    "investment": investment_map,
    "resolution": resolution_map,
    "explore": explore,
}


def draw(folder: Path) -> None:
    """Write all maps into a folder, each a page that opens without a network."""
    for name, make in MAPS.items():
        pg.maps.save(make(), folder / f"{name}.html")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
