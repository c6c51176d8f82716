# Seloste: everything a developer, a server or the gate runs. `make help` lists the targets.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

# Set PYTHON to choose an interpreter; otherwise the first of these that is new enough.
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PYTEST_ARGS ?=
# Twice as many workers as there are processors: they wait for processes and servers that they start.
WORKERS ?= $(shell n=$$(( $$(getconf _NPROCESSORS_ONLN) * 2 )); echo $$(( n > 8 ? 8 : n )))
BENCH_ARGS ?=
FUZZ_ARGS ?=
SIZES ?= 1000,10000,100000
export PIP_USER := 0

# A stamp is a copy of what was installed: a checkout that only touches times rebuilds nothing, a moved folder does.
WITH_PLACE = { echo '$(CURDIR)'; cat $(1); }
IS_CURRENT = $(call WITH_PLACE,$(1)) | cmp -s - $(VENV)/$(1).stamp
STAMP = $(call WITH_PLACE,$(1)) > $(VENV)/$(1).stamp

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: venv  ## Start the service with demo data on http://127.0.0.1:8000/docs
	@$(BIN)/seloste run

.PHONY: demo
demo: venv  ## Play the story of an erasure against a running service
	@$(BIN)/seloste demo

.PHONY: test
test: venv-dev  ## Run every test on SQLite and PostgreSQL; app/policy must be covered branch by branch
	@# Tracing makes everything several times as dear, and the policy's own tests cover it: they alone are traced, by
	@# one process beside the others. What it has to say comes at the end.
	@told=$$(mktemp); trap 'rm -f "$$told"' EXIT; code=0; \
	$(BIN)/pytest tests/policy --noconftest -p no:schemathesis -p no:cacheprovider \
		--cov app.policy --cov-branch --cov-report term:skip-covered --cov-fail-under 100 > "$$told" 2>&1 & policy=$$!; \
	$(BIN)/pytest --ignore tests/policy -p no:schemathesis -n $(WORKERS) --dist worksteal $(PYTEST_ARGS) || code=$$?; \
	wait $$policy || code=$$?; cat "$$told"; exit $$code

# The tests start a hundred processes, each of which would compile the whole program again.
test coverage: export PYTHONDONTWRITEBYTECODE :=

.PHONY: coverage
coverage: export ALSO_TRACED := greenlet
coverage: venv-dev  ## Run every test and show the branches of app/ that none of them takes
	@$(BIN)/pytest -n logical --maxprocesses 8 --dist worksteal \
		--cov app --cov-branch --cov-report term-missing:skip-covered $(PYTEST_ARGS)

.PHONY: check
check: venv-dev  ## Check format, style, types, import layers and the published OpenAPI document
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/seloste openapi --check

.PHONY: format
format: venv-dev  ## Format the code and apply the safe corrections
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: openapi
openapi: venv  ## Write openapi/openapi.json from the routes
	@$(BIN)/seloste openapi

.PHONY: bench
bench: venv-dev  ## Compare the hot paths with their bare twins (15 minutes; BENCH_ARGS=--quick for 2)
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)
	@$(BIN)/python -m benchmarks.sweep $(SWEEP_ARGS)
	@$(BIN)/python -m benchmarks.worker $(WORKER_ARGS)

.PHONY: fuzz
fuzz: venv-dev  ## Send both databases what nobody has sent before, for ten minutes at most
	@$(BIN)/python -m tests.abuse $(FUZZ_ARGS)

.PHONY: torture
torture: venv-dev  ## Kill, restart, starve and cut off real processes under load (a quarter of an hour; TORTURE_ARGS="--rounds 20" for less)
	@$(BIN)/python -m tests.torture $(TORTURE_ARGS)
	@$(BIN)/python -m tests.delivery.storm $(STORM_ARGS)

.PHONY: bench-sweep
bench-sweep: venv-dev  ## Sweep and erase beside hand-written SQL, rows 9 to 11 (10 minutes; SWEEP_ARGS=--quick for 1)
	@$(BIN)/python -m benchmarks.sweep $(SWEEP_ARGS)

.PHONY: bench-scale
bench-scale: venv-dev  ## Measure what must not grow with the register (SIZES=1000,10000,100000)
	@$(BIN)/python -m benchmarks.scale --customers $(SIZES) $(SCALE_ARGS)

.PHONY: bench-gdpr
bench-gdpr: venv-dev  ## GDPRbench's roles over HTTP beside hand-written SQL
	@$(BIN)/python -m benchmarks.gdprbench

