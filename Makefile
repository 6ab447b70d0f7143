# One command to run, one to test. Everything else is for those who work on Clearbill.
PYTHON ?= python3
BIN := .venv/bin
SEEDS ?= 1-200
# `make bench SIZE=quick ONLY=reports`, `make mutants ONLY="commit after send"`
SIZE ?= full
ONLY ?=
SINCE ?= HEAD
GOLDEN ?= $(or $(TMPDIR),/tmp)/clearbill-golden
# `make coverage PARTS="everyday long browser" TESTS=tests/money/bank`
PARTS ?= everyday
TESTS ?= tests
# `make migrations MIGRATION=reply_address`: what the file is called
MIGRATION ?=
# What moves money, claims and rows between versions, and the processes, runs on both databases in every run; what else is
# about rows, and the pages with statements of their own, in `make journeys`. What is about neither runs once.
ON_POSTGRES := $(addprefix tests/,claims db journeys money people/audit/test_chain.py server worker) \
  --ignore=tests/server/test_static_files.py
MORE_ON_POSTGRES := $(addprefix tests/,clients exports imports invoicing reports web/claims web/invoices web/money/remittances web/reports \
  web/sign_in web/today workspace/contract_prices) --ignore=tests/clients/diagnosis
# Which example fails does not hang on the database, only whether a statement works there.
FEW_EXAMPLES := CLEARBILL_TEST_EXAMPLES_BY=6
# Every migration of data has its test; `make journeys` runs these on PostgreSQL too.
MIGRATIONS := $(shell find tests -name "test_*_migration.py" -o -name test_migrations.py -o -name test_papers_of_before.py)
# Node.js is the machine's, or where it has none that of the environment.
PRETTIER := PATH="$$PATH:$(CURDIR)/$(BIN)" node_modules/.bin/prettier --log-level warn
STYLES := "src/**/*.css" "!**/vendor/**"
# Of a module that is gone mypy's cache would go on telling: with another list of modules the cache is begun anew.
MODULES := find src -name "*.py" | LC_ALL=C sort
# What is compiled is kept: a run starts hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE
EVERYDAY := not browser and not slow
# Of the long part `make test` leaves out loading the demo at many moments, starting every command that the documents name,
# moving a whole demo to another installation, stopping and starting PostgreSQL, restoring under way, the wheel in clean
# environments, memory of long files, and each migration alone; `make journeys` has them all.
IN_JOURNEYS := $(addprefix --ignore=tests/,demo/many_days demo/test_whole.py journeys/test_documented_commands.py exports/test_commands.py \
  backups/test_drill.py backups/test_on_postgresql.py journeys/test_postgres_restarted.py fileformats/test_memory.py \
  imports/remittance_files/test_bad_files.py browser/test_wheel_and_sdist.py)
LONG := slow and not browser
# These wait for processes and pages more than they work: three at a time on two cores.
WAITING := -n 3 --dist loadfile
MARKED_everyday := $(EVERYDAY)
MARKED_long := $(LONG)
MARKED_browser := browser
ONCE := $(addprefix --ignore=tests/server/test_,shutdown.py durability.py)

# Each of these moments is as good as today. `make test-dates` runs the everyday part under all of them; `make journeys`
# runs there what asks for the time by itself, the pages above all. Two moments run side by side.
MOMENTS := 2026-12-31T23:59 2027-03-28T00:05 2027-10-15T10:00 2027-10-31T01:30 2027-12-05T10:00 2028-02-29T23:55
ASKS_FOR_THE_TIME := $(addprefix tests/,appointments bill/test_dates_and_postcodes.py bill/test_times.py people/test_invitations.py \
  web/today $(addprefix web/,$(addsuffix /test_pages.py,calendar claims invoices reports money/bank money/follow_up money/remittances \
  money/shortfalls)))
AT_MOMENTS = printf '%s\n' $(MOMENTS) | xargs -P 2 -I MOMENT env CLEARBILL_TEST_NOW=MOMENT $(BIN)/pytest -p no:xdist \
  -m "$(EVERYDAY)"

.PHONY: help install dev demo serve test journeys test-dates quick coverage check format bench simulate mutants golden guide migrations wheel clean

help:
	@echo "make demo    a demo practice with its stand-in clearing house (Ctrl-C stops it)"
	@echo "make serve   Clearbill without demo data"
	@echo "make test    the tests, on SQLite and PostgreSQL, browser journeys included; make journeys has the longest"
	@echo "make journeys  the long ones: real processes killed and restarted, backups, a full disk, the demo on 41 days"
	@echo "make test-dates  the everyday part under six other moments, such as 29 February 2028, 23:55"
	@echo "make quick   its everyday part, without browser and long journeys"
	@echo "make coverage  what the tests never reach; PARTS=\"everyday long browser\" for all of them"
	@echo "make check   format, lint, types, import contracts, house rules"
	@echo "make format  writes the format"
	@echo "make bench   the figures of docs/speed.md; SIZE=quick only shows that all of it runs"
	@echo "make simulate SEEDS=1-200   sending under every fault, in virtual time; the same seed plays the same run"
	@echo "make mutants  faults planted in the sending, each of which the simulation must find"
	@echo "make migrations  the migration of every model that was changed; MIGRATION=reply_address names it"
	@echo "make wheel   Clearbill as packages that pip installs, in dist: a wheel and an sdist"
	@echo "make golden SINCE=HEAD  what the demo shows, hands out and does, compared with that of a commit"
	@echo "make guide   the guide's screenshots, taken from a running demo"
	@echo "make install  what running Clearbill needs, into .venv; make demo and make serve do it by themselves"
	@echo "make dev     the same with what working on it needs"
	@echo "make clean   removes what was installed"

