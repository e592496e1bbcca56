"""Whether each piece of ground has one body that answers for it."""

import re
import unicodedata
from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd

from parkgeo import overlap
from parkgeo._ground import column_of, require_frame
from parkgeo._style import known
from parkgeo.errors import SchemaError

__all__ = ["bodies_of", "body_name", "one_body"]

_BODY: Final = "responsible_body"
"""Column that the names are carried in; no frame of parks has one of that name."""


class _Verdict(NamedTuple):
    """What is said of a face, in both languages."""

    status: str
    reason: str
    reason_en: str


def one_body(
    parks: gpd.GeoDataFrame, *, body: str = "administrator", by: str = "brand_id"
) -> gpd.GeoDataFrame:
    """Check that each piece of ground has one responsible body (一个平台、一个主体、多块牌子).

    Several brands on the same ground are what a consolidation allows; several committees are not.

    Parameters
    ----------
    parks
        Blocks, in any CRS; polygons. Rows without a geometry are left out and named in ``attrs``.
    body
        Column that names the body of each block. Names are compared after Unicode's NFKC and
        without white space, so that full-width letters and a stray blank make no second committee.
    by
        Column, or name of the index, whose values say which blocks belong together.

    Returns
    -------
    A GeoDataFrame in EPSG:4490, one row for each set of brands, the largest area first within each
    status.

    ``members`` (tuple of labels), ``bodies`` (tuple of names, sorted), ``status``, ``area_km2``,
    ``area_mu``, ``reason`` (Chinese), ``reason_en``, ``geometry``. ``status``: *several* bodies,
    *unnamed* for a brand of the face, *none* named at all, *one*; in this order, so what needs
    attention comes first.

    ``attrs`` as of :func:`parkgeo.overlap.partition`, and ``share_one``, the share of the net area
    that has one body.

    Raises
    ------
    SchemaError
        No column ``body``.
    MissingCRSError, CRSMismatchError, GeometryError, UnknownNameError
        As :func:`parkgeo.overlap.partition`.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))"] * 2)
    >>> named = {"brand_id": ["a", "b"], "administrator": ["甲 管委会", "甲管委会"]}
    >>> parks = gpd.GeoDataFrame(named, geometry=shapes, crs="EPSG:4490")
    >>> one_body(parks)[["members", "bodies", "status"]].values.tolist()
    [[('a', 'b'), ('甲管委会',), 'one']]
    """
    require_frame(parks, "parks", reader="parkgeo.read_parks")
    if body not in parks.columns:
        raise SchemaError(
            f"the frame has no column {body!r} that says who answers for a block; found "
            f"{', '.join(map(str, parks.columns[:12]))}"
        )
    names = [body_name(value) for value in column_of(parks, body)]
    named = parks.assign(**{_BODY: pd.Series(names, index=parks.index, dtype=object)})
    faces = overlap.partition(named, by=by, carry=[_BODY])
    attrs = {str(key): value for key, value in faces.attrs.items()}
    distinct = [bodies_of(values) for values in faces[_BODY]]
    unnamed = [any(value is None or value == () for value in values) for values in faces[_BODY]]
    verdicts = [_verdict(*one) for one in zip(distinct, unnamed, strict=True)]
    table = faces.drop(columns=[_BODY, "n_members"]).assign(
        bodies=pd.Series(distinct, index=faces.index, dtype=object),
        **{name: [getattr(verdict, name) for verdict in verdicts] for name in _Verdict._fields},
    )
    columns = ["members", "bodies", "status", "area_km2", "area_mu", "reason", "reason_en"]
    keys = [
        (_ORDER.index(verdict.status), -round(area_km2, 12), str(members))
        for verdict, area_km2, members in zip(
            verdicts, faces["area_km2"], faces["members"], strict=True
        )
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    table = table[[*columns, "geometry"]].take(order)
    table = table.reset_index(drop=True)
    total_km2 = float(table["area_km2"].sum())
    one_km2 = float(table.loc[table["status"] == "one", "area_km2"].sum())
    table.attrs.update(attrs, share_one=one_km2 / total_km2 if total_km2 else float("nan"))
    return table


_ORDER: Final = ("several", "unnamed", "none", "one")


def body_name(value: object) -> str | None:
    """Return the name of a body as it is compared; null where none is given."""
    if not known(value):
        return None
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(value))) or None


def bodies_of(values: "tuple[str | tuple[str, ...] | None, ...]") -> tuple[str, ...]:
    """List the distinct bodies of a face; a brand whose blocks differ brings a tuple of its own."""
    names: set[str] = set()
    for value in values:
        if isinstance(value, tuple):
            names.update(value)
        elif value is not None:
            names.add(value)
    return tuple(sorted(names))


def _verdict(bodies: tuple[str, ...], unnamed: bool) -> _Verdict:  # noqa: FBT001
    listed = "、".join(bodies)
    if len(bodies) > 1:
        return _Verdict(
            "several", f"{len(bodies)} 个主体：{listed}", f"{len(bodies)} bodies: {listed}"
        )
    if not bodies:
        return _Verdict("none", "未注明主体", "no body is named")
    if unnamed:
        return _Verdict(
            "unnamed",
            f"部分牌子未注明主体，其余为{listed}",
            f"a brand names no body; the others name {listed}",
        )
    return _Verdict("one", f"主体为{listed}", f"{listed} answers for it")
