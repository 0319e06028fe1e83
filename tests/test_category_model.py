"""The trained model by numpy alone gives scikit-learn's answers, and the artefact is of the data that lie beside it."""

from __future__ import annotations

import io
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.insights.category_model import (
    ARTEFACT,
    Layer,
    Model,
    build_index,
    features,
    features_of,
    load,
    probabilities,
    recall,
    shipped,
)
from open_finance.insights.category_text import ALPHABET
from open_finance.insights.taxonomy import GROUPS, groups_by_category
from tools.train import DATA, LABELLED, Labelled, digest_of, feature_lists, pack, read_labelled, train

if TYPE_CHECKING:  # scikit-learn is slow to import: only the tests that ask it anything do
    from sklearn.pipeline import Pipeline

READINGS = st.lists(
    st.lists(st.text(ALPHABET[1:], min_size=1, max_size=14), min_size=1, max_size=5).map(" ".join),
    min_size=1,
    max_size=6,
)


@cache
def small() -> tuple[Any, Model]:
    """What scikit-learn learned of every twelfth row, and the same packed and loaded."""
    learned = train(read_labelled()[::12])
    return learned, load(pack(learned, digest="none"))


@cache
def small_pipelines() -> tuple[Pipeline, dict[str, Pipeline | str]]:
    """scikit-learn's own pipelines, from a reading to probabilities: of the groups, and within each group."""
    from sklearn.pipeline import make_pipeline

    learned, _ = small()
    vectoriser = learned.vectoriser.set_params(analyzer=features_of)
    within = {g: e if isinstance(e, str) else make_pipeline(vectoriser, e) for g, e in learned.within.items()}
    return make_pipeline(vectoriser, learned.groups), within


def by_scikit_learn(readings: list[str], model: Model) -> Any:
    groups, within = small_pipelines()
    out = np.zeros((len(readings), len(model.categories)))
    places = {category: i for i, category in enumerate(model.categories)}
    for group, share in zip(groups.classes_, groups.predict_proba(readings).T, strict=True):
        inner = within[group]
        if isinstance(inner, str):
            out[:, places[inner]] = share
        else:
            out[:, [places[c] for c in inner.classes_]] = share[:, None] * inner.predict_proba(readings)
    return out


def test_numpy_gives_the_answers_of_scikit_learn_on_labelled_rows() -> None:
    _, model = small()
    readings = [model.reading(row.description) for row in read_labelled()[::16]]
    assert np.allclose(probabilities(model, readings), by_scikit_learn(readings, model), atol=2e-5)


@settings(deadline=None, max_examples=60)
@given(READINGS)
def test_numpy_gives_the_answers_of_scikit_learn_on_any_text(readings: list[str]) -> None:
    _, model = small()
    assert np.allclose(probabilities(model, readings), by_scikit_learn(readings, model), atol=2e-5)


def as_pipeline(model: Model, layer: Layer) -> Pipeline:
    """A shipped layer put into scikit-learn's estimators."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectoriser = TfidfVectorizer(analyzer=features_of, sublinear_tf=True, vocabulary=model.vocabulary.tolist())
    vectoriser.idf_ = model.idf.astype(np.float64)
    estimator = LogisticRegression()
    estimator.classes_ = np.array(layer.classes)
    estimator.coef_ = layer.weights.T.astype(np.float64) * layer.scale[:, None].astype(np.float64)
    estimator.intercept_ = layer.bias.astype(np.float64)
    return make_pipeline(vectoriser, estimator)


def test_the_artefact_gives_the_groups_that_scikit_learn_gives_with_its_weights() -> None:
    model = shipped()
    readings = [model.reading(row.description) for row in read_labelled()[::4]]
    found = probabilities(model, readings)
    groups = np.stack([found[:, span].sum(axis=1) for span in model.spans], axis=1)
    assert np.allclose(groups, as_pipeline(model, model.groups).predict_proba(readings), atol=1e-4)


def test_the_artefact_is_of_the_labelled_data_beside_it() -> None:
    assert shipped().data_digest == digest_of(DATA / LABELLED), "the labelled data changed: run make train"


def test_the_artefact_is_small_loads_fast_and_holds_nothing_to_execute() -> None:
    data = (DATA / ARTEFACT).read_bytes()
    start = time.perf_counter()
    model = load(data)
    assert time.perf_counter() - start < 1
    assert len(data) < 3_000_000
    assert set(model.categories) <= set(groups_by_category())
    assert model.groups.classes == GROUPS
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        assert all(held[name].dtype != object for name in held.files)


def test_an_artefact_of_another_version_is_refused() -> None:
    out = io.BytesIO()
    np.savez(out, version=99)
    with pytest.raises(ValueError, match="make train"):
        load(out.getvalue())


@given(READINGS)
def test_features_counted_at_once_are_those_counted_one_by_one(readings: list[str]) -> None:
    rows, codes = features(readings)
    for place, reading in enumerate(readings):
        assert sorted(codes[rows == place].tolist()) == sorted(features_of(reading))
    assert [sorted(part) for part in feature_lists(readings)] == [sorted(features_of(r)) for r in readings]


@given(st.sets(st.integers(0, 2**62), min_size=1, max_size=50), st.lists(st.integers(0, 2**62), max_size=50))
def test_the_index_finds_what_is_there_and_nothing_else(known: set[int], others: list[int]) -> None:
    vocabulary = np.array(sorted(known))
    codes = np.array([*known, *others], dtype=np.int64)
    places, columns = build_index(vocabulary).find(codes)
    assert (vocabulary[columns] == codes[places]).all()
    assert sorted(places.tolist()) == [place for place, code in enumerate(codes.tolist()) if code in known]


def test_a_known_name_is_recalled_whole_or_cut_and_an_unknown_one_is_not() -> None:
    rows = [Labelled("PADARIA PAO QUENTE", "11010000"), Labelled("DROGARIA DA PRACA", "18020000")] * 2
    model = load(pack(train(rows), digest=""))
    columns, trust = recall(model, ["padaria pao quente", "C drogariadap", "droga", "sapataria", "N"])
    assert [model.categories[column] for column in columns[:2]] == ["11010000", "18020000"]
    assert trust[0] > trust[1] > 0
    assert trust[2:].tolist() == [0, 0, 0]


def test_the_labelled_file_keeps_its_format() -> None:
    lines = (DATA / LABELLED).read_text(encoding="utf-8").splitlines()
    groups = groups_by_category()
    assert lines[0].split("\t") == ["description", "category_id", "group", "source_kind", "source"]
    for line in lines[1:]:
        description, category, group, kind, source = line.split("\t")
        assert description == description.strip() != ""
        assert groups[category] == group
        assert (kind, source[0]) in {("real", "S"), ("rule", "R"), ("own", "o")}
