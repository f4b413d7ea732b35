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
TARGETS := help $(STAGES) leaderboard communities fetch demo tensorboard smoke docs test torture lint audit bench lock clean
.PHONY: $(TARGETS) check-environment
.DEFAULT_GOAL := help

# Told before anything is done: `make train webqa` would train the default contest first.
UNKNOWN := $(filter-out $(TARGETS) check-environment .venv/installed,$(MAKECMDGOALS))
ifneq ($(UNKNOWN),)
  $(error There is no target '$(firstword $(UNKNOWN))'; make help lists them, and a contest is named so: COMP=lamost)
endif

help:
	@$(PYTHON) -m common.run help

$(STAGES): $(ENVIRONMENT)
	@$(RUN) -m common.run $(call quoted,COMP) $@ $(OVERRIDES)

leaderboard: $(ENVIRONMENT)
	@$(RUN) -m common.run leaderboard $(if $(filter command,$(origin COMP)),comp=$(call quoted,COMP)) $(OVERRIDES)

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
	@TORTURE=$(if $(value inputs),$(call quoted,inputs),10000) $(RUN) -m pytest -q -n 2 --dist worksteal tests/torture $(if $(filter command,$(origin COMP)),-k $(call quoted,COMP))

lint: $(ENVIRONMENT)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

audit: $(ENVIRONMENT)
	$(RUN) -m uv tool run pip-audit --strict --requirement requirements.lock --no-deps --disable-pip

bench: $(ENVIRONMENT)
	@$(RUN) -m bench.$(if $(filter scale,$(value part)),scale )$(call quoted,COMP) $(OVERRIDES)

lock: $(ENVIRONMENT)
	$(RUN) -m uv pip compile pyproject.toml --universal --extra dev --extra bench --prerelease disallow \
	  --no-header --no-annotate --no-emit-index-url --upgrade --output-file requirements.lock

clean:
	@$(PYTHON) -B -m common.run clean $(OVERRIDES)

.venv/installed: requirements.lock
	@for candidate in $(PYTHON) python3.13 python3.12 python3.11; do \
	  if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
	    $$candidate -m common.environment build; exit; \
	  fi; \
	done; \
	echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1

# Targets that need more than the dependencies name the extras of pyproject.toml.
test torture lint audit lock: EXTRAS := dev
bench: EXTRAS := bench
tune: EXTRAS := tune
docs: EXTRAS := docs
check-environment:
	@$(RUN) -m common.environment $(EXTRAS)
