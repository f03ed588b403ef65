# Two commands set everything up on a fresh machine: `make run` and `make test`. The rest is for developers.
PY := .venv/bin/python
export QT_LOGGING_RULES ?= qt.qpa.*=false
# Compiled files are kept, whatever the shell says: the tests start many processes, and each would compile anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check format lint types contracts quick bench faults screenshots package lock clean

run: .venv/desktop.ok
	@packaging/system-libraries.sh desktop
	$(PY) -m restock_desk demo

test: .venv/dev.ok
	@packaging/system-libraries.sh desktop test
	$(PY) -m pytest -n auto

# `make check TESTED=yes` leaves the tests out, for whoever ran them a moment ago on the same tree: `.ci/run` does.
check: .venv/dev.ok
	@packaging/system-libraries.sh desktop test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(if $(TESTED),@echo "The tests ran before.",$(PY) -m pytest -n auto)

format: .venv/dev.ok
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: .venv/dev.ok
	$(PY) tests/benchmarks/run.py

faults: .venv/dev.ok
	@packaging/system-libraries.sh desktop test
	RESTOCK_DESK_FAULTS=long $(PY) -m pytest -n auto tests/faults
	RESTOCK_DESK_FAULTS=long $(PY) -m pytest -n auto -m "slow or hypothesis"

screenshots: .venv/dev.ok
	@packaging/system-libraries.sh desktop
	$(PY) packaging/screenshots.py pictures

package: .venv/dev.ok
	$(PY) packaging/build.py

# A lock file holds hashes and no index address. Run after changing dependencies in pyproject.toml; needs uv.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:
	$(LOCK) --all-extras pyproject.toml -o packaging/lock/dev.txt
	$(LOCK) --extra desktop --extra server -c packaging/lock/dev.txt pyproject.toml -o packaging/lock/desktop.txt
	$(LOCK) -c packaging/lock/dev.txt pyproject.toml -o packaging/lock/core.txt

.venv/desktop.ok: packaging/lock/desktop.txt pyproject.toml
	packaging/environment.sh desktop
	@touch $@

.venv/dev.ok: packaging/lock/dev.txt pyproject.toml
	packaging/environment.sh dev
	@touch $@

clean:
	rm -rf .venv build dist pictures .mypy_cache .ruff_cache .hypothesis .import_linter_cache
