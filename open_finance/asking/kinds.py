"""The question of each kind that a sentence's parts make, and whether that is certain. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from open_finance.asking.kinds_cards import card
from open_finance.asking.parts import Parts
from open_finance.asking.periods import this_month, whole_months, without_this_month
from open_finance.asking.question import Direction, Holds, Kind, Per, Question, Scope
from open_finance.insights.taxonomy import FEES, TRANSFERS
from open_finance.reading.statement_query import Period, month_of, previous_month

OR: Final = re.compile(r"(?<!\S)(?:ou|vs|versus)(?!\S)")
_CAME: Final = r"(?:entradas?|entrou|entraram|receb\w+|ganh\w+|receitas?|creditos)"
_WENT: Final = r"(?:saidas?|saiu|sairam|gastei|gastamos|gastos?|paguei|despesas?|debitos)"
_AND: Final = r" (?:e|menos) (?:o quanto |o que |quanto |tudo que |que |de |as |os |eu |foi |meus |minhas )*"
BOTH_WAYS: Final = re.compile(rf"\b(?:{_CAME}{_AND}{_WENT}|{_WENT}{_AND}{_CAME})\b")
_YIELD: Final = "03060000"
_STREAMS: Final = "Lazer e assinaturas"
_AVERAGE_MONTHS: Final = 3

Made = tuple[Question, bool]


# --- what a question is about -----------------------------------------------------------------------------------------


def _about(parts: Parts, kind: Kind, *, default: bool = True, direction: str = "out") -> Question:
    found = parts.subjects
    categories = tuple(found.income) if direction == "in" else tuple(found.categories)
    if direction == "any":
        categories = (*found.categories, *found.income)
    period = parts.period or (this_month(parts.today) if default else None)
    return Question(
        kind=kind,
        period=period,
        categories=categories,
        texts=(*found.brands, *found.texts),
        either=found.are_listed,
        direction=direction,  # type: ignore[arg-type]
        scope=_spent_from(parts),
        operation=_operation(parts),
        without=tuple(found.without),
        without_texts=tuple(found.without_texts),
        without_operations=tuple(found.without_operations),
        without_scope=parts.without_scope,
        above=parts.above,
        below=parts.below,
    )


def _spent_from(parts: Parts) -> Scope:
    """*Sem contar o cartão*: what left the accounts."""
    if parts.has("without_card") and not parts.scope.is_narrow:
        return Scope(holds="checking")
    return parts.scope


def _operation(parts: Parts) -> str:
    """The IOF of something goes where that goes."""
    told = parts.subjects.operations[:1]
    return "" if not told or (told == ["IOF"] and parts.subjects.categories) else told[0]


def plain(kind: Kind) -> Callable[[Parts], Made]:
    """A whole report: nothing of the question narrows it."""
    return lambda parts: (Question(kind, scope=parts.scope.holding("")), not parts.has("others"))


# --- sums of rows -----------------------------------------------------------------------------------------------------


def spent(parts: Parts) -> Made:
    found = parts.subjects
    is_fees = bool(found.categories) and all(
        one == FEES or one.startswith(("16", "0201", "0202")) for one in found.categories
    )
    question = _about(parts, Kind.FEES if is_fees else Kind.SPENT)
    evidence = parts.has("spend") or (parts.has("how_much", "weak", "sent") and parts.has_subject)
    evidence = evidence or ((parts.has_subject or parts.scope.holds == "card") and parts.period is not None)
    is_plain = parts.has("how_much") and parts.has("weak")
    evidence = evidence or (is_plain and (parts.period is not None or parts.scope.is_narrow))
    is_mixed = bool(found.income) or parts.has("not", "others", "future", "excluding", "debts")
    is_mixed = is_mixed or (parts.has("instalments") and not parts.has_subject)
    is_choice = parts.has("more") and bool(OR.search(parts.text)) and not parts.above
    is_cash = not parts.has("took") or re.search(r"\b(?:dinheiro|especie|caixa|banco|grana|saque)\b", parts.text)
    return question, evidence and bool(is_cash) and not is_mixed and not is_choice


def fees(parts: Parts) -> Made:
    found = parts.subjects.categories
    question = _about(parts, Kind.FEES)
    return replace(question, categories=tuple(found) or (FEES,)), True


def income(parts: Parts) -> Made:
    question = _about(parts, Kind.INCOME, direction="in")
    if parts.has("yields"):
        question = replace(question, categories=(_YIELD,))
        if parts.scope.bank and not parts.scope.holds:
            return question, False
    is_mixed = bool(parts.subjects.categories) or parts.has("not", "others", "future")
    if parts.subjects.texts and not parts.subjects.income and not parts.has("yields"):
        question = replace(question, kind=Kind.RECEIVED_FROM, person=True)
    return question, not is_mixed


def received(parts: Parts) -> Made:
    question = _about(parts, Kind.RECEIVED_FROM, direction="in")
    if not question.texts:
        people = _of_people(question, parts)
        if people is not question:  # *quem mais*: no sum tells
            return replace(people, kind=Kind.LIST_ROWS), not parts.has("others", "not", "most", "biggest", "which")
        is_mixed = parts.has("others", "not") or bool(parts.subjects.categories)
        return replace(question, kind=Kind.INCOME), not is_mixed
    return replace(question, person=True), not parts.has("not")


def paid_to(parts: Parts) -> Made:
    question = _about(parts, Kind.PAID_TO)
    if not question.texts:
        return replace(question, kind=Kind.SPENT), bool(
            question.operation or question.categories or question.scope.is_narrow
        )
    return replace(question, person=True), not parts.has("not")


def _direction(parts: Parts) -> Direction:
    if BOTH_WAYS.search(parts.text):
        return "any"
    if parts.has("from_them", "income", "yields") or (parts.subjects.income and not parts.subjects.categories):
        return "in"
    is_any = not parts.has("spend", "sent") and re.search(
        r"\b(?:extrato|movimentac\w+|lancamentos?|transac\w+)\b", parts.text
    )
    return "any" if is_any else "out"


def _of_rows(kind: Kind, *, default: bool = True) -> Callable[[Parts], Made]:
    def make(parts: Parts) -> Made:
        direction = _direction(parts)
        question = _about(parts, kind, default=default, direction=direction)
        is_person = bool(question.texts) and parts.has("from_them", "sent")
        return replace(question, person=is_person), not parts.has("not", "others", "future", "excluding")

    return make


def last_of(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.LAST_TIME, default=False)(parts)
    is_certain = is_certain or (parts.has("not") and not parts.has("others", "future", "excluding"))
    if question.direction == "in" and question.categories and parts.period is not None:
        return replace(question, kind=Kind.INCOME), is_certain  # what came in that month, with its day
    if parts.has("future") or re.search(r"\bquando (?:cai|recebo|vence|vem|sai|entra|chega)\b", parts.text):
        return question, False
    told = parts.has_subject or parts.has("spend", "sent", "income", "from_them")
    return question, is_certain and (told or (parts.has("weak") and parts.scope.is_narrow))


def first_of(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.FIRST_TIME, default=False)(parts)
    return question, is_certain and (parts.has_subject or parts.scope.is_narrow)


def count_of(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.COUNT)(parts)
    return question, is_certain and (parts.has_subject or parts.has("spend", "sent", "income"))


def biggest(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.BIGGEST_SPENDING)(parts)
    is_small = parts.has("smallest") and not parts.has("biggest")
    order = "smallest" if is_small else "biggest"
    if parts.limit > 1 or re.search(r"\bmaiores\b|\bmenores\b|\bmais car[oa]s\b", parts.text):
        return replace(question, kind=Kind.LIST_ROWS, order=order, limit=parts.limit or 5), is_certain  # type: ignore[arg-type]
    if is_small:
        question = replace(question, order="smallest")
    return question, is_certain


#: With how many.
_LATEST: Final = re.compile(r"\b(?:(\d{1,2}) )?ultim[oa]s(?: (\d{1,2}))?\b")


def _of_people(question: Question, parts: Parts) -> Question:
    """*Quem me mandou dinheiro*: people; no wages, no yields, no shop."""
    is_who = parts.has("from_them", "sent", "income") and re.search(r"\bquem\b", parts.text)
    return replace(question, categories=(TRANSFERS,)) if is_who and not question.is_narrowed else question


def list_of(parts: Parts) -> Made:
    latest = _LATEST.search(parts.text) if not parts.periods else None
    question, is_certain = _of_rows(Kind.LIST_ROWS, default=latest is None)(parts)
    if not parts.has("spend"):
        question = _of_people(question, parts)
    if latest:
        question = replace(question, limit=int(latest[1] or latest[2] or 5))
    evidence = parts.has("spend", "sent", "income", "from_them") or parts.has_subject
    evidence = (
        evidence or BOTH_WAYS.search(parts.text) is not None or parts.above is not None or parts.below is not None
    )
    evidence = evidence or re.search(r"\b(?:extrato|movimentac\w+|lancamentos?|transac\w+)\b", parts.text) is not None
    return question, is_certain and evidence and "quem mais" not in parts.text


def average(parts: Parts) -> Made:
    direction = "in" if parts.has("income", "from_them") or parts.subjects.income else "out"
    question = _about(parts, Kind.AVERAGE, default=False, direction=direction)
    per = _per(parts)
    period = parts.period
    if per == "month" or (period is None and per == "purchase"):
        months = _as_months(parts, period)
        period = whole_months(months or _AVERAGE_MONTHS, parts.today) if period is None or months else period
        period = without_this_month(period, parts.today)
    elif period is None:
        period = this_month(parts.today)
    return replace(question, per=per, period=period), not parts.has("not", "others", "excluding", "split")


def _as_months(parts: Parts, period: Period | None) -> int:
    """*Nos últimos 6 meses*: as many whole ones."""
    found = re.search(r"\bultimos (\d{1,2}) meses|\b(\d{1,2}) (?:ultimos )?meses", parts.text)
    return int(found[1] or found[2]) if found and period is not None else 0


def _per(parts: Parts) -> Per:
    if parts.has("per_purchase"):
        return "purchase"
    if parts.has("per_day"):
        return "day"
    return "week" if parts.has("per_week") else "month"


def compare(parts: Parts) -> Made:
    """Where one is named only, this month is compared with it, or it with the one before."""
    question, is_certain = _of_rows(Kind.COMPARE_MONTHS)(parts)
    one, *others = parts.periods or [this_month(parts.today)]
    is_month = (one.start.year, one.start.month, one.start.day) == (one.end.year, one.end.month, 1)
    is_certain = is_certain and (bool(others) or is_month) and not (parts.has("income") and parts.has("spend"))
    other = others[0] if others else None
    if other is None:
        before = month_of(previous_month(parts.today))
        other = before if one.end >= parts.today else this_month(parts.today)
    is_certain = is_certain and len(parts.periods) < 3 and not parts.has("by_category", "by_place")
    return replace(question, period=one, other=other), is_certain


PLACE: Final = (
    r"(?:mercados?|supermercados?|restaurantes?|lanchonetes?|padarias?|bar(?:es)?|farmacias?|drogarias?|postos?|acougues?"
    r"|pizzarias?|lojas?|estabelecimentos?|lugar(?:es)?|comercios?|locais|local|site|app|aplicativo)"
)
_GENERAL: Final = r"(?:lojas?|estabelecimentos?|lugar(?:es)?|comercios?|local|locais)"
_IN: Final = r"(?:em (?:que |qual )?|n[oa]s? |qual |que )?"
_WHICH_PLACE: Final = re.compile(
    rf"\b(?:(?:qual|quais|que)(?: foi| e)?(?: o| a)? {PLACE}"
    rf"|{PLACE} (?:em que|onde|que|n[oa] qual) (?:eu )?(?:mais|menos))\b"
)
#: *Loja ou restaurante*: any place.
_ANY_PLACE: Final = re.compile(rf"\b(?:{_GENERAL} (?:ou|e) {_IN}{PLACE}|{PLACE} (?:ou|e) {_IN}{_GENERAL})\b")


def top(parts: Parts) -> Made:
    is_places = parts.has("places", "by_place") or _WHICH_PLACE.search(parts.text)
    question, is_certain = _of_rows(Kind.TOP_MERCHANTS if is_places else Kind.TOP_CATEGORIES)(parts)
    if _ANY_PLACE.search(parts.text):
        question = replace(question, categories=())
    question = replace(question, limit=parts.limit)
    is_two = bool(question.texts and question.categories) and OR.search(parts.text) is not None
    return question, is_certain and not is_two and not parts.has("which")


def by_account(parts: Parts) -> Made:
    """Of each card, of each account."""
    question, _ = _of_rows(Kind.BY_ACCOUNT)(parts)
    if parts.has("by_account") or not parts.scope.others:
        is_plain = not any(one.holds for one in parts.scope.each) or not parts.scope.others
    else:
        is_plain = False
    if re.search(r"\bcredito\b", parts.text) and re.search(r"\bdebito\b", parts.text):
        question = replace(question, scope=question.scope.holding(""))
    elif is_plain and re.search(r"\bcart(?:ao|oes)\b", parts.text):
        question = replace(question, scope=question.scope.holding("card"))
    return question, not parts.has("not", "future", "excluding")


_DAY: Final = re.compile(r"\bdia\b(?! \d)")
_OF_DAYS: Final = re.compile(r"\b(?:gastei|gastamos|paguei|pagamos|comprei|recebi|recebemos|ganhei|torrei)\b")


#: *Mercado no mês em que mais gastei*: of one thing, in the month of most of all things.
_PART_OF_MONTH: Final = re.compile(r"\w{3,} n[oa]s? (?:mes|dia)(?:es|s)? (?:em )?que (?:eu )?(?:mais|menos) gast\w+$")


def month_of_most(parts: Parts) -> Made:
    """Of this year's months, or of those that are named, the one with most, or with least; or which day. What *gasto* says
    of days is a habit: no one day answers."""
    question, is_certain = _of_rows(Kind.INCOME if parts.has("income") else Kind.SPENT)(parts)
    is_least = re.search(r"\b(?:menos|menor|barato|economic\w+|baixo)\b", parts.text)
    is_day = _DAY.search(parts.text) is not None
    default = this_month(parts.today) if is_day else Period(parts.today.replace(month=1, day=1), parts.today)
    period = parts.period or default
    is_one = period == month_of(period.start) or period == this_month(parts.today)
    is_plain = bool(_OF_DAYS.search(parts.text)) and not is_least if is_day else not is_one
    is_certain = is_certain and is_plain and not (parts.has("income") and parts.has("spend"))
    is_certain = is_certain and _PART_OF_MONTH.search(parts.text) is None
    per: Per = "day" if is_day else "month"
    return replace(question, per=per, order="smallest" if is_least else "biggest", period=period), is_certain


def price(parts: Parts) -> Made:
    """What something of one's own costs: what it cost the last time."""
    return _of_rows(Kind.LAST_TIME, default=False)(parts)


