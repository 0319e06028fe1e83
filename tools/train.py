"""``make train``: the categoriser's model from the labelled data, with scikit-learn. Writes ``data/categories-v1.npz``.

The artefact holds what scikit-learn learned, its weights rounded to 255 steps a class; the estimators returned here carry
the rounded weights too, so that both give the same answers.
"""

from __future__ import annotations

import hashlib
import io
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from open_finance.insights.category_model import ARTEFACT, PAIR, VERSION, WORD, Model, features, load, name_key
from open_finance.insights.category_text import model_text
from open_finance.insights.category_words import SHORT, Splitter, build_splitter
from open_finance.insights.taxonomy import GROUPS, group_of, read_table

DATA: Final = Path(__file__).resolve().parent.parent / "open_finance" / "insights" / "data"
LABELLED: Final = "transactions_labelled.tsv"
#: Of a hundred rows of an ordinary statement, how many are of each group, in the order of ``GROUPS``: the labelled file has
#: as many rows of a group as there were names to write down, which says nothing of how often people pay them.
SHARES: Final = (14, 26, 14, 3, 4, 7, 3, 7, 11, 2, 1.5, 1.5, 3, 2, 5, 2, 4)
#: Divides the logits, so that what is said with 90 % is right nine times in ten: chosen on rows of names left out.
TEMPERATURE: Final = 1.3
#: How much a feature weighs beside its rarity, by its symbols (1 to 5), as a word and as a pair of words: a trade's word
#: says more of a shop never seen than a run of two letters does.
_WORTH: Final = np.array([0.5, 0.5, 0.8, 1.0, 1.2, 2.0, 1.5])
_WORD_PLACE, _PAIR_PLACE = 5, 6
#: The share of the naive counts beside the regression, and what stands for a feature never counted.
_COUNTS_SHARE: Final = 0.15
_PRIOR: Final = 0.3
_PENALTY: Final = 4e-6
_EPOCHS: Final = 10
_SHORTEST_NAME: Final = 3
_FEWEST: Final = 2
_DRESS_WEIGHT: Final = 0.5
_STEPS: Final = 127
_PRUNED: Final = 0.01


class Labelled(NamedTuple):
    description: str
    category_id: str


class Sample(NamedTuple):
    reading: str
    category_id: str
    weight: float


@dataclass(frozen=True, slots=True)
class Trained:
    """What scikit-learn learned; ``within`` has a group's estimator, or its only category."""

    splitter: Splitter
    word_counts: dict[str, int]
    names: dict[str, str]
    vectoriser: Any
    groups: Any
    within: dict[str, Any]


def read_labelled() -> list[Labelled]:
    """The whole labelled file."""
    return [Labelled(row["description"], row["category_id"]) for row in read_table(LABELLED)]


def fit(rows: Iterable[Labelled], *, digest: str = "") -> Model:
    """A model of labelled rows, ready to be applied."""
    return load(pack(train(rows), digest=digest))


