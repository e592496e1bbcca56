"""Sphinx: pages in MyST, notebooks executed at build, no network."""

import os
import shutil
import sys
from importlib import import_module
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging

from parkgeo._style import chinese_font

project = "parkgeo"
author = "The parkgeo developers"
copyright = "2026, The parkgeo developers"  # noqa: A001
release = installed("parkgeo")
version = release

sys.path.insert(0, str(Path(__file__).parent / "site"))

# Sphinx reads only below its own folder; the notebooks stand beside it.
_here = Path(__file__).parent
shutil.copytree(_here.parent / "notebooks", _here / "notebooks", dirs_exist_ok=True)

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "citation_labels",
    "myst_nb",
    "han_search",
    "two_languages",
]
exclude_patterns = ["_build", "jupyter_execute", "site"]
bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "parkgeo"
html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"parkgeo {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_search_language = "en-zh"
# Fonts of this machine; Chinese ones by name, for a page in English would else take Japanese forms.
_fonts = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "PingFang SC", '
    '"Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", sans-serif'
)
_monospaced = (
    'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", '
    '"PingFang SC", "Microsoft YaHei", monospace'
)
html_theme_options = {
    "light_css_variables": {"font-stack": _fonts, "font-stack--monospace": _monospaced},
}
language = "en"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
os.environ.setdefault("TQDM_DISABLE", "1")  # bars that moved would stand in a page as lines
nb_execution_mode = "force"
nb_execution_timeout = 600
nb_execution_in_temp = True  # what pages write is not left in the checkout
nb_execution_raise_on_error = True
# These need data that are not part of the repository, and are stored with their outputs.
nb_execution_excludepatterns = ["notebooks/03-*.ipynb"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
# What a call returns is said in sentences; napoleon would take each line for a type.
napoleon_custom_sections = ["Returns"]

# Inventories of other projects cannot be fetched when the docs are built without a network; only
# parkgeo's own references are checked.
_elsewhere = (
    "pd|np|gpd|npt|pandas|numpy|geopandas|shapely|pyproj|folium|branca|matplotlib|os|pathlib|"
    "collections|typing|enum|datetime|argparse|types|pandera"
)
nitpick_ignore_regex = [
    (r"py:.*", rf"(?!parkgeo)(({_elsewhere})\b.*)"),
    (r"py:.*", r"parkgeo\.\w+(\._\w+)?\.(Layer|Quantity|Gazetteer|Case)"),  # types only
    (r"py:(class|exc)", r"[A-Z]\w*|optional|object|str|float|int|bool|tuple(\[str)?|dict|list"),
    (r"py:(class|exc)", r"None"),
]


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _display(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f"<div class='math'>{convert(node.astext(), display='block')}</div>")
    raise nodes.SkipNode


def _draw_figures(app: Sphinx) -> None:
    """Draw pictures and maps with the code of this version; none is committed."""
    sys.path.insert(0, str(_here / "figures"))
    if chinese_font() is None:
        logging.getLogger(__name__).info("no Chinese font: squares stand for names in the figures")
    for page in (
        "area_method",
        "benchmark_table",
        "datums_method",
        "fourbounds_method",
        "describe_method",
        "overlap_method",
        "raster_method",
        "concentration_method",
        "plan_method",
        "patches_method",
        "agglomeration_distance",
        "agglomeration_regions",
        "agglomeration_city",
        "policy_method",
        "gallery_figures",
    ):
        import_module(page).draw(_here / "figures" / "made")
    import_module("gallery_maps").draw(Path(app.outdir) / "gallery-maps")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", _draw_figures)
    # Browsers draw MathML themselves, so formulas need no script and no network.
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
