"""The words of /minhas_contas."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages.accounts import (
    account_name,
    bank_account_name,
    bank_and_digits,
    bank_screen,
    connections,
    trouble,
)
from open_finance.reading.balances import BankAccounts, bank_accounts
from open_finance.records import Account, Connection
from tests.builders import NOW, account, action, card, connection, product, savings
from tests.telegram_html import HOSTILE, read

N = "\xa0"


def one(bank: Connection, *accounts: Account) -> BankAccounts:
    return bank_accounts(accounts, [bank], NOW)[0]


def test_every_bank_with_its_age_and_accounts() -> None:
    banks = bank_accounts(
        [
            account(),
            card(balance=Decimal("412.35")),
            account(id=4, connection_id=2, number="", reserved=Decimal("2000.00"), reserved_count=2),
            savings(connection_id=2),
        ],
        [
            connection(),
            connection(id=2, connector_name="Nubank", is_open_finance=False, last_updated_at=NOW - timedelta(days=4)),
        ],
        NOW,
    )
    assert read(connections(banks, NOW)).splitlines() == [
        "🏦 Suas conexões",
        "",
        "Itaú · atualizado hoje 06:12",
        f"• Conta corrente ••4321: R${N}1.000,00",
        f"• Visa ••8890 · em aberto: R${N}412,35 · vence 10/12",
        "",
        "Nubank · ⚠️ dados de 19/11",
        f"• Conta corrente: R${N}1.000,00 · 2 caixinhas: R${N}2.000,00",
        f"• Poupança ••9913: R${N}1.120,00",
    ]


def test_without_any_bank_it_says_how_to_begin() -> None:
    assert "Nenhum banco conectado" in read(connections([], NOW))


def test_a_direct_doors_balance_is_not_called_a_bill_for_it_may_hold_instalments() -> None:
    text = read(connections([one(connection(is_open_finance=False), card())], NOW))
    assert f"• Visa ••8890 · em aberto: R${N}800,00 · vence 10/12" in text


def test_card_behind_meu_pluggy_is_all_that_is_used_of_its_limit() -> None:
    linked = connection(is_open_finance=False, connector_id=200)
    assert f"• Visa ••8890 · em aberto: R${N}800,00 · vence 10/12" in read(connections([one(linked, card())], NOW))


def test_a_card_in_credit_is_in_the_persons_favour() -> None:
    text = read(connections([one(connection(), card(balance=Decimal("-50.00")))], NOW))
    assert f"• Visa ••8890 · R${N}50,00 a seu favor" in text


def test_a_due_day_that_is_past_is_not_shown() -> None:
    assert "vence" not in read(connections([one(connection(), card(bill_due_on=date(2026, 11, 10)))], NOW))


def test_an_account_that_counts_elsewhere_says_so() -> None:
    connection_list = [connection(id=1, last_updated_at=NOW - timedelta(days=3)), connection(id=2)]
    accounts = [account(id=1, connection_id=1, identity="same"), account(id=2, connection_id=2, identity="same")]
    text = read(connections(bank_accounts(accounts, connection_list, NOW), NOW))
    assert text.count("já vem de outra conexão") == 1


def test_rows_that_do_not_explain_the_balance_are_a_warning_under_the_account() -> None:
    gap = account(balance_gap_on=date(2026, 11, 12), balance_gap=Decimal("-35.00"))
    warning = f"  ⚠️ Os lançamentos que o banco mandou não fecham com o saldo desde 12/11: diferença de R${N}35,00."
    assert warning in read(connections([one(connection(), gap)], NOW)).splitlines()
    assert warning in read(bank_screen(one(connection(), gap), NOW)).splitlines()
    assert "não fecham" not in read(connections([one(connection(), account())], NOW))


def test_names_of_accounts() -> None:
    assert account_name(account()) == "Conta corrente ••4321"
    assert account_name(savings()) == "Poupança ••9913"
    assert account_name(card()) == "Visa ••8890"
    assert account_name(card(card_brand="AMERICAN_EXPRESS")) == "American Express ••8890"
    assert account_name(card(card_brand=None)) == "Cartão Gold ••8890"
    assert account_name(card(card_brand=None, marketing_name=None, name="", number="")) == "Cartão"
    assert account_name(account(subtype="OTHER", name="Conta Global", number="")) == "Conta Global"


def test_a_name_of_ones_own_goes_before_the_banks() -> None:
    own = account(custom_name="Conta <da> casa")
    assert account_name(own) == "Conta <da> casa ••4321"
    assert bank_account_name(own) == "Conta corrente ••4321"
    assert read(bank_and_digits(own)) == "Conta <da> casa (Itaú)"
    assert read(bank_and_digits(account())) == "Itaú ••4321"
    assert account_name(account(custom_name="\u202e \n")) == "Conta corrente ••4321"


def test_an_account_out_of_the_total_says_so() -> None:
    text = read(connections([one(connection(), account(hidden=True), card())], NOW))
    assert f"• Conta corrente ••4321: R${N}1.000,00 · fora do total" in text
    assert text.count("fora do total") == 1


def test_the_banks_screen_tells_products_and_authorisation() -> None:
    products = {"accounts": product(), "creditCards": product(is_updated=False, at=None), "identity": product()}
    bank = connection(products=products, partial=True, consent_expires_at=NOW + timedelta(days=300))
    text = read(bank_screen(one(bank, account(automatically_invested=Decimal("300.00"))), NOW))
    assert "O que leio: contas hoje 06:12 · cartões ⚠️ ainda não veio · lançamentos." in text
    assert "Autorizado, e ainda não lido aqui: investimentos · empréstimos." in text
    assert "Conectado desde 25/08 pelo Open Finance." in text
    assert "Autorização válida até 19/09/2027." in text
    assert f"••4321: R${N}300,00 do saldo rendem em aplicação automática." in text


@pytest.mark.parametrize(
    ("bank", "said"),
    [
        (connection(), "Autorização sem prazo: vale até você encerrar aqui ou no app do Itaú."),
        (connection(consent_expires_at=NOW - timedelta(days=2)), "Autorização vencida: 21/11."),
        (
            connection(
                consent_expires_at=NOW + timedelta(days=300), trouble_code="USER_AUTHORIZATION_REVOKED", trouble_at=NOW
            ),
            "Autorização encerrada hoje.",
        ),
        (connection(is_open_finance=False), "por usuário e senha, que ficam na Pluggy, nunca aqui.\nVale até você"),
        (
            connection(is_open_finance=False, connector_id=200),
            "pelo MeuPluggy, que atualiza uma vez por dia.\nVale até",
        ),
    ],
)
def test_until_when_a_door_stays_open(bank: Connection, said: str) -> None:
    assert said in read(bank_screen(one(bank, account()), NOW))


@pytest.mark.parametrize(
    "bank",
    [
        connection(is_open_finance=False, trouble_code="INVALID_CREDENTIALS", trouble_at=NOW),
        connection(is_open_finance=False, trouble_code="DOOR_CLOSED", trouble_at=NOW),
        connection(is_open_finance=False, gone=True),
        connection(is_open_finance=False, connector_id=200, gone=True),
    ],
)
def test_an_access_that_has_ended_is_not_called_valid(bank: Connection) -> None:
    assert "Vale até" not in read(bank_screen(one(bank, account()), NOW))


def test_trouble_in_a_sentence() -> None:
    assert trouble(connection(), NOW) is None
    assert trouble(connection(settled_at=None, status="WAITING_USER_INPUT", action=action()), NOW) is None
    assert "espera uma resposta sua" in str(trouble(connection(action=action()), NOW))
    changed = connection(is_open_finance=False, trouble_code="INVALID_CREDENTIALS", trouble_at=NOW)
    assert "não aceitou mais a senha" in str(trouble(changed, NOW))
    assert "fora do ar" in str(trouble(connection(status="OUTDATED", error_code="SITE_NOT_AVAILABLE"), NOW))
    assert "não existe mais na Pluggy" in str(trouble(connection(gone=True), NOW))
    assert "ainda não confirmou" in str(trouble(connection(disconnecting=True), NOW))


def test_a_bank_in_trouble_is_marked_even_while_its_data_is_fresh() -> None:
    text = read(bank_screen(one(connection(status="OUTDATED", error_code="SITE_NOT_AVAILABLE"), account()), NOW))
    assert text.startswith("🏦 Itaú · ⚠️ atualizado hoje 06:12\n⚠️ O Itaú está fora do ar.")


def test_a_bank_on_its_way_out_is_told() -> None:
    assert "Itaú · ⏳ desconectando" in read(connections([one(connection(disconnecting=True))], NOW))


TEXT = st.text(max_size=300) | st.sampled_from(HOSTILE)


@given(TEXT, TEXT, TEXT, st.integers(1, 60))
def test_whatever_banks_send_telegram_takes_it(bank: str, name: str, number: str, many: int) -> None:
    made = connection(connector_name=bank, error_code="SITE_NOT_AVAILABLE")
    accounts = [
        account(id=each, connector_name=bank, subtype="?", name=name, number=number, currency_code="BRL")
        for each in range(many)
    ]
    screen = one(made, *accounts, card(id=99, card_brand=name, number=number))
    read(bank_screen(screen, NOW))
    read(connections([screen] * 5, NOW))
