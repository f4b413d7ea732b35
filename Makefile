# The one entry point. `make help` lists the targets, as TARGETS of common/run.py describes them, and the contests. Where there is
# no make, `pip install .` gives the command `podium` with the same targets: podium train lamost epochs=2.

COMP ?= lamost
PYTHON ?= python3

# An activated environment is used as it is, conda's base excepted; without one, .venv is made from requirements.lock.
ACTIVE := $(or $(VIRTUAL_ENV),$(if $(filter-out base,$(CONDA_DEFAULT_ENV)),$(CONDA_PREFIX)))
ifeq ($(ACTIVE),)
  RUN := .venv/bin/python
  ENVIRONMENT := .venv/installed
else
  RUN := $(ACTIVE)/bin/python
  ENVIRONMENT := check-environment
endif

# Whatever else stands on the command line, such as epochs=2, goes to Python unchanged: $(value) does not expand it, and
# the single quotes keep it from the shell; COMP likewise. Not exported: Make would expand it on the way, and run a $(shell ...) in it.
GIVEN := $(foreach name,$(filter-out COMP PYTHON,$(.VARIABLES)),$(if $(findstring command line,$(origin $(name))),$(name)))
unexport COMP PYTHON $(GIVEN)
MAKEOVERRIDES =
quoted = '$(subst ','\'',$(value $(1)))'
OVERRIDES = $(foreach name,$(GIVEN),'$(name)='$(call quoted,$(name)))

STAGES := data features train ensemble submit evaluate predict export report tune
.PHONY: help $(STAGES) leaderboard communities fetch demo tensorboard smoke docs test lint bench lock clean check-environment
.DEFAULT_GOAL := help

help:
	@$(PYTHON) -m common.run help

$(STAGES): $(ENVIRONMENT)
	@$(RUN) -m common.run $(call quoted,COMP) $@ $(OVERRIDES)

leaderboard: $(ENVIRONMENT)
	@$(RUN) -m common.run leaderboard $(OVERRIDES)

communities: $(ENVIRONMENT)
	@$(RUN) -m common.run communities $(OVERRIDES)

fetch: $(ENVIRONMENT)
	@$(RUN) -m common.run fetch $(OVERRIDES)

demo: $(ENVIRONMENT)
	@$(RUN) -m common.run demo $(OVERRIDES)

tensorboard: $(ENVIRONMENT)
	@$(RUN) -m common.run tensorboard $(OVERRIDES)

smoke: $(ENVIRONMENT)
	@$(RUN) -m common.run smoke $(OVERRIDES)

docs: $(ENVIRONMENT)
	@$(RUN) -m docs.site $(OVERRIDES)

test: $(ENVIRONMENT)
	$(RUN) -m pytest -n 2 --dist worksteal
	KERAS_BACKEND=jax $(RUN) -m pytest -n 2 --dist worksteal -m backend

torture: $(ENVIRONMENT)
	@TORTURE=$(if $(value inputs),$(call quoted,inputs),500) $(RUN) -m pytest -q tests/torture $(if $(filter command,$(origin COMP)),-k $(call quoted,COMP))

lint: $(ENVIRONMENT)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

bench: $(ENVIRONMENT)
	@$(RUN) -m bench.$(if $(filter scale,$(value part)),scale )$(call quoted,COMP) $(OVERRIDES)

lock: $(ENVIRONMENT)
	$(RUN) -m uv pip compile pyproject.toml --universal --extra dev --extra bench --prerelease disallow \
	  --no-header --no-annotate --no-emit-index-url --upgrade --output-file requirements.lock

clean:
	@$(PYTHON) -B -m common.run clean $(OVERRIDES)

# Compiled at the first import: of 14,000 files those that are used, where pip would take all.
USED := import astropy.io.fits, common.training, lightgbm, matplotlib.pyplot, pandas, scipy.stats, sklearn.ensemble
.venv/installed: requirements.lock
	@for candidate in $(PYTHON) python3.13 python3.12 python3.11; do \
	  if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
	    $$candidate -m venv .venv || exit 1; \
	    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.lock || exit 1; \
	    PYTHONDONTWRITEBYTECODE= .venv/bin/python -c '$(USED)' || exit 1; \
	    touch $@; exit 0; \
	  fi; \
	done; \
	echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1

# Targets that need more than the dependencies name the extras of pyproject.toml.
test torture lint lock: EXTRAS := dev
bench: EXTRAS := bench
tune: EXTRAS := tune
docs: EXTRAS := docs
check-environment:
	@$(RUN) -m common.environment $(EXTRAS)
