"""How amounts, days and bank text look. Pure functions; everything that says HTML is escaped and safe to send.

Amounts arrive rounded to the centavo (``money.round_to_centavo``), so Babel's own rounding never has anything to do.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.numbers import format_currency

from open_finance.clock import SAO_PAULO, local_day
from open_finance.connecting.bank_errors import is_feminine
from open_finance.money import round_to_centavo
from open_finance.reading import months
from open_finance.reading.freshness import Freshness, freshness_of
from open_finance.reading.plain_text import plain_line
from open_finance.records import Connection

LOCALE = "pt_BR"
HIDDEN = "R$\xa0•••"

#: Telegram counts UTF-16 units of the parsed text; staying below with the tags included is always enough.
MESSAGE_LIMIT = 4096

#: As a title or a button has them: ``Novembro``.
MONTHS = tuple(map(str.capitalize, months.MONTHS))

_CURRENCY = re.compile(r"[A-Z]{3}")

#: What Telegram turns into something to tap: addresses (names, numbers), mentions, commands, hashtags, cashtags.
_TAPPABLE = re.compile(r"[\w-]\.[^\W\d_]{2}|\d\.\d+\.\d+\.\d|://|(?<![\w<>/])/\w|(?<!\w)(?:@\w|#\w*[^\W\d_]|\$[A-Z])")


def escape(text: str) -> str:
    """HTML-escaped as Telegram wants it: ``<``, ``>``, ``&`` (and quotes, for attributes)."""
    return html.escape(text)


def money(amount: Decimal, currency: str) -> str:
    """An amount, Brazilian style: ``R$ 1.234,56``, ``-R$ 45,90``, ``US$ 10,00``; a no-break space, half-up to the
    centavo. An unknown code stands before the number, escaped."""
    code = currency if _CURRENCY.fullmatch(currency) else escape(clean_text(currency, 4))
    return format_currency(round_to_centavo(amount), code, locale=LOCALE)


def signed(amount: Decimal, currency: str = "BRL") -> str:
    """As ``money``, money in with a plus."""
    return f"+{money(amount, currency)}" if amount > 0 else money(amount, currency)


def day(when: date, today: date) -> str:
    """``hoje``, ``ontem``, ``amanhã``, ``23/11``, or ``23/11/2025`` in another year."""
    near = {0: "hoje", -1: "ontem", 1: "amanhã"}.get((when - today).days)
    return near or when.strftime("%d/%m" if when.year == today.year else "%d/%m/%Y")


def on_date(when: date, today: date, preposition: str = "em") -> str:
    """``hoje``, ``ontem``, ``amanhã``, ``em 23/11``."""
    name = day(when, today)
    return f"{preposition} {name}" if name[0].isdigit() else name


def on_day(instant: datetime, now: datetime) -> str:
    """As ``on_date``, of the day that the instant is on."""
    return on_date(local_day(instant), local_day(now))


def clock_time(instant: datetime) -> str:
    """``14:05``, São Paulo."""
    return instant.astimezone(SAO_PAULO).strftime("%H:%M")


def moment(instant: datetime, now: datetime) -> str:
    """``hoje 06:12``, ``23/11 06:12``."""
    return f"{day(local_day(instant), local_day(now))} {clock_time(instant)}"


def month_name(when: date, today: date) -> str:
    """``Novembro``, or ``Novembro de 2025`` in another year."""
    name = MONTHS[when.month - 1]
    return name if when.year == today.year else f"{name} de {when.year}"


def count(number: int, one: str, many: str) -> str:
    """``1 conta``, ``2 contas``, ``1.204 lançamentos``."""
    return f"{number:,}".replace(",", ".") + f" {one if number == 1 else many}"


def the_bank(bank: str, preposition: str = "") -> str:
    """``o Itaú``, ``a Caixa``; with ``d`` or ``n``, ``do Itaú``, ``na Caixa``. Escaped."""
    return f"{preposition}{'a' if is_feminine(bank) else 'o'} {bank_text(bank)}"


def to_bank(bank: str) -> str:
    """``ao Itaú``, ``à Caixa``. Escaped."""
    return f"{'à' if is_feminine(bank) else 'ao'} {bank_text(bank)}"


def capital(text: str) -> str:
    """With a capital at the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def join_names(names: Sequence[str]) -> str:
    """``Itaú``, ``Itaú e Caixa``, ``Itaú, Nubank e Caixa``."""
    return " e ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def clean_text(text: str, limit: int = 40) -> str:
    """Text from outside as one plain line: no control or direction marks, one space between words, at most ``limit``
    characters. Not escaped: for button labels, which are plain text."""
    return plain_line(text, limit)


