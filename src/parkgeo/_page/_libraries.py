"""Leaflet and jQuery from installed packages, as text that stands in the page."""

import base64
import mimetypes
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from parkgeo._page._inline import Inline
from parkgeo.errors import MissingExtraError

__all__ = ["libraries"]


@cache
def libraries() -> tuple[tuple[str, Inline], ...]:
    """Return Leaflet and jQuery under the names by which folium knows them."""
    leaflet = _asset("XStatic-Leaflet", "leaflet/data/leaflet.js").read_text(encoding="utf-8")
    jquery = _asset("XStatic-jQuery", "jquery/data/jquery.min.js").read_text(encoding="utf-8")
    return (
        ("leaflet", Inline("script", _without_source_map(leaflet) + _marker_images())),
        ("jquery", Inline("script", _without_source_map(jquery))),
        ("leaflet_css", Inline("style", _leaflet_css())),
    )


@cache
def _asset(package: str, ending: str) -> Path:
    try:
        listed = files(package) or []
    except PackageNotFoundError:
        listed = []
    for file in listed:
        if file.as_posix().endswith(ending):
            return Path(str(file.locate()))
    raise MissingExtraError(
        f"{ending.rsplit('/', maxsplit=1)[-1]} was not found in the package {package}, which maps "
        f"need to open without a network; install it with: pip install {package}",
    )


def _without_source_map(code: str) -> str:
    return re.sub(r"^//# sourceMappingURL=.*$", "", code, flags=re.MULTILINE)


def _leaflet_css() -> str:
    css = _asset("XStatic-Leaflet", "leaflet/data/leaflet.css").read_text(encoding="utf-8")
    return re.sub(r"url\(images/([\w.-]+)\)", lambda hit: f"url({_image(hit[1])})", css)


def _image(name: str) -> str:
    content = _asset("XStatic-Leaflet", f"leaflet/data/images/{name}").read_bytes()
    kind = mimetypes.guess_type(name)[0]
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _marker_images() -> str:
    """Return script that hands Leaflet its marker images, which it would look for as files."""
    return (
        "\ndelete L.Icon.Default.prototype._getIconUrl;\nL.Icon.Default.mergeOptions({"
        f'iconUrl: "{_image("marker-icon.png")}", '
        f'iconRetinaUrl: "{_image("marker-icon-2x.png")}", '
        f'shadowUrl: "{_image("marker-shadow.png")}"}});\n'
    )
