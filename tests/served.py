"""Scripts and styles for tests: in a folder, or from a server here that can misbehave."""

import base64
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from parkgeo._page import AssetFolder
from parkgeo._page._assets_fetch import _Answer, _described
from parkgeo._page._assets_inline import inlined

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c636060f8cf500f0003810180c3d4c9dc0000000049454e44ae426082"
)
"""One pixel."""
WOFF2 = b"wOF2" + bytes(44)


@dataclass
class Said:
    """One answer of the server."""

    body: bytes = b""
    media_type: str = "text/javascript"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stated_bytes: int | None = None
    """What the header says, where that is not the truth."""


@dataclass
class Site:
    """A server: what it says where, and what it was asked."""

    base: str
    pages: dict[str, Said] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, body: bytes | str, **said: object) -> str:
        """Have something said at a path; return its address."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = Said(content, **said)  # type: ignore[arg-type]
        return self.base + path


@contextmanager
def serving() -> Iterator[Site]:
    site = Site("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            said = site.pages.get(self.path, Said(b"not here", "text/plain", 404))
            size = len(said.body) if said.stated_bytes is None else said.stated_bytes
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", said.media_type)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def hold(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Fill a folder as if it had been fetched; kinds follow from suffixes and contents."""
    held = AssetFolder.read(folder)
    for address, body in files.items():
        content = body.encode() if isinstance(body, str) else body
        held.add(_described(address, _Answer(content, address, "")), content)
    held.write()
    return folder


def put_in(page: str, folder: Path) -> str:
    """Put what a folder holds into a page."""
    return inlined(page, AssetFolder.read(folder), known={})[0]


def data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
