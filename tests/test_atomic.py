"""A file is the new one or the old one, never half of one."""

from pathlib import Path

import pytest

from parkgeo import _atomic


def test_file_is_replaced_and_folders_are_made(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "map.html"
    for text in ("first", "second"):
        with _atomic.replaced(target) as made:
            assert made.name == "map.html"  # whoever looks at the suffix sees the right one
            made.write_text(text)
            assert not target.exists() or target.read_text() == "first"
        assert target.read_text() == text
    assert [path.name for path in target.parent.iterdir()] == ["map.html"]


def test_old_file_stays_where_writing_fails(tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    target.write_text("old")

    def write_half(made: Path) -> None:
        made.write_text("half")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"), _atomic.replaced(target) as made:
        write_half(made)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_nothing_is_left_where_nothing_was_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), _atomic.replaced(tmp_path / "map.html"):
        pass
    assert list(tmp_path.iterdir()) == []
