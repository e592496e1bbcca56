"""``parkgeo assets``: the scripts, styles, fonts and images that pages need without a network."""

import argparse
from pathlib import Path

import pandas as pd

from parkgeo import maps
from parkgeo._page import AssetFolder, integrities
from parkgeo.cli._help import Commands, Parser, describe
from parkgeo.cli._table import table_text
from parkgeo.cli._task import Outcome, Task
from parkgeo.errors import SchemaError

__all__ = ["add", "run"]


def add(command: Parser) -> None:
    """Say what the command takes."""
    command.description = (
        "Keep what folium's plugins would load from the web in a folder, from where maps.save\n"
        "puts it into the page. The folder can be copied to where there is no network.\n"
        "保存 folium 插件所需的网络资源，供离线地图使用；文件夹可拷贝到内网。"
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_fetch(actions)
    checked = actions.add_parser("check", help="whether the files are unchanged / 核对文件")
    checked.add_argument(
        "--folium",
        action="store_true",
        help="also whether all is there that folium names / 是否齐全",
    )
    _add_folder(checked)
    describe(
        checked,
        "Compare each file with the hash noted when it was fetched.",
        "将各文件与获取时记录的校验值比对。",
        examples=[("parkgeo assets check --folder kept", "after it was copied / 拷贝后核对")],
    )
    listed = actions.add_parser("list", help="what the folder holds / 列出文件")
    _add_folder(listed)
    describe(
        listed,
        "List the files of the folder, with version and date.",
        "列出文件夹中的文件、版本和日期。",
        examples=[("parkgeo assets list --folder kept", "what is there / 查看内容")],
    )


def _add_fetch(actions: "Commands[Parser]") -> None:
    fetching = actions.add_parser("fetch", help="fetch what is missing / 获取缺少的文件")
    fetching.add_argument(
        "addresses", nargs="*", metavar="URL", help="address of a script or style / 网址"
    )
    fetching.add_argument(
        "--all-folium",
        action="store_true",
        help="all that folium's plugins name / folium 插件的全部资源",
    )
    fetching.add_argument(
        "--page",
        action="append",
        default=[],
        metavar="HTML",
        help="all that a page loads, as saved with offline=False; repeatable / 某网页所需的资源",
    )
    fetching.add_argument(
        "--refresh", action="store_true", help="fetch again what is there / 重新获取"
    )
    fetching.add_argument(
        "--http", action="store_true", help="take unencrypted addresses too / 允许 http"
    )
    fetching.add_argument(
        "--limit-mb",
        type=float,
        default=20.0,
        metavar="MB",
        help="largest file (20) / 单个文件上限",
    )
    _add_folder(fetching)
    describe(
        fetching,
        "Fetch scripts and styles, and the fonts and images that the styles name.\n"
        "The only command that uses the network.",
        "获取脚本、样式及其字体和图片；只有此命令使用网络。",
        examples=[("parkgeo assets fetch --all-folium", "all that may be needed / 获取全部资源")],
    )


def _add_folder(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--folder",
        help="folder of the files; else $PARKGEO_ASSETS, else in the user's cache / 资源文件夹",
    )


def run(task: Task) -> Outcome:
    """Fetch, check or list."""
    return {"fetch": _fetch, "check": _check, "list": _list}[task.chosen.action](task)


def _fetch(task: Task) -> Outcome:
    """Fetch what is missing, and say of each file what became of it."""
    chosen = task.chosen
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
    failed = done[done["state"] == "failed"]
    wrong = None
    if len(failed):
        said = "\n".join(
            f"  {address}: {reason}"
            for address, reason in zip(failed["address"], failed["reason"], strict=True)
        )
        wrong = (
            f"{len(failed)} of {len(done)} could not be fetched:\n{said}\n"
            f"What could is in {maps.assets_folder(chosen.folder)}"
        )
    else:
        _say_where(task, len(done))
    return Outcome(
        _result(task, done),
        shown=[table_text(done[["state", "version", "size_bytes", "address"]])],
        wrong=wrong,
    )


def _check(task: Task) -> Outcome:
    """Compare the files with their hashes."""
    folder = maps.assets_folder(task.chosen.folder)
    if AssetFolder.read(folder).fingerprint() is None:
        raise SchemaError(f"nothing has been fetched into {folder}, or its manifest.json is lost")
    held = maps.check_assets(folder=task.chosen.folder)
    bad = held[held["state"] != "ok"]
    absent = sorted(set(maps.folium_assets()) - set(held["address"])) if task.chosen.folium else []
    rows = [*zip(bad["state"], bad["file"], bad["address"], strict=True)]
    rows += [("not fetched", "-", address) for address in absent]
    if not rows:
        _say_where(task, len(held))
        return Outcome(_result(task, held))
    return Outcome(
        {**_result(task, held), "not_fetched": absent},
        shown=[table_text(pd.DataFrame(rows, columns=["state", "file", "address"]))],
        wrong=(
            f"{len(bad)} of {len(held)} files are missing or changed, {len(absent)} were never "
            f"fetched, in {folder}; where there is a network, run "
            "parkgeo assets fetch again, and else copy the folder again"
        ),
    )


def _list(task: Task) -> Outcome:
    """List what the folder holds."""
    held = maps.check_assets(folder=task.chosen.folder)
    _say_where(task, len(held))
    columns = ["state", "version", "kind", "size_bytes", "fetched_on", "address"]
    return Outcome(_result(task, held), shown=[table_text(held[columns])])


def _result(task: Task, held: pd.DataFrame) -> dict[str, object]:
    folder = maps.assets_folder(task.chosen.folder)
    return {
        "folder": str(folder),
        "manifest_sha256": AssetFolder.read(folder).fingerprint(),
        "assets": held,
    }


def _say_where(task: Task, count: int) -> None:
    folder = maps.assets_folder(task.chosen.folder)
    task.note(f"{count} files in {folder}")
    fingerprint = AssetFolder.read(folder).fingerprint()
    if fingerprint:
        task.note(f"sha-256 of its manifest: {fingerprint}")


def _text(page: str) -> str:
    try:
        return Path(page).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SchemaError(f"{page} is not UTF-8 text: {error}") from error
