"""The bundled brands: each row keeps the rules of data/boundaries/README.md, and is proved."""

import re
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from parkgeo import datasets, errors, model

BOUNDARIES = Path(__file__).resolve().parents[1] / "data" / "boundaries"
CITIES = sorted(path.parent.name for path in BOUNDARIES.glob("*/brands.csv"))
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
INDICATOR = re.compile(r"(?P<name>[^=;]+)=(?P<value>[0-9.]+) (?P<unit>\S+) \((?P<year>\d{4})\)")
GROUPS_4286 = {"四大产业新城": 4, "两大产业基地": 2, "八个特色小镇": 8, "六个产业社区": 6}


def read(city: str, name: str) -> pd.DataFrame:
    """Read a table as the text that it is, "" for nothing."""
    return pd.read_csv(BOUNDARIES / city / name, dtype="str", keep_default_na=False)


@pytest.fixture(scope="module", params=CITIES)
def city(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def table(city: str) -> pd.DataFrame:
    return read(city, "brands.csv")


@pytest.fixture(scope="module")
def clauses(city: str) -> pd.DataFrame:
    return read(city, "extents.csv")


@pytest.fixture(scope="module")
def texts(sources: Path) -> dict[str, str]:
    """The documents by name, without white space, which their carriers have changed."""
    return {path.stem: squeeze(path.read_text("utf-8")) for path in sources.glob("*.txt")}


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def quotes(row: pd.Series) -> list[str]:
    return [row["quote"], *(quote for quote in row["further_quotes"].split(" | ") if quote)]


def names(row: pd.Series) -> list[str]:
    return [row["brand"], *(name for name in row["also_named"].split("; ") if name)]


# --- The tables


def test_the_tables_are_utf8_with_unix_line_ends(city: str) -> None:
    for name in ("brands.csv", "extents.csv"):
        data = (BOUNDARIES / city / name).read_bytes()
        assert data.decode("utf-8").endswith("\n")
        assert b"\r" not in data
        assert not data.startswith(b"\xef\xbb\xbf")


def test_every_row_has_what_it_must_have(table: pd.DataFrame) -> None:
    needed = ["brand_id", "brand", "brand_en", "kind", "source", "source_line", "quote"]
    assert not (table[needed] == "").to_numpy().any()
    assert table.map(lambda value: value == value.strip()).to_numpy().all()


def test_ids_are_unique_slugs(table: pd.DataFrame, clauses: pd.DataFrame) -> None:
    for ids in (table["brand_id"], clauses["block_id"]):
        assert ids.is_unique
        assert ids.str.fullmatch(SLUG).all()
    assert table["brand"].is_unique


def test_levels_and_kinds_are_words_of_the_model(table: pd.DataFrame) -> None:
    assert set(table["level"]) - {""} <= {level.value for level in model.Level}
    assert set(table["kind"]) <= {kind.value for kind in model.Kind}


def test_part_of_leads_to_a_root(table: pd.DataFrame) -> None:
    parents = table.set_index("brand_id")["part_of"]
    for brand_id in parents.index:
        seen = [brand_id]
        while parents[seen[-1]]:
            seen.append(parents[seen[-1]])
            assert len(seen) == len(set(seen)), f"{brand_id} is a part of itself"


def test_every_brand_has_words_for_an_extent_or_a_reason(
    table: pd.DataFrame, clauses: pd.DataFrame
) -> None:
    described = table["brand_id"].isin(clauses["brand_id"])
    assert set(clauses["brand_id"]) <= set(table["brand_id"])
    assert (table.loc[described, "no_extent_reason"] == "").all()
    assert (table.loc[~described, "no_extent_reason"] != "").all()


def test_levels_areas_and_indicators_stand_in_the_quotes(table: pd.DataFrame) -> None:
    proof = {"national": "国家", "provincial": "省", "municipal": "市级", "district": "区级"}
    for _, row in table.iterrows():
        quoted = " ".join(quotes(row))
        if row["level"]:
            assert proof[row["level"]] in quoted, row["brand_id"]
        assert row["stated_area_text"] in quoted, row["brand_id"]
        assert row["document"] in quoted, row["brand_id"]
        assert row["approved_on"].split("-")[0] in quoted, row["brand_id"]
        assert any(name in quoted for name in names(row)), row["brand_id"]


def test_indicators_are_written_alike_and_quoted(table: pd.DataFrame) -> None:
    for _, row in table[table["indicators"] != ""].iterrows():
        for item in row["indicators"].split("; "):
            match = INDICATOR.fullmatch(item)
            assert match is not None, item
            figure = match["value"] + match["unit"]
            assert any(figure in quote for quote in quotes(row)), item


def test_quotes_are_short(table: pd.DataFrame) -> None:
    assert table["quote"].str.len().max() <= 60
    assert max(len(quote) for _, row in table.iterrows() for quote in quotes(row)) <= 60


def test_stated_areas_are_their_words_in_km2(table: pd.DataFrame, clauses: pd.DataFrame) -> None:
    to_km2 = {"平方公里": 1.0, "亩": 1.0 / 1500.0}
    both = pd.concat([table, clauses])
    stated = both[both["stated_area_text"] != ""]
    assert len(stated) >= len(clauses)
    for text, km2 in zip(stated["stated_area_text"], stated["stated_area_km2"], strict=True):
        match = re.fullmatch(r"约?([0-9.]+)(平方公里|亩)", text)
        assert match is not None, text
        assert float(km2) == pytest.approx(float(match[1]) * to_km2[match[2]], rel=1e-12)
    assert (both.loc[both["stated_area_text"] == "", "stated_area_km2"] == "").all()


def test_blocks_add_up_to_their_brand(table: pd.DataFrame, clauses: pd.DataFrame) -> None:
    stated = table.set_index("brand_id")["stated_area_km2"]
    for brand_id, km2 in clauses.groupby("brand_id")["stated_area_km2"]:
        assert km2.astype(float).sum() == pytest.approx(float(stated[brand_id]), abs=0.005)


@pytest.mark.shared
def test_every_quote_stands_in_its_document(table: pd.DataFrame, texts: dict[str, str]) -> None:
    for _, row in table.iterrows():
        missing = [q for q in quotes(row) if squeeze(q) not in texts[row["source"]]]
        assert not missing, f"{row['brand_id']}: {missing}"


@pytest.mark.shared
def test_every_name_stands_in_a_document(table: pd.DataFrame, texts: dict[str, str]) -> None:
    everything = "\n".join(texts.values())
    unknown = [n for _, row in table.iterrows() for n in names(row) if squeeze(n) not in everything]
    assert not unknown


@pytest.mark.shared
def test_every_clause_stands_in_its_document(clauses: pd.DataFrame, texts: dict[str, str]) -> None:
    for _, row in clauses.iterrows():
        assert squeeze(row["clause"]) in texts[row["source"]]
        assert row["stated_area_text"] in row["clause"]


@pytest.mark.shared
def test_rows_stand_in_the_order_of_the_text(table: pd.DataFrame, texts: dict[str, str]) -> None:
    for source, rows in table.groupby("source", sort=False):
        section = rows["source_line"].tolist()
        assert section == sorted(section, key=section.index), source
        first = rows.groupby("source_line", sort=False)["quote"].first()
        places = [texts[source].index(squeeze(quote)) for quote in first]
        assert all(a < b for a, b in pairwise(places)), source


# --- Hangzhou


def test_the_twenty_carriers_of_xiaoshan_fall_into_their_four_groups() -> None:
    brands = read("hangzhou", "brands.csv")
    carriers = brands[brands["group"].isin(GROUPS_4286)]
    assert carriers["group"].value_counts().to_dict() == GROUPS_4286
    # SOURCES.md infers the groups from the last word of the names; so does this.
    by_word = {"城": "四大产业新城", "基地": "两大产业基地", "小镇": "八个特色小镇"}
    for name, group in zip(carriers["brand"], carriers["group"], strict=True):
        fits = [by_word[word] for word in by_word if name.endswith(word)]
        assert group == (fits[0] if fits else "六个产业社区"), name


@pytest.mark.parametrize(
    "name",
    [
        "紫金港科技城", "西湖科技园", "云谷", "云栖小镇", "紫金科创小镇", "云谷小镇", "西湖大学城",
        "杭州紫金港数字信息高新技术产业园区", "紫金港数字信息产业平台", "杭州高新技术产业开发区",
        "滨富特别合作区", "滨萧特别合作园", "杭州城西科创大走廊", "城东智造大走廊", "钱塘新区",
        "杭州未来科技城", "杭州江南科学城", "中国视谷", "中国数谷", "杭州经济开发区",
        "钱塘江金融港湾", "钱塘新兴产业带", "机场临空经济带", "风情科创走廊", "时代智慧走廊",
    ],
)  # fmt: skip
def test_brands_that_the_documents_name_have_a_row(name: str) -> None:
    assert name in set(read("hangzhou", "brands.csv")["brand"])


@pytest.mark.shared
def test_each_word_that_ends_a_brand_ends_a_row_or_a_common_noun(texts: dict[str, str]) -> None:
    table = read("hangzhou", "brands.csv")
    endings = ("小镇", "金融城", "智慧城", "聚能城", "走廊", "产业带", "视谷", "数谷", "新区")
    known = tuple(name for _, row in table.iterrows() for name in names(row))
    common = ("特色小镇", "技术小镇", "高新区", "创新走廊", "“视谷", "发挥视谷")
    for text in map(squeeze, texts.values()):
        for word in re.finditer("|".join(endings), text):
            before = text[: word.end()]
            assert before.endswith((*known, *common)), before[-20:]


# --- The module


def test_hangzhou_is_bundled() -> None:
    assert "hangzhou" in datasets.cities()


@pytest.mark.parametrize("city", ["hangzhuo", "..", "", "../boundaries/hangzhou"])
def test_an_unknown_city_names_those_that_there_are(city: str) -> None:
    with pytest.raises(errors.UnknownNameError, match="hangzhou"):
        datasets.load(city)


def test_missing_data_are_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "_PACKAGED", tmp_path / "a")
    monkeypatch.setattr(datasets, "_CHECKOUT", tmp_path / "b")
    with pytest.raises(errors.SchemaError, match="reinstall|Reinstall"):
        datasets.cities()


