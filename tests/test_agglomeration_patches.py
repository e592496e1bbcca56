"""Landscape measures: FRAGSTATS' own tables, rasters measured by hand, and hostile input."""

import csv
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from parkgeo import agglomeration
from parkgeo.agglomeration._patches import patches_of, radii
from parkgeo.agglomeration._patches_near import nearest, proximity
from parkgeo.errors import CRSMismatchError, SchemaError, UnknownNameError

Level = Literal["patch", "class", "landscape"]
NEVER, ALWAYS = 10**12, 0
ROUNDING = 0.50001e-4
GYRATE_WITHIN = {"GYRATE": 0.0232, "GYRATE_MN": 0.0026, "GYRATE_SD": 0.012, "GYRATE_CV": 0.0094}
"""FRAGSTATS takes the middle of a patch a little off the mean of its cells, unlike its help."""

# A cross of class 1 in a square of class 2, with a corner of class 1 that touches the cross.
CROSS = np.array(
    [
        [2, 1, 2, 2],
        [1, 1, 1, 2],
        [2, 1, 2, 1],
        [2, 2, 2, 2],
    ]
)


def measured(cells: NDArray[Any], **options: Any) -> pd.DataFrame:  # noqa: ANN401
    return agglomeration.landscape_metrics(cells, cell_m=options.pop("cell_m", 10), **options)


def written(path: Path, cells: NDArray[Any], **profile: Any) -> Path:  # noqa: ANN401
    defaults = {
        "crs": "EPSG:4549",
        "transform": Affine(10, 0, 500_000, 0, -10, 3_300_000),
        "nodata": None,
    }
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=cells.shape[1],
        height=cells.shape[0],
        count=1,
        dtype=cells.dtype,
        **(defaults | profile),
    ) as dataset:
        dataset.write(cells, 1)
    return path


@pytest.mark.shared
class TestFragstats:
    """Every number of the tables that has a twin here, to the digits printed."""

    @pytest.mark.parametrize(
        ("raster", "suffix", "level"),
        [
            ("landscape", "patch", "patch"),
            ("landscape", "class", "class"),
            ("landscape", "land", "landscape"),
            ("augusta_nlcd", "class", "class"),
            ("augusta_nlcd", "land", "landscape"),
        ],
    )
    def test_tables(self, shared_data: Path, raster: str, suffix: str, level: Level) -> None:
        folder = shared_data / "reference" / "landscapemetrics"
        found = agglomeration.landscape_metrics(folder / f"{raster}.tif", level=level)
        with (folder / f"{raster}.{suffix}").open(encoding="utf-8") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
        header, compared, off = rows[0], 0, []
        for row in (dict(zip(header, cells, strict=True)) for cells in rows[1:]):
            label = {
                "patch": lambda r: int(r["PID"]),
                "class": lambda r: int(r["TYPE"].removeprefix("cls_")),
                "landscape": lambda _: 0,
            }[level](row)
            for name in found.columns.intersection(header):
                value, text = found.loc[label, name], row[name]
                expected = np.nan if text == "N/A" else float(text)
                within = expected * GYRATE_WITHIN[name] if name in GYRATE_WITHIN else ROUNDING
                compared += 1
                if not np.isclose(value, expected, rtol=0, atol=within, equal_nan=True):
                    off.append((label, name, text, value))
        assert not off
        assert compared == len(rows[1:]) * len(found.columns.intersection(header)) > 0


