# Byline. `make help` lists what can be made.
.DEFAULT_GOAL := help
BIN ?= .venv/bin

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: ## Lint, types, import contracts and unit tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/unit -q

.PHONY: help check
