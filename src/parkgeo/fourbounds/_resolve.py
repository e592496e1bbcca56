"""From the bounds of one block to its polygon."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import geopandas as gpd
import pandas as pd
import shapely

from parkgeo import crs, measure
from parkgeo.errors import UnresolvedBoundsError
from parkgeo.fourbounds._geometry import HOP_M, largest_polygon
from parkgeo.fourbounds._references import Bounds
from parkgeo.fourbounds._remarks import Remark, joined, remark
from parkgeo.fourbounds._resolution import SIDE_COLUMNS, Resolution
from parkgeo.fourbounds._resolve_area import AreaFinding, compare, told
from parkgeo.fourbounds._resolve_choose import Choices, Names, choose_lines, corrected
from parkgeo.fourbounds._resolve_close import Closing, Outline, close
from parkgeo.fourbounds._resolve_closest import RIVALS_WITHIN, lines_along, only_line
from parkgeo.fourbounds._resolve_given import (
    require_bounds_and_lines,
    require_extent,
    require_mapping,
    require_names,
    require_near,
)
from parkgeo.fourbounds._resolve_match import (
    CLOSEST,
    Gazetteer,
    Match,
    Neighbourhood,
    look_up,
    neighbourhoods,
)
from parkgeo.fourbounds._resolve_pieces import pieces
from parkgeo.fourbounds._resolve_relations import applied_shift
from parkgeo.fourbounds._resolve_ring import RingFinder
from parkgeo.fourbounds._resolve_score import (
    Border,
    accuracy_m,
    bearing_error_deg,
    border,
    breaks_off,
    confidence,
    score,
)
from parkgeo.fourbounds._resolve_strands import on_edges, on_strands

_CANDIDATES = 5
_OF_A_KIND = 2
"""How many rings that differ only in where they leave the lines beside a missing side."""
_SAME_IOU = 0.9
_STRAIGHT = 0.65
"""What is left of the score of a straight side where a line along it closes the stated area."""
_MOST_BRIDGED = 0.2
_WIDE_M, _POOR = 8_000.0, 0.2
"""Half the width of the window, where nothing in a smaller one fits better: long blocks run on."""
_CUT_M = 1.0
_STRAIGHT_M = 1e-5
_SMALLEST_M2, _LARGEST_M2 = 1.0, 1e10
"""No block is larger than a prefecture; a larger area is a mistake of the unit."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    hood: Neighbourhood
    border: Border
    score: float


