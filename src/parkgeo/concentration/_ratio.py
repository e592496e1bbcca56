"""What share of land, or of what stands on it, lies inside the zones."""

import warnings
from collections.abc import Collection, Hashable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs
from parkgeo.concentration._batches import (
    Paths,
    is_paths,
    require_columns,
    source_of,
    systems_of,
)
from parkgeo.concentration._districts import districts_of
from parkgeo.concentration._notes import ids_of
from parkgeo.concentration._plane import Floats, overlay_errors
from parkgeo.concentration._select import Weight, Where
from parkgeo.concentration._stream import (
    BATCH_ROWS,
    checkpoint_of,
    fingerprint_of,
    streamed,
    wanted_of,
)
from parkgeo.concentration._sums import Question, Side, brands_of, finish, sums_of
from parkgeo.concentration._sums import groups_of as _groups
from parkgeo.concentration._zones import Zones, zones_of
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError

__all__ = ["_groups", "frame_of", "origin_of", "question_of", "ratio", "require_share"]

_FAR_DEG: Final = 0.5
"""Zones this far from all parcels, some 50 km, are hardly those of the same city."""


@overlay_errors("ratio")
def ratio(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame | Paths,
    parks: gpd.GeoDataFrame,
    *,
    by: str | None = None,
    of: Literal["parcels", "parks", "districts"] | None = None,
    districts: gpd.GeoDataFrame | None = None,
    where: Where = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
    weight: Weight = None,
    target: float = 0.70,
    shapley: bool = False,
    reading: Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    batch_rows: int = BATCH_ROWS,
) -> pd.DataFrame:
    r"""Measure what share of the parcels lies inside the zones (工业用地集中度).

    "Industrial land in zones ≥ 70 % of the city's": ground under several brands counts once.

    .. math:: \mathrm{ratio} = \frac{\sum_p w_p\,|p \cap U| / |p|}{\sum_p w_p},
              \qquad U = \bigcup_z z

    with :math:`w_p = |p|`, the official area, unless ``weight`` names something else.

    Parameters
    ----------
    parcels
        Polygons in any CRS; the columns that ``by``, ``where``, ``classes`` and ``weight`` name.
        Points where there is a ``weight``: such as enterprises, each inside or not.
        Or the path of a file (GeoParquet, GeoPackage, Shapefile, FlatGeobuf, GeoJSON) or of a
        folder of such files, or a list of paths: they are read in batches, in constant memory.
    parks
        Blocks, in any CRS; polygons; ``accuracy_m`` for the interval.
    by
        Column of the parcels (district, class, year), one row for each value; or column, or name
        of the index, of the parks (brand, platform, level), one row for each of them; or of the
        ``districts``.
    of
        Whose column ``by`` is, where both frames have it.
    districts
        Polygons that do not overlap, in any CRS, named by their column ``by``: one row for each,
        by where the ground lies, with parcels cut at the borders. What lies in none of them is the
        row of the null label.
    where
        Which parcels count: ``{"status": "built"}``, a value or several for each column; or a
        boolean Series on the index of the parcels. All of them by default.
    classes
        Which codes of ``class_code`` count: one or several codes, or groups of
        ``parkgeo.landuse.INDUSTRIAL`` such as "industry" (工业用地); "06" takes 0601 too.
    system
        The class system of codes for which ``class_system`` says none; it must not say another.
        Where neither says one, codes are compared as text, by their beginning.
    weight
        Column whose value is spread evenly over the area of its parcel (output, tax, employment);
        1 to count parcels; None for the area.
    target
        Share that is to be reached.
    shapley
        For brands: also split ground that several of them hold evenly among them.
    reading
        For paths, what :func:`parkgeo.io.read` is told of each file: ``crs``, ``datum``,
        ``encoding``, ``layer``; and ``aliases``, such as ``{"DL": "class_code"}``, beside the usual
        names (地类编码, DLBM), which are known. Of several columns of ids, 宗地代码 comes before
        标识码 (BSM), and that before 图斑编号.
    checkpoint
        For paths, a file in which the run keeps how far it has come, every few seconds; a run of
        the same question takes it up, and takes it away when it ends.
    batch_rows
        For paths, rows that are in memory at a time.

    Returns
    -------
    One row, or one per group on an index named ``by``, null label included; a group without any
    parcel that counts has total 0 and ratio NaN.

    ``total``, ``inside``: km², or the unit of the weight. ``ratio``, ``ratio_low``,
    ``ratio_high``: 0–1; the interval is NaN where the accuracy of a block is not known. ``target``;
    ``gap``: how much more must lie inside with the total as it is, negative where there is more
    than needed; ``gap_mu``, NaN where the total is no area. ``n_parcels``.

    By a column of the parks, ``total`` is that of all parcels, ``inside`` is what lies in the
    brand, ``alone`` what lies in no other, ``shared`` the rest; ``target`` and gaps are NaN. Inside
    does not add up over brands. With ``shapley``, ``split`` and ``ratio_split`` do: they are the
    Shapley values of the brands.

    ``attrs``: ``unit``; ``n_parcels``; ``unknown``, by column, how many parcels may belong to it
    but have no class or value, and their area: they are not counted; ``without_geometry``;
    ``duplicate_ids``, among the parcels that count; ``counted_twice``, by how much overlapping
    parcels exceed the ground under them: it is in total and inside, and is looked for ``within``
    all parcels, or within each batch; ``compared_as_text``, where nobody says the class system;
    ``outside_districts``; ``all``, the row for all zones together; ``parks_without_geometry``,
    ``accuracy_unknown``.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        Either frame does not say where it lies, or coordinates contradict it.
    GeometryError
        Invalid geometries, other kinds than polygons, no park with a geometry; districts that
        overlap.
    SchemaError
        Weights that are null, not finite or negative; codes that are no text or of another system;
        a target outside 0–1; files that cannot be read; a checkpoint of another run.
    UnknownNameError, AmbiguousNameError
        No such column; ``by`` is in both frames.

    Warns
    -----
    UserWarning
        A frame of parcels and the zones are nowhere near each other.

    References
    ----------
    杭政函〔2023〕13号, item 2. Shapley, L. S. (1953), A value for n-person games.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame(geometry=[box(0, 0, 4, 1)], crs="EPSG:4490")
    >>> zone = gpd.GeoDataFrame(geometry=[box(0, 0, 3, 1)], crs="EPSG:4490")
    >>> round(float(ratio(land, zone)["ratio"].iloc[0]), 6)
    0.75
    """
    options: dict[str, Any] = {
        "by": by,
        "of": of,
        "districts": districts,
        "where": where,
        "classes": classes,
        "system": system,
        "weight": weight,
        "target": target,
        "shapley": shapley,
    }
    if is_paths(parcels):
        return _of_files(parcels, parks, options, reading, checkpoint, batch_rows)
    frame = frame_of(parcels, reading=reading, checkpoint=checkpoint)
    question = question_of(parks, columns=frame.columns, **options)
    _warn_apart(frame, parks)
    return finish(sums_of(frame, question), question, ids=ids_of(frame))


