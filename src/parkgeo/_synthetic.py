"""A city that does not exist: zones, parcels and firms to try an evaluation on.

It is drawn in the open sea east of Zhejiang, so that nobody takes a figure of it for one of a real
place; every name says that it is synthetic (合成).
"""

from dataclasses import dataclass, fields
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs

__all__ = ["SyntheticCity", "draw_city"]

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Box = tuple[float, float, float, float]

_CORNER: Final = (122.8, 29.0)
"""South-west corner, longitude and latitude: open sea."""
_SIZE_KM: Final = (16.0, 11.0)
_CELL_KM: Final = 0.25
_STREET_KM: Final = 0.015
_MARK: Final = "（合成）"
_MARK_EN: Final = " (synthetic)"
_ACCURACY_M: Final = 20.0

_DISTRICTS: Final = ("西岭区", "中湖区", "东港区")
_BORDERS_KM: Final = (5.25, 10.25)
_CORE_KM: Final[Box] = (4.5, 3.5, 9.5, 7.75)

_WEST, _LAKE, _PORT, _SOUTH = "西岭高新区", "中湖科技城", "东港经开区", "南溪产业园"
_BEFORE: Final[tuple[tuple[str, str, str, str, str, str, float, tuple[Box, ...]], ...]] = (
    # brand_id, brand, brand_en, level, kind, administrator, staff, extent in km
    ("xiling-hitech", _WEST, "Xiling hi-tech zone", "national", "hitech_zone",
     f"{_WEST}管委会", 62, ((1, 6, 4, 9.5),)),
    ("xiling-town", "西岭智造小镇", "Xiling smart town", "provincial", "characteristic_town",
     "西岭小镇办", 9, ((2, 7, 3.5, 8.5),)),
    ("xiling-cloud", "西岭云谷", "Xiling cloud valley", "municipal", "industrial_park",
     f"{_WEST}管委会", 62, ((0.75, 9, 2, 10.5),)),
    ("xiling-park", "西岭工业园", "Xiling industrial park", "district", "industrial_park",
     "西岭街道", 7, ((3.5, 8.5, 5, 10.25),)),
    ("zhonghu-city", _LAKE, "Zhonghu sci-tech city", "provincial", "scitech_city",
     f"{_LAKE}管委会", 41, ((6, 4, 8.5, 6.5),)),
    ("zhonghu-platform", "中湖数字平台", "Zhonghu digital platform", "provincial",
     "new_industry_platform", f"{_LAKE}管委会", 41, ((7.5, 5, 9.25, 7),)),
    ("zhonghu-base", "中湖老工业基地", "Zhonghu old base", "district", "industrial_base",
     "中湖街道", 6, ((5.5, 6.75, 6.5, 7.5),)),
    ("donggang-etdz", _PORT, "Donggang economic zone", "provincial", "economic_zone",
     f"{_PORT}管委会", 78, ((10.5, 1, 14, 4.5),)),
    ("donggang-port", "东港临港园", "Donggang port park", "municipal", "industrial_park",
     "东港临港办", 12, ((13, 3.5, 15.25, 6),)),
    ("donggang-town", "东港海创小镇", "Donggang sea town", "provincial", "characteristic_town",
     f"{_PORT}管委会", 78, ((11.5, 2, 12.75, 3.25),)),
    ("donggang-chem", "东港化工园", "Donggang chemical park", "district", "industrial_park",
     "东港街道", 5, ((14.5, 0.5, 15.5, 1.75),)),
    ("nanxi-park", _SOUTH, "Nanxi industry park", "municipal", "industrial_park",
     f"{_SOUTH}管委会", 18, ((5.25, 0.5, 7, 2),)),
    ("nanxi-textile", "南溪纺织园", "Nanxi textile park", "district", "industrial_park",
     "南溪街道", 5, ((7.25, 0.75, 8.25, 1.75),)),
    ("shanbei-point", "山北工业点", "Shanbei point", "district", "industrial_base",
     "山北街道", 3, ((1, 1, 1.75, 1.75),)),
    ("xidong-coop", "西东特别合作园", "Xidong cooperation park", "municipal", "cooperation_park",
     f"{_WEST}管委会", 62, ((11, 7.5, 13, 9.5),)),
)  # fmt: skip

