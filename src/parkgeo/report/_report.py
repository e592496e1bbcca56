"""A report as a page and as files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

import pandas as pd

from parkgeo import _atomic

__all__ = ["Report"]

_PAGES: Final = frozenset({".html", ".htm"})
_TABLES: Final = ("brands", "overlaps", "concentration", "scattered")
_MADE_HERE: Final = b'<meta name="generator" content="parkgeo'
_HEAD: Final = 4_096
_SANDBOX: Final = "allow-scripts allow-downloads allow-modals"


@dataclass(frozen=True)
class Report:
    """A finished report: one page that stands for itself, and its tables.

    Parameters
    ----------
    html
        The page; it loads nothing from elsewhere, unless a basemap was asked for.
    tables
        ``brands``, ``overlaps``, and with parcels ``concentration`` and ``scattered``: the numbers
        of the page unrounded, and all rows of what it shows the first of.
    summary
        The sentences with which the page begins.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> Report("<!DOCTYPE html>").save(f"{mkdtemp()}/report.html").name
    'report.html'
    """

    html: str = field(repr=False)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    summary: tuple[str, ...] = ()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, or the page and its tables to a folder.

        Parameters
        ----------
        path
            A name that ends in ``.html``, or else a folder, which is made: ``index.html`` in it,
            and beside it each table as CSV in UTF-8 with a mark at its beginning, as Excel needs
            it. Each file is replaced in one step, so that none is ever seen half-written. Tables
            of an earlier report in the folder that this one does not have are removed.

        Returns
        -------
        The page written.
        """
        target = Path(path)
        whole_folder = target.suffix.lower() not in _PAGES
        page = target / "index.html" if whole_folder else target
        stale = self._stale(page) if whole_folder else []
        if whole_folder:
            for name, table in self.tables.items():
                with _atomic.replaced(target / f"{name}.csv") as part:
                    table.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        with _atomic.replaced(page) as part:
            part.write_text(self.html, encoding="utf-8", newline="\n")
        for old in stale:
            old.unlink(missing_ok=True)
        return page

    def _stale(self, page: Path) -> list[Path]:
        """List the tables of an earlier report that this one has not; nobody else's files."""
        if not page.is_file() or _MADE_HERE not in page.read_bytes()[:_HEAD]:
            return []
        return [page.with_name(f"{name}.csv") for name in _TABLES if name not in self.tables]

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame of its own."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="{_SANDBOX}" allowfullscreen '
            'style="width:100%;height:720px;border:1px solid #dde3e8;border-radius:8px"></iframe>'
        )
