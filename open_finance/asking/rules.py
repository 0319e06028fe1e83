"""Which kind of question a sentence's parts make: a table of rules, the first that fits counts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from open_finance.asking import kinds as make
from open_finance.asking import moves
from open_finance.asking.kinds import BOTH_WAYS, OR, Made
from open_finance.asking.parts import Parts
from open_finance.asking.question import Kind, Question


def question_of(parts: Parts) -> tuple[Question | None, bool]:
    """The question, and whether that is certain; None: it is about nothing that we know."""
    for applies, made in _RULES:
        if applies(parts):
            return made(parts)
    return None, False


def _word(text: str) -> Callable[[Parts], bool]:
    pattern = re.compile(rf"(?<!\S)(?:{text})(?!\S)")
    return lambda parts: pattern.search(parts.text) is not None


_ASKS_FOR_BALANCE = _word(
    r"saldos?|(?:quanto|que|quanta) (?:(?:de |em )?(?:dinheiro|grana) )?(?:eu |me |ainda |que )*(?:tenho|temos|tem|ha"
    r"|sobrou|resta|restou|ficou|possuo)(?: .*)?|(?:eu )?(?:tenho|tem) (?:quanto|(?:algum )?dinheiro"
    r"|grana)(?: .*)?|(?:dinheiro|grana|valor) (?:disponivel|livre|em conta|na conta|nas contas|que (?:eu )?tenho)(?: .*)?"
)
_HAS_LOAN = _word(
    r"(?:tenho|temos|tem|ha|existe|possuo|estou com|algum|alguns|quais|meus)(?: (?:algum|alguns|meu|meus|os|um))* "
    r"(?:emprestimos?|financiamentos?|consignados?)(?: (?:em aberto|ativos?|no meu nome|para pagar|em meu nome|ainda))*"
)
_WHICH_BILLS = _word(r"(?:que|quais|qual)(?: foram| sao)?(?: as| a)? contas? (?:.* )?(?:pag\w+|venc\w+)")
_DATED = _word(
    r"syncs?|synced|sincronia|timestamps?|refresh|updates?|dados|informac\w+|saldo|extrato|contas?|bancos?|atualiz\w+|sincroniz\w+"
)
_RECURS = _word(
    r"assinaturas?|mensalidades|(?:gastos?|pagamentos?|despesas?|cobrancas?) (?:recorrentes?|fix[oa]s?)"
    r"|recorrentes?|assino"
)
_SPEAKS_OF_BALANCE = _word(r"saldos?")
_STILL_TO_SPEND = _word(
    r"quanto (?:eu )?(?:ainda )?posso|(?:ainda )?(?:posso|da para|consigo|pode) (?:eu |ainda )*(?:gastar"
    r"|torrar).*|.*(?:sobra"
    r"|livre|disponivel|tenho) para gastar.*|.*pode ser gasto.*|quanto sobra por dia"
)
_AHEAD = _word(
    r"(?:vou|vai|vamos|irei|consigo|sera|devo).* (?:fechar|terminar|acabar|sobrar|faltar|aguentar|durar|ficar"
    r"|chegar|ter|gastar|receber) ?.*"
    r"|previsao|prever|projecao|(?:no|ao) (?:azul|vermelho)|sobrara|terei|chego ao fim.*|(?:vou|vai"
    r"|posso) .*(?:negativ[oa]|vermelho|azul)|.*vai dar (?:para|certo).*|da para pagar.*|quanto vai .*sobr\w+.*"
    r"|(?:quanto )?(?:vai )?sobra(?:r|ra)? (?:no"
    r"|ate o|ao) fim.*"
)
_LASTS = _word(r"chega|chego|dura|aguenta|sobra|falta|da|dinheiro|saldo|grana|vou|vai")
_HAPPENED = _word(r"gastei|paguei|comprei|recebi|mandei|enviei|ganhei")
_FIXED = _word(
    r"quando(?: .*)?|faz quanto tempo.*|ha quanto tempo.*|que dia .*|em que dia .*|em que data .*"
    r"|qual (?:foi )?(?:o dia|a data).*|.*ultima vez.*|.*por ultimo.*|.*ultim[oa] (?:compra|gasto|pagamento|pix"
    r"|vez|saque|pedido|corrida|transferencia|recebimento|deposito|conta|boleto|_)?.*|.*mais recente.*"
)


_NET: Final = _word(
    r"(?:ativos?|bens|tudo|o que (?:eu )?tenho|dinheiro|aplicac\w+|investimentos?) (?:.* )?(?:menos|tirando|descontando"
    r"|subtraindo|sem|abatendo|tirar|descontar) .*(?:dividas?|passivos?|devo|obrigacoes|faturas?)(?: .*)?"
    r"|(?:tirando|descontando|abatendo|pagando|quitando|sem) (?:todas |as |minhas |o que eu |o que |tudo que )*"
    r"(?:dividas|passivos|devo),? (?:.* )?(?:quanto|sobra|tenho|resta).*"
)


def _is_worth(parts: Parts) -> bool:
    if _NET(parts) and parts.has("debts", "worth", "left"):
        return True
    asks_of_all = re.search(r"\b(?:somando|juntando) tudo\b", parts.text) and parts.has("have")
    of_rows = parts.has("spend", "debts", "income", "bill") or parts.has_subject
    return parts.has("worth") or bool(asks_of_all and not of_rows)


def _is_left_to_pay(parts: Parts) -> bool:
    named = parts.subjects.brands or parts.subjects.texts
    is_left = re.search(r"\b(?:falta\w*|devo|resta\w*|quitar)\b", parts.text) is not None
    return parts.has("left") and bool(named) and not parts.has("bill") and is_left


def _asks_balance(parts: Parts) -> bool:
    if parts.has("spend", "sent", "income", "from_them", "yields", "bill", "limit", "instalments"):
        return False
    if parts.has("saved"):
        return not parts.has_subject
    return _ASKS_FOR_BALANCE(parts) and not parts.has_subject and not (parts.has("others") and parts.subjects.texts)


def _lists_by_amount(parts: Parts) -> bool:
    """*Gastos acima de 100 reais*, where no sum is asked for."""
    return (
        (parts.above is not None or parts.below is not None)
        and (
            parts.has("spend", "income", "from_them", "sent", "weak", "list")
            or parts.has_subject
            or parts.scope.is_narrow
        )
        and not parts.has("how_much", "count", "average", "compare", "last", "first", "biggest")
    )


def _is_compare(parts: Parts) -> bool:
    if len(parts.periods) >= 2 and " e quanto " in parts.text:
        return True
    if len(parts.periods) >= 2:
        return parts.has("compare", "more") or bool(OR.search(parts.text))
    if parts.has("places", "by_place", "by_category") and parts.has("where", "most"):
        return False
    return (
        parts.has("compare")
        and not parts.has("by_account")
        and (parts.has("spend", "income", "sent") or parts.has_subject)
        and not parts.above
        and not parts.below
    )


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
    if parts.has("spend") or (parts.has("how_much") and parts.has("weak")):
        return True
    if parts.has("how_much") and parts.scope.holds == "card" and parts.period is not None:
        return True
    return (
        parts.has_subject
        and not parts.subjects.income
        and (parts.has("how_much", "weak", "sent") or parts.period is not None or bool(parts.subjects.verbs))
    )


def _speaks_of_rows(parts: Parts) -> bool:
    return parts.has("spend", "sent", "income", "from_them", "weak") or parts.has_subject


def _is_instalments(parts: Parts) -> bool:
    asks = parts.has("left", "count", "how_much", "list", "to_come") or "quantas" in parts.text
    return parts.has("instalments") and asks and not _HAPPENED(parts)


def _is_by_account(parts: Parts) -> bool:
    if _SPEAKS_OF_BALANCE(parts) or _WHICH_BILLS(parts):
        return False
    if parts.has("by_account"):
        asks = parts.has("how_much") and not _ASKS_FOR_BALANCE(parts)
        return asks or parts.has("spend", "weak", "income")
    is_card = all(one.holds == "card" for one in parts.scope.each)
    asks = parts.has("how_much") and (is_card or parts.has_subject)
    is_one_row = parts.has("count", "list", "last", "first", "biggest")
    return bool(parts.scope.others) and (asks or parts.has("spend", "weak", "income")) and not is_one_row


def _is_list(parts: Parts) -> bool:
    asks = parts.has("spend", "sent", "income", "from_them") or parts.has_subject or "extrato" in parts.text
    says_so = re.search(r"\b(?:mostr\w+|list\w+|quais|detalh\w+|extrato|ver|quero|ultim[oa]s|quem)\b", parts.text)
    if _WHICH_BILLS(parts) and parts.has("spend"):
        return True
    return parts.has("list") and asks and (bool(says_so) or not parts.has("how_much"))


_RULES: tuple[tuple[Callable[[Parts], bool], Callable[[Parts], Made]], ...] = (
    (lambda p: p.has("fresh") and _DATED(p) and not p.has("spend", "sent"), make.plain(Kind.DATA_AGE)),
    (moves.is_refund, moves.refund),
    (moves.is_own_transfer, moves.own_transfer),
    (lambda p: p.scope.holds in {"pots", "kept"} and not p.has("yields", "without_kept", "income"), make.kept),
    (_is_instalments, make.instalments),
    (lambda p: p.has("budget"), make.budget),
    (lambda p: _STILL_TO_SPEND(p) and bool(p.subjects.categories), make.budget),
    (_STILL_TO_SPEND, make.plain(Kind.ALLOWANCE)),
    (lambda p: p.has("limit"), make.limit),
    (lambda p: (p.has("bill") or p.due is not None) and not p.has("biggest", "average"), make.bill),
    (lambda p: p.has("left") and p.scope.holds == "card" and not p.has_subject, make.bill),
    (_is_left_to_pay, make.instalments),
    (
        lambda p: bool(_RECURS(p)) and not (p.subjects.brands or p.subjects.texts or p.subjects.categories),
        make.subscriptions,
    ),
    (_is_worth, make.plain(Kind.NET_WORTH)),
    (
        lambda p: (
            (p.has("debts") or bool(_HAS_LOAN(p)))
            and not p.has("bill")
            and not p.subjects.texts
            and not p.subjects.brands
        ),
        make.plain(Kind.DEBTS),
    ),
    (lambda p: p.has("invested") and not p.has("spend", "income"), make.plain(Kind.INVESTED)),
    (lambda p: bool(_AHEAD(p)) and not _HAPPENED(p), make.forecast),
    (lambda p: p.has("month_end") and bool(_LASTS(p)), make.forecast),
    (_is_compare, make.compare),
    (_is_average, make.average),
    (_is_by_account, make.by_account),
    (_is_top, make.top),
    (lambda p: p.has("begin") or (p.has("first") and "ultim" not in p.text), make.first_of),
    (lambda p: p.has("last") and bool(_FIXED(p)) and _speaks_of_rows(p), make.last_of),
    (lambda p: p.has("count") and _speaks_of_rows(p), make.count_of),
    (_is_biggest, make.biggest),
    (_is_list, make.list_of),
    (lambda p: BOTH_WAYS.search(p.text) is not None, make.list_of),
    (_lists_by_amount, make.list_of),
    (_asks_balance, make.balance),
    (lambda p: p.has("from_them"), make.received),
    (lambda p: p.has("yields"), make.income),
    (_is_paid_to, make.paid_to),
    (lambda p: p.has("income") and not p.has("spend"), make.income),
    (lambda p: bool(p.subjects.income) and not p.subjects.categories and not p.has("spend"), make.income),
    (lambda p: p.has("fees") and p.has("spend", "how_much", "fees") and not p.subjects.categories, make.fees),
    (_is_spent, make.spent),
    (lambda p: p.has_subject and not p.subjects.texts, lambda p: (make.spent(p)[0], False)),
)
