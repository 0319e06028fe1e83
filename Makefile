# Sugar over ./run, ./test and .ci/run: nothing here is needed to run or test the project.
PY := .venv/bin/python

.PHONY: run test lint bench train lock screenshots

run:
	./run

test:
	./test

.venv/.lock-dev: requirements-dev.txt
	bash -c '. tools/venv.sh && install_lock requirements-dev.txt lock-dev'

lint: .venv/.lock-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: .venv/.lock-dev
	$(PY) -m benchmarks

train: .venv/.lock-dev
	$(PY) -m tools.train

lock: .venv/.lock-dev
	.venv/bin/uv pip compile --quiet --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	.venv/bin/uv pip compile --quiet --generate-hashes --python-version 3.11 requirements-dev.in -c requirements.txt -o requirements-dev.txt

screenshots: .venv/.lock-dev
	REFRESH_SCREENSHOTS=1 ./test tests/test_browser_story.py tests/test_secure_screen_browser.py tests/test_charts_browser.py tests/test_money_browser.py tests/test_features_browser.py
