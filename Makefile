# Everything from a clean clone with git, make and Python >= 3.11; as root or not.
#   make demo   sets everything up and runs three States' nodes      make test   sets everything up and runs the tests

SHELL := /bin/sh
# Set on some machines, it makes every process compile the whole program anew: seconds of each start, and there are hundreds.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# The newest Python that works is not sought: the first one that is good enough is. `venv` and `ensurepip` must be there.
FIND_PYTHON := for p in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11; do \
	[ -n "$$p" ] && "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done

.PHONY: help install demo test lint conformance conversations simulation bench seizure coverage clean lock browser fonts token authority server hardware postgres parts restoring reminders jumps kills proxy crowd counterparts reunion disks soak tracer faketime scale duties trail schemas attachments lifecycle rewriting bags catalogues leaves

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install: $(VENV)/.installed-use  ## the command .venv/bin/tracing, from locked and hash-checked dependencies

demo: install  ## nodes of three States on this machine exchange requests; prints pages to open
	@$(BIN)/tracing demo $(DEMO)

# A file of tests stays in one process: its nodes and its browser are started once. Much of a test is waiting, so one
# process more than there are cores; more than four gain nothing.
SIDE_BY_SIDE := -n $$($(BIN)/python -c 'import os; print(min(4, len(os.sched_getaffinity(0)) + 1))') --dist loadfile

test: $(VENV)/.installed-dev browser fonts token authority server tracer  ## the whole suite, in processes side by side; TESTS="tests/wire -k name" for a part
	@$(BIN)/python -m pytest $(if $(TESTS),$(TESTS),$(SIDE_BY_SIDE))

coverage: $(VENV)/.installed-dev browser fonts token authority server  ## the same, measured (twice the time); fails below 100 % of protocol/ and keys/, 90 % of tracing/
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) --cov --cov-report=term
	@$(BIN)/coverage report --include='protocol/*,keys/*' --fail-under=100
	@$(BIN)/coverage report --include='tracing/*' --fail-under=90

hardware: $(VENV)/.installed-dev token  ## the suites of the exchange and of two and three nodes, with their keys on a SoftHSM token
	@CUSTODY=softhsm $(BIN)/python -m pytest tests/exchange tests/federation tests/trust/test_hardware.py tests/faults/test_keys_in_memory.py

# What looks into a file of SQLite itself is skipped there, with a count.
postgres: $(VENV)/.installed-dev server  ## the suites of the store, the exchange and of two and three nodes on a real PostgreSQL
	@DATABASE=postgresql $(BIN)/python -m pytest $(if $(TESTS),$(TESTS),tests/node tests/calendar_ tests/exchange tests/federation)

parts: $(VENV)/.installed-dev server  ## a node of 1, 2 and 3 processes on PostgreSQL, killed in turn under load; PARTS="--kills 30" for more
	@$(BIN)/python -m tests.faults.parting $(PARTS)

reminders: $(VENV)/.installed-dev server  ## 5,000 reminders by mail and webhook, three processes on PostgreSQL and one on SQLite killed meanwhile; REMINDERS="--reminders 200 --kills 5" for less
	@$(BIN)/python -m tests.faults.reminding $(REMINDERS)

kills: $(VENV)/.installed-dev  ## 1,000 kills of real processes in the middle of imports; hours, and goes on where it ended
	@$(BIN)/python -m tests.faults.killing --kills 1000 --kept killed.jsonl $(KILLS)

jumps: $(VENV)/.installed-dev faketime server  ## 2,000 reminders of a running node whose clock jumps, on SQLite and PostgreSQL; JUMPS="--reminders 140" for less
	@$(BIN)/python -m tests.faults.jumping $(JUMPS)

proxy: $(VENV)/.installed-dev  ## 10,000 messages through a proxy that loses 30 %, doubles 10 % and reorders
	@$(BIN)/python -m tests.faults.relaying $(PROXY)

crowd: $(VENV)/.installed-dev  ## 2,000 slow connections at a node, and what everybody else notices
	@$(BIN)/python -m tests.faults.crowding $(CROWD)

