"""Descriptions that try to steer an answer (``data/questions/hostile.json``), as a bank or whoever sends a Pix can write
them, on rows of the world of ``question_world``. Whatever they say, no figure may be another than without them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import cycle
from typing import Any, cast

from sqlalchemy import select, update

from open_finance.folding import fold
from open_finance.insights.row_categories import NOT_SPENDING
from open_finance.reading.plain_text import plain_line
from open_finance.records import TransactionData
from open_finance.spending_reports import read_known
from open_finance.storage import categories, ledger
from open_finance.storage.database import Database, Session
from open_finance.storage.models import AccountRow, TransactionRow
from tests.question_world import FOLDER, NOW, TODAY, read_questions, read_world
from tests.rows import USER, add_account, transaction_data

#: Files with the questions that are asked of the world.
QUESTIONS = ("first_hundred.json", "second_hundred.json")
_FROM = date(2025, 12, 8)
_HIDDEN = "hidden"
_MARKET, _TAXI, _OWN_PIX, _INVESTED = "10000000", "19010000", "04020000", "03020000"
#: Of two rows of a kind: their accounts, and what else they have. A purchase of ``nubank`` gets *Não é gasto*.
_KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("itau", "nubank", {"category_id": _OWN_PIX, "same_holder": True, "operation_type": "PIX"}),
    ("nubank", "nubank", {"category_id": _INVESTED}),
    ("itau", "nubank", {"category_id": _MARKET, "amount": Decimal("0.00")}),
    ("nubank", "nubank", {"category_id": _MARKET, "user_category": NOT_SPENDING}),
    (_HIDDEN, _HIDDEN, {"category_id": _TAXI}),
)


@cache
def read_hostile() -> list[str]:
    """The fifty descriptions."""
    return cast("list[str]", json.loads((FOLDER / "hostile.json").read_text(encoding="utf-8")))


def store_hostile(database: Database, user_id: int = USER) -> dict[int, str]:
    """Store fifty rows over the year that are read and shown, but that nothing counts: own transfers between two
    accounts, money into an investment and back, rows of R$ 0,00, rows that the person says are no spending, and rows of an
    account that they hid. ``store_world`` comes first. Returns ``{our id: description}``."""
    rows = list(_hostile_rows())
    with database.writing() as session:
        accounts = _accounts(session, user_id) | {_HIDDEN: _add_hidden(session, user_id)}
        for key, account_id in accounts.items():
            own = [_stored(row) for account, row in rows if account == key]
            ledger.merge_transactions(session, user_id, account_id, own, NOW)
        ids = _ids(session, user_id)
        chosen = {ids[row["pluggy_id"]]: row["user_category"] for _, row in rows if "user_category" in row}
        categories.choose(session, user_id, cast("dict[int, str | None]", chosen))
    return {ids[row["pluggy_id"]]: row["description"] for _, row in rows}


def rename_rows(database: Database, user_id: int = USER) -> dict[str, str]:
    """Give hostile descriptions to the world's rows for which no question asks by a name, each under the category that it
    had, as the person's own choice. Payments of bills keep theirs: whose bill it is stands in it. ``store_world`` comes
    first. Returns ``{key of the row: description}``."""
    named = _named()
    texts = cycle(text for text in read_hostile() if not _says(text, named))
    renamed = {row["key"]: next(texts) for row in read_world()["rows"] if _is_free(row, named)}
    with database.writing() as session:
        ids = _ids(session, user_id)
        had = _categories(session, user_id)
        categories.choose(session, user_id, {ids[key]: had[ids[key]] for key in renamed})
        for key, text in renamed.items():
            owned = TransactionRow.id == ids[key], TransactionRow.user_id == user_id
            session.execute(update(TransactionRow).where(*owned).values(description=text))
    return renamed


# --- rows that nothing counts -----------------------------------------------------------------------------------------


def _hostile_rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """Key of the account and values; two of a kind on one day, the one out, the other in."""
    texts = read_hostile()
    pairs = len(texts) // 2
    for pair in range(pairs):
        source, target, values = _KINDS[pair % len(_KINDS)]
        day = _FROM + (TODAY - _FROM) * pair // (pairs - 1)
        amount = Decimal(7_000 + 37 * pair) + Decimal("0.13")  # no other row has it
        for place, (key, sign) in enumerate(((source, -1), (target, 1))):
            number = 2 * pair + place
            row = {"pluggy_id": f"hostile-{number}", "occurred_on": day, "description": texts[number]}
            yield key, {"amount": sign * amount, "type": "DEBIT" if sign < 0 else "CREDIT", **row, **values}


def _stored(row: dict[str, Any]) -> TransactionData:
    return transaction_data(**{name: value for name, value in row.items() if name != "user_category"})


def _add_hidden(session: Session, user_id: int) -> int:
    """A checking account at Caixa that its person keeps out of every total."""
    query = select(AccountRow.connection_id).where(AccountRow.pluggy_id == f"caixa-{user_id}")
    connection_id = session.scalars(query).one()
    values: dict[str, Any] = {"pluggy_id": f"{_HIDDEN}-{user_id}", "name": "Conta antiga", "number": "0001"}
    return add_account(session, connection_id, user_id, hidden=True, bank_code="104", **values)


def _accounts(session: Session, user_id: int) -> dict[str, int]:
    owned = select(AccountRow.pluggy_id, AccountRow.id).where(AccountRow.user_id == user_id)
    return {name.removesuffix(f"-{user_id}"): number for name, number in session.execute(owned)}


def _ids(session: Session, user_id: int) -> dict[str, int]:
    """Our ids of a person's rows by Pluggy's, which in this world are their keys."""
    owned = select(TransactionRow.pluggy_id, TransactionRow.id).where(TransactionRow.user_id == user_id)
    return {row.pluggy_id: row.id for row in session.execute(owned)}


# --- rows that are called otherwise -----------------------------------------------------------------------------------


def _named() -> set[str]:
    """The merchants and people, folded, for which a question asks, or which an answer names."""
    abouts = [question["answer"]["about"] for name in QUESTIONS for question in read_questions(name)]
    return {fold(about[name]) for about in abouts for name in ("merchant", "person", "first") if name in about}


def _is_free(row: dict[str, Any], named: set[str]) -> bool:
    return row["flow"] != "bill_payment" and not {fold(row.get("merchant", "")), fold(row.get("person", ""))} & named


def _says(text: str, named: set[str]) -> bool:
    """Whether a text names one of those: a row of that name would be theirs."""
    words = fold(plain_line(text))
    return any(name in words for name in named)


def _categories(session: Session, user_id: int) -> dict[int, str]:
    """What each row has as its category in the reports, by our id."""
    known = read_known(session, user_id, NOW, TODAY + timedelta(days=1))
    had = {row["id"]: one.category for row, one in zip(known.rows, known.decided, strict=True)}
    return had | {one.row["id"]: one.category for one in known.spent()}
