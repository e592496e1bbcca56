"""Whether high values lie beside high ones: Moran's I, local Moran, Getis–Ord."""

import importlib
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from parkgeo import crs
from parkgeo.agglomeration._cross import Floats
from parkgeo.agglomeration._neighbours import Neighbours, neighbours_of, require_way
from parkgeo.errors import MissingExtraError, SchemaError, UnknownNameError, first_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from scipy.sparse import csr_array

    from parkgeo._page import BasemapChoice, Map

_ADDED: Final = (
    "n_neighbours", "local_i", "quadrant", "p_value", "p_adjusted", "significant", "g_star",
    "g_p_value",
)  # fmt: skip
_FEWEST: Final = 4
_CHUNK: Final = 4_000_000
"""Permuted values that are in memory at a time."""
QUADRANTS: Final = ("high-high", "low-low", "high-low", "low-high")


@dataclass(frozen=True)
class Autocorrelation:
    """What lies beside what: as a whole in ``summary``, each row in ``table``.

    Attributes
    ----------
    summary
        ``column``, ``neighbours``; ``n`` rows that count, ``n_islands``, ``n_without_value``,
        ``n_without_geometry``, which do not; ``moran_i`` with what it is ``expected`` to be without
        any pattern, ``z`` and ``p_normal`` under randomisation, ``p_value`` from permutations;
        ``permutations``, ``seed``, ``alpha``.
    table
        The rows as they came, with ``n_neighbours``; ``local_i``, the local Moran; ``quadrant``,
        what the row and the mean of its neighbours are; ``p_value`` from permutations and
        ``p_adjusted`` for the number of rows (Benjamini–Hochberg); ``significant``; ``g_star``, the
        z of Getis and Ord, above 0 for a hot spot, and its ``g_p_value``. Rows that do not count
        have none of these.
    """

    summary: "pd.Series[Any]"
    table: gpd.GeoDataFrame

    def _repr_html_(self) -> str:
        """Show the summary, and how many rows are significant in each quadrant."""
        significant = self.table["significant"].eq(True).fillna(False).astype(bool)  # noqa: FBT003
        found = self.table.loc[significant, "quadrant"].astype(str).value_counts()
        whole: str = self.summary.astype(str).to_frame().to_html(header=False)
        quadrants: str = found.to_frame("significant rows").to_html()
        return whole + quadrants

    def plot(
        self,
        *,
        ax: "Axes | None" = None,
        language: Literal["zh", "en"] | None = None,
        title: str | None = None,
    ) -> "Axes":
        """Draw the quadrants of what is significant (LISA 聚类图).

        Parameters
        ----------
        ax
            Axes to draw into; a new figure without.
        language
            Of the words. Without it Chinese, if a font for it is installed, and else English.
        title
            Heading; the empty string for none.

        Returns
        -------
        The axes, in the 3° zone of the frame.

        Raises
        ------
        MissingExtraError
            Chinese was asked for and no installed font has its glyphs.
        UnknownNameError
            No such language.
        """
        from parkgeo.agglomeration._autocorrelation_map import draw  # noqa: PLC0415 - matplotlib

        return draw(self, ax=ax, language=language, title=title)

    def map(
        self,
        *,
        language: Literal["zh", "en"] = "zh",
        basemap: "BasemapChoice" = None,
        title: str | None = None,
        attribution: str | None = None,
    ) -> "Map":
        """Draw the quadrants on a map that opens without a network.

        Parameters
        ----------
        language
            Which the page shows first; a button changes it.
        basemap
            Tiles below, which need a network, as for :func:`parkgeo.maps.overlap_map`.
        title, attribution
            Heading, and whose data they are.

        Returns
        -------
        A folium map; :func:`parkgeo.maps.save` writes it.

        Raises
        ------
        UnknownNameError
            No such language or basemap.
        """
        from parkgeo.agglomeration._autocorrelation_map import page  # noqa: PLC0415 - folium

        return page(self, language=language, basemap=basemap, title=title, attribution=attribution)


