"""The figures of the documents: their schema and their words, and figures of one's own."""

import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from parkgeo import policy
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.units import UNITS

NUMERALS = {1: "一", 2: "二两", 3: "三", 4: "四", 5: "五", 6: "六", 8: "八"}
"""Numbers that the documents also write out."""
FOREIGN = {"亿美元", "岁", "千伏", "分钟", "次"}
"""Units that parkgeo.units does not know."""
MARKER = re.compile(r"[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|\d+\.|\(\d+\)|附件")
DIGITS = "一二三四五六七八九十"

MADE_UP = """\
indicator_id,document_id,item,name,measure,value,unit,bound,due_on,quote,department
north-output,north-2030,(一),总产值,output_above_scale,500,亿元,at_least,2030-12-31,总产值达到500亿元,发改局
north-cover,north-2030,(二),"覆盖率, 全部",cover,100,%,all,,全覆盖,
"""


def plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@pytest.fixture(scope="module")
def all_figures() -> pd.DataFrame:
    return policy.indicators()


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    path = tmp_path / "north.csv"
    path.write_text(MADE_UP, "utf-8")
    return path


def test_all_five_documents_are_there_and_the_draft_says_that_it_is_one() -> None:
    table = policy.documents().set_index("document_id")
    assert len(table) == 5
    assert table.index[table["status"] == "draft"].tolist() == [
        "hangzhou-2023-national-hitech-zone-opinions"
    ]
    opinions = table.loc["hangzhou-2023-zone-high-quality-development-opinions"]
    assert opinions["issued_on"] == pd.Timestamp("2023-02-01")
    assert opinions["in_force_on"] == pd.Timestamp("2023-03-03")
    assert table["issued_on"].is_monotonic_increasing


def test_every_figure_belongs_to_a_document_and_has_its_words(all_figures: pd.DataFrame) -> None:
    assert all_figures["indicator_id"].is_unique
    assert set(all_figures["document_id"]) == set(policy.documents()["document_id"])
    needed = ["item", "name", "name_en", "measure", "scope", "unit", "quote"]
    assert all_figures[needed].notna().all(axis=None)


def test_facts_are_dated_and_only_they(all_figures: pd.DataFrame) -> None:
    assert (all_figures["observed_on"].notna() == (all_figures["role"] == "fact")).all()


def test_units_can_be_converted_but_for_those_that_are_listed(all_figures: pd.DataFrame) -> None:
    parts = {part for unit in all_figures["unit"] for part in unit.split("/")}
    assert parts - set(UNITS) == FOREIGN


def test_the_targets_that_everybody_knows() -> None:
    found = policy.targets("杭政函〔2023〕13号").set_index("indicator_id")
    # 二、(二) and (十): 3 万亿元, 60 %, 3.8 %, 40 万元/亩, 10 % a year, 70 %, by 2025.
    known = {
        "hz2023-output": (3.0, "万亿元", "total"),
        "hz2023-leading-share": (60.0, "%", "total"),
        "hz2023-research-share": (3.8, "%", "total"),
        "hz2023-tax-per-mu": (40.0, "万元/亩", "total"),
        "hz2023-investment-growth": (10.0, "%", "per_year_growth"),
        "hz2023-concentration": (70.0, "%", "total"),
    }
    for name, (value, unit, per) in known.items():
        row = found.loc[name]
        assert (row["value"], row["unit"], row["per"]) == (value, unit, per)
        assert row["bound"] == "at_least"
        assert row["due_on"] == pd.Timestamp("2025-12-31")


def test_a_document_is_found_by_its_id_number_or_title() -> None:
    name = "hangzhou-2017-industrial-platform-upgrade-plan"
    by_id = policy.indicators(name)
    pd.testing.assert_frame_equal(by_id, policy.indicators("杭政办函〔2017〕127号"))
    title = policy.documents().set_index("document_id").loc[name, "title"]
    pd.testing.assert_frame_equal(by_id, policy.indicators([title, name]))
    with pytest.raises(UnknownNameError, match="no document '2018'; use one of hangzhou-2017"):
        policy.indicators("2018")