install:
	@$(PYTHON) scripts/install.py

dev:
	@$(PYTHON) scripts/install.py --dev

demo: install
	@exec $(BIN)/clearbill demo

serve: install
	@exec $(BIN)/clearbill serve

test: dev
	@$(BIN)/pytest tests -m "$(EVERYDAY)" -n 2 --dist loadfile
	@$(FEW_EXAMPLES) $(BIN)/python scripts/postgres.py $(BIN)/pytest $(ON_POSTGRES) $(ONCE) -m "$(EVERYDAY)" -n 2 --dist loadfile
	@$(BIN)/python -m tests.simulation --seeds 1-60 --jobs 2
	@$(BIN)/python scripts/postgres.py $(BIN)/python -m tests.simulation --seeds 201-220 --jobs 2
	@$(BIN)/pytest tests $(IN_JOURNEYS) $(addprefix --ignore=,$(MIGRATIONS)) -m "$(LONG)" $(WAITING)
	@$(BIN)/pytest tests $(IN_JOURNEYS) -m browser $(WAITING)

journeys: dev
	@$(BIN)/pytest tests -m "$(LONG)" $(WAITING)
	@$(BIN)/python scripts/postgres.py $(BIN)/pytest $(MIGRATIONS) -m "$(LONG)" -n 2 --dist loadfile
	@$(BIN)/pytest tests/browser/test_wheel_and_sdist.py -m browser
	@$(FEW_EXAMPLES) $(BIN)/python scripts/postgres.py $(BIN)/pytest $(MORE_ON_POSTGRES) -m "$(EVERYDAY)" -n 2 --dist loadfile
	@$(AT_MOMENTS) $(ASKS_FOR_THE_TIME)

test-dates: dev
	@$(AT_MOMENTS) tests

quick: dev
	@$(BIN)/pytest tests -m "$(EVERYDAY)" -n 2 --dist loadfile

coverage: dev
	@$(BIN)/python scripts/coverage_report.py $(TESTS) $(foreach part,$(PARTS),--marked "$(MARKED_$(part))")

check: dev
	@$(BIN)/ruff format --check src tests scripts bench
	@$(BIN)/ruff check src tests scripts bench
	@$(BIN)/djangofmt --quiet --check src/clearbill
	@$(BIN)/djangofmt --quiet --check --profile jinja src/healthcode_sandbox
	@$(PRETTIER) --check $(STYLES)
	@$(MODULES) | cmp -s - .mypy_cache/modules || rm -rf .mypy_cache
	@mkdir -p .mypy_cache && $(MODULES) > .mypy_cache/modules
	@CLEARBILL_DATA=.mypy_cache/data $(BIN)/mypy src
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/bandit -q -ll -r src -c pyproject.toml
	@$(BIN)/python -m pytest tests/house_rules -p no:xdist

format: dev
	@$(BIN)/ruff check --fix-only src tests scripts bench
	@$(BIN)/ruff format src tests scripts bench
	@$(BIN)/djangofmt --quiet src/clearbill
	@$(BIN)/djangofmt --quiet --profile jinja src/healthcode_sandbox
	@$(PRETTIER) --write $(STYLES)

bench: dev
	@$(BIN)/python -m bench --size $(SIZE) $(ONLY)

simulate: dev
	@$(BIN)/python -m tests.simulation --seeds "$(SEEDS)"

mutants: dev
	@$(BIN)/python -m tests.simulation.mutants --only "$(ONLY)"

golden: dev
	@$(BIN)/python scripts/golden.py write "$(GOLDEN)/before" --commit "$(SINCE)"
	@$(BIN)/python scripts/golden.py write "$(GOLDEN)/after"
	@$(BIN)/python scripts/golden.py compare "$(GOLDEN)/before" "$(GOLDEN)/after"

guide: dev
	@$(BIN)/python scripts/guide_screenshots.py

# In a data folder of its own: no installation is touched, and no database but an empty one is asked.
migrations: dev
	@folder="$$(mktemp -d)" && trap 'rm -rf "$$folder"' EXIT && env -u CLEARBILL_DATABASE_URL -u CLEARBILL_DATABASE_URL_FILE \
	  DJANGO_SETTINGS_MODULE=clearbill.config.settings CLEARBILL_DATA="$$folder" \
	  $(BIN)/clearbill makemigrations $(if $(MIGRATION),--name "$(MIGRATION)")

# Built with what is installed already: no network is needed.
wheel: install
	@$(BIN)/python -m hatchling build --clean --target sdist
	@$(BIN)/python -m hatchling build --target wheel

clean:
	rm -rf .venv node_modules dist src/clearbill/web/components/static/vendor .mypy_cache .ruff_cache .coverage-data
