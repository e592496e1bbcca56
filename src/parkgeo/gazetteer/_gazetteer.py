"""The gazetteer itself: lines, their names, and the look-up."""

import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs, measure
from parkgeo._progress import watched
from parkgeo.errors import SchemaError
from parkgeo.gazetteer._aliases import Aliases, AliasSource, read_aliases
from parkgeo.gazetteer._index import Hit, Likeness, LineIndex
from parkgeo.gazetteer._lines import COLUMNS, KINDS, empty_lines, read_lines, tidy
from parkgeo.gazetteer._names import FUZZY_LENGTHS, normalise
from parkgeo.gazetteer._places import same_ground

__all__ = ["FOUND_COLUMNS", "Gazetteer", "read"]

FOUND_COLUMNS: Final = (
    "query",
    "name",
    "kind",
    "score",
    "via",
    "place",
    "length_m",
    "sources",
    "n_lines",
    "outline",
    "geometry",
)
"""Columns that :meth:`Gazetteer.find` returns, in their order."""


@dataclass(frozen=True, eq=False, repr=False)
class Gazetteer:
    """Named lines (地名库) and the aliases under which they are looked up.

    Made by :func:`parkgeo.gazetteer.read`; :meth:`add` gives a larger one and leaves this as it is.

    Parameters
    ----------
    lines
        The ``lines`` frame in EPSG:4490: ``name``, ``kind`` (road, river, railway, border),
        ``ref``, ``source``, ``other_names`` (``;`` between them), ``outline`` (the line is the edge
        of an area: a bank or a district's border), ``geometry``.
    aliases
        Other names in normal form, see :func:`parkgeo.gazetteer.normalise`.
    dropped
        How many rows of the sources are not in ``lines``, by reason.
    """

    lines: gpd.GeoDataFrame
    aliases: Aliases = field(default_factory=lambda: MappingProxyType({}))
    dropped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Refuse a frame that :meth:`add` has not brought into form."""
        if missing := [column for column in COLUMNS if column not in self.lines]:
            raise SchemaError(
                f"lines without {', '.join(missing)}; make the gazetteer with "
                "parkgeo.gazetteer.read().add(frame)",
            )

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle what it is made of; read-only views cannot be, and indices are remade."""
        return _again, (self.lines, dict(self.aliases), dict(self.dropped))

    def add(
        self,
        frame: gpd.GeoDataFrame,
        *,
        kind: str | None = None,
        source: str | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> "Gazetteer":
        """Return a gazetteer that also holds the lines or areas of a frame.

        Parameters
        ----------
        frame
            Lines, or areas whose borders or banks are wanted, in any CRS; a column ``name``.
        kind
            What all of them are; by default read from ``kind`` or OpenStreetMap's columns.
        source
            Where they come from; by default the column ``source``.
        columns
            Which column to take for ``name``, ``kind`` and ``ref``: ``{"name": "路名"}``.

        Returns
        -------
        A new gazetteer with the same aliases.

        Raises
        ------
        MissingCRSError
            The frame does not say its CRS.
        SchemaError
            There is no column of names, or nothing tells the kind.
        GeometryError
            There are neither lines nor areas in the frame.

        Examples
        --------
        >>> from parkgeo import gazetteer
        >>> line = gpd.GeoSeries.from_wkt(["LINESTRING (120 30, 120.1 30)"], crs="EPSG:4490")
        >>> roads = gpd.GeoDataFrame({"name": ["振华路"]}, geometry=line)
        >>> gazetteer.read().add(roads, kind="road").lines["name"].tolist()
        ['振华路']
        """
        lines, dropped = tidy(frame, kind=kind, source=source, columns=columns)
        return self._with(lines, dropped)

    def _with(self, lines: gpd.GeoDataFrame, dropped: Mapping[str, int]) -> "Gazetteer":
        both = [part for part in (self.lines, lines) if len(part)]
        joined = (
            gpd.GeoDataFrame(pd.concat(both, ignore_index=True), crs=self.lines.crs)
            if both
            else empty_lines()
        )
        lost = Counter(self.dropped) + Counter(dropped)
        return Gazetteer(joined, self.aliases, MappingProxyType(dict(lost)))

    def find(self, name: str, *, kind: str | None = None, most: int = 20) -> gpd.GeoDataFrame:
        """Look up a name.

        Lines of one name that hang together are one row; the same name in another part of the
        country is another row with another ``place``. Where several sources draw the same road,
        the most complete one is kept and the others add only what it lacks.

        Parameters
        ----------
        name
            A name as written in a text; spaces, brackets and 规划 do not matter.
        kind
            Only roads, rivers, railways or borders.
        most
            How many rows at most.

        Returns
        -------
        The best first, the longer first among equals; no rows where nothing is like the name.

        ============ ===========================================================================
        ``query``    the name as asked
        ``name``     the name in the sources
        ``kind``     road, river, railway or border
        ``score``    0–1, how alike the names are: ``parkgeo.gazetteer.SCORES``
        ``via``      exact, alias, variant, ref, part or fuzzy
        ``place``    number of the place, constant for one gazetteer
        ``length_m`` geodesic length in metres of the linework, both carriageways counted
        ``sources``  tuple of all sources that have it
        ``n_lines``  lines of all sources that have it
        ``outline``  the lines are the edge of an area: a bank, a district's border
        ``geometry`` MultiLineString in EPSG:4490
        ============ ===========================================================================

        Raises
        ------
        SchemaError
            ``kind`` is none of the four, or ``name`` is no text.

        Examples
        --------
        >>> from parkgeo import gazetteer
        >>> line = gpd.GeoSeries.from_wkt(["LINESTRING (120 30, 120.1 30)"], crs="EPSG:4490")
        >>> roads = gpd.GeoDataFrame({"name": ["振华路"]}, geometry=line)
        >>> gazetteer.read().add(roads, kind="road").find("规划振华路")["score"].tolist()
        [1.0]
        """
        if kind is not None and kind not in KINDS:
            raise SchemaError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
        hits = [
            hit
            for hit in self._index.hits(name, self.aliases)
            if kind is None or self._kinds[hit.rows[0]] == kind
        ]
        hits.sort(key=lambda hit: (-hit.likeness.score, -hit.length_m, hit.place))
        found = [self._found(name, hit) for hit in self._new_lines_only(hits)[:most]]
        frame = gpd.GeoDataFrame(
            pd.DataFrame(found, columns=list(FOUND_COLUMNS)), geometry="geometry", crs=crs.CGCS2000
        )
        frame["length_m"] = measure.length_m(frame).to_numpy()
        order = ["score", "length_m", "place"]
        return frame.sort_values(order, ascending=[False, False, True], ignore_index=True)

    def _new_lines_only(self, hits: list[Hit]) -> list[Hit]:
        """Leave out hits that only repeat, under another of their names, lines of better ones."""
        seen = np.zeros(len(self.lines), bool)
        new: list[Hit] = []
        for hit in hits:
            if not seen[hit.rows].all():
                new.append(hit)
            seen[hit.rows] = True
        return new

    def _found(self, query: str, hit: Hit) -> tuple[object, ...]:
        sources = self._sources[hit.rows]
        kept = hit.rows[~same_ground(self._in_metres[hit.rows], sources)]
        first = hit.rows[0]
        return (
            query,
            hit.name,
            self._kinds[first],
            round(hit.likeness.score, 4),
            hit.likeness.via,
            hit.place,
            np.nan,
            tuple(sorted(set(sources))),
            len(hit.rows),
            bool(self._outlines[first]),
            shapely.multilinestrings(self.lines.geometry.to_numpy()[kept]),
        )

    def suggest(self, name: str, most: int = 5) -> list[str]:
        """Name the nearest names, best first, for a message or a person to choose from.

        Where :meth:`find` has too few, those that share enough characters are added.

        Parameters
        ----------
        name
            A name as written in a text.
        most
            How many names at most.

        Returns
        -------
        Names in normal form, see :func:`parkgeo.gazetteer.normalise`; none where nothing is near.

        Examples
        --------
        >>> from parkgeo import gazetteer
        >>> line = gpd.GeoSeries.from_wkt(["LINESTRING (120 30, 120.1 30)"], crs="EPSG:4490")
        >>> roads = gpd.GeoDataFrame({"name": ["振华路"]}, geometry=line)
        >>> gazetteer.read().add(roads, kind="road").suggest("振化路")
        ['振华路']
        """
        names = self._index.names
        alike = sorted(names.likenesses(name, self.aliases).items(), key=_worst_last)
        near = [names.names[at] for at, _ in alike]
        if len(near) < most:
            # Comparing with all names costs the product of the lengths.
            asked = normalise(name)[: FUZZY_LENGTHS.stop]
            near += difflib.get_close_matches(asked, names.names, most, cutoff=0.4)
        return list(dict.fromkeys(near))[:most]

    @cached_property
    def _in_metres(self) -> NDArray[np.object_]:
        if self.lines.empty:
            return np.empty(0, object)
        return np.asarray(crs.to_zone(self.lines.geometry).to_numpy(), object)

    @cached_property
    def _index(self) -> LineIndex:
        return LineIndex.build(self.lines, self._in_metres)

    @cached_property
    def _kinds(self) -> NDArray[np.object_]:
        return self.lines["kind"].to_numpy(object)

    @cached_property
    def _sources(self) -> NDArray[np.object_]:
        return self.lines["source"].fillna("").to_numpy(object)

    @cached_property
    def _outlines(self) -> NDArray[np.bool_]:
        return self.lines["outline"].to_numpy(bool)

    def __len__(self) -> int:
        return len(self.lines)

    def __repr__(self) -> str:
        counts = self.lines["kind"].value_counts()
        kinds = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if kind in counts)
        return f"<Gazetteer of {len(self.lines)} lines: {kinds or 'empty'}>"

    def _repr_html_(self) -> str:
        """Show a table of lines by source and kind, with what was left out."""
        lost = ", ".join(f"{escape(reason)} {_count(n)}" for reason, n in self.dropped.items())
        return (
            f"<p><b>Gazetteer</b> of {_count(len(self.lines))} lines under "
            f"{_count(self.lines['name'].nunique())} names; {_count(len(self.aliases))} names have "
            f"aliases</p>{self._counts_html()}{f'<p>Left out: {lost}</p>' if lost else ''}"
        )

    def _counts_html(self) -> str:
        if self.lines.empty:
            return ""
        counts = pd.crosstab(
            self.lines["source"].fillna("–"), self.lines["kind"], margins=True, margins_name="all"
        )
        columns = [column for column in (*KINDS, "all") if column in counts]
        shown = counts[columns].map(_count).rename_axis(index=None, columns=None)
        return shown.to_html(border=0, justify="right").replace(
            "<td>", '<td style="text-align: right">'
        )