class TestByHand:
    def test_sides_join_the_cross_and_corners_the_cell_beside_it(self) -> None:
        by_sides, by_corners = measured(CROSS, neighbours=4), measured(CROSS)
        assert by_sides.loc[by_sides["class"] == 1, "AREA"].tolist() == [0.05, 0.01]
        assert by_corners.loc[by_corners["class"] == 1, "AREA"].tolist() == [0.06]

    def test_the_cross(self) -> None:
        cross = measured(CROSS, neighbours=4, search_radius_m=25).loc[2]
        assert cross[["x", "y"]].tolist() == [15, 25]
        assert cross["PERIM"] == 12 * 10
        assert cross["PARA"] == 120 / 0.05
        assert cross["SHAPE"] == 12 / 10
        assert cross["FRAC"] == pytest.approx(2 * np.log(30) / np.log(500))
        assert cross["GYRATE"] == pytest.approx(4 / 5 * 10)
        # The middle has four sides, 1 + 8; an arm one side and two corners, 1 + 2 + 2.
        assert cross["CONTIG"] == pytest.approx(((9 + 4 * 5) / 5 - 1) / 12)
        assert cross["ENN"] == pytest.approx(10 * np.sqrt(2))
        # One cell at √2 cells.
        assert cross["PROX"] == pytest.approx(1 / 2)

    def test_proximity_leaves_out_what_is_beyond_the_radius(self) -> None:
        row = np.array([[1, 2, 1, 2, 2, 2, 1, 1]])
        assert measured(row, search_radius_m=30).loc[1, "PROX"] == 1 / 2**2
        assert measured(row, search_radius_m=60).loc[1, "PROX"] == 1 / 2**2 + 2 / 6**2
        assert measured(row, search_radius_m=10)["PROX"].eq(0).all()

    def test_classes_of_the_cross(self) -> None:
        found = measured(CROSS, level="class", neighbours=4)
        one = found.loc[1]
        assert one[["CA", "NP", "PLAND"]].tolist() == [0.06, 2, 37.5]
        assert one["PD"] == pytest.approx(2 / 0.16 * 100)
        assert one["LPI"] == pytest.approx(5 / 16 * 100)
        # The cross has 12 sides, 2 of them on the edge; the cell 4, 1 of them there.
        assert one["TE"] == (10 + 3) * 10
        assert one["ED"] == pytest.approx(130 / 0.16)
        assert one["LSI"] == 16 / 10
        assert one["AI"] == pytest.approx(4 / 7 * 100)
        assert one["MESH"] == pytest.approx(26 / 16 / 100)
        assert one["SPLIT"] == pytest.approx(256 / 26)
        assert one["DIVISION"] == pytest.approx(1 - 26 / 256)
        assert one["COHESION"] == pytest.approx(
            (1 - 16 / (12 * np.sqrt(5) + 4)) / (1 - 1 / np.sqrt(16)) * 100
        )
        assert np.isnan(one["IJI"])

    def test_statistics_over_patches(self) -> None:
        row = np.array([[1, 2, 1, 1, 2, 1, 1, 1]])
        area = measured(row, level="class", metrics="AREA").loc[1] * 100
        assert area[["AREA_MN", "AREA_MD", "AREA_RA"]].tolist() == pytest.approx([2, 2, 2])
        assert area["AREA_AM"] == pytest.approx((1 + 4 + 9) / 6)
        assert area["AREA_SD"] == pytest.approx(np.sqrt(2 / 3))
        assert area["AREA_CV"] == pytest.approx(np.sqrt(2 / 3) / 2 * 100 * 100)

    def test_the_landscape(self) -> None:
        found = measured(CROSS, level="landscape", neighbours=4).iloc[0]
        p = np.array([6, 10]) / 16
        assert found["SHDI"] == pytest.approx(-(p * np.log(p)).sum())
        assert found["SHEI"] == pytest.approx(-(p * np.log(p)).sum() / np.log(2))
        assert found["SIDI"] == pytest.approx(1 - (p**2).sum())
        assert found["TE"] == 130
        assert found["LSI"] == (13 + 16) / 16
        # Sides from both ends: class 1 has 8 with itself, 13 with 2; class 2 14 with itself.
        like = np.array([6 / 16 * 8 / 21, 6 / 16 * 13 / 21, 10 / 16 * 14 / 27, 10 / 16 * 13 / 27])
        assert found["CONTAG"] == pytest.approx(
            (1 + (like * np.log(like)).sum() / (2 * np.log(2))) * 100
        )

    def test_three_columns_interspersed(self) -> None:
        land = np.array([[1, 2, 3], [1, 2, 3]])
        found = measured(land, level="class")["IJI"]
        assert found.tolist() == pytest.approx([0, 100, 0])
        whole = measured(land, level="landscape").loc[0, "IJI"]
        assert whole == pytest.approx(np.log(2) / np.log(3) * 100)

    def test_edges_towards_the_background_count_when_asked(self) -> None:
        land = np.array([[0, 1, 2]])
        inner, outer = (
            measured(land, level="class", nodata=0, count_boundary=count).loc[1, "TE"]
            for count in (False, True)
        )
        assert (inner, outer) == (10, 40)


def blobs(shape: tuple[int, int], seed: int) -> NDArray[np.int16]:
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), 1.5)
    codes = np.digitize(smooth, np.quantile(smooth, [0.3, 0.6, 0.97])).astype(np.int16)
    codes[rng.random(shape) < 0.05] = -1
    return codes


