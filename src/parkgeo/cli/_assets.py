"""``parkgeo assets``: the scripts, styles, fonts and images that pages need without a network."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from parkgeo import maps
from parkgeo._page import AssetFolder, integrities
from parkgeo.cli._table import print_table
from parkgeo.errors import ParkgeoError, SchemaError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

__all__ = ["add", "check", "fetch"]


def add(commands: "Commands") -> None:
    """Add the command and what it can do."""
    assets = commands.add_parser(
        "assets",
        help="scripts that folium's plugins need without a network / 离线资源",
        description="Keep what folium's plugins would load from the web in a folder, from where "
        "maps.save puts it into the page. The folder can be copied to where there is no network.",
    )
    actions = assets.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_fetch(actions)
    checked = actions.add_parser(
        "check",
        help="whether the files are there and unchanged",
        description="Compare each file with the hash noted when it was fetched.",
    )
    checked.add_argument(
        "--folium", action="store_true", help="also whether all is there that folium names"
    )
    listed = actions.add_parser("list", help="what the folder holds")
    for action, run in ((checked, check), (listed, show)):
        _add_folder(action)
        action.set_defaults(run=run)


def _add_fetch(actions: "Commands") -> None:
    fetching = actions.add_parser(
        "fetch",
        help="fetch what is missing; the only command that uses the network",
        description="Fetch scripts and styles, and the fonts and images that the styles name.",
        epilog="example: parkgeo assets fetch --all-folium",
    )
    fetching.add_argument(
        "addresses", nargs="*", metavar="URL", help="address of a script or style"
    )
    fetching.add_argument(
        "--all-folium", action="store_true", help="all that folium's plugins name"
    )
    fetching.add_argument(
        "--page",
        action="append",
        default=[],
        metavar="HTML",
        help="all that a page loads, as saved with offline=False; repeatable",
    )
    fetching.add_argument("--refresh", action="store_true", help="fetch again what is there")
    fetching.add_argument("--http", action="store_true", help="take unencrypted addresses too")
    fetching.add_argument(
        "--limit-mb", type=float, default=20.0, metavar="MB", help="largest file (20)"
    )
    _add_folder(fetching)
    fetching.set_defaults(run=fetch)


def _add_folder(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--folder", help="folder of the files; else $PARKGEO_ASSETS, else in the user's cache"
    )


def fetch(chosen: argparse.Namespace) -> None:
    """Fetch what is missing, and say of each file what became of it."""
    needed = dict.fromkeys(chosen.addresses, "")
    if chosen.all_folium:
        needed |= dict.fromkeys(maps.folium_assets(), "")
    for page in chosen.page:
        needed |= integrities(_text(page))
    if not needed and not chosen.page:
        raise SchemaError("nothing to fetch: give addresses, --page map.html or --all-folium")
    done = maps.fetch_assets(
        needed,
        folder=chosen.folder,
        refresh=chosen.refresh,
        http=chosen.http,
        limit_mb=chosen.limit_mb,
    )
    print_table(done[["state", "version", "size_bytes", "address"]])
    failed = done[done["state"] == "failed"]
    if len(failed):
        said = "\n".join(
            f"  {address}: {reason}"
            for address, reason in zip(failed["address"], failed["reason"], strict=True)
        )
        raise ParkgeoError(
            f"{len(failed)} of {len(done)} could not be fetched:\n{said}\n"
            f"What could is in {maps.assets_folder(chosen.folder)}",
        )
    _say_where(chosen, len(done))


def check(chosen: argparse.Namespace) -> None:
    """Compare the files with their hashes."""
    folder = maps.assets_folder(chosen.folder)
    if AssetFolder.read(folder).fingerprint() is None:
        raise SchemaError(f"nothing has been fetched into {folder}, or its manifest.json is lost")
    held = maps.check_assets(folder=chosen.folder)
    bad = held[held["state"] != "ok"]
    absent = sorted(set(maps.folium_assets()) - set(held["address"])) if chosen.folium else []
    rows = [*zip(bad["state"], bad["file"], bad["address"], strict=True)]
    rows += [("not fetched", "-", address) for address in absent]
    if rows:
        print_table(pd.DataFrame(rows, columns=["state", "file", "address"]))
        raise ParkgeoError(
            f"{len(bad)} of {len(held)} files are missing or changed, {len(absent)} were never "
            f"fetched, in {folder}; where there is a network, run "
            "parkgeo assets fetch again, and else copy the folder again",
        )
    _say_where(chosen, len(held))


def show(chosen: argparse.Namespace) -> None:
    """List what the folder holds."""
    held = maps.check_assets(folder=chosen.folder)
    print_table(held[["state", "version", "kind", "size_bytes", "fetched_on", "address"]])
    _say_where(chosen, len(held))


def _say_where(chosen: argparse.Namespace, count: int) -> None:
    folder = maps.assets_folder(chosen.folder)
    print(f"{count} files in {folder}", file=sys.stderr)
    fingerprint = AssetFolder.read(folder).fingerprint()
    if fingerprint:
        print(f"sha-256 of its manifest: {fingerprint}", file=sys.stderr)


def _text(page: str) -> str:
    try:
        return Path(page).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SchemaError(f"{page} is not UTF-8 text: {error}") from error
