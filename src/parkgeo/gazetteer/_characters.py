"""Traditional characters in their simplified form, one for one."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from parkgeo.errors import SchemaError

__all__ = ["simplified"]

_BLOCKS: Final = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00))
"""Han characters of the basic plane; names of places need no others."""
_SCHEME: Final = "hk2s"
"""Traditional to simplified, with the variants of Hong Kong: 衞 is 卫 as 衛 is."""


def simplified(text: str) -> str:
    """Write every traditional character (繁体) of a text as the simplified one.

    Character by character, so that places in the text stay the same: words are not looked at. 後
    and 后 come out alike, as do 裏 and 里, which is what names need to be compared.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    A text of the same length; all other characters are as they were.

    Raises
    ------
    SchemaError
        What is given is no text.

    References
    ----------
    Kuo, C. *et al.* Open Chinese Convert (OpenCC), https://github.com/BYVoid/OpenCC.

    Examples
    --------
    >>> simplified("秋濤北路至機場路")
    '秋涛北路至机场路'
    """
    if not isinstance(text, str):
        raise SchemaError(f"simplified() takes a text, not {text!r}; give each name on its own")
    return text if text.isascii() else text.translate(_table())


@lru_cache(1)
def _table() -> Mapping[int, str]:
    """Ask OpenCC for each character by itself: each on its own line, so that none makes a word."""
    from opencc import OpenCC  # noqa: PLC0415 - takes a tenth of a second, and few need it at once

    written = [chr(code) for block in _BLOCKS for code in block]
    read = OpenCC(_SCHEME).convert("\n".join(written)).split("\n")
    return {ord(old): new for old, new in zip(written, read, strict=True) if old != new}