def choice(parts: Parts) -> Made:
    """Of several shops the one with most."""
    question, is_certain = _of_rows(Kind.TOP_MERCHANTS)(parts)
    return question, is_certain and not re.search(r"\bmenos\b", parts.text)


def left_over(parts: Parts) -> Made:
    """What came in and what went out, and what remains."""
    question = Question(Kind.LIST_ROWS, period=parts.period, direction="any", scope=parts.scope)
    is_sum = not parts.subjects.categories and not parts.subjects.texts and not parts.subjects.brands
    is_sum = is_sum and not re.search(r"\beconomiz|\bquanto .*\b(?:mais|menos)\b", parts.text)
    return question, is_sum and len(parts.periods) == 1 and not parts.has("not", "others", "future", "excluding")


# --- what there is ----------------------------------------------------------------------------------------------------


#: More than what is in one of these: *conta e poupança*, *saldo menos a fatura*.
_KEPT_WORD: Final = r"(?:poupancas?|cadernetas?|caixinhas?|cofrinhos?)"
_TWO_SUMS: Final = re.compile(
    rf"\bcontas?(?: correntes?)?(?: d[aoe] \w+)? (?:e|mais|com) (?:\w+ ){{0,3}}{_KEPT_WORD}\b"
    rf"|\b{_KEPT_WORD}(?: d[aoe] \w+)? (?:e|mais|com) (?:\w+ ){{0,2}}contas?\b"
    r"|\b(?:menos|descontando|abatendo|subtraindo|pagando|depois de pagar|tirando) (?:\w+ ){0,3}faturas?\b"
)
_ALL_ACCOUNTS: Final = re.compile(r"\b(?:as|os|nas|nos|minhas|meus) (?:contas|bancos)\b(?! (?:de|da|do|a|para) )")