def autocorrelation(  # noqa: PLR0913 - independent options, all by keyword
    frame: gpd.GeoDataFrame,
    column: str,
    *,
    neighbours: Neighbours = "queen",
    k: int = 8,
    distance_m: float | None = None,
    permutations: int = 999,
    alpha: float = 0.05,
    seed: int = 0,
) -> Autocorrelation:
    r"""Measure whether like lies beside like, as a whole and at each place (空间自相关).

    .. math:: I = \frac{\sum_i \sum_j w_{ij} z_i z_j}{\sum_i z_i^2}, \qquad
              I_i = \frac{n - 1}{\sum_j z_j^2}\, z_i \sum_j w_{ij} z_j

    with :math:`z_i = x_i - \bar x` and weights that add up to 1 over the neighbours of i; and
    :math:`G_i^*`, the z of the sum over i and its neighbours, each of weight 1.

    Parameters
    ----------
    frame
        Polygons (parcels, cells of a grid, districts), or points with ``knn`` or ``distance``; in
        any CRS.
    column
        Numbers: output per mu, floor area ratio, share of industrial land.
    neighbours
        ``"queen"``, a common point; ``"rook"``, a common edge; ``"knn"``, the ``k`` nearest;
        ``"distance"``, all within ``distance_m`` metres, both from centre to centre. Parcels with
        roads between them touch nobody: take one of the latter.
    k
        For ``"knn"``.
    distance_m
        For ``"distance"``.
    permutations
        How often values change places at random. p-values are never below 2 / (permutations + 1),
        so take 9 999 for a thousand places and more: else nothing may pass the adjustment.
    alpha
        Significant is what has ``p_adjusted`` at most so.
    seed
        Of the permutations: the same seed gives the same result.

    Returns
    -------
    :class:`Autocorrelation`. Rows without a value or a geometry, and those without neighbours
    (islands), do not count, and the summary says how many there are. p-values are two-sided.

    Raises
    ------
    MissingExtraError
        esda and libpysal are not installed.
    MissingCRSError, GeometryError, SchemaError, UnknownNameError
        No CRS; polygons that cross themselves, points without a distance; values that are no
        numbers, all the same, or of fewer than four rows that have neighbours; no such column.

    Notes
    -----
    Distances are those of the 3° zone of the frame. Local values of neighbours depend on each
    other, so adjusted p-values are a guide. A ratio of unequal bases, such as cases per person, has
    larger variance where the base is small, which may look like a pattern.

    References
    ----------
    Moran, P. A. P. (1950), Notes on continuous stochastic phenomena; Anselin, L. (1995), Local
    indicators of spatial association; Ord, J. K., Getis, A. (1995), Local spatial autocorrelation
    statistics; Benjamini, Y., Hochberg, Y. (1995), Controlling the false discovery rate.

    Examples
    --------
    >>> from shapely import box
    >>> squares = [box(e, 3_350_000, e + 100, 3_350_100) for e in range(500_000, 500_400, 100)]
    >>> cells = gpd.GeoDataFrame({"x": [1, 1, 0, 0]}, geometry=squares, crs="EPSG:4549")
    >>> autocorrelation(cells, "x").summary["moran_i"]
    0.5
    """
    _require(frame, column, permutations, alpha)
    values = _values(frame, column)
    shapes = frame.geometry
    placed = (~(shapes.isna() | shapes.is_empty)).to_numpy(dtype=np.bool_)
    rows = np.flatnonzero(placed & ~np.isnan(values))
    _require_enough(len(rows), column)
    require_way(neighbours, k, distance_m, len(rows))
    ground = gpd.GeoSeries(frame.geometry.iloc[rows])
    weights = neighbours_of(ground, neighbours, k=k, distance_m=distance_m)
    number = np.diff(weights.indptr)
    linked = number > 0
    _require_enough(int(linked.sum()), column)
    x = values[rows[linked]]
    if np.ptp(x) == 0:
        raise SchemaError(f"{column!r} is {x[0]:g} in all rows that have neighbours: no variance")
    weights = weights[linked][:, linked]
    local = _local(x, weights, permutations, seed)
    table = _table(frame, rows, linked, number, local, alpha)
    summary = {
        "column": column,
        "neighbours": neighbours,
        "k": k if neighbours == "knn" else None,
        "distance_m": distance_m if neighbours == "distance" else None,
        "n": len(x),
        "n_islands": int((~linked).sum()),
        "n_without_value": int((placed & np.isnan(values)).sum()),
        "n_without_geometry": int((~placed).sum()),
        **_global(x, weights, permutations, seed),
        "permutations": permutations,
        "seed": seed,
        "alpha": alpha,
    }
    return Autocorrelation(pd.Series(summary, name="autocorrelation", dtype=object), table)


