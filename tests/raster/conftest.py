"""Rasters written for a test, in a place with round numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

Writer = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Write cells as a GeoTIFF; cells of 10 m in EPSG:4549 unless something else is said."""
    numbers = iter(range(1000))

    def write_cells(
        cells: np.ndarray[Any, Any],
        transform: Affine | None = None,
        crs: object = "EPSG:4549",
        **options: Any,  # noqa: ANN401 - GDAL's own
    ) -> Path:
        path = tmp_path / f"raster-{next(numbers)}.tif"
        rows, cols = cells.shape
        scale = options.pop("scale", None)
        colours = options.pop("colours", None)
        mask = options.pop("mask", None)
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=cols,
            height=rows,
            count=1,
            dtype=cells.dtype,
            transform=transform or Affine(10, 0, 500_000, 0, -10, 3_350_000),
            crs=crs,
            **options,
        ) as dataset:
            dataset.write(cells, 1)
            if scale is not None:
                dataset.scales = (scale,)
            if colours is not None:
                dataset.write_colormap(1, colours)
            if mask is not None:
                dataset.write_mask(mask)
        return path

    return write_cells
