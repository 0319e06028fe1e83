"""The categoriser beside a plain scikit-learn pipeline, on the same 10,000 distinct rows, in turns, best of three."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks.categories.dresses import DRESSES
from benchmarks.report import Row
from open_finance.insights.categories import Description, categorize, categorize_many
from open_finance.insights.taxonomy import read_table
from tools.train import LABELLED

_ROWS: Final = 10_000
_ROUNDS: Final = 3
_BAR: Final = 1.5
_ONE_BY_ONE: Final = 300


def distinct_rows(seed: int) -> list[str]:
    """Descriptions, no two of them equal."""
    chance = random.Random(seed)
    names = [row["description"] for row in read_table(LABELLED)]
    found: dict[str, None] = {}
    while len(found) < _ROWS:
        found[chance.choice(DRESSES)(chance.choice(names))] = None
    return list(found)


def plain_pipeline() -> Any:
    """Character n-grams of two to five within words and a linear model with probabilities, one class for each category.
    How well it was trained has no part in how long it takes to answer."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    rows = read_table(LABELLED)
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, strip_accents="unicode"),
        SGDClassifier(loss="log_loss", max_iter=1, tol=None, random_state=0),
    )
    return pipeline.fit([row["description"] for row in rows], [row["category_id"] for row in rows])


def measure(seed: int) -> list[Row]:
    rows = distinct_rows(seed)
    pipeline = plain_pipeline()
    described = [Description(row) for row in rows]
    categorize_many(described[:1])
    ours, theirs = [], []
    for _ in range(_ROUNDS):
        ours.append(seconds(lambda: categorize_many(described)))
        theirs.append(seconds(lambda: pipeline.predict_proba(rows)))
    one = seconds(lambda: [categorize(row) for row in rows[:_ONE_BY_ONE]]) / _ONE_BY_ONE
    return [
        Row("10,000 rows, beside a plain scikit-learn pipeline", round(min(ours) / min(theirs), 3), "≤", _BAR, "×"),
        Row(
            "one row alone, beside its share of that pipeline's batch",
            round(one / (min(theirs) / _ROWS), 2),
            "≤",
            30,
            "×",
        ),
    ]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
