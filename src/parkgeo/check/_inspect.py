"""Look at a file or frame from every side."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from parkgeo.check import _areas, _attributes, _place, _reading, _rows, _shapes
from parkgeo.check._finding import Finding, few, say, tabulate
from parkgeo.check._fix import Plan
from parkgeo.check._result import Findings
from parkgeo.check._subject import Ground, Limits, Subject
from parkgeo.errors import CRSMismatchError, SchemaError, UnknownNameError

__all__ = ["inspect"]

_CUT_NAMES = frozenset({".shp", ".zip"})
_IN_READING = frozenset({"encoding-wrong", "encoding-unstated", "ring-open"})


def inspect(  # noqa: PLR0913 - each is a fact that a file may leave out, or a limit
    source: str | os.PathLike[str] | gpd.GeoDataFrame,
    *,
    crs: Any = None,  # noqa: ANN401 - whatever pyproj takes
    datum: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    aliases: Mapping[str, str | None] | None = None,
    by: str | None = None,
    reference: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    narrow_m: float = 1.0,
    near_m: float = 0.01,
    gap_m: float = 2.0,
    area: float = 0.10,
) -> Findings:
    """Say what is wrong with a file of zones (开发区边界), each with a remedy.

    Encoding, CRS, datum, order of axes, rings, slivers, repeats, overlaps and gaps within a brand,
    columns, words, days, and stated against measured areas.

    Parameters
    ----------
    source
        A file that :func:`parkgeo.read` knows, or a frame.
    crs, datum, encoding, layer
        For a file, as for :func:`parkgeo.read`.
    aliases
        What columns mean, as for :func:`parkgeo.read_parks`.
    by
        Column whose values say which rows belong together; the brand unless given.
    reference
        Lines or areas of the same place whose CRS is known to be right, to judge the datum by; the
        bundled lines of Hangzhou unless given.
    narrow_m
        Parts, holes and overlaps of smaller mean width (twice the area by the perimeter) are told,
        in metres.
    near_m
        Vertices nearer to each other are told, in metres.
    gap_m
        Rows of a brand that lie apart by less are told, in metres.
    area
        Stated areas that differ from the measured one by a larger share are told (0–1).

    Returns
    -------
    A :class:`Findings`; its ``table`` has one row for each finding.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    UnknownNameError
        An alias or ``by`` names a column that is not there; no such datum or CRS.
    SchemaError
        The frame has no geometry, or a limit is below 0.

    Notes
    -----
    A file that cannot be read at all is a finding too. What lies at an unknown place (no CRS, or
    coordinates that contradict it) is looked at as far as that goes: rings and columns, not metres.

    References
    ----------
    TD/T 1055-2019 第三次全国国土调查技术规程; OGC 06-103r4.

    Examples
    --------
    >>> import shapely
    >>> zone = gpd.GeoDataFrame({"brand": ["甲"]}, geometry=[shapely.box(30, 120, 30.1, 120.1)],
    ...                         crs="EPSG:4490")
    >>> inspect(zone).table[["severity", "code"]].iloc[0].tolist()
    ['error', 'axes-swapped']
    """
    limits = _limits(narrow_m=narrow_m, near_m=near_m, gap_m=gap_m, area=area)
    path = None if isinstance(source, gpd.GeoDataFrame) else Path(source)
    name = "frame" if path is None else path.name
    found: list[Finding] = []
    if isinstance(source, gpd.GeoDataFrame):
        frame = _named(source, crs=crs, datum=datum, encoding=encoding, layer=layer)
    else:
        said = {"crs": crs, "datum": datum, "encoding": encoding, "layer": layer}
        made, found = _reading.read(Path(source), said)
        if made is None:
            return Findings(tabulate(found, pd.RangeIndex(0)), None, name, path)
        frame = made
    if not len(frame):
        found = [*found, say("no-rows")]
        return Findings(tabulate(found, frame.index), frame, name, path)
    subject, more = _subject(frame, path, aliases, by, limits)
    ground, placed = _place.locate(subject)
    brands = _rows.brands_of(subject, by)
    stated = None if ground is None else _areas.stated_of(subject, ground, brands)
    findings = [
        *found,
        *more,
        *placed,
        *_everywhere(subject),
        *(() if ground is None else _on_ground(subject, ground, brands, reference)),
        *(() if stated is None else _areas.areas(subject, stated)),
    ]
    plan = Plan(
        {f.code: (_after(f), tuple(f.rows)) for f in found if f.code in _IN_READING}, stated
    )
    degrees = None if ground is None else ground.degrees.set_axis(frame.index)
    return Findings(tabulate(findings, frame.index), frame, name, path, plan, degrees)


def _limits(**limits: float) -> Limits:
    wrong = [name for name, value in limits.items() if not 0 <= value < float("inf")]
    if wrong:
        raise SchemaError(f"{', '.join(wrong)} must be numbers from 0 on")
    return Limits(**limits)


def _named(frame: gpd.GeoDataFrame, **said: object) -> gpd.GeoDataFrame:
    """Refuse what only a file may leave out, and a frame without a geometry."""
    given = [name for name, value in said.items() if value is not None]
    if given:
        raise SchemaError(
            f"{', '.join(given)} say what a file leaves out; a frame says its CRS itself, with "
            "set_crs or parkgeo.crs.set_datum"
        )
    if frame.active_geometry_name is None:
        raise SchemaError("the frame has no geometry; name it with set_geometry(...)")
    return frame


def _subject(
    frame: gpd.GeoDataFrame,
    path: Path | None,
    aliases: Mapping[str, str | None] | None,
    by: str | None,
    limits: Limits,
) -> tuple[Subject, list[Finding]]:
    """Say what the columns mean; an index that has a name is a column."""
    plain = frame
    if frame.index.name is not None and frame.index.name not in frame.columns:
        plain = gpd.GeoDataFrame(frame.reset_index().set_index(frame.index, drop=False))
    doubled = plain.columns.duplicated()
    twice = [say("columns-doubled", names=few(plain.columns[doubled].unique()))]
    plain = gpd.GeoDataFrame(plain.loc[:, ~doubled])
    if by is not None and by not in plain.columns:
        have = few(plain.columns, most=12)
        raise UnknownNameError(f"no column {by!r} to tell brands by; there are {have}")
    cut = path is not None and path.suffix.casefold() in _CUT_NAMES
    meanings, found = _attributes.meanings_of(plain, aliases, cut=cut)
    return Subject(plain, path, meanings, limits), [*(twice if doubled.any() else []), *found]


def _everywhere(subject: Subject) -> Iterator[Finding]:
    """Look at what needs no place."""
    yield from _place.coarse(subject)
    yield from _shapes.forms(subject)
    yield from _shapes.invalid(subject)
    yield from _rows.repeats(subject)
    yield from _attributes.texts(subject)
    yield from _attributes.columns(subject)
    yield from _attributes.words(subject)
    yield from _attributes.values(subject)


def _on_ground(
    subject: Subject,
    ground: Ground,
    brands: "pd.Series[Any] | None",
    reference: gpd.GeoDataFrame | gpd.GeoSeries | None,
) -> Iterator[Finding]:
    """Look at what is measured in metres, or compared with other ground."""
    yield from _datum(subject, ground, reference)
    yield from _shapes.ground_forms(subject, ground)
    if brands is not None:
        yield from _rows.neighbours(subject, ground, brands)


def _datum(
    subject: Subject, ground: Ground, reference: gpd.GeoDataFrame | gpd.GeoSeries | None
) -> list[Finding]:
    try:
        return _place.datum_findings(subject, ground, reference)
    except CRSMismatchError as error:
        return [say("datum-unknown", crs=str(subject.frame.crs), why=str(error))]


def _after(finding: Finding) -> str:
    """Say how it is after reading: in which encoding, or closed."""
    return str(finding.facts.get("encoding", "closed"))
