"""What if I bought this? What people type after *E se…*, and the lines that it would add to a forecast. Pure functions.

Nothing is guessed: what is not certainly one amount, and at most one number of instalments, is no purchase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from open_finance.alerts.typed import read_amount
from open_finance.folding import fold
from open_finance.insights.card_dues import card_cycles
from open_finance.insights.card_report import CardReport
from open_finance.insights.cards import add_months, on_day
from open_finance.insights.outlook import Expected, Source
from open_finance.money import BRL, CENTAVO, ZERO

#: As many as any shop offers, and more than anybody asks about.
MOST_PARTS: Final = 48
MOST: Final = Decimal("9999999.99")
LONGEST_TITLE: Final = 40

_NUMBERS: Final = ("duas", "tres", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze")
_WORDS: Final[Mapping[str, int]] = {word: number for number, word in enumerate(_NUMBERS, start=2)}
_COUNT = rf"(\d{{1,9}}|{'|'.join(_WORDS)}|três)"
_PARTS = re.compile(
    rf"(?<![\w.,])(?:(?:em|por|de) )?(?:"
    rf"{_COUNT} ?(?:x|vez(?:es)?|parcelas?|presta[cç](?:[aã]o|[oõ]es))(?: iguais| fixas| mensais)?"
    rf"|parcel\w+ em {_COUNT})"
    r"(?: (?:sem|com) juros)?(?P<each> (?:de|a)(?= ?(?:r\$|rs)? ?\d))?(?!\w)",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"(?<!\w)(?:(?:no|por|pelo|em|com|de|via) )*"
    r"(?:cart[aã]o de d[eé]bito|d[eé]bito(?: em conta)?|[aà] vista|pix|dinheiro|boleto|transfer[eê]ncia"
    r"|(?:da|na|pela) conta(?! de)(?: corrente)?)(?!\w)",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?<!\w)(?:no|na|pelo|com o|do|em) (?P<kind>cart[aã]o(?: de cr[eé]dito)?|cr[eé]dito)(?!\w)(?: (?:do|da|de))?"
    r"|(?<!\w)(?P<bare>cart[aã]o|cr[eé]dito)(?= (?:em|do|da|r\$|rs|\d)|$)(?: (?:do|da))?"
    r"|(?<!\w)(?:no|na|pelo|pela) (?=[^\W\d_])",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?: (?!(?:por|de|em|r\$|rs)(?!\w))(?:(?<=final )\d{4}(?!\w)|[^\W\d_][^\s]*)){0,4}", re.IGNORECASE)
_VERBS = re.compile(
    r"^(?:(?:e|se|eu|fosse|quero|queria|posso|vou|pensei em|d[aá] pra|d[aá] para|comprar|compro|comprasse|compra|gastar|"
    r"gasto|gastasse|pagar|pago|pagasse|parcelar|parcelo|parcelasse|um|uma|uns|umas|o|a|de|por|custa|que) )+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:^| )(?:por|de|em|a|custa|que custa|no valor de|(?:sem|com) juros|hoje|agora|cada)$", re.IGNORECASE
)
_AMOUNT = re.compile(
    r"(?<![\w.,/$-])(?P<sign>(?:r\$|rs) ?)?(?P<number>\d[\d.,]*\d|\d)(?P<mil> ?mil(?!\w))?"
    r"(?P<unit> ?(?:reais|real)(?!\w))?(?![\w/%-]|[.,]\d)",
    re.IGNORECASE,
)
_NO_NAMES: Final = frozenset({"final", "banco", "cartao", "do", "da", "de"})
#: Half an amount in words: *2 mil e quinhentos*, *50 reais e 90 centavos*.
_GOES_ON = re.compile(
    r"(?<=mil) e |(?:(?<=\d)|(?<=reais)|(?<=real)) e (?:\d|meio|\w+ent[ao]s|cem|\w+[ei]nta)", re.IGNORECASE
)
#: What comes again and again, on another day, or brings money, is no purchase; a date or a share is no amount.
_NO_PURCHASE = re.compile(
    r"\d ?(?:[/%]|x(?!\w))|[/%] ?\d|\d (?:dias?|m[eê]s|meses|semanas?|anos?)(?!\w)"
    r"|(?<!\w)(?:dia \d|(?:por|ao|cada|todo) m[eê]s|por (?:dia|semana|ano)|mensa(?:l|is)(?!\w)|milh|bilh"
    r"|vend[aeio]|receb[aeio]|ganh[aeo])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What somebody thinks of buying. ``amount``: BRL, all parts together. ``parts``: 1 to ``MOST_PARTS``. ``title``: what
    it is, as it was typed, plain text; empty where nothing was said. ``on_card``: by card, for so it was typed, or it is in
    parts. ``place``: the words after *no*, which may name a card (*no nubank*) or a shop; empty without."""

    amount: Decimal
    parts: int = 1
    title: str = ""
    on_card: bool = False
    place: str = ""


