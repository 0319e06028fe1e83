"""/orcamento in the chat: typed, chosen by buttons, changed, deleted; and the warnings that come by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from gerente_financeiro.budget_screens import choices_screen
from gerente_financeiro.messages import budget as words
from open_finance.alerts.settings import DEFAULTS
from open_finance.budget_alerts import BudgetWarning
from open_finance.budget_states import NamedState
from open_finance.clock import local_day
from open_finance.insights.budgets import state_of
from open_finance.personal_records import Budget
from open_finance.storage import alerts
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.category_models import BudgetRow
from tests.bot_app import running_bot
from tests.clocks import START
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Servers, Story, checking, data_of, labels, row, tell
from tests.telegram_server import ANA
from tests.test_budgets import budget, november

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
TODAY = local_day(START)
MERCADO = {"categoryId": "10000000"}


def bank_rows() -> list[Json]:
    """R$ 702,10 at the supermarket this month, and something else."""
    return [
        row(1, TODAY - timedelta(days=3), "-702.10", description="PAO DE ACUCAR", **MERCADO),
        row(2, TODAY - timedelta(days=2), "-30.00", description="UBER TRIP", categoryId="19010000"),
    ]


def begin(story: Story) -> Story:
    story.bank_shows(checking(balance="9000.00"), rows=bank_rows())
    story.connect()
    with story.core.database.writing() as session:
        alerts.save_settings(session, ANA, replace(DEFAULTS, spending=False, income=False, unusual=False))
    story.begin()
    return story


@pytest.fixture
def story(story: Story) -> Story:
    return begin(story)


def budgets_of(story: Story, user: int = ANA) -> list[tuple[str, Decimal]]:
    with story.core.database.reading() as session:
        rows = session.scalars(select(BudgetRow).where(BudgetRow.user_id == user).order_by(BudgetRow.id))
        return [(each.category, each.amount) for each in rows]


# --- setting one -----------------------------------------------------------------------------------------------------


def test_one_line_sets_a_budget_and_says_where_it_stands(story: Story) -> None:
    done = story.ask("/orcamento mercado 1200", "por mês")
    said, age = done["text"].splitlines()
    assert said == f"✅ Mercado: R${N}1.200,00 por mês. Até hoje R${N}702,10 (59%), faltam 7 dias."
    assert age.startswith("Atualizado hoje")
    assert labels(done) == ["Ajustar", "Apagar", "Acumular sobra: não", "Todos os orçamentos"]
    assert budgets_of(story) == [("Mercado", Decimal("1200.00"))]
    again = story.ask("/orcamento MERCADO R$ 1.000,50", "1.000,50")
    assert "(70%)" in again["text"]
    assert budgets_of(story) == [("Mercado", Decimal("1000.50"))]


def test_an_amount_beyond_the_limits_says_which_they_are(story: Story) -> None:
    for typed in ("-5", "0", "99999999999"):
        refused = story.ask(f"/orcamento mercado {typed}", "Não entendi o valor.")
        assert f"de R${N}1,00 a R${N}9.999.999,99" in refused["text"]
    assert budgets_of(story) == []


def test_who_has_no_bank_is_told_that_nothing_is_added_up_yet(story: Story) -> None:
    done = story.ask("/orcamento mercado 1200", "por mês", user=BRUNO)
    assert done["text"].splitlines()[-1] == words.NO_BANK
    assert story.ask("/orcamento", "Seus orçamentos", user=BRUNO)["text"].splitlines()[-1] == words.NO_BANK


def test_no_label_is_cut_and_no_choice_out_of_reach(story: Story) -> None:
    choices, seen = story.core.budget_book.list_choices(ANA), list[str]()
    for page in (0, 1):
        keyboard = choices_screen(choices, 50_000, page).keyboard
        assert keyboard is not None
        assert len(keyboard.inline_keyboard) <= 8
        paired = (one for line in keyboard.inline_keyboard for one in line if len(line) > 1)
        assert all(len(one.text) <= 19 for one in paired)
        seen += [one.text for line in keyboard.inline_keyboard for one in line]
    assert {one.title for one in choices} <= set(seen)


def test_a_slip_is_asked_about_and_the_amount_is_kept(story: Story) -> None:
    asked = story.ask("/orcamento mercdo 1200", "Você quis dizer…?")
    assert asked["text"] == "Não achei “mercdo”. Você quis dizer…?"
    story.press(asked, "Mercado", f"R${N}1.200,00 por mês")
    assert budgets_of(story) == [("Mercado", Decimal("1200.00"))]


@pytest.mark.parametrize("typed", ["mercado 0", "mercado -5", "mercado 12,345", "mercado 1.2.3"])
def test_an_amount_that_is_none_is_answered_with_an_example(story: Story, typed: str) -> None:
    assert "/orcamento mercado 1200" in story.ask(f"/orcamento {typed}", "Não entendi o valor")["text"]
    assert budgets_of(story) == []


def test_a_name_that_is_none_is_answered_with_an_example_and_with_all(story: Story) -> None:
    asked = story.ask("/orcamento <b>xyzw</b> 70", "Não achei")
    assert "“<b>xyzw</b>”" in asked["text"]
    assert "/orcamento mercado 1200" in asked["text"]
    every = story.press(asked, "Ver todas", "Orçamento de quê?")
    done = story.press(every, "Compras", f"Compras: R${N}70,00")
    assert "(0%)" in done["text"]


def test_an_amount_alone_asks_what_for(story: Story) -> None:
    story.press(story.ask("/orcamento 500", "Orçamento de quê?"), "Transporte", f"Transporte: R${N}500,00 por mês")
    assert budgets_of(story) == [("Transporte", Decimal("500.00"))]


def test_by_buttons_an_amount_is_offered_or_typed_also_after_a_restart(story: Story) -> None:
    empty = story.ask("/orcamento", "Você ainda não tem orçamento")
    choices = story.press(empty, "➕ Novo orçamento", "Orçamento de quê?")
    offer = story.press(choices, "Mercado", "Quanto por mês para Mercado?")
    assert labels(offer) == ["R$ 200,00", "R$ 500,00", "R$ 1.000,00", "‹ Voltar"]
    story.restart()
    assert "Não entendi o valor" in story.ask("muito", "Não entendi")["text"]
    assert "✅ Mercado" in story.ask("R$ 850", f"R${N}850,00 por mês")["text"]
    assert story.current(offer)["buttons"] == []
    assert budgets_of(story) == [("Mercado", Decimal("850.00"))]
    taken = story.press(story.ask("/orcamento", "Seus orçamentos"), "➕ Novo orçamento", "Orçamento de quê?")
    assert "Mercado" not in labels(taken)


def test_another_command_calls_the_question_off(story: Story) -> None:
    offer = story.ask("/orcamento transporte", "Quanto por mês para Transporte?")
    story.ask("/saldo", "Você tem")
    assert story.current(offer)["text"] == "Nada mudou: seus orçamentos continuam como estavam. Veja em /orcamento."
    story.ask("300", "Posso responder")
    assert budgets_of(story) == []


# --- one that there is -----------------------------------------------------------------------------------------------


def test_all_budgets_stand_on_one_screen_in_bars_and_in_words(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    story.ask("/orcamento transporte 20", "por mês")
    screen = story.ask("/orcamento", "Seus orçamentos")
    assert screen["text"].splitlines()[:-1] == [
        "🎯 Seus orçamentos · novembro, faltam 7 dias",
        "",
        "Mercado",
        f"▓▓▓▓▓▓▓░░░ 70% · R${N}702,10 de R${N}1.000,00",
        f"Restam R${N}297,90. Se continuar assim, fecha em R${N}915,78.",
        "",
        "Transporte",
        f"▓▓▓▓▓▓▓▓▓▓ 150% · R${N}30,00 de R${N}20,00",
        f"Passou do limite em R${N}10,00. Se continuar assim, fecha em R${N}39,13.",
        "",
    ]
    assert screen["text"].splitlines()[-1].startswith("Atualizado hoje")
    assert labels(screen) == ["Mercado", "Transporte", "➕ Novo orçamento", "Fechar"]


def test_what_is_left_may_go_on_into_the_next_month(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    one = story.press(story.ask("/orcamento", "Seus orçamentos"), "Mercado", "A sobra não passa")
    rolling = story.press(one, "Acumular sobra: não", "vai para o mês seguinte.")
    assert "Acumular sobra: sim" in labels(rolling)
    story.clock.advance(days=10)
    later = story.press(story.ask("/orcamento", "dezembro"), "Mercado", "Sobra dos meses")
    assert f"R${N}0,00 de R${N}1.297,90" in later["text"]
    assert f"Sobra dos meses anteriores: R${N}297,90" in later["text"]
    asked = story.press(later, "Apagar", "Apagar o orçamento")
    assert f"a sobra acumulada de R${N}297,90" in asked["text"]
    story.press(asked, "Não", "Sobra dos meses")
    assert len(budgets_of(story)) == 1


def test_deleting_takes_two_steps_and_old_buttons_do_nothing(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    one = story.press(story.ask("/orcamento", "Seus orçamentos"), "Mercado", "A sobra não passa")
    asked = story.press(one, "Apagar", "Seus lançamentos ficam como estão.")
    yes = data_of(asked, "Sim, apagar")
    gone = story.press(asked, "Sim, apagar", "apagado")
    assert gone["buttons"] == []
    assert budgets_of(story) == []
    for data in (yes, data_of(one, "Ajustar"), data_of(one, "Acumular sobra: não"), data_of(one, "Ver gastos")):
        assert story.forge(gone, data) == "Este menu expirou. Use /orcamento"


def test_the_rows_that_a_budget_counts_are_listed(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    one = story.press(story.ask("/orcamento", "Seus orçamentos"), "Mercado", "A sobra não passa")
    listed = story.press(one, "Ver gastos", "PAO DE ACUCAR")
    assert listed["text"].splitlines()[2:-1] == [f"R${N}702,10 PAO DE ACUCAR · 20/11", ""]
    assert listed["text"].splitlines()[-1].startswith("Atualizado hoje")
    back = story.press(listed, "‹ Voltar", "A sobra não passa")
    assert back["text"].splitlines()[-1].startswith("Atualizado hoje")


@pytest.mark.parametrize(
    "data",
    [
        *("orcver", "orcver:x", "orcver:1", "orcpoe:0", "orcpoe:0:0", "orcpoe:1:100000000000", "orcpoe:13:5000"),
        *("orcpoe:2000000000001:5000", "orccat:15", "orccat:x", "orccat:199999999", "orcac:1:2", "orcac:1"),
        *("orcsil:1:1", "orcsil:1:1:202511", "orcnovo:1", "orcnovo:x:0", "orcapg:1", "orcdel:", "orcgas:99"),
    ],
)
def test_a_button_that_is_none_of_ours_changes_nothing(story: Story, data: str) -> None:
    screen = story.ask("/orcamento", "orçamento")
    assert story.forge(screen, data) == "Este menu expirou. Use /orcamento"
    assert budgets_of(story) == []


def test_anothers_buttons_do_nothing(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    one = story.press(story.ask("/orcamento", "Seus orçamentos"), "Mercado", "A sobra não passa")
    theirs = story.ask("/orcamento", "Você ainda não tem", BRUNO)
    for label in ("Ver gastos", "Ajustar", "Acumular sobra: não", "Não avisar este mês", "Apagar"):
        assert "expirou" in story.forge(theirs, data_of(one, label), BRUNO)
    assert budgets_of(story) == [("Mercado", Decimal("1000.00"))]


def test_a_group_is_told_to_come_in_private(story: Story) -> None:
    group = story.telegram.add_group(ANA, BRUNO)
    story.telegram.send_text(ANA, "/orcamento mercado 100", chat=group)
    story.telegram.wait_for_text(group, "Fale comigo no privado.")
    assert budgets_of(story) == []


# --- told by itself --------------------------------------------------------------------------------------------------


def account_id(story: Story) -> str:
    return str(story.core.connector.list_accounts(ANA)[0]["pluggy_id"])


def bank_lists(story: Story, amount: str, description: str = "PAO DE ACUCAR") -> None:
    """One more row, read at once."""
    when = "2026-11-23T14:41:00.000Z"
    story.pluggy.order(account_id(story), "add", amount=float(amount), description=description, date=when, **MERCADO)
    story.core.synchronizer.sync_user(ANA)


def warnings(story: Story, user: int = ANA) -> list[Json]:
    return [each for each in story.telegram.from_bot(user) if "chegou a" in each["text"]]


def warned(story: Story, number: int) -> Json:
    """The so many-th warning, once it is there."""
    return wait_until(lambda: warnings(story)[number - 1 :])[0]


def looked(story: Story) -> None:
    """A look at the budgets from this process; what it finds the bot tells."""
    story.core.budget_alerts.note_due()
    wait_until(lambda: not waits(story))


def waits(story: Story) -> bool:
    with story.core.database.reading() as session:
        open_ones = select(NotificationRow.id).where(
            NotificationRow.kind == "budget", NotificationRow.outcome.is_(None)
        )
        return bool(session.scalars(open_ones).all())


def a_month_of_warnings(story: Story) -> None:
    """80 % once; a refund; 80 % once more, across a restart; 100 %."""
    story.ask("/orcamento mercado 1000", "por mês")
    bank_lists(story, "-230.00")
    first = warned(story, 1)
    assert first["text"] == (
        f"🎯 Mercado chegou a 93% (R${N}932,10 de R${N}1.000,00) no dia 23. Se continuar assim, fecha em R${N}1.215,78."
    )
    assert labels(first) == ["Ver gastos", "Ajustar", "Não avisar este mês", "🔔 Avisos"]
    bank_lists(story, "200.00", "ESTORNO PAO DE ACUCAR")
    looked(story)
    story.restart()
    bank_lists(story, "-180.00")
    assert "chegou a 91%" in warned(story, 2)["text"]
    looked(story)
    bank_lists(story, "-100.00")
    assert f"no dia 23: passou do limite em R${N}12,10. Faltam 7 dias." in warned(story, 3)["text"]
    story.restart()
    bank_lists(story, "-100.00")
    looked(story)
    assert len(warnings(story)) == 3


def test_a_month_of_warnings(story: Story) -> None:
    a_month_of_warnings(story)


def test_a_month_of_warnings_on_postgres(servers: Servers, postgres_url: str) -> None:
    with tell(servers, postgres_url) as story:
        a_month_of_warnings(begin(story))


def test_two_bots_warn_once(story: Story, sqlite_url: str) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    with running_bot(story.telegram, story.pluggy, sqlite_url, story.clock):
        bank_lists(story, "-230.00")
        warned(story, 1)
        looked(story)
        looked(story)
    assert len(warnings(story)) == 1


def test_no_more_this_month_can_be_taken_back(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    bank_lists(story, "-230.00")
    hushed = story.press(warned(story, 1), "Não avisar este mês", "em novembro não aviso mais de Mercado")
    bank_lists(story, "-230.00")
    looked(story)
    assert len(warnings(story)) == 0  # the warning itself now says that there are no more
    again = story.press(hushed, "Voltar a avisar", "Volto a avisar de Mercado")
    assert labels(again) == ["Não avisar este mês"]
    bank_lists(story, "300.00", "ESTORNO PAO DE ACUCAR")
    looked(story)
    bank_lists(story, "-300.00")
    assert "chegou a 116%" in warned(story, 1)["text"]


def test_who_switched_budgets_off_is_not_warned(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    story.press(story.ask("/alertas", "Seus avisos"), "✅ Orçamentos", "Não aviso de")
    bank_lists(story, "-230.00")
    looked(story)
    assert warnings(story) == []


def test_in_quiet_hours_a_warning_waits_and_says_what_is_true_in_the_morning(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    story.clock.advance(hours=11)
    bank_lists(story, "-230.00")
    looked_at = story.core.budget_alerts.note_due
    looked_at()
    wait_until(lambda: waits(story))
    assert warnings(story) == []
    bank_lists(story, "-10.00")
    story.clock.advance(hours=9)
    assert "chegou a 94%" in warned(story, 1)["text"]


def test_who_is_erased_has_no_budget_left(story: Story) -> None:
    story.ask("/orcamento mercado 1000", "por mês")
    story.ask("/orcamento transporte 1000", "por mês", BRUNO)
    bank_lists(story, "-230.00")
    warned(story, 1)
    story.press(story.ask("/privacidade", "Guardo"), "Apagar tudo", "APAGAR")
    story.ask("APAGAR", "Tudo apagado")
    assert budgets_of(story) == []
    assert budgets_of(story, BRUNO) == [("Transporte", Decimal("1000.00"))]
    looked(story)
    story.ask("/orcamento", "Você ainda não tem orçamento")


# --- words -----------------------------------------------------------------------------------------------------------


def named(**values: Any) -> NamedState:
    own: Budget = budget("1200.00", **values)
    return NamedState(state_of(own, {TODAY.replace(day=18): Decimal("960.00")}, TODAY.replace(day=18), None), "Mercado")


def test_the_warning_reads_as_it_was_designed() -> None:
    assert words.warning(BudgetWarning(named(), 80, TODAY.replace(day=18))) == (
        f"🎯 Mercado chegou a 80% (R${N}960,00 de R${N}1.200,00) no dia 18. Se continuar assim, fecha em R${N}1.600,00."
    )


def test_where_it_is_too_early_to_say_the_days_are_told() -> None:
    early = NamedState(november(3, "600.00"), "A & <b>")
    text = words.warning(BudgetWarning(early, 50, TODAY.replace(day=3)))
    assert text == f"🎯 A &amp; &lt;b&gt; chegou a 50% (R${N}600,00 de R${N}1.200,00) no dia 3. Faltam 27 dias."


def test_a_month_without_a_limit_left_is_said_in_words() -> None:
    own = budget("100.00", rolls_over=True, starts_on=TODAY.replace(month=10, day=1))
    spent = {TODAY.replace(month=10): Decimal("250.00"), TODAY: Decimal("10.00")}
    used = NamedState(state_of(own, spent, TODAY, None), "Lazer")
    assert "o que passou dos meses anteriores já consumiu o limite deste mês" in words.bar_line(used.state)
    assert words.warning(BudgetWarning(used, 100, TODAY)) == (
        f"🎯 Lazer já passou do limite deste mês: R${N}10,00 gastos, e o que passou dos meses anteriores já o consumiu."
    )
    assert f"Excesso dos meses anteriores: R${N}150,00" in words.one_budget(used, "")
