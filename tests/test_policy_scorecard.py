"""Zones side by side: scores counted by hand, ranks, what changed, and what is written of it."""

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgeo import policy
from parkgeo.errors import SchemaError, UnknownNameError

TARGETS = pd.DataFrame(
    [
        ("land", "用地集聚度", "Land inside", 70.0, "%", "at_least"),
        ("tax", "亩均税收", "Tax per mu", 40.0, "万元/亩", "at_least"),
        ("energy", "单位能耗", "Energy", 0.5, "tce/万元", "at_most"),
    ],
    columns=["indicator_id", "name", "name_en", "value", "unit", "bound"],
).assign(measure=lambda frame: frame["indicator_id"], due_on="2025-12-31")
NOW = {
    "east": (77.0, 40.0, 0.4),
    "west": (35.0, 30.0, 1.0),
    "south": (70.0, 20.0, None),
    "north": (70.0, None, None),
}
BEFORE = {"east": (63.0, 36.0, 0.5), "west": (70.0, 38.0, 0.5), "south": (70.0, 10.0, 1.0)}


def figures(rows: dict[str, tuple[float | None, ...]], day: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (zone, name, value, unit, day)
            for zone, values in rows.items()
            for (name, unit), value in zip(
                TARGETS[["indicator_id", "unit"]].to_numpy(), values, strict=True
            )
        ],
        columns=["zone", "measure", "value", "unit", "observed_on"],
    )


def evaluated(rows: dict[str, tuple[float | None, ...]], day: str) -> pd.DataFrame:
    return policy.evaluate(figures(rows, day), TARGETS, on=day, by="zone")


@pytest.fixture(scope="module")
def now() -> pd.DataFrame:
    return evaluated(NOW, "2024-06-30")


@pytest.fixture(scope="module")
def before() -> pd.DataFrame:
    return evaluated(BEFORE, "2024-03-31")


@pytest.fixture
def made(now: pd.DataFrame, before: pd.DataFrame) -> policy.Scorecard:
    return policy.scorecard(now, previous=before)


def test_scores_are_means_of_what_is_known(made: policy.Scorecard) -> None:
    # east 1, 1, 1 (1.1 and 1.25 are cut); west ½, ¾, ½; south 1, ½; north 1 of 3: no rank.
    assert made.scores.loc["east"].tolist() == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(made.scores.loc["west"], [0.5, 0.75, 0.5], rtol=1e-12)
    table = made.table
    assert table.index.tolist() == ["east", "south", "west", "north"]
    np.testing.assert_allclose(table["score"], [1, 0.75, 1.75 / 3, 1], rtol=1e-12)
    assert table["known"].tolist() == [3, 2, 3, 1]
    assert table["rank"].tolist()[:3] == [1, 2, 3]
    assert pd.isna(table.loc["north", "rank"])
    assert table.loc["north", ["met", "behind", "no_data"]].tolist() == [1, 0, 2]


def test_what_changed_is_of_indicators_known_both_times(made: policy.Scorecard) -> None:
    # Before: east 0.9, 0.9, 1; west 1, 0.95, 1; south 1, ¼, ½.
    assert made.change is not None
    np.testing.assert_allclose(made.change.loc["east"], [0.1, 0.1, 0.0], atol=1e-12)
    np.testing.assert_allclose(made.change.loc["west"], [-0.5, -0.2, -0.5], rtol=1e-9)
    # South's energy is not known now, so that it counts in neither mean: ¾ less 5/8.
    assert made.table.loc["south", "change"] == pytest.approx(0.125)
    assert np.isnan(made.table.loc["north", "change"])
    # west was first with 2.95/3, east second with 2.8/3, south third with 1.75/3.
    assert made.table["previous_rank"].dropna().to_dict() == {"east": 2, "south": 3, "west": 1}
    assert made.table["climbed"].dropna().to_dict() == {"east": 1, "south": 1, "west": -2}


def test_indicators_keep_their_order_and_ranks_are_those_of_the_evaluation(
    made: policy.Scorecard,
) -> None:
    assert made.scores.columns.tolist() == ["land", "tax", "energy"]
    assert made.ranks["land"].to_dict() == {"east": 1, "south": 2, "north": 2, "west": 4}
    assert made.labels["tax"] == ("亩均税收", "Tax per mu")
    assert made.statuses.loc["north", "tax"] == "no_data"


def test_weights_count_and_zero_leaves_one_out(now: pd.DataFrame) -> None:
    # west: (2 · ½ + 1 · ¾) / 3.
    found = policy.scorecard(now, weights={"land": 2, "energy": 0})
    assert found.table.loc["west", "score"] == pytest.approx(1.75 / 3)
    assert found.table.loc["north", "rank"] == 1


def test_more_than_the_target_counts_where_it_is_asked(now: pd.DataFrame) -> None:
    found = policy.scorecard(now, most=1.2)
    np.testing.assert_allclose(found.scores.loc["east"], [1.1, 1.0, 1.2], rtol=1e-12)


