# The entry points of the project. Everything that is installed comes from the locks.
PYTHON ?= python3
BENCH ?= full
PYTEST_ARGS ?= -n auto

venv := .venv
bin := $(venv)/bin
installed := $(venv)/.installed
opa := build/tools/opa

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench e2e clusters clusters-down cluster-tools tools lock dist release \
  clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(installed) $(opa) ## check, plan and generate every testnet, publish the result to build/environments.git
	$(bin)/testnet check
	@for file in environments/testnets/*.yaml; do $(bin)/testnet plan "$$file" || exit; done
	$(bin)/testnet generate --output build/environments
	@tools/tree.sh build/environments
	@rm -rf build/environments.git build/cache && git init --quiet --bare build/environments.git
	$(publish) --first
	$(publish)
	XDG_CACHE_HOME=$(CURDIR)/build/cache $(bin)/testnet keys audit --environments build/environments.git

test: $(installed) $(opa) build/tools/github ## run the tests with branch coverage (PYTEST_ARGS=... for others than -n auto)
	$(bin)/python -m pytest $(PYTEST_ARGS) --cov --cov-report=term

lint: $(installed) $(opa) ## check style, types, import directions, workflows and policies
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	$(bin)/lint-imports --no-logo
	$(bin)/zizmor --offline --quiet .github
	actionlint=$$(tools/build.sh actionlint) && "$$actionlint" -shellcheck= -pyflakes=
	$(opa) fmt --list --fail policies
	$(opa) check --strict -s policies/schemas -b policies

bench: $(installed) $(opa) ## measure nets of up to 10,000 daemons (BENCH=quick: a short run)
	$(bin)/python -m tests.benchmarks $(BENCH)

e2e: cluster-tools $(opa) ## run the tests on real control planes; the first time builds them, half an hour
	$(bin)/python -m pytest -m clusters -n 2 --dist loadfile --no-loadscope-reorder \
	  $(E2E_ARGS) tests/clusters

clusters: $(installed) ## start three real clusters in the background, and tell how to look at them
	$(bin)/python -m tests.clusters up $(CLUSTERS)

clusters-down: $(installed) ## end them
	$(bin)/python -m tests.clusters down

cluster-tools: $(installed) ## build what clusters are made of: Kubernetes, etcd, KWOK and Flux
	$(bin)/python -m tests.clusters.programs

tools: build/tools/kustomize build/tools/kustomize-batch $(opa) ## build opa and kustomize (builds faster than the wheel's)

lock: $(installed) ## write the locks from the pinned dependencies (UPGRADE=--upgrade: newest below them)
	$(compile) --output-file requirements.lock pyproject.toml
	$(compile) --output-file requirements-dev.lock --extra dev --constraints requirements.lock \
	  pyproject.toml
	$(compile) --output-file tools/go.lock --group pyproject.toml:go
	$(compile) --output-file tools/node.lock --group pyproject.toml:node

dist: $(installed) ## build the wheel and the source archive, with checksums, into build/dist (TAG=: must be of its version)
	test -z "$(TAG)" || test "$(TAG)" = "v$$($(bin)/python -c 'import generator; print(generator.__version__)')"
	rm -rf build/dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(bin)/uv build --quiet --no-config --offline \
	  --no-build-isolation --no-create-gitignore --python $(bin)/python --out-dir build/dist
	cd build/dist && sha256sum -- * > SHA256SUMS

release: ## make a release of build/dist on GitHub (TAG=...); needs gh and its token
	gh release create "$(TAG)" --verify-tag --generate-notes build/dist/*

clean: ## remove whatever these targets made
	rm -rf $(venv) build .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
	  .ruff_cache *.egg-info
	find generator tests -name __pycache__ -type d -prune -exec rm -rf {} +

publish = XDG_CACHE_HOME=$(CURDIR)/build/cache $(bin)/testnet publish \
  --environments build/environments.git --allow-dirty

compile = $(bin)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-config $(UPGRADE)

# Make looks at the time of the binary, which another checkout may have built long ago.
build/tools/%: tools/build.sh tools/%/go.mod tools/%/go.sum | $(installed)
	@mkdir -p $(@D)
	binary=$$(tools/build.sh $*) && touch "$$binary" && ln -sf "$$binary" $@

build/tools/kustomize-batch: tools/build.sh $(wildcard tools/kustomize/go.* tools/kustomize/*/*.go) | $(installed)
	@mkdir -p $(@D)
	binary=$$(tools/build.sh kustomize $(@F)) && touch "$$binary" && ln -sf "$$binary" $@

build/tools/github: tools/packages.sh tools/github/package-lock.json | $(installed)
	@mkdir -p $(@D)
	packages=$$(tools/packages.sh github) && touch "$$packages" && ln -sfn "$$packages" $@

$(installed): requirements-dev.lock pyproject.toml | $(bin)/python
	$(bin)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(bin)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(bin)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is needed; name it: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(venv)
