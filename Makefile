# Everything that runs here builds its own environment first: `make demo` and `make test` are all
# that a fresh machine with Python 3.11 or newer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
LOWEST := out/lowest
COVERAGE ?= --cov --cov-report=term:skip-covered

.PHONY: help setup demo test browser lint format types layers docs links notebooks boundaries bench bench-area bench-datum bench-fourbounds bench-describe bench-overlap bench-concentration bench-agglomeration bench-maps bench-import bench-table fuzz package lowest audit clean

# A Python that is named, as in `make test PYTHON=python3.13`, builds the environment anew where another
# version built it.
ifeq ($(origin PYTHON),command line)
ifneq ($(shell $(BIN)/python --version 2>&1),$(shell $(PYTHON) --version 2>&1))
.PHONY: $(STAMP)
CLEAR := --clear
endif
endif

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP)  ## Create .venv with everything that tests, docs and benchmarks need

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "parkgeo needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV), once: this takes some minutes"
	$(PYTHON) -m venv $(CLEAR) $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs,spark,stats]'
	@touch $@

demo: setup  ## Overlap the published extents of Zijingang's brands; results in out/
	$(BIN)/parkgeo demo --output out

test: setup  ## Run all tests
	$(BIN)/python -m pytest $(COVERAGE)

browser: setup  ## Run the tests that need Chromium, failing where there is none
	PARKGEO_REQUIRE_BROWSER=1 $(BIN)/python -m pytest -m browser tests/browser

lint: setup  ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup  ## Format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup  ## Check types
	$(BIN)/mypy
	$(BIN)/mypy tests/typing/user_script.py

layers: setup  ## Check that each module imports only from below
	$(BIN)/lint-imports

docs: setup  ## Build the documentation into docs/_build
	$(BIN)/sphinx-build -W -n --keep-going -b html docs docs/_build/html
	$(BIN)/python tools/check_offline.py docs/_build/html

links: setup  ## Check that all links of the built documentation lead somewhere
	$(BIN)/python tools/check_links.py docs/_build/html

notebooks: setup  ## Execute the notebooks from top to bottom
	$(BIN)/python tools/run_notebooks.py notebooks

boundaries: setup  ## Rebuild data/boundaries from text and lines
	$(BIN)/python tools/build_boundaries.py

bench: bench-area bench-datum bench-fourbounds  ## Print all benchmark ratios

bench-area: setup
	$(BIN)/python benchmarks/bench_area.py

bench-datum: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps coord-convert prcoords eviltransform
	$(BIN)/python benchmarks/bench_datum.py

bench-fourbounds: setup
	$(BIN)/python benchmarks/bench_fourbounds_parse.py
	$(BIN)/python benchmarks/bench_fourbounds.py

bench-describe: setup  ## Print how many real city blocks come back from their words (six minutes)
	$(BIN)/python benchmarks/bench_fourbounds_describe.py --blocks 500

# A peer that cannot be installed is left out with the reason; see the head of the script for PostGIS
# and for the other things that it measures.
bench-overlap: setup  ## Print how fast and how large overlays are, against every other way
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps duckdb==1.5.5 duckdb-extension-spatial==1.5.5 sedonadb geoarrow-pyarrow geoarrow-c geoarrow-types psycopg psycopg-binary
	$(BIN)/python benchmarks/bench_overlap.py
	$(BIN)/python benchmarks/bench_overlap.py --zones 3000 --peers shapely geopandas sf
	$(BIN)/python benchmarks/bench_overlap.py --scaling
	$(BIN)/python benchmarks/bench_overlap.py --first-call

# As with bench-overlap: a peer that is not there is left out with the reason.
bench-concentration: setup  ## Print how fast shares of land inside are, against every other way
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps duckdb==1.5.5 duckdb-extension-spatial==1.5.5 sedonadb geoarrow-pyarrow geoarrow-c geoarrow-types psycopg psycopg-binary tobler statsmodels patsy rasterstats simplejson
	$(BIN)/python benchmarks/bench_concentration.py
	$(BIN)/python benchmarks/bench_concentration.py --parcels 2000000 --peers reading
	$(BIN)/python benchmarks/bench_concentration.py --scaling
	$(BIN)/python benchmarks/bench_concentration.py --parcels 2000000 --resume
	$(BIN)/python benchmarks/bench_concentration.py --first-call
	$(BIN)/python benchmarks/bench_raster.py
	$(BIN)/python benchmarks/bench_scale.py

bench-agglomeration: setup  ## Print how fast measures by distance and by patch are, against other ways
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps pylandstats
	$(BIN)/python benchmarks/bench_agglomeration.py
	$(BIN)/python benchmarks/bench_landscape.py --without-enn

# Peers go to a folder of their own: what they depend on would change what the tests run with.
bench-maps: setup  ## Print how large and how quick maps of many parcels are, against other ways
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target out/map-peers lonboard anywidget arro3-core arro3-io arro3-compute geoarrow-rust-core ipywidgets widgetsnbextension psygnal mapclassify networkx xyzservices
	PYTHONPATH=out/map-peers $(BIN)/python benchmarks/bench_maps.py

# Peers have a folder of their own, as what they depend on would change what the tests run with.
bench-table: setup  ## Run a benchmark of each kind and refresh the table of the documentation
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target out/peers duckdb==1.5.5 duckdb-extension-spatial==1.5.5 sedonadb geoarrow-pyarrow geoarrow-c geoarrow-types psycopg psycopg-binary coord-convert prcoords eviltransform rasterstats simplejson affine pylandstats
	PYTHONPATH=out/peers $(BIN)/python benchmarks/table.py

fuzz: setup  ## Fuzz each reader and the parser of four bounds for ten minutes (two hours and a half)
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --target out/fuzz-tools atheris
	PYTHONPATH=out/fuzz-tools $(BIN)/python benchmarks/fuzz_readers.py --minutes 10
	$(BIN)/python benchmarks/fuzz_fourbounds.py

# What is built is in dist/. The check installs it beside the newest dependencies of the day.
package: setup  ## Build wheel and source archive of the last commit into dist/, and check both
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[release]'
	$(BIN)/python tools/check_package.py

# `make lowest PYTHON=python3.11`: the oldest versions have no wheels for later ones. What old versions
# deprecate among themselves is not for us.
lowest:  ## Run the tests with the oldest dependencies that pyproject.toml allows, on Python 3.11
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-lowest.txt --editable '.[dev,stats]'
	$(LOWEST)/bin/python -m pytest -W ignore::DeprecationWarning -m 'not browser and not spark' -p no:cacheprovider

audit: setup  ## Look at licences of dependencies, and for known weaknesses, which needs a network
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[release]'
	$(BIN)/python tools/check_dependencies.py

bench-import: setup  ## Print how long importing takes, against GeoPandas
	$(BIN)/python benchmarks/bench_import.py

clean:  ## Remove what was built
	rm -rf $(VENV) out build dist docs/_build
