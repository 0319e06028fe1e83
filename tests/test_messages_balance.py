"""The words of /saldo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages.balance import balance
from open_finance.reading.balances import BalanceReport, balance_report
from open_finance.records import Account, Connection
from tests.builders import NOW, account, card, connection, product, savings
from tests.telegram_html import HOSTILE, read

N = "\xa0"


def report(*accounts: Account, connections: tuple[Connection, ...] = (connection(),)) -> BalanceReport:
    return balance_report(accounts, connections, NOW)


def test_the_whole_screen() -> None:
    stalled = product(is_updated=False, at=datetime(2026, 11, 19, 12, 0, tzinfo=UTC))
    found = report(
        account(balance=Decimal("3482.17")),
        card(balance=Decimal("412.35"), bill_due_on=date(2026, 12, 15)),
        account(
            id=4,
            connection_id=2,
            connector_name="Nubank",
            number="",
            balance=Decimal("350.40"),
            reserved=Decimal("2000.00"),
            reserved_count=2,
        ),
        card(id=5, connection_id=2, connector_name="Nubank", number="1234", balance=Decimal("1274.90")),
        savings(connection_id=3, connector_name="Caixa"),
        connections=(
            connection(is_open_finance=False),
            connection(
                id=2, connector_name="Nubank", is_open_finance=False, products={"transactions": stalled}, partial=True
            ),
            connection(id=3, connector_name="Caixa", is_open_finance=False),
        ),
    )
    assert read(balance(found, NOW)).splitlines() == [
        f"💰 Você tem R${N}3.832,57 disponível",
        f"• Itaú ••4321: R${N}3.482,17",
        f"• Nubank: R${N}350,40",
        "",
        f"🐷 Guardado: R${N}3.120,00",
        f"• Caixinhas Nubank: R${N}2.000,00",
        f"• Poupança Caixa ••9913: R${N}1.120,00",
        "",
        f"💳 A pagar em cartões: -R${N}1.687,25",
        f"• Nubank ••1234: R${N}1.274,90 · vence 10/12",
        f"• Itaú ••8890: R${N}412,35 · vence 15/12",
        "",
        f"= Líquido: R${N}5.265,32",
        "⚠️ Nubank: dados de 19/11 (parcial). Itaú e Caixa: hoje 06:12.",
    ]


def test_an_account_out_of_the_total_stands_apart_under_its_persons_name() -> None:
    found = report(
        account(custom_name="Conta da casa"),
        savings(hidden=True, custom_name="Viagem"),
        card(hidden=True, balance=Decimal("412.35")),
        card(id=9, hidden=True, balance=Decimal("-5.00"), number="1111"),
    )
    assert read(balance(found, NOW)).splitlines() == [
        f"💰 Você tem R${N}1.000,00 disponível",
        f"• Conta da casa (Itaú): R${N}1.000,00",
        "",
        "🔕 Fora do total, como você pediu",
        f"• Viagem (Itaú): R${N}1.120,00",
        f"• Itaú Visa ••8890: R${N}412,35 a pagar",
        f"• Itaú Visa ••1111: R${N}5,00 a seu favor",
        "",
        "Atualizado hoje 06:12",
    ]
    assert f"• Viagem (Itaú): R${N}1.120,00" in read(balance(report(savings(custom_name="Viagem")), NOW))
    alone = read(balance(report(account(hidden=True)), NOW, hidden=True))
    assert alone.startswith("🔕 Fora do total, como você pediu\n• Itaú Conta corrente ••4321: R$")
    assert "000" not in alone


def test_hidden_values_show_no_digit_of_any_amount() -> None:
    found = report(
        account(balance=Decimal("-210.77"), overdraft_used=Decimal("210.77"), overdraft_limit=Decimal("1000.00")),
        savings(balance=Decimal("77.77")),
        card(balance=Decimal("777.77")),
        account(id=8, currency_code="USD", balance=Decimal("7.77")),
    )
    hidden = read(balance(found, NOW, hidden=True))
    assert "77" not in hidden
    assert hidden.count("•••") >= 8
    assert hidden.endswith("Atualizado hoje 06:12")


def test_an_overdraft_in_use_is_told_with_its_limit() -> None:
    found = report(
        account(balance=Decimal("-210.00"), overdraft_used=Decimal("210.00"), overdraft_limit=Decimal("1000.00"))
    )
    assert read(balance(found, NOW)).splitlines()[:2] == [
        f"💰 Suas contas estão em -R${N}210,00",
        f"• Itaú ••4321: -R${N}210,00 (cheque especial: R${N}210,00 de R${N}1.000,00)",
    ]


def test_other_currencies_stand_apart_and_are_not_summed() -> None:
    found = report(account(), account(id=8, currency_code="USD", balance=Decimal("10.00"), number="77"))
    text = read(balance(found, NOW))
    assert f"Você tem R${N}1.000,00 disponível" in text
    assert f"🌎 À parte, fora das somas\n• Itaú Conta corrente ••77: US${N}10,00" in text


def test_a_card_in_credit_is_never_shown_as_debt() -> None:
    text = read(balance(report(account(), card(balance=Decimal("-50.00"))), NOW))
    assert f"💳 Nos cartões, a seu favor: R${N}50,00" in text
    assert f"• Itaú ••8890: R${N}50,00 a seu favor" in text
    assert f"= Líquido: R${N}1.050,00" in text


def test_what_is_invested_and_lent_has_a_line_each_and_is_in_no_sum() -> None:
    plain = report(account(balance=Decimal("3482.17")), card(balance=Decimal("412.35")))
    found = replace(plain, invested=Decimal("34210.55"), loans=Decimal("5123.45"))
    text = read(balance(found, NOW))
    assert text.startswith(f"💰 Você tem R${N}3.482,17 disponível\n")
    assert f"\n\n📈 Investimentos: R${N}34.210,55\n🏦 Empréstimos: -R${N}5.123,45\n\n" in text
    assert f"= Líquido de contas e cartões: R${N}3.069,82" in text
    assert "34" not in read(balance(found, NOW, hidden=True)).replace("4321", "")
    assert "Investimentos" not in read(balance(plain, NOW))
    broker = replace(report(), invested=Decimal("7.00"))
    assert read(balance(broker, NOW)).splitlines() == [f"📈 Investimentos: R${N}7,00", "", "Atualizado hoje 06:12"]


def test_cards_alone_begin_with_what_is_owed() -> None:
    text = read(balance(report(card()), NOW))
    assert text.startswith(f"💳 A pagar em cartões: -R${N}800,00")
    assert "Líquido" not in text


def test_open_finance_cards_say_what_their_figure_includes() -> None:
    assert "inclui parcelas" in read(balance(report(card()), NOW))
    linked = report(card(), connections=(connection(is_open_finance=False, connector_id=200),))
    assert "inclui parcelas" in read(balance(linked, NOW))
    direct = report(card(), connections=(connection(is_open_finance=False),))
    assert "inclui parcelas" not in read(balance(direct, NOW))


def test_a_bank_without_accounts_yet() -> None:
    assert "primeira vez" in read(balance(report(connections=(connection(settled_at=None),)), NOW))
    assert "/minhas_contas" in read(balance(report(), NOW))


TEXT = st.text(max_size=300) | st.sampled_from(HOSTILE)
AMOUNT = st.decimals(min_value=-(10**10), max_value=10**10, places=2)


@given(TEXT, TEXT, AMOUNT, st.booleans(), st.integers(1, 40))
def test_whatever_banks_send_telegram_takes_it(
    bank: str, number: str, amount: Decimal, hidden: bool, many: int
) -> None:
    made = (account, savings, card)
    found = report(
        *(made[each % 3](id=each, connector_name=bank, number=number, balance=amount) for each in range(many)),
        account(id=99, currency_code=number, name=bank, balance=amount),
        connections=(connection(connector_name=bank),),
    )
    read(balance(found, NOW, hidden=hidden))
