"""A folder of what pages fetch from elsewhere, with the version and hash of each file."""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit, urlunsplit

import pandas as pd

from parkgeo import _atomic
from parkgeo.errors import ParkgeoError, SchemaError

__all__ = [
    "Asset",
    "AssetFolder",
    "Kind",
    "address_of",
    "assets_folder",
    "check_assets",
    "file_name",
    "version_of",
]

Kind: TypeAlias = Literal["script", "style", "font", "image"]

_FORMAT: Final = "parkgeo assets 1"
_MANIFEST: Final = "manifest.json"
_MOST_MANIFEST_BYTES: Final = 20_000_000
_FILE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}-[0-9a-f]{16}\.[a-z0-9]{2,5}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_VERSIONS: Final = (
    re.compile(r"@v?(\d+(?:\.[\w+-]+)*)(?=/|$)"),  # npm/leaflet@1.9.3/…
    re.compile(r"/v?(\d+(?:\.\d+)+[\w.+-]*)/"),  # ajax/libs/leaflet.draw/1.0.2/…
    re.compile(r"[-.]v?(\d+(?:\.\d+)*)(?=(?:\.min)?\.\w+$)"),  # jquery-3.7.1.min.js, d3.v4.min.js
)


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file of the folder: whence it came, and what it must be."""

    address: str
    """Where a page looks for it."""
    source: str
    """Where it was, redirects followed; what a style sheet names is relative to this."""
    version: str | None
    """As the address says it."""
    kind: Kind
    media_type: str
    file: str
    """Name in the folder, without any folder."""
    size_bytes: int
    sha256: str
    fetched_on: str
    """Date, UTC."""


class AssetFolder:
    """Files that were fetched once, by the address under which pages name them.

    What the folder holds is never trusted: a file is handed out only if its SHA-256 is the one
    that was noted when it was fetched.
    """

    def __init__(self, folder: Path, listed: Iterable[Asset] = ()) -> None:
        self.folder = folder
        self.listed = {asset.address: asset for asset in listed}

    @classmethod
    def read(cls, folder: Path) -> "AssetFolder":
        """Read a folder's manifest; a folder without one holds nothing."""
        path = folder / _MANIFEST
        if not path.is_file():
            return cls(folder)
        if path.stat().st_size > _MOST_MANIFEST_BYTES:
            raise SchemaError(f"{path} is too large for a list of assets")
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            if said["format"] != _FORMAT:
                raise SchemaError(f"format {said['format']!r}, expected {_FORMAT!r}")
            return cls(folder, [_asset(entry) for entry in said["files"]])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise SchemaError(
                f"{path} is no list of assets that parkgeo wrote ({error}); copy the folder again, "
                "or delete it and run parkgeo assets fetch",
            ) from error

    def find(self, address: str) -> Asset | None:
        """Return what is listed under an address, as a page or style sheet writes it."""
        try:
            return self.listed.get(address_of(address))
        except ValueError:
            return None

    def content(self, asset: Asset) -> bytes:
        """Return a file's bytes, having checked that they are what was fetched."""
        state, content = self._look(asset)
        if state == "ok":
            return content
        raise ParkgeoError(
            f"{self.folder / asset.file} is {state}: it is not what was fetched from "
            f"{asset.address} on {asset.fetched_on}, so it is not put into any page. Fetch it "
            "again with parkgeo assets fetch, or copy the folder again",
        )

    def state(self, asset: Asset) -> Literal["ok", "missing", "changed"]:
        """Say whether a file is there, and is what was fetched."""
        return self._look(asset)[0]

    def add(self, asset: Asset, content: bytes) -> None:
        """Put a file into the folder; the manifest follows by :meth:`write`."""
        with _atomic.replaced(self.folder / asset.file) as part:
            part.write_bytes(content)
        self.listed[asset.address] = asset

    def write(self) -> None:
        """Write the manifest in one step, with what somebody else has added in the meantime."""
        merged = AssetFolder.read(self.folder).listed | self.listed
        entries = [asdict(merged[address]) for address in sorted(merged)]
        text = json.dumps({"format": _FORMAT, "files": entries}, ensure_ascii=False, indent=1)
        with _atomic.replaced(self.folder / _MANIFEST) as part:
            part.write_text(text + "\n", encoding="utf-8", newline="\n")

    def other_version(self, address: str) -> str | None:
        """Return the version in which the folder holds the same file, where it has another one."""
        version = version_of(address)
        if version is None:
            return None
        parts = address_of(address).split(version)
        for asset in self.listed.values():
            if asset.version and asset.address.split(asset.version) == parts:
                return asset.version
        return None

    def fingerprint(self) -> str | None:
        """Return the SHA-256 of the manifest, to be compared where the folder has been carried."""
        path = self.folder / _MANIFEST
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def _look(self, asset: Asset) -> tuple[Literal["ok", "missing", "changed"], bytes]:
        path = self.folder / asset.file
        if not path.is_file():
            return "missing", b""
        if path.stat().st_size != asset.size_bytes:
            return "changed", b""
        content = path.read_bytes()
        same = hashlib.sha256(content).hexdigest() == asset.sha256
        return ("ok", content) if same else ("changed", b"")


