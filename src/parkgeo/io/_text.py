"""Plain text in the encodings in which Chinese offices save it."""

import codecs
from pathlib import Path
from typing import Final

from parkgeo.errors import SchemaError

_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_text(path: str | Path, *, encoding: str | None = None) -> str:
    """Read a text file in whatever encoding it is, strictly.

    Parameters
    ----------
    path
        The file.
    encoding
        Its encoding. Where none is given: the one that its first bytes mark, else UTF-8, else
        GB18030 (which GBK, 国标码, is part of).

    Returns
    -------
    The text, without the mark.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    SchemaError
        The bytes are no text in this encoding, or end within a character.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("东至", encoding="gbk")
    ...     read_text(Path(folder, "a.txt"))
    '东至'
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}; look for a typing error in the path")
    data = path.read_bytes()
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    said = [python_name(encoding, f"encoding {encoding!r}")] if encoding else []
    tried = said or ([marked] if marked else ["utf-8", "gb18030"])
    for name in tried:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    if any(_ends_within_a_character(data, name) for name in tried):
        raise SchemaError(f"{path.name} is cut off within a character; fetch it again")
    raise SchemaError(
        f"{path.name} is not {' or '.join(tried)}; name the right one with encoding=",
    )


def python_name(encoding: str, what: str) -> str:
    """Return the name by which Python knows an encoding of text; ``what`` begins the error."""
    try:
        # Codecs such as hex are known too, and turn no text into bytes.
        "a".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise SchemaError(
            f"{what} is no known encoding; name it with encoding='utf-8' or encoding='gb18030'",
        ) from error


def _ends_within_a_character(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(data, final=False)
    except UnicodeDecodeError:
        return False
    return True