_AFTER: Final[dict[str, tuple[Box, ...]]] = {
    "xiling-hitech": ((1, 6, 4, 9.5), (0.75, 9, 2, 10.5), (3.5, 8.5, 5, 10.25), (4, 7.5, 4.5, 8.5)),
    "zhonghu-city": ((6, 4, 8.5, 6.5), (7.5, 5, 9.25, 7)),
    "donggang-etdz": ((10.5, 1, 14, 4.5), (13, 3.5, 15.25, 6)),
    "nanxi-park": ((5.25, 0.5, 7, 2), (7, 0.75, 8.25, 1.75)),
    "xidong-coop": ((11, 7.5, 13, 9.5),),
}
_STAFF_AFTER: Final = {
    f"{_WEST}管委会": 58.0, f"{_LAKE}管委会": 36.0, f"{_PORT}管委会": 70.0, f"{_SOUTH}管委会": 17.0,
}  # fmt: skip
_MAPPING: Final = {
    "xiling-town": "xiling-hitech", "xiling-cloud": "xiling-hitech", "xiling-park": "xiling-hitech",
    "zhonghu-platform": "zhonghu-city", "zhonghu-base": None, "donggang-port": "donggang-etdz",
    "donggang-town": "donggang-etdz", "donggang-chem": None, "nanxi-textile": "nanxi-park",
    "shanbei-point": None,
}  # fmt: skip

_INDUSTRIES: Final = ("3962", "3591", "2720", "1711", "2651", "3670", "2239")
"""GB/T 4754: smart vehicle devices, environmental machines, medicines, cotton, plastics, car parts,
paper goods."""
_LEADING: Final = {
    "xiling-hitech": ("3962", 0.68), "zhonghu-city": ("2720", 0.55),
    "donggang-etdz": ("3670", 0.62), "nanxi-park": ("1711", 0.45), "xidong-coop": ("3591", 0.60),
}  # fmt: skip
_QUALITY: Final = {
    "xiling-hitech": 1.5, "zhonghu-city": 1.35, "donggang-etdz": 1.0, "nanxi-park": 0.65,
    "xidong-coop": 1.1,
}  # fmt: skip
_CLUSTERS_KM: Final = (
    (1.4, 1.4), (6.0, 7.1), (15.0, 1.1), (9.6, 2.2), (3.2, 3.6), (13.9, 8.6), (8.8, 9.1),
)  # fmt: skip
_CLUSTER_KM: Final = 0.8
"""How far from its middle a cluster outside reaches."""
_INDUSTRIAL: Final = ("100101", "100102")
_OTHER_CODES: Final = ("070102", "090101", "0601", "1207")
_STATUS: Final = {
    "in_use": 0.80, "inefficient": 0.07, "supplied_not_used": 0.06, "approved_not_supplied": 0.07,
}  # fmt: skip
_MARKED: Final = {"environment_veto": 0.01, "safety_veto": 0.01, "exempt": 0.04}
"""Shares of firms with a veto item, or too new to be graded."""
_USED: Final = ("in_use", "inefficient")


@dataclass(frozen=True)
class SyntheticCity:
    """Zones, land and firms of a city that does not exist (合成城市)."""

    parks_before: gpd.GeoDataFrame
    """Fifteen brands before a consolidation, as ``parks``, with ``staff`` of the committee."""
    parks: gpd.GeoDataFrame
    """The five that are left."""
    mapping: dict[str, str | None]
    """Which brand before went to which one after; null where it was given up."""
    parcels: gpd.GeoDataFrame
    """Parcels, with ``status``, ``price_wanyuan_per_mu`` and ``allowed_industry`` of those that can
    be had."""
    firms: gpd.GeoDataFrame
    """Firms with ``tax``, ``output``, ``revenue``, ``added_value``, ``rd`` (万元), ``energy``
    (tce), ``emission`` (t) and ``employment`` of this quarter, ``land`` (mu), zone and district."""
    firms_last: gpd.GeoDataFrame
    """The same firms last quarter."""
    core: gpd.GeoSeries
    """The core city."""
    units: dict[str, str]
    """Units of the columns of firms."""

    def __repr__(self) -> str:
        """Say what there is, and not the frames themselves."""
        frames = (
            f"{field.name}: {len(held)} rows" if isinstance(held, gpd.GeoDataFrame) else field.name
            for field in fields(self)
            for held in [getattr(self, field.name)]
        )
        return f"<SyntheticCity, all made up; {', '.join(frames)}>"