def resolve(  # noqa: PLR0913 — each is one thing that a person knows
    block: Bounds,
    gazetteer: Gazetteer,
    *,
    use_area: bool = True,
    near: tuple[float, float] | None = None,
    within: shapely.Geometry | None = None,
    choose: Choices | None = None,
    aliases: Names | None = None,
    lines: gpd.GeoDataFrame | None = None,
) -> Resolution:
    """Turn the four bounds (四至) of a block into a polygon, with reasons.

    Lines of each side are looked up by name; of lines of one name, those are meant that lie where
    the other sides are. The boundary runs along them clockwise, across gaps where they miss each
    other, and the way round is chosen by how its sides face, how much of it runs on the lines, and
    the stated area. A side without any line becomes a straight line: placed so that the stated
    area is met (``area-closed``), or where the lines beside it end (``inferred``).

    Parameters
    ----------
    block
        What the text says, from :func:`parkgeo.fourbounds.parse`.
    gazetteer
        Named lines, from :func:`parkgeo.gazetteer.read`.
    use_area
        Whether the stated area may help to choose and to place sides. Without it, agreement with
        the stated area is evidence.
    near
        Longitude and latitude, in degrees, of a place near the block, where names alone cannot
        say.
    within
        The extent, in EPSG:4490, that the block is known to lie in, such as that of the zone of
        which it is a part. Sides without a line are kept inside it; sides that are found stay
        where they are. That the block lies in it is then an assumption and not a finding.
    choose
        Lines that a person chose, by side, in the place of what the text says of it: a name, a
        name and its place in the gazetteer, or a geometry in EPSG:4490; a list of them where
        there are several along one side.
    aliases
        Other names of lines beside those of the gazetteer: ``{"留祥路": ["石祥西路"]}``.
    lines
        Named lines beside those of the gazetteer, as for
        :meth:`parkgeo.gazetteer.Gazetteer.add`.

    Returns
    -------
    A :class:`Resolution`.

    Raises
    ------
    UnresolvedBoundsError
        Fewer than two sides have lines near each other, or nothing says where to close the
        polygon. The message says for each side what was found, and what to do.
    UnknownNameError
        There is no line of a chosen name.
    GeometryError
        A chosen geometry is no line, or ``within`` no valid polygon.
    CRSMismatchError
        A chosen geometry, ``near`` or ``within`` is not in degrees, longitude first.
    SchemaError
        Something given is of another type than it must be.

    Notes
    -----
    The same lines in another order give the same polygon. The method, what its numbers mean and
    where it fails stand in the documentation under "From words to a polygon".

    Examples
    --------
    >>> from parkgeo import fourbounds, gazetteer
    >>> names = {"name": ["甲路", "乙路", "丙路", "丁路"]}  # round a cell of 27.848 km²
    >>> edge = [shapely.from_wkt(f"LINESTRING ({way})") for way in (
    ...     "120.0625 30, 120.0625 30.04166667", "120 30, 120.0625 30",
    ...     "120 30, 120 30.04166667", "120 30.04166667, 120.0625 30.04166667")]
    >>> roads = gazetteer.read().add(gpd.GeoDataFrame(names, geometry=edge, crs=4490), kind="road")
    >>> block = fourbounds.parse("东至甲路，南至乙路，西至丙路，北至丁路")[0]
    >>> round(resolve(block, roads).area_km2, 3)
    27.848
    """
    require_bounds_and_lines(block, gazetteer)
    require_names(aliases)
    require_mapping(choose, what="choose", example='{"west": "石祥西路"}')
    require_near(near)
    require_extent(within)
    known = corrected(gazetteer, aliases=aliases, lines=lines)
    block, chosen = choose_lines(block, known, choose or {})
    target = _usable_area(block) if use_area else None
    found = look_up(block, known, chosen=chosen)
    places = _Places(near, within)
    resolution = _resolved(block, found, places, known.lines, target=target)
    followed = set(resolution.sides.loc[resolution.sides["via"] == "chosen", "side"])
    by_hand = tuple(
        remark("by_hand" if side in followed else "by_hand_unused", side=side) for side in chosen
    )
    return replace(resolution, warnings=(*by_hand, *resolution.warnings))


@dataclass(frozen=True, slots=True)
class _Places:
    """What is known of where the block lies: a place near it, and the extent that holds it.

    ``area_unfit`` is set where the stated area was tried, and no way round can have it.
    """

    near: tuple[float, float] | None
    within: shapely.Geometry | None
    area_unfit: bool = False


def _resolved(
    block: Bounds,
    found: list[tuple[Match, gpd.GeoDataFrame | None]],
    places: _Places,
    lines: gpd.GeoDataFrame,
    *,
    target: float | None,
) -> Resolution:
    matches = tuple(match for match, _ in found)
    _require_two_sides(block, matches, {m.side for m, rows in found if rows is not None})
    size_m = 0.0 if target is None else 2.0 * target**0.5
    for window_m in dict.fromkeys((size_m, max(_WIDE_M, size_m))):
        ranked: list[_Candidate] = []
        for rank, hood in enumerate(neighbourhoods(found, near=places.near, size_m=window_m)):
            if rank == 0:
                matches = hood.matches
            ranked.extend(_candidates(on_edges(_kept_inside(hood, places.within)), target))
        ranked.sort(key=lambda candidate: -candidate.score)
        # Where a side has no line, a wider window only lets the lines beside it run on.
        if not all(hood.found.values()) or (ranked and _fits(ranked[0])):
            break
    # Once more: on the same strands, two ways round may be the same polygon.
    moved = [_on_strands(candidate, target) for candidate in _distinct(ranked)]
    distinct = _distinct(sorted(moved, key=lambda candidate: -candidate.score))
    if distinct and target is not None:
        distinct = _closed_along(distinct, lines, target)
    if not distinct:
        _require_two_sides(block, matches, {m.side for m in matches if m.network is not None})
        if target is not None:
            # No way round along the lines can have the stated area: it is left out, and said.
            without = replace(places, area_unfit=True)
            blind = _resolved(block, found, without, lines, target=None)
            return replace(blind, warnings=(remark("area_unfit"), *blind.warnings))
        what = _why_open(matches)
        if places.area_unfit:
            what += ", and none can have the stated area"
        raise UnresolvedBoundsError(_message(block, matches, what, _by_area(block, places)))
    return _resolution(block, distinct, target)