counterparts: $(VENV)/.installed-dev  ## a dead, a slow and a hostile counterpart, and what the others notice: ten pairs
	@$(BIN)/python -m tests.faults.troubling $(COUNTERPARTS)

reunion: $(VENV)/.installed-dev faketime  ## nodes a month apart with 2,000 messages waiting, then together again; in one process, then real ones
	@$(BIN)/python -m tests.faults.reuniting $(REUNION)
	@$(BIN)/python -m tests.faults.meeting $(MEETING)

disks: $(VENV)/.installed-dev tracer  ## full disks, and every call on the database failing once, at both ends
	@$(BIN)/python -m tests.faults.filling $(DISKS)

soak: $(VENV)/.installed-dev  ## an hour at 20 messages a second: memory and handles; SOAK="--seconds 300" for less
	@$(BIN)/python -m tests.faults.soaking $(SOAK)

restoring: $(VENV)/.installed-dev  ## backups 1 to 1,000 messages old restored in the middle of an exchange; RESTORING="--behind 5" for others
	@$(BIN)/python -m tests.faults.restoring $(RESTORING)

rewriting: $(VENV)/.installed-dev  ## a log of 300 entries rewritten with its real keys in all 47,250 ways, against what one counterpart holds; REWRITING="--sample 500" for less
	@$(BIN)/python -m tests.audit.rewriting $(REWRITING)

lint: $(VENV)/.installed-dev  ## ruff and strict mypy
	@$(BIN)/ruff check .
	@$(BIN)/mypy

conformance: $(VENV)/.installed-dev  ## the kit for other nodes against ours, and against copies with planted deviations
	@$(BIN)/python -m tests.conformance.campaign $(CONFORMANCE)

conversations: $(VENV)/.installed-dev  ## 20,000 at random between two real nodes, 200,000 folds, planted faults; goes on where it ended
	@$(BIN)/python -m tests.talks --count 20000 --kept conversations.jsonl
	@$(BIN)/python -m tests.talks --folds --count 200000 --kept conversations.jsonl
	@$(BIN)/python -m tests.talks --faults

simulation: $(VENV)/.installed-dev  ## 2,000 simulated months, a seed each, faults at any await; goes on where it ended; then 20 planted bugs; SIMULATION="--within 600" for ten minutes of it
	@$(BIN)/python -m tests.simulation --count 2000 --kept simulated.jsonl $(SIMULATION)
	@$(BIN)/python -m tests.simulation --bugs $(BUGS)

bench: $(VENV)/.installed-dev  ## figures of this machine, one JSON document a line
	@$(BIN)/python -m tests.bench $(BENCH)

seizure: $(VENV)/.installed-dev  ## a seizure of 300 weapons between three States, with its figures; SEIZURE=n for n
	@SEIZURE=$${SEIZURE:-300} $(BIN)/python -m pytest tests/federation/test_seizure_of_300.py -q --timeout=1800

scale: $(VENV)/.installed-dev server  ## a thousand and a million cases in turn: some 12 GB for some minutes
	@$(BIN)/python -m tests.bench.scale $(SCALE)

duties: $(VENV)/.installed-dev server  ## a million open deadlines on SQLite and PostgreSQL: ticks, lists, memory; DUTIES="--open 20000" for less
	@$(BIN)/python -m tests.bench.duties $(DUTIES)

trail: $(VENV)/.installed-dev  ## what the audit trail costs a message: nodes with it and without, in turns; TRAIL="--messages 2000" for less
	@$(BIN)/python -m tests.bench.trail $(TRAIL)

leaves: $(VENV)/.installed-dev  ## ten million entries of the audit trail: appending, proofs, verifying, bytes; LEAVES="--leaves 100000" for less
	@$(BIN)/python -m tests.bench.leaves $(LEAVES)

bags: $(VENV)/.installed-dev  ## 10,000 messages and 1 GiB of attachments by file, with time and memory of each step; BAGS="--messages 200 --mib 8" for less
	@$(BIN)/python -m tests.bench.bagging $(BAGS)

schemas: $(VENV)/.installed-dev  ## writes the published JSON Schemas anew (protocol/schemas); a test holds them current
	@$(BIN)/python -m tests.domain.make_schemas