def parse_purchase(text: str) -> Purchase | None:
    """Read what was typed: ``comprar 1.800 em 6x``, ``tv 2.499,90 em 10 vezes no nubank``, ``300 no débito``, ``10x de
    250``. None: it is no purchase for certain, or one that nobody makes."""
    typed = " ".join(text.split()).strip(" ?!.,;:")
    told = _take_parts(typed)
    if told is None:
        return None
    rest, at_once = _take(_NOW, told.rest)
    rest, by_card, place = _take_card(rest)
    rest, single = _take_amount(rest)
    if _NO_PURCHASE.search(rest) or (at_once and told.count > 1):
        return None
    amount = _whole(told, single)
    if amount is None or not CENTAVO * told.count <= amount <= MOST or _is_code(typed):
        return None
    on_card = by_card or (told.is_said and not at_once)
    return Purchase(amount, told.count, _tidy(rest)[:LONGEST_TITLE], on_card, "" if at_once and not by_card else place)


def split(amount: Decimal, parts: int) -> list[Decimal]:
    """An amount in parts, to the centavo; the first takes what does not divide."""
    each = (amount / parts).quantize(CENTAVO, rounding=ROUND_FLOOR)
    return [amount - each * (parts - 1), *[each] * (parts - 1)]


# --- on which card, and when ----------------------------------------------------------------------------------------------


def choose_card(purchase: Purchase, cards: Iterable[CardReport]) -> CardReport | None:
    """The card that it is put on: the one that is named, else, if it is by card at all, the one with the most limit left,
    and of those of which no bank tells a limit the one that is due last. None: paid at once, or there is no card."""
    own = [report for report in cards if report.card["currency_code"] == BRL]
    named = [report for report in own if is_named(purchase, report)]
    candidates = named or (own if purchase.on_card else [])
    return max(
        candidates, key=lambda report: (_limit_left(report), report.open.due_on, -report.card["id"]), default=None
    )


def is_named(purchase: Purchase, report: CardReport) -> bool:
    """Whether all the words that say where are of the card's names or its last figures."""
    card = report.card
    names = (card[name] for name in ("custom_name", "connector_name", "marketing_name", "name", "card_brand", "number"))
    known = " ".join(fold(str(name or "")) for name in names).split()
    wanted = [word for word in re.findall(r"\w+", fold(purchase.place)) if word not in _NO_NAMES]
    return bool(wanted) and all(any(name.startswith(word) for name in known) for word in wanted)


def purchase_lines(purchase: Purchase, cards: Iterable[CardReport], today: date, until: date) -> tuple[Expected, ...]:
    """What it takes from the account up to a day. On a card each part is paid with its bill, the first with the open one;
    without one at once, and in parts a month apart."""
    report = choose_card(purchase, cards)
    days = _months_from(today, purchase.parts) if report is None else _bill_days(report, today, until)
    is_place = report is None or not is_named(purchase, report)
    name = purchase.title or (purchase.place if is_place else "") or "compra"
    found = []
    for number, (on, amount) in enumerate(zip(days, split(purchase.amount, purchase.parts), strict=False), start=1):
        counter = f" {number}/{purchase.parts}" if purchase.parts > 1 else ""
        title = f"{name[:1].upper()}{name[1:]}{counter}{'' if report is None else f' · {card_name(report)}'}"
        account_id = None if report is None else report.card["id"]
        found.append(Expected(on, -amount, Source.WHAT_IF, title, account_id=account_id))
    return tuple(line for line in found if line.on <= until)


