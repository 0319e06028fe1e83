"""Whose shop a row is: one key for what banks write in many ways. Pure functions.

A card network cuts a name at about 22 characters, puts who collects the money before it (``PAG*``, ``IFD*``, ``MP *``)
and a city, a country and an instalment after it; a bank puts its own words and the day before all that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from open_finance.folding import fold

_MASKS = re.compile(
    r"[•*x]{2,}[\d.\-•*x]*|\(\d+\)|\b(agencia|conta|ag|cc)\b:? ?[\d.\-]+|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}"
)
_DAY_OR_TIME = re.compile(r"\d{1,2}/\d{1,2}(/\d{2,4})?|\b\d{1,2}:\d{2}(:\d{2})?\b|\b\d{1,2}h\d{2}\b")
_PART = re.compile(r"[ -]*\(?\b(parcela|parc|par|pcl)\.? ?\d{0,2}\b( (de|/) \d{1,2})?\)?")
#: The bank's own words before a name, in any number.
_LEAD = re.compile(
    r"^(compras?( (com|no|de|via|em))*( cartao| debito| credito| elo| visa| mastercard| master| maestro"
    r"| electron| internacional| deb| cred"
    r"| nacional| nupay| contactless)*|(cartao|debito|credito) (de )?(debito|visa|elo|master\w*|credito|electron)\b"
    r"|estorno( de)?|devolucao( de)?|reembolso( de| recebido( pelo pix)?)?"
    r"|pix (qrcode|qr code|qrs?|q r)( (din|est|dinamico|estatico))?|pix (automatico|agendado|transf|enviado"
    r"|recebido|env|rec|receb)"
    r"|(transf(erencia|e)?|transf) (enviada|recebida|pix|env|receb)( pelo pix| via pix| pix)?"
    r"|(transfe?|pagamento|pagto|pgto) pix|pix"
    r"|ted|doc|tef|tev"
    r"|(enviado|recebido|enviada|recebida|des|rem|para|de|pelo pix)\b"
    r"|(int )?(pagamento|pagto|pgto|pag)( (de|do|eletron|efetuado))*( (boletos?|bol|titulo|tit|cobranca|conta"
    r"|contas|debito))+"
    r"|(deb(ito)? aut(omatico)?|da|pay|liq(uidacao)? boleto|sispag|mensalidade|assinatura))(?= |$)[ :\-]*"
)
#: Who collects for others: what stands before the star says nothing of the shop; nor does ``RSHOP-`` (a debit card's).
_COLLECTORS = re.compile(
    r"^rshop-\s?|^(pags?|pagseguro|pg|mp|mercadopago|mercado ?pago|mpago|ec|zp|zoop|dl|dm|sumup|ebn|ebanx|htm|hotmart"
    r"|vindi|picpay|pic ?pay"
    r"|zig|frogpay|ifd|ifood|rappi|rap|iz|ton|stone|infinitepay|inf|pp|paypal|cielo|getnet|sq|nupay|recargapay"
    r"|asaas|iugu|ame"
    r"|aps|pay ?me|pay|hna|bt|cl|sympla|lv|ppro|wl)\s?\*\s?"
)
#: Brands whose text after the star is a booking, an order or a seller.
_BRANDS = re.compile(
    r"^(shopee|mercado ?livre|amazon( mktplc| marketplace| br)?|amazonmktplc|amzn( mktp)?|aliexpress|magalu"
    r"|americanas|shein|uber|99( ?app| ?pop|"
    r"99)?|cabify|latam( air)?|gol( linhas a)?|azul( linhas)?|airbnb|booking|hotel at booking|decolar"
    r"|smart ?fit|enjoei|elo7)\s?\*.*"
)
_COUNTRY = re.compile(r"( (br|bra|brasil|ltda|me|epp|eireli|sa|s a|s/a|mei|cia|com br))+$")
_CITIES = (
    "sao paulo|rio de jan(?:e(?:i(?:ro?)?)?)?|belo horiz(?:o(?:n(?:te?)?)?)?|brasilia|salvador|fortaleza|curitiba|manaus"
    "|recife|goiania"
    "|belem|porto alegre|guarulhos|campinas|sao luis|maceio|campo grande|sao goncalo|teresina|joao pessoa"
    "|duque de caxias"
    "|nova iguacu|natal|sao bernardo|santo andre|osasco|sorocaba|uberlandia|ribeirao preto|ribeirao pre|cuiaba"
    "|aracaju|feira de sant"
    "|joinville|juiz de fora|londrina|niteroi|porto velho|florianopolis|florianopol|serra|vila velha|vitoria"
    "|caxias do sul|macapa"
    "|sao jose dos|mogi das cruz|jundiai|piracicaba|santos|maringa|bauru|barueri|blumenau|cotia|diadema|palmas"
    "|boa vista|rio branco"
)
_CITY = re.compile(rf" -? ?({_CITIES})$")
_STATE = re.compile(r"[ -](ac|al|ap|am|ba|ce|df|es|go|ma|mt|ms|mg|pa|pb|pr|pe|pi|rj|rn|rs|ro|rr|sc|sp|to)$")
_NUMBERS = re.compile(
    r"\b(lj|loja|filial|fl|un|unid|cx|pdv|terminal)?\.? ?\w*\d{3,}\w*\b|(?<= )(lj|loja|filial|fl|un)?\.? ?\d+$"
)
_REST = re.compile(r"[^a-z0-9&+ ]+")
_CNPJ_DIGITS = 14
_SHORTEST = 2
_TRANSFERS = ("transf", "pix", "reembolso", "ted", "doc")


def merchant_key(row: Mapping[str, Any]) -> str:
    """Who was paid: the CNPJ's company (its first eight digits: branches are one), else the merchant's name, else
    whoever is on the other side of a transfer, else what remains of the description. Folded; never empty but for a row
    without text."""
    digits = re.sub(r"\D", "", row.get("merchant_cnpj") or "")
    if len(digits) == _CNPJ_DIGITS:
        return f"cnpj {digits[:8]}"
    return name_key(row)


def name_key(row: Mapping[str, Any]) -> str:
    """The same without the CNPJ: what links a row that has one with a row of the same shop that has none."""
    name = row.get("merchant_name") or row.get("counterparty")
    return (normalise(name) if name else "") or normalise(row["description"])


@lru_cache(maxsize=16_384)
def normalise(text: str) -> str:
    """What remains of a bank's text when all that is no name is taken away. Applied again it changes nothing."""
    folded = fold(text)
    key = _without_noise(folded)
    if len(key) >= _SHORTEST:
        return key
    letters = " ".join(_REST.sub(" ", re.sub(r"\d+", " ", folded)).split())
    key = _without_noise(letters)
    return key if len(key) >= _SHORTEST else letters or folded


