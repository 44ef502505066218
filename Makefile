# A fresh checkout needs Python 3.11 to 3.13 and nothing else: `make demo`, `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint clean help

help:
	@echo "make demo   install into $(VENV) and turn a sample photograph into a character"
	@echo "make test   install into $(VENV) and run all tests"
	@echo "make lint   check style and formatting"
	@echo "make clean  remove the environment and what the targets above wrote"

$(STAMP): setup.py constraints.txt pyproject.toml
	$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else 'Python 3.11 to 3.13 is needed, this is %d.%d; try: make PYTHON=python3.11' % v)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	# Oracle of the renderer's tests; its own list of dependencies cannot be installed any more.
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps tensorflow-graphics==2021.12.3
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/python examples/sample_photo.py build/sample.jpg
	$(BIN)/face2param fit --photo build/sample.jpg --output build/demo --overwrite

test: $(STAMP)
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) build .pytest_cache .ruff_cache *.egg-info
