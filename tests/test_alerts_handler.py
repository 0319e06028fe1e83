"""/alertas in the chat: switches, an amount and hours, also across a restart, and what was said to be one's own."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest
from sqlalchemy import select

from gerente_financeiro.alerts_handler import PATTERNS_A_PAGE, quiet_screen
from open_finance.alerts.settings import DEFAULTS, AlertSettings, Summary
from open_finance.storage import alerts, outbox
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.outbox import NewNotification
from tests.bot_app import Chat, choose
from tests.builders import TODAY
from tests.clocks import START
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Story, checking, data_of, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
TITLE = "Seus avisos"
FROM_50 = "a partir de R$ 50,00"


def settings(story: Story, user: int = ANA) -> AlertSettings:
    return story.core.alert_book.get(user)


def open_alerts(story: Story) -> Json:
    return story.ask("/alertas", TITLE)


# --- switches --------------------------------------------------------------------------------------------------------


def test_the_screen_says_in_words_what_its_buttons_show(story: Story) -> None:
    screen = open_alerts(story)
    assert screen["text"].splitlines()[1:] == [
        "",
        "Aviso de",
        f"• compras e outros gastos a partir de R${N}50,00",
        "• entradas de dinheiro",
        "• fatura a vencer, 3 dias e 1 dia antes",
        "• assinaturas que sobem de preço, ou cobram depois de canceladas",
        "• gastos incomuns",
        "• tarifas, juros e cheque especial",
        "• orçamentos, em 50, 80 e 100%, quando o mês vai passar do limite",
        "• bancos que param, voltam ou pedem nova autorização",
        "",
        "Resumo: não",
        "Silêncio: das 22:00 às 07:00; o que acontecer nele eu conto depois",
    ]
    assert labels(screen) == [
        *("✅ Compras", FROM_50),
        *("✅ Entradas", "✅ Faturas", "✅ Assinaturas", "✅ Incomuns", "✅ Tarifas e juros"),
        *("✅ Orçamentos", "✅ Avisos do banco"),
        *("Resumo: não", "Silêncio: das 22:00 às 07:00", "Fechar"),
    ]
    assert len(screen["buttons"]) <= 8


def test_a_switch_is_turned_in_place_also_after_a_restart(story: Story) -> None:
    screen = open_alerts(story)
    story.restart()
    off = story.press(screen, "✅ Entradas", "Não aviso de\n• entradas de dinheiro\n")
    assert off["message_id"] == screen["message_id"]
    assert "⬜ Entradas" in labels(off)
    assert settings(story) == AlertSettings(income=False)
    assert "Não aviso de" not in story.press(off, "⬜ Entradas", "• entradas de dinheiro")["text"]
    assert settings(story) == DEFAULTS
    assert settings(story, BRUNO) == DEFAULTS


def test_of_two_taps_the_second_changes_nothing(story: Story) -> None:
    screen = open_alerts(story)
    pressed = data_of(screen, "✅ Faturas")
    assert story.forge(screen, pressed) == story.forge(screen, pressed) == ""
    assert settings(story) == AlertSettings(bills=False)
    assert "Não aviso de\n• fatura a vencer, 3 dias e 1 dia antes\n" in story.current(screen)["text"]


def test_unusual_spending_is_told_with_the_spending_switched_off_and_that_is_said(story: Story) -> None:
    off = story.press(open_alerts(story), "✅ Compras", "Não aviso de\n• compras e outros gastos\n")
    assert "Um gasto incomum eu aviso mesmo com as compras desligadas." in off["text"]
    assert not any("a partir de" in label for label in labels(off))
    quiet = story.press(off, "✅ Incomuns", "Não aviso de\n• compras e outros gastos\n• gastos incomuns\n")
    assert "mesmo com as compras desligadas" not in quiet["text"]


@pytest.mark.parametrize(
    "data",
    [
        *("avliga", "avliga:summary:1", "avliga:income:2", "avliga:income:0:0", "avliga:__class__:0"),
        *("avde:x", "avde:99999999999", "avde:1:2", "avhora:2400", "avhora:1260", "avsil:2200", "avsil:22:x"),
        *("avres:hourly", "avmeu", "avmeu:00", "avtodos"),
    ],
)
def test_a_button_that_is_none_of_ours_changes_nothing(story: Story, data: str) -> None:
    assert story.forge(open_alerts(story), data) == "Este menu expirou. Use /alertas"
    assert settings(story) == DEFAULTS


def test_the_screen_opens_below_any_message_which_stays(story: Story) -> None:
    other = story.ask("/ajuda", "Ver dinheiro")
    story.forge(other, "alertas:novo")
    opened = story.telegram.wait_for_text(ANA, TITLE)
    assert opened["message_id"] > other["message_id"]
    assert story.current(other) == other


def test_a_closed_screen_keeps_its_words_and_loses_its_buttons(story: Story) -> None:
    screen = open_alerts(story)
    story.forge(screen, data_of(screen, "Fechar"))
    story.telegram.wait_until(ANA, lambda standing: standing[-1]["buttons"] == [])
    assert story.current(screen)["text"] == screen["text"]


def test_a_change_lets_what_waits_be_looked_at_anew(story: Story) -> None:
    later = story.clock.advance(hours=9)
    with story.core.database.writing() as session:
        outbox.add_notifications(session, ANA, [NewNotification("one", "back", not_before=later)], START)
        assert outbox.list_waiting(session, START) == []
    story.core.alert_book.change(ANA, banks=False)
    with story.core.database.reading() as session:
        assert outbox.list_waiting(session, story.clock.now()) == [ANA]


# --- an amount, hours ------------------------------------------------------------------------------------------------


def test_an_amount_is_chosen_or_typed(story: Story) -> None:
    screen = open_alerts(story)
    asked = story.press(screen, FROM_50, "A partir de que valor")
    assert labels(asked) == [
        *("Todas", "R$ 20,00", "✅ R$ 50,00", "R$ 100,00", "R$ 200,00", "R$ 500,00", "‹ Voltar"),
    ]
    chosen = story.press(asked, "R$ 200,00", "a partir de R$")
    assert f"• compras e outros gastos a partir de R${N}200,00" in chosen["text"]
    story.ask("80", "Posso mostrar")  # nothing is asked any more
    asked = story.press(chosen, "a partir de R$ 200,00", "A partir de que valor")
    story.restart()
    story.ask("uns oitenta", "Não entendi o valor. Mande assim: 80, 1.250,50 ou 150.000.")
    story.ask("-5", "Não entendi o valor.")
    story.ask("917378", "Não entendi o valor.")  # a code, most likely
    assert settings(story).spending_from == Decimal("200.00")
    done = story.ask("R$ 1.250,50", f"✅ Pronto: compras a partir de R${N}1.250,50.")
    assert story.current(asked)["buttons"] == []
    assert "a partir de R$ 1.250,50" in labels(done)
    assert settings(story) == AlertSettings(spending_from=Decimal("1250.50"))
    story.ask("80", "Posso mostrar")


def test_every_purchase_is_told_from_nothing_on(story: Story) -> None:
    story.press(open_alerts(story), FROM_50, "A partir de que valor")
    done = story.ask("0", "✅ Pronto: compras de qualquer valor.")
    assert "• compras e outros gastos de qualquer valor" in done["text"]


def test_a_summary_has_its_days_and_its_hour(story: Story) -> None:
    asked = story.press(open_alerts(story), "Resumo: não", "Com que frequência")
    assert labels(asked) == ["✅ Não", "Diário", "Semanal", "Mensal", "‹ Voltar"]
    weekly = story.press(asked, "Semanal", "Resumo: semanal, às 07:30 (às segundas, sobre a semana anterior)")
    asked = story.press(weekly, "às 07:30", "A que horas o resumo chega?")
    story.ask("25h", "Não entendi o horário. Mande assim: 7h30 ou 19h.")
    done = story.ask("10 da noite", "✅ Pronto: o resumo chega às 22:00.")
    assert "O horário do resumo cai no silêncio: ele chega quando o silêncio acabar." in done["text"]
    assert settings(story) == AlertSettings(summary=Summary.WEEKLY, summary_at=time(22))
    asked = story.press(done, "às 22:00", "A que horas o resumo chega?")
    story.press(asked, "20:00", "Resumo: semanal, às 20:00")


def test_quiet_hours_are_chosen_typed_or_given_up(story: Story) -> None:
    asked = story.press(open_alerts(story), "Silêncio: das 22:00 às 07:00", "Em que horário prefere não receber")
    assert labels(asked)[0] == "✅ 22:00 às 07:00"
    story.ask("cedo", "Não entendi o silêncio.")
    story.ask("8 às 8", "Não entendi o silêncio.")
    typed = story.ask("das 23h30 até as 6", "✅ Pronto: silêncio das 23:30 às 06:00.")
    asked = story.press(typed, "Silêncio: das 23:30 às 06:00", "Em que horário prefere não receber")
    never = story.press(asked, "Sem silêncio", "Silêncio: não")
    assert "Silêncio: não" in labels(never)
    story.press(never, "Silêncio: não", "Em que horário prefere não receber")
    story.ask("22 às 7", "✅ Pronto: silêncio das 22:00 às 07:00.")
    assert settings(story) == DEFAULTS


def test_a_question_can_be_left_called_off_or_forgotten(story: Story) -> None:
    said = "Nada mudou: seus avisos continuam como estavam."
    label = FROM_50
    asked = story.press(open_alerts(story), label, "A partir de que valor")
    left = story.press(asked, "‹ Voltar", TITLE)
    story.ask("80", "Posso mostrar")
    asked = story.press(left, label, "A partir de que valor")
    story.telegram.send_text(ANA, "/cancelar")
    story.telegram.wait_for_text(ANA, said)
    story.ask("80", "Posso mostrar")
    asked = story.press(open_alerts(story), label, "A partir de que valor")
    story.ask("/saldo", "Nenhum banco conectado")
    assert story.current(asked)["text"].startswith(said)
    asked = story.press(open_alerts(story), label, "A partir de que valor")
    story.clock.advance(minutes=15)
    story.telegram.wait_for_text(ANA, f"Esperei 15 minutos e parei por aqui. {said}")
    story.ask("80", "Posso mostrar")
    assert settings(story) == DEFAULTS


def test_a_switch_of_another_message_leaves_the_question_standing(story: Story) -> None:
    older = open_alerts(story)
    story.press(open_alerts(story), FROM_50, "A partir de que valor")
    story.forge(older, data_of(older, "✅ Entradas"))
    story.ask("80", f"✅ Pronto: compras a partir de R${N}80,00.")
    assert settings(story) == AlertSettings(income=False, spending_from=Decimal("80.00"))


def test_the_question_for_an_amount_ends_what_a_bank_was_being_told(story: Story) -> None:
    screen = open_alerts(story)
    ana = Chat(story.telegram, ANA)
    choose(ana, "Caixa")
    field = ana.sees("1 de 2")
    story.press(screen, FROM_50, "A partir de que valor")
    assert "Cancelado. Nada foi guardado." in story.current(field)["text"]
    story.ask("80", f"✅ Pronto: compras a partir de R${N}80,00.")


# --- what was said to be one's own -------------------------------------------------------------------------------------


def say_it_was_me(story: Story, *patterns: str) -> None:
    with story.core.database.writing() as session:
        for pattern in patterns:
            alerts.add_quiet_pattern(session, ANA, pattern, START)


def test_what_was_said_to_be_ones_own_is_listed_and_told_again(story: Story) -> None:
    say_it_was_me(story, "duplicate_charge:academia <x>", "far_above_category:11010000", "foreign_out_of_habit:USD")
    screen = open_alerts(story)
    assert len(screen["buttons"]) <= 8
    listed = story.press(screen, "Gastos que eu disse serem meus (3)", "De 3 gastos você me disse “Fui eu”")
    assert listed["text"].splitlines()[1:] == [
        "1. Cobranças repetidas · academia <x>",
        "2. Valor acima do costume · Restaurantes",
        "3. Compras em outra moeda · USD",
    ]
    assert labels(listed)[-2:] == ["Voltar a avisar de todos", "‹ Voltar"]
    button = "1. Voltar a avisar"
    data = data_of(listed, button)
    story.restart()
    woken = story.press(listed, button, "✅ Volto a avisar: cobranças repetidas · academia <x>.")
    assert story.forge(woken, data) == "Este menu expirou. Use /alertas"
    assert story.core.alert_book.list_quiet(ANA) == ["far_above_category:11010000", "foreign_out_of_habit:USD"]
    nothing = story.press(woken, "Voltar a avisar de todos", "Não há mais nenhum gasto que você disse ser seu")
    assert labels(nothing) == ["‹ Voltar"]
    assert "Gastos que eu disse" not in " ".join(labels(story.press(nothing, "‹ Voltar", TITLE)))


def test_one_alone_has_one_way_back(story: Story) -> None:
    say_it_was_me(story, "night_out_of_habit:bar do ze")
    listed = story.press(open_alerts(story), "Gastos que eu disse serem meus (1)", "De 1 gasto você me disse")
    assert labels(listed) == ["Voltar a avisar", "‹ Voltar"]
    story.press(listed, "Voltar a avisar", "✅ Volto a avisar: compras de madrugada · bar do ze.")


def test_many_patterns_are_paged_within_eight_rows() -> None:
    patterns = [f"duplicate_charge:{'loja muito comprida ' * 8}{number}" for number in range(2 * PATTERNS_A_PAGE + 1)]
    for page in range(4):
        screen = quiet_screen(patterns, page)
        assert screen.keyboard is not None
        assert len(screen.keyboard.inline_keyboard) <= 8


# --- where it answers --------------------------------------------------------------------------------------------------


def test_a_group_is_told_to_come_in_private(story: Story) -> None:
    story.begin()
    group = story.telegram.add_group(ANA, BRUNO)
    story.telegram.send_text(ANA, "/alertas", chat=group)
    story.telegram.wait_for_text(group, "Fale comigo no privado.")


# --- the summary that was asked for ------------------------------------------------------------------------------------


def test_the_tick_notes_the_summary_at_the_hour_that_was_chosen(story: Story) -> None:
    story.bank_shows(checking(), rows=[row(1, TODAY)])
    story.connect()
    asked = story.press(open_alerts(story), "Resumo: não", "Com que frequência")
    story.press(asked, "Diário", "Resumo: diário, às 07:30")
    story.clock.advance(hours=19.5)  # from noon
    wait_until(lambda: noted_summaries(story) == ["summary:daily:2026-11-24"])


def noted_summaries(story: Story) -> list[str]:
    with story.core.database.reading() as session:
        return list(session.scalars(select(NotificationRow.key).where(NotificationRow.kind == "summary")))
