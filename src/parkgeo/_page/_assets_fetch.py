"""Fetching, once, what pages would fetch each time: the only code of parkgeo's pages that does."""

import hashlib
import http.client
import importlib
import inspect
import os
import pkgutil
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import folium
import pandas as pd

from parkgeo import _progress
from parkgeo._page._assets import (
    Asset,
    AssetFolder,
    Kind,
    address_of,
    assets_folder,
    file_name,
    version_of,
)
from parkgeo._page._assets_inline import integrity_holds, style_parts
from parkgeo._page._loads import integrities

__all__ = ["fetch_assets", "folium_assets"]

_SECONDS_OF_SILENCE: Final = 30
_SECONDS_A_FILE: Final = 300
_MOST_FILES: Final = 2_000
"""In one run, so that style sheets that name ever more style sheets come to an end."""
_CHUNK_BYTES: Final = 1 << 16
_MAGIC: Final[tuple[tuple[bytes, Kind, str, str], ...]] = (
    (b"wOF2", "font", "font/woff2", "woff2"),
    (b"wOFF", "font", "font/woff", "woff"),
    (b"\x00\x01\x00\x00", "font", "font/ttf", "ttf"),
    (b"OTTO", "font", "font/otf", "otf"),
    (b"\x89PNG\r\n\x1a\n", "image", "image/png", "png"),
    (b"GIF8", "image", "image/gif", "gif"),
    (b"\xff\xd8\xff", "image", "image/jpeg", "jpg"),
    (b"\x00\x00\x01\x00", "image", "image/x-icon", "ico"),
    (b"\x00\x00\x02\x00", "image", "image/x-icon", "cur"),
)
_STYLES: Final = {"text/css"}
_SCRIPTS: Final = {"text/javascript", "application/javascript", "application/x-javascript"}


def folium_assets() -> list[str]:
    """List the scripts and styles that the installed folium and plugins name.

    Returns
    -------
    Addresses, ordered. Fonts and images that the style sheets name are not among them;
    :func:`fetch_assets` finds them.

    Examples
    --------
    >>> any("markercluster" in address for address in folium_assets())
    True
    """
    return list(_folium_assets())


def fetch_assets(
    needed: folium.Map | Mapping[str, str] | Iterable[str],
    *,
    folder: str | os.PathLike[str] | None = None,
    refresh: bool = False,
    http: bool = False,
    limit_mb: float = 20.0,
) -> pd.DataFrame:
    """Fetch what pages need from elsewhere into a folder, for :func:`save`.

    Done once, where there is a network. The folder can then be copied to where there is none;
    :func:`check_assets` says there whether it arrived as it left. Nothing that is fetched is run.

    Parameters
    ----------
    needed
        A map; or addresses; or addresses with the ``integrity`` that each must have.
        :func:`folium_assets` gives those of all folium plugins. What a style sheet names, fonts,
        images and other sheets, is fetched as well.
    folder
        As for :func:`assets_folder`.
    refresh
        Fetch again what the folder holds unchanged.
    http
        Take addresses without encryption too, as of a server on an intranet.
    limit_mb
        Largest file, in MB.

    Returns
    -------
    One row an address: ``address``; ``state``, one of fetched, kept (the folder holds it) and
    failed; ``reason``, null unless failed; ``version`` as the address says it; ``kind``;
    ``size_bytes``; ``sha256``; ``source``, where redirects led; ``file`` in the folder.

    Raises
    ------
    SchemaError
        If the folder's manifest is damaged.

    Notes
    -----
    An address that names a version must always give the same file: if it gives another one than
    was noted, that is a failure, and what the folder holds stays.

    Examples
    --------
    >>> row = fetch_assets(["file:///etc/hostname"], folder="carried").iloc[0]
    >>> row["state"], row["reason"]
    ('failed', 'file: is not the web')
    """
    held = AssetFolder.read(assets_folder(folder))
    fetcher = _Fetcher(held, refresh=refresh, http=http, most_bytes=int(limit_mb * 1e6))
    try:
        with _progress.progress(doing="fetching", total=0, done=0, unit="files") as bar:
            for _ in fetcher.run(_wanted(needed)):
                bar.update(1)
    finally:
        if fetcher.fetched:
            held.write()
    columns = ["address", "state", "reason", "version", "kind", "size_bytes", "sha256"]
    return pd.DataFrame(fetcher.rows, columns=[*columns, "source", "file"]).astype(
        {"reason": object, "size_bytes": "Int64"}
    )


