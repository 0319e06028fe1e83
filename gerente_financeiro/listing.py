"""What a statement button says: which list, opened when, which page; in as few characters as 64 bytes ask for. Pure.

``verb:head:scope:limit:category:words:page``. The head is the first day, how many days follow it, and the moment the list
was opened, in fixed widths. The words get what the others leave, so a list with everything at once keeps fewer of them:
never fewer rows than were asked for, and the list says what it looks for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from telegram import InlineKeyboardButton, Update

from gerente_financeiro.keyboards import base36, button, from_base36, to_id
from gerente_financeiro.screens import pressed_ids
from open_finance.clock import local_day
from open_finance.insights.row_categories import NOT_SPENDING, own_category, own_number
from open_finance.insights.taxonomy import GROUPS
from open_finance.money import from_centavos, to_centavos
from open_finance.reading.statement_query import DEFAULT_DAYS, MAX_DAYS, last_days, limited
from open_finance.reports import Period, StatementFilters

#: How 64 bytes are shared out: a verb of 2, a head of 12, 6 colons, and these; a page or a row stands at the end.
SCOPE_BYTES, LIMIT_BYTES, CATEGORY_BYTES, TEXT_BYTES, PAGE_BYTES, ROW_BYTES = 8, 13, 6, 20, 4, 7
ROOM = 64 - 2 - 12 - 6
DAY_CHARS, LENGTH_CHARS, MOMENT_CHARS = 4, 2, 6
SINCE = "*"  # what stands for amounts is the moment from which on rows are wanted
OPENED_FROM = 1_577_836_800  # 2020: what buttons count the seconds from, so that six characters last until 2088
_GROUP, _OWN, _NOT_SPENDING = "G", "O", "N"  # base 36 has no capitals


@dataclass(frozen=True, slots=True)
class Listing:
    """Which list, opened when (None: now), which page."""

    filters: StatementFilters
    opened_at: datetime | None = None
    page: int = 0


def last_rows(now: datetime, bank_of: int | None = None) -> Listing:
    """The last 30 days of all banks, or of a connection's."""
    return Listing(StatementFilters(last_days(DEFAULT_DAYS, local_day(now)), bank_of=bank_of))


def short(filters: StatementFilters) -> StatementFilters:
    """The words cut to what a button can carry beside the rest; the colon is the buttons' own."""
    taken = sum(map(len, (_scope(filters), _limit(filters), category_token(filters.category)))) + ROW_BYTES
    room = min(TEXT_BYTES, ROOM - taken)
    text = filters.text.replace(":", " ").encode()[:room].decode(errors="ignore")
    return replace(filters, text=" ".join(text.split()))


def list_button(label: str, filters: StatementFilters, opened_at: datetime | None = None) -> InlineKeyboardButton:
    """A button that opens a list at its first page: anew, or as it was at a moment."""
    return button(label, "x", *listing_ids(Listing(short(filters), opened_at)), 0)


def whole_second(now: datetime) -> datetime:
    """Buttons carry whole seconds; rounded up, so that what is known now is never called new."""
    return datetime.fromtimestamp(math.ceil(now.timestamp()), UTC)


def of_bank(connection_id: int) -> tuple[str, int]:
    """Verb and id of a button that opens the statement of a connection's bank."""
    return ("extrato", connection_id)


def of_news(connection_id: int, since: datetime, period: Period) -> tuple[str, ...]:
    """Verb and ids of a button that opens what a connection has brought since, of these days."""
    filters = StatementFilters(limited(period), bank_of=connection_id, since=since)
    return ("x", *listing_ids(Listing(filters)), "0")


def listing_ids(listing: Listing) -> tuple[str, ...]:
    """``(head, account or bank, amounts or since, category, words)``; the page follows."""
    filters, opened_at = listing.filters, listing.opened_at
    length = (filters.period.end - filters.period.start).days
    head = f"{base36(filters.period.start.toordinal()):0>{DAY_CHARS}}{base36(length):0>{LENGTH_CHARS}}"
    opened = "" if opened_at is None else f"{_moment(opened_at):0>{MOMENT_CHARS}}"
    return (head + opened, _scope(filters), _limit(filters), category_token(filters.category), filters.text)


