# Entaku (円卓). `make` or `make help` prints what each target does.
PYTHON ?= python3
PY := .venv/bin/python
PORT ?= 8000
SIM_PORT ?= 8090
WORKERS ?= 2
export PORT SIM_PORT
# Tests and demonstrations start many processes: let Python keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format guide mutants migration constraints clean

help:  ## Print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.made: pyproject.toml constraints.txt
	@echo "部品を入れています。はじめの1回だけ、数分かかります …"
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: .venv/.made  ## Build .venv and nothing else

demo: .venv/.made  ## Start the demonstration: http://127.0.0.1:8000/phone
	@exec $(PY) -m bot demo up

test: .venv/.made  ## Run every test (what is skipped is named, with the command that would bring it)
	@exec $(PY) -m pytest -n $(WORKERS) --dist worksteal

check: .venv/.made  ## Lint, types, layers
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports

format: .venv/.made  ## Put the code in its layout
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

guide: .venv/.made  ## Take the guide's pictures from the pages as they are now
	ENTAKU_GUIDE=1 $(PY) -m pytest -q tests/browser/console/test_guide.py -k pictures

mutants: .venv/.made  ## Break six named rules one by one; each must turn its test red
	@exec $(PY) -m tests.mutants

migration: .venv/.made  ## Write the next migration: make migration NAME="what it adds"
	$(PY) -c "from bot.services.schema import make_migration; make_migration('sqlite:///var/migration.db', '$(NAME)')"
	@rm -f var/migration.db*

constraints: .venv/.made  ## Pin what is installed now
	$(PY) -m pip freeze --exclude-editable --disable-pip-version-check | grep -v -e '@' -e '^-' > constraints.txt

clean:  ## Remove .venv, var and caches
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache *.egg-info
