"""A message, from a person's words to what they ask: the question in it, and what else was said beside it. Pure.

What is told beside a question is left out where the question is the same without it, and taken up where it refers to it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from open_finance.asking.address import without_calls
from open_finance.asking.alone import OF_ACCOUNTS, REPORTS, WHOLE, parts_of, read_alone, without_filling
from open_finance.asking.clauses import clauses_of
from open_finance.asking.grammar import ACTING, FOREIGN, UNDATED
from open_finance.asking.names import NAMES
from open_finance.asking.parts import Parts
from open_finance.asking.periods import find_periods
from open_finance.asking.question import Known, Question, Reading
from open_finance.asking.references import asks, context_of, divided, refers, resolved
from open_finance.asking.sentence import MAX_CHARACTERS, MAX_WORDS, Sentence, words_of


def read_question(text: str, today: date, known: Known) -> Reading:
    """What a text asks. Never raises; what is no question about one's own money has neither question nor guess."""
    text = without_calls(text[: MAX_CHARACTERS + 1])
    parted = divided(text)
    if parted is not None and refers(asked_last := " ".join(words_of(parted[1]))):
        return _read_reference(parted[0], asked_last, today, known) or _unsure(read_alone(text, today, known))
    whole = read_alone(text, today, known)
    if whole.acts or (whole.question is not None and whole.question.kind in REPORTS):
        return whole
    is_sure = whole.question is not None and not whole.question.texts
    for clause in clauses_of(text[:MAX_CHARACTERS]):
        if is_sure and (asks(clause.rest) or not _OF_NO_ROWS.search(clause.text)):
            continue
        alone = read_alone(clause.text, today, known)
        asked = alone.question
        if asked is None or not _says_more(asked, whole.question):
            continue
        if (unused := _unused(clause.rest, asked, today, known)) is not None:
            return replace(alone, left_over=unused)
    return whole


#: Without one of these nothing is asked but rows: such a clause need not be read.
_OF_NO_ROWS = re.compile(
    r"sald|tenh|tem|temos|fatur|limit|patrim|invest|dev[oe]|divid|assin|guard|poup|caixinha|orcament|posso|pode|atualiz|sincr"
    r"|fech|sobr|val[eh]|previ|azul|vermelh|dinheiro|grana"
)


def _unsure(reading: Reading) -> Reading:
    return replace(reading, question=None, guess=reading.question or reading.guess)


def _read_reference(told_first: str, asked: str, today: date, known: Known) -> Reading | None:
    """The reading of a question that takes up what was told before it; None where that was not told."""
    told = _told(told_first, known)
    if ACTING.search(told.text):
        return None
    context = context_of(told, parts_of(told, today, known))
    meant = resolved(asked, context)
    if meant is None:
        return None
    found = read_alone(meant, today, known)
    is_of_days = found.question is not None and found.question.period is not None
    if is_of_days and context.when and not find_periods(Sentence(meant.split()), today):
        found = read_alone(f"{meant} {context.in_it}", today, known)
    return found if found.question is not None else None


def _told(text: str, known: Known) -> Sentence:
    """What stands beside a question, without the words that say nothing."""
    return Sentence(without_filling(Sentence(words_of(text)[:MAX_WORDS]), known))


def _says_more(asked: Question, whole: Question | None) -> bool:
    """Whether a clause alone is the better reading: there was none, or its rest gave names that are none, or made a question
    of rows out of one for an account or a report: *já paguei os boletos, qual o saldo?*"""
    if whole is None or len(asked.texts) < len(whole.texts):
        return True
    return asked.kind in OF_ACCOUNTS | WHOLE and not whole.texts


#: Who was somewhere may ask of what was spent there.
_WAS_THERE = re.compile(
    r"(?<!\S)(?:fui|fomos|foi|passei|passamos|estive|estivemos|com[io]|comemos|cheguei|voltei"
    r"|(?:compr|gast|pag|us|pass|mand)(?:u?ei|amos|o|ando)|(?:ped|receb)(?:i|imos|emos|o|indo|endo))(?!\S)"
)
#: Who says so leaves something out, or takes back what was said. Others only tell: *eu não cozinho nunca*.
_TAKES_BACK = re.compile(
    r"(?<!\S)(?:nao|nem) (?:(?:\w+ )?(?:cont\w+|inclu\w+|consider\w+|som\w+|val\w+|quer\w+|precis\w+|coloc\w+|bot\w+|era"
    r"|foi|sao|eram|sejam?|for)|e|o|a|os|as|em|no|na|de|do|da|com)(?!\S)"
)


def _is_of_account(parts: Parts, sentence: Sentence) -> bool:
    """Whether an account is told of: *usei meu cartão*; not *tenho medo de perder meu cartão*."""
    scope = parts.scope
    is_named = bool(scope.bank or scope.brand or scope.accounts or scope.others)
    return is_named or (scope.is_narrow and _WAS_THERE.search(sentence.whole) is not None)


def _unused(rest: str, asked: Question, today: date, known: Known) -> str | None:
    """What else was said, where a question is the same without it; None where it is not: a day, an amount, a shop, an
    account or an exception stands there."""
    sentence = _told(rest, known)
    if sentence.has(FOREIGN) or sentence.has(UNDATED) or ACTING.search(sentence.text):
        return None
    parts = parts_of(sentence, today, known)
    found = parts.subjects
    is_dated = bool(parts.periods) and asked.kind not in OF_ACCOUNTS | WHOLE
    is_sized = parts.above is not None or parts.below is not None
    if is_dated or is_sized or found.brands or _is_of_account(parts, sentence):
        return None
    leaves_out = parts.has("excluding") or found.without or parts.without_scope.is_narrow
    if leaves_out or parts.unclear or _TAKES_BACK.search(sentence.whole) or NAMES.intersection(sentence.words):
        return None
    is_about = asked.categories or asked.texts or asked.operation or asked.kind in OF_ACCOUNTS | WHOLE
    if not is_about and (
        found.categories or found.income or found.operations or (found.texts and _WAS_THERE.search(sentence.whole))
    ):
        return None
    return " ".join(found.texts)