def _warn_apart(parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    """Warn of layers that are nowhere near each other: their share is 0, and hardly meant."""
    corners = [frame.total_bounds for frame in (parcels, parks)]
    if not np.isfinite(corners).all():
        return
    boxes = [
        crs.to_geographic(gpd.GeoSeries([shapely.box(*bounds)], crs=frame.crs)).iloc[0]
        for bounds, frame in zip(corners, (parcels, parks), strict=True)
    ]
    if boxes[0].distance(boxes[1]) > _FAR_DEG:
        west, south, east, north = boxes[0].bounds
        lon, lat = boxes[1].centroid.coords[0]
        warnings.warn(
            "no zone is anywhere near the parcels, so nothing lies inside; parcels lie at "
            f"{west:.3f}–{east:.3f}° E, {south:.3f}–{north:.3f}° N, zones about {lon:.3f}° E, "
            f"{lat:.3f}° N: look at the CRS of both, or take the zones of this city",
            UserWarning,
            stacklevel=4,
        )


def frame_of(parcels: object, *, reading: object, checkpoint: object) -> gpd.GeoDataFrame:
    """Refuse what is neither a frame nor paths, and options of paths for a frame."""
    if not isinstance(parcels, gpd.GeoDataFrame):
        raise SchemaError(
            f"parcels must be a GeoDataFrame or paths of files, not a {type(parcels).__name__}; "
            "build a frame with geopandas.GeoDataFrame(…, geometry=…, crs=…)",
        )
    if checkpoint is not None or reading is not None:
        raise SchemaError(
            "checkpoint= and reading= are for parcels of files; give a path in place of the frame",
        )
    return parcels


def _of_files(  # noqa: PLR0913, PLR0917 - what ratio was given
    paths: Paths,
    parks: gpd.GeoDataFrame,
    options: dict[str, Any],
    reading: Mapping[str, Any] | None,
    checkpoint: str | Path | None,
    batch_rows: int,
) -> pd.DataFrame:
    """Answer for parcels of files, batch by batch."""
    if isinstance(options["where"], pd.Series):
        raise SchemaError(
            "where must be a mapping such as {'status': 'built'} for parcels of files; a Series "
            "has no index in common with them",
        )
    source = source_of(paths, reading=reading)
    systems = None
    if options["classes"] is not None and options["system"] is None:
        systems = systems_of(source)
    question = question_of(parks, columns=source.columns, systems=systems, **options)
    require_columns(source, wanted_of(question, source.columns))
    kept = None
    if checkpoint is not None:
        made = fingerprint_of(question, source, parks, options["districts"])
        kept = checkpoint_of(checkpoint, made)
    sums = streamed(source, question, size=batch_rows, checkpoint=kept)
    table = finish(sums, question, ids=source.values("parcel_id"))
    if kept is not None:
        kept.remove()
    return table


def question_of(  # noqa: PLR0913 - the options of ratio
    parks: gpd.GeoDataFrame,
    *,
    columns: Collection[Hashable],
    by: str | None,
    of: str | None,
    districts: gpd.GeoDataFrame | None,
    where: Where,
    classes: Sequence[str] | str | None,
    system: str | None,
    weight: Weight,
    target: float,
    shapley: bool,
    systems: Collection[str] | None = None,
) -> Question:
    """Make the ground of the zones ready for parcels that have these columns."""
    require_share(target, "target")
    side = _side(by, of, columns, parks, districts)
    if shapley and side != "parks":
        raise SchemaError("shapley splits ground among parks: give by= a column of the parks")
    zones = zones_of(parks)
    origin = origin_of(zones)
    brands, areas = None, None
    if by is not None and side == "parks":
        keys = parks[by] if by in parks.columns else parks.index.get_level_values(by)
        brands = brands_of(zones, keys, shapley=shapley)
    if by is not None and districts is not None:
        areas = districts_of(districts, by, origin=origin)
    return Question(
        bands=zones.bands(),
        origin=origin if areas is None else areas.origin,
        by=by,
        side=side,
        brands=brands,
        districts=areas,
        where=where,
        classes=classes,
        system=system,
        systems=systems,
        weight=weight,
        target=target,
        parks_without_geometry=tuple(zones.without_geometry),
        accuracy_unknown=tuple(zones.accuracy_unknown),
    )


def require_share(value: object, what: str) -> None:
    """Refuse what is no share."""
    if not isinstance(value, float | int | np.floating) or not 0 <= value <= 1:
        raise SchemaError(f"{what} must be a share between 0 and 1, not {value!r}; 70 % is 0.70")


def origin_of(zones: Zones) -> Floats | None:
    """Return where to measure from: near the zones, or wherever the parcels are."""
    return zones.origin if len(zones.blocks.rows) else None


def _side(
    by: str | None,
    of: str | None,
    columns: Collection[Hashable],
    parks: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame | None,
) -> Side | None:
    """Tell whose column ``by`` is."""
    if of not in (None, "parcels", "parks", "districts"):
        raise SchemaError(f"of must be 'parcels', 'parks' or 'districts', not {of!r}")
    if districts is not None:
        if by is None or of in ("parcels", "parks"):
            raise SchemaError(
                "districts need by= (the column of theirs that names them) and no other of=",
            )
        return "districts"
    if of == "districts":
        raise SchemaError("of='districts' needs districts=, a frame of their polygons")
    if by is None:
        return None
    in_parcels = by in columns
    in_parks = by in parks.columns or by in parks.index.names
    if of is None and in_parcels and in_parks:
        raise AmbiguousNameError(
            f"both parcels and parks have {by!r}; say of='parcels' or of='parks'",
        )
    if (in_parcels and of != "parks") or (in_parks and of != "parcels"):
        return "parcels" if in_parcels and of != "parks" else "parks"
    names = sorted({*map(str, columns), *map(str, parks.columns)} - {"geometry"})
    near = get_close_matches(str(by), names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    raise UnknownNameError(f"no column {by!r} to group by{f' in {of}' if of else ''}; {hint}")
