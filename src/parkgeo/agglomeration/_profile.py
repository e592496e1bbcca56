"""A city against the 70 % question: how much lies inside, in how many pieces, which industries."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo.agglomeration._by_region import by_region
from parkgeo.agglomeration._vector_patches import vector_patches
from parkgeo.concentration import ratio, scattered
from parkgeo.concentration._select import Where, select
from parkgeo.errors import SchemaError, UnknownNameError

_CITY = "city"


class _Line(NamedTuple):
    """One line of the profile."""

    topic: str
    subject: object
    measure: str
    value: float
    low: float = np.nan
    high: float = np.nan
    unit: str = "ratio"


def profile(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    plants: gpd.GeoDataFrame | None = None,
    industry: str = "industry",
    size: str | None = None,
    region: str | None = None,
    where: Where = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
    target: float = 0.70,
    gap_m: float = 100.0,
) -> pd.DataFrame:
    """Profile a city's industrial land in one frame (工业用地集聚画像).

    Three questions belong together: how much of the land lies inside the zones, whether it lies in
    a few large pieces or many small ones, and which industries keep to the zones.

    Parameters
    ----------
    parcels, parks
        As for :func:`parkgeo.concentration.ratio`.
    plants
        Points of enterprises, for the industries.
    industry, size, region
        Columns of the plants: the industry; what a plant weighs (employees, output), 1 without; and
        the region for the Ellison–Glaeser index, such as the district, which is left out without.
    where, classes, system, target
        As for :func:`parkgeo.concentration.ratio`.
    gap_m
        Widest gap inside a patch and inside a cluster of scattered parcels, in metres.

    Returns
    -------
    One row per ``topic``, ``subject`` and ``measure``: ``value``, ``low``, ``high``, ``unit``.

    ``concentration`` of the city: ``total``, ``inside``, ``ratio`` with its interval, ``target``,
    ``gap`` (mu). ``patches`` of the city: ``n_patches``, ``largest_share``, ``mean_patch``,
    ``nearest`` (m); of what is scattered ``n_clusters`` and ``outside``. ``industry``, each one:
    ``n_plants``, ``share_inside`` the zones, its ``location_quotient`` there against all plants;
    with a region ``ellison_glaeser`` and its ``p_value``. NaN where a measure is not defined.

    ``attrs``: ``gap_m``, and what :func:`parkgeo.concentration.ratio` says of rows left out.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`parkgeo.concentration.ratio`, :func:`vector_patches` and :func:`by_region`.

    Notes
    -----
    A city may reach the target with land in a hundred pieces, or miss it with two; an industry may
    keep to the zones because all does. Hence the quotient, which is 1 for an industry that lies
    inside as much as all plants.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoSeries([box(120, 30, 120.01, 30.01), box(120.02, 30, 120.03, 30.01)],
    ...     crs="EPSG:4490").to_frame("geometry")
    >>> found = profile(land, land.iloc[:1].assign(brand_id="a"))
    >>> found.set_index("measure")["value"][["ratio", "n_patches"]].tolist()
    [0.5, 2.0]
    """
    found = ratio(parcels, parks, where=where, classes=classes, system=system, target=target)
    lines = [*_concentration(found.iloc[0])]
    chosen = parcels[select(parcels, where=where, classes=classes, system=system).chosen]
    lines += _patches(chosen, gap_m)
    lines += _scattered(chosen, parks, gap_m)
    if plants is not None:
        lines += _industries(plants, parks, industry=industry, size=size, region=region)
    out = pd.DataFrame(lines, columns=list(_Line._fields))
    out.attrs = {**found.attrs, "gap_m": gap_m, "target": target}
    return out


def _concentration(row: "pd.Series[float]") -> Iterator[_Line]:
    def line(name: str, unit: str) -> _Line:
        return _Line("concentration", _CITY, name, float(row[name]), unit=unit)

    yield line("total", "km2")
    yield line("inside", "km2")
    low, high = float(row["ratio_low"]), float(row["ratio_high"])
    yield line("ratio", "ratio")._replace(low=low, high=high)
    yield line("target", "ratio")
    yield line("gap_mu", "mu")._replace(measure="gap")


def _patches(chosen: gpd.GeoDataFrame, gap_m: float) -> Iterator[_Line]:
    row = vector_patches(chosen, gap_m=gap_m).iloc[0]
    for column, name, unit in (
        ("n_patches", "n_patches", "count"),
        ("largest_share", "largest_share", "ratio"),
        ("mean_patch_km2", "mean_patch", "km2"),
        ("nearest_m", "nearest", "m"),
    ):
        yield _Line("patches", _CITY, name, float(row[column]), unit=unit)


def _scattered(chosen: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, gap_m: float) -> list[_Line]:
    named = parks.reset_index(drop=True)
    named = gpd.GeoDataFrame({"zone": named.index}, geometry=named.geometry)
    bare = gpd.GeoDataFrame(geometry=chosen.geometry)
    clusters = scattered(bare, named, by="zone", gap_m=gap_m).clusters
    outside = float(clusters["outside_km2"].sum())
    return [
        _Line("patches", "scattered", "n_clusters", float(len(clusters)), unit="count"),
        _Line("patches", "scattered", "outside", outside, unit="km2"),
    ]


def _industries(
    plants: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    industry: str,
    size: str | None,
    region: str | None,
) -> Iterator[_Line]:
    """Say of each industry how much of it lies inside, and whether it stands together."""
    if not isinstance(plants, gpd.GeoDataFrame):
        raise SchemaError(f"plants must be a GeoDataFrame, not a {type(plants).__name__}")
    if industry not in plants.columns:
        raise UnknownNameError(f"plants have no column {industry!r} of industries")
    inside = ratio(plants, parks, by=industry, of="parcels", weight=1 if size is None else size)
    inside = inside[inside.index.notna()]
    quotient = inside["ratio"] / inside.attrs["all"]["ratio"]
    gamma = None if region is None else by_region(
        plants, region=region, industry=industry, size=size
    )  # fmt: skip
    for label, row in inside.iterrows():
        yield _Line("industry", label, "n_plants", float(row["n_parcels"]), unit="count")
        yield _Line("industry", label, "share_inside", float(row["ratio"]))
        yield _Line("industry", label, "location_quotient", float(quotient[label]))
        if gamma is not None:
            own = gamma.reindex([label]).iloc[0]
            yield _Line("industry", label, "ellison_glaeser", float(own["ellison_glaeser"]))
            yield _Line("industry", label, "p_value", float(own["p_value"]))
