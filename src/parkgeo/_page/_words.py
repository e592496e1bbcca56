"""What every page says, whatever it shows."""

from typing import Final

from parkgeo._style import Text

__all__ = ["PAGE_WORDS"]

PAGE_WORDS: Final[dict[str, Text]] = {
    "basemap": Text("底图", "Basemap"),
    "plain": Text("无底图", "None"),
}
