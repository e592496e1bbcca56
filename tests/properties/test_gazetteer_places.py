"""Laws of places: what is near and of one name is one place, whatever the order of the lines."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from parkgeo.gazetteer._places import places, same_ground

TOWNS_KM = 20
"""Towns this far apart are out of reach of each other: the widest gap is 8 km."""

roads = st.lists(
    st.tuples(
        st.integers(0, 2),  # name
        st.integers(0, 3),  # town, counted to the east
        st.integers(0, 1000),  # start in the town, in metres
        st.integers(1, 1000),  # length in metres
    ),
    min_size=1,
    max_size=20,
)


def shapes(rows: list[tuple[int, int, int, int]]) -> np.ndarray:
    start = [town * TOWNS_KM * 1000 + east for _, town, east, _ in rows]
    length = [row[3] for row in rows]
    return np.array(
        [LineString([(x, 0), (x + along, 0)]) for x, along in zip(start, length, strict=True)],
        object,
    )


@given(roads)
def test_one_place_for_each_name_in_each_town(rows: list[tuple[int, int, int, int]]) -> None:
    found = places(shapes(rows), np.array([row[0] for row in rows]))
    expected = [row[:2] for row in rows]
    assert len(set(zip(found, expected, strict=True))) == len(set(found)) == len(set(expected))


@given(roads, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(
    rows: list[tuple[int, int, int, int]], random: "object"
) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    names = np.array([row[0] for row in rows])
    one, other = places(shapes(rows), names)[order], places(shapes(rows)[order], names[order])
    assert len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


@given(roads, st.data())
def test_no_ground_is_lost_when_copies_are_left_out(
    rows: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    lines = shapes(rows)
    sources = np.array(
        data.draw(st.lists(st.sampled_from("abc"), min_size=len(rows), max_size=len(rows))), object
    )
    spare = same_ground(lines, sources)
    assert not spare.all()
    kept = np.array([line.buffer(25) for line in lines[~spare]], object)
    for line in lines[spare]:
        drawn = sum(line.intersection(near).length for near in kept)
        assert drawn >= 0.7 * line.length