def _without_noise(text: str) -> str:
    while (shorter := _once(text)) != text:
        text = shorter
    return text


def _once(text: str) -> str:
    text = text.replace('"', " ").strip(" -*")
    text = _person(text)
    text = _DAY_OR_TIME.sub(" ", _MASKS.sub(" ", text))
    text = " ".join(_PART.sub(" ", text).split())
    while (shorter := _LEAD.sub("", text).strip(" -:")) != text:
        text = shorter
    text = _brand(text)
    text = " ".join(_REST.sub(" ", text).split())
    text = " ".join(_NUMBERS.sub(" ", text).split())
    return _tail(text)


def _person(text: str) -> str:
    """``transferencia enviada pelo pix - ana souza - •••.123 - nu pagamentos``: only the name."""
    first, *others = text.split(" - ")
    if not others or not first.startswith(_TRANSFERS):
        return text
    return next((part for part in others if not _LEAD.fullmatch(f"{part} ")), others[0])


def _brand(text: str) -> str:
    if found := _BRANDS.match(text):
        return found.group(1)
    collected = _COLLECTORS.sub("", text)
    return collected if len(collected) >= _SHORTEST else text


def _tail(text: str) -> str:
    """Without country, kind of company, state and city at the end; a name that is nothing else stays."""
    while True:
        shorter = _COUNTRY.sub("", text)
        shorter = _CITY.sub("", shorter)
        if " " in shorter:
            shorter = _STATE.sub("", shorter)
        shorter = shorter.strip(" -")
        if shorter == text or len(shorter) < _SHORTEST:
            return text
        text = shorter