def assets_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of scripts and styles fetched for pages without a network.

    Parameters
    ----------
    folder
        A folder of one's own; where null, the one that the environment variable
        ``PARKGEO_ASSETS`` names, and else ``parkgeo/assets`` in the user's cache: under
        ``%LOCALAPPDATA%`` on Windows, ``~/Library/Caches`` on macOS, and ``$XDG_CACHE_HOME`` or
        ``~/.cache`` elsewhere.

    Returns
    -------
    The folder, which need not exist.

    Examples
    --------
    >>> assets_folder("carried").name
    'carried'
    """
    said = folder or os.environ.get("PARKGEO_ASSETS")
    if said:
        return Path(said).expanduser()
    home, base = Path.home(), ""
    if sys.platform == "win32":
        fallback, base = home / "AppData" / "Local", os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        fallback = home / "Library" / "Caches"
    else:
        fallback, base = home / ".cache", os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification has relative folders ignored.
    return (Path(base) if Path(base).is_absolute() else fallback) / "parkgeo" / "assets"


def check_assets(*, folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """List the files of a folder of assets, and whether they are unchanged.

    Each file is read and its SHA-256 compared with the one noted when it was fetched. Nothing is
    fetched.

    Parameters
    ----------
    folder
        As for :func:`assets_folder`.

    Returns
    -------
    One row a file, ordered by address: ``address``, ``version`` as the address says it, ``kind``
    (script, style, font or image), ``size_bytes``, ``sha256``, ``fetched_on``, ``file`` in the
    folder, and ``state``: ok, missing or changed.

    Raises
    ------
    SchemaError
        If the folder's manifest is damaged.

    Examples
    --------
    >>> check_assets(folder="nowhere").empty
    True
    """
    held = AssetFolder.read(assets_folder(folder))
    columns = ["address", "version", "kind", "size_bytes", "sha256", "fetched_on", "file", "state"]
    rows = [
        asdict(asset) | {"state": held.state(asset)}
        for _, asset in sorted(held.listed.items(), key=lambda item: item[0])
    ]
    return pd.DataFrame(rows, columns=columns)


def address_of(text: str) -> str:
    """Return an address in the one form in which it is looked up, or raise ``ValueError``.

    Examples
    --------
    >>> address_of("//CDN.example.cn/a.svg?v=1#icon")
    'https://cdn.example.cn/a.svg?v=1'
    """
    text = text.strip()
    if re.search(r"[\s{}<>\\^`|\"]", text):
        raise ValueError("it is no single address, but a pattern such as that of a tile layer")
    parts = urlsplit(f"https:{text}" if text.startswith("//") else text)
    if not parts.scheme:
        raise ValueError("it is relative, and nothing says to what")
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError(f"{parts.scheme}: is not the web")
    if "@" in parts.netloc:
        raise ValueError("it carries a name or password")
    port = "" if parts.port is None else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return urlunsplit((parts.scheme, host + port, parts.path or "/", parts.query, ""))


def version_of(address: str) -> str | None:
    """Return the version that an address names, or null.

    Examples
    --------
    >>> version_of("https://cdnjs.cloudflare.com/ajax/libs/leaflet.draw/1.0.2/leaflet.draw.js")
    '1.0.2'
    """
    path = urlsplit(address).path
    found = next((hit for pattern in _VERSIONS if (hit := pattern.search(path))), None)
    return found[1] if found else None


def file_name(address: str, sha256: str, suffix: str) -> str:
    """Return a name that a person recognises and no other content has.

    Examples
    --------
    >>> file_name("https://a.cn/x/leaflet.draw.js", "0f" * 32, "js")
    'leaflet.draw-0f0f0f0f0f0f0f0f.js'
    """
    last = urlsplit(address).path.rstrip("/").rpartition("/")[2].lower()
    stem = re.sub(r"[^a-z0-9._-]+", "-", last.rpartition(".")[0] or last).strip("._-")[:60]
    return f"{stem or 'file'}-{sha256[:16]}.{suffix}"


def _asset(entry: dict[str, Any]) -> Asset:
    """Take one entry of a manifest that anybody may have written."""
    names = {field.name for field in fields(Asset)}
    if set(entry) != names:
        raise ValueError(f"an entry has not the fields {', '.join(sorted(names))}")
    asset = Asset(**entry)
    texts = (asset.address, asset.source, asset.fetched_on, asset.version or "")
    sound = (
        all(isinstance(text, str) for text in texts)
        and asset.address == address_of(asset.address)
        and asset.source == address_of(asset.source)
        and asset.kind in get_args(Kind)
        and _MEDIA_TYPE.fullmatch(asset.media_type)
        and _FILE.fullmatch(asset.file)
        and _SHA256.fullmatch(asset.sha256)
        and type(asset.size_bytes) is int
    )
    if not sound:
        raise ValueError(f"the entry of {str(asset.address)[:120]!r} is damaged")
    return asset
