"""Money that is neither spent nor earned: what shops give back, and what goes between own accounts. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from open_finance.asking.parts import Parts, said
from open_finance.asking.periods import this_month
from open_finance.asking.question import Direction, Flow, Kind, Order, Question, Scope

Made = tuple[Question, bool]


_GAVE_BACK: Final = said(r"devolveu|devolveram|devolvid[oa]s?|de volta")
_REFUND_NOUN: Final = said(r"estorn\w+|reembols\w+|devoluc(?:ao|oes)|ressarc\w+|chargeback")
#: What is yet to be given back is no refund that came: *meu chefe vai me reembolsar*.
_WILL_GIVE_BACK: Final = said(
    r"(?:vai|vao|ira|irao|vou|va|vem|deve|devem|pode|podem|para) (?:\w+ ){0,3}?(?:reembols|ressarc|estorn|devolv)\w+"
)
_LATEST: Final = said(r"quando|ultim[oa]|que dia|em que dia|mais recente")
_OWN: Final = said(
    r"entre (?:as |os )?(?:minhas |meus |proprias )?(?:proprias )?(?:contas|bancos)"
    r"|(?:para|n|n[ao]s?|em|d[aoe]s?|a|as) (?:(?:a|as|uma|alguma) )?(?:minhas? |propri[ao]s? |outr[ao]s? )+"
    r"contas?(?: minhas?| propri[ao]s?)?"
    r"|(?:minhas|outras|proprias) (?:outras |proprias )?contas|outras? contas? minhas?|mesma titularidade"
    r"|(?:para|entre) mim mesm[oa]|de mim para mim|conta (?:em|no) meu nome|minha propria conta|meu proprio nome"
)
_MOVED: Final = said(
    r"transfer\w+|teds?|docs?|pix|mandei|enviei|passei|repassei|mandamos|movi|movimentei|moviment\w+|coloquei|colocamos"
    r"|botei|joguei|deposit\w+|guardei|guardamos|aportei|apliquei|tirei|resgatei|saquei|retirei|puxei"
    r"|poupei|entrou|entraram|caiu|cairam|chegou|chegaram|saiu|sairam|foi|foram|mandado|colocado|depositado|guardado|pus"
)
_ARRIVED: Final = said(
    r"entr(?:ou|aram|am|adas?|ando)|ca(?:iu|iram)|receb\w+|cheg\w+|coloquei|colocamos|botei|joguei|deposit\w+"
    r"|guardei|guardamos|aportei|pus|poupei"
)
_TO_SAVINGS: Final = said(r"(?:para|a|na|em|ate) (?:a |as |minha |minhas |uma )*(?:conta )?(?:poupanca)s?(?: .*)?")
_TO_BANK: Final = said(r"para (?:a |o )?(?:minha |outra )*conta (?:corrente )?(?:d[aoe]|n[ao]) .*")
_FROM_SAVINGS: Final = said(
    r"(?:tirei|resgatei|saquei|retirei|puxei|saiu|sairam|transferi\w*|mandei|passei|movi) .*da (?:minha )?poupanca.*"
)


def is_refund(parts: Parts) -> bool:
    """A shop's *devolveu*, or a word that only a refund is called by."""
    if parts.has("refunds_off"):
        return False
    if _WILL_GIVE_BACK(parts) and parts.has("spend", "count", "average"):
        return False
    if _REFUND_NOUN(parts):
        return not parts.subjects.income
    of_shop = parts.subjects.brands or parts.subjects.categories or "loja" in parts.text
    return _GAVE_BACK(parts) and bool(of_shop)


def refund(parts: Parts) -> Made:
    """What was given back, row by row."""
    return _made(parts, "refund", "out", parts.scope), not parts.has("others", "future", "excluding")


def is_own_transfer(parts: Parts) -> bool:
    """Own accounts on both sides, or savings on one; no shop and nobody else."""
    found = parts.subjects
    if (
        found.categories
        or found.income
        or found.brands
        or found.texts
        or parts.has("yields", "bill")
        or "saldo" in parts.text
    ):
        return False
    if set(found.operations) - {"PIX", "TRANSFER", "SAQUE"} or not _MOVED(parts):
        return False
    if parts.scope.holds == "savings" and not parts.scope.others:
        told = _ARRIVED(parts) or _FROM_SAVINGS(parts) or _TO_SAVINGS(parts)
        return told or bool(found.operations) or parts.has("sent")
    return _OWN(parts) or (bool(parts.scope.others) and _source(parts) is not None)


def own_transfer(parts: Parts) -> Made:
    """What arrived at savings, what left another account. From one bank to another one is a guess: both sides of a
    transfer are not known to be the same one."""
    scope = parts.scope
    if scope.others:
        return _made(parts, "own_transfer", "out", _source(parts) or scope), False
    if scope.holds == "savings":
        leaves = _FROM_SAVINGS(parts) and not _TO_SAVINGS(parts)
        is_between = bool(scope.bank) and re.search(r"\bd[oe] (?:\w+ )?(?:para|pra|na|ate) .*poupanca", parts.text)
        direction: Direction = "out" if leaves else "in"
        return _made(parts, "own_transfer", direction, scope), not is_between and not parts.has("not", "others")
    if scope.bank and _TO_BANK(parts) and not _source(parts):
        return _made(parts, "own_transfer", "in", scope), not parts.has("not", "others", "excluding")
    arrived = _ARRIVED(parts) and not re.search(r"\bpara (?:as |a )?(?:minhas?|outras?)\b", parts.text)
    return _made(parts, "own_transfer", "in" if arrived else "out", scope), not parts.has("not", "others", "excluding")


def _source(parts: Parts) -> Scope | None:
    """*Do Itaú pro Nubank*: where money leaves."""
    return parts.scope.each[0] if re.search(r"\bd[oae] .+ (?:para|ate) ", parts.text) else None


def _made(parts: Parts, flow: Flow, direction: Direction, scope: Scope) -> Question:
    found = parts.subjects
    kind, order, limit = Kind.LIST_ROWS, "", 0
    if parts.has("count"):
        kind = Kind.COUNT
    elif parts.has("biggest"):
        order, limit = "biggest", parts.limit or 1
    elif _LATEST(parts) and not parts.periods:
        kind = Kind.LAST_TIME
    period = parts.period or (None if kind is Kind.LAST_TIME else this_month(parts.today))
    question = Question(
        kind, period=period, direction=direction, scope=scope, flow=flow, above=parts.above, below=parts.below
    )
    if flow == "own_transfer":
        return replace(question, order=_order(order), limit=limit)
    return replace(
        question, order=_order(order), limit=limit, categories=tuple(found.categories), either=found.are_listed,
        texts=(*found.brands, *found.texts),
    )  # fmt: skip


def _order(order: str) -> Order:
    return "biggest" if order else ""