def _fits(candidate: _Candidate) -> bool:
    """Say whether a block is good, and not cut off by the window that its lines were cut to."""
    rim = candidate.border.outline.polygon.exterior
    inside = shapely.distance(rim, candidate.hood.window.exterior) > _CUT_M
    return bool(inside) and candidate.score >= _POOR


def _why_open(matches: tuple[Match, ...]) -> str:
    """Say why no way round closes, when two sides or more have lines."""
    with_lines = {match.side for match in matches if match.network is not None}
    without = [s for s in dict.fromkeys(match.side for match in matches) if s not in with_lines]
    if not without:
        return "no way round along these lines closes"
    if len(without) == 1:
        told = f"the {without[0]} side has no line, and the lines beside it run on"
        return f"{told}, so that nothing says where it is"
    told = f"the {' and '.join(without)} sides have no line, and the lines beside them run on"
    return f"{told}, so that nothing says where they are"


def _usable_area(block: Bounds) -> float | None:
    area = block.stated_area_m2
    return area if area is not None and _SMALLEST_M2 <= area <= _LARGEST_M2 else None


def _kept_inside(hood: Neighbourhood, within: shapely.Geometry | None) -> Neighbourhood:
    if within is None:
        return hood
    return replace(
        hood, within=gpd.GeoSeries([within], crs=crs.CGCS2000).to_crs(hood.plane).iloc[0]
    )


def _candidates(hood: Neighbourhood, target: float | None) -> Iterator[_Candidate]:
    sides = [side for side, matches in hood.found.items() if matches]
    if len(sides) < 2:  # noqa: PLR2004
        return
    for group in RingFinder(hood).rings():
        closed = (close(ring, hood, target_m2=target) for ring in group)
        for outline in islice((one for one in closed if one is not None), _OF_A_KIND):
            made = border(outline)
            value = score(made, target_m2=target)
            if value > 0.0:
                yield _Candidate(hood, made, value)


def _distinct(ranked: list[_Candidate]) -> list[_Candidate]:
    """Keep the best candidates that are not nearly the same polygon as a better one."""
    kept: list[_Candidate] = []
    for candidate in ranked:
        shape = candidate.border.outline.polygon
        if all(_iou(shape, other.border.outline.polygon) < _SAME_IOU for other in kept):
            kept.append(candidate)
        if len(kept) == _CANDIDATES:
            break
    return kept


def _on_strands(candidate: _Candidate, target: float | None) -> _Candidate:
    """Put a candidate on the strands that the words mean, where lines have several."""
    ring = on_strands(candidate.border.outline)
    outline = ring and close(ring, candidate.hood, target_m2=target)
    if not outline:
        return candidate
    made = border(outline)
    value = score(made, target_m2=target)
    return _Candidate(candidate.hood, made, value) if value > 0.0 else candidate


def _closed_along(
    ranked: list[_Candidate], lines: gpd.GeoDataFrame, target: float
) -> list[_Candidate]:
    """Put the side placed by area on a line along it, where one closes that area and no other does.

    Where several do, the straight side stays, and its reason names them.
    """
    best = ranked[0]
    trials: dict[str, _Candidate] = {}
    for name, hood in lines_along(best.border.outline, best.hood, lines):
        found = max(_candidates(hood, target), key=lambda one: one.score, default=None)
        if found is not None and not found.border.outline.closings:
            ratio = found.border.outline.area_m2 / target
            near = abs(ratio - 1.0) <= 2.0 * RIVALS_WITHIN
            trials[name] = _on_strands(found, target) if near else found
    areas = {name: one.border.outline.area_m2 / target for name, one in trials.items()}
    shapes = {name: one.border.outline.polygon for name, one in trials.items()}
    straight = score(best.border, target_m2=None)
    fits = {name: score(one.border, target_m2=None) / straight for name, one in trials.items()}
    chosen, near_by = only_line(areas, shapes, fits)
    if chosen is None:
        said = remark("could_close", names=near_by) if near_by else None
        return [_explained(best, said), *ranked[1:]] if said else ranked
    said = remark("closed_along", name=chosen, ratio=areas[chosen])
    others = [replace(one, score=_STRAIGHT * one.score) for one in ranked]
    return _distinct([_explained(trials[chosen], said), *others])


def _explained(candidate: _Candidate, said: Remark) -> _Candidate:
    """Add to the reason of the side that was placed by area."""
    outline = candidate.border.outline
    sides = [closing.side for closing in outline.closings]
    sides += [i.side for i in outline.ring.items if isinstance(i, Match) and i.via == CLOSEST]
    matches = tuple(
        replace(match, reason=joined(match.reason, said))
        if match.side in sides and match.position == 0
        else match
        for match in candidate.hood.matches
    )
    return replace(candidate, hood=replace(candidate.hood, matches=matches))


