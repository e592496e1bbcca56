"""Basemaps of tiles, each with the datum that it is drawn in, and those that the page draws."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from branca.element import Figure, MacroElement
from jinja2 import Template

from parkgeo._page._drawn_ground import DrawnBasemap
from parkgeo._page._inline import Inline
from parkgeo._page._json import to_script_json
from parkgeo._style import Text
from parkgeo.errors import SchemaError, UnknownNameError

__all__ = ["Basemap", "BasemapChoice", "ChosenBasemaps", "chosen_basemaps", "tianditu"]

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]


@dataclass(frozen=True)
class Basemap:
    """Tiles of a map server, and the datum (坐标系) in which they are drawn.

    Vectors stay on their streets on any of them: the page draws them in the datum of the basemap
    that is shown. Tiles always come over a network, be it an intranet.

    Parameters
    ----------
    name, name_en
        What the reader chooses it by, in Chinese and English; one name does for both.
    url
        Address of a tile, with ``{z}``, ``{x}`` and ``{y}``, and ``{s}`` for a subdomain; several
        lie on each other, the first one below.
    datum
        ``"wgs84"`` and ``"cgcs2000"`` (drawn alike), ``"gcj02"`` (Amap, Tencent), or ``"bd09"``,
        whose tiles are also cut as Baidu cuts them.
    attribution
        Whose map it is.
    subdomains
        A character each, put in for ``{s}`` in turns.
    max_zoom
        Deepest level that the server has; beyond it tiles are drawn larger.

    Examples
    --------
    >>> Basemap("内网底图", "https://tiles.example.cn/{z}/{x}/{y}.png", datum="gcj02").datum
    'gcj02'
    """

    name: str
    url: str | tuple[str, ...]
    datum: Datum = "wgs84"
    attribution: str = ""
    subdomains: str = ""
    max_zoom: int = 18
    name_en: str = ""

    def __post_init__(self) -> None:
        """Refuse what no page could draw."""
        if self.datum not in ("wgs84", "cgcs2000", "gcj02", "bd09"):
            raise UnknownNameError(
                f"unknown datum {self.datum!r} of a basemap; use 'wgs84', 'cgcs2000', 'gcj02' or "
                "'bd09'"
            )
        for address in self.urls:
            if missing := [part for part in ("{z}", "{x}", "{y}") if part not in address]:
                raise SchemaError(
                    f"the address of a tile needs {', '.join(missing)}: found {address!r}"
                )
            if "{s}" in address and not self.subdomains:
                raise SchemaError(f"{address!r} has {{s}}; say subdomains='abc' or the like")

    @property
    def urls(self) -> tuple[str, ...]:
        """Addresses, from the lowest layer to the highest."""
        return (self.url,) if isinstance(self.url, str) else tuple(self.url)


BasemapChoice = str | Basemap | DrawnBasemap | Sequence[str | Basemap | DrawnBasemap] | None

_AMAP: Final = "https://web{kind}0{s}.is.autonavi.com/appmaptile?"

_KNOWN: Final = {
    "osm": Basemap(
        "OpenStreetMap",
        "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        attribution="© OpenStreetMap contributors",
        max_zoom=19,
    ),
    "amap": Basemap(
        "高德地图",
        _AMAP.replace("{kind}", "rd") + "lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",
        datum="gcj02",
        attribution="© 高德地图 Amap",
        subdomains="1234",
        name_en="Amap",
    ),
    "amap-satellite": Basemap(
        "高德影像",
        (
            _AMAP.replace("{kind}", "st") + "style=6&x={x}&y={y}&z={z}",
            _AMAP.replace("{kind}", "st") + "style=8&x={x}&y={y}&z={z}",
        ),
        datum="gcj02",
        attribution="© 高德地图 Amap",
        subdomains="1234",
        name_en="Amap satellite",
    ),
    "baidu": Basemap(
        "百度地图",
        "https://maponline{s}.bdimg.com/tile/?qt=vtile&x={x}&y={y}&z={z}&styles=pl&scaler=1",
        datum="bd09",
        attribution="© 百度地图 Baidu",
        subdomains="0123",
        max_zoom=19,
        name_en="Baidu",
    ),
}


def tianditu(key: str, *, style: Literal["vector", "satellite", "terrain"] = "vector") -> Basemap:
    """Return the national basemap Tianditu (天地图), with its names, in CGCS2000.

    Parameters
    ----------
    key
        Your own key (密钥) for browsers, from the console of Tianditu. It stands in every page that
        is made with it, where readers can see it.
    style
        ``"vector"`` (矢量), ``"satellite"`` (影像) or ``"terrain"`` (地形).

    Returns
    -------
    A basemap for ``basemap=`` of any map; its tiles need a network.

    Raises
    ------
    SchemaError
        No key.
    UnknownNameError
        No such style.

    Examples
    --------
    >>> tianditu("0123456789abcdef").datum
    'cgcs2000'
    """
    layers = {
        "vector": ("vec", "cva", "天地图", "Tianditu"),
        "satellite": ("img", "cia", "天地图影像", "Tianditu satellite"),
        "terrain": ("ter", "cta", "天地图地形", "Tianditu terrain"),
    }
    if style not in layers:
        raise UnknownNameError(f"unknown style {style!r}; use {', '.join(map(repr, layers))}")
    if not isinstance(key, str) or not key.isalnum():
        raise SchemaError(f"Tianditu needs a key of letters and digits, not {key!r}")
    ground, names, label, label_en = layers[style]
    return Basemap(
        label,
        tuple(
            f"https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile"
            f"&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
            f"&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
            for layer in (ground, names)
        ),
        datum="cgcs2000",
        attribution="© 天地图 Tianditu",
        subdomains="01234567",
        name_en=label_en,
    )


def chosen_basemaps(basemap: BasemapChoice) -> list[Basemap | DrawnBasemap]:
    """Return the basemaps that were asked for, the one to begin with first."""
    many = isinstance(basemap, Sequence) and not isinstance(basemap, str)
    asked: Sequence[object] = basemap if many else [] if basemap is None else [basemap]  # type: ignore[assignment]
    return [one if isinstance(one, Basemap | DrawnBasemap) else _known(one) for one in asked]


def _known(name: object) -> Basemap:
    if isinstance(name, str) and name in _KNOWN:
        return _KNOWN[name]
    hint = "; make one with parkgeo.maps.tianditu(key)" if name == "tianditu" else ""
    raise UnknownNameError(
        f"unknown basemap {str(name)[:200]!r}{hint}; use {', '.join(map(repr, _KNOWN))}, a "
        "parkgeo.maps.Basemap, what parkgeo.maps.drawn_basemap makes of your lines, several of "
        "them in a list, or None for a plain ground"
    )


class ChosenBasemaps(MacroElement):
    """Tells the page which basemaps its reader may choose from; ``ground.js`` shows them."""

    # Script, not data: what a page would load from elsewhere must be seen where it is looked for.
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            {{ this._parent.get_name() }}.pgBasemaps = {{ this.payload }};
        {% endmacro %}
        """,
    )

    def __init__(self, basemaps: Sequence[Basemap | DrawnBasemap]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "ChosenBasemaps"
        self.drawn = [one for one in basemaps if isinstance(one, DrawnBasemap)]
        text = to_script_json([_plain(basemap) for basemap in basemaps])
        # What a macro returns is read as a template once more; no name may begin one.
        self.payload = re.sub(r"\{(?=[{%#])", r"\\u007b", text)

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        """Add what is drawn as data, once, however many maps of a page show it."""
        figure = self.get_root()
        if isinstance(figure, Figure):
            for one in self.drawn:
                data = Inline("script", one.content, type="application/json", id=one.key)
                figure.html.add_child(data, name=one.key)
        super().render(**kwargs)  # type: ignore[no-untyped-call]


def _plain(basemap: Basemap | DrawnBasemap) -> dict[str, Any]:
    said = {
        "name": Text(basemap.name, basemap.name_en or basemap.name),
        "attribution": basemap.attribution,
    }
    if isinstance(basemap, DrawnBasemap):
        return {**said, "datum": "wgs84", "urls": [], "drawing": basemap.key}
    return {
        **said,
        "urls": list(basemap.urls),
        "datum": basemap.datum,
        "subdomains": basemap.subdomains,
        "maxZoom": basemap.max_zoom,
    }
