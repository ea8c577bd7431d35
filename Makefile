# Two commands set everything up by themselves: `make demo` and `make test`.
# They need python3 (3.11 or newer), cargo, gcc, make and git, and network to PyPI and crates.io.

VENV := .venv
UV_VERSION := 0.13.9
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
DEMO_DIR ?= .demo/workspace
PYTEST := $(VENV)/bin/python -m pytest

.PHONY: demo test lint e2e e2e-claude-flow bench bench-pipeline venv clean
.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1	\2/p' Makefile

venv: $(VENV)/.ready ## the private virtual environment, from uv.lock

# flock: `make demo` and `make test` may be started at the same time on a fresh clone.
$(VENV)/.ready: uv.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer found: install one, or say make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) tools/bootstrap.py $(VENV) $(UV_VERSION)

demo: venv ## the main job on the demonstration workspace of 24 crates
	$(VENV)/bin/cargo-hone hone optimize --demo --quick --demo-dir $(DEMO_DIR)

test: venv ## the tests that need no network beyond what `venv` needs
	$(PYTEST) -n 2

lint: venv ## ruff, mypy --strict, the import contract, shellcheck
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/shellcheck src/cargo_hone/cache/sccache.sh src/cargo_hone/ci/devcontainer.sh .ci/run
	$(VENV)/bin/shellcheck --shell=sh src/cargo_hone/ci/templates/*.sh
	$(VENV)/bin/shellcheck --shell=bash src/cargo_hone/ci/prune.sh

e2e: venv ## slow end-to-end tests on the demonstration workspace
	$(PYTEST) -m e2e -n 0 --timeout 3000 --ignore tests/e2e/test_claude_flow.py

e2e-claude-flow: venv ## claude-flow for real from the npm registry: minutes, 600 MB in the temporary directory
	$(PYTEST) -m e2e -n 0 --timeout 3000 tests/e2e/test_claude_flow.py

bench: venv ## paired timings of cargo-hone itself
	$(VENV)/bin/python -m benchmarks.startup
	$(VENV)/bin/python -m benchmarks.meter overhead
	$(VENV)/bin/python -m benchmarks.meter agreement 3
	$(VENV)/bin/python -m benchmarks.statistics
	$(VENV)/bin/python -m benchmarks.shim
	$(VENV)/bin/python -m benchmarks.doctor

bench-pipeline: venv ## the generated pipeline against the plain one, run on this machine: about ten minutes
	$(VENV)/bin/python -m benchmarks.pipeline

.PHONY: rivals
rivals: ## mbx, zccache and cargo-sweep in .rivals/bin, to be measured beside ours: about 6 minutes
	cargo install mbx@1.29.1 --locked --root .rivals
	cargo install cargo-sweep@0.8.0 --locked --root .rivals
	$(PYTHON) -m venv .rivals/zccache
	.rivals/zccache/bin/pip install --quiet zccache==1.15.8
	ln -sf ../zccache/bin/zccache .rivals/bin/zccache

clean: ## what make made
	rm -rf $(VENV) .demo .rivals .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
