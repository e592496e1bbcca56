"""What single words of the command line mean; what cannot be meant is wrong usage."""

import argparse

__all__ = ["alias", "names", "number_or_name", "share"]


def alias(words: str) -> tuple[str, str]:
    """Read NAME=COLUMN, what a column of a file means."""
    name, equals, column = words.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{words!r} is not NAME=COLUMN")
    return name, column


def names(words: str) -> list[str]:
    """Read NAME,NAME …; commas of both widths part them."""
    found = [part.strip() for part in words.replace("，", ",").split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"{words!r} is not NAME,NAME …")
    return found


def number_or_name(words: str) -> float | str:
    """Read a number, or else the name of a column that holds numbers."""
    try:
        return float(words)
    except ValueError:
        return words


def share(words: str) -> float:
    """Read a share, such as 0.7 or 70%."""
    per_cent = words.endswith(("%", "％"))
    try:
        found = float(words.rstrip("%％")) / (100 if per_cent else 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is no share, such as 0.70 or 70%") from None
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"{words!r} is no share between 0 and 1; 70 % is 0.70")
    return found
