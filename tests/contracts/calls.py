"""How each public function is called on small frames, for the tests that then damage what it gets.

A name that stands in an ``__all__`` and neither here nor in ``ELSEWHERE`` fails
``test_every_public_function_has_a_call``: add how to call it. Values that are functions are called
first, so that nothing is made at import.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from contracts import ground

from parkgeo import (
    agglomeration,
    census,
    check,
    concentration,
    crs,
    datasets,
    errors,
    fourbounds,
    gazetteer,
    io,
    landuse,
    maps,
    measure,
    model,
    overlap,
    plots,
    policy,
    raster,
    report,
    tables,
    units,
)

__all__ = ["CALLS", "ELSEWHERE", "Call"]


@dataclass(frozen=True)
class Call:
    """One call.

    Parameters
    ----------
    function
        What is called, by keyword.
    arguments
        Its arguments, or functions that make them.
    drawn
        Whether it draws: a page or a figure, whose numbers are not compared.
    every
        Of its damages to columns and values every so manyth is tried; more where a call is slow.
    """

    function: Callable[..., object]
    arguments: Mapping[str, Any]
    drawn: bool = False
    every: int = 7

    def made(self) -> dict[str, Any]:
        """Return the arguments themselves."""
        return {
            name: value() if callable(value) else value for name, value in self.arguments.items()
        }


def _call(function: Callable[..., object], **arguments: object) -> Call:
    return Call(function, arguments)


def _draw(function: Callable[..., object], **arguments: object) -> Call:
    return Call(function, arguments, drawn=True)


# Pieces of frames that several calls want ---------------------------------------------------------


def _shapes() -> gpd.GeoSeries:
    return ground.parcels().geometry


def _codes() -> pd.Series:
    return ground.parcels()["class_code"]


def _register() -> pd.DataFrame:
    return pd.DataFrame(ground.firms().drop(columns="geometry"))


def _core() -> gpd.GeoSeries:
    return ground.districts().geometry.iloc[:1]


def _plane() -> gpd.GeoSeries:
    return crs.to_plane(ground.parks())


def _faces() -> pd.DataFrame:
    return overlap.partition(ground.parks())


def _amounts() -> np.ndarray:
    return np.array([20.0, 50.0, 20.0, 10.0])


def _recoding() -> pd.DataFrame:
    return pd.DataFrame({"code": ["0601", "0701"], "target_code": ["0601", "0701"]})


def _projects() -> pd.DataFrame:
    return pd.DataFrame({"project_id": ["x", "y"], "parcel_id": ["p1", "p9"]})


def _output() -> pd.DataFrame:
    return pd.DataFrame({"project_id": ["x", "y"], "tax": [5.0, 2.0]})


def _lon() -> np.ndarray:
    return np.array([120.1, 120.2])


def _lat() -> np.ndarray:
    return np.array([30.2, 30.3])


def _blocks_of_code() -> Path:
    return datasets.hangzhou_industrial_share()


_LAND: Final = {"parcels": ground.parcels, "parks": ground.parks}
_PLANTS: Final = {"plants": ground.firms, "size": "size"}
_CODED: Final = {"codes": _codes, "system": "gbt21010"}
_DEGREES: Final = {"lon": _lon, "lat": _lat}
_SITES: Final = {"firms": _register, "units": ground.UNITS, "parcels": ground.parcels}

CALLS: Final[dict[str, Call]] = {
    # units, model, errors
    "units.convert": _call(units.convert, value=3.0, unit="mu", to="ha"),
    "units.km2_to_mu": _call(units.km2_to_mu, value=3.0),
    "units.m2_to": _call(units.m2_to, value=3.0, unit="mu"),
    "units.mu_to_km2": _call(units.mu_to_km2, value=3.0),
    "units.to_m2": _call(units.to_m2, value=3.0, unit="mu"),
    "model.Provenance": _call(model.Provenance, source="drawn", accuracy_m=3.0),
    "model.Provenance.from_dict": _call(
        model.Provenance.from_dict, values={"source": "drawn", "accuracy_m": 3.0}
    ),
    "errors.first_rows": _call(errors.first_rows, labels=[1, 2, 3]),
    # crs
    "crs.bd09_to_gcj02": _call(crs.bd09_to_gcj02, **_DEGREES),
    "crs.bd09_to_wgs84": _call(crs.bd09_to_wgs84, **_DEGREES),
    "crs.gcj02_to_bd09": _call(crs.gcj02_to_bd09, **_DEGREES),
    "crs.gcj02_to_wgs84": _call(crs.gcj02_to_wgs84, **_DEGREES),
    "crs.wgs84_to_bd09": _call(crs.wgs84_to_bd09, **_DEGREES),
    "crs.wgs84_to_gcj02": _call(crs.wgs84_to_gcj02, **_DEGREES),
    "crs.authalic_q": _call(crs.authalic_q, latitude_rad=_lat),
    "crs.latitude_from_q": _call(crs.latitude_from_q, q=_lat),
    "crs.datum_of": _call(crs.datum_of, layer=ground.parks),
    "crs.detect_datum": _call(crs.detect_datum, layer=ground.lines, reference=ground.lines),
    "crs.from_datum": _call(crs.from_datum, layer=ground.parks, datum="gcj02"),
    "crs.from_plane": _call(crs.from_plane, series=_plane),
    "crs.require_crs": _call(crs.require_crs, layer=ground.parks),
    "crs.require_lonlat": _call(crs.require_lonlat, layer=ground.parks),
    "crs.require_same_crs": _call(crs.require_same_crs, left=ground.parks, right=ground.parcels),
    "crs.set_datum": _call(crs.set_datum, layer=ground.parks, datum="wgs84"),
    "crs.to_datum": _call(crs.to_datum, layer=ground.parks, datum="gcj02"),
    "crs.to_geographic": _call(crs.to_geographic, layer=ground.parks),
    "crs.to_plane": _call(crs.to_plane, layer=ground.parks),
    "crs.to_zone": _call(crs.to_zone, layer=ground.parks),
    "crs.zone_crs": _call(crs.zone_crs, zone=40),
    "crs.zone_from_easting": _call(crs.zone_from_easting, easting_m=40_500_000.0),
    "crs.zone_of": _call(crs.zone_of, layer=ground.parks),
    # measure, tables, io
    "measure.area_m2": _call(measure.area_m2, geometries=ground.parcels, edges="official"),
    "measure.length_m": _call(measure.length_m, geometries=ground.lines),
    "measure.intersection_area_m2": _call(
        measure.intersection_area_m2, left=_shapes, right=_shapes
    ),
    "tables.validate_parks": _call(tables.validate_parks, parks=ground.parks),
    "tables.validate_parcels": _call(tables.validate_parcels, parcels=ground.parcels),
    "tables.validate_lines": _call(tables.validate_lines, lines=ground.lines),
    "tables.validate_enterprises": _call(tables.validate_enterprises, enterprises=ground.firms),
    "io.check": _call(io.check, frame=ground.parcels),
    "io.repair": _call(io.repair, frame=ground.parcels, method="linework"),
    # landuse
    "landuse.check": _call(landuse.check, **_CODED),
    "landuse.classes": _call(landuse.classes, system="gbt21010"),
    "landuse.crosswalk": _call(
        landuse.crosswalk, codes=_codes, source="gbt21010", target="third_survey"
    ),
    "landuse.detect_system": _call(landuse.detect_system, codes=_codes),
    "landuse.find_system": _call(landuse.find_system, system="三调"),
    "landuse.matches": _call(landuse.matches, wanted="06", **_CODED),
    "landuse.normalise": _call(landuse.normalise, **_CODED),
    # gazetteer, fourbounds
    "gazetteer.borders": _call(gazetteer.borders, polygons=ground.districts, name="name"),
    "gazetteer.normalise": _call(gazetteer.normalise, name="规划 杭长高速"),
    "gazetteer.simplified": _call(gazetteer.simplified, text="秋濤北路"),
    "gazetteer.Gazetteer.add": _call(
        lambda **given: ground.roads().add(**given), frame=ground.lines, kind="road", source="me"
    ),
    "gazetteer.Gazetteer.find": _call(
        lambda **given: ground.roads().find(**given), name="甲路", kind="road", most=3
    ),
    "gazetteer.Gazetteer.suggest": _call(
        lambda **given: ground.roads().suggest(**given), name="甲", most=3
    ),
    "fourbounds.parse": _call(fourbounds.parse, text=ground.FOUR_BOUNDS),
    "fourbounds.describe": _call(
        fourbounds.describe, polygon=lambda: ground.parks().iloc[:1], gazetteer=ground.roads
    ),
    "fourbounds.resolve": _call(
        fourbounds.resolve, block=ground.bounds, gazetteer=ground.roads, lines=ground.lines
    ),
    "fourbounds.Resolution.explain": _call(
        lambda **given: ground.resolution().explain(**given), language="en"
    ),
    "fourbounds.Resolution.map": _draw(
        lambda **given: ground.resolution().map(**given), language="en", title="t"
    ),
    # datasets
    "datasets.brands": _call(datasets.brands, city="hangzhou"),
    "datasets.load": _call(datasets.load, city="hangzhou"),
    # overlap
    "overlap.balance": _call(overlap.balance, compared=ground.compared),
    "overlap.certificate": _call(overlap.certificate, table=_faces),
    "overlap.compare": _call(
        overlap.compare, before=ground.parks, after=ground.later, by="brand_id", geometry=True
    ),
    "overlap.groups": _call(overlap.groups, parks=ground.parks, by="brand_id"),
    "overlap.matrix": _call(overlap.matrix, parks=ground.parks, by="brand_id", unit="mu"),
    "overlap.net_area_km2": _call(overlap.net_area_km2, parks=ground.parks, by="brand_id"),
    "overlap.pairs": _call(overlap.pairs, parks=ground.parks, by="brand_id", geometry=True),
    "overlap.partition": _call(
        overlap.partition, parks=ground.parks, by="brand_id", carry=["brand"]
    ),
    "overlap.show": _draw(overlap.show, table=_faces),
    # concentration
    "concentration.Costs": _call(concentration.Costs, convert_per_mu=3.0),
    "concentration.Limits": _call(concentration.Limits, budget=3.0),
    "concentration.increments": _call(
        concentration.increments, since="2020-01-01", measures=["land"], **_LAND
    ),
    "concentration.plan": _call(concentration.plan, costs=ground.COSTS, by="brand_id", **_LAND),
    "concentration.Plan.frontier": _call(
        lambda **given: ground.plan().frontier(**given), targets=[0.7, 0.8], time_limit_s=10.0
    ),
    "concentration.Plan.sensitivity": _call(
        lambda **given: ground.plan().sensitivity(**given), change=0.2
    ),
    "concentration.Plan.map": _draw(lambda **given: ground.plan().map(**given), title="t"),
    "concentration.ratio": _call(
        concentration.ratio, by="district", districts=ground.districts, target=0.7, **_LAND
    ),
    "concentration.scattered": _call(
        concentration.scattered, gap_m=100.0, near_m=500.0, by="brand_id", **_LAND
    ),
    # agglomeration
    "agglomeration.autocorrelation": _call(
        agglomeration.autocorrelation, frame=ground.parcels, column="value", neighbours="knn", k=2,
        permutations=19,
    ),
    "agglomeration.Autocorrelation.plot": _draw(
        lambda **given: ground.moran().plot(**given), title="t",
    ),
    "agglomeration.Autocorrelation.map": _draw(
        lambda **given: ground.moran().map(**given), title="t",
    ),
    "agglomeration.by_region": _call(
        agglomeration.by_region, region="region", industry="industry", **_PLANTS
    ),
    "agglomeration.cluster_index": _call(
        agglomeration.cluster_index, regions=ground.regions, **_PLANTS
    ),
    "agglomeration.coagglomeration": _call(agglomeration.coagglomeration, **_PLANTS),
    "agglomeration.ellison_glaeser": _call(agglomeration.ellison_glaeser, **_PLANTS),
    "agglomeration.maurel_sedillot": _call(agglomeration.maurel_sedillot, **_PLANTS),
    "agglomeration.duranton_overman": _call(
        agglomeration.duranton_overman, points=ground.firms, industry="industry", reference="tea",
        weight="size", bandwidth_m=50.0,
    ),
    "agglomeration.marcon_puech": _call(
        agglomeration.marcon_puech, points=ground.firms, industry="industry", reference="tea",
        weight="size",
    ),
    "agglomeration.ripley_k": _call(
        agglomeration.ripley_k, points=ground.firms, window=ground.districts, r=[100.0, 200.0]
    ),
    "agglomeration.ripley_l": _call(
        agglomeration.ripley_l, points=ground.firms, window=ground.districts, r=[100.0, 200.0]
    ),
    "agglomeration.DistanceResult.plot": _draw(
        lambda **given: ground.clustering().plot(**given), title="t",
    ),
    "agglomeration.gini": _call(agglomeration.gini, x=_amounts, weights=_amounts),
    "agglomeration.hhi": _call(agglomeration.hhi, x=_amounts),
    "agglomeration.theil": _call(agglomeration.theil, x=_amounts, groups=["a", "a", "b", "b"]),
    "agglomeration.hoover": _call(agglomeration.hoover, table=ground.table),
    "agglomeration.krugman": _call(agglomeration.krugman, table=ground.table, of="region"),
    "agglomeration.location_quotient": _call(agglomeration.location_quotient, table=ground.table),
    "agglomeration.locational_gini": _call(agglomeration.locational_gini, table=ground.table),
    "agglomeration.mix_entropy": _call(agglomeration.mix_entropy, table=ground.table),
    "agglomeration.landscape_metrics": _call(
        agglomeration.landscape_metrics, raster=ground.land_use, cell_m=10.0
    ),
    "agglomeration.profile": _call(
        agglomeration.profile, plants=ground.firms, region="region", simulations=0, size="size",
        **_LAND,
    ),
    "agglomeration.vector_patches": _call(
        agglomeration.vector_patches, gap_m=50.0, by="brand_id", **_LAND
    ),
    # raster
    "raster.concentration": _call(
        raster.concentration, raster=_blocks_of_code, parks=ground.parks, within=ground.districts,
        by="name",
    ),
    "raster.shares": _call(
        raster.shares, raster=_blocks_of_code, zones=ground.parks, by="brand_id"
    ),
    # census
    "census.intensity": _call(census.intensity, totals=ground.totals),
    "census.land_totals": _call(census.land_totals, by="brand_id", status="status", **_LAND),
    "census.link": _call(
        census.link, projects=_projects, parcels=ground.parcels, output=_output, values=["tax"]
    ),
    "census.match": _call(census.match, parcels=ground.parcels, enterprises=ground.firms),
    "census.tabulate": _call(census.tabulate, districts=ground.districts, **_LAND),
    "census.Census.cross": _call(
        lambda **given: ground.tabulated().cross(**given), rows="district", columns="use"
    ),
    # check
    "check.inspect": _call(
        check.inspect, source=ground.parks, by="brand_id", reference=ground.parcels,
    ),
    "check.Findings.fix": _call(lambda **given: ground.findings().fix(**given), areas=True),
    "check.Findings.layer": _call(lambda **given: ground.findings().layer(**given), language="en"),
    # policy
    "policy.attribute": _call(
        policy.attribute, values=ground.firms, agreements=ground.agreements, units=ground.UNITS,
        parks=ground.parks, districts=ground.districts,
    ),
    "policy.Accounts.view": _call(
        lambda **given: policy.attribute(
            _register(), ground.agreements(), units=ground.UNITS
        ).view(**given), name="zone",
    ),
    "policy.available_land": _call(
        policy.available_land, by="brand_id", price="value", units={"value": "万元/亩"}, **_LAND
    ),
    "policy.consolidate": _call(
        policy.consolidate, before=ground.parks, after=ground.later, mapping={"a": "a", "b": "a",
        "c": "c"}
    ),
    "policy.evaluate": _call(
        policy.evaluate, observations=ground.seen, targets=ground.asked, on="2024-12-31", by="zone"
    ),
    "policy.fate": _call(policy.fate, attributes=ground.attributes, rules=policy.fate_rules),
    "policy.fate_rules": _call(policy.fate_rules),
    "policy.fate_what_if": _call(
        policy.fate_what_if, attributes=ground.attributes, rules=policy.fate_rules,
        attribute="core_share", thresholds=[0.1, 0.5],
    ),
    "policy.formula": _call(policy.formula, name="huangyan-2022"),
    "policy.grade": _call(policy.grade, scores=ground.scored, shares=ground.SHARES, by="district"),
    "policy.grade_sensitivity": _call(
        policy.grade_sensitivity, firms=_register, formula=ground.formula, shares=ground.SHARES,
        draws=10,
    ),
    "policy.indicators": _call(policy.indicators, document="杭政函〔2023〕13号"),
    "policy.targets": _call(policy.targets, document="xihu-2021-zone-consolidation-plan"),
    "policy.leading_industry": _call(
        policy.leading_industry, firms=ground.firms, units=ground.UNITS, parks=ground.parks
    ),
    "policy.low_efficiency": _call(
        policy.low_efficiency, graded=ground.graded, parcels=ground.parcels,
    ),
    "policy.one_body": _call(policy.one_body, parks=ground.parks),
    "policy.per_mu": _call(policy.per_mu, parks=ground.parks, by="brand_id", **_SITES),
    "policy.platform_attributes": _call(
        policy.platform_attributes, firms=ground.firms, core=_core, units=ground.UNITS, **_LAND
    ),
    "policy.score": _call(policy.score, firms=_register, formula=ground.formula),
    "policy.scorecard": _call(
        policy.scorecard, evaluation=ground.evaluation, previous=ground.earlier, by="zone"
    ),
    # maps
    "maps.Basemap": _call(maps.Basemap, name="x", url="https://example.cn/{z}/{x}/{y}.png"),
    "maps.agglomeration_map": _draw(
        maps.agglomeration_map, plants=ground.firms, regions=ground.regions, zones=ground.parks,
        size="size", name="name", title="t",
    ),
    "maps.compare_map": _draw(
        maps.compare_map, before=ground.parks, after=ground.later, labels=["was", "is"], title="t"
    ),
    "maps.concentration_map": _draw(maps.concentration_map, by="district", title="t", **_LAND),
    "maps.drawn_basemap": _draw(
        lambda lines, within: maps.drawn_basemap(lines, within=within), lines=ground.lines,
        within=ground.parks,
    ),
    "maps.explore": _draw(
        maps.explore, frame=ground.parcels, color="use", name="parcel_id", title="t",
    ),
    "maps.external_loads": _call(maps.external_loads, page="<img src='a.png'>"),
    "maps.industry_map": _draw(
        maps.industry_map, found=ground.leading, parks=ground.parks, firms=ground.firms, name="name"
    ),
    "maps.investment_map": _draw(
        maps.investment_map, land=ground.available, parks=ground.parks, name="parcel_id"
    ),
    "maps.overlap_map": _draw(maps.overlap_map, parks=ground.parks, title="t", color="brand"),
    "maps.resolution_map": _draw(maps.resolution_map, resolution=ground.resolution, title="t"),
    "maps.tianditu": _call(maps.tianditu, key="0123456789abcdef"),
    # plots
    "plots.before_after": _draw(plots.before_after, comparison=ground.compared, title="t"),
    "plots.before_after_map": _draw(
        plots.before_after_map, before=ground.parks, after=ground.later,
    ),
    "plots.census_bars": _draw(plots.census_bars, census=ground.tabulated, rows="district"),
    "plots.city_profile": _draw(plots.city_profile, profile=ground.profile),
    "plots.concentration_bars": _draw(plots.concentration_bars, result=ground.ratio),
    "plots.concentration_gauge": _draw(plots.concentration_gauge, result=ground.ratio),
    "plots.overlap_map": _draw(plots.overlap_map, parks=ground.parks),
    "plots.plan_frontier": _draw(plots.plan_frontier, plan=ground.plan),
    "plots.radar": _draw(plots.radar, scores=ground.scores, previous=ground.scores, target=0.7),
    "plots.upset": _draw(plots.upset, parks=ground.parks, by="brand_id"),
    # report
    "report.Source": _call(report.Source, name="x", n_rows=3, crs="EPSG:4490"),
    "report.compose": _draw(report.compose, **_LAND),
}  # fmt: skip

CALLS.update(
    {
        "crs.zone_from_crs": _call(crs.zone_from_crs, crs=lambda: crs.zone_crs(40)),
        "landuse.recode": _call(
            landuse.recode, codes=_codes, table=_recoding, target="third_survey"
        ),
        "io.read": _call(io.read, path=ground.file),
        "io.read_parcels": _call(io.read_parcels, path=ground.file),
        "io.read_parks": _call(io.read_parks, path=ground.parks_file, datum="cgcs2000"),
        "io.read_text": _call(io.read_text, path=ground.text_file, encoding="utf-8"),
        "io.write": _call(
            io.write, frame=ground.parcels, path=lambda: ground.folder() / "w.parquet"
        ),
        "gazetteer.read": _call(
            lambda path, kind: gazetteer.read(path, kind=kind), path=ground.lines_file, kind="road"
        ),
        "datasets.synthetic_city": _call(datasets.synthetic_city, seed=3),
        "check.Fixed.save": _call(
            lambda **given: ground.findings().fix().save(**given, overwrite=True),
            path=lambda: ground.folder() / "fixed.gpkg",
        ),
        "policy.Scorecard.save": _call(
            lambda **given: policy.scorecard(ground.evaluation()).save(**given),
            path=lambda: ground.folder() / "card.html",
        ),
        "policy.read_indicators": _call(policy.read_indicators, path=ground.text_file),
        "maps.save": _call(
            lambda **given: maps.save(maps.overlap_map(ground.parks()), **given),
            path=lambda: ground.folder() / "map.html",
        ),
        "maps.check_assets": _call(maps.check_assets, folder=ground.folder),
        "maps.assets_folder": _call(maps.assets_folder, folder=ground.folder),
        "plots.save": _call(
            lambda **given: plots.save(plots.overlap_map(ground.parks()), **given),
            path=lambda: ground.folder() / "map.png",
        ),
        "report.Report.save": _call(
            lambda **given: ground.composed().save(**given),
            path=lambda: ground.folder() / "report.html",
        ),
    }
)

_SLOW: Final = {
    126: (
        "agglomeration.profile", "census.match", "census.tabulate", "concentration.plan",
        "fourbounds.describe", "fourbounds.resolve", "maps.concentration_map", "policy.attribute",
        "policy.available_land", "policy.leading_industry", "policy.platform_attributes",
        "policy.scorecard",
    ),
    700: ("report.compose",),
    42: (
        "agglomeration.autocorrelation", "agglomeration.duranton_overman",
        "agglomeration.marcon_puech", "agglomeration.ripley_k", "agglomeration.ripley_l",
        "census.intensity", "census.land_totals", "census.link", "check.inspect",
        "concentration.increments", "concentration.ratio", "concentration.scattered",
        "maps.agglomeration_map", "maps.compare_map", "maps.drawn_basemap", "maps.industry_map",
        "maps.overlap_map", "plots.before_after_map", "plots.overlap_map", "plots.upset",
        "policy.consolidate", "policy.evaluate", "policy.fate", "policy.fate_what_if",
        "policy.low_efficiency", "policy.per_mu", "raster.concentration", "tables.validate_parks",
        "tables.validate_parcels", "tables.validate_enterprises", "gazetteer.Gazetteer.add",
    ),
}  # fmt: skip
for _every, _names in _SLOW.items():
    CALLS.update({name: replace(CALLS[name], every=_every) for name in _names})

ELSEWHERE: Final[dict[str, str]] = {
    "scale.ratio": "tests/scale: Spark takes a minute to start",
    "gazetteer.from_osm": "tests/test_gazetteer_osm.py: asks the network",
    "maps.fetch_assets": "tests/test_maps_assets_fetch.py: asks the network",
    "maps.Map.render": "every map that is drawn here is rendered",
    "cli.main": "tests/test_cli_engines.py",
    "report.Report": "made by report.compose",
    "cli.parser": "tests/test_cli.py",
}
"""Functions that are not called here, and where they are."""
