"""A city against the 70 % question: how much lies inside, in how many pieces, which industries."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._ground import require_frame
from parkgeo.agglomeration._by_region import by_region
from parkgeo.agglomeration._places import require_places
from parkgeo.agglomeration._profile_card import Profile
from parkgeo.agglomeration._profile_distance import (
    Asked,
    Localisation,
    Reach,
    localisations,
    require_asked,
)
from parkgeo.agglomeration._vector_patches import vector_patches
from parkgeo.concentration import ratio, scattered
from parkgeo.concentration._select import Where, select
from parkgeo.errors import UnknownNameError

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
    reason: str | None = None


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
    r: object = None,
    simulations: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Profile a city's industrial land in one frame (工业用地集聚画像).

    Four questions belong together: how much of the land lies inside the zones, whether it lies in
    a few large pieces or many small ones, which industries keep to the zones, and at which
    distances their plants stand closer together than chance has it.

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
    r, simulations, level, seed
        As of :func:`duranton_overman`, for each industry by itself among the sites of all plants,
        with the plants' size as their weight. Without simulations it is left out.

    Returns
    -------
    One row per ``topic``, ``subject`` and ``measure``: ``value``, ``low``, ``high``, ``unit``, and
    the ``reason`` where a value is not defined. It is a frame that shows as a card in notebooks.

    ``concentration`` of the city: ``total``, ``inside``, ``ratio`` with its interval, ``target``,
    ``gap`` (mu). ``patches`` of the city: ``n_patches``, ``largest_share``, ``mean_patch``,
    ``nearest`` (m); of what is scattered ``n_clusters`` and ``outside``. ``industry``, each one:
    ``n_plants``, ``share_inside`` the zones, its ``location_quotient`` there against all plants;
    with a region ``ellison_glaeser`` and its ``p_value``; of the density of distances
    ``localisation_index`` and ``dispersion_index``, how far it is beyond its global band,
    ``localised_at`` and ``dispersed_at``, the distance where it is so most of all, from the first
    (``low``) to the last (``high``), in metres and NaN where it is nowhere, and ``kd_p_value``.
    NaN where a measure is not defined: distances for fewer than ten plants.

    ``attrs``: ``gap_m``, ``target``, what :func:`parkgeo.concentration.ratio` says of rows left
    out, and ``distances``: the settings, the largest distance ``r`` and the largest ``error``.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`parkgeo.concentration.ratio`, :func:`vector_patches`, :func:`by_region` and
        :func:`duranton_overman`.

    Notes
    -----
    A city may reach the target with land in a hundred pieces, or miss it with two; an industry may
    keep to the zones because all does. Hence the quotient, which is 1 for an industry that lies
    inside as much as all plants. An industry may keep to the zones and stand scattered in them, or
    make one cluster that no zone holds: that is what the distances tell. By chance alone one
    industry in twenty is localised, and as many are dispersed. Plants with an outline stand at a
    point in it.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoSeries([box(120, 30, 120.01, 30.01), box(120.02, 30, 120.03, 30.01)],
    ...     crs="EPSG:4490").to_frame("geometry")
    >>> found = profile(land, land.iloc[:1].assign(brand_id="a"))
    >>> found.set_index("measure")["value"][["ratio", "n_patches"]].tolist()
    [0.5, 2.0]
    """
    asked = Asked(r, simulations, level, seed)
    require_asked(asked)
    found = ratio(parcels, parks, where=where, classes=classes, system=system, target=target)
    lines = [*_concentration(found.iloc[0])]
    chosen = parcels[select(parcels, where=where, classes=classes, system=system).chosen]
    lines += _patches(chosen, gap_m)
    lines += _scattered(chosen, parks, gap_m)
    attrs = {**found.attrs, "gap_m": gap_m, "target": target}
    if plants is not None:
        lines += _industries(plants, parks, industry=industry, size=size, region=region)
        if simulations:
            said, attrs["distances"] = localisations(
                plants, industry=industry, size=size, asked=asked
            )
            lines += [line for label, one in said.items() for line in _distances(label, one)]
            place = {
                label: k for k, label in enumerate(dict.fromkeys(one.subject for one in lines))
            }
            lines.sort(key=lambda line: place[line.subject])
    out = Profile(lines, columns=list(_Line._fields))
    out["reason"] = pd.array(out["reason"].to_numpy(dtype=object), dtype="string")
    out.attrs = attrs
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
    require_frame(plants, "plants")
    if industry not in plants.columns:
        raise UnknownNameError(f"plants have no column {industry!r} of industries")
    require_places(plants.geometry, "plants")
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
            reason = own["reason"] if isinstance(own["reason"], str) else None
            for name in ("ellison_glaeser", "p_value"):
                yield _Line("industry", label, name, float(own[name]), reason=reason)


def _distances(label: object, said: Localisation) -> Iterator[_Line]:
    """Lay out what the distances between its plants say of an industry."""

    def line(name: str, value: float) -> _Line:
        return _Line("industry", label, name, value, reason=said.reason)

    def reach(name: str, where: Reach) -> _Line:
        return line(name, where.most_m)._replace(low=where.from_m, high=where.to_m, unit="m")

    yield line("localisation_index", said.localisation_index)
    yield reach("localised_at", said.localised)
    yield line("dispersion_index", said.dispersion_index)
    yield reach("dispersed_at", said.dispersed)
    yield line("kd_p_value", said.p_value)