def train(rows: Iterable[Labelled]) -> Trained:
    """Two levels of multinomial logistic regression over one tf-idf of the readings."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = sorted({(model_text(row.description), row.category_id) for row in rows})
    word_counts = count_words(text for text, _ in texts)
    splitter = build_splitter(word_counts)
    samples = _merged(Sample(splitter.reading(s.reading), *s[1:]) for s in dressed(texts))
    groups = np.array([group_of(sample.category_id) for sample in samples])
    vectoriser = TfidfVectorizer(analyzer=_as_they_are, sublinear_tf=True, min_df=_FEWEST, dtype=np.float32)
    lists = feature_lists([sample.reading for sample in samples])
    vectoriser.fit(lists)
    vectoriser.idf_ = vectoriser.idf_ * worth(vectoriser.get_feature_names_out().astype(np.int64))
    values = vectoriser.transform(lists)
    weights = as_in_life([sample.weight for sample in samples], groups)
    within = {group: _inside(samples, values, np.flatnonzero(groups == group)) for group in set(groups.tolist())}
    by_group = _regression(values, groups, weights)
    return Trained(splitter, word_counts, known_names(texts), vectoriser, by_group, within)


def feature_lists(readings: Sequence[str]) -> list[list[int]]:
    """``features_of`` of each reading, counted in one go: a training run takes a third of the time."""
    rows, codes = features(readings)
    order = np.argsort(rows, kind="stable")
    ends = np.cumsum(np.bincount(rows, minlength=len(readings)))[:-1]
    return [part.tolist() for part in np.split(codes[order], ends)]


def worth(codes: Any) -> Any:
    """How much each feature weighs beside its rarity."""
    symbols = np.sum([codes >> 6 * place > 0 for place in range(_WORD_PLACE)], axis=0)
    return _WORTH[np.select([codes & PAIR > 0, codes & WORD > 0], [_PAIR_PLACE, _WORD_PLACE], symbols - 1)]


def _as_they_are(codes: list[int]) -> list[int]:
    return codes


def _merged(samples: Iterable[Sample]) -> list[Sample]:
    """Equal readings of one category as one sample: most of what is written as one is taken apart again."""
    weights: dict[tuple[str, str], float] = {}
    for reading, category, weight in samples:
        weights[reading, category] = weights.get((reading, category), 0.0) + weight
    return [Sample(*key, weight) for key, weight in sorted(weights.items())]


def count_words(readings: Iterable[str]) -> dict[str, int]:
    """In how many readings each word stands that other words may be taken apart into."""
    counts = Counter(word for reading in readings for word in set(reading.split()) if word.isalpha() and word.islower())
    return {w: n for w, n in sorted(counts.items()) if (n >= _FEWEST and len(w) > 3) or w in SHORT}


def dressed(texts: Sequence[tuple[str, str]]) -> Iterator[Sample]:
    """Each reading; and those of several words again without spaces, and cut, as cards do."""
    chance = random.Random(0)
    for text, category in texts:
        yield Sample(text, category, 1.0)
        words = text.split()
        marks, name = [w for w in words if w.isupper()], [w for w in words if not w.isupper()]
        if len(name) > 1:
            fused, whole = "".join(name), " ".join(name)
            yield Sample(" ".join([*marks, fused[: chance.choice((14, 18, 22))]]), category, _DRESS_WEIGHT)
            cut = whole[: chance.randint(max(5, len(whole) // 2), max(6, len(whole) - 1))]
            yield Sample(" ".join([*marks, *cut.split()]), category, _DRESS_WEIGHT)


def as_in_life(weights: Sequence[float], groups: Any) -> Any:
    """The samples' weights, the groups together as in ``SHARES``."""
    own = np.array(weights)
    shares = dict(zip(GROUPS, SHARES, strict=True))
    factors = {group: shares[group] / own[groups == group].sum() for group in set(groups.tolist())}
    out = own * np.array([factors[group] for group in groups])
    return out * (own.sum() / out.sum())


def _inside(samples: Sequence[Sample], values: Any, own: Any) -> Any:
    labels = [samples[i].category_id for i in own]
    if len(set(labels)) == 1:
        return labels[0]
    return _regression(values[own], labels, np.array([samples[i].weight for i in own]))


def _regression(values: Any, labels: Any, weights: Any) -> Any:
    """One against the rest by averaged stochastic gradient, which takes seconds where the joint solvers take minutes, and
    a share of the naive counts, which know rare features better; both tempered and rounded, in the estimator whose answers
    are the softmax of them."""
    from sklearn.linear_model import LogisticRegression, SGDClassifier

    learned = SGDClassifier(
        loss="log_loss", alpha=_PENALTY, max_iter=_EPOCHS, tol=None, average=True, random_state=0
    ).fit(values, labels, sample_weight=weights)
    answers = LogisticRegression()
    answers.classes_, answers.n_features_in_ = learned.classes_, values.shape[1]
    together = learned.coef_ + _COUNTS_SHARE * naive(values, labels, weights, learned.classes_)
    answers.coef_ = rounded(together / TEMPERATURE)[0]
    answers.intercept_ = learned.intercept_ / TEMPERATURE
    return answers


