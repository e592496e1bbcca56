"""From a polygon to its four bounds: the words that :func:`parkgeo.fourbounds.resolve` reads."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from parkgeo import crs, measure
from parkgeo.errors import GeometryError, SchemaError, UnresolvedBoundsError
from parkgeo.fourbounds._describe_names import CONNECTORS, UNNAMED, SpokenNames
from parkgeo.fourbounds._describe_runs import Run, named_runs
from parkgeo.fourbounds._describe_sides import sides_of
from parkgeo.fourbounds._describe_strands import DIRECTIONS, EDGE, Word, word_for
from parkgeo.fourbounds._parse import parse
from parkgeo.fourbounds._references import Reference, Side
from parkgeo.gazetteer import Gazetteer

TOLERANCE_M: Final = 30.0
"""A border within this distance of a line runs on it: half a wide road with two carriageways."""
MOST_UNNAMED: Final = 0.4
"""Share of the border without a name above which the words would not say where the block is.

One long side of four may lack a name: the resolver places it by the area. Two may not."""
_FEWEST_NAMES: Final = 2
_DIGITS: Final = 4
_LANGUAGES: Final = ("zh", "en")

Named: TypeAlias = dict[Side, tuple[Word, ...]]


def describe(
    polygon: BaseGeometry | gpd.GeoSeries | gpd.GeoDataFrame,
    gazetteer: Gazetteer,
    *,
    name: str | None = None,
    language: str = "zh",
    tolerance_m: float = TOLERANCE_M,
) -> str:
    """Write the four bounds (四至) of a polygon as a published text would.

    The border is cut into runs along named lines, the runs are put on the side of the compass that
    they face, and each side is named clockwise: 东至甲路转乙路，南至…. What lies on no named line
    is called 地块边界 (edge of the parcel), which no gazetteer can find.

    Parameters
    ----------
    polygon
        One polygon in EPSG:4490, or a series or frame of one row in any CRS that it states.
    gazetteer
        Named lines, from :func:`parkgeo.gazetteer.read`.
    name
        Name of the block, put before the bounds.
    language
        ``zh``, or ``en`` for a sentence to read, which :func:`parkgeo.fourbounds.parse` does not.
    tolerance_m
        Greatest distance in metres between the border and a line that it runs on.

    Returns
    -------
    One sentence that ends in the official area of the outer ring in km², to four digits. Holes are
    counted behind it: four bounds cannot say where they are.

    Raises
    ------
    UnresolvedBoundsError
        More than two fifths of the border lie on no named line, all of it on one, or the words
        would be read as something else.
    GeometryError
        There is not exactly one valid polygon.
    SchemaError
        The language is another, or ``name`` would not be read back as it is.
    MissingCRSError, CRSMismatchError
        A series without a CRS; coordinates that are no degrees in China.

    Notes
    -----
    A name that the parser would read as something else (甲、乙路) is not used: the next name on the
    same ground is, else that part of the border counts as unnamed. The text is parsed before it is
    returned, and must say what was meant.

    Examples
    --------
    >>> from parkgeo import gazetteer
    >>> way = ["120.01 30, 120.01 30.01", "120 30, 120.01 30", "120 30, 120 30.01",
    ...        "120 30.01, 120.01 30.01"]
    >>> roads = gpd.GeoDataFrame({"name": ["甲路", "乙路", "丙路", "丁路"]}, crs=4490,
    ...     geometry=[shapely.from_wkt(f"LINESTRING ({one})") for one in way])
    >>> describe(shapely.box(120, 30, 120.01, 30.01), gazetteer.read().add(roads, kind="road"))
    '东至甲路，南至乙路，西至丙路，北至丁路，面积约1.07平方公里。'
    """
    if language not in _LANGUAGES:
        raise SchemaError(f"language {language!r} is not one of {', '.join(_LANGUAGES)}")
    if not 0.0 < tolerance_m < np.inf:
        raise SchemaError(f"tolerance_m is {tolerance_m!r}; give metres above zero")
    ground = _one_polygon(polygon)
    outer = shapely.polygons(shapely.get_exterior_ring(ground.iloc[0]))
    area_m2 = float(measure.area_m2(gpd.GeoSeries([outer], crs=ground.crs)).iloc[0])
    full_m2 = float(measure.area_m2(ground).iloc[0])
    holes = int(shapely.get_num_interior_rings(ground.iloc[0]))
    if not isinstance(gazetteer, Gazetteer):
        raise SchemaError(
            f"gazetteer must be a Gazetteer, not a {type(gazetteer).__name__}; make one with "
            "parkgeo.gazetteer.read"
        )
    spoken = SpokenNames(gazetteer)
    runs = named_runs(gpd.GeoSeries([outer], crs=ground.crs), spoken, tolerance_m=tolerance_m)
    _require_names(runs)
    sides = _words_of(sides_of(runs), spoken)
    if language == "en":
        return _english(name, sides, area_m2, holes)
    tail = _tail(area_m2, holes, area_m2 - full_m2)
    texts = [_chinese(name, sides, connector) + tail for connector in CONNECTORS]
    text = next((one for one in texts if _is_readable(one, sides)), texts[0])
    _require_readable(text, name=name, sides=sides, area_m2=area_m2)
    return text


def _one_polygon(polygon: BaseGeometry | gpd.GeoSeries | gpd.GeoDataFrame) -> gpd.GeoSeries:
    if isinstance(polygon, gpd.GeoDataFrame | gpd.GeoSeries):
        crs.require_crs(polygon, "polygon")
        series = crs.to_geographic(gpd.GeoSeries(polygon.geometry))
    elif isinstance(polygon, BaseGeometry):
        series = gpd.GeoSeries([polygon], crs=crs.CGCS2000)
    else:
        raise SchemaError(
            f"found {type(polygon).__name__}; give a shapely polygon, a GeoSeries or a GeoDataFrame"
        )
    if len(series) != 1:
        raise GeometryError(f"found {len(series)} rows; describe them one by one")
    parts = shapely.get_parts(series.to_numpy())
    if len(parts) != 1 or not isinstance(parts[0], shapely.Polygon) or parts[0].is_empty:
        raise GeometryError(
            f"found {_kind(series.iloc[0])}; four bounds go round one polygon: describe the parts "
            "of .explode() one by one"
        )
    if not (reason := shapely.is_valid_reason(parts[0])).startswith("Valid"):
        raise GeometryError(f"the polygon is not valid ({reason}); mend it with .make_valid()")
    return gpd.GeoSeries(parts, crs=series.crs)


def _kind(shape: BaseGeometry | None) -> str:
    if shape is None:
        return "no geometry"
    if shape.is_empty:
        return f"an empty {shape.geom_type}"
    count = shapely.get_num_geometries(shape)
    return f"a {shape.geom_type}" + (f" of {count} parts" if count != 1 else "")


def _require_names(runs: list[Run]) -> None:
    length = sum(run.length_m for run in runs)
    unnamed = sum(run.length_m for run in runs if run.name == UNNAMED)
    if unnamed > MOST_UNNAMED * length:
        named = "、".join(dict.fromkeys(run.name for run in runs if run.name != UNNAMED))
        raise UnresolvedBoundsError(
            f"{unnamed / length:.0%} of the border ({unnamed:.0f} m of {length:.0f} m) lies on no "
            f"line with a usable name; named are: {named or 'none'}. Add the missing lines with "
            "gazetteer.add(), or allow a larger tolerance_m."
        )
    if len({run.name for run in runs}) < _FEWEST_NAMES:
        raise UnresolvedBoundsError(
            f"the whole border runs on lines of one name, {runs[0].name!r}: the words could not "
            "say where one side ends"
        )


def _words_of(sides: Mapping[Side, Iterable[Run]], spoken: SpokenNames) -> Named:
    """Name each side, saying what goes on from one run to the next only once."""
    return {
        side: tuple(
            word_for(list(runs), side, spoken)
            for _, runs in groupby(sides[side], key=lambda run: run.name)
        )
        for side in DIRECTIONS
        if side in sides
    }


def _chinese(name: str | None, sides: Named, connector: str) -> str:
    bounds = "，".join(
        f"{DIRECTIONS[side]}至{connector.join(map(str, names))}" for side, names in sides.items()
    )
    return f"{name}四至范围：{bounds}" if name else bounds


def _tail(area_m2: float, holes: int, holes_m2: float) -> str:
    without = f"（未扣除内部{holes}处，共约{_km2(holes_m2)}平方公里）" if holes else ""
    return f"，面积约{_km2(area_m2)}平方公里{without}。"


def _english(name: str | None, sides: Named, area_m2: float, holes: int) -> str:
    bounds = "; ".join(
        f"{side} to {', then '.join(map(_english_word, names))}" for side, names in sides.items()
    )
    without = f", from which {holes} inside are not taken off" if holes else ""
    return f"{name or 'The block'} reaches {bounds}; about {_km2(area_m2)} km²{without}."


def _english_word(word: Word) -> str:
    if word.name == UNNAMED:
        return "the edge of the parcel"
    sides = [side for side, letters in DIRECTIONS.items() if word.edge == letters + EDGE]
    return f"the {sides[0]} edge of {word.name}" if sides else word.name


def _km2(area_m2: float) -> str:
    return np.format_float_positional(area_m2 / 1e6, _DIGITS, fractional=False, trim="-")


def _is_readable(text: str, sides: Named) -> bool:
    blocks = parse(text)
    return len(blocks) == 1 and dict(_read(blocks[0].sides)) == sides


def _require_readable(text: str, *, name: str | None, sides: Named, area_m2: float) -> None:
    """Refuse words that the parser would read as other bounds than those meant."""
    blocks = parse(text)
    if len(blocks) == 1 and (name or None) != blocks[0].name:
        raise SchemaError(
            f"the name {name!r} would be read as {blocks[0].name!r}; leave it out, or take one "
            "without punctuation and words such as 东至"
        )
    if not _is_readable(text, sides):
        said = ", ".join(f"{side}: {'、'.join(map(str, names))}" for side, names in sides.items())
        raise UnresolvedBoundsError(
            f"the bounds {said} cannot be written so that they are read as such; add aliases or "
            "lines with plainer names to the gazetteer"
        )
    stated = blocks[0].stated_area_m2
    if stated is None or abs(stated / area_m2 - 1.0) > 10.0 ** (1 - _DIGITS):
        raise UnresolvedBoundsError(
            f"an area of {area_m2:g} m² cannot be written as one of a block"
        )


def _read(sides: Mapping[Side, tuple[Reference, ...]]) -> Iterator[tuple[Side, tuple[Word, ...]]]:
    for side, references in sides.items():
        yield side, tuple(Word(reference.name, reference.edge) for reference in references)
