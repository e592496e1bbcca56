"""What the map of agglomeration says: the numbers of :mod:`parkgeo.agglomeration`.

Three regions of 1 km² in a row, from the west "a", "b" and "c"; "a" holds plants 0–3, "b" plants
4–6, "c" none. Industries: x of 0, 1, 2, 4; y of 3, 5, 6.
"""

import base64
import gzip
import json
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import frame
from shapely import Point, Polygon, box
from test_maps import payload

from parkgeo import agglomeration, maps
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError

XY = [(100, 100), (200, 500), (800, 800), (600, 300), (1100, 100), (1500, 500), (1900, 900)]
INDUSTRY = ["x", "x", "x", "y", "x", "y", "y"]
SIZE = [10.0, 20.0, 30.0, 40.0, 5.0, 15.0, 80.0]


@pytest.fixture(scope="module")
def plants() -> gpd.GeoDataFrame:
    return frame([Point(at) for at in XY], industry=INDUSTRY, size=SIZE, firm=list("ABCDEFG"))


@pytest.fixture(scope="module")
def regions() -> gpd.GeoDataFrame:
    squares = frame([box(1000 * i, 0, 1000 * i + 1000, 1000) for i in range(3)])
    return squares.set_axis(list("abc"))


def table_of(m: folium.Map) -> Any:  # noqa: ANN401
    return json.loads(gzip.decompress(base64.b64decode(payload(m)["table"])))


def told(plants: gpd.GeoDataFrame) -> pd.DataFrame:
    """Put the plants into their regions by hand."""
    return pd.DataFrame(plants.drop(columns="geometry")).assign(region=list("aaaabbb"))


@pytest.mark.parametrize("size", [None, "size"])
def test_values_are_those_of_the_table(
    plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, size: str | None
) -> None:
    m = maps.agglomeration_map(plants, regions, size=size, industries=["x", "y"])
    values = table_of(m)["values"]
    expected = agglomeration.location_quotient(told(plants), value=size).set_index(
        ["industry", "region"]
    )
    for name in ("location_quotient", "share_of_industry", "share_of_region"):
        for i, industry in enumerate("xy"):
            for k, region in enumerate("ab"):
                assert values[name][i][k] == pytest.approx(
                    expected.loc[(industry, region), name], rel=1e-5
                )
    # By hand: 3 of 4 plants of x are in a, which has 4 of 7 plants.
    if size is None:
        assert values["location_quotient"][0][0] == pytest.approx((3 / 4) / (4 / 7), rel=1e-5)
        assert values["low"][0][0] == pytest.approx(expected.loc[("x", "a"), "low"], rel=1e-5)
        assert values["per_km2"][0] == [3, 1, 0]
    else:
        assert values["per_km2"][0] == pytest.approx([60, 5, 0])
        assert "low" not in values
    # Of a region without plants nothing has a share; an industry has none of itself there.
    assert [values[name][0][2] for name in ("location_quotient", "share_of_region")] == [None, None]
    assert values["share_of_industry"][0][2] == 0


