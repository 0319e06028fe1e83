"""Correcting a category in the chat, from a list and from a notification: for a row, for ever, and taken back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from open_finance.insights.row_categories import own_category
from open_finance.personal_records import CategoryRule
from open_finance.storage import ledger, transaction_rows
from tests.builders import TODAY
from tests.pluggy_server import Json
from tests.rows import transaction_data
from tests.story import BRUNO, Story, checking, data_of, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
SHOP = "XKQJ Wzvh"  # of which nobody can know what it is


def shop(number: int, days_ago: int, amount: str = "-10.00", description: str = SHOP) -> Json:
    return row(number, TODAY - timedelta(days=days_ago), amount, description=description)


def open_row(story: Story, words: str = "", number: str = "1") -> Json:
    """The list of the words, and one of its rows opened."""
    listed = story.ask(f"/extrato {words}".strip(), "📄")
    numbered = story.press(listed, "Detalhes", "1. ")
    return story.press(numbered, number, "Categoria: ")


def category_of(story: Story, number: int = 0, user: int = ANA) -> str:
    """What the row of that place, the newest first, is decided to be."""
    with story.core.database.reading() as session:
        rows = transaction_rows.list_transactions(session, user)
    return story.core.categories.get_row(user, rows[number]["id"]).decided.category


def rules(story: Story, user: int = ANA) -> list[CategoryRule]:
    return story.core.categories.list_rules(user)


def choose(story: Story, screen: Json, group: str, category: str, fragment: str) -> Json:
    """Through all the groups to a category."""
    likely = story.press(screen, "Mudar categoria", "Qual é a categoria?")
    groups = story.press(likely, "Todas ›", "Em qual grupo")
    if group not in labels(groups):
        groups = _next(story, groups)
    return story.press(story.press(groups, group, "Qual é a categoria?"), category, fragment)


def _next(story: Story, message: Json) -> Json:
    story.forge(message, data_of(message, "›"))
    return story.telegram.wait_for(
        ANA, lambda seen: seen["message_id"] == message["message_id"] and seen["buttons"] != message["buttons"]
    )


# --- one row ---------------------------------------------------------------------------------------------------------


def test_a_row_is_opened_and_leads_back_to_its_page(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(number, number) for number in range(25)])
    story.connect()
    first = story.ask("/extrato", "Últimos 30 dias")
    third = story.press(story.press(first, "›", "12/11"), "›", "03/11")
    numbered = story.press(third, "Detalhes", "1. ")
    assert labels(numbered) == ["1", "2", "3", "4", "5", "‹ Voltar"]
    opened = story.press(numbered, "2", "Categoria: ")
    assert opened["text"].splitlines() == [
        f"{SHOP} — R${N}10,00",
        "02/11 · Itaú Conta corrente ••3416",
        "Categoria: não sei ao certo",
    ]
    assert labels(opened) == ["Mudar categoria", "Nota", "Não é gasto", "Não reconheço", "‹ Voltar"]
    assert story.press(opened, "‹ Voltar", "📄")["text"] == third["text"]


def test_a_correction_step_by_step_and_the_very_next_row_is_right_after_a_restart(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0), shop(2, 20, "-20.30"), shop(3, 50, "-1000.00"), shop(4, 3, "5.00")])
    story.connect()
    opened = open_row(story)
    asked = choose(story, opened, "Restaurantes e delivery", "Restaurantes", "Sempre?")
    assert asked["text"] == f"✅ {SHOP} agora é Restaurantes. Sempre?"
    assert labels(asked) == [f"Sempre {SHOP}", "Só esta", "Desfazer", "‹ Extrato"]
    story.restart()
    old = story.press(asked, f"Sempre {SHOP}", "Mudar também?")
    assert old["text"] == (
        f"✅ {SHOP} é sempre Restaurantes de hoje em diante.\nAchei 2 iguais desde outubro (R${N}1.020,30). Mudar também?"
    )
    assert labels(old) == ["Ver", "Mudar as 2", "Só daqui em diante", "Desfazer", "‹ Extrato"]
    seen = story.press(old, "Ver", "03/11")
    assert f"04/10 R${N}1.000,00 · {SHOP}" in seen["text"]
    done = story.press(seen, "Mudar as 2", "Pronto")
    assert done["text"] == f"✅ Pronto: {SHOP} é sempre Restaurantes.\nMudei 2 lançamentos antigos."
    assert labels(done) == ["Desfazer", "‹ Extrato"]
    account = story.core.connector.list_accounts(ANA)[0]
    with story.core.database.writing() as session:
        new = transaction_data("new", occurred_on=TODAY, description=f"Compra no débito - {SHOP} SAO PAULO BR")
        ledger.merge_transactions(session, ANA, account["id"], [new], story.clock.now())
    assert category_of(story) == "11010000"
    story.restart()
    listed = story.ask("/extrato restaurantes", "📄")
    assert "Só de Restaurantes" in listed["text"]
    assert f"Saiu R${N}80,30 · 3 lançamentos" in listed["text"]
    detail = story.press(story.press(listed, "Detalhes", "1. "), "1", "Categoria: ")
    assert "Categoria: Restaurantes (regra sua desde hoje)" in detail["text"]
    undone = story.press(done, "Desfazer", "✅ Desfeito.")
    assert "Categoria: Restaurantes (você corrigiu)" in undone["text"]
    assert rules(story) == []


def test_only_this_one_and_back(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0), shop(2, 2)])
    story.connect()
    asked = choose(story, open_row(story), "Viagem", "Hospedagem", "Sempre?")
    only = story.press(asked, "Só esta", "Só este lançamento: Hospedagem.")
    assert (category_of(story, 0), category_of(story, 1)) == ("12020000", "99999999")
    pressed = data_of(only, "Desfazer")
    story.press(only, "Desfazer", "✅ Desfeito.")
    assert category_of(story) == "99999999"
    assert story.forge(only, pressed) == "Isso já estava desfeito."
    assert rules(story) == []


def test_an_undo_is_over_after_ten_minutes_and_destroys_nothing_later(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    asked = choose(story, open_row(story), "Viagem", "Hospedagem", "Sempre?")
    first = data_of(asked, "Desfazer")
    story.press(asked, f"Sempre {SHOP}", "Pronto: XKQJ Wzvh é sempre Hospedagem.")
    again = choose(story, open_row(story), "Viagem", "Milhas", "Sempre?")
    assert story.forge(again, first) == "Você mudou isso de novo depois: não desfiz nada."
    story.clock.advance(minutes=10, seconds=1)
    assert story.forge(again, data_of(again, "Desfazer")).startswith("Só dá para desfazer nos primeiros 10 minutos.")
    assert category_of(story) == "12030000"


def test_one_equal_row_is_said_as_one(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0), shop(2, 5)])
    story.connect()
    asked = choose(story, open_row(story), "Mercado", "Mercado", "Sempre?")
    old = story.press(asked, f"Sempre {SHOP}", "Mudar também?")
    assert f"Achei 1 igual, de 18/11 (R${N}10,00). Mudar também?" in old["text"]
    on = story.press(old, "Só daqui em diante", "Pronto")
    assert on["text"] == f"✅ Pronto: {SHOP} é sempre Mercado de hoje em diante."
    assert [category_of(story, number) for number in (0, 1)] == ["10000000", "99999999"]


def test_two_taps_on_always_make_one_rule(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0), shop(2, 5)])
    story.connect()
    asked = choose(story, open_row(story), "Mercado", "Mercado", "Sempre?")
    pressed = data_of(asked, f"Sempre {SHOP}")
    assert story.forge(asked, pressed) == story.forge(asked, pressed) == ""
    assert len(rules(story)) == 1
    old = story.telegram.wait_for_text(ANA, "Mudar também?")
    change = data_of(old, "Mudar essa")
    assert story.forge(old, change) == story.forge(old, change) == ""
    done = story.telegram.wait_for_text(ANA, "Pronto")
    story.press(done, "Desfazer", "✅ Desfeito.")
    assert rules(story) == []


def test_not_spending_leaves_the_sums(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0), shop(2, 5)])
    story.connect()
    asked = story.press(open_row(story), "Não é gasto", "Sempre?")
    assert asked["text"] == f"✅ {SHOP} não conta mais como gasto. Sempre?"
    listed = story.ask("/extrato", f"Saiu R${N}10,00 · 2 lançamentos")
    assert f"↔ -R${N}10,00 {SHOP} · não é gasto · Itaú" in listed["text"]


# --- a category of one's own, a note, a dispute ----------------------------------------------------------------------


def test_a_category_of_ones_own_is_named_also_after_a_restart(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    asked = story.press(story.press(open_row(story), "Mudar categoria", "Qual é"), "➕ Nova", "Como se chama")
    story.restart()
    story.ask("Mercado", "Já existe uma categoria “Mercado”.")
    story.ask("x" * 41, "comprido demais")
    story.ask("conta 529.982.247-25", "não pode ter um CPF")
    story.ask("🏠", "Preciso de um nome")
    done = story.ask(" Bolo  da <b>Ana ", f"✅ {SHOP} agora é Bolo da <b>Ana. Sempre?")
    assert story.current(asked)["buttons"] == []
    story.press(done, f"Sempre {SHOP}", "é sempre Bolo da <b>Ana")
    assert f"-R${N}10,00 {SHOP} · Bolo da <b>Ana · Itaú" in story.ask("/extrato bolo da <b>ana", "Só de Bolo")["text"]
    likely = story.press(open_row(story), "Mudar categoria", "Qual é")
    groups = story.press(likely, "Todas ›", "Em qual grupo")
    assert labels(groups)[0] == "Suas categorias"
    assert "Bolo da <b>Ana" in labels(story.press(groups, "Suas categorias", "Qual é"))


def test_a_note_is_written_kept_through_a_restart_and_taken_away(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    story.press(open_row(story), "Nota", "O que quer anotar")
    story.restart()
    story.ask("x" * 201, "São 201 letras, e cabem 200.")
    noted = story.ask("presente <da> Ana", "✅ Nota guardada.")
    assert "Nota: presente <da> Ana" in noted["text"]
    assert "1 lançamento" in story.ask("/extrato presente", "Só com “presente”")["text"]
    asked = story.press(noted, "Nota", "O que quer anotar")
    assert "Hoje está: “presente <da> Ana”. A nova fica no lugar." in asked["text"]
    assert labels(asked)[:2] == ["Apagar a nota", "Cancelar"]
    assert "Nota:" not in story.press(asked, "Apagar a nota", "✅ Nota apagada.")["text"]


def test_what_the_bot_noted_of_a_dispute_is_no_note_to_take_away(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    disputed = story.press(open_row(story), "Não reconheço", "Anotei no lançamento")
    listed = story.press(disputed, "‹ Extrato", "Últimos 30 dias")
    opened = story.press(story.press(listed, "Detalhes", "1."), "1", "Nota: Não reconhecido em")
    asked = story.press(opened, "Nota", "O que quer anotar")
    assert "Apagar a nota" not in labels(asked)
    assert "Hoje está" not in asked["text"]


def test_a_cancelled_question_takes_no_answer(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    asked = story.press(open_row(story), "Nota", "O que quer anotar")
    back = story.press(asked, "Cancelar", "Categoria: ")
    assert "‹ Voltar" in labels(back)
    story.ask("olá", "Posso responder, por exemplo")
    story.press(back, "Nota", "O que quer anotar")
    story.telegram.send_text(ANA, "/cancelar")
    story.telegram.wait_for_text(ANA, "A nota continua como estava.")


def test_a_row_that_is_not_recognised_is_disputed_as_from_a_notification(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    said = story.press(open_row(story), "Não reconheço", "Eu não bloqueio cartões")
    assert "Anotei no lançamento" in said["text"]
    back = story.press(said, "Desfazer", "Categoria: ")
    assert "Não reconhecido" not in back["text"]
    assert "‹ Voltar" in labels(back)


def test_a_dispute_is_taken_back_after_midnight_too(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    said = story.press(open_row(story), "Não reconheço", "Anotei no lançamento")
    story.clock.advance(days=1)
    number = data_of(said, "Desfazer").split(":")[1]
    for old in (f"kpx:{number}", f"kpx:{number}:0", f"kpx:{number}:zzzzzzzzzzzz"):
        assert story.forge(said, old) == "Este menu expirou. Use /extrato"
    assert "Não reconhecido" not in story.press(said, "Desfazer", "Categoria: ")["text"]


def test_the_choice_opens_below_a_notification_which_stays(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(9, 3)])
    story.connect()
    story.begin()
    account = story.core.connector.list_accounts(ANA)[0]["pluggy_id"]
    story.pluggy.order(account, "add", amount=-89.9, description=SHOP, date="2026-11-23T14:41:00.000Z")
    story.core.synchronizer.sync_user(ANA)
    told = story.telegram.wait_for_text(ANA, f"R${N}89,90")
    story.restart()
    likely = story.press(told, "Categoria", "Qual é a categoria?")
    assert likely["message_id"] > told["message_id"]
    assert story.current(told) == told
    asked = story.press(likely, labels(likely)[0], "Sempre?")
    assert labels(asked) == [f"Sempre {SHOP}", "Só esta", "Desfazer"]


# --- filters ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(story: Story) -> Story:
    rows = [
        shop(1, 0, "-60.00", "Farmácia Azul"),
        shop(2, 1, "-120.00", "Farmácia Verde"),
        shop(3, 2, "-600.00", "Posto Ipiranga"),
        shop(4, 3, "-10.00", "Uber *trip"),
        shop(5, 4, "-7.00", SHOP),
    ]
    story.bank_shows(checking(), rows=rows)
    story.connect()
    return story


def test_the_category_is_a_filter_by_group_and_then_by_category(listed: Story) -> None:
    groups = listed.press(listed.ask("/extrato", "Últimos 30 dias"), "Categoria", "Qual categoria")
    transport = next(label for label in labels(groups) if label.startswith("Transporte"))
    assert transport == f"Transporte · -R${N}610,00 (2)".replace(N, " ")
    inside = listed.press(groups, transport, "Qual categoria de Transporte")
    assert labels(inside)[0].startswith("Tudo em Transporte")
    fuel = next(label for label in labels(inside) if label.startswith("Combustível"))
    shown = listed.press(inside, fuel, "Só de Combustível")
    assert f"Saiu R${N}600,00 · 1 lançamento" in shown["text"]
    health = listed.press(
        listed.press(shown, "Categoria", "Qual categoria"),
        next(label for label in labels(groups) if label.startswith("Saúde")),
        "Só de",
    )
    assert "2 lançamentos" in health["text"]
    assert "5 lançamentos" in listed.press(health, "Limpar filtros", "Entrou")["text"]


def test_the_amount_is_a_filter_tapped_or_typed_also_after_a_restart(listed: Story) -> None:
    first = listed.ask("/extrato saude e bem-estar", "Só de Saúde e bem-estar")
    asked = listed.press(first, "Valor", "De que valor?")
    assert labels(asked) == ["> R$ 50,00", "> R$ 100,00", "> R$ 500,00", "Todos os valores", "‹ Voltar"]
    over = listed.press(asked, "> R$ 100,00", f"Só de Saúde e bem-estar e acima de R${N}100,00")
    assert "1 lançamento" in over["text"]
    again = listed.press(over, "Valor", "De que valor?")
    listed.restart()
    listed.ask("muito", "Não entendi esse valor.")
    typed = listed.ask("50 a 60", f"Só de Saúde e bem-estar e de R${N}50,00 a R${N}60,00")
    assert "Farmácia Azul" in typed["text"]
    assert listed.current(again)["buttons"] == []


def test_words_are_asked_for_and_combined(listed: Story) -> None:
    over = listed.ask("/extrato >50", "Só acima de")
    listed.press(over, "🔎", "O que você procura?")
    found = listed.ask("Farmácia", f"Só com “farmacia” e acima de R${N}50,00")
    assert "2 lançamentos" in found["text"]
    cancelled = listed.press(listed.press(found, "🔎", "O que você procura?"), "Cancelar", "Só com")
    assert cancelled["text"] == found["text"]
    listed.ask("olá", "Posso responder, por exemplo")


@pytest.mark.parametrize(("button", "asks", "typed"), [("Valor", "De que valor?", ">5"), ("🔎", "O que você", "uber")])
def test_whoever_typed_for_a_list_that_is_gone_is_told(listed: Story, button: str, asks: str, typed: str) -> None:
    own = listed.core.categories.add_category(ANA, "Futebol")["id"]
    with listed.core.database.reading() as session:
        first = transaction_rows.list_transactions(session, ANA)[0]["id"]
    listed.core.categories.choose(ANA, first, own_category(own))
    listed.press(listed.ask("/extrato futebol", "Só de Futebol"), button, asks)
    listed.core.categories.delete_category(ANA, own)
    listed.ask(typed, "Essa lista não existe mais")


def test_a_category_name_is_looked_for_as_text_where_nothing_is_of_it(listed: Story) -> None:
    account = listed.core.connector.list_accounts(ANA)[0]
    with listed.core.database.writing() as session:
        new = transaction_data("new", occurred_on=TODAY, description="Uber Loteria", amount=Decimal("-1.00"))
        ledger.merge_transactions(session, ANA, account["id"], [new], listed.clock.now())
    assert "1 lançamento" in listed.ask("/extrato loteria", "lançamento")["text"]


# --- /categorias -----------------------------------------------------------------------------------------------------


def test_without_rules_it_says_how_to_begin(story: Story) -> None:
    empty = story.ask("/categorias", "Suas regras")
    assert "Nenhuma ainda. Para começar, abra o /extrato, toque em Detalhes" in empty["text"]
    assert labels(empty) == ["➕ Nova categoria", "Fechar"]


def test_a_rule_is_changed_deleted_and_taken_back(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    story.press(choose(story, open_row(story), "Mercado", "Mercado", "Sempre?"), f"Sempre {SHOP}", "Pronto")
    (rule,) = rules(story)
    screen = story.ask("/categorias", f"1 regra sua\n1. {SHOP} → Mercado")
    opened = story.press(screen, "1", "Vale para as saídas: todos os lançamentos.")
    assert "Você disse isso hoje." in opened["text"]
    groups = story.press(opened, "Mudar", "Em qual grupo")
    inside = story.press(groups, "Restaurantes e delivery", f"{SHOP} → Mercado\nVale")
    changed = story.press(inside, "Delivery", f"✅ Pronto: {SHOP} é sempre Delivery.")
    assert f"1. {SHOP} → Delivery" in changed["text"]
    story.restart()
    story.press(changed, "Desfazer", f"✅ Desfeito.\n\n🏷 1 regra sua\n1. {SHOP} → Mercado")
    assert rules(story) == [rule]
    again = story.press(story.ask("/categorias", "1 regra sua"), "1", "Vale para")
    gone = story.press(again, "Apagar", "Apaguei a regra de")
    assert rules(story) == []
    story.press(gone, "Desfazer", "✅ Desfeito.")
    assert rules(story) == [rule]
    assert rules(story, BRUNO) == []


def test_a_category_of_ones_own_is_deleted_in_two_steps_that_say_what_is_lost(story: Story) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0), shop(2, 3)])
    story.connect()
    story.press(story.ask("/categorias", "Suas regras"), "➕ Nova categoria", "Como se chama")
    story.ask("Futebol", "✅ Criei a categoria “Futebol”.")
    chosen = choose(story, open_row(story), "Suas categorias", "Futebol", "Sempre?")
    story.press(story.press(chosen, f"Sempre {SHOP}", "Mudar também?"), "Mudar essa", "Pronto")
    own = story.press(story.ask("/categorias", "1 regra sua"), "Suas categorias (1)", "Futebol: 1 lançamento e 1 regra")
    asked = story.press(own, "🗑 Futebol", "Apagar a categoria “Futebol”?")
    assert asked["text"] == (
        "Apagar a categoria “Futebol”? 1 lançamento volta à categoria que teria sem a sua correção e 1 regra deixa de "
        "valer. Isso não tem volta."
    )
    story.press(asked, "Sim, apagar", "✅ Apaguei a categoria “Futebol”.")
    assert [category_of(story, number) for number in (0, 1)] == ["99999999", "99999999"]
    assert rules(story) == []


@pytest.mark.parametrize(
    "data",
    [
        *(
            "kr",
            "kr:x",
            "kr:999",
            "kc:999",
            "ke:999:5yc1s",
            "ke:1:zzzzzz",
            "ke:1:O9",
            "ke:1",
            "ki:1:99:0",
            "ko:1",
            "kd:1:1",
        ),
        *(
            "ks:1:O9",
            "kt:1:O9:1",
            "kv:1:N:1:0:0",
            "ku:1:999",
            "kn:999",
            "km:999",
            "kp:999",
            "kpx:999:kbsz",
            "xr:1:2",
            "xc:1",
            "xv",
            "xq:x",
        ),
        *("kq:9", "kqe:9:N", "kqe:x", "kqx:9", "kj:9", "kwx:9", "kwy:9"),
    ],
)
def test_a_button_that_is_none_of_ours_changes_nothing(story: Story, data: str) -> None:
    story.bank_shows(checking(), rows=[shop(1, 0)])
    story.connect()
    assert story.forge(story.ask("/ajuda", "Ver dinheiro"), data).startswith("Este menu expirou. Use /")
    assert category_of(story) == "99999999"
    assert rules(story) == []