def balance(parts: Parts) -> Made:
    """What is there now; two sums in one are another figure."""
    question, is_certain = _balance(parts)
    return question, is_certain and not _TWO_SUMS.search(parts.text)


def _balance(parts: Parts) -> Made:
    is_kept = parts.has("saved") or parts.scope.holds in {"savings", "pots", "kept"}
    if is_kept and not parts.has("without_kept"):
        return kept(parts)
    if is_kept:  # of what is saved one part is left out
        holds: Holds = parts.scope.holds or ("pots" if "poupanca" in parts.text else "savings")
        return Question(Kind.SAVED, scope=parts.scope.holding(holds)), not parts.periods and not parts.has("others")
    is_card = parts.scope.holds == "card"
    if is_card and re.search(r"\b(?:disponivel|livre)\b", parts.text):
        return card(Kind.CARD_LIMIT)(parts)
    scope = parts.scope.holding("" if is_card else parts.scope.holds, brand=False)
    is_certain = (
        parts.has("balance", "without_kept", "by_account")
        or parts.scope.is_narrow
        or "conta" in parts.text.split()
        or _ALL_ACCOUNTS.search(parts.text) is not None
    )
    is_now = all(period.start == parts.today for period in parts.periods)
    question = Question(Kind.BALANCE, scope=scope, without_scope=parts.without_scope)
    return question, is_certain and not is_card and is_now and not parts.has("others")


