# Two commands: `make run` shows the site, `make test` tells whether it still holds.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

BIN := .venv/bin
# `make test TESTS=tests/forum` runs a part.
TESTS ?= tests
# Two cores are what the suite is measured on.
WORKERS ?= 2
TEXTS := $(wildcard translations/*/LC_MESSAGES/*.po)
CATALOGUES := $(TEXTS:.po=.mo)
# Prints the path of a browser that starts, and gets one where there is none.
CHROMIUM := $(BIN)/python tools/find_chromium.py
NPM := npm --no-update-notifier --loglevel=error

.PHONY: help run setup setup-test test test-postgresql check soak bench routes picture migration texts catalogues lock wheel clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## Running

run: setup ## set up, migrate, load the demo into an empty database, serve (HOST, PORT)
	@$(BIN)/gemella migrate
	@$(BIN)/gemella demo --if-empty
	@exec $(BIN)/gemella serve

setup: .venv/.runtime static/vendor/.built $(CATALOGUES) ## what running needs: packages, assets, catalogues

# The page checks bring all npm packages, so they come first and the smaller set is not installed.
setup-test: .venv/.development node_modules/.checks setup ## setup, the test tools and a Chromium
	@browser="$$($(CHROMIUM))" && echo "Browser: $$browser"

## Testing

test: setup-test guard ## all tests but the long ones, at most 4 minutes
	browser="$$($(CHROMIUM))" && CHROME_BIN="$$browser" $(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

# `make test` runs on PostgreSQL what tests/databases.py names; this runs everything there.
test-postgresql: setup-test guard ## all tests with PostgreSQL below them
	browser="$$($(CHROMIUM))" && CHROME_BIN="$$browser" $(BIN)/python -m pytest -n $(WORKERS) \
	    --database postgresql $(TESTS)

check: check-style check-types check-floors check-dependencies check-pages ## style, types, floors, dependencies, templates, pages

CHECKS := check-style check-types check-floors check-dependencies check-pages
.PHONY: $(CHECKS)
$(CHECKS): .venv/.development guard

check-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --lint --quiet

check-types:
	$(BIN)/mypy

check-floors:
	$(BIN)/lint-imports

check-dependencies:
	$(BIN)/deptry platform

check-pages: node_modules/.checks setup
	$(BIN)/python tools/validate_pages.py

soak: setup-test guard ## long fault and load tests
	browser="$$($(CHROMIUM))" && export CHROME_BIN="$$browser" && \
	    $(BIN)/python -m pytest -m "soak or browser" --timeout 900 -n $(WORKERS) --ignore=tests/soak $(TESTS) && \
	    $(BIN)/python -m pytest -m soak --timeout 900 $(FAULTS)
# Whole sites that are killed and flooded want both cores; they run alone, one after the other.
FAULTS ?= tests/soak

bench: .venv/.development setup ## measure pages, queries and the time until a post is found
	$(BIN)/python benchmarks/run.py

.PHONY: guard
guard:
	@if [ -e platform/__init__.py ]; then \
	    echo "platform/__init__.py must not exist: it would shadow the standard library" >&2; exit 1; fi

## Changing things

routes: .venv/.development setup ## write the list of URLs anew after a wanted change
	$(BIN)/python tools/freeze_routes.py

picture: setup-test ## take the picture of the home page that README.md shows
	$(BIN)/python tools/take_picture.py

migration: .venv/.development ## write a migration from the models: make migration M="Add attachments"
	@test -n "$(M)" || { echo 'say what it does: make migration M="Add attachments"' >&2; exit 1; }
	$(BIN)/python tools/new_migration.py "$(M)"

# Sorted, without line numbers and dates: a difference in a catalogue is a difference in words.
# --ignore-dirs replaces a default that would leave out _components and _layout.
EXTRACT := extract --mapping-file=babel.cfg --keywords=_l --keywords=lazy_gettext \
	--keywords=lazy_ngettext:1,2 --keywords=lazy_pgettext:1c,2 --ignore-dirs=.* \
	--no-location --sort-output --project=Gemella --output-file=build/messages.pot .

texts: .venv/.runtime ## gather the texts of pages and mails into the catalogues, to be translated
	@mkdir -p build
	@$(BIN)/pybabel --quiet $(EXTRACT)
	@for language in $(LANGUAGES); do $(BIN)/pybabel --quiet update --locale=$$language \
	    --input-file=build/messages.pot --output-dir=translations --no-fuzzy-matching \
	    --ignore-obsolete --ignore-pot-creation-date || exit 1; done
LANGUAGES := $(notdir $(wildcard translations/*))

catalogues: .venv/.runtime $(CATALOGUES) ## compile the translations

lock: .venv/.development ## renew the lock files within pyproject.toml and package.json
	$(BIN)/uv pip compile pyproject.toml --group build $(LOCKED) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev -c requirements.lock $(LOCKED) -o requirements-dev.lock
	$(NPM) install --package-lock-only
	$(NPM) install --package-lock-only --prefix tools/chromium --omit-lockfile-registry-resolved
LOCKED := --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --upgrade

wheel: setup ## build dist/gemella-*.whl, which runs alone
	$(BIN)/python -m hatchling build -t wheel

clean: ## remove what was built; data/ stays
	rm -rf .venv node_modules build dist static/vendor
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -f $(CATALOGUES)
	find platform tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

## What is installed and built. A changed lock file is newer than its mark and is installed again.

.venv/bin/python:
	@python="$$(PYTHON='$(PYTHON)' sh tools/find_python.sh)" && \
	    echo "Creating .venv with $$python" && rm -rf .venv && "$$python" -m venv .venv

.venv/.runtime: requirements.lock pyproject.toml tools/install_locked.sh | .venv/bin/python
	@echo "Installing the locked packages"
	@sh tools/install_locked.sh requirements.lock
	@touch $@

.venv/.development: requirements.lock requirements-dev.lock pyproject.toml tools/install_locked.sh | .venv/bin/python
	@echo "Installing the locked packages and the test tools"
	@sh tools/install_locked.sh requirements.lock requirements-dev.lock
	@touch $@ .venv/.runtime

.PHONY: node
node:
	@command -v npm >/dev/null 2>&1 || { \
	    echo "npm was not found. Gemella's style sheets come from npm: install Node.js 20 or newer." >&2; exit 1; }

node_modules/.assets: package.json package-lock.json | node
	@echo "Installing the npm packages of the pages"
	@$(NPM) ci --omit=dev
	@touch $@

node_modules/.checks: package.json package-lock.json | node
	@echo "Installing the npm packages of the pages and their checks"
	@$(NPM) ci
	@touch node_modules/.assets $@

static/vendor/.built: node_modules/.assets tools/build_assets.py $(shell find templates static/css static/js static/img -name '*.html' -o -name '*.css' -o -name '*.js' -o -name '*.svg' 2>/dev/null) | .venv/bin/python
	@$(BIN)/python tools/build_assets.py
	@touch $@

%.mo: %.po | .venv/.runtime
	@$(BIN)/pybabel --quiet compile -i $< -o $@
