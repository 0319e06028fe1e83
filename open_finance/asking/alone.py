"""One sentence, from a person's words to what they ask. Pure: a reading is a function of the text, the day and ``Known``.

The words get their meaning one after the other: days, amounts, categories and shops, accounts, verbs. What is then left
after a preposition is a name to look for; what is left elsewhere makes the reading unsure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from open_finance.asking.amounts import find_amounts
from open_finance.asking.fillers import STOP
from open_finance.asking.grammar import (
    ACTING,
    FILLING,
    FOREIGN,
    MARKERS,
    MONTH_END,
    NO_NAME,
    OWN_VERBS,
    RATES,
    UNDATED,
)
from open_finance.asking.kinds import OR
from open_finance.asking.names import NAMES, without_titles
from open_finance.asking.parts import Parts, settle
from open_finance.asking.periods import find_periods
from open_finance.asking.question import Kind, Known, Question, Reading
from open_finance.asking.rules import question_of
from open_finance.asking.scopes import find_left_out, find_scope, own_accounts
from open_finance.asking.sentence import MAX_CHARACTERS, MAX_WORDS, UNCLEAR, Sentence, words_of
from open_finance.asking.subjects import corrected, find_subjects, find_texts, is_content
from open_finance.asking.turns import (
    split_compared,
    take_closing,
    take_counted,
    take_due,
    take_each,
    take_included,
    take_left_out,
    take_others,
    take_split,
    take_wages,
)
from open_finance.reading.statement_query import Period, month_of

NOTHING = Reading(None)
#: What is compared are two months, not all the days between them.
COMPARED = re.compile(
    r"(?<!\S)(?:compar\w+|em relacao|economizei|diferenca|x|vs|versus|mud(?:ou|aram)|vari(?:ou|aram|acao)"
    r"|aument(?:ou|aram|o|ei)|subi(?:u|ram)|diminui\w*|cresc(?:eu|eram)|reduzi\w*|baix(?:ou|aram)"
    r"|quanto(?= .* e quanto )|ca(?:iu|iram)(?= (?:quanto )?de \w+ para ))(?!\S)"
)
BETWEEN = re.compile(r"(?<!\S)entre(?!\S)")
#: Verbs of one's own: who uses one asks of own money, whatever else stands there.
_OWN = frozenset({"spend", "sent", "income", "from_them"})
#: Who asks so of a shop or a category asks of own money as well.
_ASKS = frozenset({"how_much", "count", "last", "average", "weak", "list"})
#: So many words may stay without a meaning.
_STRAY = 2
#: Whole reports, which leave nothing out.
WHOLE = frozenset(
    {
        *(Kind.SUBSCRIPTIONS, Kind.FORECAST, Kind.ALLOWANCE, Kind.INVESTED, Kind.NET_WORTH, Kind.DEBTS, Kind.DATA_AGE),
        Kind.BUDGET_LEFT,
    }
)
#: Kinds of which only an account narrows the figure.
OF_ACCOUNTS = frozenset(
    {*(Kind.CARD_OPEN_BILL, Kind.CARD_BILL_CLOSED, Kind.CARD_BILL_LEFT, Kind.CARD_LIMIT, Kind.BALANCE, Kind.SAVED)}
)
#: Kinds that a word more makes no other. *Saldo* has other meanings beside other words.
REPORTS = WHOLE | OF_ACCOUNTS - {Kind.BALANCE}
#: No names: *as duas faturas*.
_ALL_OF_THEM = frozenset({"dois", "duas", "tres", "ambos", "ambas", "2", "3"})


def read_alone(text: str, today: date, known: Known) -> Reading:
    """What a text asks, all of its words taken as one sentence."""
    if len(text) > MAX_CHARACTERS:
        return NOTHING
    raw = without_titles(words_of(text))
    if not raw or len(raw) > MAX_WORDS:
        return NOTHING
    plain = Sentence(raw)
    words = without_filling(plain, known)
    sentence = Sentence(words)
    if ACTING.search(sentence.text) or ACTING.search(plain.text):
        return Reading(None, acts=True, left_over=" ".join(words))
    is_foreign = any(one.has(FOREIGN) for one in (sentence, plain)) and not plain.has(OWN_VERBS)
    sentence.take_all(UNDATED, UNCLEAR)
    parts = parts_of(sentence, today, known)
    left_over = _left_over(sentence)
    if is_foreign and not _is_own_price(sentence, parts):
        return Reading(None, left_over=left_over)
    return _reading(parts, left_over)


def without_filling(plain: Sentence, known: Known) -> list[str]:
    """The words of a sentence but those that say nothing, spelled as we know them. These are marked in it."""
    plain.take_all(FILLING, "filling")
    told = [word for word, mark in zip(plain.words, plain.marks, strict=True) if not mark]
    return corrected(told, known.categories, known.banks)


_LATEST = re.compile(r"\b(\d{1,2}) ultim[oa]s\b|\bultim[oa]s (\d{1,2})\b")
_PRICE = re.compile(r"(?<!\S)custam?(?!\S)")


def _is_own_price(sentence: Sentence, parts: Parts) -> bool:
    """*Quanto custa a Netflix*, *minha academia*: what one pays for it, not what it costs anybody."""
    found = parts.subjects
    is_own = bool(found.brands) or parts.has("subscriptions")
    is_own = is_own or (bool(found.categories) and re.search(r"\b(?:meus?|minhas?)\b", sentence.whole) is not None)
    is_one = is_own and not found.texts and bool(_PRICE.search(sentence.whole))
    return is_one and FOREIGN.search(_PRICE.sub("_", sentence.whole)) is None


def parts_of(sentence: Sentence, today: date, known: Known) -> Parts:
    """What a sentence is made of; its words have a meaning then. The order counts: what comes first hides from the rest."""
    closes = take_closing(sentence, today)
    due = take_due(sentence, today)
    turns = take_left_out(sentence) | take_counted(sentence) | take_wages(sentence)
    turns |= take_each(sentence) | take_split(sentence) | take_included(sentence)
    take_others(sentence)
    ends = {"month_end"} if sentence.take(MONTH_END, "marker") else set()
    if COMPARED.search(sentence.text):
        sentence.take(BETWEEN, "marker")
        split_compared(sentence)
    rates = {name for name, pattern in RATES.items() if sentence.take(pattern, "marker")}
    periods = find_periods(sentence, today)
    above, below = find_amounts(sentence)
    accounts = own_accounts(sentence, known)
    subjects = find_subjects(sentence, known.categories)
    without_scope = find_left_out(sentence, known)
    scope = find_scope(sentence, known, accounts)
    markers = _markers(sentence) | rates | ends | turns
    is_received = "from_them" in markers
    numbers = _small_numbers(sentence) if markers & {"biggest", "most"} else []
    if not periods:
        numbers = numbers or [found for each in _LATEST.findall(sentence.whole) for found in each if found]
    names = find_texts(sentence, all_of_them=is_received)
    subjects.texts.extend(name for name in names if name not in numbers[:1])  # *os 3 maiores*
    subjects.forget(sentence)
    return settle(Parts(
        today, _merged(periods, sentence), above, below, subjects, scope, markers,
        unclear=UNCLEAR in sentence.marks,
        limit=int(numbers[0]) if numbers and "biggest" in markers else 0, text=sentence.whole, due=due,
        closes=closes, without_scope=without_scope,
    ))  # fmt: skip


def _small_numbers(sentence: Sentence) -> list[str]:
    """*Os 3 maiores*; not the ten of *nos últimos 10 dias*."""
    told = [word for at, word in enumerate(sentence.words) if sentence.mark(at) not in {"period", "amount"}]
    return [word for word in told if word.isdecimal() and len(word) < 3]


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
    """Two periods with *e* between them that follow one another are one, where nothing is compared."""
    if len(periods) == 3 and not COMPARED.search(sentence.whole):
        first, middle, last = sorted(periods, key=lambda one: one.start)
        if (middle.start - first.end).days == (last.start - middle.end).days == 1:
            return [Period(first.start, last.end)]
    if len(periods) == 2 and (inside := _inside(*periods)):
        return [inside]
    if len(periods) != 2 or COMPARED.search(sentence.whole) or OR.search(sentence.whole):
        return periods
    first, last = sorted(periods, key=lambda one: one.start)
    if {"mais", "menos", "maior", "menor"} & set(sentence.words) or (last.start - first.end).days != 1:
        return periods
    return [Period(first.start, last.end)]


def _inside(one: Period, other: Period) -> Period | None:
    """*Ano passado, em dezembro*: the December of that year."""
    year, month = sorted((one, other), key=lambda each: each.start - each.end)
    is_year = (year.end - year.start).days > 360 and year.start.month == year.start.day == 1
    if not is_year or month != month_of(month.start):
        return None
    return month_of(month.start.replace(year=year.start.year))


def _left_over(sentence: Sentence) -> str:
    unclear = [word for at, word in enumerate(sentence.words) if sentence.mark(at) == UNCLEAR]
    free = [sentence.word(at) for at in sentence.free() if is_content(sentence, at)]
    said = (word for word in free if word not in STOP and not word.isdecimal() and not NO_NAME.fullmatch(word))
    return " ".join([*unclear, *said])


def _is_explained(parts: Parts, kind: Kind, left_over: str) -> bool:
    """Whether all that matters is explained: a stray word or two changes nothing in a clear question."""
    if not left_over:
        return True
    if kind in REPORTS:
        return len(left_over.split()) <= _STRAY and not parts.unclear
    found = parts.subjects
    is_own = parts.has(*_OWN) or (parts.has(*_ASKS) and bool(found.categories or found.brands) and not found.texts)
    is_own = is_own and not parts.has("others", "not", "excluding") and not NAMES.intersection(left_over.split())
    return is_own and parts.has_subject and len(left_over.split()) <= _STRAY and not parts.unclear


def _is_dropped(parts: Parts, question: Question) -> bool:
    """Whether somebody is named of whom a card's or an account's figure knows nothing: a bank, as a rule."""
    named = {*parts.subjects.texts, *parts.subjects.brands} - _ALL_OF_THEM
    return question.kind in OF_ACCOUNTS and bool(named) and not question.texts


def _reading(parts: Parts, left_over: str) -> Reading:
    question, is_certain = question_of(parts)
    if question is None:
        return Reading(None, left_over=left_over)
    if parts.has("excluding") and question.kind not in WHOLE:
        is_certain = False  # what is to be left out was not understood
    if parts.without_scope != question.without_scope:
        is_certain = False
    if parts.has("which") and question.kind is not Kind.COMPARE_MONTHS and not question.order:
        is_certain = False  # no sum tells which month it was
    if is_certain and _is_explained(parts, question.kind, left_over) and not _is_dropped(parts, question):
        return Reading(question)
    if not is_certain and left_over and question.kind is Kind.SPENT and not parts.has(*_OWN):
        return Reading(None, left_over=left_over)
    return Reading(None, guess=replace(question), left_over=left_over)
