"""Which kind of question a sentence's parts make, and the question itself. Pure: a table of rules, the first that fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from open_finance.asking.periods import this_month, whole_months, without_this_month
from open_finance.asking.question import Kind, Per, Question, Scope
from open_finance.insights.taxonomy import FEES, INVESTMENTS
from open_finance.reading.statement_query import Period, month_of, previous_month

if TYPE_CHECKING:
    from open_finance.asking.parse import Parts

OR: Final = re.compile(r"(?<!\S)(?:ou|vs|versus)(?!\S)")
_THAN: Final = re.compile(r"\b(?:do )?que (?:n?o |em |n?a )?(?:passad[oa]|anterior|_|\w+)")
_YIELD: Final = "03060000"
_SALARY: Final = "01010000"
_STREAMS: Final = "Lazer e assinaturas"
_AVERAGE_MONTHS: Final = 3

Made = tuple[Question, bool]


def question_of(parts: Parts) -> tuple[Question | None, bool]:
    """The question, and whether that is certain; None: it is about nothing that we know."""
    for applies, make in _RULES:
        if applies(parts):
            return make(parts)
    return None, False


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
        scope=parts.scope,
        operation=found.operations[0] if found.operations else "",
        above=parts.above,
        below=parts.below,
    )


def _plain(kind: Kind) -> Callable[[Parts], Made]:
    """A whole report: nothing of the question narrows it."""
    return lambda parts: (Question(kind), not parts.has("others"))


def _card(kind: Kind) -> Callable[[Parts], Made]:
    def make(parts: Parts) -> Made:
        scope = replace(parts.scope, holds="card")
        return Question(kind, scope=scope, period=parts.period), not parts.has("others")

    return make


# --- cards ------------------------------------------------------------------------------------------------------------


def _bill(parts: Parts) -> Made:
    is_left = parts.has("left") and not (parts.has("open") and "aberta" in parts.text)
    period = parts.period
    is_past = period is not None and period.end < parts.today.replace(day=1)
    if is_past:
        kind = Kind.CARD_BILL_LEFT if is_left else Kind.CARD_BILL_CLOSED
    elif is_left or ("pag" in parts.text and "falta" in parts.text):
        kind = Kind.CARD_BILL_LEFT
    elif parts.has("open") and not re.search(r"\b(?:fechada|fechou|anterior|passada|venceu|vencida)\b", parts.text):
        kind = Kind.CARD_OPEN_BILL
    elif parts.has("due") and "quando" in parts.text:
        kind = Kind.CARD_BILL_LEFT
    elif parts.has("closed"):
        kind = Kind.CARD_BILL_CLOSED
    else:
        kind = Kind.CARD_OPEN_BILL
    question, is_certain = _card(kind)(parts)
    is_of_month = period is None or period == month_of(period.start) or period.end == parts.today
    return replace(question, period=period if is_past else None), is_certain and is_of_month


def _instalments(parts: Parts) -> Made:
    found = parts.subjects
    question = Question(
        Kind.INSTALMENTS_LEFT,
        texts=(*found.brands, *found.texts),
        categories=tuple(found.categories),
        scope=parts.scope,
    )
    return question, parts.has("left", "count", "instalments")


# --- sums of rows -----------------------------------------------------------------------------------------------------


def _spent(parts: Parts) -> Made:
    found = parts.subjects
    is_fees = bool(found.categories) and all(
        one == FEES or one.startswith(("16", "0201", "0202")) for one in found.categories
    )
    question = _about(parts, Kind.FEES if is_fees else Kind.SPENT)
    evidence = parts.has("spend") or (parts.has("how_much", "weak", "sent") and parts.has_subject)
    evidence = evidence or (parts.has_subject and parts.period is not None)
    is_mixed = bool(found.income) or parts.has("not", "others", "future", "excluding")
    return question, evidence and not is_mixed


def _fees(parts: Parts) -> Made:
    found = parts.subjects.categories
    question = _about(parts, Kind.FEES)
    return replace(question, categories=tuple(found) or (FEES,)), True


def _income(parts: Parts) -> Made:
    question = _about(parts, Kind.INCOME, direction="in")
    if parts.has("yields"):
        question = replace(question, categories=(_YIELD,))
        if parts.scope.bank and not parts.scope.holds:
            return question, False
    is_mixed = bool(parts.subjects.categories) or parts.has("not", "others", "future")
    if parts.subjects.texts and not parts.subjects.income and not parts.has("yields"):
        question = replace(question, kind=Kind.RECEIVED_FROM, person=True)
    return question, not is_mixed


def _received(parts: Parts) -> Made:
    question = _about(parts, Kind.RECEIVED_FROM, direction="in")
    if not question.texts:
        return replace(question, kind=Kind.INCOME), not parts.has("others", "not")
    return replace(question, person=True), not parts.has("not")


def _paid_to(parts: Parts) -> Made:
    question = _about(parts, Kind.PAID_TO)
    if not question.texts:
        return replace(question, kind=Kind.SPENT), bool(question.operation or question.categories)
    return replace(question, person=True), not parts.has("not")


def _direction(parts: Parts) -> str:
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


def _last(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.LAST_TIME, default=False)(parts)
    if parts.has("future") or re.search(r"\bquando (?:cai|recebo|vence|vem|sai|entra|chega)\b", parts.text):
        return question, False
    return question, is_certain and (parts.has_subject or parts.has("spend", "sent", "income", "from_them"))


def _first(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.FIRST_TIME, default=False)(parts)
    return question, is_certain and parts.has_subject


def _count(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.COUNT)(parts)
    return question, is_certain and (parts.has_subject or parts.has("spend", "sent", "income"))


def _biggest(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.BIGGEST_SPENDING)(parts)
    is_small = parts.has("smallest") and not parts.has("biggest")
    order = "smallest" if is_small else "biggest"
    if parts.limit > 1 or re.search(r"\bmaiores\b|\bmenores\b|\bmais car[oa]s\b", parts.text):
        return replace(question, kind=Kind.LIST_ROWS, order=order, limit=parts.limit or 5), is_certain  # type: ignore[arg-type]
    if is_small:
        question = replace(question, order="smallest")
    return question, is_certain


def _list(parts: Parts) -> Made:
    question, is_certain = _of_rows(Kind.LIST_ROWS)(parts)
    evidence = parts.has("spend", "sent", "income", "from_them") or parts.has_subject
    evidence = evidence or re.search(r"\b(?:extrato|movimentac\w+|lancamentos?|transac\w+)\b", parts.text) is not None
    return question, is_certain and evidence


def _average(parts: Parts) -> Made:
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
    return replace(question, per=per, period=period), not parts.has("not", "others", "excluding")


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


def _compare(parts: Parts) -> Made:
    """Where one is named only, this month is compared with it, or it with the one before."""
    question, is_certain = _of_rows(Kind.COMPARE_MONTHS)(parts)
    one, *others = parts.periods or [this_month(parts.today)]
    other = others[0] if others else None
    if other is None:
        before = month_of(previous_month(parts.today))
        other = before if one.end >= parts.today else this_month(parts.today)
        if one.end < parts.today and one != before and one == month_of(one.start):
            is_certain = is_certain and True
    return replace(question, period=one, other=other), is_certain and len(parts.periods) < 3


def _top(parts: Parts) -> Made:
    is_places = parts.has("places", "by_place")
    question, is_certain = _of_rows(Kind.TOP_MERCHANTS if is_places else Kind.TOP_CATEGORIES)(parts)
    return question, is_certain


def _by_account(parts: Parts) -> Made:
    holds = "card" if re.search(r"\bcart(?:ao|oes)\b", parts.text) else parts.scope.holds
    question, is_certain = _of_rows(Kind.BY_ACCOUNT)(parts)
    return replace(question, scope=replace(question.scope, holds=holds)), is_certain


# --- what there is ----------------------------------------------------------------------------------------------------


def _balance(parts: Parts) -> Made:
    if parts.has("saved") or parts.scope.holds == "savings":
        return Question(Kind.SAVED, scope=replace(parts.scope, holds="")), not parts.has("others")
    is_card = parts.scope.holds == "card"
    scope = replace(parts.scope, holds="", brand="")
    is_certain = parts.has("balance") or parts.scope.is_narrow or "conta" in parts.text.split()
    return Question(Kind.BALANCE, scope=scope), is_certain and not is_card and not parts.periods and not parts.has(
        "others"
    )


def _budget(parts: Parts) -> Made:
    question = Question(Kind.BUDGET_LEFT, period=this_month(parts.today), categories=tuple(parts.subjects.categories))
    return question, not parts.has("others")


def _subscriptions(parts: Parts) -> Made:
    is_past = parts.period is not None and parts.period.start < parts.today.replace(day=1) and parts.has("spend")
    if is_past:
        return replace(_about(parts, Kind.SPENT), categories=(_STREAMS,)), True
    return Question(Kind.SUBSCRIPTIONS), True


def _forecast(parts: Parts) -> Made:
    return Question(Kind.FORECAST), not parts.has_subject and not parts.has("others")


# --- the rules --------------------------------------------------------------------------------------------------------


def _word(text: str) -> Callable[[Parts], bool]:
    pattern = re.compile(rf"(?<!\S)(?:{text})(?!\S)")
    return lambda parts: pattern.search(parts.text) is not None


_ASKS_FOR_BALANCE = _word(
    r"saldos?|(?:quanto|que) (?:eu )?(?:tenho|temos|tem|ha|sobrou|resta|restou|ficou|possuo)(?: .*)?"
)
_DATED = _word(r"dados|informac\w+|saldo|extrato|contas?|bancos?|atualiz\w+|sincroniz\w+")
_RECURS = _word(
    r"assinaturas?|mensalidades|(?:gastos?|pagamentos?|despesas?|cobrancas?) (?:recorrentes?|fix[oa]s?)|recorrentes?|assino"
)
_SPEAKS_OF_BALANCE = _word(r"saldos?")
_STILL_TO_SPEND = _word(
    r"quanto (?:eu )?(?:ainda )?posso|(?:ainda )?(?:posso|da para|consigo|pode) (?:ainda )?gastar.*|.*(?:sobra|livre|disponivel|tenho) para gastar.*|.*pode ser gasto.*|quanto sobra por dia"
)
_AHEAD = _word(
    r"(?:vou|vai|vamos|irei|consigo|sera|quanto|devo).* (?:fechar|terminar|acabar|sobrar|faltar|aguentar|durar|ficar|chegar|ter|gastar|receber) ?.*"
    r"|previsao|prever|projecao|(?:no|ao) (?:azul|vermelho)|sobrara|terei|chego ao fim.*|(?:vou|vai|posso) .*(?:negativ[oa]|vermelho|azul)|quanto vai .*sobr\w+.*"
)
_HAPPENED = _word(r"gastei|paguei|comprei|recebi|mandei|enviei|ganhei")
_FIXED = _word(
    r"quando .*|faz quanto tempo.*|ha quanto tempo.*|que dia .*|em que dia .*|em que data .*|qual (?:foi )?(?:o dia|a data).*|.*ultima vez.*|.*por ultimo.*|.*ultim[oa] (?:compra|gasto|pagamento|pix|vez|saque|pedido|corrida|transferencia|recebimento|deposito|conta|boleto|_)?.*|.*mais recente.*"
)


def _is_left_to_pay(parts: Parts) -> bool:
    named = parts.subjects.brands or parts.subjects.texts
    return parts.has("left") and bool(named) and not parts.has("bill", "spend_past") and "falta" in parts.text


def _asks_balance(parts: Parts) -> bool:
    if parts.has("spend", "sent", "income", "from_them", "yields", "bill", "limit", "instalments"):
        return False
    if parts.has("saved"):
        return not parts.has_subject
    return _ASKS_FOR_BALANCE(parts) and not parts.has_subject and not (parts.has("others") and parts.subjects.texts)


def _is_compare(parts: Parts) -> bool:
    if len(parts.periods) >= 2:
        return parts.has("compare", "more") or bool(OR.search(parts.text))
    return parts.has("compare") and parts.has("spend", "income", "sent") and not parts.above and not parts.below


def _is_top(parts: Parts) -> bool:
    if parts.has("by_category", "by_place") and (parts.has("spend", "most") or "categoria" in parts.text):
        return not parts.subjects.categories or parts.has("most")
    asks = parts.has("where", "places")
    return asks and parts.has("most") and parts.has("spend", "weak", "most") and not parts.above


def _is_average(parts: Parts) -> bool:
    asks = parts.has("average", "per_purchase", "per_day", "per_week")
    return asks and (parts.has("spend", "income", "sent", "weak", "how_much") or parts.has_subject)


def _is_biggest(parts: Parts) -> bool:
    return parts.has("biggest", "smallest") and (parts.has("spend", "sent", "income", "from_them") or parts.has_subject)


def _is_paid_to(parts: Parts) -> bool:
    found = parts.subjects
    if parts.has("sent") or (found.operations and found.operations[0] in {"PIX", "TRANSFER"} and found.texts):
        return not parts.has("income", "from_them")
    to_somebody = re.search(r"\b(?:paguei|pago|pagamos|pagar) (?:\w+ ){0,4}?(?:para|ao|a) ", parts.text)
    return bool(to_somebody and found.texts and not found.categories and not found.brands)


def _is_spent(parts: Parts) -> bool:
    if parts.has("spend"):
        return True
    return parts.has_subject and not parts.subjects.income and (
        parts.has("how_much", "weak", "sent") or parts.period is not None or bool(parts.subjects.verbs)
    )  # fmt: skip


_RULES: tuple[tuple[Callable[[Parts], bool], Callable[[Parts], Made]], ...] = (
    (lambda p: p.has("fresh") and _DATED(p) and not p.has("spend", "sent"), _plain(Kind.DATA_AGE)),
    (lambda p: p.has("instalments") and p.has("left", "count", "how_much") and not _HAPPENED(p), _instalments),
    (lambda p: p.has("budget"), _budget),
    (lambda p: _STILL_TO_SPEND(p) and bool(p.subjects.categories), _budget),
    (_STILL_TO_SPEND, _plain(Kind.ALLOWANCE)),
    (lambda p: p.has("limit"), _card(Kind.CARD_LIMIT)),
    (lambda p: p.has("bill") and not p.has("biggest", "average"), _bill),
    (_is_left_to_pay, _instalments),
    (lambda p: bool(_RECURS(p)) and not (p.subjects.brands or p.subjects.texts or p.subjects.categories), _subscriptions),
    (lambda p: p.has("worth"), _plain(Kind.NET_WORTH)),
    (lambda p: p.has("debts") and not p.has("bill") and not p.subjects.texts and not p.subjects.brands, _plain(Kind.DEBTS)),
    (lambda p: p.has("invested") and not p.has("spend", "income"), _plain(Kind.INVESTED)),
    (lambda p: bool(_AHEAD(p)) and not _HAPPENED(p), _forecast),
    (_is_compare, _compare),
    (_is_average, _average),
    (lambda p: p.has("by_account") and p.has("spend", "weak", "how_much", "income") and not _SPEAKS_OF_BALANCE(p), _by_account),
    (_is_top, _top),
    (lambda p: p.has("begin") or (p.has("first") and not p.has("last")), _first),
    (lambda p: p.has("last") and bool(_FIXED(p)) and (p.has("spend", "sent", "income", "from_them", "weak") or p.has_subject), _last),
    (lambda p: p.has("count") and (p.has("spend", "sent", "income", "from_them", "weak") or p.has_subject), _count),
    (_is_biggest, _biggest),
    (lambda p: p.has("list") and (p.has("spend", "sent", "income", "from_them") or p.has_subject or "extrato" in p.text), _list),
    (_asks_balance, _balance),
    (lambda p: p.has("from_them"), _received),
    (lambda p: p.has("yields"), _income),
    (_is_paid_to, _paid_to),
    (lambda p: p.has("income") and not p.has("spend"), _income),
    (lambda p: bool(p.subjects.income) and not p.subjects.categories and not p.has("spend"), _income),
    (lambda p: p.has("fees") and p.has("spend", "how_much", "fees") and not p.subjects.categories, _fees),
    (_is_spent, _spent),
)  # fmt: skip

__all__ = ["INVESTMENTS", "OR", "Scope", "question_of"]
