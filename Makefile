# vae-course: `make demo` and `make test` are all you need; `make help` lists the rest.
# Everything is installed into .venv from the hashed lock files in requirements/.

SHELL := /bin/sh
BIN := .venv/bin
UV := $(BIN)/uv
# What `make demo` and `make bench` pass on: make demo ARGS="--patterns my_patterns --seed 3"
ARGS ?=
# Material for MkDocs prints an advertisement for its successor at every build.
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help install demo lab site strict-site test test-jax test-notebooks test-oldest check lint sync \
	bench audit lock pictures clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1	\2/' | expand -t 24

install: .venv/.run ## set up .venv with what is needed to run the course

demo: .venv/.run ## simulate, train, predict, and write report/index.html
	$(BIN)/vae-course demo $(ARGS)

lab: .venv/.all ## copy the lessons into my-lessons/, and open JupyterLab there
	$(BIN)/vae-course start my-lessons || test $$? -eq 1 # 1: a file of yours was left alone
	$(BIN)/jupyter lab my-lessons

site: .venv/.all ## serve the website on http://127.0.0.1:8000
	$(BIN)/mkdocs serve

# Two processes with a thread each: with more threads they would wait for each other's.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder
NBVAL := $(PYTEST) --nbval-lax --nbval-current-env --nbval-cell-timeout 1800

# A lesson as handed out trains what its solution trains: here an epoch of it is a step.
SHORT := $(CURDIR)/.ipython

test: .venv/.all ## everything: lint, types, tests, strict site build
	$(MAKE) --no-print-directory -j 2 lint strict-site
	VAE_COURSE_SITE="$(CURDIR)/site" $(PYTEST)
	$(MAKE) --no-print-directory test-notebooks
	$(MAKE) --no-print-directory test-jax

strict-site: .venv/.all
	$(BIN)/mkdocs build --strict

test-notebooks: .venv/.all ## every notebook: solutions with strict checks, lessons as handed out
	VAE_COURSE_STRICT=1 $(NBVAL) solutions
	@mkdir -p "$(SHORT)/profile_default/startup"
	@echo 'from tools.seeds import cut_trainings; cut_trainings()' > "$(SHORT)/profile_default/startup/short.py"
	VAE_COURSE_STRICT=0 IPYTHONDIR="$(SHORT)" PYTHONPATH="$(CURDIR)" $(NBVAL) lessons

test-jax: .venv/.all ## the tests of what uses Keras, on JAX instead of TensorFlow
	KERAS_BACKEND=jax $(PYTEST) -m "not any_backend" tests/vae tests/latent

test-oldest: .venv/.uv ## the fast tests with the oldest versions that pyproject.toml allows (Python 3.11)
	$(UV) venv --quiet --clear --python 3.11 .venv-oldest
	$(UV) pip sync --quiet --python .venv-oldest --require-hashes requirements/oldest.txt
	$(UV) pip install --quiet --python .venv-oldest --no-deps -e .
	PATH="$(CURDIR)/.venv-oldest/bin:$$PATH" .venv-oldest/bin/pytest -n 2 -m "not slow" \
		--ignore tests/site --ignore tests/test_examples.py

check: lint .venv/.all ## lint, types and unit tests, in three minutes or less
	$(PYTEST) -m "not slow"

lint: .venv/.all ## ruff, mypy, and whether the notebooks agree with their sources
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vae-course sync --check

sync: .venv/.all ## write and execute the notebooks of lessons that have changed
	$(BIN)/vae-course sync

bench: .venv/.all ## run all benchmarks, for hours, and rewrite benchmarks/results.json
	$(BIN)/python benchmarks/run.py $(ARGS)

audit: .venv/.uv ## ask the vulnerability database of PyPI about every locked package (needs the internet)
	$(UV) tool run 'pip-audit>=2.10,<3' --strict --disable-pip --require-hashes \
		-r requirements/all.txt

lock: .venv/.uv ## rewrite requirements/*.txt to the newest versions that fit
	$(UV) pip compile --quiet --upgrade $(LOCK) -o requirements/run.txt pyproject.toml
	$(UV) pip compile --quiet --upgrade $(LOCK) -c requirements/run.txt \
		--all-extras --group test --group docs --group authoring --group benchmarks \
		-o requirements/all.txt pyproject.toml
	$(UV) pip compile --quiet $(LOCK) -c requirements/all.txt --group lab -o requirements/lab.txt pyproject.toml
	$(UV) pip compile --quiet $(LOCK) --resolution lowest-direct --all-extras --group test --group authoring \
		-o requirements/oldest.txt pyproject.toml
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

pictures: .venv/.all ## draw the pictures of the site and of README.md anew
	$(BIN)/vae-course demo --seed 5
	$(BIN)/python tools/site/figures.py
	$(BIN)/python tools/site/home_animation.py

clean: ## remove what the other targets made (not .venv)
	rm -rf report site .explorer .ipython .pytest_cache .mypy_cache .ruff_cache

.venv/.uv:
	@for python in python3 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
		then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "vae-course needs Python 3.11, 3.12 or 3.13; none was found on the PATH" >&2; exit 2; \
	fi; \
	echo "$$found -m venv .venv"; $$found -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.5,<1"
	@touch $@

# Compiled once, here, TensorFlow is imported in half the time by each of the many processes to come.
.venv/.run: .venv/.uv requirements/run.txt pyproject.toml
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/run.txt
	$(UV) pip install --quiet --no-deps -e .
	@touch $@

.venv/.all: .venv/.uv requirements/all.txt pyproject.toml
	$(UV) pip sync --quiet --compile-bytecode --require-hashes requirements/all.txt
	$(UV) pip install --quiet --no-deps -e .
	@touch .venv/.run $@
