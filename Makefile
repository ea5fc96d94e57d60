# make demo   sets up and runs the main job: the Oxford surge against ordinary load and two ways out of it, to a report
# make test   sets up and runs the tests a change needs (minutes)
# make test-all  runs the rest of the tests: kills, clusters, browsers, long runs
# make lint   style, types and the direction of imports
# make bench  speed of both engines on this machine
# make docs   writes the pages of docs/ that are made from the code
# make site   builds the site of the pages
# make assurance  the tables of docs/results/ (many runs)
# make lock   renews the locked versions (needs uv)

PYTHON ?= python3
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PIP := $(BIN)/python -m pip --disable-pip-version-check

DEMO := oxford_surge_step oxford_before surge_with_protected_admin_90 surge_with_early_relief

.PHONY: demo test test-all lint bench docs site assurance lock setup setup-dev clean
.DELETE_ON_ERROR:

demo: setup
	$(BIN)/jobcentre compare $(DEMO) --runs 10

test: setup-dev
	$(BIN)/jobcentre doctor --warm --quiet
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=15 -m "not slow"

test-all: setup-dev
	$(BIN)/jobcentre doctor --warm --quiet
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=25 -m slow

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/jobcentre bench

docs: setup
	$(BIN)/python -m docs.make_pages

site: setup-dev
	$(BIN)/mkdocs build --strict

assurance: setup-dev
	$(BIN)/python -m validation

setup: $(VENV)/installed
setup-dev: $(VENV)/installed-dev

$(VENV)/created:
	$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 'Python 3.11 or later is needed: make PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
	$(PYTHON) -c "open('$@', 'w').close()"

$(VENV)/installed: requirements.txt pyproject.toml | $(VENV)/created
	$(PIP) install --quiet --require-hashes -r requirements.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	$(PYTHON) -c "open('$@', 'w').close()"

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	$(PYTHON) -c "open('$@', 'w').close()"

LOCK := uv pip compile --quiet --universal --fork-strategy fewest --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --extra build
lock:
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	$(LOCK) --extra cluster -c requirements-dev.txt pyproject.toml -o requirements-cluster.txt

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(p, ignore_errors=True) for p in ('$(VENV)', '.mypy_cache', '.ruff_cache', '.pytest_cache', '.hypothesis', 'jobcentre_simulation.egg-info')]"