def _again(lines: gpd.GeoDataFrame, aliases: Aliases, dropped: Mapping[str, int]) -> Gazetteer:
    return Gazetteer(lines, MappingProxyType(dict(aliases)), MappingProxyType(dict(dropped)))


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\N{THIN SPACE}") if number else "·"


def _worst_last(item: tuple[int, Likeness]) -> tuple[float, int]:
    return -item[1].score, item[0]


def read(  # noqa: PLR0913 - each is a fact that a file may leave out
    *paths: str | Path,
    aliases: AliasSource = None,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    crs: Any = None,  # noqa: ANN401 - whatever pyproj takes
    datum: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
) -> Gazetteer:
    """Build a gazetteer from files of named lines and areas.

    Parameters
    ----------
    paths
        GeoParquet, any vector file, or OpenStreetMap ``.pbf``. Areas give their edges: districts
        their borders, water its banks. The file's name is the ``source`` of its lines.
    aliases
        Other names: a dict such as ``{"留祥路": ["石祥西路"]}``, a CSV file with columns ``alias``
        and ``name``, or ``"hangzhou"`` for the table that comes with parkgeo. By default none.
    kind
        What all files hold; by default read from their columns, row by row.
    columns
        Which columns to take for ``name``, ``kind`` and ``ref``: ``{"name": "备注"}``. Without it
        the column ``name``, or the only one that is called as such columns often are: 名称, 路名,
        道路名称, 河流名称, NAME.
    crs
        The CRS of files that do not say it, such as ``"EPSG:4549"``.
    datum
        ``"gcj02"``, ``"bd09"``, ``"wgs84"`` or ``"cgcs2000"``: the datum of coordinates in degrees,
        where the files do not say it, or say WGS 84 for want of a better name.
    encoding
        Encoding of the text, such as ``"gbk"``, where the files do not say it.
    layer
        Name of the layer, where the files have several. Without it, the lines and the areas of a
        ``.pbf`` are read.

    Returns
    -------
    A gazetteer; rows without a name, a kind or a usable shape are counted in ``dropped``.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    SchemaError
        A file is empty, has no column of names or several, or nothing tells the kind; an alias
        table is no CSV.
    MissingCRSError
        A file does not say its CRS, and neither does the call.
    CRSMismatchError
        A file says another CRS or datum than the call.
    GeometryError
        A file has neither lines nor areas.
    UnknownNameError
        There is no such alias table.

    Notes
    -----
    A file that stands on GCJ-02 but does not say so is taken at its word, some 500 m off: say
    ``datum="gcj02"``. What is said holds for all ``paths``; where files differ, read each on its
    own with :func:`parkgeo.io.read` and hand it to :meth:`Gazetteer.add`.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> line = gpd.GeoSeries.from_wkt(["LINESTRING (120 30, 120.1 30)"], crs="EPSG:4490")
    >>> path = f"{mkdtemp()}/roads.parquet"
    >>> gpd.GeoDataFrame({"name": ["甲路"]}, geometry=line).to_parquet(path)
    >>> len(read(path))
    1
    """
    gazetteer = Gazetteer(empty_lines(), read_aliases(aliases))
    said = {"crs": crs, "datum": datum, "encoding": encoding, "layer": layer}
    for path in watched(paths, doing="reading lines", total=len(paths)):
        gazetteer = gazetteer._with(  # noqa: SLF001
            *read_lines(path, kind=kind, columns=columns, said=said)
        )
    return gazetteer
