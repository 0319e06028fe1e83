"""From a person's words to what they ask. Pure: a reading is a function of the text, the day and ``Known``.

The words get their meaning one after the other: days, amounts, categories and shops, accounts, verbs. What is then left
after a preposition is a name to look for; what is left elsewhere makes the reading unsure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from open_finance.asking.amounts import find_amounts
from open_finance.asking.grammar import (
    ACTING,
    ALWAYS_FOREIGN,
    FILLING,
    FOREIGN,
    MARKERS,
    MONTH_END,
    RATES,
    STOP,
    UNDATED,
)
from open_finance.asking.kinds import OR
from open_finance.asking.parts import Parts
from open_finance.asking.periods import UNCLEAR, find_periods
from open_finance.asking.question import Kind, Known, Reading
from open_finance.asking.rules import question_of
from open_finance.asking.scopes import find_scope, own_accounts
from open_finance.asking.sentence import MAX_CHARACTERS, MAX_WORDS, Sentence, words_of
from open_finance.asking.subjects import corrected, find_subjects, find_texts, is_content
from open_finance.reading.statement_query import Period

NOTHING = Reading(None)
#: What is compared are two months, not all the days between them.
COMPARED = re.compile(r"(?<!\S)(?:compar\w+|diferenca|x|vs|versus)(?!\S)")
BETWEEN = re.compile(r"(?<!\S)entre(?!\S)")
#: So many words may stay without a meaning: none of them stands where a name would.
TOLERATED = 2
#: Verbs of one's own: who uses one asks of own money, whatever else stands there.
_OWN = frozenset({"spend", "sent", "income", "from_them"})


def read_question(text: str, today: date, known: Known) -> Reading:
    """What a text asks. Never raises; what is no question about one's own money has neither question nor guess."""
    if len(text) > MAX_CHARACTERS:
        return NOTHING
    raw = words_of(text)
    if not raw or len(raw) > MAX_WORDS:
        return NOTHING
    words = corrected(raw, known.categories, known.banks)
    sentence = Sentence(words)
    sentence.take_all(FILLING, "filling")
    plain = Sentence(raw)
    plain.take_all(FILLING, "filling")
    if ACTING.search(sentence.text) or ACTING.search(plain.text):
        return Reading(None, acts=True, left_over=" ".join(words))
    is_foreign = sentence.has(FOREIGN) or plain.has(FOREIGN)
    sentence.take_all(UNDATED, UNCLEAR)
    parts = _parts(sentence, today, known)
    left_over = _left_over(sentence)
    if plain.has(ALWAYS_FOREIGN) or (is_foreign and not parts.has(*_OWN)):
        return Reading(None, left_over=left_over)
    is_undated = any(sentence.mark(at) == UNCLEAR for at in range(len(sentence.words)))
    return _reading(parts, left_over, is_undated=is_undated)


def _parts(sentence: Sentence, today: date, known: Known) -> Parts:
    ends = {"month_end"} if sentence.take(MONTH_END, "marker") else set()
    if COMPARED.search(sentence.text):
        sentence.take(BETWEEN, "marker")
    rates = {name for name, pattern in RATES.items() if sentence.take(pattern, "marker")}
    periods = find_periods(sentence, today)
    above, below = find_amounts(sentence)
    accounts = own_accounts(sentence, known)  # a name that a person gave comes before what its words mean to all
    subjects = find_subjects(sentence, known.categories)
    scope = find_scope(sentence, known, accounts)
    markers = _markers(sentence) | rates | ends
    is_received = "from_them" in markers
    names = find_texts(sentence, all_of_them=is_received)
    subjects.texts.extend(names)
    subjects.forget(sentence)
    numbers = [word for word in sentence.words if word.isdecimal() and len(word) < 3]
    return Parts(
        today, _merged(periods, sentence), above, below, subjects, scope, markers,
        limit=int(numbers[0]) if numbers and "biggest" in markers else 0, text=sentence.whole,
    )  # fmt: skip


def _markers(sentence: Sentence) -> frozenset[str]:
    """Every marker is looked for in the same words; only then have these a meaning."""
    text = sentence.text
    spans: list[tuple[int, int]] = []
    names: set[str] = set()
    for name, pattern in MARKERS.items():
        for found in pattern.finditer(text):
            names.add(name)
            first = text.count(" ", 0, found.start())
            spans.append((first, first + found[0].strip().count(" ") + 1))
    for first, end in spans:
        sentence.give(first, end, "marker")
    return frozenset(names)


def _merged(periods: list[Period], sentence: Sentence) -> list[Period]:
    """Two periods with *e* between them that follow one another are one, where nothing is compared; of a year and a month of
    it the month is meant."""
    inner = [one for one in periods if any(_holds(other, one) for other in periods)]
    if inner and len(inner) < len(periods):
        return inner
    if len(periods) != 2 or COMPARED.search(sentence.whole) or OR.search(sentence.whole):
        return periods
    first, last = sorted(periods, key=lambda one: one.start)
    if {"mais", "menos"} & set(sentence.words) or (last.start - first.end).days != 1:
        return periods
    return [Period(first.start, last.end)]


def _holds(outer: Period, inner: Period) -> bool:
    return outer != inner and outer.start <= inner.start and inner.end <= outer.end


def _left_over(sentence: Sentence) -> str:
    unclear = [word for at, word in enumerate(sentence.words) if sentence.mark(at) == UNCLEAR]
    free = [sentence.word(at) for at in sentence.free() if is_content(sentence, at)]
    return " ".join([*unclear, *(word for word in free if word not in STOP and not word.isdecimal())])


def _is_small(left_over: str) -> bool:
    """Whether so little was not understood that the answer, which says what was, is still of use."""
    return len(left_over.split()) <= TOLERATED


def _reading(parts: Parts, left_over: str, *, is_undated: bool) -> Reading:
    question, is_certain = question_of(parts)
    if question is None:
        return Reading(None, left_over=left_over)
    if is_certain and (not left_over or (_is_small(left_over) and not is_undated)):
        return Reading(question, left_over=left_over)
    if not is_certain and left_over and question.kind is Kind.SPENT and not parts.has(*_OWN):
        return Reading(None, left_over=left_over)
    return Reading(None, guess=replace(question), left_over=left_over)
