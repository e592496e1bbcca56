"""What a brand, a level, a method and a provenance are.

The columns ``level``, ``kind`` and ``method`` hold the values of these enumerations as plain text,
so that a frame can be written to any format and read by people who do not use parkgeo.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from parkgeo.errors import SchemaError

__all__ = ["Kind", "Labelled", "Level", "LineKind", "Method", "Provenance"]


class Labelled(StrEnum):
    """A word with an English and a Chinese label."""

    label_en: str
    label_zh: str

    def __new__(cls, value: str, label_en: str = "", label_zh: str = "") -> Self:
        """Make a member from its value and its two labels."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label_en = label_en
        member.label_zh = label_zh
        return member


class Level(Labelled):
    """The tier of government that approved a brand (级别).

    Examples
    --------
    >>> Level("national").label_zh
    '国家级'
    """

    NATIONAL = "national", "national", "国家级"
    PROVINCIAL = "provincial", "provincial", "省级"
    MUNICIPAL = "municipal", "municipal", "市级"
    DISTRICT = "district", "district", "区级"


class Kind(Labelled):
    """What sort of zone a brand is (类型).

    Examples
    --------
    >>> Kind("new_industry_platform").label_en
    '10 000 mu, 100 billion platform'
    """

    HITECH_ZONE = "hitech_zone", "hi-tech zone", "高新技术产业开发区"
    HITECH_PARK = "hitech_park", "hi-tech industry park", "高新技术产业园区"
    ECONOMIC_ZONE = "economic_zone", "economic and technological zone", "经济技术开发区"
    NEW_INDUSTRY_PLATFORM = (
        "new_industry_platform",
        "10 000 mu, 100 billion platform",
        "万亩千亿新产业平台",
    )
    CHARACTERISTIC_TOWN = "characteristic_town", "characteristic town", "特色小镇"
    SCITECH_CITY = "scitech_city", "science and technology city", "科技城"
    NEW_AREA = "new_area", "new area", "新区"
    NEW_CITY = "new_city", "industrial new city", "产业新城"
    INDUSTRIAL_BASE = "industrial_base", "industrial base", "产业基地"
    INDUSTRIAL_COMMUNITY = "industrial_community", "industrial community", "产业社区"
    INDUSTRIAL_PARK = "industrial_park", "industrial park", "产业园"
    COOPERATION_PARK = "cooperation_park", "special cooperation park", "特别合作园"
    DEMONSTRATION_ZONE = "demonstration_zone", "demonstration zone", "示范区"
    FREE_TRADE_ZONE = "free_trade_zone", "free trade or bonded zone", "自由贸易区、综合保税区"
    CORRIDOR = "corridor", "innovation or industry corridor", "大走廊、产业带"
    PARK = "park", "park", "园区"
    OTHER = "other", "other", "其他"


class Method(Labelled):
    """How an extent came to be drawn, from the surest to the least sure (成图方式).

    Examples
    --------
    >>> [method.value for method in Method]
    ['official', 'digitised', 'reconstructed', 'schematic']
    """

    OFFICIAL = "official", "official survey", "官方界址"
    DIGITISED = "digitised", "digitised from a published map", "图件矢量化"
    RECONSTRUCTED = "reconstructed", "reconstructed from published bounds", "按四至重建"
    SCHEMATIC = "schematic", "schematic", "示意"


class LineKind(Labelled):
    """What a named line is (线状地物)."""

    ROAD = "road", "road", "道路"
    RIVER = "river", "river", "河流"
    RAILWAY = "railway", "railway", "铁路"
    BORDER = "border", "border", "界线"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a frame came from and under what terms (来源).

    :func:`parkgeo.write` keeps it in the file, under ``frame.attrs["provenance"]``.

    Parameters
    ----------
    source
        Title, document number or address of what was read.
    license
        Terms of use, as a SPDX name or in words.
    method
        How the extents came to be drawn.
    accuracy_m
        One standard deviation of the position of a boundary, in metres.
    attribution
        What must be said where the data are shown.

    Raises
    ------
    SchemaError
        The source is empty, or the accuracy is not a positive number.

    Examples
    --------
    >>> made = Provenance(source="西湖区 2021", method=Method.RECONSTRUCTED, accuracy_m=30)
    >>> Provenance.from_dict(made.to_dict()) == made
    True
    """

    source: str
    license: str | None = None
    method: Method | None = None
    accuracy_m: float | None = None
    attribution: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.source, str) or not self.source.strip():
            raise SchemaError("a provenance needs a source: a title, a number or an address")
        if self.accuracy_m is not None and not _is_length(self.accuracy_m):
            raise SchemaError(
                f"accuracy_m is {self.accuracy_m!r}; give metres above 0, or None where unknown",
            )

    def to_dict(self) -> dict[str, str | float]:
        """Return what is known as a plain dictionary, for ``frame.attrs``.

        Returns
        -------
        The fields that are known; a method as its word.
        """
        known = {key: value for key, value in asdict(self).items() if value is not None}
        return {k: v.value if isinstance(v, StrEnum) else v for k, v in known.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the provenance that :meth:`to_dict` wrote.

        Parameters
        ----------
        values
            What :meth:`to_dict` gave, as it comes back from ``frame.attrs`` or from JSON.

        Returns
        -------
        The provenance.

        Raises
        ------
        SchemaError
            The dictionary has no source, an unknown key, or an unknown method.
        """
        if not isinstance(values, Mapping):
            raise SchemaError(f"a provenance is a dictionary with a source, not {values!r}")
        unknown = values.keys() - cls.__dataclass_fields__.keys()
        if unknown or "source" not in values:
            raise SchemaError(
                f"a provenance has a source and may have {', '.join(cls.__dataclass_fields__)}; "
                f"found {', '.join(sorted(map(str, values))) or 'nothing'}",
            )
        method = values.get("method")
        if method is not None and method not in list(Method):
            raise SchemaError(f"unknown method {method!r}; use one of {', '.join(Method)}")
        return cls(**{**values, "method": None if method is None else Method(method)})


def _is_length(value: object) -> bool:
    return isinstance(value, float | int) and 0 < value < float("inf")


def __dir__() -> list[str]:
    return sorted(__all__)
