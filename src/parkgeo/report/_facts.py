"""Everything that a report states, worked out once by the modules below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import geopandas as gpd
import pandas as pd

from parkgeo import concentration, measure, overlap, units
from parkgeo._style import Brand, Language, brands, has_extent
from parkgeo.report._say import said

__all__ = ["Extents", "Land", "Question", "Where", "extents_of", "land_of"]


@dataclass(frozen=True)
class Extents:
    """Zones, what they measure and what they share."""

    parks: gpd.GeoDataFrame
    drawn: gpd.GeoDataFrame
    brands: Sequence[Brand]
    faces: pd.DataFrame
    pairs: pd.DataFrame
    area_km2: "pd.Series[float]"
    """Of each row that has an extent, by its position in the frame."""
    net_km2: float

    @property
    def added_km2(self) -> float:
        """What the brands make when their areas are added up."""
        return float(sum(brand.area_km2 for brand in self.brands))

    @property
    def twice_km2(self) -> float:
        """What adding up counts more than once."""
        return max(self.added_km2 - self.net_km2, 0.0)

    @cached_property
    def by_id(self) -> Mapping[object, Brand]:
        """The brands by their ids."""
        return {brand.brand_id: brand for brand in self.brands}

    def name(self, brand_id: object, language: Language, *, most: int = 60) -> str:
        """Name a brand."""
        brand = self.by_id.get(brand_id)
        return said(brand_id if brand is None else brand.name.of(language), most=most)

    @cached_property
    def overlaps(self) -> pd.DataFrame:
        """The pairs that share ground, the largest first."""
        sharing = self.pairs[self.pairs["overlap_km2"] > 0]
        return sharing.sort_values("overlap_km2", ascending=False, kind="stable")

    @cached_property
    def committees(self) -> pd.DataFrame:
        """What each administrator's brands add up to, and the ground they really have."""
        if "administrator" not in self.drawn or not self.drawn["administrator"].notna().any():
            return pd.DataFrame(columns=["n_brands", "added_km2", "net_km2"])
        run = self.drawn[self.drawn["administrator"].notna()]
        pair = run.groupby(["administrator", "brand_id"], sort=False).ngroup()
        each = overlap.net_area_km2(run.assign(_pair=pair), by="_pair")
        added = each.groupby(run["administrator"].groupby(pair).first(), sort=False)
        table = pd.DataFrame(
            {
                "n_brands": added.size(),
                "added_km2": added.sum(),
                "net_km2": overlap.net_area_km2(run, by="administrator"),
            }
        ).rename_axis("administrator")
        return table.sort_values("net_km2", ascending=False, kind="stable")


def extents_of(parks: gpd.GeoDataFrame) -> Extents:
    """Measure and overlap the zones."""
    drawn = parks[has_extent(parks)]
    faces = overlap.partition(drawn, geometry=False)
    area_km2 = units.m2_to(measure.area_m2(drawn.geometry), "km2")
    return Extents(
        parks=parks,
        drawn=drawn,
        brands=brands(parks, faces),
        faces=faces,
        pairs=overlap.pairs(drawn),
        area_km2=pd.Series(area_km2.to_numpy(), index=has_extent(parks).nonzero()[0]),
        net_km2=float(overlap.net_area_km2(drawn)) if len(drawn) else 0.0,
    )


Where: TypeAlias = "pd.Series[bool] | Mapping[str, object] | None"


@dataclass(frozen=True)
class Question:
    """Which parcels count, what they should reach, and by which column they are told apart."""

    target: float
    where: Where
    classes: Sequence[str] | str | None
    system: str | None
    by: str | None

    @property
    def selection(self) -> dict[str, Any]:
        """The options that say which parcels count."""
        return {"where": self.where, "classes": self.classes, "system": self.system}


@dataclass(frozen=True)
class Land:
    """Parcels, and how much of those that count lies inside the zones."""

    parcels: gpd.GeoDataFrame
    question: Question
    whole: pd.DataFrame
    """One row: all parcels that count."""
    groups: pd.DataFrame | None
    """A row for each value of the column; null where it is not asked for or not there."""
    by_brand: pd.DataFrame
    scattered: concentration.Scattered

    @property
    def all(self) -> "pd.Series[Any]":
        """The row of all parcels that count."""
        return self.whole.iloc[0]


def land_of(parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, question: Question) -> Land:
    """Measure how much of the parcels lies inside, and find what is scattered outside."""
    asked = {**question.selection, "target": question.target}
    groups = None
    if question.by is not None and _has_groups(parcels, question.by):
        groups = concentration.ratio(parcels, parks, by=question.by, of="parcels", **asked)
    return Land(
        parcels=parcels,
        question=question,
        whole=concentration.ratio(parcels, parks, **asked),
        groups=groups,
        by_brand=concentration.ratio(parcels, parks, by="brand_id", of="parks", **asked),
        scattered=concentration.scattered(parcels, parks, **question.selection),
    )


def _has_groups(parcels: gpd.GeoDataFrame, by: str) -> bool:
    """Say whether parcels can be told apart; every frame may lack districts, no other column."""
    if by == "district":
        return by in parcels.columns and bool(parcels[by].notna().any())
    return True
