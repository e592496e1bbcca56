"""Points shared among the cells around them, and the power of their spectrum by wave number.

A point is shared among three cells in each direction by the quadratic spline; see
:mod:`parkgeo.agglomeration._distance_fft`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import Floats, Ints

Singles = NDArray[np.float32]
Waves = NDArray[np.complex64]


@formula
def spline_taps(part: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401 - a number, or an array of them
    """Share 1 among three cells, for a point that is a part of a cell beyond the first's middle.

    The part counts from half a cell after that middle, 0–1.
    """
    first = 0.5 * (1.0 - part) * (1.0 - part)
    third = 0.5 * part * part
    return first, 1.0 - first - third, third


def lay_points(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    sites: Ints,
    weight: Floats,
    corner: Ints,
    part: Floats,
    width: int,
    cells: Singles,
    selves: Floats,
) -> None:
    """Share the weight of points, which stand on sites, among cells.

    ``corner`` is the flat position of the south-western of a site's nine cells in rows of
    ``width``. ``selves`` gets the squared weights times what the shares of a point have with
    themselves 0, 1 and 2 cells away, north (rows) and east.
    """
    for k in range(len(sites)):
        at = corner[sites[k]]
        e0, e1, e2 = spline_taps(part[sites[k], 0])
        n0, n1, n2 = spline_taps(part[sites[k], 1])
        w = weight[k]
        for n in (n0, n1, n2):
            cells[at] += w * n * e0
            cells[at + 1] += w * n * e1
            cells[at + 2] += w * n * e2
            at += width
        square = w * w
        here, beside, across = e0 * e0 + e1 * e1 + e2 * e2, (e0 + e2) * e1, e0 * e2
        north = (square * (n0 * n0 + n1 * n1 + n2 * n2), square * (n0 + n2) * n1, square * n0 * n2)
        for a in range(3):
            selves[a, 0] += north[a] * here
            selves[a, 1] += north[a] * beside
            selves[a, 2] += north[a] * across


@formula
def cubic_weights(part: Any) -> tuple[Any, Any, Any, Any]:  # noqa: ANN401
    """Weigh four nodes in a row for a place that is a part of the way from the second to the third.

    The cubic through the four has these at the place (Lagrange).
    """
    before, after, further = part + 1.0, part - 1.0, part - 2.0
    return (
        -part * after * further / 6.0,
        before * after * further / 2.0,
        -before * part * further / 2.0,
        before * part * after / 6.0,
    )


def add_power(  # noqa: PLR0913, PLR0917
    one: Waves,
    other: Waves,
    at: Ints,
    node: Ints,
    share: Singles,
    factor: Singles,
    out: Floats,
) -> None:
    """Add the power of waves to the four nodes of wave number about each.

    ``at`` says which waves of the flat spectra are meant, ``node`` the first of four nodes,
    ``share`` the way from the second to the third, ``factor`` what the power is multiplied with.
    """
    for k in range(len(at)):
        a, b = one[at[k]], other[at[k]]
        power = factor[k] * (a.real * b.real + a.imag * b.imag)
        w0, w1, w2, w3 = cubic_weights(share[k])
        out[node[k]] += power * w0
        out[node[k] + 1] += power * w1
        out[node[k] + 2] += power * w2
        out[node[k] + 3] += power * w3
