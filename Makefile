# Byline. `make help` lists what can be made. Works with make 3.81 and /bin/sh.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# Where the tools are. With another BIN nothing is installed: what is there is used.
BIN ?= .venv/bin
# The stamp is written last and named after the lock and this folder, so that an installation that failed,
# is out of date or was moved never looks done.
STAMP := .venv/.installed-$(shell { cat requirements.lock; pwd; } | cksum | tr ' ' '-')
READY := $(if $(filter .venv/bin,$(BIN)),$(STAMP))
PYTHON ?=
TORCH_INDEX ?=
PORT ?= 8000
IMAGE ?= byline
LLM ?= .venv-llm

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile

install: $(READY) ## Install into .venv (PYTHON=... and TORCH_INDEX=... choose; quick when current)
	@echo 'Byline is installed in .venv.'

$(STAMP):
	@PYTHON='$(PYTHON)' TORCH_INDEX='$(TORCH_INDEX)' sh scripts/install.sh .venv '$@'

run: $(READY) ## Ingest seeds/, serve on PORT (8000), ask a question and print the cited answer
	@PORT='$(PORT)' $(BIN)/python scripts/run.py

lint: $(READY) ## Formatting, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint ## All of lint, and the unit tests: before each commit
	$(BIN)/python -m pytest tests/unit -q

browser: $(READY) ## Find Chromium for the browser tests, or install it where that is possible
	@$(BIN)/python -m tests.browser

test: $(READY) browser eval ## Everything: the eval gate, then unit, contracts, API, properties, repository, browser
	$(BIN)/python -m pytest -m 'not soak'

eval: $(READY) ## Lint the golden set, then run and gate the exact profiles: without a model, and with a recorded one
	$(BIN)/python -m evals lint
	$(BIN)/python -m evals run --profile extractive --out out/extractive
	$(BIN)/python -m evals gate out/extractive
	$(BIN)/python -m evals run --profile llm-replay --no-systems --out out/llm-replay
	$(BIN)/python -m evals gate out/llm-replay

soak: $(READY) ## The long forms of the tests: kills, faults, load
	$(BIN)/python -m pytest -m soak

format: $(READY) ## Format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY) ## Resolve pyproject.toml into requirements.lock
	$(BIN)/python scripts/lock.py

docs: $(READY) ## Write the settings table and the map of modules anew, from the code
	$(BIN)/python scripts/document.py

image: ## Build the image IMAGE (byline) with docker, podman or buildah (BASE=... and TORCH_INDEX=...)
	@IMAGE='$(IMAGE)' BASE='$(BASE)' TORCH_INDEX='$(TORCH_INDEX)' sh scripts/image.sh

bench: $(READY) ## Measure ingest speed and the latency of /ask
	$(BIN)/python -m evals bench

bench-peers: $(READY) ## Measure Byline beside other systems
	$(BIN)/python -m evals.bench.peers

live-model: $(READY) ## Record the replies of BYLINE_CHAT__MODEL, or of a small local model (LLM=its environment)
	$(BIN)/python scripts/live_model.py --venv $(LLM)

screenshots: $(READY) browser ## Take the pictures of docs/images anew
	$(BIN)/python scripts/screenshots.py

clean: ## Remove the data folder, the environment and what the tools left
	rm -rf .venv data out dist build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help install run lint check browser test eval soak format lock docs image bench bench-peers live-model screenshots clean