def draw_city(*, seed: int) -> SyntheticCity:
    """Draw the city; the same for the same seed."""
    rng = np.random.default_rng(seed)
    before = _brands_before()
    after = _brands_after(before)
    parcels = _parcels(rng)
    firms = _firms(rng, parcels)
    return SyntheticCity(
        parks_before=before,
        parks=after,
        mapping=dict(_MAPPING),
        parcels=parcels.drop(columns=["zone", "area_mu"]),
        firms=firms,
        firms_last=_earlier(rng, firms),
        core=_on_ground([shapely.box(*_CORE_KM)]),
        units={
            **dict.fromkeys(("tax", "output", "revenue", "added_value", "rd"), "万元"),
            "energy": "tce",
            "emission": "t",
            "employment": "person",
            "land": "mu",
        },
    )


def _on_ground(shapes: list[shapely.Geometry] | Texts) -> gpd.GeoSeries:
    """Put shapes in kilometres from the corner on the ground; each keeps its area exactly."""
    corner = crs.to_plane(gpd.GeoSeries.from_xy([_CORNER[0]], [_CORNER[1]], crs=crs.CGCS2000))
    east, north = corner.x.iloc[0], corner.y.iloc[0]
    # The equal-area plane widens what lies north and flattens it as much; undone, squares look so.
    wide = 1 / np.cos(np.radians(_CORNER[1]))
    scale = np.array([1000 * wide, 1000 / wide])
    drawn = np.array(shapes, dtype=object)
    moved = shapely.transform(drawn, lambda xy: xy * scale + np.array([east, north]))
    return crs.from_plane(gpd.GeoSeries(moved, crs=crs.PLANE))


def _union(boxes: tuple[Box, ...]) -> shapely.Geometry:
    return shapely.union_all([shapely.box(*one) for one in boxes])


def _brands_before() -> gpd.GeoDataFrame:
    names = ["brand_id", "brand", "brand_en", "level", "kind", "administrator", "staff"]
    table = pd.DataFrame([row[:-1] for row in _BEFORE], columns=names)
    table["brand"] += _MARK
    table["brand_en"] += _MARK_EN
    table["administrator"] += _MARK
    table = table.assign(
        staff=table["staff"].astype("float64"),
        method="schematic",
        accuracy_m=_ACCURACY_M,
        source="parkgeo.datasets.synthetic_city",
        license="CC0-1.0",
    )
    shapes = _on_ground([_union(row[-1]) for row in _BEFORE])
    blocks = gpd.GeoDataFrame(table, geometry=shapes.to_numpy(), crs=crs.CGCS2000)
    return blocks.set_index(blocks["brand_id"].rename("block_id"))


