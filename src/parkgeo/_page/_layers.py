"""Layers that a script of parkgeo's own draws from data in the page."""

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from branca.element import Figure, MacroElement
from jinja2 import Template

from parkgeo._page._basemaps import Basemap, BasemapChoice, ChosenBasemaps, chosen_basemaps
from parkgeo._page._inline import Inline
from parkgeo._page._json import to_script_json, writable
from parkgeo._page._map import Map
from parkgeo._page._words import PAGE_WORDS

__all__ = ["DrawnLayers", "base_map"]

_CHINA: Final = [[18.0, 73.5], [53.6, 134.8]]
"""What to show where there is nothing to show."""
_SHARED: Final = (
    *("panel.css", "datums.js", "paper.js", "tools.js", "tree.js"),
    *("shapes.js", "mass.js", "ground_drawn.js", "ground.js", "panel.js"),
)


class DrawnLayers(MacroElement):
    """Puts a payload, and the script that draws it, into the page of the map it is added to.

    Parameters
    ----------
    function
        Name of the function of the script, called with the map and the id of the payload.
    payload
        Plain values and :class:`~parkgeo._style.Text`; ``words`` holds what the script says. No
        text of it is ever part of HTML or of script.
    package, static
        Where the script's own files are, and their names; ``panel.js`` comes before them.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            {{ this.function }}({{ this._parent.get_name() }}, "{{ this.get_name() }}");
        {% endmacro %}
        """,
    )

    def __init__(
        self, function: str, payload: dict[str, Any], *, package: str, static: Iterable[str]
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "DrawnLayers"
        self.function = function
        self.data = to_script_json({**payload, "words": PAGE_WORDS | payload["words"]})
        self.files = [
            *(("parkgeo._page", name) for name in _SHARED),
            *((package, n) for n in static),
        ]

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        """Add the data, and each style and script once, however many such maps a page has."""
        figure = self.get_root()
        if isinstance(figure, Figure):
            name = self.get_name()
            data = Inline("script", self.data, type="application/json", id=name)
            figure.html.add_child(data, name=f"{name}_data")
            for package, file in self.files:
                tag = "style" if file.endswith(".css") else "script"
                inline = Inline(tag, _static(package, file))
                figure.header.add_child(inline, name=f"parkgeo_{file}")
        super().render(**kwargs)  # type: ignore[no-untyped-call]


def base_map(
    bounds: list[list[float]] | None, *, basemap: BasemapChoice, title: str, layers: DrawnLayers
) -> Map:
    """Return a map with these layers that is centred; their script fits it to the window.

    Parameters
    ----------
    bounds
        South-west and north-east corner, latitude first; null shows China.
    basemap
        What lies below, and what the reader may choose instead; null for a plain ground.
    title
        Of the page.
    layers
        What the map shows.
    """
    chosen = chosen_basemaps(basemap)
    (south, west), (north, east) = bounds or _CHINA
    m = Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=12 if bounds else 4,
        zoom_control=False,
        # Tiles are sharp at whole steps only; shapes at any, so they can fill the window.
        zoom_snap=1 if chosen and isinstance(chosen[0], Basemap) else 0.25,
        font_size="14px",
    )
    if chosen:
        m.add_child(ChosenBasemaps(chosen))
    m.add_child(layers)
    root = m.get_root()
    if isinstance(root, Figure):
        root.title = escape(writable(title))
    return m


@cache
def _static(package: str, name: str) -> str:
    return files(package).joinpath("static", name).read_text(encoding="utf-8")
