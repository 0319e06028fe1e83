"""The words of one account's screen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages import account as words
from open_finance.reading.balances import BankAccounts, bank_accounts
from open_finance.records import Account, AccountJoin
from tests.builders import NOW, account, card, connection
from tests.telegram_html import HOSTILE, read

N = "\xa0"


def bank_of(*accounts: Account, **fields: Any) -> BankAccounts:
    return bank_accounts(accounts, [connection(**fields)], NOW)[0]


def join(**fields: Any) -> AccountJoin:
    """1.204 rows of another connection, three days ago."""
    record: dict[str, Any] = {
        "id": 1,
        "account_id": 1,
        "connection_id": 1,
        "former_connection_id": 2,
        "bank": "Itaú",
        "account": "Conta Corrente",
        "matched": 1100,
        "kept": 104,
        "joined_at": NOW - timedelta(days=3),
        "separable": True,
    }
    return cast("AccountJoin", record | fields)


def test_the_whole_screen() -> None:
    own = account(custom_name="Conta da casa", hidden=True, apart=True)
    assert read(words.account_screen(own, bank_of(own), [join()], NOW)).splitlines() == [
        "🏦 Itaú",
        f"• Conta da casa ••4321: R${N}1.000,00 · fora do total",
        "No banco: Conta corrente ••4321",
        "Fora do total: não entra nas somas de /saldo nem de /extrato.",
        "🔗 Juntei o histórico de Itaú · Conta Corrente em 20/11: 1.204 lançamentos, nenhum repetido.",
        "Você separou esta conta de outra igual: não junto as duas de novo.",
        "",
        "Atualizado hoje 06:12",
    ]


def test_a_plain_account_says_no_more_than_there_is() -> None:
    assert read(words.account_screen(card(), bank_of(card()), [], NOW)).splitlines() == [
        "🏦 Itaú",
        f"• Visa ••8890 · em aberto: R${N}800,00 · vence 10/12",
        "",
        "Atualizado hoje 06:12",
    ]


def test_a_history_joined_by_a_reconnection_of_the_same_connection() -> None:
    text = read(words.account_screen(account(), bank_of(account()), [join(former_connection_id=1, joined_at=NOW)], NOW))
    assert "🔗 Juntei o histórico de antes da reconexão hoje: 1.204 lançamentos, nenhum repetido." in text


def test_what_a_separation_means() -> None:
    asked = read(words.ask_separation(account(), join()))
    assert asked.startswith(
        "São contas diferentes? O histórico que veio de Itaú · Conta Corrente (1.204 lançamentos) sai da conta "
        "Conta corrente ••4321 e fica à parte"
    )
    assert "(1 lançamento)" in read(words.ask_separation(account(), join(matched=1, kept=0)))
    assert "/desconectar_banco" in asked
    assert "passa a contar duas vezes" in asked
    assert read(words.separated(join(matched=1, kept=0))).endswith("1 lançamento à parte, em /extrato.")


def test_names() -> None:
    assert read(words.ask_name(account(custom_name="Casa"))) == (
        "Como quer chamar a conta Conta corrente ••4321 (Itaú)?\nDigite o nome, com até 40 letras."
    )
    assert read(words.renamed("Casa & <b>")) == "✅ Pronto: agora é “Casa & <b>”."
    assert words.too_long(57) == "São 57 letras, e cabem 40. Mande um nome mais curto."


@given(st.text(max_size=200) | st.sampled_from(HOSTILE), st.integers(0, 40))
def test_whatever_banks_and_people_write_telegram_takes_it(text: str, joins: int) -> None:
    own = account(custom_name=text, name=text, connector_name=text, subtype="?")
    bank = bank_of(own, connector_name=text)
    joined = join(bank=text, account=text)
    read(words.account_screen(own, bank, [joined] * joins, NOW))
    for said in (
        words.ask_name(own),
        words.ask_separation(own, joined),
        words.separated(joined),
        words.renamed(text),
        words.accounts_of_bank(bank),
    ):
        read(said)
