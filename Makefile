# Two commands do everything: `make demo` and `make test`. Both install what is missing first.
VENV   ?= .venv
PYTHON ?= python3
MINUTES ?= 10
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

.PHONY: help demo test compiled lint bench soak schema faults clean install gstreamer
.DEFAULT_GOAL := help

help:            ## say what there is
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install    ## four simulated cameras recorded for 20 s, with a live view and a table at the end
	$(BIN)/thorsched simulate --cameras 4 --port 18000 -- $(BIN)/thorsched run configs/demo.yaml --for 20s --pictures

test: install    ## the whole suite: format, lint, types, layers, tests with the real gst-launch-1.0
	@$(MAKE) --no-print-directory -j 2 lint compiled
	$(BIN)/pytest -n 4 --dist worksteal --cov --cov-report=term

compiled: install
	@$(BIN)/pytest --collect-only -q > /dev/null 2>&1 || true  # or each worker compiles all tests

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install   ## speed beside pythorvision 0.3.0, in one run; prints the README's table
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.supervision
	$(BIN)/python -m tests.bench.auditing
	$(BIN)/python -m tests.bench.verifying
	$(BIN)/python -m tests.bench.reporting
	$(BIN)/python -m tests.bench.schedules
	$(BIN)/python -m tests.bench.reloading

soak: install    ## random faults over 8 cameras for MINUTES (10), then the ledger against the truth
	$(BIN)/python -m tests.soak --minutes $(MINUTES)

faults: install  ## list which tests inject which fault, and write the README's table anew
	$(BIN)/python -m tests.faults.table

schema: install  ## write schemas/recordings.schema.json anew
	$(BIN)/thorsched schema > schemas/recordings.schema.json

install: $(VENV)/installed gstreamer

gstreamer:
	@sh .ci/gstreamer.sh

$(VENV)/installed: pyproject.toml
	@sh .ci/venv.sh $(PYTHON) $(VENV)
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage demo-recordings