def _iou(left: shapely.Polygon, right: shapely.Polygon) -> float:
    shared = float(left.intersection(right).area)
    return shared / (left.area + right.area - shared)


def _resolution(block: Bounds, ranked: list[_Candidate], target: float | None) -> Resolution:
    frame = _candidate_frame(ranked, target)
    best = ranked[0]
    sides = _sides_frame(best)
    area_km2 = float(frame["area_km2"].iloc[0])
    stated = None if block.stated_area_m2 is None else block.stated_area_m2 / 1e6
    finding = _area_finding(best, block, area_km2 * 1e6)
    return Resolution(
        name=block.name,
        geometry=largest_polygon(frame.geometry.iloc[0]),
        area_km2=area_km2,
        stated_area_km2=stated,
        confidence=float(frame["confidence"].iloc[0]),
        accuracy_m=float(frame["accuracy_m"].iloc[0]),
        sides=sides,
        candidates=frame,
        pieces=pieces(best.border, best.hood),
        used_area=target is not None,
        warnings=(
            *_warnings(best, block, sides),
            *_area_warnings(best, block, area_km2 * 1e6, finding, target),
        ),
        area_finding=finding,
        sources=_sources(best),
    )


def _sources(best: _Candidate) -> tuple[str, ...]:
    """Where the lines come from that the border runs on, each once."""
    items = [item for item in best.border.outline.ring.items if isinstance(item, Match)]
    return tuple(sorted({source for item in items for source in item.sources}))


def _area_finding(best: _Candidate, block: Bounds, area_m2: float) -> AreaFinding | None:
    """How the stated area lies to that of the polygon; null where a side was placed by it."""
    outline, stated = best.border.outline, _usable_area(block)
    if stated is None or _placed_by_area(outline):
        return None
    return compare(outline.polygon, area_m2, stated, whole=_is_whole(best))


def _placed_by_area(outline: Outline) -> bool:
    return any(closing.status == "area-closed" for closing in outline.closings) or any(
        isinstance(item, Match) and item.via == CLOSEST for item in outline.ring.items
    )


def _is_whole(best: _Candidate) -> bool:
    """Say whether all references have lines, and nearly all of the border runs on them."""
    made = best.border
    on_lines = made.bridged_m.sum() <= _MOST_BRIDGED * made.perimeter_m
    return bool(on_lines and not made.outline.closings and not breaks_off(best.hood.matches))


