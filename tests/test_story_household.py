"""One household's whole story in the chat: connected by each door, read to the centavo, through outages, and out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from open_finance.bank_connector import BankConnector
from open_finance.storage import database
from open_finance.storage.models import AccountRow, ActionRow, ConnectionRow, IntentRow, TransactionRow
from tests.bot_app import CPF, PASSWORD, Chat, choose, choose_sandbox, connect_by_link, fill, posts
from tests.builders import TODAY
from tests.databases import BOTH_DATABASES
from tests.pluggy_server import wait_until
from tests.story import Servers, Story, both_servers, checking, credit_card, postgres_away, row, tell
from tests.telegram_server import ANA

N = "\xa0"
BARE_CPF = "52998224725"


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with both_servers() as running:
        yield running


@contextmanager
def household(servers: Servers, database_url: str) -> Iterator[Story]:
    """R$ 1.000,00 in an account, R$ 800,00 of card debt, and four rows; nothing is connected yet."""
    with tell(servers, database_url) as told:
        rows = [
            row(1, TODAY, "-89.90"),
            row(2, TODAY, "120.00"),
            row(3, TODAY - timedelta(days=2), "-0.01"),
            row(4, TODAY - timedelta(days=40), "-5.00"),
        ]
        for user in (BARE_CPF, "user-ok"):
            told.bank_shows(checking(), credit_card(), rows=rows, user=user)
        yield told


@pytest.fixture(params=BOTH_DATABASES)
def story(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Story]:
    with household(servers, request.getfixturevalue(f"{request.param}_url")) as told:
        yield told


@pytest.fixture
def ana(story: Story) -> Chat:
    """Ana's chat; the bot is there."""
    story.begin()
    return Chat(story.telegram, ANA)


def by_password(ana: Chat, story: Story) -> str:
    choose(ana, "Caixa")
    fill(ana, CPF, PASSWORD)
    return "Caixa"


def by_code(ana: Chat, story: Story) -> str:
    choose_sandbox(ana, "Pluggy Bank 2-step")
    fill(ana, "user-ok", "password-ok")
    ana.sees("Chave de segurança")
    ana.loses(ana.write("123456"))
    return "Pluggy Bank 2-step"


def by_link(ana: Chat, story: Story) -> str:
    story.pluggy.authorize(connect_by_link(ana))
    return "Nubank"


@pytest.mark.parametrize("connect", [by_password, by_code, by_link])
def test_household_is_connected_read_and_left(story: Story, ana: Chat, connect: Callable[[Chat, Story], str]) -> None:
    bank = connect(ana, story)
    end = ana.sees(f"✅ {bank} conectad")["text"]
    assert f"• Conta corrente ••3416 — R${N}1.000,00\n• Visa ••8890 — em aberto: R${N}800,00\n4 transações" in end
    reads_to_the_centavo(story, bank)
    assert str(BankConnector.get_total_balance(story.core.connector, user_id=ANA)) == "1000.00"
    leaves(story, bank)
    assert not any(request["method"] == "PATCH" for request in story.pluggy.requests())


def reads_to_the_centavo(story: Story, bank: str) -> None:
    listed = story.ask("/minhas_contas", "Suas conexões")["text"]
    assert f"{bank} · atualizado hoje" in listed
    assert f"• Conta corrente ••3416: R${N}1.000,00\n• Visa ••8890 · " in listed
    assert f": R${N}800,00 · vence 10/12" in listed
    balance = story.ask("/saldo", "Você tem")["text"]
    assert balance.startswith(f"💰 Você tem R${N}1.000,00 disponível\n• {bank} ••3416: R${N}1.000,00\n")
    assert f"A pagar em cartões: -R${N}800,00\n• {bank} ••8890: R${N}800,00 · vence 10/12" in balance
    assert f"= Líquido: R${N}200,00" in balance
    statement = story.ask("/extrato", "Últimos 30 dias")["text"]
    assert f"Entrou R${N}120,00 · Saiu R${N}89,91 · 3 lançamentos" in statement
    for line in (f"+R${N}120,00 Loja 2", f"-R${N}89,90 Loja 1", f"-R${N}0,01 Loja 3"):
        assert any(shown.startswith(line) and shown.endswith(f" · {bank}") for shown in statement.splitlines())


def leaves(story: Story, bank: str) -> None:
    """With everything: the item at Pluggy, and all it brought."""
    step = story.press(story.ask("/desconectar_banco", "Qual banco"), f"{bank} (2 contas)", "E o seu histórico")
    sure = story.press(step, "Apagar tudo", "Isso não tem volta. Apagar 4 lançamentos")
    story.press(sure, "Sim, apagar", f"✅ {bank} desconectad")
    assert story.pluggy.items() == []
    with story.core.database.reading() as session:
        kept = [session.query(table).count() for table in (ConnectionRow, AccountRow, TransactionRow, ActionRow)]
    assert kept == [0, 0, 0, 0]
    story.ask("/saldo", "Nenhum banco conectado")
    assert story.core.connector.get_total_balance(ANA) == 0


# --- when something is away --------------------------------------------------------------------------------------------