@settings(max_examples=15)
@given(st.permutations(range(12)))
def test_row_order_changes_nothing(order: list[int]) -> None:
    rows = evaluated(NOW, "2024-06-30")
    wanted = policy.scorecard(rows)
    found = policy.scorecard(rows.iloc[order])
    pd.testing.assert_frame_equal(found.table, wanted.table)
    pd.testing.assert_frame_equal(found.scores[wanted.scores.columns], wanted.scores)


def test_ties_share_a_rank_and_keep_the_order_of_names() -> None:
    found = policy.scorecard(evaluated({"b": NOW["west"], "a": NOW["west"]}, "2024-06-30"))
    assert found.table.index.tolist() == ["a", "b"]
    assert found.table["rank"].tolist() == [1, 1]


@pytest.mark.usefixtures("agg")
def test_a_radar_chart_takes_it_as_it_is(made: policy.Scorecard) -> None:
    from parkgeo import plots  # noqa: PLC0415 - loads matplotlib

    figure = plots.radar(
        made.scores, previous=made.previous, labels=made.labels, target=1.0, language="en"
    )
    assert "north (Tax per mu, Energy)" in figure.get_supxlabel()


def test_questions_that_make_no_sense_are_refused(now: pd.DataFrame, before: pd.DataFrame) -> None:
    with pytest.raises(SchemaError, match="has no column 'district'"):
        policy.scorecard(now, by="district")
    with pytest.raises(SchemaError, match="is not before 2024-03-31"):
        policy.scorecard(before, previous=now)
    apart = pd.concat([now, before.assign(zone=before["zone"] + " before")], ignore_index=True)
    with pytest.raises(SchemaError, match="mixes evaluations of 2024-03-31, 2024-06-30"):
        policy.scorecard(apart)
    with pytest.raises(SchemaError, match="has an indicator twice"):
        policy.scorecard(pd.concat([now, now], ignore_index=True))
    with pytest.raises(SchemaError, match="is no result of policy.evaluate.* rows 0, 1"):
        policy.scorecard(now.assign(status="<b>fine</b>"))
    with pytest.raises(SchemaError, match="is no result of policy.evaluate"):
        policy.scorecard(now.assign(achievement="much"))
    with pytest.raises(SchemaError, match="has no rows"):
        policy.scorecard(now.iloc[:0])
    with pytest.raises(SchemaError, match="most must be above 0"):
        policy.scorecard(now, most=0)
    with pytest.raises(SchemaError, match="not below 0, and not all 0"):
        policy.scorecard(now, weights={"land": -1})
    with pytest.raises(UnknownNameError, match="weights are given for 'lnad'"):
        policy.scorecard(now, weights={"lnad": 1})


class Tags(HTMLParser):
    """Collects tags and texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [name for name, _ in attrs if name in {"src", "href"} or name[:2] == "on"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_says_all_of_it_and_loads_nothing(made: policy.Scorecard, tmp_path: Path) -> None:
    path = made.save(tmp_path / "deep" / "card.html")
    read = Tags(path.read_text("utf-8"))
    assert not {"script", "link", "img", "iframe"} & set(read.tags)
    assert not read.links
    said = " ".join(read.texts)
    for text in ("亩均税收", "Tax per mu", "2024-06-30", "2024-03-31", "58.3 %", "1/3"):
        assert text in said
    assert read.tags.count("tr") == 5


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "<img src=x onerror=y>", "a & \"b'"])
def test_hostile_names_are_written_out(name: str, tmp_path: Path) -> None:
    rows = evaluated({name: NOW["east"], "west": NOW["west"]}, "2024-06-30")
    rows["name"] = name
    made = policy.scorecard(rows)
    for html in (made._repr_html_(), made.save(tmp_path / "card.html").read_text("utf-8")):
        read = Tags(html)
        assert not {"script", "img"} & set(read.tags)
        assert name in "".join(read.texts)


def test_a_card_shows_the_first_and_counts_the_rest() -> None:
    many = {f"zone {number:02}": NOW["west"] for number in range(15)}
    html = policy.scorecard(evaluated(many, "2024-06-30"))._repr_html_()
    assert "3 more zones" in html
    assert "zone 11" in html
    assert "zone 12" not in html


def test_a_zone_without_any_figure_is_shown_as_that() -> None:
    rows = evaluated({"east": NOW["east"], "none": (None, None, None)}, "2024-06-30")
    made = policy.scorecard(rows)
    assert np.isnan(made.table.loc["none", "score"])
    assert pd.isna(made.table.loc["none", "rank"])
    assert "0/3" in made._repr_html_()
    assert repr(made) == "<Scorecard of 2 zones by 3 indicators on 2024-06-30>"
    assert json.loads(made.table["score"].to_json()) == {"east": 1.0, "none": None}
