"""A documentation of five pages in the frame of parkgeo's own, to try the frame on."""

import subprocess
import sys
from pathlib import Path
from typing import Final

__all__ = ["PAGES", "build"]

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"

CONF: Final = f"""
import sys
sys.path.insert(0, {str(DOCS / "site")!r})
project = "small"
extensions = ["myst_parser", "han_search", "two_languages"]
html_theme = "furo"
html_search_language = "en-zh"
html_static_path = [{str(DOCS / "_static")!r}]
html_css_files = ["site.css"]
language = "en"
"""

PAGES: Final = {
    "index": """# Front

English words.

```{toctree}
:caption: Start

guide
lone
```

```{toctree}
:maxdepth: 1

中文 <zh/index>
```
""",
    "guide": "# Guide\n\nParcels overlap here.\n",
    "lone": "# Lone page\n\nIt has no counterpart; 容积率 is a term.\n",
    "zh/index": "# 中文首页\n\n```{toctree}\n:caption: 入门\n\nguide\n```\n",
    "zh/guide": """# 指南

几个园区的范围互相重叠，
由四至还原，并
核对面积；详见 API
文档与**椭球
面积**，
`code`。
""",
}
"""Names and text; ``zh/guide`` breaks lines where Chinese texts break them."""


def build(folder: Path) -> Path:
    """Build the pages with warnings as errors; return where they are."""
    source, built = folder / "source", folder / "built"
    for name, text in PAGES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / f"{name}.md").write_text(text, "utf-8")
    (source / "conf.py").write_text(CONF, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "html", source, built],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return built