def test_whole_is_that_of_by_region(plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> None:
    found = payload(maps.agglomeration_map(plants, regions, size="size"))
    expected = agglomeration.by_region(told(plants), size="size")
    # The largest industry by size comes first: y has 135, x 65.
    assert [one["name"]["en"] for one in found["industries"]] == ["y", "x"]
    for one in found["industries"]:
        card = {label["en"]: text["en"] for label, text in one["card"]}
        row = expected.loc[one["name"]["en"]]
        assert card["Plants"] == str(row["n_plants"])
        for label, name in (
            ("Ellison–Glaeser γ", "ellison_glaeser"), ("Maurel–Sédillot", "maurel_sedillot"),
            ("Hoover", "hoover"), ("Locational Gini", "gini"), ("Krugman", "krugman"),
            ("Herfindahl of plants", "hhi"),
        ):  # fmt: skip
            assert card[label] == f"{row[name]:.3g}".replace("-", "−")


def test_own_column_of_regions_is_taken_as_it_is(
    plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame
) -> None:
    by_place = maps.agglomeration_map(plants, regions)
    named = plants.assign(region=list("aaaabbb"))
    by_name = maps.agglomeration_map(named, regions.rename_axis("region").reset_index())
    assert table_of(by_name) == table_of(by_place)
    # One that has no outline is measured all the same, and so is everything without regions.
    far = named.assign(region=list("aaaabbz"))
    found = maps.agglomeration_map(far, regions)
    labels = [region["name"]["en"] for region in payload(found)["regions"]]
    assert labels == ["a", "b", "c", "z"]
    assert payload(found)["regions"][3]["geometry"] is None
    bare = payload(maps.agglomeration_map(named))
    assert bare["measures"] == []
    assert [region["n"] for region in bare["regions"]] == [4, 3]


def test_each_plant_is_counted_once(plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> None:
    wide = regions.copy()
    wide.loc["b", "geometry"] = frame([box(700, 0, 2000, 1000)]).geometry.iloc[0]
    far = pd.concat([plants, frame([Point(9000, 9000)], industry=["x"], size=[1.0], firm=["H"])])
    m = maps.agglomeration_map(far.reset_index(drop=True), wide)
    summary = {label["en"]: text["en"] for label, text in payload(m)["summary"]}
    # The plant at (800, 800) is in both, and stays in the first; the one at (9000, 9000) in none.
    assert summary["Plants in several regions, counted in the first"] == "1"
    assert summary["Plants in no region"] == "1"
    assert summary["Plants"] == "7"
    assert table_of(m)["region"] == [0, 0, 0, 0, 1, 1, 1, -1]


def test_what_is_not_counted_is_said(plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> None:
    spoiled = plants.copy()
    spoiled.loc[0, "industry"] = None
    spoiled.loc[1, "size"] = np.nan
    spoiled.loc[2, "size"] = 0.0
    spoiled.loc[6, "geometry"] = None
    kept = spoiled.copy(deep=True)
    m = maps.agglomeration_map(spoiled, regions, size="size")
    summary = {label["en"]: text["en"] for label, text in payload(m)["summary"]}
    assert summary["Without industry or region, not counted"] == "2"
    assert summary["Without a size, not counted"] == "1"
    assert summary["Of size 0, not counted"] == "1"
    assert summary["Without a place, not drawn"] == "1"
    assert summary["Plants"] == "3"
    assert len(table_of(m)["industry"]) == 6
    assert spoiled.equals(kept)


def test_classes_are_the_same_for_all_industries(
    plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame
) -> None:
    measures = {
        one["key"]: one for one in payload(maps.agglomeration_map(plants, regions))["measures"]
    }
    quotient = measures["location_quotient"]
    limits = np.array(quotient["limits"])
    # As much below 1 as above it, by ratio, and a colour for each side of each limit.
    assert limits * limits[::-1] == pytest.approx(np.ones(6))
    assert len(quotient["colors"]) == len(set(quotient["colors"])) == 7
    share = measures["share_of_industry"]
    assert share["limits"] == [0.02, 0.05, 0.1, 0.2, 0.5]
    assert len(share["colors"]) == 6


def test_dots_grow_with_the_root_of_size(
    plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame
) -> None:
    m = maps.agglomeration_map(plants, regions, size="size")
    limits = payload(m)["dots"]["limits"]
    full = np.quantile(SIZE, 0.98)
    assert limits == pytest.approx(
        [full / 25, full * 4 / 25, full * 9 / 25, full * 16 / 25], rel=0.05
    )
    assert table_of(m)["dot"] == [1, 2, 3, 3, 1, 2, 4]
    assert set(table_of(maps.agglomeration_map(plants, regions))["dot"]) == {0}


def test_outlines_stand_at_a_point_in_them(regions: gpd.GeoDataFrame) -> None:
    ring = Polygon(box(100, 100, 900, 900).exterior, [box(110, 110, 890, 890).exterior])
    land = frame([ring, box(1200, 200, 1300, 300)], industry=["x", "y"])
    m = maps.agglomeration_map(land, regions)
    assert table_of(m)["region"] == [0, 1]
    assert payload(m)["shapes"]["count"] == 2


def test_curve_is_that_of_the_result(plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> None:
    kd = agglomeration.duranton_overman(
        plants, industry="industry", reference="x", simulations=20, seed=3
    )
    found = payload(maps.agglomeration_map(plants, regions, distances={"x": kd}))
    curves = {one["name"]["en"]: one["curve"] for one in found["industries"]}
    assert curves["y"] is None
    assert curves["x"]["r"] == pytest.approx(kd.table["r_m"] / 1000, rel=1e-4)
    for name in ("observed", "local_low", "global_high"):
        # A density per metre is a thousand times as much per kilometre.
        assert curves["x"]["lines"][name] == pytest.approx(1000 * kd.table[name], rel=1e-4)
    assert "p = " in curves["x"]["says"][0]["en"]
    k = agglomeration.ripley_k(plants, window=regions)
    drawn = payload(maps.agglomeration_map(plants, regions, distances={"x": k}))["industries"]
    line = next(one["curve"] for one in drawn if one["name"]["en"] == "x")
    assert line["measure"]["en"] == "K (km²)"
    assert line["lines"]["observed"] == pytest.approx(k.table["observed"] / 1e6, rel=1e-4)


def test_empty_and_single(plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> None:
    one = payload(maps.agglomeration_map(plants.iloc[:1], regions))
    card = {label["en"]: text["en"] for label, text in one["industries"][0]["card"]}
    assert card["Remarks"] in {
        "One plant: its size alone makes it all", "One region: there is nowhere else to be"
    }  # fmt: skip
    with pytest.raises(SchemaError, match="no plants that have"):
        maps.agglomeration_map(plants.iloc[:0], regions)


def test_refuses_what_cannot_be_shown(plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> None:
    show = maps.agglomeration_map
    with pytest.raises(SchemaError, match="no column 'region'"):
        show(plants)
    with pytest.raises(UnknownNameError, match="branch"):
        show(plants, regions, industry="branch")
    with pytest.raises(UnknownNameError, match="no plants of industry 'z'"):
        show(plants, regions, industries=["z"])
    with pytest.raises(UnknownNameError, match="unknown measure 'lq'"):
        show(plants, regions, measure="lq")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="fr"):
        show(plants, regions, language="fr")  # type: ignore[arg-type]
    with pytest.raises(MissingCRSError, match="regions"):
        show(plants, regions.set_crs(None, allow_override=True))
    with pytest.raises(SchemaError, match="dissolve"):
        show(plants, regions.set_axis(["a", "a", "b"]))
    with pytest.raises(SchemaError, match="without a name in rows"):
        show(plants, regions.assign(region=["a", None, "b"]))
    with pytest.raises(SchemaError, match="is among the regions"):
        show(plants.assign(region=1), regions)
    with pytest.raises(SchemaError, match="-1"):
        show(plants.assign(size=-1.0), regions, size="size")
    bow = frame([Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])])
    for args in ((bow,), (regions, bow)):
        with pytest.raises(GeometryError):
            show(plants, *args)


def test_refuses_points_of_blank_cells(plants: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> None:
    blank = plants.set_geometry([Point(np.nan, np.nan), *plants.geometry.iloc[1:]])
    with pytest.raises(GeometryError, match="plants have .* not finite in rows 0; a blank"):
        maps.agglomeration_map(blank, regions)
