"""``make train``: the categoriser's model from the labelled data, with scikit-learn; writes ``data/categories-v1.npz``."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from open_finance.insights.category_model import ARTEFACT, VERSION, Model, features_of, load
from open_finance.insights.category_text import model_text
from open_finance.insights.taxonomy import GROUPS, group_of

DATA = Path(__file__).resolve().parent.parent / "open_finance" / "insights" / "data"
Labelled = tuple[str, str]


def read_labelled() -> list[dict[str, str]]:
    from open_finance.insights.taxonomy import read_table

    return read_table("transactions_labelled.tsv")


def fit(rows: Sequence[Labelled], *, digest: str = "") -> Model:
    """A model of (description, category) rows."""
    return load(pack(*train(rows), digest=digest))


def train(rows: Sequence[Labelled]) -> tuple[Any, Any, dict[str, Any]]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    pairs = sorted({(model_text(text), category) for text, category in rows})
    categories = [category for _, category in pairs]
    groups = np.array([group_of(category) for category in categories])
    vectoriser = TfidfVectorizer(analyzer=features_of, sublinear_tf=True, min_df=2, dtype=np.float32)
    values = vectoriser.fit_transform([text for text, _ in pairs])
    by_group = LogisticRegression(C=20.0, max_iter=60, tol=1e-3).fit(values, groups)
    within: dict[str, Any] = {}
    for group in by_group.classes_:
        own = np.flatnonzero(groups == group)
        labels = [categories[i] for i in own]
        if len(set(labels)) > 1:
            within[group] = LogisticRegression(C=20.0, max_iter=60, tol=1e-3).fit(values[own], labels)
        else:
            within[group] = labels[0]
    return vectoriser, by_group, within


def pack(vectoriser: Any, by_group: Any, within: dict[str, Any], *, digest: str) -> bytes:
    names = vectoriser.get_feature_names_out().astype(np.int64)
    order = np.argsort(names)
    groups = [group for group in GROUPS if group in set(by_group.classes_)]
    places = [list(by_group.classes_).index(group) for group in groups]
    categories: list[str] = []
    owner: list[int] = []
    weights: list[Any] = []
    bias: list[float] = []
    for place, group in enumerate(groups):
        for category, column, constant in _columns(within[group], len(names)):
            categories.append(category)
            owner.append(place)
            weights.append(column)
            bias.append(constant)
    out = io.BytesIO()
    np.savez_compressed(
        out,
        version=VERSION,
        data_digest=digest,
        vocabulary=names[order],
        idf=vectoriser.idf_[order].astype(np.float32),
        groups=np.array(groups),
        group_weights=by_group.coef_[places].T[order].astype(np.float16),
        group_bias=by_group.intercept_[places].astype(np.float32),
        categories=np.array(categories),
        owner=np.array(owner),
        weights=np.array(weights).T[order].astype(np.float16),
        bias=np.array(bias, dtype=np.float32),
        temperature=1.0,
    )
    return out.getvalue()


def _columns(model: Any, size: int) -> list[tuple[str, Any, float]]:
    if isinstance(model, str):
        return [(model, np.zeros(size), 0.0)]
    if len(model.classes_) == 2:
        half = model.coef_[0] / 2, float(model.intercept_[0]) / 2
        return [(model.classes_[0], -half[0], -half[1]), (model.classes_[1], half[0], half[1])]
    return [
        (category, column, float(constant))
        for category, column, constant in zip(model.classes_, model.coef_, model.intercept_, strict=True)
    ]


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    rows = [(row["description"], row["category_id"]) for row in read_labelled()]
    data = pack(*train(rows), digest=digest_of(DATA / "transactions_labelled.tsv"))
    (DATA / ARTEFACT).write_bytes(data)
    print(f"{ARTEFACT}: {len(rows)} rows, {len(data) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