def naive(values: Any, labels: Any, weights: Any, classes: Any) -> Any:
    """(classes, features), one row for two classes: how much likelier a feature makes a class, in nats, about its mean."""
    own = (np.array(labels)[:, None] == classes[None, :]) * weights[:, None]
    prior = own.sum(axis=0) / own.sum()
    counts = values.T @ own
    gains = np.log((counts + _PRIOR * prior) / ((counts.sum(axis=1, keepdims=True) + _PRIOR) * prior)).T
    return gains[1:] - gains[:1] if len(classes) == 2 else gains - gains.mean(axis=0)


def known_names(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The names without spaces of which all rows are of one group, with their most frequent category. No persons."""
    found: dict[str, Counter[str]] = {}
    for text, category in texts:
        if len(name := name_key(text)) >= _SHORTEST_NAME and "N" not in text.split():
            found.setdefault(name, Counter())[category] += 1
    return {
        n: c.most_common(1)[0][0] for n, c in sorted(found.items()) if len({group_of(category) for category in c}) == 1
    }


def rounded(weights: Any) -> tuple[Any, Any, Any]:
    """(classes, features): the weights in 255 steps a class, small ones dropped; the steps; the size of a step."""
    kept = np.where(np.abs(weights) < _PRUNED, 0.0, weights)
    scale = np.maximum(np.abs(kept).max(axis=1), 1e-6).astype(np.float32) / np.float32(_STEPS)
    steps = np.rint(kept / scale[:, None]).astype(np.int8)
    return steps * scale[:, None].astype(np.float64), steps, scale


def pack(trained: Trained, *, digest: str) -> bytes:
    """The ``.npz`` of what was learned; ``digest``: of the labelled file."""
    names = trained.vectoriser.get_feature_names_out().astype(np.int64)
    order = np.argsort(names)
    groups = [group for group in GROUPS if group in trained.within]
    arrays: dict[str, Any] = {
        "version": VERSION,
        "data_digest": digest,
        "names": np.array([name.encode() for name in trained.names]),
        "words": " ".join(trained.word_counts),
        "word_counts": np.array(list(trained.word_counts.values())),
        "vocabulary_steps": np.diff(names[order], prepend=0),
        "idf": trained.vectoriser.idf_[order].astype(np.float32),
        "groups": np.array(groups),
    }
    categories: list[str] = []
    arrays |= _layer("group", trained.groups, groups, order)
    for i, group in enumerate(groups):
        inner = trained.within[group]
        classes = [inner] if isinstance(inner, str) else inner.classes_.tolist()
        categories += classes
        arrays |= {f"in{i}": np.array(classes)} | _layer(f"in{i}", inner, classes, order)
    arrays["name_columns"] = np.array([categories.index(c) for c in trained.names.values()], dtype=np.int16)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def _layer(name: str, estimator: Any, classes: Sequence[str], order: Any) -> dict[str, Any]:
    if isinstance(estimator, str):
        weights, bias = np.zeros((1, len(order))), np.zeros(1)
    elif len(estimator.classes_) == 2:
        # scikit-learn keeps one row for two classes: the logit of the second against the first.
        weights = np.concatenate([np.zeros_like(estimator.coef_), estimator.coef_])
        bias = np.array([0.0, estimator.intercept_[0]])
    else:
        places = [estimator.classes_.tolist().index(name) for name in classes]
        weights, bias = estimator.coef_[places], estimator.intercept_[places]
    _, steps, scale = rounded(weights)
    return {
        f"{name}_weights": np.ascontiguousarray(steps.T[order]),
        f"{name}_scale": scale,
        f"{name}_bias": bias.astype(np.float32),
    }


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    rows = read_labelled()
    data = pack(train(rows), digest=digest_of(DATA / LABELLED))
    (DATA / ARTEFACT).write_bytes(data)
    print(f"{ARTEFACT}: {len(rows)} rows, {len(data) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
