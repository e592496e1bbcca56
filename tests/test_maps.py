"""Saved pages load nothing, say what they hold, and take any text."""

import re
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from branca.element import Element
from folium.plugins import Fullscreen
from pages import payload
from shapely import box, get_coordinates
from shapely.affinity import translate
from shapely.geometry import shape as from_geojson

from parkgeo import crs, datasets, maps
from parkgeo._page import _libraries
from parkgeo.errors import (
    GeometryError,
    MissingCRSError,
    MissingExtraError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)

OSM = "© OpenStreetMap contributors, ODbL 1.0"


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    """Two squares of 4 km² that share 1 km², a third in the first, a brand without an extent."""
    shapes = [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000), box(0, 0, 500, 500)]
    placed = gpd.GeoSeries([translate(s, 13_358_000, 3_170_000) for s in shapes], crs=crs.PLANE)
    return gpd.GeoDataFrame(
        {
            "brand_id": ["a", "b", "c", "d"],
            "brand": ["甲", "乙", None, "丁"],
            "brand_en": ["Alpha", None, "Gamma", None],
            "accuracy_m": [10.0, 20.0, None, None],
        },
        geometry=[*crs.from_plane(placed), None],
        index=pd.Index(["a", "b", "c", "d"], name="block_id"),
        crs="EPSG:4490",
    )


# Pages without a network


def test_saved_page_loads_nothing(parks: gpd.GeoDataFrame, tmp_path: Path) -> None:
    page = maps.save(maps.overlap_map(parks), tmp_path / "map.html").read_text(encoding="utf-8")
    assert maps.external_loads(page) == []
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)\s*=", page)
    assert not re.search(
        r"url\(\s*['\"]?(?!data:|#)", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    )
    assert "default-src 'none'" in page


def test_page_is_the_same_in_jupyter(parks: gpd.GeoDataFrame) -> None:
    assert maps.external_loads(maps.overlap_map(parks)._repr_html_()) == []


def test_other_folium_layers_may_be_added(parks: gpd.GeoDataFrame, tmp_path: Path) -> None:
    m = maps.overlap_map(parks)
    folium.Marker([30.3, 120.1], popup="see https://example.cn", tooltip="here").add_to(m)
    folium.Circle([30.3, 120.1], radius=100).add_to(m)
    assert maps.save(m, tmp_path / "map.html").stat().st_size > 100_000


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (folium.TileLayer("OpenStreetMap"), "tile.openstreetmap.org"),
        (folium.TileLayer("//tiles.example.cn/{z}/{x}/{y}.png", attr="x"), "tiles.example.cn"),
        (Fullscreen(), "Control.FullScreen"),
        (folium.Marker([30, 120], icon=folium.Icon(icon="cloud")), "awesome-markers"),
        (
            folium.Marker([30, 120], icon=folium.CustomIcon("http://example.cn/pin.png")),
            "example.cn/pin.png",
        ),
        (
            folium.raster_layers.ImageOverlay("http://example.cn/scan.png", [[30, 120], [31, 121]]),
            "example.cn/scan.png",
        ),
    ],
    ids=["tiles", "scheme-less tiles", "plugin", "icon font", "icon image", "scan"],
)
def test_what_needs_a_network_is_named_not_dropped(
    parks: gpd.GeoDataFrame, tmp_path: Path, layer: Element, named: str
) -> None:
    m = maps.overlap_map(parks)
    layer.add_to(m)
    target = tmp_path / "map.html"
    with pytest.raises(ParkgeoError, match=named) as refused:
        maps.save(m, target)
    assert "offline=False" in str(refused.value)
    assert not target.exists()
    assert named in maps.save(m, target, offline=False).read_text(encoding="utf-8")


def test_folium_s_own_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParkgeoError, match=r"cdn\.jsdelivr\.net/npm/bootstrap"):
        maps.save(folium.Map(), tmp_path / "map.html")