def card_name(report: CardReport) -> str:
    """What people call it: their own name for it, or its bank and the last figures."""
    card = report.card
    number = f" ••{card['number'][-4:]}" if card["number"] else ""
    return card["custom_name"] or f"{card['connector_name']}{number}"


def _bill_days(report: CardReport, today: date, until: date) -> list[date]:
    """When the open bill and those after it are paid, at least as many as are up to a day."""
    cycles = card_cycles(report, today, until)
    return [max(on, today) for on in cycles.paid_on[cycles.months.index(report.open.month) :]]


def _months_from(day: date, parts: int) -> list[date]:
    return [on_day(add_months(day, number), day.day) for number in range(parts)]


def _limit_left(report: CardReport) -> Decimal:
    limit = report.limit
    if limit.available is not None:
        return limit.available
    return -MOST if limit.limit is None else limit.limit - (limit.used or ZERO)


# --- what was typed -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parts:
    """``each``: the amount of one part, where that was typed. ``is_said``: a number of parts was."""

    rest: str
    count: int = 1
    each: Decimal | None = None
    is_said: bool = False


def _take_parts(text: str) -> _Parts | None:
    """None: there is no such number of parts, or more than one."""
    found = list(_PARTS.finditer(text))
    if len(found) != 1:
        return None if found else _Parts(text)
    word = fold(found[0][1] or found[0][2])
    count = _WORDS[word] if word in _WORDS else int(word)
    if not 1 <= count <= MOST_PARTS:
        return None
    if not found[0]["each"]:
        return _Parts(_cut(text, found[0].start(), found[0].end()), count, is_said=True)
    each = _AMOUNT.match(text, found[0].end() + 1)
    amount = None if each is None else _read(each)
    if each is None or amount is None:
        return None
    return _Parts(_cut(text, found[0].start(), each.end()), count, amount, is_said=True)


def _whole(told: _Parts, single: Decimal | None) -> Decimal | None:
    """The whole amount. Of a price and its parts the parts are what is paid, but for what does not divide; parts that come
    to less than the price are a slip."""
    if told.each is None:
        return single
    paid = told.each * told.count
    if single is None or abs(paid - single) <= CENTAVO * told.count:
        return single or paid
    return paid if paid > single else None


def _take_amount(text: str) -> tuple[str, Decimal | None]:
    """The one amount: the only number, or the only one that is written as money (``tv 50 polegadas 2.499,90``)."""
    numbers = list(_AMOUNT.finditer(text))
    money = [one for one in numbers if one["sign"] or one["mil"] or one["unit"] or re.search(r"[.,]", one["number"])]
    chosen = numbers if len(numbers) == 1 else money
    if len(chosen) != 1 or _GOES_ON.match(text, chosen[0].end()):
        return text, None
    return _cut(text, chosen[0].start(), chosen[0].end()), _read(chosen[0])


def _read(found: re.Match[str]) -> Decimal | None:
    """As /alertas reads an amount. None: it is none."""
    thousand = " mil" if found["mil"] else ""
    try:
        amount = read_amount(f"R$ {found['number']}{thousand}")
    except ValueError:
        return None
    return amount if amount > ZERO else None


def _is_code(text: str) -> bool:
    """Six digits or more and nothing else: sent to the wrong question."""
    return text.isdigit() and len(text) > 5


def _take_card(text: str) -> tuple[str, bool, str]:
    """``(the rest, whether a card was spoken of, the words that say where)``."""
    found = _CARD.search(text)
    if found is None:
        return text, False, ""
    is_card = bool(found["kind"] or found["bare"])
    name = _NAME.match(text, found.end() if is_card else found.end() - 1)  # the space before the name is its own
    assert name is not None
    return _cut(text, found.start(), name.end()), is_card, name[0].strip(" ?!.,")


def _take(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    cut, count = pattern.subn(" ", text)
    return " ".join(cut.split()), bool(count)


def _cut(text: str, start: int, end: int) -> str:
    return " ".join(f"{text[:start]} {text[end:]}".split())


def _tidy(text: str) -> str:
    """What is bought, without the words around it."""
    previous = None
    while previous != text:
        previous = text
        text = _TAIL.sub("", _VERBS.sub("", f"{text} ").strip(" ?!.,;:-")).strip()
    return text