def test_data_in_an_installed_package_are_found_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ningbo").mkdir()
    (tmp_path / "ningbo" / "brands.csv").write_text("brand_id\n", "utf-8")
    monkeypatch.setattr(datasets, "_PACKAGED", tmp_path)
    assert datasets.cities() == ["ningbo"]


def test_a_city_without_blocks_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ningbo").mkdir()
    (tmp_path / "ningbo" / "brands.csv").write_text("brand_id\n", "utf-8")
    monkeypatch.setattr(datasets, "_PACKAGED", tmp_path)
    with pytest.raises(errors.SchemaError, match="make boundaries"):
        datasets.load("ningbo")


def test_brands_keep_every_row_and_say_where_there_is_no_extent() -> None:
    brands = datasets.hangzhou_brands()
    rows = read("hangzhou", "brands.csv")
    assert list(brands.index) == list(rows["brand_id"])
    assert isinstance(brands, gpd.GeoDataFrame)
    assert brands.crs == "EPSG:4490"
    assert set(brands["extent"]) <= {"built", "partial", "none"}
    assert ((brands["extent"] == "none") == brands.geometry.isna()).all()
    assert ((brands["extent"] == "built") == brands["extent_reason"].isna()).all()


def test_dates_are_dates_with_the_precision_that_was_published() -> None:
    brands = datasets.hangzhou_brands()
    assert brands.loc["zijingang-sci-tech-city", "approved_on"] == pd.Timestamp("2018-01-01")
    assert brands.loc["zijingang-sci-tech-city", "approved_precision"] == "year"
    assert pd.isna(brands.loc["turing-town", "approved_on"])
    assert pd.isna(brands.loc["turing-town", "approved_precision"])


def test_parks_are_the_built_blocks_and_carry_the_attribution() -> None:
    parks = datasets.hangzhou()
    assert parks.geometry.notna().all()
    assert set(parks["brand_id"]) <= set(datasets.hangzhou_brands().index)
    for frame in (parks, datasets.hangzhou_brands()):
        assert frame.attrs["attribution"] == "© OpenStreetMap contributors, ODbL 1.0"


def test_loading_twice_gives_two_frames() -> None:
    first = datasets.hangzhou()
    first["brand"] = "changed"
    assert (datasets.hangzhou()["brand"] != "changed").all()