def _package(name: str) -> ModuleType:
    try:
        with warnings.catch_warnings():
            # What third parties deprecate among themselves is not for the user.
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "spatial autocorrelation needs esda and libpysal: pip install parkgeo[stats]"
        ) from error


def _global(x: Floats, weights: "csr_array", permutations: int, seed: int) -> dict[str, float]:
    """Measure the whole; values change places with a generator of their own."""
    graph = _graph(weights)
    moran = _package("esda").Moran(x, graph, transformation="r", permutations=0)
    shares = _row_shares(weights)
    z = x - x.mean()
    rng = np.random.default_rng(seed)
    drawn = np.empty(permutations)
    step = max(1, _CHUNK // len(z))
    for start in range(0, permutations, step):
        count = min(step, permutations - start)
        mixed = rng.permuted(np.broadcast_to(z, (count, len(z))), axis=1).T
        drawn[start : start + count] = (mixed * (shares @ mixed)).sum(axis=0)
    found = float(z @ (shares @ z))
    near = 1e-12 * float(z @ z)
    tail = min((drawn >= found - near).sum(), (drawn <= found + near).sum())
    return {
        "moran_i": float(moran.I),
        "expected": float(moran.EI),
        "z": float(moran.z_rand),
        "p_normal": float(2 * norm.sf(abs(moran.z_rand))),
        "p_value": _two_sided(np.array([(tail + 1) / (permutations + 1)]))[0],
    }


def _local(x: Floats, weights: "csr_array", permutations: int, seed: int) -> dict[str, Any]:
    """Measure each place."""
    shares = _row_shares(weights)
    z = x - x.mean()
    local_i, p = _local_moran(z, weights, permutations, seed)
    high, beside = z > 0, shares @ z > 0
    quadrant = np.select(
        [high & beside, ~high & ~beside, high & ~beside], list(QUADRANTS[:3]), QUADRANTS[3]
    )
    hot = _g_star(x, weights)
    return {
        "local_i": local_i,
        "quadrant": quadrant,
        "p_value": p,
        "p_adjusted": false_discovery_control(p, method="bh"),
        "g_star": hot,
        "g_p_value": 2 * norm.sf(np.abs(hot)),
    }


def _local_moran(
    z: Floats, weights: "csr_array", permutations: int, seed: int
) -> tuple[Floats, Floats]:
    """Draw the neighbours of each place from all others; its own value stays (Anselin 1995).

    The draws are the same for all places. esda's own are compiled for most of a minute at the first
    call, and give the p-value of one side.
    """
    found = _package("esda").Moran_Local(
        z, _graph(weights), transformation="r", permutations=0, n_jobs=1
    )
    number = np.diff(weights.indptr)
    rng = np.random.default_rng(seed)
    others = _others(rng, len(z) - 1, int(number.max()), permutations)
    lag = _row_shares(weights) @ z
    p = np.empty(len(z))
    for place, k in enumerate(number):
        chosen = others[:, :k]
        drawn = z[chosen + (chosen >= place)].sum(axis=1) / k
        # A tie but for rounding counts on both sides.
        near = 1e-12 * (abs(lag[place]) + abs(drawn))
        above = (drawn >= lag[place] - near).sum()
        below = (drawn <= lag[place] + near).sum()
        p[place] = (min(above, below) + 1) / (permutations + 1)
    return np.asarray(found.Is, dtype=np.float64), _two_sided(p)


def _others(
    rng: np.random.Generator, n: int, most: int, permutations: int
) -> "np.ndarray[Any, np.dtype[np.intp]]":
    """Draw rows of different numbers below n."""
    out = np.empty((permutations, most), dtype=np.intp)
    for row in out:
        row[:] = rng.choice(n, size=most, replace=False, shuffle=True)
    return out


def _g_star(x: Floats, weights: "csr_array") -> Floats:
    """Return the z of the sum over each place and its neighbours (Ord & Getis 1995, eq. 14)."""
    n = len(x)
    held = weights @ x + x
    number = np.diff(weights.indptr) + 1.0
    spread = x.std() * np.sqrt(number * (n - number) / (n - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        # A place whose neighbours are all others is the whole, and neither hot nor cold.
        return np.where(number < n, (held - number * x.mean()) / spread, np.nan)


def _two_sided(p: Floats) -> Floats:
    return np.minimum(2 * p, 1.0)


def _row_shares(weights: "csr_array") -> "csr_array":
    from scipy.sparse import diags_array  # noqa: PLC0415 - some 0.1 s

    return (diags_array(1 / np.diff(weights.indptr)) @ weights).tocsr()


def _graph(weights: "csr_array") -> Any:  # noqa: ANN401
    return _package("libpysal.graph").Graph.from_sparse(weights.tocoo())


def _table(  # noqa: PLR0913, PLR0917 - what is known of each row
    frame: gpd.GeoDataFrame,
    rows: Any,  # noqa: ANN401
    linked: Any,  # noqa: ANN401
    number: Any,  # noqa: ANN401
    local: dict[str, Any],
    alpha: float,
) -> gpd.GeoDataFrame:
    """Put what was found beside the rows that it was found of."""
    out = frame.copy()
    counted = rows[linked]
    neighbours = np.zeros(len(frame), dtype=np.int64)
    neighbours[rows] = number
    out["n_neighbours"] = neighbours
    for name, values in local.items():
        if name == "quadrant":
            column = np.full(len(frame), None, dtype=object)
            column[counted] = values
            out[name] = pd.array(column, dtype="string")
            continue
        numbers = np.full(len(frame), np.nan)
        numbers[counted] = values
        out[name] = numbers
    out["significant"] = (out["p_adjusted"] <= alpha).to_numpy(dtype=np.bool_)
    return out[[*frame.columns, *_ADDED]]


def _require(frame: object, column: str, permutations: object, alpha: object) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SchemaError(f"the frame must be a GeoDataFrame, not a {type(frame).__name__}")
    if frame.columns.tolist().count(column) != 1 or column == frame.geometry.name:
        raise UnknownNameError(
            f"the frame has no single column {column!r} of values; there are "
            f"{', '.join(map(str, frame.columns))}"
        )
    if taken := [name for name in _ADDED if name in frame.columns]:
        raise SchemaError(f"the frame has columns {', '.join(taken)} already; rename them")
    whole = isinstance(permutations, int | np.integer) and not isinstance(permutations, bool)
    if not whole or permutations < 1:  # type: ignore[operator]
        raise SchemaError(f"permutations must be a whole number, 1 or more, not {permutations!r}")
    if not isinstance(alpha, float) or not 0 < alpha < 1:
        raise SchemaError(f"alpha must lie between 0 and 1, not {alpha!r}")
    crs.require_crs(frame, "frame")
    _package("esda")


def _values(frame: gpd.GeoDataFrame, column: str) -> Floats:
    given = frame[column]
    values = np.array(pd.to_numeric(given, errors="coerce"), dtype=np.float64)
    wrong = (np.isnan(values) & given.notna().to_numpy(dtype=np.bool_)) | np.isinf(values)
    if wrong.any():
        raise SchemaError(
            f"{column!r} must be finite numbers; found {first_rows(given[wrong])} in rows "
            f"{first_rows(frame.index[wrong])}"
        )
    return values


def _require_enough(n: int, column: str) -> None:
    if n < _FEWEST:
        raise SchemaError(
            f"{n} rows have a value of {column!r}, a geometry and neighbours; {_FEWEST} are the "
            "least. Where parcels do not touch, use neighbours='knn', or 'distance' with a larger "
            "distance_m"
        )
