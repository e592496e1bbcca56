"""Names that would be script, markup or a formula are text; machines without fonts say so."""

from html.parser import HTMLParser

import geopandas as gpd
import pandas as pd
import pytest
from drawn import frame
from shapely import box

from parkgeo import _style
from parkgeo.errors import MissingExtraError
from parkgeo.plots import _writer
from parkgeo.report import Source, compose
from parkgeo.report._say import said

ATTACK = '</script><img src=x onerror="window.hacked=1;alert(1)">'
HOSTILE = [
    ATTACK,
    "'\"`${window.hacked=1}{{7*7}}{% raw %}</style></title><svg onload=window.hacked=1>",
    "line\u2028separator\u2029<!--<script>window.hacked=1]]>&lt;&amp;",
    "\u202eright to left مدينة",
    "长" * 10_000,
    "=HYPERLINK(1), bell \x07 and null \x00",
]
HALF = "half \ud800 of a character"
"""What pandas cannot hold as text of its own, and no file at all."""


class Parts(HTMLParser):
    """Collects elements, their attributes, and what pages within a page are made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.inner: list[str] = []
        self.data = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "srcdoc":
                self.inner.append(value or "")
            else:
                self.attributes.append((name, value or ""))

    def handle_data(self, data: str) -> None:
        self.data += data


def hostile_parks() -> gpd.GeoDataFrame:
    """Extents whose every text is hostile, each another one."""
    n = len(HOSTILE)
    texts = {
        name: [HOSTILE[(i + shift) % n] for i in range(n)]
        for shift, name in enumerate(
            (
                *("brand", "brand_en", "block", "level", "kind", "administrator", "method"),
                *("stated_area_text", "extent_reason", "reasons", "source", "license", "document"),
            )
        )
    }
    shapes = [box(500 * i, 0, 500 * i + 900, 900) for i in range(n - 1)]
    return frame(
        [*shapes, None],
        **{"brand_id": [f"b{i}" for i in range(n)], "accuracy_m": 5.0, **texts},
    )


def hostile_parcels() -> gpd.GeoDataFrame:
    """Parcels whose ids, districts and codes are hostile."""
    n = len(HOSTILE)
    return frame(
        [box(700 * i, 300, 700 * i + 400, 700) for i in range(n)],
        parcel_id=HOSTILE,
        district=HOSTILE,
        class_code=[*HOSTILE[:-1], "0601"],
        class_system="third_survey",
        status=HOSTILE,
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_texts_never_become_markup(language: str) -> None:
    made = compose(
        hostile_parks(),
        hostile_parcels(),
        title=ATTACK + HALF,
        author=ATTACK,
        date=ATTACK,
        language=language,
        where={"status": HOSTILE},
        sources=[Source(name=ATTACK, n_rows=1, crs=ATTACK, encoding=ATTACK)],
    )
    found = Parts(made.html)
    assert found.tags.isdisjoint({"img", "script", "object", "embed", "form", "base"})
    assert [name for name, _ in found.attributes if name.startswith("on")] == []
    assert [value for name, value in found.attributes if "javascript:" in value] == []
    assert ATTACK in found.data
    assert "{{7*7}}" in found.data
    assert "长" * 401 not in found.data
    assert "half of a character" in found.data
    made.html.encode("utf-8")


def test_an_address_that_is_script_is_no_link() -> None:
    parks = hostile_parks().assign(
        source="javascript:alert(1)//https://example.org/\"onmouseover='alert(1)'"
    )
    found = Parts(compose(parks, language="en").html)
    links = [value for name, value in found.attributes if name == "href" and value[0] != "#"]
    assert all(
        link.startswith("https://") and "'" not in link and '"' not in link for link in links
    )


def test_what_runs_from_right_to_left_is_held_apart() -> None:
    assert said("\u202eabc") == "\u2068\u202eabc\u2069"
    assert said("abc 园区") == "abc 园区"


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT, " "])
def test_null_is_a_dash(value: object) -> None:
    assert said(value) == "–"


@pytest.fixture
def no_chinese_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the machine one that has matplotlib's own fonts only."""
    monkeypatch.setattr(_writer, "chinese_font", lambda: None)
    monkeypatch.setattr(_style, "chinese_font", lambda: None)


@pytest.fixture
def parks() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 900, 900), box(500, 0, 1500, 900)]
    return frame(shapes, brand_id=["west", "east"], brand=["西园", "东园"], brand_en=["West", None])


@pytest.mark.usefixtures("no_chinese_font")
def test_without_a_chinese_font_a_chinese_report_says_what_to_install(
    parks: gpd.GeoDataFrame,
) -> None:
    with pytest.raises(MissingExtraError, match="fonts-noto-cjk"):
        compose(parks)


@pytest.mark.usefixtures("no_chinese_font")
def test_without_a_chinese_font_an_english_report_names_brands_by_id(
    parks: gpd.GeoDataFrame,
) -> None:
    html = compose(parks, language="en").html
    assert "could not be drawn" not in html
    # The page itself shows the name: a browser has fonts of its own.
    assert "东园" in html


@pytest.mark.usefixtures("no_chinese_font")
def test_a_figure_that_cannot_be_drawn_says_why_in_its_place(parks: gpd.GeoDataFrame) -> None:
    land = frame([box(0, 0, 400, 400)], parcel_id=["1"], district=["西湖区"])
    html = compose(parks, land, language="en").html
    assert html.count("This figure could not be drawn") == 1
    assert "fonts-noto-cjk" in html
