# Each target makes what it needs, on a machine with nothing but Python 3.11 or newer; a second run is instant.

# The newest Python that works, with venv and pip; looked for only when .venv is made. PYTHON=… chooses another.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$python && break; done)

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input

.PHONY: help serve test test-processes nightly soak lint bench bench-beside docs lock clean screenshots
help:
	@echo 'make serve   install and serve; make serve ARGS="--port 9000 --students 200" passes flags on'
	@echo 'make test    run the tests; make test ARGS="-k filter" passes flags on to pytest'
	@echo 'make test-processes   run the tests that need Chromium, or several servers and redis-server'
	@echo 'make nightly run the tests with other examples than every day; SEED=… repeats a run, ARGS="-k filter" passes flags on'
	@echo 'make soak    send a million odd byte streams to the server; make soak COUNT=20000 sends fewer, ARGS="--seed 2" others'
	@echo 'make soak-NAME   run another long test, a module of tests/soak: make soak-compare ARGS=--help'
	@echo 'make lint    ruff, mypy and the import contract'
	@echo 'make docs    write the generated pages of docs/ anew'
	@echo 'make screenshots   take the pictures of the dashboard in docs/ anew; needs Chromium'
	@echo 'make bench   measure throughput, start, memory and growth; needs wrk, and npm for the servers of others'
	@echo 'make bench-beside REVISION=…   measure beside another revision; needs wrk'
	@echo 'make lock    write requirements.txt, what the image installs, with the newest versions'
	@echo 'make clean   remove .venv and what the tools left'

serve: .venv/serve.stamp
	@exec $(BIN)/mockroster serve $(ARGS)

# The tests start mockroster a few hundred times: compiling it each time would take as long as everything else they do.
test test-processes nightly: export PYTHONDONTWRITEBYTECODE =

test: .venv/test.stamp
	@$(BIN)/python -m pytest $(ARGS)

test-processes: .venv/test.stamp
	@$(BIN)/python -m pytest -m 'browser or servers' $(ARGS)

SEED := $(or $(SEED),$(shell od -An -N4 -tu4 /dev/urandom | tr -d ' '))
nightly: .venv/test.stamp
	@echo 'mockroster: `make nightly SEED=$(SEED)` repeats this run' >&2
	@$(BIN)/python -m pytest --hypothesis-profile=nightly --hypothesis-seed=$(SEED) --randomly-seed=$(SEED) $(ARGS)

COUNT ?= 1000000
soak: .venv/test.stamp
	@PYTHONPATH=tests $(BIN)/python -m soak.fuzz $(COUNT) $(ARGS)

soak-%: .venv/test.stamp
	@PYTHONPATH=tests $(BIN)/python -m soak.$* $(ARGS)

lint: .venv/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/serve.stamp
	@$(BIN)/python docs/generate.py

screenshots: .venv/test.stamp
	@$(BIN)/python docs/screenshots.py

bench: .venv/serve.stamp .venv/peers.stamp .venv/granian.stamp
	@$(BIN)/python bench/run.py $(ARGS)

bench-beside: .venv/serve.stamp
	@test -n '$(REVISION)' || { echo 'make bench-beside REVISION=… names the revision to compare with' >&2; exit 1; }
	@$(BIN)/python bench/beside.py $(REVISION) $(ARGS)

# For every platform: pip-compile lists the hashes of all files of a version. What builds the package is in it too.
lock: .venv/release.stamp
	@CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe \
		--build-deps-for wheel --extra redis --strip-extras --no-annotate --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --output-file requirements.txt pyproject.toml

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# One stamp for each set of packages; setup.cfg says what is in a set.
.venv/serve.stamp: EXTRA =
.venv/test.stamp: EXTRA = [test]
.venv/lint.stamp: EXTRA = [lint]
.venv/release.stamp: EXTRA = [release]
.venv/%.stamp: $(BIN)/python setup.cfg pyproject.toml
	@echo 'mockroster: installing .$(EXTRA) into .venv (a minute at most, once) …' >&2
	@$(PIP) install --editable '.$(EXTRA)'
	@touch $@ .venv/serve.stamp

# Servers of others to measure beside ours; without them the others are measured.
.venv/peers.stamp: $(BIN)/python
	@echo 'mockroster: installing Prism and json-server into .venv/peers …' >&2
	@npm install --no-audit --no-fund --loglevel=error --prefix .venv/peers '@stoplight/prism-cli@5' 'json-server@0.17' >&2 \
		&& touch $@ || echo 'mockroster: that did not work; measuring without them' >&2

# The server on which bare Flask is a fixed yardstick; nothing but the benchmark needs it.
.venv/granian.stamp: $(BIN)/python
	@echo 'mockroster: installing granian into .venv, to measure beside it …' >&2
	@$(PIP) install 'granian >=2.2,<3' && touch $@

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'mockroster needs Python 3.11 or newer with venv and pip' \
		'(on Debian and Ubuntu: apt-get install python3 python3-venv); PYTHON=/path/to/python names one.' >&2; exit 1; }
	@echo "mockroster: making .venv with $$($(PYTHON) --version) …" >&2
	@$(PYTHON) -m venv --clear .venv
