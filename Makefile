# make serve | test | check | web | docker | label-studio.
# The first call sets up .venv in the checkout.
#
#   make serve PORT=8000
#   make serve HOST=0.0.0.0 ARGS=--insecure
#   make test ARGS="-m 'not slow'"
#   make serve PYTHON=python3.12 PIP_EXTRA="--extra-index-url URL-of-CPU-builds"

has = $(shell $(1) -c '$(2); print("yes")' 2>/dev/null)
BIN := .venv/bin
VENV_WORKS := $(call has,$(BIN)/python,from importlib.metadata import version; version("pip"))

PYTHON ?= $(if $(VENV_WORKS),$(BIN)/python,python3)
HOST ?= 127.0.0.1
PORT ?= 9090
ARGS ?=
PIP_EXTRA ?=
LABEL_STUDIO_VENV ?= $(HOME)/.cache/gpcis/label-studio-1.23.2
export GPCIS_LABEL_STUDIO_PYTHON ?= $(wildcard $(LABEL_STUDIO_VENV)/bin/python)

PIP = $(BIN)/python -m pip install $(PIP_EXTRA) -c constraints.txt
PAGE := gpcis_backend/server/web/dist/index.html

.PHONY: serve test check web docker label-studio machine
.DELETE_ON_ERROR:

serve: .venv/.serve $(PAGE)
	$(BIN)/gpcis serve --host $(HOST) --port $(PORT) $(ARGS)

test: .venv/.test $(PAGE)
	$(BIN)/python -m pytest $(ARGS)

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

web: .venv/.serve
	$(BIN)/python frontend/build.py

docker:
	docker build --build-arg PIP_EXTRA="$(PIP_EXTRA)" -f docker/Dockerfile -t gpcis .

# The real Label Studio, for the tests with it: about 1 GB beside the checkout's own.
label-studio: $(LABEL_STUDIO_VENV)/.ready

$(PAGE): $(shell find frontend -type f -not -path '*/node_modules/*') | .venv/.serve
	$(BIN)/python frontend/build.py
	@touch $@

# Set-up.  A stamp is touched only when its step is complete; an interrupted step runs again.

.venv/.made: $(if $(VENV_WORKS),,machine)
	$(if $(VENV_WORKS),,rm -rf .venv && $(PYTHON) -m venv .venv)
	@touch $@

.venv/.serve: .venv/.made pyproject.toml constraints.txt | machine
	$(forget_half_installed)
	$(PIP) -e '.[label-studio,openvino]'
	$(PIP) --no-deps label-studio-ml
	@touch $@

.venv/.test: .venv/.serve
	$(forget_half_installed)
	$(PIP) -e '.[label-studio,openvino,test]'
	$(PIP) --no-deps isegeval
	@touch $@

# Label Studio pins what we do not: hence a place of its own, and an empty database.
LABEL_STUDIO_WORKS = $(call has,$(LABEL_STUDIO_VENV)/bin/python,import label_studio)

$(LABEL_STUDIO_VENV)/.ready: $(if $(LABEL_STUDIO_WORKS),,machine)
	rm -rf $(LABEL_STUDIO_VENV)
	$(PYTHON) -m venv $(LABEL_STUDIO_VENV)
	$(LABEL_STUDIO_VENV)/bin/python -m pip install $(PIP_EXTRA) label-studio==1.23.2
	LATEST_VERSION_CHECK=false COLLECT_ANALYTICS=false SENTRY_DSN= \
	LABEL_STUDIO_BASE_DATA_DIR=$(LABEL_STUDIO_VENV)/data \
	$(LABEL_STUDIO_VENV)/bin/label-studio version
	@touch $@

# pip writes INSTALLER last: a package without it was cut short, and is unpacked again.
forget_half_installed = @for info in .venv/lib/python3*/site-packages/*.dist-info; do \
	if [ -d "$$info" ] && [ ! -e "$$info/INSTALLER" ]; then rm -rf "$$info"; fi; done

# What this machine must bring; each lack is one line.

IS_PYTHON := import sys; sys.version_info >= (3, 11) or sys.exit(1)
HAS_VENV := import ensurepip, venv
OPENCV_NEEDS := "libGL.so.1", "libgthread-2.0.so.0"
HAS_GL := import ctypes, sys; \
	[ctypes.CDLL(so) for so in ($(OPENCV_NEEDS)) if sys.platform == "linux"]

machine:
	@$(if $(call has,$(PYTHON),$(IS_PYTHON)),,$(error $(PYTHON) is not Python 3.11 or newer: install one, or name it with PYTHON=))
	@$(if $(call has,$(PYTHON),$(HAS_VENV)),,$(error $(PYTHON) has no venv module: apt-get install python3-venv))
	@$(if $(call has,$(PYTHON),$(HAS_GL)),,$(error OpenCV needs libGL.so.1: apt-get install libgl1 libglib2.0-0))
	@:
