import json
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, SHARED
from scripts import load

FAILURES = ROOT / "notebooks/03-failure-modes.ipynb"


tool = load("tools/run_notebooks.py")
# A kernel is spoken to over sockets of this machine.
pytestmark = pytest.mark.enable_socket


def _notebook(folder: Path, name: str, *sources: str, needs: tuple[str, ...] = ()) -> Path:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    if needs:
        book.metadata["parkgeo"] = {"needs": list(needs)}
    path = folder / f"{name}.ipynb"
    nbformat.write(book, path)
    return path


def test_a_notebook_that_runs_is_not_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _notebook(tmp_path, "one", "x = 1", "assert x == 1; print(x)")
    before = path.read_bytes()
    assert tool.main([str(tmp_path)]) == 0
    assert "2 cells executed" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_a_notebook_that_fails_stops_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _notebook(tmp_path, "1-broken", "1 / 0")
    _notebook(tmp_path, "2-never", "print(1)")
    assert tool.main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "ZeroDivisionError" in said.err
    assert "2-never" not in said.out


@pytest.mark.parametrize("arguments", [[], ["--write", "none"]])
def test_no_such_notebook_is_an_error(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main([str(tmp_path), *arguments]) == 1
    assert "no such notebook" in capsys.readouterr().err


def test_a_notebook_without_its_data_is_skipped_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARKGEO_SHARED", str(tmp_path / "none"))
    _notebook(tmp_path, "needy", "1 / 0", needs=("data/lines.parquet",))
    assert tool.main([str(tmp_path)]) == 0
    assert "skipped, no data/lines.parquet" in capsys.readouterr().out
    # Who wants its outputs stored must know that they were not.
    assert tool.main([str(tmp_path), "--write", "needy"]) == 1


def test_write_stores_outputs_without_what_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("PARKGEO_SHARED", str(tmp_path))
    path = _notebook(
        tmp_path, "told", "import sys; print('noise', file=sys.stderr)", "6 * 7", needs=("data",)
    )
    other = _notebook(tmp_path, "other", "1 / 0")
    before = other.read_bytes()
    assert tool.main([str(tmp_path), "--write", "told"]) == 0
    first, second = nbformat.read(path, as_version=4).cells
    assert first.outputs == []
    assert second.outputs[0].data["text/plain"] == "42"
    assert second.execution_count is None
    assert second.metadata == {}
    assert other.read_bytes() == before
    written = path.read_bytes()
    assert tool.main([str(tmp_path), "--write", "told"]) == 0
    assert path.read_bytes() == written


def test_a_cell_tagged_not_stored_leaves_nothing(tmp_path: Path) -> None:
    path = _notebook(tmp_path, "quiet", "print('a text of others')")
    book = nbformat.read(path, as_version=4)
    book.cells[0].metadata["tags"] = ["not-stored"]
    nbformat.write(book, path)
    assert tool.main([str(tmp_path), "--write", "quiet"]) == 0
    assert nbformat.read(path, as_version=4).cells[0].outputs == []


def test_outputs_that_name_a_folder_of_this_machine_are_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _notebook(tmp_path, "leaky", f"print({str(ROOT)!r})")
    before = path.read_bytes()
    assert tool.main([str(tmp_path), "--write", "leaky"]) == 1
    assert "not written" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_outputs_that_are_out_of_date_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _notebook(tmp_path, "dated", "print(1)")
    assert tool.main([str(tmp_path), "--write", "dated"]) == 0
    assert tool.main([str(tmp_path)]) == 0
    assert "say something else" not in capsys.readouterr().out
    book = nbformat.read(path, as_version=4)
    book.cells[0].source = "print(2)"
    nbformat.write(book, path)
    assert tool.main([str(tmp_path)]) == 0
    assert "--write dated" in capsys.readouterr().out


def test_the_order_in_which_a_kernel_says_things_is_nothing_new() -> None:
    said = [("text/plain", "1"), ("text/html", "<b>1</b>"), ("image/png", "cGljdHVyZQ==")]
    books = []
    for order in (said, said[::-1]):
        cell = nbformat.v4.new_code_cell("1")
        cell.outputs = [nbformat.v4.new_output("display_data", data=dict(order))]
        books.append(nbformat.v4.new_notebook(cells=[cell]))
    assert tool.texts(books[0]) == tool.texts(books[1])


def test_stored_failure_modes_can_be_read_without_the_data() -> None:
    text = FAILURES.read_text(encoding="utf-8")
    book = json.loads(text)
    pictures = [
        output
        for cell in book["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 8
    assert len(text.encode()) < 1_500_000
    assert book["metadata"]["parkgeo"]["needs"]


@pytest.mark.shared
def test_stored_failure_modes_hold_no_published_text() -> None:
    path = SHARED / "data/fourbounds/hangzhou_dev.json"
    if not path.exists():
        pytest.skip(f"no development texts at {path}")
    stored = FAILURES.read_text(encoding="utf-8")
    for case in json.loads(path.read_text(encoding="utf-8")):
        assert case["text"] not in stored, case["id"]
