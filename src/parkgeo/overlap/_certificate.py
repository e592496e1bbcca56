"""Say beside a table how well its areas are conserved."""

from html import escape
from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_object_dtype

from parkgeo.errors import SchemaError

if TYPE_CHECKING:  # it brings a template engine
    from pandas.io.formats.style import Styler


def certificate(table: pd.DataFrame) -> str:
    """Say in one line how well a table of this module conserves the area.

    Parameters
    ----------
    table
        What :func:`pairs`, :func:`partition`, :func:`matrix`, :func:`groups` or :func:`compare`
        returned. ``attrs`` go with a frame through most steps of pandas; where they do not, the
        table has no certificate any more.

    Returns
    -------
    One line of text: by how much areas differ, and by which column the rows are.

    Raises
    ------
    SchemaError
        The table has none.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from parkgeo import overlap
    >>> shapes = gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 0))"])
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a"]}, geometry=shapes, crs="EPSG:4490")
    >>> certificate(overlap.partition(parks))
    'areas conserved to 0.0e+00 of the whole (at most 1e-09), by brand_id'
    """
    if not isinstance(table, pd.DataFrame) or "conservation" not in table.attrs:
        raise SchemaError(
            "the table says nothing about conservation in its attrs; give the table as a function "
            "of parkgeo.overlap returned it"
        )
    said = (
        f"areas conserved to {table.attrs['conservation']:.1e} of the whole (at most 1e-09), "
        f"by {table.attrs.get('by')}"
    )
    if merged := table.attrs.get("slivers_merged"):
        said += (
            f"; {merged} slivers of {table.attrs['slivers_merged_m2']:,.1f} m² given to their "
            f"neighbours, {table.attrs['conservation_after_merging']:.1e} after that"
        )
    if left_out := table.attrs.get("rows_without_geometry"):
        said += f"; {len(left_out)} rows without geometry left out"
    return said


def show(table: pd.DataFrame) -> "Styler":
    """Show a table in a notebook with its certificate as the caption.

    A frame cannot carry a caption of its own, and one that changed how frames look would be a
    frame no more; so tables stay frames, and this is how to look at one. Geometry is left out.

    Parameters
    ----------
    table
        As for :func:`certificate`.

    Returns
    -------
    The styled table, which shows itself in a notebook; the frame stays as it is.

    Raises
    ------
    SchemaError
        The table has no certificate.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from parkgeo import overlap
    >>> shapes = gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 0))"])
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a"]}, geometry=shapes, crs="EPSG:4490")
    >>> "areas conserved" in show(overlap.partition(parks)).to_html()
    True
    """
    caption = escape(certificate(table))
    shown = pd.DataFrame(table)
    if isinstance(name := getattr(table, "active_geometry_name", None), str):
        shown = shown.drop(columns=name)
    # Only text is escaped, and members are tuples of names that may hold a "<".
    mixed = [name for name, dtype in shown.dtypes.items() if is_object_dtype(dtype)]
    shown = shown.copy()
    for name in mixed:
        shown[name] = shown[name].map(str).astype("str")
    style = shown.style.set_caption(caption).format(precision=4, escape="html")
    return style.format_index(escape="html").format_index(escape="html", axis="columns")
