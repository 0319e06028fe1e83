"""/demo in the chat: an invented family to walk through, and nothing of anybody's is touched on the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from gerente_financeiro import (
    allowance_handler,
    card_handler,
    credit_handler,
    demo_handler,
    forecast_handler,
    investment_handler,
    open_finance_handler,
    spending_handler,
    start_handler,
    subscription_handler,
    wealth_handler,
)
from gerente_financeiro.connect import conversation
from gerente_financeiro.demo_handler import LOOKING, as_demo
from gerente_financeiro.keyboards import CALLBACK_LIMIT, button, keyboard, parse
from gerente_financeiro.listing import PAGE_BYTES, Listing, listing_ids
from gerente_financeiro.messages.demo import BANNER
from gerente_financeiro.screens import Screen
from open_finance.reading.statement_query import Period
from open_finance.reading.statements import StatementFilters
from open_finance.storage.database import Database
from open_finance.storage.models import Base
from tests.bot_app import CPF, PASSWORD, Chat, RunningBot, choose
from tests.builders import TODAY
from tests.pluggy_server import Json, wait_until
from tests.story import Story, checking, credit_card, data_of, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
TITLE = "DEMONSTRAÇÃO · dados inventados\n"
LEAVE = "Sair da demonstração"


def show(story: Story, message: Json, label: str, fragment: str) -> Json:
    """Press a button of the demonstration: the same message, under the banner, with the way out last."""
    seen = story.press(message, label, fragment)
    assert seen["message_id"] == message["message_id"]
    assert seen["text"].startswith(TITLE)
    assert labels(seen)[-1] == LEAVE
    assert all(one["data"].startswith("demo") for line in seen["buttons"] for one in line)
    return seen


def test_a_newcomer_walks_through_the_family_and_on_to_an_own_bank(story: Story) -> None:
    first = story.press(story.ask("/start", "Olá, Ana!"), "👀 Ver uma demonstração", "A família Jatobá não existe.")
    assert first["text"].startswith(TITLE)
    assert labels(first) == [
        "Extrato",
        "Gastos",
        "Fatura",
        "Contas",
        "Previsão",
        "Posso gastar hoje?",
        "Patrimônio",
        "Investimentos",
        "Crédito",
        "🙈 Esconder valores",
        "Assinaturas",
        LEAVE,
    ]
    assert first["text"].splitlines()[-1] == "⚠️ Nubank: dados de 19/11. Itaú e Caixa: hoje 06:12."
    hidden = show(story, first, "🙈 Esconder valores", "•••")
    shown = show(story, hidden, "👁 Mostrar valores", "disponível")
    assert f"💰 Você tem R${N}" in shown["text"]

    banks = show(story, shown, "Contas", "Suas conexões")
    assert labels(banks) == ["Itaú", "Nubank ⚠️", "Caixa", "Saldo", "Extrato", "Gastos", "Assinaturas", "Crédito", LEAVE]
    bank = show(story, banks, "Nubank ⚠️", "O Nubank está fora do ar.")
    assert labels(bank) == ["Extrato", "‹ Voltar", "Saldo", "Gastos", "Assinaturas", "Crédito", LEAVE]
    assert "Extrato" in labels(show(story, bank, "‹ Voltar", "Suas conexões"))
    one_bank = show(story, show(story, banks, "Nubank ⚠️", "fora do ar"), "Extrato", "Últimos 30 dias · Nubank")

    story.restart()
    listed = show(story, one_bank, "Limpar filtros", "Últimos 30 dias · todas as contas")
    assert labels(listed) == [
        "‹ Out",
        "Nov",
        "1/8",
        "›",
        "Conta",
        "Saldo",
        "Contas",
        "Gastos",
        "Assinaturas",
        "Crédito",
        LEAVE,
    ]
    second = show(story, listed, "›", "Pagamento da fatura Itaú")
    story.clock.advance(days=1)
    third = show(story, second, "›", "Transferências suas não entram na soma")
    assert labels(third)[:1] == ["🔄 Atualizar"]  # a day has passed: the family has lived on
    picker = show(story, third, "3/8", "São 8 páginas.")
    october = show(story, show(story, picker, "‹ Voltar", "Entrou"), "‹ Out", "📄 Outubro · todas as contas")
    account = show(story, show(story, october, "Conta", "De qual conta"), "Itaú · Visa ••8890", "Itaú · Visa ••8890")
    assert "(3/6)" in account["text"]
    assert f"+R${N}159,90 Estorno Bazar Vento Norte" in account["text"]

    goodbye = story.press(account, LEAVE, "Você saiu da demonstração")
    assert TITLE not in goodbye["text"]
    assert labels(goodbye) == ["🏦 Conectar meu banco", "Ver saldo"]
    story.press(goodbye, "🏦 Conectar meu banco", "Qual banco você quer conectar?")


def test_the_family_s_cards_can_be_looked_into(story: Story) -> None:
    both = show(story, story.ask("/demo", "A família Jatobá"), "Fatura", "Suas faturas abertas")
    assert labels(both)[:2] == ["Nubank · Mastercard ••1234", "Itaú · Visa ••8890"]
    visa = show(story, both, "Itaú · Visa ••8890", "fatura aberta")
    assert "fecha 08/12 · vence 15/12" in visa["text"]
    assert "✅ paga em 15/11" in visa["text"]
    plans = show(story, visa, "Parcelas", "Casa do Bosque Geladeiras")
    before = show(story, show(story, plans, "‹ Voltar", "até agora"), "Faturas anteriores", "faturas anteriores")
    october = show(story, before, "Out/26", "fatura de outubro")
    assert "somei o mesmo." in october["text"]
    rows = show(story, october, "Lançamentos", "lançamentos")
    assert labels(rows)[-7:] == ["Saldo", "Contas", "Extrato", "Gastos", "Assinaturas", "Crédito", LEAVE]


def test_the_familys_spending_is_a_picture_among_its_screens(story: Story) -> None:
    first = story.ask("/demo", "A família Jatobá não existe.")
    drawn = story.press(first, "Gastos", "Novembro até o dia 23")
    assert drawn["message_id"] > first["message_id"]
    assert drawn["photo"]
    assert drawn["text"].startswith(TITLE)
    assert labels(drawn)[-1] == LEAVE
    shops = show(story, drawn, "Por loja", "Por loja ·")
    assert shops["photo"]["href"] != drawn["photo"]["href"]
    balance = story.press(shops, "Saldo", "disponível")  # a picture stays one: words stand below it
    assert balance["message_id"] > shops["message_id"]
    assert balance["text"].startswith(TITLE)


def test_the_familys_subscriptions_can_be_looked_into_and_nothing_said_of_them(story: Story) -> None:
    listed = show(story, story.ask("/demo", "A família Jatobá"), "Assinaturas", "assinaturas")
    assert "Cine Sofá" in listed["text"]
    opened = show(story, listed, "1", "por mês")
    assert labels(opened) == ["‹ Voltar", "Saldo", "Contas", "Extrato", "Gastos", "Crédito", LEAVE]
    fixed = show(story, show(story, opened, "‹ Voltar", "assinaturas"), next(iter(fixed_of(listed))), "contas fixas")
    assert "Imobiliária Porta Azul" in fixed["text"]


def test_the_familys_positions_can_be_looked_into_and_no_file_is_made_of_them(story: Story) -> None:
    drawn = story.press(story.ask("/demo", "A família Jatobá"), "Investimentos", "📈 Investido")
    assert drawn["photo"]
    assert len(drawn["text"]) <= 1024
    assert labels(drawn)[:4] == ["Por banco", "Posições", "Vencimentos", "FGC"]
    assert "Posição em 31/12" not in labels(drawn)
    listed = story.press(drawn, "Posições", "5 posições")
    opened = show(story, listed, "1", "como o banco informa")
    assert "Pela minha conta" in opened["text"] or "não calculo" in opened["text"]
    back = show(story, opened, "‹ Voltar", "5 posições")
    assert "Caixa" in show(story, show(story, back, "Vencimentos", "vencimento"), "FGC", "conglomerado")["text"]


def fixed_of(message: Json) -> list[str]:
    return [label for label in labels(message) if label.startswith("Contas fixas")]


def test_the_familys_days_to_come_are_drawn_and_what_it_may_spend_is_told(story: Story) -> None:
    first = story.ask("/demo", "A família Jatobá não existe.")
    drawn = story.press(first, "Previsão", "Próximos 30 dias (até 23/12)")
    assert drawn["photo"]
    assert drawn["text"].startswith(TITLE)
    assert labels(drawn)[:4] == ["60 dias", "90 dias", "Ver linhas", "Posso gastar hoje?"]
    longer = show(story, drawn, "90 dias", "Próximos 90 dias")
    lines = story.press(longer, "Ver linhas", "todo mês, 4 vezes desde agosto")
    assert lines["text"].startswith(TITLE)
    spend = show(story, show(story, lines, "›", "linhas até"), "Saldo", "disponível")
    told = show(story, spend, "Posso gastar hoje?", f"Hoje você pode gastar R${N}")
    assert "Reserva" not in labels(told)
    show(story, told, "Ver contas", "em “posso gastar”")


def test_who_has_a_bank_goes_back_to_the_own_balance(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    goodbye = story.press(story.ask("/demo", "A família Jatobá"), LEAVE, "Você saiu da demonstração")
    story.press(goodbye, "Ver saldo", f"Você tem R${N}1.000,00")


def keys_asked_for(story: Story) -> int:
    return sum(one["path"] == "/auth" for one in story.pluggy.requests())


def dump(database: Database) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with database.reading() as session:
        return {
            table.name: [repr(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{table.name}"'))]
            for table in Base.metadata.sorted_tables
        }


def walk(story: Story, message: Json) -> set[str]:
    """Press every kind of button there is, several times each, in a chat where only the demonstration can answer.

    Returns the verbs that were pressed.
    """
    pressed: list[str] = []
    waiting = [data_of(message, label) for label in labels(message)]
    while waiting:
        data = waiting.pop(0)
        verb = parse(data)[0]
        if verb == "demosair" or data in pressed or [parse(old)[0] for old in pressed].count(verb) >= 4:
            continue
        pressed.append(data)
        assert story.forge(message, data) == "", data
        current = story.current(message)
        assert current["text"].startswith(TITLE), data
        waiting += [one["data"] for line in current["buttons"] for one in line]
    return {parse(data)[0] for data in pressed}


def test_nothing_of_anybodys_is_read_or_written_and_no_bank_is_asked(story: Story) -> None:
    story.bank_shows(checking(), credit_card(), rows=[row(number, TODAY) for number in range(1, 5)])
    story.connect()
    keys = keys_asked_for(story)
    story.ask("/saldo", f"R${N}1.000,00")
    wait_until(lambda: keys_asked_for(story) > keys)  # the bot has checked its own
    before = dump(story.core.database)
    assert before["bank_transactions"]
    story.pluggy.forget_requests()

    database, healthy = story.bot.core.database, story.bot.core.database.engine
    database.engine = Database("sqlite:////nowhere/at/all.db").engine
    message = story.ask("/demo", "A família Jatobá não existe.")
    verbs = walk(story, message)
    drawn = {labels(seen)[0]: seen for seen in story.telegram.messages(ANA) if seen["photo"]}  # pictures stand below it
    for picture in drawn.values():
        verbs |= walk(story, picture)
    listed = next(seen for seen in story.telegram.messages(ANA) if "posições" in seen["text"])  # below a picture, too
    verbs.add(parse(data_of(listed, "1"))[0])
    show(story, listed, "1", "como o banco informa")
    assert verbs | {"demo", "demosair"} == set(demo_handler.CALLBACKS)
    story.press(message, LEAVE, "Você saiu da demonstração")
    story.ask("/saldo", "Não consegui abrir seus dados agora.")  # the person's own were out of reach all the time
    database.engine = healthy

    assert dump(story.core.database) == before
    assert story.pluggy.requests() == []
    assert f"R${N}1.000,00" in story.ask("/saldo", "Você tem")["text"]


def test_a_forged_button_shows_nothing(story: Story) -> None:
    message = story.ask("/demo", "Jatobá")
    day = listing_ids(Listing(StatementFilters(Period(TODAY, TODAY), text="x" * 20)))
    for data in (
        "demobanco",
        "demobanco:99",
        "demoextrato:x",
        "demoextrato:99",
        "demox",
        "demoxp:fux6",
        "demoxa:",
        "demox:fux6:fuxz:a99::::0",
        ":".join(["demoxp", *day, "0"])[:CALLBACK_LIMIT],
        "demox:fux6:fuxz::1:::0",
        "demoatualizar:1",
        "demosincronizar",
        "demofat",
        "demofat:99",
        "demofatl:3:x:0",
        "demoasl",
        "demoasl:x:0",
        "demoasv:000000000000:a:0",
        "demoasc:1",
        "democrf:9:0",
        "democrp:0",
        "democrif:6",
    ):
        assert story.forge(message, data).startswith("Este menu expirou. Use /"), data
    assert story.current(message)["text"] == message["text"]


def test_a_connection_under_way_goes_on_below(bot: RunningBot, ana: Chat) -> None:
    choose(ana, "Itaú")
    ana.sees("Digite seu CPF")
    ana.write("/demo")
    family = ana.sees("A família Jatobá não existe.")
    ana.tap("Contas")
    assert ana.sees("Suas conexões")["message_id"] == family["message_id"]
    ana.loses(ana.write(CPF))
    ana.sees("2 de 2")
    ana.loses(ana.write(PASSWORD))
    assert ana.sees("Itaú conectado")["message_id"] > family["message_id"]
    assert "Suas conexões" in ana.sees(TITLE)["text"]


# --- a person's screen as one of the family's --------------------------------------------------------------------------

REAL = {
    **start_handler.CALLBACKS,
    **open_finance_handler.CALLBACKS,
    **card_handler.CALLBACKS,
    **conversation.CALLBACKS,
    **spending_handler.CALLBACKS,
    **forecast_handler.CALLBACKS,
    **allowance_handler.CALLBACKS,
    **subscription_handler.CALLBACKS,
    **wealth_handler.CALLBACKS,
    **investment_handler.CALLBACKS,
    **credit_handler.CALLBACKS,
}


def test_the_two_worlds_share_no_verb() -> None:
    assert set(REAL) >= LOOKING
    assert {verb for verb in REAL if verb.startswith("demo")} == set()
    assert {f"demo{verb}" for verb in LOOKING} | {"demo", "demosair"} == set(demo_handler.CALLBACKS)


def test_of_all_buttons_a_screen_may_have_only_those_that_look_are_kept() -> None:
    screen = Screen("texto", keyboard(*([button(verb, verb, 7)] for verb in REAL)))
    shown = as_demo(screen, "banco")
    assert shown.text == f"{BANNER}\n\ntexto"
    assert shown.keyboard is not None
    data = {str(one.callback_data) for line in shown.keyboard.inline_keyboard for one in line}
    assert data == {f"demo{verb}:7" for verb in LOOKING} | {"demosair"}


@given(
    st.dates(TODAY - timedelta(days=3650), TODAY + timedelta(days=3650)),
    st.integers(1, 36**9 - 1),
    st.sampled_from(["a", "b", ""]),
    st.integers(1_577_836_800, 3_700_000_000),
    st.integers(0, 10**PAGE_BYTES - 1),
)
def test_any_list_fits_a_button_of_the_family(day: date, number: int, scope: str, opened: int, page: int) -> None:
    filters = StatementFilters(
        Period(day - timedelta(days=365), day),
        account_id=number if scope == "a" else None,
        bank_of=number if scope == "b" else None,
    )
    listing = Listing(filters, datetime.fromtimestamp(opened, UTC), page)
    screen = Screen("", keyboard([button("›", verb, *listing_ids(listing), page) for verb in ("x", "xp", "xa")]))
    shown = as_demo(screen, "extrato").keyboard
    assert shown is not None
    for one in shown.inline_keyboard[0]:
        assert len(str(one.callback_data).encode()) <= CALLBACK_LIMIT
        assert parse(str(one.callback_data))[1] == [*listing_ids(listing), str(page)]


def test_the_command_is_answered_in_a_private_chat_only(story: Story) -> None:
    group = story.telegram.add_group(ANA)
    story.begin()
    story.telegram.send_text(ANA, "/demo", chat=group)
    story.telegram.wait_for(group, lambda seen: seen["from_bot"] and "Fale comigo no privado." in seen["text"])


def test_the_familys_credit_is_explained_and_nothing_is_asked_or_sent(story: Story) -> None:
    told = show(story, story.ask("/demo", "A família Jatobá"), "Crédito", "Sua saúde de crédito")
    assert "Não é score nem recomendação de crédito." in told["text"]
    assert "Comprovante de renda (PDF)" not in labels(told)
    how = show(story, told, "Como calculei", "Toque num número")
    figure = show(story, how, "1", "De onde vem: ")
    assert "1" not in labels(figure)  # a row of the family's cannot be changed
    show(story, show(story, figure, "‹ Voltar", "Toque num número"), "‹ Voltar", "Sua saúde de crédito")