lifecycle: $(VENV)/.installed-dev  ## draws the page of the lifecycle anew (protocol/lifecycle.md); a test holds it current
	@$(BIN)/python -m tests.domain.make_lifecycle
catalogues: $(VENV)/.installed-dev  ## brings the six languages of the desk up to its texts (tracing/desk/catalogues); a test holds them complete
	@$(BIN)/python -m tests.pages.make_catalogues $(CATALOGUES)

attachments: $(VENV)/.installed-dev  ## eight files of 256 MiB each way through three kills, one JSON document
	@$(BIN)/python -m tests.faults.carrying $(CARRY)

clean:  ## removes what the other targets made here
	rm -rf $(VENV) .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis dist demo conversations.jsonl simulated.jsonl killed.jsonl
	find protocol keys tracing tests -name __pycache__ -type d -prune -exec rm -rf {} +

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
lock:  ## renews requirements/*.txt (needs uv): versions and hashes, no address of any registry
	$(LOCK) --group build -o requirements/use.txt
	$(LOCK) --group dev -c requirements/use.txt -o requirements/dev.txt

# ---------------------------------------------------------------- stamps: done once, again only when the lock changes

$(VENV)/.made:
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "Python 3.11 or later is needed; none was found (set PYTHON=/path/to/python)." >&2; exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing python3-venv ..."; apt-get update -qq >/dev/null 2>&1; \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null 2>&1; fi; \
	"$$python" -m venv --clear $(VENV) || { echo "The module venv is needed (on Debian: apt install python3-venv)." >&2; exit 1; }
	@touch $@

$(VENV)/.installed-use: requirements/use.txt pyproject.toml $(VENV)/.made
	@echo "installing the locked dependencies ..."
	@$(PIP) install --require-hashes --no-deps -r requirements/use.txt
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed-use
	@echo "installing the locked tools for development ..."
	@$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

# What tests need of the system: installed when we are root and apt is there, otherwise those tests are skipped with a count.
WITH_APT = [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq >>$(VENV)/system.log 2>&1 \
	&& DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends $(1) >>$(VENV)/system.log 2>&1

browser: $(VENV)/.made
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
		echo "installing Chromium for the tests of pages ..."; $(call WITH_APT,chromium fonts-dejavu-core); } \
	|| echo "no Chromium here, and it cannot be installed: tests of pages will be skipped."

# What the PDF of evidence is set in, and what its tests read it with.
FONTS := fonts-noto-core fonts-noto-cjk poppler-utils qpdf
fonts: $(VENV)/.made
	@dpkg -s $(FONTS) >/dev/null 2>&1 || { \
		echo "installing fonts and readers for the PDF of evidence ..."; $(call WITH_APT,$(FONTS)); } \
	|| echo "no Noto fonts, poppler or qpdf here, and they cannot be installed: tests of the PDF of evidence may be skipped."

server: $(VENV)/.made
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
		echo "installing PostgreSQL for the tests of several processes ..."; $(call WITH_APT,postgresql); } \
	|| echo "no PostgreSQL here, and it cannot be installed: tests on it will be skipped."

tracer: $(VENV)/.made
	@command -v strace >/dev/null || { \
		echo "installing strace for calls that fail ..."; $(call WITH_APT,strace); } \
	|| echo "no strace here, and it cannot be installed: no single call will fail."

faketime: $(VENV)/.made
	@ls /usr/lib*/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || { \
		echo "installing libfaketime for clocks that are moved ..."; $(call WITH_APT,libfaketime); } \
	|| echo "no libfaketime here, and it cannot be installed: no clock of a real process will move."

authority: $(VENV)/.made
	@command -v openssl >/dev/null || { \
		echo "installing OpenSSL for the tests of time-stamps ..."; $(call WITH_APT,openssl); } \
	|| echo "no openssl here, and it cannot be installed: tests of time-stamps will be skipped."

token: $(VENV)/.made
	@command -v softhsm2-util >/dev/null || { \
		echo "installing SoftHSM for the tests of keys on a token ..."; $(call WITH_APT,softhsm2); } \
	|| echo "no SoftHSM here, and it cannot be installed: tests of keys on a token will be skipped."
