"""The report of a town of round numbers: what it says is what the modules below say.

Zones: A 4 km², B 4 km² with 1 km² on A, C 1 km² in A and 1 km² apart, D 3 km² apart, E without an
extent. Added up 13 km², 11 km² net. Parcels of 1 km² each, see ``parcels`` below: 2.5 of 5 km²
inside.
"""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import frame
from pandas.testing import assert_frame_equal
from shapely import Polygon, box

import parkgeo as pg
from parkgeo import concentration, maps, overlap
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError
from parkgeo.report import Report, Source, compose

HAN = re.compile(r"[\u3400-\u9fff]+")


class Page(HTMLParser):
    """Reads a page: tables by their captions, text by element, ids, and what could run."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.heads: dict[str, list[str]] = {}
        self.texts: dict[str, list[str]] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.starts: list[tuple[str, dict[str, str | None]]] = []
        self._caption = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.starts.append((tag, given))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        if tag == "caption":
            self._caption = ""
        if tag == "tr":
            rows = self.heads if "thead" in self.stack else self.tables
            rows.setdefault(self._caption, [])
            if "tbody" in self.stack:
                self.tables[self._caption].append([])
        if tag in {"td", "th"}:
            self._cells().append("")
        if tag in {"p", "li", "dd", "dt", "h1", "h2", "h3", "figcaption", "title"}:
            self.texts.setdefault(tag, []).append("")
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "caption" in self.stack:
            self._caption += data if self.stack[-1] != "b" else ""
            self._caption = self._caption.lstrip()
        elif {"td", "th"} & set(self.stack):
            self._cells()[-1] += data
        elif not {"svg", "style"} & set(self.stack):
            for tag in reversed(self.stack):
                if tag in self.texts:
                    self.texts[tag][-1] += data
                    break

    def _cells(self) -> list[str]:
        rows = self.heads if "thead" in self.stack else self.tables
        return rows[self._caption] if "thead" in self.stack else rows[self._caption][-1]

    @property
    def words(self) -> str:
        """All that a reader sees but for figures."""
        cells = [cell for rows in self.tables.values() for row in rows for cell in row]
        heads = [cell for row in self.heads.values() for cell in row]
        texts = [text for found in self.texts.values() for text in found]
        return "\n".join([*self.tables, *heads, *cells, *texts])

    @property
    def frames(self) -> list[str]:
        """Pages within the page."""
        return [str(given["srcdoc"]) for tag, given in self.starts if tag == "iframe"]


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    hole = Polygon(box(0, 4000, 2000, 6000).exterior, [box(500, 4500, 1500, 5500).exterior])
    shapes = [
        box(0, 0, 2000, 2000),
        box(1000, 1000, 3000, 3000),
        box(0, 0, 1000, 1000),
        box(5000, 0, 6000, 1000),
        hole,
        None,
    ]
    return frame(
        shapes,
        brand_id=["A", "B", "C", "C", "D", "E"],
        brand=["甲城", "乙园", "丙镇", "丙镇", "丁区", "戊谷"],
        brand_en=["Alpha", "Beta", "Gamma", "Gamma", "Delta", "Epsilon"],
        block=[None, None, "1", "2", None, None],
        level=["national", "provincial", "municipal", "municipal", "district", None],
        kind=["hitech_zone", "park", "characteristic_town", "characteristic_town", None, None],
        administrator=["east", "east", "west", "west", "west", None],
        stated_area_km2=[5.0, 4.0, 1.0, None, 3.0, None],
        accuracy_m=[10.0, 20.0, 5.0, 5.0, 5.0, None],
        method=["official", "digitised", "official", "official", "schematic", None],
        extent_reason=[None] * 5 + ["no bounds published"],
        source=["plan 2021, https://example.org/plan.html"] * 6,
        license=["ODbL-1.0"] * 6,
    )


@pytest.fixture(scope="module")
def parcels() -> gpd.GeoDataFrame:
    """Five parcels of 1 km²: all, half, all, none and none of them inside."""
    corners = [(0, 0), (1500, 0), (1500, 1500), (500, 4500), (9000, 0)]
    return frame(
        [box(x, y, x + 1000, y + 1000) for x, y in corners],
        parcel_id=["p0", "p1", "p2", "p3", "p4"],
        district=["x", "x", "y", "y", None],
        class_code=["0601", "0601", "0602", None, "0701"],
        class_system=["third_survey"] * 5,
    )


@pytest.fixture(scope="module")
def english(parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> Report:
    return compose(parks, parcels, language="en", date="2026-11-22", author="A. Planner")


@pytest.fixture(scope="module")
def page(english: Report) -> Page:
    return Page(english.html)


def column(page: Page, caption: str, head: str) -> list[str]:
    at = page.heads[caption].index(head)
    return [row[at] for row in page.tables[caption]]


def numbers(cells: list[str]) -> list[float]:
    plain = (cell.removesuffix(" %").replace(",", "").replace("−", "-") for cell in cells)
    return [np.nan if cell in {"–", ""} else float(cell) for cell in plain]


# Numbers -----------------------------------------------------------------------------------------


def test_summary_says_what_is_counted_twice(english: Report) -> None:
    said = "\n".join(english.summary)
    assert "5 brands, 4 of them with an extent" in said
    assert "13.00 km² (19,500 mu)" in said
    assert "11.00 km² (16,500 mu)" in said
    assert "2.00 km² (3,000 mu) more than once, 18.2 % of the ground" in said
    assert "One administrator, " in said


def test_summary_says_ratio_target_and_gap(english: Report) -> None:
    said = "\n".join(english.summary)
    # 70 % of 5 km² are 3.5 km², of which 2.5 are there.
    assert "Of 5.00 km² in 5 parcels that count (all parcels), 2.50 km² lie inside" in said
    assert "The target is 70.0 %: 1.00 km² (1,500 mu) short of it." in said


def test_overlaps_are_those_of_the_overlap_module(page: Page, parks: gpd.GeoDataFrame) -> None:
    pairs = overlap.pairs(parks[parks.geometry.notna()])
    found = pairs[pairs["overlap_km2"] > 0].sort_values("overlap_km2", ascending=False)
    caption = "Pairs that overlap, the largest first"
    assert numbers(column(page, caption, "Overlap (km²)")) == pytest.approx([1.0, 1.0])
    assert numbers(column(page, caption, "mu")) == [1500.0, 1500.0]
    low_high = [
        [float(end) for end in cell.split("–")] for cell in column(page, caption, "Interval (km²)")
    ]
    expected = found[["overlap_low_km2", "overlap_high_km2"]].to_numpy()
    assert np.array(low_high) == pytest.approx(expected, abs=0.005)
    assert numbers(column(page, caption, "Of the first")) == pytest.approx(
        100 * found["share_left"], abs=0.05
    )


def test_areas_stand_beside_what_was_published(page: Page) -> None:
    caption = "The brands, their extents and areas"
    names = column(page, caption, "Brands")
    measured = numbers(column(page, caption, "Measured (km²)"))
    differs = column(page, caption, "Differs")
    assert names == ["Alpha", "Beta", "Gamma (1)", "Gamma (2)", "Gamma, 2 blocks", "Delta"]
    assert measured == [4.0, 4.0, 1.0, 1.0, 2.0, 3.0]
    assert differs == ["−20.0 %", "0.0 %", "0.0 %", "–", "", "0.0 %"]


def test_what_has_no_extent_is_listed_with_its_reason(page: Page) -> None:
    assert page.tables["Brands without an extent, and why"] == [["Epsilon", "no bounds published"]]


def test_faces_add_up_to_the_net_area(page: Page) -> None:
    caption = "The ground by the set of brands on it"
    areas = numbers(column(page, caption, "Area (km²)"))
    assert areas[-1] == 11.0
    assert sum(areas[:-1]) == pytest.approx(11.0)
    # A alone 4 - 1 - 1, B alone 3, A with B 1, A with C 1, C alone 1, D 3.
    assert sorted(areas[:-1]) == [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]


def test_committees_have_what_their_brands_cover(page: Page) -> None:
    rows = {
        row[0]: row[1:] for row in page.tables["Administrators: their brands and their net area"]
    }
    # East: A and B, 8 km² added, 7 net. West: C and D, which do not meet.
    assert rows["east"] == ["2", "8.00", "7.00", "10,500", "1.00"]
    assert rows["west"] == ["2", "5.00", "5.00", "7,500", "0.00"]


def test_concentration_is_that_of_the_concentration_module(
    page: Page, parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> None:
    caption = "Concentration by district"
    expected = concentration.ratio(parcels, parks, by="district", of="parcels")
    assert column(page, caption, "District") == ["x", "y", "not stated", "All"]
    # x: 1.5 of 2 km²; y: 1 of 2; the one without a district: none of 1.
    assert numbers(column(page, caption, "Ratio")) == [75.0, 50.0, 0.0, 50.0]
    assert numbers(column(page, caption, "Gap (mu)")) == pytest.approx(
        [-150.0, 600.0, 1050.0, 1500.0]
    )
    ends = [cell.removesuffix(" %").split("–") for cell in column(page, caption, "Interval")][:3]
    assert np.array(ends, dtype=float) / 100 == pytest.approx(
        expected[["ratio_low", "ratio_high"]].to_numpy(), abs=5e-4
    )


def test_brands_hold_ground_alone_and_together(page: Page) -> None:
    rows = {
        row[0]: numbers(row[1:4]) + numbers(row[5:])
        for row in page.tables["What lies in each brand"]
    }
    # A: p0, half of p1, a quarter of p2; p0 with C and the quarter with B.
    assert rows["Alpha"] == [3.0, 1.75, 35.0, 0.5, 1.25]
    assert rows["Beta"] == [1.0, 1.0, 20.0, 0.75, 0.25]
    assert rows["Delta"] == [0.0, 0.0, 0.0, 0.0, 0.0]


def test_scattered_clusters_stand_in_their_order(
    page: Page, parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> None:
    clusters = concentration.scattered(parcels, parks).clusters
    rows = page.tables["Scattered parcels"]
    assert [int(row[0]) for row in rows] == list(range(1, len(clusters) + 1))
    distances_m = [float(row[5].replace(",", "")) for row in rows]
    assert distances_m == pytest.approx(clusters["distance_m"], abs=0.5)


def test_certificate_of_this_partition_is_in_the_method(
    page: Page, parks: gpd.GeoDataFrame
) -> None:
    faces = overlap.partition(parks[parks.geometry.notna()], geometry=False)
    assert f"differ by {faces.attrs['conservation']:.1e} of the whole" in page.words


def test_target_within_the_interval_is_said_to_be_open(
    parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> None:
    assert "leaves open whether it is met" in "".join(
        compose(parks, parcels, target=0.5, language="en").summary
    )


# Choice of parcels -------------------------------------------------------------------------------


def test_classes_and_notes_say_what_counts(
    parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> None:
    strange = parcels.assign(class_code=["0601", "O601", "0602", None, "0701"])
    found = Page(compose(parks, strange, classes="industry", by=None, language="en").html)
    notes = "\n".join(found.texts["li"])
    assert "of 5 in the file 1 count (industrial land), 4 do not" in notes
    assert "2 have no known class_code, 2.00 km² in all" in notes
    assert "O601 × 1" in notes
    assert "Concentration by district" not in found.tables


def test_missing_districts_are_said(parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> None:
    found = Page(compose(parks, parcels.drop(columns="district"), language="en").html)
    assert "The parcels have no column district" in found.words
    with pytest.raises(UnknownNameError, match="year"):
        compose(parks, parcels, by="year")


def test_a_side_that_was_placed_by_the_stated_area_is_said() -> None:
    parks = pg.datasets.hangzhou()
    # What the file says of its sides: all four blocks have one that no line was found for.
    placed = parks["sides"].astype(str).str.contains("area-closed").sum()
    notes = "\n".join(Page(compose(parks, language="en").html).texts["li"])
    assert f"placed so that the stated area is met: {placed} (Zijingang Sci-Tech City" in notes
    surveyed = parks.assign(sides=None)
    notes = "\n".join(Page(compose(surveyed, language="en").html).texts["li"])
    assert "placed so that" not in notes


def test_notes_name_repairs_heights_doubles_and_unknown_accuracy(
    parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> None:
    unknown = parks.assign(accuracy_m=[10.0, None, 5.0, 5.0, 5.0, None])
    unknown.attrs["repairs"] = [{"row": 3, "reason": "Self-intersection"}]
    unknown.attrs["dropped_heights"] = [0, 1]
    doubled = parcels.assign(parcel_id=["p", "p", "q", "r", "s"])
    doubled.loc[4, "geometry"] = doubled.geometry.iloc[0]
    notes = "\n".join(Page(compose(unknown, doubled, language="en").html).texts["li"])
    assert "invalid rings mended: 1 (rows 3; Self-intersection)" in notes
    assert "rows whose heights were left out: 2 (rows 0, 1)" in notes
    assert "boundaries of unstated accuracy: 1 (1)" in notes
    assert "2 rows have ids that stand twice ('p')" in notes
    assert "overlap each other by 1.00 km²" in notes


def test_no_parcel_that_counts_is_no_error(
    parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> None:
    found = compose(parks, parcels, where={"district": "z"}, language="en")
    assert "No parcel counts (district = z)" in "\n".join(found.summary)


def test_without_parcels_the_part_is_left_out_and_said(parks: gpd.GeoDataFrame) -> None:
    made = compose(parks, language="en")
    found = Page(made.html)
    assert "No parcels were given" in found.words
    assert set(made.tables) == {"brands", "overlaps"}
    assert len(found.frames) == 1


def test_brands_may_be_the_index(parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> None:
    indexed = parks.drop(index=3).set_index("brand_id")
    found = Page(compose(indexed, parcels, language="en").html)
    rows = found.tables["Administrators: their brands and their net area"]
    assert [row[0] for row in rows] == ["east", "west"]


def test_many_groups_brands_and_a_condition_as_a_series() -> None:
    corners = [(400 * (i % 20), 400 * (i // 20)) for i in range(250)]
    blocks = [box(x, y, x + 200, y + 200) for x, y in corners]
    many = frame(blocks, brand_id=[f"b{i}" for i in range(250)])
    streets = frame(blocks, street=list(range(50)) * 5)
    found = compose(many, streets, by="street", where=streets["street"] >= 5, language="en")
    page = Page(found.html)
    assert len(page.tables["The brands, their extents and areas"]) == 200
    assert "50 more rows; a report saved to a folder has all of them in brands.csv." in page.words
    assert "The ratio of each group and its target: the 40 with most land" in page.words
    assert "225 parcels that count (the parcels chosen)" in "".join(found.summary)


def test_extents_may_all_be_missing(parks: gpd.GeoDataFrame) -> None:
    found = compose(parks.iloc[5:], language="en")
    assert "There is 1 brand, 0 of them with an extent." in found.summary


def test_wrong_input_is_refused(parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> None:
    with pytest.raises(UnknownNameError, match="language"):
        compose(parks, language="fr")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="brand_id"):
        compose(parks.drop(columns="brand_id"))
    with pytest.raises(MissingCRSError):
        compose(parks.set_crs(None, allow_override=True))
    with pytest.raises(SchemaError, match="share between 0 and 1"):
        compose(parks, parcels, target=70)
    with pytest.raises(GeometryError):
        compose(parks.set_geometry(parks.boundary))


# The page ----------------------------------------------------------------------------------------


def test_page_loads_nothing(english: Report) -> None:
    assert maps.external_loads(english.html) == []


def test_only_scripts_of_the_maps_may_run(page: Page) -> None:
    metas = [given for tag, given in page.starts if tag == "meta"]
    policy = next(g["content"] for g in metas if g.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    scripts = re.compile(r"<script(?![^>]*application/json)[^>]*>(.*?)</script>", re.DOTALL)
    codes = [code for inner in page.frames for code in scripts.findall(inner)]
    hashes = {base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes}
    assert len(page.frames) == 2
    assert hashes == allowed
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert not [tag for tag, _ in page.starts if tag == "script"]
    sandboxes = [given["sandbox"] for tag, given in page.starts if tag == "iframe"]
    assert all("allow-same-origin" not in str(sandbox) for sandbox in sandboxes)


def test_ids_are_unique_and_contents_lead_to_each_section(page: Page) -> None:
    assert [one for one, n in Counter(page.ids).items() if n > 1] == []
    anchors = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert len(anchors) == 9
    assert set(anchors) <= set(page.ids)


def test_page_is_built_of_headings_tables_with_heads_and_described_figures(page: Page) -> None:
    assert len(page.texts["h1"]) == 1
    assert len(page.texts["h2"]) == 10
    figures = [given for tag, given in page.starts if tag == "svg"]
    assert len(figures) == 5
    assert all(given["role"] == "img" and given["aria-label"] for given in figures)
    heads = [given for tag, given in page.starts if tag == "th"]
    assert {given["scope"] for given in heads} == {"col", "row"}


def test_head_names_files_author_and_version(
    parks: gpd.GeoDataFrame, english: Report, page: Page
) -> None:
    said = page.texts["dd"]
    assert "2026-11-22" in said
    assert "A. Planner" in said
    assert f"parkgeo {pg.__version__}" in said
    named = compose(
        parks,
        language="en",
        sources=[Source(name="zones.shp", n_rows=6, crs="EPSG:4549", encoding="gbk")],
    )
    assert "zones.shp: 6 rows, CRS EPSG:4549, encoding gbk" in Page(named.html).words
    assert isinstance(english, Report)


def test_a_chinese_head_names_what_no_file_names_in_chinese(parks: gpd.GeoDataFrame) -> None:
    said = Page(compose(parks.to_crs("EPSG:4490"), language="zh").html).words
    assert f"园区：{len(parks)} 行，坐标系 2000国家大地坐标系（CGCS2000）" in said


def test_sources_lead_to_their_addresses_and_licence_is_named(page: Page) -> None:
    assert "https://example.org/plan.html" in page.links
    assert "© OpenStreetMap contributors, ODbL 1.0" in page.words
    assert "licence: ODbL-1.0" in page.words


def test_english_page_has_no_chinese_of_its_own(page: Page) -> None:
    # Numbers of documents stay as they are.
    words = re.sub(r"国土调查办发〔2008〕32号|杭政函〔2023〕13号", "", page.words)
    assert HAN.findall(words) == []


def test_chinese_page_has_no_english_of_its_own(
    parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> None:
    plain = parks.assign(administrator="管委会", extent_reason="无", source="方案", license="公开")
    found = Page(compose(plain, parcels, title="报告").html)
    # The name of the datum stays as it is.
    assert set(re.findall(r"[A-Za-z_]{3,}", found.words)) == {"parkgeo", "CGCS"}
    assert "集中度 50.0%" in found.words
    assert "还差 1.00 平方公里（1,500 亩）" in found.words


# Files -------------------------------------------------------------------------------------------


def test_folder_holds_page_and_tables(english: Report, tmp_path: Path) -> None:
    written = english.save(tmp_path / "out" / "report")
    assert written.read_text(encoding="utf-8") == english.html
    assert {path.name for path in written.parent.iterdir()} == {
        "index.html",
        "brands.csv",
        "overlaps.csv",
        "concentration.csv",
        "scattered.csv",
    }
    overlaps = pd.read_csv(written.parent / "overlaps.csv")
    assert overlaps["overlap_km2"].tolist() == english.tables["overlaps"]["overlap_km2"].tolist()


def test_tables_of_an_earlier_report_do_not_stay(
    english: Report, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    english.save(tmp_path)
    (tmp_path / "notes.csv").write_text("mine", encoding="utf-8")
    compose(parks, language="en").save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "index.html",
        "brands.csv",
        "overlaps.csv",
        "notes.csv",
    }


def test_tables_beside_another_page_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>a page of someone else</title>", encoding="utf-8")
    (tmp_path / "scattered.csv").write_text("mine", encoding="utf-8")
    Report("<!DOCTYPE html>").save(tmp_path)
    assert (tmp_path / "scattered.csv").read_text(encoding="utf-8") == "mine"


def test_file_is_the_page_alone(english: Report, tmp_path: Path) -> None:
    assert english.save(tmp_path / "memo.html").name == "memo.html"
    assert [path.name for path in tmp_path.iterdir()] == ["memo.html"]


def test_tables_hold_all_rows_unrounded(
    english: Report, parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> None:
    table = english.tables["concentration"].set_index(["scope", "name"])
    by_brand = concentration.ratio(parcels, parks, by="brand_id", of="parks")
    assert table.loc[("brand_id", "A"), "inside"] == by_brand.loc["A", "inside"]
    assert table.loc[("district", "x"), "ratio"] == pytest.approx(0.75, rel=1e-9)
    brands = english.tables["brands"]
    assert brands["area_km2"].tolist()[:5] == pytest.approx([4, 4, 1, 1, 3], rel=1e-9)
    assert brands["area_km2"].isna().tolist() == [False] * 5 + [True]


def test_notebook_shows_the_page_in_a_frame_that_cannot_reach_out(english: Report) -> None:
    shown = Page(english._repr_html_())
    tag, given = shown.starts[0]
    assert tag == "iframe"
    assert given["srcdoc"] == english.html
    assert "allow-same-origin" not in str(given["sandbox"])


def test_input_stays_as_it_is(parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> None:
    before = parks.copy(), parcels.copy()
    compose(parks, parcels, language="en")
    assert_frame_equal(pd.DataFrame(parks), pd.DataFrame(before[0]))
    assert_frame_equal(pd.DataFrame(parcels), pd.DataFrame(before[1]))


def test_figures_are_closed(parks: gpd.GeoDataFrame) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    before = plt.get_fignums()
    compose(parks, language="en")
    assert plt.get_fignums() == before