@pytest.mark.parametrize(
    ("page", "loads"),
    [
        ('<img srcset="a.png 1x, b.png 2x">', ["a.png", "b.png"]),
        ('<link rel="stylesheet" href="https://a.cn/b.css">', ["https://a.cn/b.css"]),
        ("<style>@import 'a.css'; b { background: url( \"c.png\" ) }</style>", ["a.css", "c.png"]),
        ("<style>@font-face { src: url(//a.cn/b.woff2) }</style>", ["//a.cn/b.woff2"]),
        ('<p style="background:url(a.png)">', ["a.png"]),
        ("<iframe srcdoc=\"&lt;script src='a.js'&gt;&lt;/script&gt;\"></iframe>", ["a.js"]),
        ("<script>fetch('a.json')</script>", ["a.json"]),
        ("<script>x = 'https://a.cn/{z}.png'</script>", ["https://a.cn/{z}.png"]),
        ('<object data="a.svg"></object><video poster="b.jpg">', ["a.svg", "b.jpg"]),
        ("<svg><image xlink:href='a.png'/></svg>", ["a.png"]),
    ],
)
def test_loads_are_found(page: str, loads: list[str]) -> None:
    assert maps.external_loads(page) == loads


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://a.cn">a</a>',
        "<script>s = '<a href=\"https://a.cn\">a</a>'</script>",
        "<script>s = 'http://www.w3.org/2000/svg' // note</script>",
        '<script type="application/json">{"source": "https://a.cn"}</script>',
        '<img src="data:image/png;base64,AAAA"><svg><use href="#a"/></svg>',
        "<style>a { fill: url(#b); behavior: url('#default#VML') }</style>",
    ],
)
def test_links_and_data_are_no_loads(page: str) -> None:
    assert maps.external_loads(page) == []


def test_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise _libraries.PackageNotFoundError(name)

    monkeypatch.setattr(_libraries, "files", absent)
    with pytest.raises(MissingExtraError, match="pip install XStatic-Leaflet"):
        _libraries._asset.__wrapped__("XStatic-Leaflet", "leaflet/data/leaflet.js")


# Saving


