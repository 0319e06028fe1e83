"""The invented households: believable, consistent to the centavo, and always the same for the same seed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from validate_docbr import CNPJ, CPF

from sandbox.categories import CATEGORIES, DESCRIPTIONS
from sandbox.household import NAMES, Household, assign, build_household, copies_of
from sandbox.household.banks import bank_of
from sandbox.household.calendar import day_of, is_business_day
from sandbox.household.cards import CardLedger
from sandbox.household.doors import told_account, told_row
from sandbox.household.ledger import Ledger

Json = dict[str, Any]
day_told = cache(day_of)  # of a few hundred days' rows, thousands of times

TODAY = date(2026, 11, 23)
ITAU_DIRECT, ITAU, NUBANK, SANDBOX = 201, 601, 612, 2
FAMILIES = ("ana", "silva", "lima", "souza", "duas-contas")
ROW_KEYS = {
    *("id", "accountId", "description", "descriptionRaw", "currencyCode", "amount", "amountInAccountCurrency", "date"),
    *("type", "status", "balance", "order", "category", "categoryId", "providerCode", "providerId", "operationType"),
    *("operationTypeAdditionalInfo", "paymentData", "creditCardMetadata", "merchant", "createdAt", "updatedAt"),
}
ACCOUNT_KEYS = {
    *("id", "type", "subtype", "number", "name", "marketingName", "balance", "taxNumber", "owner", "currencyCode"),
    *("bankData", "creditData", "createdAt", "updatedAt"),
}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def build(name: str, *, seed: int = 7, today: date = TODAY, connector_id: int = ITAU, **more: Any) -> Household:
    return build_household(name, seed=seed, today=today, bank=bank_of(connector_id), **more)


def ledgers(household: Household) -> list[Ledger]:
    assert household.life is not None
    return list(household.life.ledgers.values())


def rows_of(household: Household, kind: str = "") -> list[Json]:
    wanted = {account["id"] for account in household.accounts if account["type"].startswith(kind)}
    return [row for account_id in wanted for row in household.transactions[account_id]]


def centavos(amount: float) -> int:
    return round(amount * 100)


def value(row: Json) -> int:
    """Centavos by the rule clients follow (reference 6.5)."""
    foreign = row["amountInAccountCurrency"]
    cents = int(abs(row["amount"] if foreign is None else foreign) * 100 + 0.5 + 1e-7)
    return -cents if row["type"] == "DEBIT" else cents


def content(household: Household) -> list[tuple[Any, ...]]:
    """What the rows say, without ids."""
    return sorted((row["date"], row["amount"], row["description"], row["status"]) for row in rows_of(household))


def nested(row: Json) -> Iterator[tuple[str, Any]]:
    for key in ("paymentData", "creditCardMetadata", "merchant"):
        stack = [row[key]]
        while stack:
            found = stack.pop()
            if isinstance(found, dict):
                yield from found.items()
                stack += found.values()


def check_rows(account: Json, rows: list[Json], today: date, checked: dict[str, Json]) -> None:
    first, last = today - timedelta(days=364), today + timedelta(days=365)
    assert [(row["date"], row["id"]) for row in rows] == sorted(
        ((row["date"], row["id"]) for row in rows), reverse=True
    )
    for row in rows:
        if checked.get(row["id"]) != row:
            check_row(account, row)
            checked[row["id"]] = deepcopy(row)
        day = day_told(row["date"])
        assert first <= day <= last
        assert row["status"] == "PENDING" or day <= today


def check_row(account: Json, row: Json) -> None:
    """What holds of a row by itself, whatever the day."""
    card = account["type"] == "CREDIT"
    json.dumps(row, allow_nan=False)
    assert set(row) == ROW_KEYS
    assert row["accountId"] == account["id"]
    assert (row["amount"] > 0) == ((row["type"] == "DEBIT") == card), "the sign table of 6.5"
    assert row["category"] == DESCRIPTIONS[row["categoryId"]]
    assert TIMESTAMP.fullmatch(row["date"])
    assert (row["currencyCode"] == "BRL") == (row["amountInAccountCurrency"] is None)
    assert round(row["amount"], 2) == row["amount"]
    assert all(found is not None or key in ("payer", "receiver") for key, found in nested(row))
    if card:
        assert (row["status"] == "POSTED") == ("billId" in row["creditCardMetadata"])


def check(household: Household, today: date, checked: dict[str, Json] | None = None) -> None:
    """Everything that must hold at any time. ``checked``: the rows as they were when this was last asked: one that has not
    changed since is only compared with the day."""
    checked = {} if checked is None else checked
    json.dumps(vars(household) | {"life": None, "transactions": list(household.transactions)}, allow_nan=False)
    everything = rows_of(household)
    assert len({row["id"] for row in everything}) == len(everything)
    for ledger in ledgers(household):
        account = ledger.account
        rows = household.transactions[account["id"]]
        assert set(account) == ACCOUNT_KEYS
        check_rows(account, rows, today, checked)
        if isinstance(ledger, CardLedger):
            owed = ledger.opening - sum(map(value, rows)) - sum(map(value, ledger.upcoming))
            assert centavos(account["balance"]) == owed
            assert centavos(account["creditData"]["availableCreditLimit"]) == ledger.terms.limit - owed
        else:
            held = ledger.opening + sum(value(row) for row in rows if row["status"] == "POSTED")
            assert centavos(account["balance"]) == centavos(account["bankData"]["closingBalance"]) == held


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_makes_the_same_household(name: str) -> None:
    first, second = build(name), build(name)
    assert (first.accounts, first.transactions) == (second.accounts, second.transactions)
    assert (first.identity, first.bills) == (second.identity, second.bills)
    assert name == "vazia" or content(first) != content(build(name, seed=8))


def test_both_doors_of_a_bank_are_one_bank_and_companies_another() -> None:
    assert bank_of(ITAU_DIRECT) == bank_of(ITAU) != bank_of(618)
    assert bank_of(830, "Agibank") == bank_of(270, "Agibank") != bank_of(831, "Ame Digital")
    assert build("silva", connector_id=ITAU_DIRECT) == build("silva", connector_id=ITAU)


def test_every_door_leaves_something_out() -> None:
    silva = build("silva")
    rows, (checking, _, card) = rows_of(silva), silva.accounts
    regulated, direct = [told_row(row, "open_finance") for row in rows], [told_row(row, "direct") for row in rows]
    bridged = [told_row(row, "meu_pluggy") for row in rows]
    assert None not in {row["providerId"] for row in regulated}
    assert {row["providerId"] for row in direct} == {row["providerId"] for row in bridged} == {None}
    said = [{key for row in told for key in row["creditCardMetadata"] or ()} for told in (regulated, direct, bridged)]
    assert [("paymentType" in keys, "totalAmount" in keys) for keys in said] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert told_account(card, "direct")["creditData"]["balanceCloseDate"]
    assert told_account(card, "open_finance")["creditData"]["balanceCloseDate"] is None
    assert told_account(checking, "direct") == told_account(checking, "open_finance") == checking
    boxes = told_account(checking, "meu_pluggy")["bankData"]["reservedBalances"]
    assert [box["amounts"] for box in boxes] == [
        box["availableAmounts"] for box in checking["bankData"]["reservedBalances"]
    ]
    hidden = told_account(checking, "direct", hides_bank=True)
    assert "transferNumber" not in hidden["bankData"]
    assert hidden["number"] == checking["number"]


@pytest.mark.parametrize(("connector_id", "compe"), [(ITAU, "341"), (NUBANK, "260"), (SANDBOX, "999")])
def test_account_numbers_carry_the_bank_and_its_code(connector_id: int, compe: str) -> None:
    account = build("lima", connector_id=connector_id).accounts[0]
    assert account["bankData"]["transferNumber"] == f"{compe}/{account['number']}"
    assert account["number"] != build("lima", connector_id=619).accounts[0]["number"]


@settings(max_examples=15, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    seed=st.integers(0, 10_000),
    today=st.dates(date(2025, 6, 1), date(2029, 12, 31)),
    connector_id=st.sampled_from((ITAU_DIRECT, ITAU, NUBANK, SANDBOX)),
)
def test_every_household_adds_up_on_any_day(name: str, seed: int, today: date, connector_id: int) -> None:
    check(build(name, seed=seed, today=today, connector_id=connector_id), today)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000), ahead=st.integers(0, 800), connector_id=st.sampled_from((ITAU_DIRECT, NUBANK, SANDBOX))
)
def test_ana_has_a_thousand_and_owes_eight_hundred(seed: int, ahead: int, connector_id: int) -> None:
    ana = build("ana", seed=seed, today=TODAY + timedelta(days=ahead), connector_id=connector_id)
    assert [(account["type"], account["balance"]) for account in ana.accounts] == [("BANK", 1000.0), ("CREDIT", 800.0)]


def test_volume_is_as_large_as_asked() -> None:
    assert len(rows_of(build("volume"))) == 1000
    assert len(rows_of(build("volume", copies=7))) == 7 * 25
    assert [copies_of(user) for user in ("user-ok-perf-12x", "user-ok-perf-9999x", "user-ok-perf", "ana")] == [
        12,
        5000,
        None,
        None,
    ]


def test_the_special_households_are_what_their_names_say() -> None:
    two, empty = build("duas-contas"), build("vazia")
    assert [account["subtype"] for account in two.accounts] == ["CHECKING_ACCOUNT"] * 2
    assert len({account["number"] for account in two.accounts}) == 2
    assert rows_of(empty) == []
    assert empty.accounts[0]["balance"] == 0
    assert empty.evolve(datetime(2026, 11, 25, 12, tzinfo=UTC), Random(1)) == []
    with pytest.raises(KeyError):
        build("ninguém")


@pytest.mark.parametrize("name", FAMILIES)
def test_dates_come_in_the_three_ways_of_pluggy(name: str) -> None:
    times = Counter(row["date"][11:] for row in rows_of(build(name)))
    usual, plain = times.pop("03:00:00.000Z"), times.pop("00:00:00.000Z")
    assert usual > plain > 0
    assert usual > sum(times.values()) > 10


def test_the_family_statement_holds_what_a_brazilian_one_holds() -> None:
    silva = build("silva")
    operations = {row["operationType"] for row in rows_of(silva, "BANK")}
    wanted = "FOLHA_PAGAMENTO PIX TED BOLETO CONVENIO_ARRECADACAO CARTAO SAQUE PACOTE_TARIFA_SERVICOS"
    assert operations >= set(wanted.split()) | {"RENDIMENTO_APLIC_FINANCEIRA", "TRANSFERENCIA_MESMA_INSTITUICAO"}
    salaries = [row for row in rows_of(silva) if row["categoryId"] == "01010000"]
    assert len(salaries) >= 12
    assert all(is_business_day(day_of(row["date"])) for row in salaries)
    assert silva.accounts[0]["bankData"]["hasReservedBalance"]
    assert all(row["descriptionRaw"] is None or row["descriptionRaw"] for row in rows_of(silva))
    assert 0 < sum(row["descriptionRaw"] is None for row in rows_of(silva)) < len(rows_of(silva)) / 10


def test_the_card_holds_instalments_refunds_fees_and_dollars() -> None:
    cards = rows_of(build("silva"), "CREDIT") + rows_of(build("lima", connector_id=NUBANK), "CREDIT")
    assert {row["operationType"] for row in cards} >= {"ESTORNO", "TARIFA", "PAGAMENTO_FATURA", None}
    assert any(row["creditCardMetadata"].get("feeType") == "ANNUAL_FEE" for row in cards)
    assert any(row["currencyCode"] == "USD" for row in cards)
    assert any(row["description"].startswith("IOF") for row in cards)
    for row in cards:
        number = row["creditCardMetadata"].get("installmentNumber")
        if number:
            assert f"{number}/{row['creditCardMetadata']['totalInstallments']}" in row["description"]
        assert type(row["creditCardMetadata"].get("payeeMCC", 0)) is int


def test_some_banks_list_all_instalments_and_some_one_a_month() -> None:
    silva, lima = build("silva"), build("lima", connector_id=NUBANK)
    assert any(day_of(row["date"]) > TODAY for row in rows_of(silva, "CREDIT"))
    assert not any(day_of(row["date"]) > TODAY for row in rows_of(lima, "CREDIT"))
    card = ledgers(lima)[-1]
    assert isinstance(card, CardLedger)
    assert card.upcoming, "they use the limit all the same"


@pytest.mark.parametrize("name", FAMILIES)
def test_one_pix_is_scheduled_within_thirty_days(name: str) -> None:
    ahead = [row for row in rows_of(build(name), "BANK") if day_of(row["date"]) > TODAY]
    assert [(row["status"], row["operationType"]) for row in ahead] == [("PENDING", "PIX")]
    assert day_of(ahead[0]["date"]) <= TODAY + timedelta(days=30)


@pytest.mark.parametrize("name", ["ana", "silva", "lima", "souza"])
def test_a_bill_is_the_sum_of_its_rows_and_is_paid_from_the_account(name: str) -> None:
    household = build(name)
    card_rows, bank_rows = rows_of(household, "CREDIT"), rows_of(household, "BANK")
    (bills,) = household.bills.values()
    assert [bill["billClosingDate"] for bill in bills] == sorted(
        (bill["billClosingDate"] for bill in bills), reverse=True
    )
    for newer, bill in pairwise(bills[:10]):
        mine = [row for row in card_rows if row["creditCardMetadata"].get("billId") == bill["id"]]
        charged = sum(centavos(charge["amount"]) for charge in bill["financeCharges"])
        spent = charged - sum(value(row) for row in mine if row["categoryId"] != "05100000")
        assert int(bill["totalAmount"] * 100 + 0.5) == spent
        assert sum(centavos(payment["amount"]) for payment in newer["payments"]) == spent
    paid = [(row["date"], row["amount"]) for row in card_rows if row["categoryId"] == "05100000"]
    left = [(row["date"], row["amount"]) for row in bank_rows if row["categoryId"] == "05100000"]
    assert paid
    assert sorted(paid) == sorted(left)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_bill_that_is_paid_late_is_charged_for_on_the_next_and_no_other_is(name: str) -> None:
    household = build(name)
    (bills,) = household.bills.values() or ([],)
    forgotten = household.life.card.terms.forgotten if household.life and household.life.card else ()
    assert (name == "souza") == bool(forgotten)
    for newer, bill in pairwise(bills[:11]):
        due = bill["dueDate"]
        is_late = any(payment["paymentDate"][:10] > due[:10] for payment in newer["payments"])
        assert bool(newer["financeCharges"]) == (int(due[5:7]) in forgotten)
        assert is_late or not newer["financeCharges"]
        if newer["financeCharges"]:
            assert {charge["type"] for charge in newer["financeCharges"]} == {
                "LATE_PAYMENT_FEE",
                "LATE_PAYMENT_INTEREST",
                "IOF",
            }


@pytest.mark.parametrize("name", FAMILIES)
def test_money_moved_to_oneself_shows_the_holder_on_both_sides(name: str) -> None:
    household = build(name)
    holder = household.identity["document"]
    own = [row["paymentData"] for row in rows_of(household) if row["categoryId"].startswith("04")]
    others = [row["paymentData"] for row in rows_of(household) if row["categoryId"] == "05070000"]
    documents = [{side["documentNumber"]["value"] for side in (data["payer"], data["receiver"])} for data in own]
    assert own or name == "lima"
    assert documents == [{holder}] * len(own)
    assert all(data["payer"]["documentNumber"] != data["receiver"]["documentNumber"] for data in others)


@pytest.mark.parametrize("name", NAMES)
def test_documents_are_valid_and_formatted(name: str) -> None:
    household = build(name)
    rules = {"CPF": (CPF(), 14), "CNPJ": (CNPJ(), 18)}
    seen = {("CPF", household.identity["document"])}
    for row in rows_of(household):
        for side in ("payer", "receiver"):
            document = ((row["paymentData"] or {}).get(side) or {}).get("documentNumber")
            seen |= {(document["type"], document["value"])} if document else set()
        if row["merchant"]:
            assert CNPJ().validate(row["merchant"]["cnpj"])
    for kind, document in seen:
        rule, length = rules[kind]
        assert rule.validate(document)
        assert len(document) == length


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [1, 2])
def test_sixty_executions_keep_everything_in_order(name: str, seed: int) -> None:
    household, twin = build(name, seed=seed), build(name, seed=seed)
    rng, twin_rng, hours = Random(seed), Random(seed), Random(seed + 100)
    now, checked = datetime(2026, 11, 23, 15, tzinfo=UTC), dict[str, Json]()
    for _ in range(60):
        now += timedelta(hours=hours.choice((2, 8, 24, 24, 72)))
        assert household.evolve(now, rng) == twin.evolve(now, twin_rng)
        check(household, day_of(now.isoformat()), checked)
    assert household.transactions == twin.transactions
    assert household.accounts == twin.accounts


@pytest.mark.parametrize("name", ["ana", "silva", "volume"])
def test_an_execution_adds_late_rows_settles_edits_and_deletes(name: str) -> None:
    household, rng = build(name), Random(5)
    now = datetime(2026, 11, 23, 15, tzinfo=UTC)
    seen: Counter[str] = Counter()
    for _ in range(40):
        before = {row["id"]: deepcopy(row) for row in rows_of(household)}
        now += timedelta(hours=24)
        lines = household.evolve(now, rng)
        after = {row["id"]: row for row in rows_of(household)}
        created = [row for row_id, row in after.items() if row_id not in before]
        assert {line.split()[2] for line in lines if line.startswith("created")} == {row["id"] for row in created}
        assert all(row["createdAt"] == now.strftime("%Y-%m-%dT%H:%M:%S.000Z") for row in created)
        today = day_of(now.isoformat())
        assert any(5 <= (today - day_of(row["date"])).days <= 15 for row in created), "a late row in every execution"
        same = [(old, after[row_id]) for row_id, old in before.items() if row_id in after]
        assert all((old != new) == (old["updatedAt"] != new["updatedAt"]) for old, new in same)
        seen["kept"] += sum(old["status"] != new["status"] for old, new in same)
        seen["edited"] += sum(old["description"] != new["description"] for old, new in same)
        gone = [old for row_id, old in before.items() if row_id not in after]
        seen["restated"] += sum(old["status"] == "PENDING" for old in gone)
        seen["deleted"] += sum(line.startswith("deleted") for line in lines)
    assert seen["edited"] >= 35
    assert seen["deleted"] >= 35
    assert name == "volume" or 0.5 < seen["kept"] / seen["restated"] < 2


def test_an_execution_on_the_same_day_still_moves_something() -> None:
    household, rng = build("silva"), Random(3)
    for minute in range(40):
        assert household.evolve(datetime(2026, 11, 23, 15, minute, tzinfo=UTC), rng)
        check(household, TODAY)
    assert household.accounts[0]["balance"] > 0


def test_a_closed_cycle_becomes_a_bill() -> None:
    household = build("silva")
    (card_id,) = household.bills
    household.evolve(datetime(2026, 11, 28, 15, tzinfo=UTC), Random(1))
    bill = household.bills[card_id][0]
    assert (bill["billClosingDate"][:10], bill["dueDate"]) == ("2026-11-28", "2026-12-07T00:00:00.000Z")
    assert household.accounts[2]["creditData"]["balanceDueDate"] == "2026-12-07"
    assert any(row["creditCardMetadata"].get("billId") == bill["id"] for row in household.transactions[card_id])


def test_what_was_read_before_does_not_change_under_the_reader() -> None:
    household = build("silva")
    read = [(dict(thing), deepcopy(thing)) for thing in (*household.accounts, *rows_of(household))]
    household.evolve(datetime(2026, 12, 10, 15, tzinfo=UTC), Random(1))
    assert all(shallow == deep for shallow, deep in read)


def test_rows_of_today_are_never_later_than_now() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    for seed in range(20):
        rows = rows_of(build("lima", seed=seed, now=now))
        assert all(row["date"] <= "2026-11-23T12" for row in rows if row["status"] == "POSTED")
        assert {row["createdAt"] for row in rows} == {"2026-11-23T12:00:00.000Z"}


def test_a_household_made_by_hand_stays_as_it_is() -> None:
    assert Household(accounts=[], transactions={}).evolve(datetime.now(UTC), Random(1)) == []


def test_the_same_customer_is_always_the_same_household() -> None:
    itau, nubank = bank_of(ITAU), bank_of(NUBANK)
    assert assign("123.456.789-00", itau) == assign("12345678900", itau)
    assert {assign(str(customer), nubank) for customer in range(50)} == {"ana", "silva", "lima", "souza"}
    assert assign("user-ok-perf-3x", nubank) == "volume"
    assert assign("user-ok-two-checking-accounts", nubank) == "duas-contas"


def test_the_categories_are_pluggys_130_with_their_oddities() -> None:
    by_id = {category["id"]: category for category in CATEGORIES}
    assert len(by_id) == len(CATEGORIES) == 130
    assert by_id["05040000"]["descriptionTranslated"] == "Transferências- DOC"
    assert by_id["12020000"]["description"] == "Accomodation"
    assert (by_id["02030001"]["parentId"], by_id["02030001"]["parentDescription"]) == ("02000000", "Financing")
    assert by_id["200100000"]["parentDescription"] == "Insurance"
    assert by_id["01000000"]["parentId"] is None
    assert sum(category["parentId"] is None for category in CATEGORIES) == 22


@pytest.mark.parametrize("day", ["2026-02-17", "2026-04-03", "2026-06-04", "2026-11-20", "2026-11-22"])
def test_banks_are_closed_on_national_holidays(day: str) -> None:
    assert not is_business_day(date.fromisoformat(day))


def test_a_row_after_nine_at_night_belongs_to_that_evening() -> None:
    assert day_of("2026-11-20T01:15:00.000Z") == date(2026, 11, 19)
    assert day_of("2026-11-20T00:00:00.000Z") == date(2026, 11, 20)
    assert day_of("2026-11-20T03:00:00.000Z") == date(2026, 11, 20)
