"""Which names of a gazetteer can be written into a four-bounds text and read back unchanged."""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from parkgeo import crs
from parkgeo.fourbounds._parse import parse
from parkgeo.fourbounds._resolve_match import SAME_LIKENESS
from parkgeo.gazetteer import Gazetteer, normalise

UNNAMED: Final = "地块边界"
"""What border without a named line is called; it says what it is, not which."""
CONNECTORS: Final = ("转", "接", "、")
"""Words between two names of one side, the most usual first."""
_OTHER: Final = "中山大道"
_PROBE: Final = f"东至{{0}}，南至{{0}}{{1}}{_OTHER}，西至{_OTHER}{{1}}{{0}}，北至{{0}}。"
_UNDERGROUND: Final = "地铁"
_LEAST_SCORE: Final = 0.9
"""A name in the text must find its line at least as surely as a spelling variant does."""


class SpokenNames:
    """The names of a gazetteer's lines as a text may write them.

    Each is tried out once: alone on a side and in a chain, the parser must read it as one
    reference of just this name, and the gazetteer must find it under that name.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._known: dict[str, gpd.GeoDataFrame] = {}
        self._around = gpd.GeoSeries(crs=crs.CGCS2000)
        self._plane = CRS(crs.CGCS2000)

    def near(self, ring: shapely.LinearRing, plane: CRS, *, reach_m: float) -> gpd.GeoDataFrame:
        """Return the lines near a ring, with the name under which a text may call them.

        Parameters
        ----------
        ring
            The border, in the plane.
        plane
            A CRS in metres.
        reach_m
            How near, in metres.

        Returns
        -------
        ``spoken``, ``unseen`` (metros and borders: a text names the road there, if there is one)
        and ``geometry`` in the plane; lines without a usable name are left out.
        """
        lines = self._gazetteer.lines
        around = gpd.GeoSeries([ring], crs=plane).buffer(2 * reach_m).to_crs(crs.CGCS2000)
        self._around, self._plane = around, plane
        rows = np.sort(lines.sindex.query(around.iloc[0], predicate="intersects"))
        found = lines.iloc[rows]
        spoken = self._spoken(found)
        usable = spoken.notna().to_numpy()
        geometry = gpd.GeoSeries(found.geometry.to_numpy()[usable], crs=crs.CGCS2000).to_crs(plane)
        underground = found["name"].str.contains(_UNDERGROUND, regex=False).to_numpy(bool)
        unseen = underground | (found["kind"] == "border").to_numpy()
        columns = {"spoken": spoken[usable].to_numpy(), "unseen": unseen[usable]}
        return gpd.GeoDataFrame(columns, geometry=geometry)

    def strands(self, name: str) -> npt.NDArray[np.object_]:
        """Return what a reader finds by a name near the last ring, in its plane."""
        found = self._found(name)
        found = found[found.intersects(self._around.iloc[0]) & (found["kind"] != "border")]
        if found.empty:
            return np.empty(0, dtype=object)
        best = found["score"].max() - SAME_LIKENESS
        found = found[(found["score"] >= best) & (found["kind"] == found["kind"].iloc[0])]
        west, south, east, north = self._around.total_bounds
        shapes = shapely.clip_by_rect(found.geometry.to_numpy(), west, south, east, north)
        return gpd.GeoSeries(shapes, crs=crs.CGCS2000).to_crs(self._plane).to_numpy()

    def _found(self, written: str) -> gpd.GeoDataFrame:
        """Return what the gazetteer has by a name, asked once."""
        if written not in self._known:
            self._known[written] = self._gazetteer.find(written)
        return self._known[written]

    def _spoken(self, lines: gpd.GeoDataFrame) -> pd.Series:
        """Map each line to the name that a text may use, or null."""
        border = (lines["kind"] == "border").to_numpy()
        names = lines["name"].to_numpy(object)
        code, distinct = pd.factorize(pd.MultiIndex.from_arrays([names, border]))
        words = [self._usable(name, is_border=is_border) for name, is_border in distinct]
        return pd.Series(np.asarray([*words, None], object)[code], dtype=object)

    def _usable(self, name: str, *, is_border: bool) -> str | None:
        for written in _spellings(name, is_border=is_border):
            if reads_as_is(written) and self._finds(written, name):
                return written
        return None

    def _finds(self, written: str, name: str) -> bool:
        found = self._found(written)
        same = found["name"].map(normalise) == normalise(name)
        return bool((same & (found["score"] >= _LEAST_SCORE)).any())

    @staticmethod
    def takes(name: str, edge: str) -> bool:
        """Say whether the parser reads the name of an edge behind a name as such."""
        blocks = parse(_PROBE.format(name + edge, CONNECTORS[0]))
        read = [(one.name, one.edge) for block in blocks for one in block.references]
        return read == [(name, edge)] * 2 + [(_OTHER, None)] * 2 + [(name, edge)] * 2


def _spellings(name: str, *, is_border: bool) -> Iterator[str]:
    """Name the forms in which a line may be written, the plainest first."""
    if is_border:
        units = [unit for unit in name.split("—") if unit]
        yield "与".join(units) + ("交界" if len(units) > 1 else "界")
        return
    plain = normalise(name)
    # The normal form of a number is in small letters, which nobody writes: G25, not g25.
    yield plain.upper() if plain.isascii() and not name.islower() else plain
    yield name


def reads_as_is(name: str) -> bool:
    """Say whether the parser reads a name as one reference of just this name, on the line itself.

    It must do so alone, and in a chain with at least one of the connectors.
    """
    return any(_reads_as_is(name, connector) for connector in CONNECTORS)


def _reads_as_is(name: str, connector: str) -> bool:
    blocks = parse(_PROBE.format(name, connector))
    if len(blocks) != 1:
        return False
    read = [[one.name for one in side] for side in blocks[0].sides.values()]
    if read != [[name], [name, _OTHER], [_OTHER, name], [name]]:
        return False
    return all(
        one.name == one.raw and one.relation != "offset" and not one.generic
        for one in blocks[0].references
    )