def read_listing(ids: list[str]) -> Listing:
    """The inverse of ``listing_ids`` and page. Raises ValueError on anything we did not write ourselves."""
    if len(ids) != 6:
        raise ValueError("not a statement button")
    head, scope, limit, category, text, page = ids
    sizes = ((scope, SCOPE_BYTES), (limit, LIMIT_BYTES), (category, CATEGORY_BYTES), (text, TEXT_BYTES))
    if any(len(part.encode()) > size for part, size in (*sizes, (page, PAGE_BYTES))):
        raise ValueError("more than a statement button holds")
    period, opened_at = _read_head(head)
    kind, number = scope[:1], scope[1:]
    if kind not in {"", "a", "b"}:
        raise ValueError("neither an account nor a bank")
    above, below, since = _read_limit(limit)
    filters = StatementFilters(
        period,
        account_id=from_base36(number) if kind == "a" else None,
        bank_of=from_base36(number) if kind == "b" else None,
        above=above,
        below=below,
        text=text,
        since=since,
        category=read_category(category),
    )
    if short(filters) != filters:
        raise ValueError("more words than there is room for")
    return Listing(filters, opened_at=opened_at, page=to_id(page))


def pressed_listing(update: Update) -> Listing | None:
    """The list a pressed button belongs to; None for what no button of ours carries."""
    return stored_listing(pressed_ids(update))


def stored_listing(ids: list[str]) -> Listing | None:
    """The list that these ids say; None for what we did not write ourselves."""
    try:
        return read_listing(ids)
    except ValueError:
        return None


# --- categories ------------------------------------------------------------------------------------------------------


def category_token(category: str | None) -> str:
    """A group or category in at most six characters; nothing for None."""
    if category is None:
        return ""
    if category in GROUPS:
        return f"{_GROUP}{base36(GROUPS.index(category))}"
    own = own_number(category)
    if own is not None:
        return f"{_OWN}{base36(own)}"
    return _NOT_SPENDING if category == NOT_SPENDING else base36(int(category))


def read_category(token: str) -> str | None:
    """The inverse of ``category_token``. Raises ValueError on what cannot be one; whether there is such a category is asked
    where it is used."""
    if not token:
        return None
    if token == _NOT_SPENDING:
        return NOT_SPENDING
    kind, number = token[:1], token[1:]
    if kind == _OWN:
        return own_category(from_base36(number))
    if kind == _GROUP:
        index = from_base36(number)
        if index >= len(GROUPS):
            raise ValueError("no such group")
        return GROUPS[index]
    return f"{from_base36(token):08d}"


# --- the small parts -------------------------------------------------------------------------------------------------


def _scope(filters: StatementFilters) -> str:
    if filters.account_id is not None:
        return f"a{base36(filters.account_id)}"
    return "" if filters.bank_of is None else f"b{base36(filters.bank_of)}"


def _limit(filters: StatementFilters) -> str:
    if filters.since is not None:
        return f"{SINCE}{_moment(filters.since)}"
    above = "" if filters.above is None else base36(to_centavos(filters.above))
    return above if filters.below is None else f"{above}-{base36(to_centavos(filters.below))}"


def _read_limit(limit: str) -> tuple[Decimal | None, Decimal | None, datetime | None]:
    if limit.startswith(SINCE):
        return None, None, _to_instant(limit[1:])
    above, has_below, below = limit.partition("-")
    if has_below and not below:
        raise ValueError("no amount")
    return _to_amount(above), _to_amount(below), None


def _read_head(head: str) -> tuple[Period, datetime | None]:
    days = DAY_CHARS + LENGTH_CHARS
    if len(head) not in {days, days + MOMENT_CHARS}:
        raise ValueError("not the head of a statement button")
    start, length = _to_day(head[:DAY_CHARS]), from_base36(head[DAY_CHARS:days])
    if length >= MAX_DAYS:
        raise ValueError(f"not a period of at most {MAX_DAYS} days")
    period = Period(start, start + timedelta(days=length))
    assert limited(period) == period
    return period, _to_instant(head[days:]) if head[days:] else None


def _to_day(text: str) -> date:
    ordinal = from_base36(text)
    if not date(2000, 1, 1).toordinal() <= ordinal <= date(2101, 1, 1).toordinal():
        raise ValueError("no such day")
    return date.fromordinal(ordinal)


def _to_amount(text: str) -> Decimal | None:
    return from_centavos(from_base36(text)) if text else None


def _moment(instant: datetime) -> str:
    return base36(int(instant.timestamp()) - OPENED_FROM)


def _to_instant(text: str) -> datetime:
    if len(text) > MOMENT_CHARS:
        raise ValueError("no such instant")
    return datetime.fromtimestamp(from_base36(text) + OPENED_FROM, UTC)