SORRY_PLUGGY = "A Pluggy, que faz a ponte com os bancos, não conseguiu atender. Tente de novo em alguns minutos."
SORRY_DATABASE = "Não consegui abrir seus dados agora. Tente de novo em alguns minutos."


def test_pluggy_going_away_and_coming_back(story: Story, ana: Chat) -> None:
    story.pluggy.fault("status", status=503, count=None)
    story.ask("/conectar_banco", SORRY_PLUGGY)
    story.pluggy.admin("faults", method="DELETE")
    by_password(ana, story)
    ana.sees("✅ Caixa conectada")
    story.pluggy.fault("status", status=503, count=None)
    story.clock.advance(hours=40)
    assert story.ask("/saldo", f"R${N}1.000,00 disponível")["text"].splitlines()[-1] == "⚠️ Caixa: dados de 23/11."
    story.ask("/minhas_contas", "Caixa · ⚠️ dados de 23/11")
    story.ask("/extrato", "⚠️ Caixa: dados de 23/11")
    story.ask("/sincronizar", SORRY_PLUGGY)
    story.ask("/conectar_banco", "Qual banco")  # the list is remembered
    ana.tap("Nubank")
    story.telegram.wait_for_answer(ana.tap("Open Finance (recomendado)"))
    story.rest()
    ana.sees(SORRY_PLUGGY)
    story.pluggy.admin("faults", method="DELETE")
    ana.tap("Open Finance (recomendado)")
    ana.sees("Digite seu CPF")
    ana.loses(ana.write(CPF))
    story.pluggy.authorize(ana.link("🔗 Autorizar"))
    ana.sees("✅ Nubank conectado")


COMMANDS = (
    "/saldo",
    "/minhas_contas",
    "/extrato",
    "/sincronizar",
    "/desconectar_banco",
    "/conectar_banco",
    "/privacidade",
)


@pytest.mark.postgres
def test_postgres_going_away_is_told_and_the_bot_works_again(servers: Servers, postgres_url: str) -> None:
    with household(servers, postgres_url) as story:
        ana = Chat(story.telegram, ANA)
        story.ask("/saldo", "Nenhum banco conectado")
        story.ask("/conectar_banco", "Qual banco")
        ana.tap("Caixa")
        door = ana.sees("como prefere conectar?")
        with postgres_away(postgres_url):
            ana.tap("Usuário e senha")
            ana.telegram.wait_for(
                ANA, lambda seen: seen["message_id"] > door["message_id"] and SORRY_DATABASE in seen["text"]
            )
            for command in COMMANDS:
                story.ask(command, SORRY_DATABASE)
        ana.tap("Usuário e senha")
        ana.tap("Autorizo")
        fill(ana, CPF, PASSWORD)
        ana.sees("✅ Caixa conectada")
        reads_to_the_centavo(story, "Caixa")


@pytest.mark.postgres
def test_item_that_cannot_be_stored_is_taken_back(servers: Servers, postgres_url: str) -> None:
    """The database goes away while Pluggy is being asked: nothing is left there that nobody could find again."""
    with household(servers, postgres_url) as story:
        story.begin()
        ana = Chat(story.telegram, ANA)
        choose(ana, "Caixa")
        story.pluggy.fault("delay", method="POST", path="/items$", delay=0.5)
        fill(ana, CPF, PASSWORD)
        wait_until(lambda: posts(story.pluggy) == 1)
        with postgres_away(postgres_url):
            ana.sees(SORRY_DATABASE)
            assert story.pluggy.items() == []
        ana.tap("Tentar de novo")
        fill(ana, CPF, PASSWORD)
        ana.sees("✅ Caixa conectada")
        assert len(story.pluggy.items()) == 1


def is_told(story: Story) -> bool:
    """Whether the end of connecting is marked as told: after it was shown, and in the person's turn, which waits for it."""
    with story.core.database.reading() as session:
        return session.scalar(select(IntentRow.id).where(IntentRow.message_id.is_not(None))) is None


def test_sqlite_file_that_somebody_else_writes_is_told_and_read_all_the_same(
    servers: Servers, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with household(servers, sqlite_url) as story:
        ana = Chat(story.telegram, ANA)
        story.begin()
        by_password(ana, story)
        ana.sees("✅ Caixa conectada")
        wait_until(lambda: is_told(story))
        story.clock.advance(minutes=6)
        story.rest()
        # Fifteen seconds of patience are too many for a test; its own writers wait for each other as long as ever.
        monkeypatch.setattr(database, "SQLITE_BUSY_MS", 200)
        story.bot.core.database.dispose()
        with story.core.database.writing() as session:
            session.connection()  # takes the only right to write
            reads_to_the_centavo(story, "Caixa")
            story.ask("/sincronizar", SORRY_DATABASE)
            choose(ana, "Nubank", "Open Finance (recomendado)", consent=False)
            ana.sees(SORRY_DATABASE)
        monkeypatch.undo()
        story.bot.core.database.dispose()
        ana.tap("Open Finance (recomendado)")
        ana.sees("Digite seu CPF")