def test_a_frame_that_is_changed_leaves_the_next_one_alone() -> None:
    changed = policy.indicators()
    changed["value"] = 0.0
    assert (policy.indicators()["value"] > 0).all()


@pytest.mark.shared
def test_every_quote_stands_once_in_its_document_with_its_value_and_item(
    all_figures: pd.DataFrame, sources: Path
) -> None:
    texts = {path.stem: plain(path.read_text("utf-8")) for path in sources.glob("*.txt")}
    for row in all_figures.itertuples():
        text, quote = texts[row.document_id], plain(row.quote)
        assert text.count(quote) == 1, row.indicator_id
        assert any(form in quote for form in _forms(row)), row.indicator_id
        if row.bound == "between":
            assert re.search(rf"{row.value:g}[—~-]{row.high:g}", quote), row.indicator_id
        assert _stands_in(text, text.index(quote), row.item), row.indicator_id


@pytest.mark.shared
def test_bounds_are_those_of_the_words(all_figures: pd.DataFrame, sources: Path) -> None:
    texts = {path.stem: plain(path.read_text("utf-8")) for path in sources.glob("*.txt")}
    for row in all_figures[all_figures["role"] == "target"].itertuples():
        quote, text = plain(row.quote), texts[row.document_id]
        # The clause up to the next mark: what says 以上 stands behind the number.
        end = text.index(quote) + len(quote)
        clause = quote + re.split(r"[,;。、]", text[end:])[0]
        more = re.search(r"超过|超\d|突破", clause) is not None
        least = "以上" in clause
        if row.bound == "more_than":
            assert more, row.indicator_id
            assert not least, row.indicator_id
        if row.bound == "all":
            assert "全" in quote, row.indicator_id
        if row.bound == "about":
            assert "左右" in quote, row.indicator_id
        if row.bound == "at_least" and not least:
            words = r"达到|全|\d+个|\d+大|提高到|缩减|完成|达|\d+名|\d+亿元|\d万家|万亿级"
            assert re.search(words, quote), row.indicator_id


@pytest.mark.shared
def test_titles_stand_in_the_documents(sources: Path) -> None:
    for row in policy.documents().itertuples():
        text = plain((sources / f"{row.document_id}.txt").read_text("utf-8"))
        assert plain(row.title) in text
        if isinstance(row.number, str):
            assert plain(row.number) in text
        for day in (row.issued_on, row.in_force_on):
            if not pd.isna(day):
                assert f"{day.year}年{day.month}月{day.day}日" in text


def _forms(row: object) -> list[str]:
    """How a value may be written: 3万亿, 60%, 两大, 全部, 万亿级."""
    value = getattr(row, "value")  # noqa: B009 - a row of itertuples
    unit = str(getattr(row, "unit")).split("/")[0]  # noqa: B009
    bound = getattr(row, "bound")  # noqa: B009
    if bound == "all":
        return ["全"]
    number = f"{value:g}"
    if unit in {"个", "次", "年"}:
        written = NUMERALS.get(int(value), "")
        return [*(f"{number}{word}" for word in "个大年"), f"—{value + 1:g}", f"{number}-",
                f"{number}~", *written]  # fmt: skip
    return [f"{number}{unit}", *([f"{unit[:-1]}级"] if value == 1 else [])]


def _stands_in(text: str, place: int, item: str) -> bool:
    """Whether the headings of an item come before a place, and the next ones after it."""
    parts = MARKER.findall(item)
    if "".join(parts) != item or not parts:
        return False
    start, end = 0, len(text)
    for part in parts:
        if part == "附件":
            start = text.rindex("附件")
            continue
        start = text.index(part, start)
        following = text.find(_next(part), start, end)
        end = end if following < 0 else following
    return start <= place < end


def _next(part: str) -> str:
    """Return the heading after one: 二、 → 三、, (九) → (十), 1. → 2."""
    number = part.strip("、().")
    if number.isdigit():
        return part.replace(number, str(int(number) + 1))
    names = [*DIGITS, *(f"十{one}" for one in DIGITS[:9]), "二十", "二十一", "二十二", "二十三"]
    return part.replace(number, names[names.index(number) + 1])