def _candidate_frame(ranked: list[_Candidate], target: float | None) -> gpd.GeoDataFrame:
    rows = []
    for i, candidate in enumerate(ranked):
        rivals = [other.score for j, other in enumerate(ranked) if j != i]
        made = candidate.border
        items = made.outline.ring.items
        # Points put on straight lines to walk them are no corners of the polygon.
        drawn = shapely.simplify(made.outline.polygon, _STRAIGHT_M)
        ground = gpd.GeoSeries([drawn], crs=candidate.hood.plane).to_crs(crs.CGCS2000)
        shape = gpd.GeoSeries([largest_polygon(ground.make_valid().iloc[0])], crs=crs.CGCS2000)
        rows.append(
            {
                "score": candidate.score,
                "area_km2": float(measure.area_m2(shape).iloc[0]) / 1e6,
                "confidence": confidence(
                    made,
                    matches=candidate.hood.matches,
                    rival=max(rivals, default=0.0),
                    target_m2=target,
                ),
                "accuracy_m": accuracy_m(made),
                "references": tuple(m.reference.name for m in items if isinstance(m, Match)),
                "geometry": shape.iloc[0],
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs.CGCS2000)


def _sides_frame(candidate: _Candidate) -> pd.DataFrame:
    made = candidate.border
    items = made.outline.ring.items
    closings = {closing.side: closing for closing in made.outline.closings}
    rows = [
        _side_row(
            match,
            [i for i, item in enumerate(items) if isinstance(item, Match) and item.is_of(match)],
            closings.get(match.side),
            made,
        )
        for match in candidate.hood.matches
    ]
    return pd.DataFrame(rows, columns=list(SIDE_COLUMNS))


def _side_row(
    match: Match, items: list[int], closing: Closing | None, made: Border
) -> dict[str, object]:
    length, bridged = float(made.on_line_m[items].sum()), float(made.bridged_m[items].sum())
    reason = match.reason
    if items and match.via == CLOSEST:
        status = "area-closed"
    elif items and length + bridged >= 1.0:
        status = "bridged" if bridged > HOP_M else "found"
        reason = _found_reason(match, bridged)
    elif closing is not None:
        status = closing.status
        length = float(made.closing_m[closing.item]) if match.position == 0 else 0.0
        reason = joined(match.reason, closing.reason)
    else:
        status = "missing"
        reason = reason or remark("untouched")
    return {
        "side": match.side,
        "position": match.position,
        "reference": _printable(match.reference.name),
        "raw": _printable(match.reference.raw),
        "status": status,
        "name": match.name if items else None,
        "score": match.score if items else None,
        "via": match.via if items else None,
        "place": match.place if items else None,
        "length_m": length,
        "share_of_border": length / made.perimeter_m,
        "gap_bridged_m": bridged,
        "bearing_error_deg": bearing_error_deg(made, match.side),
        "reason": str(reason),
        "reason_zh": reason.zh,
    }


def _printable(text: str) -> str:
    """Replace lone surrogates, which no column of text can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _found_reason(match: Match, bridged_m: float) -> Remark:
    as_written = match.name == match.reference.name
    said = remark("found") if as_written else remark("found_as", name=match.name, via=match.via)
    if bridged_m > HOP_M:
        said = joined(said, remark("gaps", metres=bridged_m))
    shift = applied_shift(match.reference, match.side)
    return joined(said, remark("offset", metres=shift[0])) if shift else said


def _lacks_distance(match: Match) -> bool:
    return (
        match.reference.relation == "offset" and applied_shift(match.reference, match.side) is None
    )


def _placed(best: _Candidate) -> Iterator[str]:
    """Say of each side that the text gives no line for how it was placed."""
    for closing in best.border.outline.closings:
        by_area = closing.status == "area-closed"
        yield remark("placed_by_area" if by_area else "placed_by_ends", side=closing.side)
        if closing.held:
            yield remark("kept_inside", side=closing.side)
    for item in best.border.outline.ring.items:
        if isinstance(item, Match) and item.via == CLOSEST:
            yield remark("placed_along", side=item.side, name=item.name)


def _warnings(best: _Candidate, block: Bounds, sides: pd.DataFrame) -> Iterator[str]:
    yield from _placed(best)
    missing = sides.loc[sides["status"] == "missing", "reference"]
    if len(missing):
        yield remark("left_out", names=tuple(missing))
    bridged = float(best.border.bridged_m.sum())
    if bridged > 0.05 * best.border.perimeter_m:
        yield remark("off_lines", metres=bridged)
    if any(_lacks_distance(match) for match in best.hood.matches):
        yield remark("no_distance")
    if block.stated_area_m2 is not None and _usable_area(block) is None:
        yield remark("area_absurd", area_m2=block.stated_area_m2)


def _area_warnings(
    best: _Candidate,
    block: Bounds,
    area_m2: float,
    finding: AreaFinding | None,
    target: float | None,
) -> Iterator[str]:
    stated = _usable_area(block)
    if stated is not None and finding not in {None, "agrees"}:
        used = "area_off" if target is None else "area_off_used"
        looks = told(finding, best.border.outline.polygon, area_m2, stated)
        yield joined(remark(used, error=area_m2 / stated - 1.0), looks)


def _require_two_sides(block: Bounds, matches: tuple[Match, ...], sides: set[str]) -> None:
    if len(sides) < 2:  # noqa: PLR2004
        what = f"{len(sides)} of {len(block.sides)} sides have lines"
        raise UnresolvedBoundsError(_message(block, matches, what))


def _by_area(block: Bounds, places: _Places) -> str:
    """Advise to place a side by the stated area, where that was not tried."""
    if places.area_unfit:
        return ""
    if _usable_area(block) is None:
        return ", or say the area (stated_area_m2 of the bounds), which places a missing side"
    return ", or use the stated area (use_area) to place a missing side"


def _message(block: Bounds, matches: tuple[Match, ...], what: str, by_area: str = "") -> str:
    looked = [
        f"{match.side}: {match.reference.name!r}: {match.reason or 'lines found'}"
        for match in matches
    ]
    help_ = "add the missing lines with gazetteer.add(), or give aliases for their names" + by_area
    named = f"block {block.name!r}" if block.name else "the block"
    return f"{named} cannot be resolved: {what}. {'; '.join(looked)}. To go on, {help_}."