def kept(parts: Parts) -> Made:
    """What is in a caixinha; what was put there, or taken, is another figure."""
    is_now = all(period.start == parts.today for period in parts.periods)
    is_moved = parts.has("sent", "took", "spend", "not", "others") or re.search(
        r"\b(?:coloquei|botei|joguei|pus|resgatei|saquei|entrou|entraram|saiu)\b", parts.text
    )
    one_of_two = parts.scope.holds == "kept" and bool(parts.scope.bank) and not parts.scope.others
    return Question(Kind.SAVED, scope=parts.scope), is_now and not is_moved and not one_of_two


def budget(parts: Parts) -> Made:
    question = Question(Kind.BUDGET_LEFT, period=this_month(parts.today), categories=tuple(parts.subjects.categories))
    return question, not parts.has("others")


def subscriptions(parts: Parts) -> Made:
    is_past = parts.period is not None and parts.period.start < parts.today.replace(day=1) and parts.has("spend")
    if is_past:
        return replace(_about(parts, Kind.SPENT), categories=(_STREAMS,)), True
    return Question(Kind.SUBSCRIPTIONS), True


def forecast(parts: Parts) -> Made:
    return Question(Kind.FORECAST), not (parts.subjects.categories or parts.subjects.brands) and not parts.has("others")
