"""Which rows a statement shows, what they are, and what they add up to."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.reading.statement_query import Period
from open_finance.reading.statements import Contents, Kind, Label, StatementFilters, contents, kind_of, page_of
from open_finance.records import Account, StatementRow
from tests.builders import NOW, TODAY, account, card, statement_line, statement_row

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
ALL = StatementFilters(NOVEMBER)


def read(
    *rows: StatementRow,
    filters: StatementFilters = ALL,
    accounts: tuple[Account, ...] = (account(), card()),
    **rest: object,
) -> Contents:
    return contents(rows, accounts, filters, today=TODAY, opened_at=NOW, **rest)  # type: ignore[arg-type]


def test_what_was_pending_and_not_seen_for_ten_days_is_shown_as_not_confirmed_and_counts_in_no_sum() -> None:
    rows = [
        statement_row(id=number, amount=Decimal("-10.00"), status="PENDING", missing_since=NOW - timedelta(days=days))
        for number, days in ((1, 9), (2, 10), (3, 11))
    ]
    found = read(*rows, accounts=(account(synced_at=NOW),))
    assert {line.row["id"]: line.is_unconfirmed for line in found.lines} == {1: False, 2: True, 3: True}
    assert found.totals[0].outgoing == Decimal("-10.00")
    unread = read(*rows, accounts=(account(synced_at=NOW - timedelta(days=5)),))
    assert not any(line.is_unconfirmed for line in unread.lines)  # nobody has looked since


def ids(found: Contents) -> list[int]:
    return [line.row["id"] for line in found.lines]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"amount": Decimal("-10.00")}, "outgoing"),
        ({"amount": Decimal("10.00")}, "income"),
        ({"same_holder": True}, "own_transfer"),
        ({"same_holder": None, "category_id": "04020000"}, "own_transfer"),
        ({"same_holder": False, "category_id": "04020000"}, "outgoing"),
        ({"category_id": "05100000"}, "bill_payment"),
        ({"operation_type": "PAGAMENTO_FATURA", "category_id": None}, "bill_payment"),
        ({"category_id": None, "description": "PAGTO FATURA CARTÃO VISA"}, "bill_payment"),
        ({"category_id": None, "description": "Pagamento de fatura"}, "bill_payment"),
        ({"category_id": None, "description": "Pagamento fatura Vivo"}, "outgoing"),
        ({"category_id": "07010000", "description": "Pagamento de fatura"}, "outgoing"),
        ({"category_id": "03020000"}, "investment"),
        ({"operation_type": "RESGATE_APLIC_FINANCEIRA", "amount": Decimal("9.00")}, "investment"),
        ({"category_id": "03060000", "amount": Decimal("1.23")}, "income"),
        ({"category_id": "05070000", "same_holder": None}, "outgoing"),
    ],
)
def test_kind_of_a_row(fields: dict[str, object], kind: Kind) -> None:
    assert kind_of(statement_row(**fields)) == kind


def test_transfers_and_bill_payments_are_shown_and_not_summed() -> None:
    found = read(
        statement_row(id=1, amount=Decimal("6200.00"), category_id="01010000"),
        statement_row(id=2, amount=Decimal("-89.90")),
        statement_row(id=3, amount=Decimal("-500.00"), same_holder=True),
        statement_row(id=4, amount=Decimal("500.00"), same_holder=True),
        statement_row(id=5, amount=Decimal("-412.35"), category_id="05100000"),
        statement_row(id=6, account_id=2, amount=Decimal("412.35"), operation_type="PAGAMENTO_FATURA"),
    )
    assert len(found.lines) == 6
    (total,) = found.totals
    assert (total.income, total.outgoing) == (Decimal("6200.00"), Decimal("-89.90"))


def test_card_purchases_count_on_their_day_pending_or_not() -> None:
    found = read(statement_row(account_id=2, status="PENDING", amount=Decimal("-100.00")))
    assert found.totals[0].outgoing == Decimal("-100.00")


def test_a_scheduled_row_is_shown_and_not_summed_until_its_day() -> None:
    row = statement_row(occurred_on=TODAY + timedelta(days=3), status="PENDING")
    found = read(row)
    assert found.lines[0].is_scheduled
    assert found.totals[0].outgoing == 0
    happened = contents([row], [account()], ALL, today=TODAY + timedelta(days=3), opened_at=NOW)
    assert not happened.lines[0].is_scheduled
    assert happened.totals[0].outgoing == Decimal("-89.90")


def test_other_currencies_have_sums_of_their_own() -> None:
    dollars = account(id=7, currency_code="USD")
    spent = statement_row(id=2, account_id=7, amount=Decimal("-5.00"), currency_code="USD")
    found = read(statement_row(id=1), spent, accounts=(account(), dollars))
    assert [(total.currency, total.outgoing) for total in found.totals] == [
        ("BRL", Decimal("-89.90")),
        ("USD", Decimal("-5.00")),
    ]


def test_a_foreign_purchase_that_is_not_converted_yet_is_not_summed_as_reais() -> None:
    found = read(statement_row(account_id=2, amount=Decimal("-10.00"), currency_code="USD", status="PENDING"))
    assert [(total.currency, total.outgoing) for total in found.totals] == [
        ("BRL", Decimal("0.00")),
        ("USD", Decimal("-10.00")),
    ]


def test_newest_day_first_and_then_newest_row() -> None:
    yesterday = TODAY - timedelta(days=1)
    assert ids(read(statement_row(id=1), statement_row(id=3, occurred_on=yesterday), statement_row(id=2))) == [2, 1, 3]


@pytest.mark.parametrize("words", ["ifood", "IFOOD club", "delivery", "ifd*", "Ífood"])
def test_words_are_looked_for_without_accents_in_all_that_is_shown(words: str) -> None:
    assert ids(read(statement_row(), filters=StatementFilters(NOVEMBER, text=words))) == [1]


def test_every_word_must_occur() -> None:
    assert ids(read(statement_row(), filters=StatementFilters(NOVEMBER, text="ifood academia"))) == []


def test_the_persons_own_category_and_note_are_searched() -> None:
    row = statement_row(note="aniversário")
    labels = {1: Label("own:3", "Festa da Ana", "Festa da Ana", "outgoing")}
    assert ids(read(row, filters=StatementFilters(NOVEMBER, text="ana aniversario"), labels=labels)) == [1]
    assert ids(read(row, filters=StatementFilters(NOVEMBER, text="delivery"), labels=labels)) == []


def test_sums_follow_what_a_row_was_decided_to_be() -> None:
    labels = {
        1: Label("not_spending", "Outros", "Não é gasto", "not_spending"),
        2: Label("04000000", "", "", "own_transfer"),
    }
    found = read(statement_row(), statement_row(id=2), statement_row(id=3), labels=labels)
    assert len(found.lines) == 3
    assert found.totals[0].outgoing == Decimal("-89.90")


@pytest.mark.parametrize(("asked", "found"), [("Mercado", [1, 2]), ("10000000", [1]), ("own:3", [3]), ("Viagem", [])])
def test_a_group_or_a_category_is_asked_for(asked: str, found: list[int]) -> None:
    labels = {
        1: Label("10000000", "Mercado", "Mercado", "outgoing"),
        2: Label("10000001", "Mercado", "Feira", "outgoing"),
        3: Label("own:3", "Futebol", "Futebol", "outgoing"),
    }
    rows = [statement_row(id=number) for number in (1, 2, 3)]
    assert sorted(ids(read(*rows, filters=StatementFilters(NOVEMBER, category=asked), labels=labels))) == found


@pytest.mark.parametrize(("below", "found"), [("89.91", [1]), ("89.90", []), ("20", [])])
def test_below_is_less_than_either_way(below: str, found: list[int]) -> None:
    filters = StatementFilters(NOVEMBER, below=Decimal(below))
    assert ids(read(statement_row(), filters=filters)) == found
    assert ids(read(statement_row(amount=Decimal("89.90")), filters=filters)) == found


@pytest.mark.parametrize(("above", "found"), [("89.89", [1]), ("89.90", []), ("500", [])])
def test_above_is_more_than_either_way(above: str, found: list[int]) -> None:
    filters = StatementFilters(NOVEMBER, above=Decimal(above))
    assert ids(read(statement_row(), filters=filters)) == found
    assert ids(read(statement_row(amount=Decimal("89.90")), filters=filters)) == found


def test_rows_of_unknown_accounts_are_not_shown() -> None:
    assert ids(read(statement_row(account_id=99))) == []


def test_rows_that_came_after_the_list_was_opened_are_only_counted() -> None:
    later = NOW + timedelta(minutes=5)
    found = read(statement_row(id=1), statement_row(id=2, created_at=later))
    assert (ids(found), found.new_rows) == ([1], 1)


def test_rows_removed_after_the_list_was_opened_stay_in_it() -> None:
    later = NOW + timedelta(minutes=5)
    assert ids(read(statement_row(id=1, removed_at=later), statement_row(id=2, removed_at=NOW))) == [1]


def test_a_row_that_came_and_went_meanwhile_is_no_news() -> None:
    later = NOW + timedelta(minutes=5)
    assert read(statement_row(created_at=later, removed_at=later)).new_rows == 0


def test_a_superseded_account_gives_only_what_was_before_its_twin() -> None:
    cut = TODAY - timedelta(days=10)
    rows = [statement_row(id=1, occurred_on=cut), statement_row(id=2, occurred_on=cut - timedelta(days=1))]
    assert ids(read(*rows, until={1: cut})) == [2]


@pytest.mark.parametrize(("number", "total", "shown"), [(2, 3, (2, 3)), (1, 1, None), (None, 3, None), (2, None, None)])
def test_instalments_are_shown_where_there_are_several(
    number: int | None, total: int | None, shown: tuple[int, int] | None
) -> None:
    assert statement_line(installment_number=number, total_installments=total).installment == shown


@given(st.integers(0, 45), st.integers(-3, 9))
def test_pages_hold_every_line_once(count: int, page: int) -> None:
    lines = [statement_line(id=number) for number in range(count)]
    _, shown, pages = page_of(lines, page)
    assert 0 <= shown < pages
    assert [line for number in range(pages) for line in page_of(lines, number)[0]] == lines


ROWS = st.builds(
    lambda number, amount, category, holder: statement_row(
        id=number, amount=amount, category_id=category, same_holder=holder
    ),
    st.integers(1, 10**6),
    st.decimals(min_value=-(10**7), max_value=10**7, places=2),
    st.sampled_from([None, "01010000", "03020000", "04010000", "05100000", "11010000"]),
    st.sampled_from([None, True, False]),
)


@given(st.lists(ROWS, max_size=20))
def test_sums_are_exactly_those_of_the_counted_rows(rows: list[StatementRow]) -> None:
    found = read(*rows)
    counted = [line.row["amount"] for line in found.lines if line.kind in {"income", "outgoing"}]
    assert found.totals[0].income + found.totals[0].outgoing == sum(counted, Decimal(0))
    assert found.totals[0].income >= 0 >= found.totals[0].outgoing