def test_save_replaces_in_one_step_and_makes_folders(
    parks: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    m = maps.overlap_map(parks)
    target = maps.save(m, str(tmp_path / "a" / "b" / "map.html"))
    before = target.read_bytes()

    def full(*_args: object, **_options: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space"):
        maps.save(m, target)
    assert target.read_bytes() == before
    assert [path.name for path in target.parent.iterdir()] == ["map.html"]


@pytest.mark.parametrize("name", ["map.pdf", "map.PNG", "地图.docx", "map"])
def test_a_map_is_not_saved_as_what_it_is_not(
    parks: gpd.GeoDataFrame, tmp_path: Path, name: str
) -> None:
    with pytest.raises(SchemaError, match=r"a map is a web page.*parkgeo\.plots"):
        maps.save(maps.overlap_map(parks), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_save_twice_gives_the_same_page(parks: gpd.GeoDataFrame, tmp_path: Path) -> None:
    m = maps.overlap_map(parks)
    first = maps.save(m, tmp_path / "1.html").read_bytes()
    assert maps.save(m, tmp_path / "2.html").read_bytes() == first


# What the map holds


def test_faces_pairs_and_areas_are_those_of_the_overlap_module(parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.overlap_map(parks))
    assert len(data["blocks"]) == 3
    assert [face["members"] for face in data["faces"]] in ([[0, 1], [0, 2]], [[0, 2], [0, 1]])
    assert [pair["area"]["en"] for pair in data["overlaps"]] == [
        "1.00 km² (1,500 mu)",
        "0.25 km² (375 mu)",
    ]
    # 4 + 4 + 0.25 added up; 4 + 4 - 1 on the ground.
    assert [value["en"] for _, value in data["summary"]] == [
        "8.25 km² (12,375 mu)",
        "7.00 km² (10,500 mu)",
    ]


def test_names_fall_back_to_the_other_language_and_then_to_the_id(parks: gpd.GeoDataFrame) -> None:
    shown = [brand["name"] for brand in payload(maps.overlap_map(parks))["brands"]]
    assert shown[0] == {"zh": "甲", "en": "Alpha"}
    assert shown[1] == {"zh": "乙", "en": "乙"}
    assert shown[2] == {"zh": "Gamma", "en": "Gamma"}
    bare = parks[["brand_id", "geometry"]]
    assert payload(maps.overlap_map(bare))["brands"][0]["name"] == {"zh": "a", "en": "a"}


def test_faces_know_their_blocks_and_what_share_of_each_brand_they_are(
    parks: gpd.GeoDataFrame,
) -> None:
    zones = parks.assign(
        level=["national", "provincial", None, None], kind=[None, "new_city", None, None]
    )
    data = payload(maps.overlap_map(zones))
    largest, smaller = data["faces"]  # 1 of 4 and 4 km²; 0.25 of 4 and 0.25 km²
    assert [[note["en"] for note in own] for own in largest["notes"]] == [
        ["National", "25.0 % of it"],
        ["Provincial, Industrial new city", "25.0 % of it"],
    ]
    assert [[note["zh"] for note in own] for own in smaller["notes"]] == [
        ["国家级", "占其 6.2%"],
        ["占其 100.0%"],
    ]
    for face in data["faces"]:
        assert [data["blocks"][i]["brand"] for i in face["blocks"]] == face["members"]
    # Ground of one brand: 4 - 1 - 0.25 of a, 4 - 1 of b.
    alone = {data["blocks"][i]["brand"]: area_km2 for (i,), area_km2 in data["alone"]}
    assert alone == pytest.approx({0: 2.75, 1: 3.0}, abs=1e-5)


def test_levels_count_no_ground_twice(parks: gpd.GeoDataFrame) -> None:
    zones = parks.assign(level=["national", "national", "municipal", None])
    groups = payload(maps.overlap_map(zones))["groups"]
    assert [(group["label"]["en"], group["note"]["en"]) for group in groups] == [
        ("National", "7.00 km² (10,500 mu)"),
        ("Municipal", "0.25 km² (375 mu)"),
    ]


def test_blocks_of_one_brand_on_each_other_are_no_overlap(parks: gpd.GeoDataFrame) -> None:
    one = parks.assign(brand_id="a", brand="甲")
    data = payload(maps.overlap_map(one))
    assert data["faces"] == []
    assert sum(area_km2 for _, area_km2 in data["alone"]) == pytest.approx(7, abs=1e-5)


def test_colours_follow_the_order_of_the_frame(parks: gpd.GeoDataFrame) -> None:
    colors = [brand["color"] for brand in payload(maps.overlap_map(parks))["brands"]]
    assert len(set(colors)) == 4
    some = payload(maps.overlap_map(parks[parks["brand_id"] != "d"]))["brands"]
    assert [brand["color"] for brand in some] == colors[:3]


def test_coordinates_are_rounded_wgs84_in_any_crs(parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.overlap_map(parks.to_crs("EPSG:4549")))
    drawn = get_coordinates([from_geojson(block["geometry"]) for block in data["blocks"]])
    assert np.array_equal(drawn, np.round(drawn, 6))
    expected = parks.geometry.iloc[:2].total_bounds
    assert np.allclose([*drawn.min(0), *drawn.max(0)], expected, atol=1e-6)


def test_shifted_datums_are_put_in_their_place(parks: gpd.GeoDataFrame) -> None:
    """Drawn as it stands, a GCJ-02 frame would lie some 500 m off."""
    plain, shifted = (
        payload(maps.overlap_map(frame))["bounds"]
        for frame in (parks, crs.to_datum(parks, "gcj02"))
    )
    assert np.allclose(plain, shifted, atol=1e-6)


def test_bundled_extents_make_a_map_that_names_their_source(tmp_path: Path) -> None:
    m = maps.overlap_map(datasets.hangzhou_brands())
    assert maps.save(m, tmp_path / "hangzhou.html").exists()
    data = payload(m)
    assert data["attribution"] == OSM
    assert "云栖小镇" in [row["name"]["zh"] for row in data["missing"]]
    assert "紫金港科技城" in [block["name"]["zh"] for block in data["blocks"]]


def test_interval_is_given_where_the_accuracy_is_known(parks: gpd.GeoDataFrame) -> None:
    lines = [pair["lines"] for pair in payload(maps.overlap_map(parks))["overlaps"]]
    assert any("Error interval" in line["en"] for line in lines[0])
    assert not any("Error interval" in line["en"] for line in lines[1])


def test_extent_within_another_is_said_to_be(parks: gpd.GeoDataFrame) -> None:
    whole, part = payload(maps.overlap_map(parks))["overlaps"][::-1]
    assert whole["lines"][0]["en"] == "Gamma lies within Alpha"
    assert not any("lies within" in line["en"] for line in part["lines"])
    # 10 m of error make an extent that sticks out by 2 m lie within, and the text says so.
    shapes = [box(0, 0, 2000, 2000), box(0, -2, 500, 500)]
    placed = gpd.GeoSeries([translate(s, 13_358_000, 3_170_000) for s in shapes], crs=crs.PLANE)
    near = gpd.GeoDataFrame(
        {"brand_id": ["big", "small"], "accuracy_m": 10.0}, geometry=crs.from_plane(placed)
    )
    (pair,) = payload(maps.overlap_map(near))["overlaps"]
    assert pair["lines"][0]["en"] == "small lies within big, given the error of the boundaries"


def test_sides_are_told_in_both_languages(parks: gpd.GeoDataFrame) -> None:
    sides = "east: found 绕城高速, bridged 留祥路 as 石祥西路; south: area-closed 云霄路"
    card = payload(maps.overlap_map(parks.assign(sides=sides)))["blocks"][0]["card"]
    (text,) = [value for label, value in card if label["en"] == "Sides"]
    assert text["en"] == sides
    assert text["zh"] == "东：查得绕城高速，接通留祥路，即石祥西路；南：按面积闭合云霄路"


def test_rows_without_geometry_are_listed(parks: gpd.GeoDataFrame) -> None:
    missing = payload(maps.overlap_map(parks))["missing"]
    assert missing == [
        {"name": {"zh": "丁", "en": "丁"}, "reason": {"zh": "未说明原因", "en": "no reason given"}},
    ]
    reasoned = parks.assign(reasons="no line for the north side")
    (row,) = payload(maps.overlap_map(reasoned))["missing"]
    assert row["reason"]["en"] == "no line for the north side"


def test_frame_without_any_extent_still_makes_a_map(
    parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    nothing = parks[parks["brand_id"] == "d"]
    m = maps.overlap_map(nothing)
    assert payload(m)["bounds"] is None
    assert maps.save(m, tmp_path / "map.html").exists()


def test_empty_frame_makes_an_empty_map(parks: gpd.GeoDataFrame) -> None:
    data = payload(maps.overlap_map(parks.iloc[:0]))
    assert (data["blocks"], data["faces"], data["overlaps"]) == ([], [], [])


@pytest.mark.parametrize(
    ("column", "attrs", "said"),
    [
        ("ODbL-1.0", {}, OSM),
        (None, {"attribution": "© OpenStreetMap contributors"}, OSM),
        (None, {"provenance": {"source": "x", "license": "ODbL 1.0"}}, OSM),
        ("CC-BY-4.0", {"attribution": "Planning bureau"}, "Planning bureau"),
        (None, {}, None),
    ],
)
def test_attribution_follows_the_licence(
    parks: gpd.GeoDataFrame, column: str | None, attrs: dict[str, object], said: str | None
) -> None:
    frame = parks.assign(license=column)
    frame.attrs.update(attrs)
    assert payload(maps.overlap_map(frame))["attribution"] == said


def test_brand_id_may_be_the_index(parks: gpd.GeoDataFrame) -> None:
    by_brand = parks.set_index("brand_id")
    assert len(payload(maps.overlap_map(by_brand))["blocks"]) == 3


def test_input_is_left_as_it_was(parks: gpd.GeoDataFrame) -> None:
    before = parks.copy(deep=True)
    maps.overlap_map(parks)
    pd.testing.assert_frame_equal(pd.DataFrame(parks), pd.DataFrame(before))


# Any text


@pytest.mark.parametrize(
    "name",
    [
        "</script><img src=x onerror=alert(1)>",
        "<!--<script>",
        "{{ 7 * 7 }}{% raw %}{# x #}",
        "`${alert(1)}`",
        "'\"\\",
        "a\u2028b\u2029c",
        "\u202e\u0645",
        "\x00\x1b\ud800",
        "名" * 10_000,
    ],
)
def test_any_name_stays_text(parks: gpd.GeoDataFrame, name: str) -> None:
    named = pd.Series([name] * len(parks), parks.index, dtype=object)
    m = maps.overlap_map(parks.assign(brand=named, source=named, reasons=named), title=name)
    data = payload(m)
    as_written = name.encode("utf-8", "replace").decode("utf-8")
    assert data["brands"][0]["name"]["zh"] == as_written
    assert data["title"]["en"] == as_written
    assert maps.external_loads(m.get_root().render()) == []


# Refusals


def test_unknown_words_are_refused(parks: gpd.GeoDataFrame) -> None:
    with pytest.raises(UnknownNameError, match="language 'fr'"):
        maps.overlap_map(parks, language="fr")
    with pytest.raises(UnknownNameError, match="basemap 'gaode'"):
        maps.overlap_map(parks, basemap="gaode")
    with pytest.raises(UnknownNameError, match="color 'area'; use one of number, brand"):
        maps.overlap_map(parks, color="area")


def test_basemap_needs_a_network_and_save_says_so(parks: gpd.GeoDataFrame, tmp_path: Path) -> None:
    m = maps.overlap_map(parks, basemap="osm")
    with pytest.raises(ParkgeoError, match=r"tile\.openstreetmap\.org"):
        maps.save(m, tmp_path / "map.html")


def test_frames_that_cannot_be_shown_are_refused(parks: gpd.GeoDataFrame) -> None:
    with pytest.raises(SchemaError, match="no column 'brand_id'"):
        maps.overlap_map(parks.drop(columns="brand_id"))
    with pytest.raises(MissingCRSError, match="^parks"):
        maps.overlap_map(parks.set_crs(None, allow_override=True))
    with pytest.raises(GeometryError):
        maps.overlap_map(parks.set_geometry(parks.representative_point()))