def test_a_document_of_ones_own_is_a_frame_of_the_same_kind(made_up: Path) -> None:
    own = policy.read_indicators(made_up)
    known = policy.indicators()
    assert own.columns.tolist() == [*known.columns, "department"]
    assert (own.dtypes[known.columns] == known.dtypes).all()
    assert own["role"].tolist() == ["target", "target"]
    assert own["name"].tolist() == ["总产值", "覆盖率, 全部"]
    both = pd.concat([known, own], ignore_index=True)
    assert (both.dtypes[known.columns] == known.dtypes).all()
    seen = pd.DataFrame(
        {"measure": ["output_above_scale"], "value": [5.2e6], "unit": ["万元"],
         "observed_on": ["2029-12-31"]}
    )  # fmt: skip
    asked = both[both["role"] == "target"]
    found = policy.evaluate(seen, asked, on="2030-01-31").set_index("indicator_id")
    # 5 200 000 万元 are 520 亿元, and 0.052 万亿元.
    assert found.loc["north-output", "status"] == "met"
    assert found.loc["north-output", "value"] == pytest.approx(520, rel=1e-12)
    assert found.loc["hz2023-output", "value"] == pytest.approx(0.052, rel=1e-12)
    assert found.loc["north-cover", "status"] == "no_data"


def test_what_is_read_can_be_written_and_read_again(made_up: Path, tmp_path: Path) -> None:
    own = policy.read_indicators(made_up)
    again = tmp_path / "again.csv"
    own.to_csv(again, index=False)
    pd.testing.assert_frame_equal(policy.read_indicators(again), own)


def test_an_older_encoding_is_named_and_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "gbk.csv"
    path.write_bytes(MADE_UP.encode("gb18030"))
    with pytest.raises(SchemaError, match="say encoding='gb18030'"):
        policy.read_indicators(path)
    assert policy.read_indicators(path, encoding="gb18030")["name"].iloc[0] == "总产值"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("500,", "about 500,", r"column value: 'about 500' is no finite number.*rows 0"),
        ("500,", "inf,", r"column value: 'inf' is no finite number"),
        ("500,", ",", r"column value: is empty in rows 0"),
        ("at_least", "≥", r"column bound: '≥' is none of at_least"),
        ("at_least", "between", r"column high: .*must be the upper end of a range.*rows 0"),
        ("2030-12-31", "2030年底", r"column due_on: '2030年底' is no day.*rows 0"),
        ("2030-12-31", "2030-02-31", r"column due_on: '2030-02-31' is no day"),
        ("north-cover", "north-output", r"'north-output' stands in more than one row.*rows 0, 1"),
        ("north-cover", "<b>", r"column indicator_id: '<b>' is no short ASCII name"),
        (",总产值达到500亿元,", ",,", r"column quote: is empty in rows 0"),
        ("measure,", "meaning,", r"has no column 'measure'"),
        (",output_above_scale,", ",,", r"column measure: is empty in rows 0"),
        ("north-output", "", r"column indicator_id: is empty in rows 0"),
        ("north-output", "  ", r"column indicator_id: is empty in rows 0"),
    ],
)
def test_what_is_wrong_is_named_with_its_rows(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(MADE_UP.replace(old, new, 1), "utf-8")
    with pytest.raises(SchemaError, match=said):
        policy.read_indicators(path)


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(MADE_UP.replace("500,", "much,", 1).replace("all", "every"), "utf-8")
    with pytest.raises(SchemaError, match=r"2 faults\n- column value.*\n- column bound"):
        policy.read_indicators(path)


def test_an_empty_file_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("", "utf-8")
    with pytest.raises(SchemaError, match="is no table"):
        policy.read_indicators(path)


def test_the_documentation_counts_right(all_figures: pd.DataFrame) -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "policy.md").read_text("utf-8")
    said = [[int(cell) for cell in row] for row in re.findall(
        r"^\| .+ \| (\d+) \| (\d+) \| (\d+) \|$", page, flags=re.MULTILINE
    )]  # fmt: skip
    counts = pd.crosstab(all_figures["document_id"], all_figures["role"])
    documents = policy.documents()["document_id"]
    assert said == counts.loc[documents, ["target", "fact", "rule"]].to_numpy().tolist()