class TestWays:
    """NumPy and the compiled loops are two ways to one answer; so is comparing all cells."""

    @pytest.mark.parametrize("eight", [True, False])
    @pytest.mark.parametrize("shape", [(1, 40), (40, 1), (90, 70)])
    def test_loops_give_what_numpy_gives(self, shape: tuple[int, int], *, eight: bool) -> None:
        codes = blobs(shape, 3)
        slow, fast = (
            patches_of(codes, 5, eight=eight, compile_above=above) for above in (NEVER, ALWAYS)
        )
        for name in slow.__dataclass_fields__:
            one, other = getattr(slow, name), getattr(fast, name)
            np.testing.assert_allclose(one, other, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(
            radii(slow, compile_above=NEVER), radii(fast, compile_above=ALWAYS), rtol=1e-12
        )
        np.testing.assert_array_equal(
            nearest(codes, slow, compile_above=NEVER), nearest(codes, fast, compile_above=ALWAYS)
        )
        for radius in (0.5, 1, np.sqrt(2), 7.5, 1e9):
            np.testing.assert_allclose(
                proximity(slow, radius, compile_above=NEVER),
                proximity(fast, radius, compile_above=ALWAYS),
                rtol=1e-12,
            )

    def test_nearest_and_proximity_by_comparing_all(self) -> None:
        codes = blobs((60, 50), 4)
        patches = patches_of(codes, 4, eight=False, compile_above=NEVER)
        cells = [np.argwhere(patches.labels == p) for p in range(len(patches))]
        away = nearest(codes, patches, compile_above=NEVER)
        near = proximity(patches, 7.5, compile_above=NEVER)
        for p, mine in enumerate(cells):
            others = [
                (float(KDTree(cells[q]).query(mine)[0].min()), len(cells[q]))
                for q in np.flatnonzero(patches.of_class == patches.of_class[p])
                if q != p
            ]
            assert away[p] == pytest.approx(min(d for d, _ in others))
            assert near[p] == pytest.approx(sum(n / d**2 for d, n in others if d <= 7.5))

    def test_far_large_and_lonely_patches(self) -> None:
        codes = np.zeros((300, 400), np.int16)
        codes[:, :150] = 1
        codes[:, 350:] = 1
        codes[10, 250], codes[250, 252] = 2, 2
        patches = patches_of(codes, 3, eight=True, compile_above=NEVER)
        expected = {0: np.nan, 1: 201.0, 2: np.hypot(240, 2)}
        for above in (NEVER, ALWAYS):
            found = nearest(codes, patches, compile_above=above)
            assert found.tolist() == pytest.approx(
                [expected[int(k)] for k in patches.of_class], nan_ok=True
            )

    def test_codes_and_turning_change_nothing(self) -> None:
        land = blobs((50, 60), 5)
        one = measured(land, level="landscape", nodata=-1)
        for other in (np.where(land < 0, -1, 90 - 7 * land), land.T, land[::-1, ::-1]):
            pd.testing.assert_frame_equal(one, measured(other, level="landscape", nodata=-1))


class TestRasters:
    def test_cell_in_metres_and_places(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.tif", CROSS.astype(np.uint8))
        found = agglomeration.landscape_metrics(path, neighbours=4)
        assert found.loc[2, ["x", "y"]].tolist() == [500_015, 3_299_985]
        assert found.attrs["crs"] == "EPSG:4549"
        assert found.attrs["units"]["PARA"] == "m/ha"
        with rasterio.open(path) as dataset:
            again = agglomeration.landscape_metrics(dataset, neighbours=4)
        pd.testing.assert_frame_equal(found, again)

    def test_feet_become_metres(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.tif", CROSS.astype(np.uint8), crs="EPSG:2263")
        found = agglomeration.landscape_metrics(path, level="landscape")
        assert found.loc[0, "TA"] == pytest.approx(16 * (10 * 1200 / 3937) ** 2 / 1e4)

    def test_degrees_are_refused_with_a_remedy(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.tif", CROSS.astype(np.uint8), crs="EPSG:4490")
        with pytest.raises(CRSMismatchError, match=r"gdalwarp -t_srs"):
            agglomeration.landscape_metrics(path)

    def test_cells_that_are_no_squares(self, tmp_path: Path) -> None:
        place = Affine(10, 0, 500_000, 0, -12, 3_300_000)
        path = written(tmp_path / "a.tif", CROSS.astype(np.uint8), transform=place)
        with pytest.raises(SchemaError, match="10 by 12, and the measures take squares"):
            agglomeration.landscape_metrics(path)

    def test_floats_that_are_whole_are_classes(self) -> None:
        land = np.array([[1.0, 1.0, np.nan], [2.0, 2.0, 2.0]])
        assert measured(land, level="class")["CA"].tolist() == [0.02, 0.03]
        with pytest.raises(SchemaError, match=r"0\.5.*no classes"):
            measured(np.array([[0.5, 1.0]]))

    @pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "uint64", "float32"])
    def test_any_type_of_cells(self, dtype: str) -> None:
        expected = measured(CROSS, level="class")
        pd.testing.assert_frame_equal(measured(CROSS.astype(dtype), level="class"), expected)

    @pytest.mark.parametrize("codes", [(-3, -7), (-1, 5), (10**12, 3), (-(10**12), 10**12)])
    @pytest.mark.parametrize("nodata", [None, -128, 2**40])
    def test_codes_of_any_size_with_background_of_any_size(
        self, codes: tuple[int, int], nodata: int | None
    ) -> None:
        land = np.where(CROSS == 1, *np.array(codes))
        expected = CROSS
        if nodata is not None:
            land[0, 0], expected = nodata, CROSS.copy()
            expected[0, 0] = 0
        found = measured(land, level="class", nodata=nodata).loc[list(codes)]
        same = measured(expected, level="class", nodata=0)
        np.testing.assert_array_equal(found, same)

    def test_what_is_not_a_raster(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="no raster at"):
            agglomeration.landscape_metrics(tmp_path / "none.tif")
        (tmp_path / "text.tif").write_text("no raster")
        with pytest.raises(SchemaError, match="no raster that can be read"):
            agglomeration.landscape_metrics(tmp_path / "text.tif")
        with pytest.raises(SchemaError, match="give cell_m"):
            agglomeration.landscape_metrics(CROSS)
        with pytest.raises(SchemaError, match="rows and columns"):
            measured(np.zeros(3))
        with pytest.raises(SchemaError, match="not a list"):
            agglomeration.landscape_metrics([[1]], cell_m=1)


class TestUndefined:
    def test_nothing_but_background(self) -> None:
        nothing = np.full((3, 3), 7)
        assert measured(nothing, nodata=7).empty
        assert measured(nothing, nodata=7, level="class").empty
        whole = measured(nothing, nodata=7, level="landscape").iloc[0]
        assert whole[["TA", "NP", "TE", "PR"]].tolist() == [0, 0, 0, 0]
        assert whole.drop(["TA", "NP", "TE", "PR"]).isna().all()

    def test_one_class_one_patch(self) -> None:
        whole = measured(np.ones((3, 3), int), level="landscape").iloc[0]
        assert whole[["NP", "SHDI", "SIDI", "SHEI", "DIVISION"]].tolist() == [1, 0, 0, 0, 0]
        assert whole[["AI", "COHESION", "LPI"]].tolist()[0] == 100
        assert whole[["ENN_MN", "CONTAG", "IJI"]].isna().all()

    def test_one_cell(self) -> None:
        cell = measured(np.ones((1, 1), int)).loc[1]
        assert cell[["SHAPE", "FRAC", "CONTIG", "GYRATE"]].tolist() == [1, 1, 0, 5]
        assert np.isnan(measured(np.ones((1, 1), int), level="class").loc[1, "AI"])

    def test_a_class_without_a_cell(self) -> None:
        found = measured(CROSS, level="class", classes=[1, 9])
        assert found.index.tolist() == [1, 9]
        assert found.loc[9, ["CA", "NP", "TE", "PLAND", "LPI"]].tolist() == [0, 0, 0, 0, 0]
        assert found.loc[9, ["LSI", "AREA_MN", "COHESION", "DIVISION"]].isna().all()
        pd.testing.assert_series_equal(found.loc[1], measured(CROSS, level="class").loc[1])


class TestOptions:
    def test_codes_under_one_name_are_one_class(self) -> None:
        land = np.array([[50, 51, 80], [80, 80, 80]])
        found = measured(land, classes={"industry": [50, 51]})
        assert found["class"].tolist() == ["industry"]
        assert found["AREA"].tolist() == [0.02]
        assert measured(land, level="landscape", classes={"industry": [50, 51]}).loc[0, "NP"] == 2

    def test_classes_that_contradict(self) -> None:
        with pytest.raises(SchemaError, match="code 50 stands in two classes"):
            measured(CROSS, classes={"a": 50, "b": [50]})
        with pytest.raises(SchemaError, match="classes is empty"):
            measured(CROSS, classes=[])

    def test_names_of_measures(self) -> None:
        assert measured(CROSS, level="class", metrics=["NP", "AREA_MN"]).columns.tolist() == [
            "NP",
            "AREA_MN",
        ]
        with pytest.raises(UnknownNameError, match="did you mean SHAPE"):
            measured(CROSS, metrics="shape")
        with pytest.raises(UnknownNameError, match="'landscape', not 'class'"):
            measured(CROSS, level="class", metrics="CONTAG")
        with pytest.raises(SchemaError, match="give search_radius_m"):
            measured(CROSS, metrics="PROX")
        for radius in (0, np.nan, "far"):
            with pytest.raises(SchemaError, match="search_radius_m must be above 0"):
                measured(CROSS, search_radius_m=radius)
        for side in (0, -1, np.inf, "10"):
            with pytest.raises(SchemaError, match="side above 0"):
                measured(CROSS, cell_m=side)
        with pytest.raises(SchemaError, match="neighbours must be one of 8, 4"):
            measured(CROSS, neighbours=6)
        with pytest.raises(SchemaError, match="level must be one of"):
            measured(CROSS, level="city")

    def test_input_stays_as_it_was(self) -> None:
        land = CROSS.copy()
        measured(land, level="class")
        np.testing.assert_array_equal(land, CROSS)