def bank_text(text: str, limit: int = 40) -> str:
    """Text from outside for an HTML message: ``clean_text``, escaped.

    A word that Telegram would turn into a link, a mention or a command is set as code, where nothing is tappable: whoever
    sends a Pix chooses its description.
    """
    return " ".join(_inert(word) for word in clean_text(text, limit).split(" "))


def full_stop(text: str) -> str:
    """What ends a sentence of ours that ends in a bank's words: nothing where these have a mark of their own."""
    return "" if text.endswith((".", "!", "?", "…")) else "."


def own_sentence(text: str, limit: int = 400) -> str:
    """A sentence of ours that names a bank (an error's ``user_message``), escaped; commands in it stay tappable."""
    return escape(clean_text(text, limit))


def _inert(word: str) -> str:
    return f"<code>{escape(word)}</code>" if _TAPPABLE.search(word) else escape(word)


def fit(lines: Iterable[str], tail: Sequence[str] = (), limit: int = MESSAGE_LIMIT) -> str:
    """Lines and then ``tail`` as one message of at most ``limit`` UTF-16 units.

    Whole lines are left out from the end of ``lines``, with a ``…`` in their place; each line closes its own tags.
    """
    kept: list[str] = []
    room = limit - sum(units(line) + 1 for line in tail) - 2
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join([*kept, *tail]).strip()


def units(text: str) -> int:
    """How long Telegram takes a text to be: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def in_general(title: str) -> str:
    """A category that is called as the group it is in, beside the finer ones. Plain text, or escaped as it was given."""
    return f"{title}, em geral"


def truth_line(connections: Iterable[Connection], now: datetime) -> str:
    """The last line of every screen of figures: how old they are, the doubtful banks first.

    ``Atualizado hoje 06:12``, or ``⚠️ Nubank: dados de 19/11 (parcial). Itaú e Caixa: hoje 06:12.``
    """
    return freshness_line(freshness_of(connections, now), now)


def freshness_line(ages: Iterable[Freshness], now: datetime) -> str:
    """As ``truth_line``, from ages already read. Empty when there is nothing to speak of."""
    known = list(ages)
    doubtful = [age for age in known if age.is_doubtful]
    fresh = [age for age in known if not age.is_doubtful]
    oldest = min((age.as_of for age in fresh if age.as_of), default=None)
    if oldest and not doubtful:
        return f"Atualizado {moment(oldest, now)}"
    sentences = _doubts(doubtful, now)
    if oldest:
        sentences.append(f"{join_names([bank_text(bank) for bank in _unique(fresh)])}: {moment(oldest, now)}.")
    return " ".join(sentences)


def short_age(age: Freshness, now: datetime) -> str:
    """One bank's age beside its name: ``atualizado hoje 06:12``, ``⚠️ dados de 19/11 (parcial)``."""
    if age.is_connecting:
        return "⏳ conectando"
    if age.as_of is None or age.is_doubtful:
        return f"⚠️ {_doubt(age, now)}"
    return f"atualizado {moment(age.as_of, now)}"


def _doubts(ages: Iterable[Freshness], now: datetime) -> list[str]:
    """A sentence each thing that is to be said, with all the banks it is said of."""
    banks: dict[str, list[Freshness]] = {}
    for age in ages:
        banks.setdefault(_doubt(age, now), []).append(age)
    return [f"⚠️ {join_names([bank_text(bank) for bank in _unique(of)])}: {doubt}." for doubt, of in banks.items()]


def _doubt(age: Freshness, now: datetime) -> str:
    if age.as_of is None:
        return "ainda sem dados"
    return f"dados de {_when(age.as_of, now)}{' (parcial)' if age.partial else ''}"


def _when(instant: datetime, now: datetime) -> str:
    """A day is enough for what is old; what is of today or yesterday needs its hour to say anything."""
    recent = local_day(now) - local_day(instant) <= timedelta(days=1)
    return moment(instant, now) if recent else day(local_day(instant), local_day(now))


def _unique(ages: Iterable[Freshness]) -> list[str]:
    return list(dict.fromkeys(age.bank for age in ages))


def cnpj(digits: str | None) -> str | None:
    """``11.222.333/0001-81``; what is not 14 digits as it is."""
    if digits is None or len(digits) != 14 or not digits.isdigit():
        return digits
    return f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}/{digits[8:12]}-{digits[12:]}"
