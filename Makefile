# Everything this project's people type. `make` alone lists it.

PYTHON ?= python3
# What set-up found or installed, unless JAVA_HOME says otherwise.
VENV := JAVA_HOME="$${JAVA_HOME:-$(CURDIR)/.tools/java}" .venv/bin/python
# Two files of tests at a time, in this order: those that take longest first, and no two platforms
# side by side. What hangs or ends its process fails with its name, and is not tried again.
PYTEST := -m pytest -n 2 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder --durations 30
PYTEST += tests/e2e/test_platform.py tests/image tests/streams tests/spark tests/e2e/test_operating.py
PYTEST += tests/adls tests/serving tests/e2e/test_lineage.py tests/chaos tests/dags tests/unit

.DEFAULT_GOAL := help
WHEELS ?= dist
# What a shell would take for its own reaches the command as it was typed.
export SQL
.PHONY: help setup classes run status sql export wheel stop clean test test-long bench bench-backfill
.PHONY: requirements jars-lock sbom audit soak chaos chaos-load

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

SET_UP := PYTHONPATH=include $(PYTHON) -m gympulse.local.bootstrap

setup: ## fetch what is missing: Java, Python packages, jars
	@$(SET_UP)

classes: setup ## prepare Spark's classes, so that every job starts seconds sooner
	@$(VENV) -m gympulse.local.class_archive .tools/spark

requirements: setup ## write the image's requirements*.txt from uv.lock
	@PYTHONPATH=include $(PYTHON) -m gympulse.local.image.requirements

jars-lock: setup ## note the digests of all that pom.xml asks for, after a change of it
	@$(VENV) -m gympulse.local.bootstrap.jars --note

sbom: setup ## write what it is built from, as CycloneDX; TO=file
	@$(VENV) -m gympulse.local.supply.sbom $(or $(TO),gympulse.cdx.json)

audit: setup ## ask whether anything it is built from has a known vulnerability
	@$(VENV) -m gympulse.local.supply.audit

# The tests look at the dashboard in a browser, and read a lake in an emulator of Azure.
.PHONY: setup-with-test-tools
setup-with-test-tools:
	@$(SET_UP) --with-test-tools

# Looking and ending must work even where set-up no longer would.
.venv/bin/python:
	@$(SET_UP)

run: setup ## start everything, bring two days of gym life to gold, show it
	@$(VENV) -m gympulse.local run

status: .venv/bin/python ## what runs, how far each layer is, rows per table
	@$(VENV) -m gympulse.local status

sql: .venv/bin/python ## ask the lake's tables in SQL; SQL="..." answers that alone
	@$(VENV) -m gympulse.local sql $(if $(SQL),--command "$$SQL")

export: .venv/bin/python ## write gold as files; TO=folder, FORMAT=parquet or duckdb
	@$(VENV) -m gympulse.local export $(if $(TO),--to "$(TO)") $(if $(FORMAT),--format "$(FORMAT)")

wheel: .venv/bin/python ## build the jobs' wheel, for Databricks
	@set -- .tools/uv-*; "$$1" build --wheel --quiet --no-build-isolation \
		--python .venv/bin/python --out-dir "$(WHEELS)"
	@echo "The wheel is in $(WHEELS). The README says under 'On Databricks' where it goes."

stop: .venv/bin/python ## end what `make run` started; its state stays
	@$(VENV) -m gympulse.local stop

clean: .venv/bin/python ## stop, then remove the state and the caches; downloads stay
	@$(VENV) -m gympulse.local clean

test: setup-with-test-tools ## prove it (an hour on two cores)
	@$(VENV) $(PYTEST) --timeout 2400 -m "not long"

test-long: setup-with-test-tools ## prove it at length
	@$(VENV) $(PYTEST) --hypothesis-profile unseeded

bench: classes ## measure it, and write the README's table
	@$(VENV) -m tests.bench

bench-backfill: classes ## load 30 days of archives, and write the README's table
	@$(VENV) -m tests.bench.backfill

soak: classes ## hour after hour, nothing grows but the data; RUNS=217, WARM=1
	@$(VENV) -m tests.soak --runs $(or $(RUNS),217) $(if $(ONE_PROCESS),--one-process) $(if $(WARM),--warm)

chaos: classes ## break what it stands on, and see that nothing is lost (an hour); SEED=, PARTS=
	@PYTHONPATH=tests $(VENV) -m chaos $(PARTS) $(if $(SEED),--seed $(SEED))

chaos-load: classes ## work off a backlog of 50 million readings (40 minutes, 40 GB of disk); SEED=
	@PYTHONPATH=tests $(VENV) -m chaos load-full $(if $(SEED),--seed $(SEED))
