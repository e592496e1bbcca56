"""The arrays that everything on the plane is made of."""

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
Indices = NDArray[np.intp]