def _wanted(needed: folium.Map | Mapping[str, str] | Iterable[str]) -> dict[str, str]:
    if isinstance(needed, folium.Map):
        return integrities(needed.get_root().render())
    if isinstance(needed, Mapping):
        return dict(needed)
    if isinstance(needed, str):
        return {needed: ""}
    return dict.fromkeys(needed, "")


@cache
def _folium_assets() -> tuple[str, ...]:
    found: set[str] = set()
    for module in pkgutil.walk_packages(folium.__path__, "folium."):
        for _, made in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            for links in (getattr(made, "default_js", ()), getattr(made, "default_css", ())):
                found.update(address for _, address in links)
    return tuple(sorted(found))


class _UnusableError(Exception):
    """Why one file was not taken; becomes the reason in its row."""


@dataclass(frozen=True)
class _Answer:
    content: bytes
    source: str
    media_type: str


class _Fetcher:
    """Works through addresses, and through what the style sheets among them name."""

    def __init__(self, held: AssetFolder, *, refresh: bool, http: bool, most_bytes: int) -> None:
        self.rows: list[dict[str, Any]] = []
        self.fetched = False
        self._held = held
        self._refresh = refresh
        self._schemes = {"https", "http"} if http else {"https"}
        self._most_bytes = most_bytes
        self._opener = _opener(self._schemes)

    def run(self, wanted: Mapping[str, str]) -> Iterable[str]:
        """Fetch one file after the other, and yield each address when it is done."""
        queue = deque(wanted)
        seen: set[str] = set()
        while queue:
            said = queue.popleft()
            try:
                address = address_of(said)
            except ValueError as error:
                self.rows.append({"address": said, "state": "failed", "reason": str(error)})
                continue
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > _MOST_FILES:
                why = f"more than {_MOST_FILES} files in one run; {len(queue)} others wait"
                self.rows.append({"address": address, "state": "failed", "reason": why})
                return
            try:
                asset, content = self._one(address, wanted.get(said, ""))
            except _UnusableError as error:
                self.rows.append({"address": address, "state": "failed", "reason": str(error)})
            else:
                if asset.kind == "style":
                    queue.extend(style_parts(content.decode("utf-8-sig"), asset.source))
            yield address

    def _one(self, address: str, integrity: str) -> tuple[Asset, bytes]:
        known = self._held.find(address)
        if known and not self._refresh and self._held.state(known) == "ok":
            content = self._held.content(known)
            self._row("kept", known)
            if not integrity_holds(content, integrity):
                self.rows[-1] |= {"state": "failed", "reason": "the page asks for another hash"}
            return known, content
        if urlsplit(address).scheme not in self._schemes:
            raise _UnusableError("is not encrypted; say --http to take it (in Python, http=True)")
        answer = self._get(address)
        asset = _described(address, answer)
        if not integrity_holds(answer.content, integrity):
            raise _UnusableError(f"has not the hash {integrity[:80]} that the page asks for")
        if known and known.sha256 != asset.sha256 and _is_exact(known.version, asset.version):
            raise _UnusableError(
                f"is another file than on {known.fetched_on}, though both are version "
                f"{known.version}; to take it all the same, fetch into a new folder"
            )
        self._held.add(asset, answer.content)
        self.fetched = True
        self._row("fetched", asset)
        return asset, answer.content

    def _row(self, state: str, asset: Asset) -> None:
        names = ("address", "version", "kind", "size_bytes", "sha256", "source", "file")
        self.rows.append({name: getattr(asset, name) for name in names} | {"state": state})

    def _get(self, address: str) -> _Answer:
        request = urllib.request.Request(  # noqa: S310, the opener knows only HTTP and HTTPS
            address, headers={"User-Agent": "parkgeo", "Accept-Encoding": "identity"}
        )
        try:
            with self._opener.open(request, timeout=_SECONDS_OF_SILENCE) as response:
                content = self._read(response)
                return _Answer(content, address_of(response.url), _media_type(response.headers))
        except urllib.error.HTTPError as error:
            error.close()
            raise _UnusableError(f"HTTP {error.code} {error.reason}".strip()) from error
        except (urllib.error.URLError, OSError, http.client.HTTPException, ValueError) as error:
            why = getattr(error, "reason", None) or error
            raise _UnusableError(f"could not be reached: {why or type(error).__name__}") from error

    def _read(self, response: Any) -> bytes:  # noqa: ANN401
        """Read an answer that may be cut off, endless or compressed against what was asked."""
        coding = response.headers.get("Content-Encoding", "identity").lower()
        if coding not in {"", "identity"}:
            raise _UnusableError(f"came compressed ({coding[:20]}), though that was not asked for")
        parts, size_bytes = [], 0
        deadline = time.monotonic() + _SECONDS_A_FILE
        while part := response.read1(_CHUNK_BYTES):
            parts.append(part)
            size_bytes += len(part)
            if size_bytes > self._most_bytes:
                raise _UnusableError(
                    f"is larger than {self._most_bytes / 1e6:g} MB; say --limit-mb to take more"
                )
            if time.monotonic() > deadline:
                raise _UnusableError(f"was not there after {_SECONDS_A_FILE} seconds")
        said = response.headers.get("Content-Length", "")
        if said.isdecimal() and int(said) != size_bytes:
            raise _UnusableError(f"broke off after {size_bytes} of {said} bytes")
        return b"".join(parts)


