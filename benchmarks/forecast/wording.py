"""How each bank words what is no purchase: transfers, boletos, debits, salaries."""

from __future__ import annotations

from random import Random
from typing import Any

from benchmarks.alerts.shops import Hand, Shop
from benchmarks.forecast.homes import Event

_UPPER = {
    "pix": "PIX ENVIADO {name}",
    "pix in": "PIX RECEBIDO {name}",
    "boleto": "PAG BOLETO {name}",
    "debit": "DEB AUT {name}",
    "salary": "CRED SALARIO {name}",
    "ted in": "TED RECEBIDA {name}",
    "loan": "PREST {name}",
    "cash": "SAQUE 24H",
    "card bill": "PAG FATURA CARTAO",
    "saving": "APLICACAO CDB",
    "drawing": "RESGATE CDB",
    "paid": "PAGAMENTO RECEBIDO",
}
_TITLE = {
    "pix": "Transferência enviada pelo Pix - {name}",
    "pix in": "Transferência recebida pelo Pix - {name}",
    "boleto": "Pagamento de boleto - {name}",
    "debit": "Débito automático - {name}",
    "salary": "Salário {name}",
    "ted in": "Transferência recebida - {name}",
    "loan": "Parcela de empréstimo {name}",
    "cash": "Saque",
    "card bill": "Pagamento de fatura do cartão",
    "saving": "Aplicação RDB",
    "drawing": "Resgate RDB",
    "paid": "Pagamento recebido",
}
_OPERATIONS = {
    "pix": "PIX",
    "pix in": "PIX",
    "boleto": "BOLETO",
    "debit": "CONVENIO_ARRECADACAO",
    "salary": "FOLHA_PAGAMENTO",
    "ted in": "TED",
    "loan": "OPERACOES_CREDITO_CONTRATADAS",
    "cash": "SAQUE",
}
_METHODS = {"pix": "PIX", "pix in": "PIX", "boleto": "BOLETO", "ted in": "TED"}


def word(hand: Hand, way: str, name: str, part: tuple[int, int] | None = None) -> str:
    """The bank's words; a payee's name is cut as the bank cuts names. Some banks print which part of how many it is."""
    upper = hand.has("upper")
    cut = name[: max(hand.width, 20)].rstrip()
    text = (_UPPER if upper else _TITLE)[way].format(name=cut.upper() if upper else cut.title()).strip()
    if part is not None:
        text += f" {part[0]:02}/{part[1]:02}" if upper else f" {part[0]}/{part[1]}"
    return text


def told(hand: Hand, way: str, name: str, category: str | None) -> dict[str, Any]:
    """What else such a row carries: values of an ``Event``. Half of the banks tell the kind of operation."""
    return {
        "category": category,
        "operation": _OPERATIONS.get(way) if hand.has("timed") and way != "loan" else None,
        "method": _METHODS.get(way),
        "counterparty": name.title() if way in {"pix", "pix in", "ted in"} and hand.merchant >= 0.5 else None,
    }


def describe(random: Random, event: Event) -> str:
    """A purchase's shop in the bank's hand, or the words that the event has already."""
    if event.shop is None:
        return event.text
    hand, shop = event.book.hand, event.shop
    name = " ".join((shop.prefix + _spelt(random, shop, hand), *((f"{shop.city} BR",) if hand.has("city") else ())))
    name = name[: hand.width].rstrip()
    if event.part and event.bought_on:
        name += (
            f" PARC {event.part[0]:02}/{event.part[1]:02}" if hand.has("upper") else f" {event.part[0]}/{event.part[1]}"
        )
    lead = hand.lead.format(day=event.day, clock="12:00") if event.book.terms is None else ""
    return lead + (name.upper() if hand.has("upper") else name.title())


def _spelt(random: Random, shop: Shop, hand: Hand) -> str:
    name = shop.name + shop.number
    if random.random() < hand.noise:
        return random.choice((name.replace(" ", ""), f"{name} LTDA", f"{name} {random.randrange(100, 999)}"))
    return name