.PHONY: vendors
vendors: venv-dev  ## Start fakes of the vendors on loopback, for a trial without them (VENDORS="klarna paytrail" for some)
	@$(BIN)/python -m tests.vendors $(VENDORS)

# What makes a Python client wants an older typer than the service has, so it lives in a folder of its own.
GENERATOR := requirements-generator

NODE := tests/node
NODE_IS_CURRENT = $(call WITH_PLACE,$(NODE)/package-lock.json) | cmp -s - $(NODE)/node_modules/stamp

.PHONY: node-tools
node-tools:  ## Install what some tests run by Node (without it they are skipped)
	@set -e; if ! $(NODE_IS_CURRENT); then \
		echo "Installing $(NODE)/node_modules from its lock …"; \
		npm --prefix $(NODE) --loglevel error ci; \
		$(call WITH_PLACE,$(NODE)/package-lock.json) > $(NODE)/node_modules/stamp; \
	fi

.PHONY: lock
UPGRADE ?= --upgrade
lock:  ## Resolve the dependencies anew into the hashed lock files; UPGRADE= keeps the versions there are
	@set -e; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(FIND_PYTHON); "$$python" -m venv "$$work/venv"; "$$work/venv/bin/pip" install --quiet uv; \
	compile() { "$$work/venv/bin/uv" pip compile --quiet --no-config --universal --no-strip-extras --python-version 3.11 $(UPGRADE) \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$$@"; }; \
	cp requirements.txt "$$work/runtime.txt"; cp requirements-dev.txt "$$work/dev.txt"; \
	cp $(GENERATOR).txt "$$work/generator.txt"; echo 'openapi-python-client>=0.29' > "$$work/generator.in"; \
	compile pyproject.toml --extra build --output-file "$$work/runtime.txt"; \
	compile pyproject.toml --extra build --extra dev --extra otel --constraint "$$work/runtime.txt" --output-file "$$work/dev.txt"; \
	compile pyproject.toml --extra build --extra otel --constraint "$$work/dev.txt" --output-file "$$work/otel.txt"; \
	compile "$$work/generator.in" --no-emit-package ruff --output-file "$$work/generator.txt"; \
	note='# Written by "make lock" from pyproject.toml; do not edit.'; \
	{ echo "$$note"; cat "$$work/runtime.txt"; } > requirements.txt; \
	{ echo "$$note"; cat "$$work/dev.txt"; } > requirements-dev.txt; \
	{ echo "$$note"; cat "$$work/otel.txt"; } > requirements-otel.txt; \
	{ echo "$$note"; cat "$$work/generator.txt"; } > $(GENERATOR).txt; \
	echo "requirements.txt, requirements-otel.txt, requirements-dev.txt and $(GENERATOR).txt written"

.PHONY: clean
clean:  ## Remove the virtual environment and every cache; var/ and its database stay
	rm -rf $(VENV) $(NODE)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Sets the shell variable python to the first interpreter that is new enough, or says what is missing.
FIND_PYTHON = python=; for candidate in $(PYTHONS); do \
	if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
	echo "Seloste needs Python 3.11 or newer; tried: $(PYTHONS). Name one: make PYTHON=/path/to/python3.12 …" >&2; exit 1; fi

.PHONY: venv
venv:  ## Build the virtual environment from the lock, if the lock has changed
	@set -e; if ! { [ -x $(BIN)/python ] && $(call IS_CURRENT,requirements.txt); }; then \
		$(FIND_PYTHON); echo "Building $(VENV) from requirements.txt …"; \
		"$$python" -m venv --clear $(VENV); \
		$(PIP) install --quiet --require-hashes -r requirements.txt; \
		$(call STAMP,requirements.txt); \
	fi; \
	if ! $(call IS_CURRENT,pyproject.toml); then \
		$(PIP) install --quiet --no-deps --no-build-isolation --editable .; \
		$(call STAMP,pyproject.toml); \
	fi

.PHONY: venv-dev
venv-dev: venv  ## Add the development tools to it
	@set -e; if ! $(call IS_CURRENT,requirements-dev.txt); then \
		echo "Adding the development tools of requirements-dev.txt …"; \
		$(PIP) install --quiet --require-hashes -r requirements-dev.txt; \
		$(call STAMP,requirements-dev.txt); \
	fi; \
	if ! $(call IS_CURRENT,$(GENERATOR).txt); then \
		rm -rf $(VENV)/generator; \
		$(PIP) install --quiet --require-hashes --no-deps --target $(VENV)/generator -r $(GENERATOR).txt; \
		$(call STAMP,$(GENERATOR).txt); \
	fi