def _brands_after(before: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kept = before.loc[list(_AFTER)].copy()
    kept["geometry"] = _on_ground([_union(boxes) for boxes in _AFTER.values()]).to_numpy()
    bodies = kept["administrator"].str.removesuffix(_MARK)
    kept["staff"] = bodies.map(_STAFF_AFTER)
    return kept


def _parcels(rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Fill the ground with parcels between streets: most industry in zones, some in clusters."""
    steps = [np.arange(0, size, _CELL_KM) for size in _SIZE_KM]
    x, y = (grid.ravel() for grid in np.meshgrid(*steps))
    low, high = _STREET_KM, _CELL_KM - _STREET_KM
    boxes = shapely.box(x + low, y + low, x + high, y + high)
    middle = shapely.points(x + _CELL_KM / 2, y + _CELL_KM / 2)
    zone = _zone_of(middle)
    near = shapely.distance(middle, shapely.multipoints(_CLUSTERS_KM)) < _CLUSTER_KM
    chance = np.select([zone != "", near], [0.42, 0.62], 0.04)
    industrial = rng.random(len(x)) < chance
    names = np.array(list(_STATUS), dtype=object)
    status = rng.choice(names, len(x), p=list(_STATUS.values()))
    free = industrial & ~np.isin(status, _USED)
    frame = gpd.GeoDataFrame(
        {
            "parcel_id": [f"SYN-{i:04d}" for i in range(len(x))],
            "class_code": np.where(
                industrial, rng.choice(_INDUSTRIAL, len(x)), rng.choice(_OTHER_CODES, len(x))
            ),
            "class_system": "用地用海分类",
            "district": np.array(_DISTRICTS, dtype=object)[np.searchsorted(_BORDERS_KM, x, "right")]
            + _MARK,
            "status": pd.Series(status).where(industrial, None),
            "price_wanyuan_per_mu": np.where(free, rng.uniform(28, 90, len(x)).round(0), np.nan),
            "allowed_industry": pd.Series(rng.choice(_INDUSTRIES, len(x))).where(free, None),
            "zone": zone,
        },
        geometry=_on_ground(boxes).to_numpy(),
        crs=crs.CGCS2000,
    )
    # Exact, as shapes keep their areas: a mu is a fifteenth of a hectare.
    frame["area_mu"] = shapely.area(boxes) * 1500
    return frame


def _zone_of(points: Texts) -> Texts:
    """Name the zone that each point lies in, else nothing."""
    found = np.full(len(points), "", dtype=object)
    for brand_id, boxes in _AFTER.items():
        found[shapely.intersects(points, _union(boxes))] = brand_id
    return found


def _firms(rng: np.random.Generator, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Place one firm, or two, on each industrial parcel that is used."""
    used = parcels[parcels["status"].isin(_USED)].reset_index(drop=True)
    n_firms = rng.choice([1, 2], len(used), p=[0.82, 0.18])
    homes = used.loc[used.index.repeat(n_firms)].reset_index(drop=True)
    land_mu = homes["area_mu"] / np.repeat(n_firms, n_firms)
    zone = homes["zone"].to_numpy(dtype=object)
    quality = np.array([_QUALITY.get(one, 0.5) for one in zone]) * np.where(
        homes["status"] == "inefficient", 0.25, 1.0
    )
    figures = _figures(rng, land_mu.to_numpy(np.float64), quality)
    count = len(homes)
    place = homes.geometry.representative_point()
    table = pd.DataFrame(
        {
            "enterprise_id": [f"F{i:04d}" for i in range(count)],
            "name": [f"合成企业{i:04d}" for i in range(count)],
            "industry_code": _codes(rng, zone),
            **figures,
            "land": land_mu.to_numpy(),
            "parcel_id": homes["parcel_id"].to_numpy(),
            "brand_id": pd.Series(zone).where(zone != "", None),
            "district": homes["district"].to_numpy(),
            **{name: rng.random(count) < share for name, share in _MARKED.items()},
        }
    )
    return gpd.GeoDataFrame(table, geometry=place.to_numpy(), crs=crs.CGCS2000)


def _figures(rng: np.random.Generator, land_mu: Floats, quality: Floats) -> dict[str, Floats]:
    """Draw what firms make and use, about what one of their quality and size does."""
    count = len(land_mu)

    def about(value: float, spread: float) -> Floats:
        return value * np.exp(rng.normal(0, spread, count))

    added = land_mu * quality * about(110, 0.7)
    revenue = added * about(4.2, 0.25)
    return {
        "employment": np.maximum(added / about(20, 0.4), 3).round(),
        "output": (revenue * about(1.02, 0.05)).round(1),
        "revenue": revenue.round(1),
        "tax": (added * about(0.22, 0.45)).round(1),
        "added_value": added.round(1),
        "rd": (revenue * quality * about(0.008, 0.6)).round(1),
        "energy": (added / quality / about(2.2, 0.5)).round(1),
        "emission": (added / quality / about(3800, 0.6)).round(3),
    }


def _codes(rng: np.random.Generator, zone: Texts) -> Texts:
    """Give each zone a leading industry, and every firm outside any."""
    codes = rng.choice(np.array(_INDUSTRIES, dtype=object), len(zone))
    for brand_id, (code, share) in _LEADING.items():
        leads = (zone == brand_id) & (rng.random(len(zone)) < share)
        codes[leads] = code
    return codes


def _earlier(rng: np.random.Generator, firms: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw last quarter's figures: each zone grew at a rate of its own, firms around it."""
    growth = dict(zip(_AFTER, rng.uniform(-0.04, 0.08, len(_AFTER)), strict=True))
    rate = firms["brand_id"].map(growth).fillna(0.0).to_numpy(np.float64)
    earlier = firms.copy()
    for column in ("tax", "output", "revenue", "added_value", "rd"):
        noise = np.exp(rng.normal(0, 0.06, len(firms)))
        earlier[column] = (firms[column] / (1 + rate) * noise).round(1)
    return earlier
