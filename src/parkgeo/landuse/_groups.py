"""Groups of classes that policy counts, by name, for each system."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["CHINESE", "INDUSTRIAL", "Group", "group_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Classes of one system that are counted together.

    Parameters
    ----------
    codes
        The classes; each takes all that lies in it.
    source
        Which words of the standard the choice rests on.
    """

    codes: tuple[str, ...]
    source: str


INDUSTRIAL: Final[Mapping[str, Mapping[str, Group]]] = MappingProxyType(
    {
        "industry": MappingProxyType(
            {
                "gbt21010": Group(codes=("0601",), source="GB/T 21010-2017: 0601 工业用地"),
                "third_survey": Group(codes=("0601",), source="TD/T 1055-2019: 0601 工业用地"),
                "land_sea_use": Group(
                    codes=("1001",),
                    source="自然资发〔2023〕234号: 1001 工业用地",
                ),
                "gb50137": Group(codes=("M",), source="GB 50137-2011: M 工业用地"),
                "osm": Group(
                    codes=("landuse=industrial", "man_made=works"),
                    source="OpenStreetMap wiki; landuse=industrial holds warehouses too",
                ),
            },
        ),
        "industry_mining_storage": MappingProxyType(
            {
                "gbt21010": Group(codes=("06",), source="GB/T 21010-2017: 06 工矿仓储用地"),
                "third_survey": Group(
                    codes=("0601", "0602", "0603", "0508"),
                    source="TD/T 1055-2019: what 06 of GB/T 21010 holds; 0603 stands under 00 "
                    "湿地 and storage under 05",
                ),
                "land_sea_use": Group(
                    codes=("10", "11"),
                    source="自然资发〔2023〕234号: 10 工矿用地, 11 仓储用地",
                ),
                "gb50137": Group(
                    codes=("M", "W", "H5"),
                    source="GB 50137-2011: M 工业用地, W 物流仓储用地, H5 采矿用地",
                ),
                "osm": Group(
                    codes=(
                        "landuse=industrial",
                        "man_made=works",
                        "landuse=quarry",
                        "landuse=salt_pond",
                    ),
                    source="OpenStreetMap wiki",
                ),
            },
        ),
    },
)
"""What counts as industrial land (工业用地), by group and system.

``"industry"`` is industrial land alone, which the target of 70 % is about;
``"industry_mining_storage"`` (工矿仓储用地) adds mining, salt fields and storage, as the evaluation
of intensive use in zones does. :func:`matches` takes these names where it takes codes.
"""

CHINESE: Final[Mapping[str, str]] = MappingProxyType(
    {"工业用地": "industry", "工矿仓储用地": "industry_mining_storage"}
)


def group_of(name: str) -> str:
    """Return the name of a group for its Chinese one, and any other word as it is."""
    return CHINESE.get(name, name)
