"""What a check gives: the findings, and a frame that is put right."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from parkgeo import io
from parkgeo._atomic import replaced
from parkgeo._style import Language, require_language
from parkgeo.check import _fix
from parkgeo.check._codes import SEVERITY_WORDS, Severity
from parkgeo.check._drawn import layer
from parkgeo.errors import MissingCRSError, SchemaError
from parkgeo.io._shapefile import PARTS, STALE

__all__ = ["Findings", "Fixed"]

_COLOURS: Final = {"error": "#b3261e", "warning": "#8a5a00", "note": "#4a5568"}
_SHOWN: Final = 5
_PAGES: Final = (".html", ".htm")


@dataclass(frozen=True)
class Fixed:
    """Rows put right, and what was changed; made by :meth:`Findings.fix`."""

    frame: gpd.GeoDataFrame = field(repr=False)
    """The rows, with the columns of the file."""
    changes: pd.DataFrame = field(repr=False)
    """One row for each change, with the columns ``row``, ``code``, ``column``, ``before``,
    ``after``, ``change`` and ``change_zh``; ``row`` is null where all rows are meant."""
    origin: Path | None = None

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        report: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
    ) -> tuple[Path, Path]:
        """Write the rows to a new file, and the changes beside it.

        Each file is whole or not there. The file that was checked is never written over.

        Parameters
        ----------
        path
            Where to; the suffix tells the format, as for :func:`parkgeo.write`.
        report
            ``.csv`` (UTF-8 with a mark, as Excel needs it) or ``.html``; by default the name of
            the file and ``.fixes.csv``.
        overwrite
            Whether files that are there, but not the one that was checked, are replaced.

        Returns
        -------
        The file, and the report.

        Raises
        ------
        SchemaError
            The path is that of the file that was checked, or the format cannot hold the rows.
        FileExistsError, FileNotFoundError
            A file is there and ``overwrite`` is false; the folder is not there.
        MissingCRSError
            The rows have no CRS; name it when they are checked.
        """
        target = Path(path)
        if not target.name:
            raise SchemaError(f"{str(path)!r} names no file; name one, such as fixed.gpkg")
        told = Path(report) if report is not None else target.with_name(f"{target.stem}.fixes.csv")
        for one in (target, told):
            self._require_new(one, overwrite=overwrite)
        if is_part_of(told, target):
            raise SchemaError(f"{told.name} is part of the new file; name another for the report")
        io.write(self.frame, target, overwrite=overwrite)
        with replaced(told) as part:
            if told.suffix.casefold() in _PAGES:
                part.write_text(_page(self.changes), encoding="utf-8", newline="\n")
            else:
                self.changes.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        return target, told

    def _require_new(self, path: Path, *, overwrite: bool) -> None:
        if self.origin is not None and is_part_of(path, self.origin):
            raise SchemaError(
                f"{path.name} is the file that was checked, and is never written over; name another"
            )
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path} is there already; say overwrite, or name another file")


def is_part_of(path: Path, origin: Path) -> bool:
    """Tell whether a path is a file, or one of those that together are a Shapefile."""
    found, whole = path.resolve(), origin.resolve()
    if whole.suffix.casefold() == ".shp" and found.parent == whole.parent:
        parts = {f"{whole.stem}{end}".casefold() for end in (*PARTS, *STALE)}
        if found.name.casefold() in parts:
            return True
    return found == whole or (path.exists() and origin.exists() and path.samefile(origin))


@dataclass(frozen=True)
class Findings:
    """What is wrong with a file or frame; made by :func:`parkgeo.check.inspect`."""

    table: gpd.GeoDataFrame = field(repr=False)
    """One row for each finding, the worst first, with the columns ``severity`` (*error*,
    *warning*, *note*), ``code``, ``rows`` (labels), ``n_rows``, ``found``, ``found_zh``,
    ``remedy``, ``remedy_zh``, ``fixable``, and where it is (EPSG:4490), null where it has no place.
    """
    frame: gpd.GeoDataFrame | None = field(repr=False)
    """The rows as read; null where the file cannot be read."""
    source: str
    """Name of the file, or ``frame``."""
    origin: Path | None = None
    plan: Any = field(default_factory=_fix.Plan, repr=False)
    degrees: gpd.GeoSeries | None = field(default=None, repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        found = self.table["severity"].value_counts()
        return {severity.value: int(found.get(severity.value, 0)) for severity in Severity}

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings and notes may be there."""
        return self.counts["error"] == 0

    def fix(
        self, *, datum: str | None = None, areas: bool = False, area_unit: str | None = None
    ) -> Fixed:
        """Put right what can be put right safely; every change is told.

        Swapped axes are turned back, misread text is read again, rings are repaired and closed
        lines become polygons, heights and repeated vertices are dropped, empty geometries become
        null, and of rows that repeat each other one is kept. Everything else stays.

        Parameters
        ----------
        datum
            ``"gcj02"``, ``"bd09"``, ``"wgs84"`` or ``"cgcs2000"``, where you know on which datum
            the degrees really stand: they are brought from there to CGCS2000 (EPSG:4490).
        areas
            Correct stated areas whose unit is wrong, where another unit fits what is measured.
        area_unit
            Unit of stated areas that have none, such as ``"mu"`` or ``"公顷"``; the column is
            named after it.

        Returns
        -------
        The rows, and what was changed.

        Raises
        ------
        SchemaError
            The file could not be read, or nothing has the unit that is named.
        UnknownNameError
            No such datum or unit.

        Notes
        -----
        Fixing twice changes nothing more.
        """
        if self.frame is None:
            raise SchemaError(f"{self.source} cannot be read, so nothing in it can be fixed")
        frame, changes = _fix.fixed(
            self.frame, self.plan, datum=datum, areas=areas, area_unit=area_unit
        )
        return Fixed(frame, changes, self.origin)

    def layer(self, *, language: Language = "zh") -> gpd.GeoDataFrame:
        """Return the rows with the worst that was found of each, to look at on a map.

        Parameters
        ----------
        language
            Of the words: ``"zh"`` or ``"en"``.

        Returns
        -------
        ``row``, ``severity`` and ``found`` in EPSG:4490: each row, with its rings repaired so that
        it can be drawn, and then each place of a finding. For :func:`parkgeo.maps.explore`.

        Raises
        ------
        MissingCRSError
            It is not known where the rows lie.
        UnknownNameError
            No such language.
        """
        if self.degrees is None:
            raise MissingCRSError(
                f"{self.source} has no place on a map: it cannot be read, says no CRS, or its "
                "coordinates contradict it"
            )
        return layer(self.table, self.degrees, self.degrees.index, require_language(language))

    def __repr__(self) -> str:
        """Show in a line what was found, where there is no page to draw a table on."""
        told = ", ".join(
            f"{row['severity']} {row['code']}"
            for row in pd.DataFrame(self.table)[["severity", "code"]].to_dict("records")
        )
        return f"<Findings in {self.source!r}: {told or 'none'}; see .table>"

    def _repr_html_(self) -> str:
        """Show the findings, in both languages."""
        counts = "，".join(
            f"{SEVERITY_WORDS[s].zh} {SEVERITY_WORDS[s].en} {self.counts[s.value]}"
            for s in Severity
        )
        body = "".join(_row(row) for row in pd.DataFrame(self.table).to_dict("records"))
        head = "".join(
            f'<th style="text-align:left">{word}</th>'
            for word in ("程度 severity", "行 rows", "问题 found", "处理 remedy")
        )
        return (
            f'<table><caption style="text-align:left">{escape(self.source)}: {counts}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def _row(row: Mapping[Any, Any]) -> str:
    severity = str(row["severity"])
    words = SEVERITY_WORDS[Severity(severity)]
    cells = (
        f'<span style="color:{_COLOURS[severity]}">{words.zh} {words.en}</span>',
        escape(labels(row["rows"])),
        f"{escape(str(row['found_zh']))}<br>{escape(str(row['found']))}",
        f"{escape(str(row['remedy_zh']))}<br>{escape(str(row['remedy']))}",
    )
    return "<tr>" + "".join(f'<td style="text-align:left">{c}</td>' for c in cells) + "</tr>"


def labels(rows: object) -> str:
    """Name the first rows of a finding."""
    found: Sequence[object] = rows if isinstance(rows, tuple) else ()
    shown = ", ".join(str(row) for row in found[:_SHOWN])
    rest = len(found) - _SHOWN
    return f"{shown} … (+{rest})" if rest > 0 else shown


def _page(changes: pd.DataFrame) -> str:
    """Make a page of the changes that needs nothing else."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in changes.columns)
    cells = changes.astype(object).where(changes.notna(), "")
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row) + "</tr>"
        for row in cells.itertuples(index=False, name=None)
    )
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        "<title>修改记录 Changes</title><style>body{font:14px/1.5 sans-serif;margin:2em}"
        "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em;"
        "text-align:left;vertical-align:top}</style></head>"
        f"<body><h1>修改记录 Changes ({len(changes)})</h1><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></body></html>\n"
    )
