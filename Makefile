# TaskFlow's commands. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
# Modules are compiled at their first import, which has to last.
unexport PYTHONDONTWRITEBYTECODE
PYTHON_IN := .venv/bin/python
PYTEST := $(PYTHON_IN) -m pytest
# These need the artifact: they build it, run it on an emulator, and look at it in a browser.
WHOLE := package or e2e or browser

.PHONY: help run test test-fast coverage reset mail format package bench bench-cold bench-push cost bench-ui lighthouse icons openapi lint lint-python lint-javascript environment javascript browser audit

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: environment ## the whole stack on this machine, with demo data (PORT=7145)
	@exec $(PYTHON_IN) -m infra.local

test: environment javascript browser lint ## everything: checks, tests, the artifact on an emulator, real browsers
	@echo "· Testing in process"
	@$(PYTEST) -m "not ($(WHOLE))" -n auto
	@echo "· Testing the artifact, on an emulator and in a browser"
	@exec $(PYTEST) -m "$(WHOLE)" -v -n 2 --dist loadfile tests/test_template.py tests/test_package.py tests/e2e tests/browser

coverage: environment ## what of the code the tests in process reach; fails below 95 %
	@exec $(PYTEST) -m "not ($(WHOLE))" -n auto --cov

test-fast: environment ## the tests that need no emulator and no browser, without the slowest
	@exec $(PYTEST) -m "not (slow or $(WHOLE))" -n auto

lint: environment javascript # part of test
	@echo "· Checking the Python and the JavaScript code"
	@sh infra/alive.sh $(MAKE) -j 2 lint-python lint-javascript

lint-python:
	@$(PYTHON_IN) -m ruff check
	@$(PYTHON_IN) -m ruff format --check
	@$(PYTHON_IN) -m mypy

lint-javascript:
	@npm run --silent check

reset: environment ## forget this machine's data; the next run starts afresh
	@exec $(PYTHON_IN) -m infra.state

mail: environment ## show the mail that was sent since the start
	@exec $(PYTHON_IN) -m infra.mail

format: environment ## bring the code into its form
	@$(PYTHON_IN) -m ruff check --fix
	@$(PYTHON_IN) -m ruff format

package: environment ## build what deploys into build/ (STAGE=dev; without, for this machine)
	@exec $(PYTHON_IN) -m infra.artifact

# In AWS; each takes STAGE=, a name from infra/stages.
.PHONY: doctor deploy destroy admin role disable enable rotate-key redrive logs bill

doctor: environment ## whether a stage can be deployed from here, and what to do (STAGE=dev)
	@exec $(PYTHON_IN) -m infra.doctor

deploy: environment ## deploy a stage to AWS, after showing the changes (STAGE=dev, YES=1)
	@exec $(PYTHON_IN) -m infra.deploy

destroy: environment ## delete a stage from AWS, once told its name (STAGE=dev NAME=taskflow-dev)
	@exec $(PYTHON_IN) -m infra.destroy

.PHONY: export import reindex backup restore switch

export: environment ## all of people's data into one file (STAGE=dev FILE=people.jsonl)
	@exec $(PYTHON_IN) -m infra.data.outward

import: environment ## such a file into an installation nobody has used (STAGE=dev FILE=people.jsonl)
	@exec $(PYTHON_IN) -m infra.data.inward

reindex: environment ## make the index that search uses anew, while people work (STAGE=dev)
	@exec $(PYTHON_IN) -m infra.data.derived

backup: environment ## back up all of people's tables under one label (STAGE=dev)
	@exec $(PYTHON_IN) -m infra.data.backup

restore: environment ## the tables as they were, beside today's (STAGE=dev AT=2026-11-23T10:00:00Z)
	@exec $(PYTHON_IN) -m infra.data.restore

switch: environment ## use restored tables, or the stack's own again (STAGE=dev PREFIX=taskflow-dev-)
	@exec $(PYTHON_IN) -m infra.data.switch

admin: environment ## make somebody an admin (STAGE=dev EMAIL=ada@example.com)
	@exec $(PYTHON_IN) -m infra.people admin

role: environment ## give somebody a role (STAGE=dev EMAIL=ada@example.com ROLE=user)
	@exec $(PYTHON_IN) -m infra.people role

disable: environment ## end an account's sessions and let none begin (STAGE=dev EMAIL=…)
	@exec $(PYTHON_IN) -m infra.people disable

enable: environment ## let a disabled account sign in again (STAGE=dev EMAIL=…)
	@exec $(PYTHON_IN) -m infra.people enable

rotate-key: environment ## sign sessions with a new key; those that live go on (STAGE=dev)
	@exec $(PYTHON_IN) -m infra.keys

redrive: environment ## bring what failed for good once more (STAGE=dev)
	@exec $(PYTHON_IN) -m infra.redrive

logs: environment ## follow what all functions log (STAGE=dev FILTER=error SINCE=2h)
	@exec $(PYTHON_IN) -m infra.logs

bill: environment ## what a stage has cost this month, by service (STAGE=prod)
	@exec $(PYTHON_IN) -m infra.bill

.PHONY: simulate

simulate: environment ## a busy day of 1,000 people with faults, in this process (ARGUMENTS="--people 100")
	@exec $(PYTHON_IN) -m tests.simulation $(ARGUMENTS)

bench: environment ## measure round trips, capacity and CPU per route (needs Java 17)
	@exec $(PYTHON_IN) -m infra.bench $(ARGUMENTS)

bench-push: environment ## measure how fast frames go to many sockets, beside boto3
	@exec $(PYTHON_IN) -m infra.bench.push $(ARGUMENTS)

bench-cold: environment ## measure a cold start, beside that of the zip that Chalice makes
	@exec $(PYTHON_IN) -m infra.bench.cold

cost: environment ## reckon what a month costs by number of people, beside a small server
	@exec $(PYTHON_IN) -m infra.cost

lighthouse: environment browser ## what Lighthouse says of the pages (needs Node.js)
	@exec $(PYTHON_IN) -m infra.web.lighthouse

bench-ui: environment browser ## measure how long the dashboard takes from key or click to paint
	@exec $(PYTHON_IN) -m infra.web.bench_ui $(ARGUMENTS)

audit: environment ## hold the templates against cfn-lint, checkov and parliament
	@exec $(PYTHON_IN) -m infra.audit

icons: environment browser ## draw the app's PNG pictures from their SVG sources
	@exec $(PYTHON_IN) -m infra.web.app_icons

openapi: environment ## write the API's description to docs/openapi.json
	@exec $(PYTHON_IN) -m infra.openapi

environment:
	@sh infra/environment.sh

javascript:
	@sh infra/javascript.sh

browser: environment
	@sh infra/browser.sh
