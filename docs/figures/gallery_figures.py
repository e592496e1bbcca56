"""Every figure for print once: the gallery shows the code of a function beside what it draws.

Run as a script, ``python docs/figures/gallery_figures.py FOLDER [svg|png]``, or by Sphinx whenever
the documentation is built.
"""  # noqa: INP001

import sys
from functools import cache
from pathlib import Path
from typing import Final

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely
from agglomeration_city import town
from agglomeration_distance import plants
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import parkgeo as pg

Drawn = Axes | Figure


def overlap_map() -> Drawn:
    """Draw extents and overlaps with their areas."""
    parks = pg.datasets.hangzhou()
    return pg.plots.overlap_map(parks)


def upset() -> Drawn:
    """Draw which combinations of brands lie on the same ground."""
    parks = pg.datasets.hangzhou()
    return pg.plots.upset(parks)


def upset_many() -> Drawn:
    """Draw the largest overlaps of forty brands."""
    parks = forty_brands()
    return pg.plots.upset(parks, min_members=2, max_columns=18, language="en")


def before_after_map() -> Drawn:
    """Draw two states of a plan side by side."""
    before = pg.datasets.hangzhou()
    return pg.plots.before_after_map(before, merged(before), title="如果平台并入高新园区")


def before_after() -> Drawn:
    """Draw what a plan gives to and takes from each brand."""
    before = pg.datasets.hangzhou()
    changes = pg.overlap.compare(before, merged(before))
    return pg.plots.before_after(changes, labels=before, title="如果平台并入高新园区")


def concentration_gauge() -> Drawn:
    """Draw one share against its target."""
    land, zones, _ = town()
    found = pg.concentration.ratio(land, zones, target=0.70)
    return pg.plots.concentration_gauge(found)


def concentration_bars() -> Drawn:
    """Draw the share of each district against the target."""
    land, zones, plants_of_land = town()
    land["district"] = plants_of_land["district"]
    found = pg.concentration.ratio(land, zones, by="district", target=0.70)
    return pg.plots.concentration_bars(found, language="en")


def radar() -> Drawn:
    """Draw two zones by five indicators, with last year."""
    now = pd.DataFrame(
        {
            "land": [0.74, 0.55],
            "tax": [31.0, None],
            "research": [4.1, 2.6],
            "rate": [0.66, 0.81],
            "firms": [212, 148],
        },
        index=["east", "west"],
    )
    last = now.assign(tax=[27.5, 18.0], research=[4.2, 2.1], firms=[190, 141])
    return pg.plots.radar(
        now,
        previous=last,
        target={"land": 0.70, "tax": 35, "research": 3, "rate": 0.8},
        maximum={"land": 1, "tax": 50, "research": 6, "rate": 1, "firms": 300},
        labels={
            "land": ("工业用地集中度", "Industrial land inside"),
            "tax": ("亩均税收（万元）", "Tax per mu (10 000 yuan)"),
            "research": ("研发投入强度（%）", "Research intensity (%)"),
            "rate": ("低效用地处置率", "Inefficient land dealt with"),
            "firms": ("高新技术企业", "Hi-tech firms"),
            "east": ("城东园区", "East park"),
            "west": ("城西园区", "West park"),
        },
    )


def radar_overlaid() -> Drawn:
    """Lay three zones on each other."""
    scores = pd.DataFrame(
        {
            "land": [0.74, 0.55, 0.62],
            "tax": [0.62, 0.40, 0.85],
            "research": [0.68, 0.43, 0.57],
            "reuse": [0.66, 0.81, 0.35],
            "green": [0.30, 0.52, 0.44],
        },
        index=["East park", "West park", "North park"],
    )
    return pg.plots.radar(scores, target=0.6, overlay=True, language="en")


def distance() -> Drawn:
    """Draw at which distances steel is localised."""
    found = pg.agglomeration.duranton_overman(
        plants(),
        industry="industry",
        reference="steel",
        r=np.arange(0, 10_001, 200.0),
        simulations=400,
        seed=1,
    )
    return found.plot(language="en")


def census_bars() -> Drawn:
    """Draw what land is used for in each district."""
    land, _, plants_of_land = town()
    rng = np.random.default_rng(5)
    land["district"] = plants_of_land["district"]
    land["use"] = rng.choice(["工业", "创新型产业", "其他"], len(land), p=[0.7, 0.2, 0.1])
    land["status"] = "在用"
    return pg.plots.census_bars(pg.census.tabulate(land), rows="district", columns="use")


@cache
def forty_brands() -> gpd.GeoDataFrame:
    """Make up forty round brands on 100 km²."""
    rng = np.random.default_rng(3)
    middles = rng.uniform(0, 10_000, (40, 2)) + np.array([500_000, 3_340_000])
    extents = shapely.buffer(shapely.points(middles), rng.uniform(300, 1_600, 40), quad_segs=4)
    names = [f"Park No. {number}" for number in range(1, 41)]
    return gpd.GeoDataFrame({"brand_id": names}, geometry=extents, crs="EPSG:4549")


def merged(parks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make up a plan in which the hi-tech park takes the platform over and the city its rest."""
    platform = parks["brand_id"] == "zijingang-digital-platform"
    after = parks[~platform].copy()
    taken = parks.geometry[platform].union_all()
    south = "zijingang-hi-tech-park-south"
    after.loc[south, "geometry"] = after.geometry[south].union(taken)
    others = after.index[after["brand_id"] == "zijingang-sci-tech-city"]
    after.loc[others, "geometry"] = after.geometry[others].difference(after.geometry[south])
    return after


FIGURES: Final = {
    "overlap-map": overlap_map,
    "upset": upset,
    "upset-many": upset_many,
    "before-after-map": before_after_map,
    "before-after": before_after,
    "gauge": concentration_gauge,
    "bars": concentration_bars,
    "radar": radar,
    "radar-overlaid": radar_overlaid,
    "distance": distance,
    "census": census_bars,
}


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    with mpl.rc_context({"svg.hashsalt": "parkgeo"}):
        for name, figure in FIGURES.items():
            pg.plots.save(figure(), folder / f"gallery-{name}.{kind}", dpi=100)
            plt.close("all")


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