class _Elsewhere(urllib.request.UnknownHandler):
    """Meets what the other handlers do not open, which only a redirect can lead to."""

    def unknown_open(self, req: urllib.request.Request) -> NoReturn:
        raise _UnusableError(f"is redirected to {req.full_url[:120]}, which is not encrypted")


def _opener(schemes: set[str]) -> urllib.request.OpenerDirector:
    """Return what opens HTTPS, and HTTP if asked to, and never a file, FTP or ``data:``."""
    proxies = urllib.request.getproxies().items()
    opener = urllib.request.OpenerDirector()
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler({name: at for name, at in proxies if name in schemes}),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPRedirectHandler(),
        _Elsewhere(),
    ]
    if "http" in schemes:
        handlers.append(urllib.request.HTTPHandler())
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _is_exact(before: str | None, now: str | None) -> bool:
    """Whether both are one version, and not the newest of many, such as 2 of 2.4.0."""
    return before is not None and before == now and before.count(".") >= 2  # noqa: PLR2004


def _media_type(headers: http.client.HTTPMessage) -> str:
    return headers.get_content_type().lower() if headers.get("Content-Type") else ""


def _described(address: str, answer: _Answer) -> Asset:
    kind, media_type, suffix = _kind(answer)
    sha256 = hashlib.sha256(answer.content).hexdigest()
    return Asset(
        address=address,
        source=answer.source,
        version=version_of(answer.source) or version_of(address),
        kind=kind,
        media_type=media_type,
        file=file_name(answer.source, sha256, suffix),
        size_bytes=len(answer.content),
        sha256=sha256,
        fetched_on=datetime.now(tz=UTC).date().isoformat(),
    )


def _kind(answer: _Answer) -> tuple[Kind, str, str]:
    """Say what a file is, by what it holds rather than by what its server calls it."""
    content = answer.content
    if not content:
        raise _UnusableError("is empty")
    for magic, kind, media_type, suffix in _MAGIC:
        if content.startswith(magic):
            return kind, media_type, suffix
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image", "image/webp", "webp"
    return _kind_of_text(answer)


def _kind_of_text(answer: _Answer) -> tuple[Kind, str, str]:
    try:
        text = answer.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _UnusableError("is neither UTF-8 text nor a font or image that pages take") from None
    path = urlsplit(answer.source).path.lower()
    if text.lstrip().startswith("<"):
        if "<svg" in text[:2000] and "<html" not in text[:2000].lower():
            return "image", "image/svg+xml", "svg"
        raise _UnusableError("is an HTML page: perhaps a sign-in page, or one that says not found")
    if answer.media_type in _STYLES or path.endswith(".css"):
        return "style", "text/css", "css"
    if answer.media_type in _SCRIPTS or path.endswith((".js", ".mjs")):
        return "script", "text/javascript", "js"
    raise _UnusableError(f"is {answer.media_type or 'of no type'}: no script, style, font or image")
