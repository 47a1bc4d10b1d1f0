# make demo: environment, then the LENI scenario; make test: everything that must hold.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint kernels format bench reports soak chaos fuzz lowest mutants clean

demo:
	@echo "make demo: installs into .venv (1 to 3 min), compiles (1 to 2 min), both only the first time; then plays two"
	@echo "scenarios (half a minute): a check, then LENI, whose table ends with the answer and where its figures are."
	@$(MAKE) --no-print-directory .venv/.ready
	@$(MAKE) --no-print-directory kernels
	$(BIN)/trialstop run scenarios/checks/leni.yaml --trials 10000 --out runs/demo-check --force
	$(BIN)/trialstop run scenarios/leni.yaml --trials 10000 --out runs/demo --force

test: .venv/.ready
	@$(MAKE) --no-print-directory kernels
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" --durations=15

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Once, before anything plays: both workers of pytest would compile the same ones.
kernels: .venv/.ready
	$(BIN)/python -m tests.kernels

format: .venv/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Both engines on every cell with hundreds of trials, and on many generated scenarios: make soak SCENARIOS=500
SCENARIOS ?= 5000
FIRST ?= 0
soak: .venv/.ready
	$(BIN)/python -m pytest -n 2 -m slow
	$(MAKE) --no-print-directory chaos
	$(BIN)/python -m tests.generated.soak --scenarios $(SCENARIOS) --first $(FIRST) --trials 50 --jobs 2
	$(MAKE) --no-print-directory fuzz FILES=100000
	$(MAKE) --no-print-directory lowest

# Kills, interrupts, full disks, damaged files and races at random moments: make chaos TIMES=2 SEED=1000
TIMES ?= 1
SEED ?= 1
chaos: .venv/.ready
	$(BIN)/python -m tests.chaos.run --times $(TIMES) --seed $(SEED)

# Damaged files and --set, the same for the same number: make fuzz FILES=5000 FIRST=2000
FILES ?= 2000
fuzz: .venv/.ready
	$(BIN)/python -m tests.fuzz.fuzz --files $(FILES) --first $(FIRST) --jobs 2

# The lowest versions of numba, numpy and the others that pyproject.toml allows (part of the soak).
lowest: .venv/.ready
	$(BIN)/python -m tests.lowest

# Mistakes put in one by one, which the tests must find.
mutants: .venv/.ready
	$(BIN)/python -m tests.mutants.run --jobs 2

# What reports/ holds: tables and figures of every scenario at 10,000 trials, and the report of LENI.
SHIPPED := leni ferrajoli mec mec_alternatives khouri khouri_board chanan_khan
reports: .venv/.ready
	for name in $(SHIPPED); do \
		$(BIN)/trialstop run scenarios/$$name.yaml --trials 10000 --seed 1 --out runs/reports/$$name --force || exit 1; \
		mkdir -p reports/$$name/figures; \
		cp runs/reports/$$name/table.txt reports/$$name/; \
		cp runs/reports/$$name/figures/*.png reports/$$name/figures/; \
	done
	$(BIN)/trialstop report scenarios/leni.yaml --trials 10000 --seed 1 --run runs/reports/leni --out reports/leni/report.html

bench: .venv/.ready
	$(BIN)/python benchmarks/engines.py

.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is missing or older than 3.11: install Python 3.11 or newer, or name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv module: install python3-venv (the package of that name on Debian and Ubuntu)"; exit 1; }
	@echo "installing into .venv, 1 to 3 min"
	@{ gone=0; while sleep 8 >/dev/null 2>&1; do gone=$$((gone + 8)); echo "installing: $$gone s"; done; } & told=$$!; \
		trap "kill $$told" EXIT; trap 'exit 130' INT TERM; \
		$(PYTHON) -m venv .venv && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find simulator tests -name __pycache__ -type d -prune -exec rm -rf {} +
