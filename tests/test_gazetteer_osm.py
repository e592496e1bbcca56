"""OpenStreetMap over the network, with an osmnx that answers as the real one does (2.0)."""

import sys
from types import ModuleType
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point, box

from parkgeo import gazetteer
from parkgeo.errors import MissingExtraError, ParkgeoError, SchemaError, UnknownNameError

YUHANG = (119.9, 30.3, 120.0, 30.4)


def answer() -> gpd.GeoDataFrame:
    """Rows as ``osmnx.features_from_place`` gives them: one column per tag, elements as index."""
    rows: list[dict[str, Any]] = [
        {
            "name": "文一西路",
            "highway": "primary",
            "ref": "X1",
            "source": "survey",
            "kind": "stone",
        },
        {"name": "余杭塘河", "waterway": "river", "alt_name": "余杭塘"},
        {"name": "沪昆铁路", "railway": "rail"},
        {"name": "南湖", "natural": "water"},
        {"name": "仓前街道", "boundary": "administrative", "admin_level": "8"},
        {"highway": "service"},
        {"name": "公交站", "highway": "bus_stop"},
    ]
    shapes = [
        LineString([(119.95, 30.30), (119.99, 30.30)]),
        LineString([(119.95, 30.35), (119.99, 30.35)]),
        LineString([(119.95, 30.36), (119.99, 30.36)]),
        box(119.91, 30.31, 119.92, 30.32),
        box(119.93, 30.33, 119.94, 30.34),
        LineString([(119.95, 30.31), (119.99, 30.31)]),
        Point(119.95, 30.30),
    ]
    index = pd.MultiIndex.from_tuples(
        [
            ("node" if row.get("highway") == "bus_stop" else "way", at)
            for at, row in enumerate(rows)
        ],
        names=["element", "id"],
    )
    return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326", index=index)


class FakeOsmnx(ModuleType):
    """Answers or raises, and remembers what it was asked."""

    def __init__(self, outcome: gpd.GeoDataFrame | Exception) -> None:
        super().__init__("osmnx")
        self.outcome = outcome
        self.asked: list[tuple[str, object, dict[str, Any]]] = []

    def _answer(self, how: str, where: object, tags: dict[str, Any]) -> gpd.GeoDataFrame:
        self.asked.append((how, where, tags))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def features_from_place(self, query: str, tags: dict[str, Any]) -> gpd.GeoDataFrame:
        return self._answer("place", query, tags)

    def features_from_bbox(self, bbox: object, tags: dict[str, Any]) -> gpd.GeoDataFrame:
        return self._answer("bbox", bbox, tags)


def install(monkeypatch: pytest.MonkeyPatch, outcome: gpd.GeoDataFrame | Exception) -> FakeOsmnx:
    fake = FakeOsmnx(outcome)
    monkeypatch.setitem(sys.modules, "osmnx", fake)
    return fake


class InsufficientResponseError(ValueError):
    """Named as the error of osmnx."""


class RequestsConnectionError(OSError):
    """An OSError without a file, as all errors of requests are."""


def test_a_place_gives_all_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = install(monkeypatch, answer())
    found = gazetteer.from_osm("余杭区, 杭州市")
    [(how, where, tags)] = fake.asked
    assert (how, where) == ("place", "余杭区, 杭州市")
    assert set(tags) == {"highway", "waterway", "natural", "railway", "boundary"}
    kinds = found.lines.groupby("name")["kind"].first()
    assert kinds["文一西路"] == "road"
    assert kinds["余杭塘河"] == kinds["南湖"] == "river"
    assert kinds["沪昆铁路"] == "railway"
    assert (kinds == "border").sum() == 1
    assert set(found.lines["source"]) == {"OpenStreetMap"}
    assert found.lines.crs == "EPSG:4490"
    assert found.dropped["no name"] == 1
    [other_name] = found.find("余杭塘")["kind"]
    assert other_name == "river"


def test_a_box_asks_only_for_what_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = install(monkeypatch, answer())
    found = gazetteer.from_osm(YUHANG, kinds=["road", "railway"])
    assert fake.asked == [("bbox", YUHANG, {"highway": True, "railway": True})]
    assert set(found.lines["kind"]) == {"road", "railway"}


def test_without_osmnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "osmnx", None)
    with pytest.raises(MissingExtraError, match=r"pip install parkgeo\[osm\]") as caught:
        gazetteer.from_osm("杭州市")
    # whoever has no network either is told the way round at once
    assert "without one, bring an extract" in str(caught.value)
    assert 'parkgeo.gazetteer.read("zhejiang-latest.osm.pbf")' in str(caught.value)


def test_without_a_network_the_way_round_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, RequestsConnectionError("Failed to resolve overpass-api.de"))
    with pytest.raises(ParkgeoError, match=r"no network.*\.osm\.pbf.*gazetteer\.read"):
        gazetteer.from_osm(YUHANG)


def test_a_real_connection_error_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = pytest.importorskip("requests")
    install(monkeypatch, requests.exceptions.ConnectionError("refused"))
    with pytest.raises(ParkgeoError, match="no network"):
        gazetteer.from_osm(YUHANG)


def test_a_file_that_cannot_be_written_is_no_matter_of_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(monkeypatch, PermissionError(13, "denied", "cache/abc.json"))
    with pytest.raises(PermissionError):
        gazetteer.from_osm(YUHANG)


@pytest.mark.parametrize(
    "error",
    [
        InsufficientResponseError("Nominatim geocoder returned 0 results"),
        TypeError("Nominatim did not geocode query to a geometry of type (Multi)Polygon"),
    ],
)
def test_an_unknown_place(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    install(monkeypatch, error)
    with pytest.raises(UnknownNameError, match="Nominatim"):
        gazetteer.from_osm("无此地")


def test_a_refusal_says_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ValueError("429 Too Many Requests"))
    with pytest.raises(ParkgeoError, match="429"):
        gazetteer.from_osm(YUHANG)


def test_nothing_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, answer().iloc[5:6].drop(columns="name"))
    with pytest.raises(UnknownNameError, match="no named road"):
        gazetteer.from_osm(YUHANG, kinds="road")


@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        ("", ["road"]),
        ((120.0, 30.3, 119.9, 30.4), ["road"]),
        ((119.9, 30.3, float("nan"), 30.4), ["road"]),
        ((119.9, 30.3, 120.0), ["road"]),
        (7, ["road"]),
        ("杭州市", ["street"]),
        ("杭州市", []),
    ],
)
def test_bad_questions_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, place: object, kinds: list[str]
) -> None:
    fake = install(monkeypatch, answer())
    with pytest.raises(SchemaError):
        gazetteer.from_osm(place, kinds=kinds)  # type: ignore[arg-type]
    assert fake.asked == []
