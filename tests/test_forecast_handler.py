"""/previsao and /posso_gastar in the chat: a picture whose caption adds up, its lines, a purchase, and the reserve."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gerente_financeiro.forecast_handler import Asked, ids_of, read_ids, read_words
from gerente_financeiro.keyboards import CALLBACK_LIMIT, button
from gerente_financeiro.messages import allowance as allowance_words
from gerente_financeiro.messages import what_if as what_if_words
from gerente_financeiro.messages.outlook_words import NO_ACCOUNT, NOTHING_YET
from open_finance.demo import FAMILY, Demo
from open_finance.forecast_reports import build_outlook
from open_finance.insights.what_if import MOST, MOST_PARTS, Purchase
from open_finance.prompts import PROMPT_WAITS
from tests.builders import NOW, TODAY
from tests.databases import BOTH_DATABASES
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, LOGIN, Servers, Story, checking, credit_card, data_of, labels, row, tell
from tests.telegram_server import ANA
from tests.test_messages_forecast import amount_of, summands

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
MONTHS = [date(2026, month, 1) for month in range(5, 12)]


@pytest.fixture(params=BOTH_DATABASES)
def both(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Story]:
    """A story on each kind of database."""
    with tell(servers, request.getfixturevalue(f"{request.param}_url")) as told:
        yield told


def household(story: Story, *, months: list[date] = MONTHS, balance: str = "3832.57") -> None:
    """A salary, rent and a supermarket, and a card that owes R$ 800,00 on 10/12."""
    rows: list[Json] = []
    for number, month in enumerate(months):
        first = 100 * number
        rows.append(
            row(first + 1, month.replace(day=5), "6200.00", description="SALARIO ESTUDIO", categoryId="01010000")
        )
        rows.append(row(first + 2, month.replace(day=10), "-1800.00", description="IMOBILIARIA PORTA AZUL",
                        categoryId="14010000"))  # fmt: skip
        if month.replace(day=27) <= TODAY:
            rows.append(row(first + 3, month.replace(day=27), "-49.90", description="ALO MOVEL CELULAR",
                            categoryId="07020000"))  # fmt: skip
        days = [month.replace(day=2 + 7 * week) for week in range(4)]
        shop = [(day, f"-{61 + 37 * ((7 * number + 3 * day.day) % 11)}.40") for day in days if day <= TODAY]
        rows += [
            row(first + 10 + day.day, day, amount, description="MERCADO BOM", categoryId="10000000")
            for day, amount in shop
        ]
    accounts, bought = [checking(balance=balance), credit_card()], [bought_on_card(900), bought_on_card(901)]
    listed = {accounts[0]["id"]: rows, accounts[1]["id"]: bought}
    story.pluggy.admin(
        "households", {"match": LOGIN["user"], "household": {"accounts": accounts, "transactions": listed}}
    )
    story.connect()


def bought_on_card(number: int) -> Json:
    """R$ 400,00 a few days ago, on the bill of 10/12: what is owed is positive."""
    return row(number, TODAY - timedelta(days=number - 895), "400.00", description=f"LOJA {number}", type="DEBIT")


def plain(message: Json) -> list[str]:
    return [line.replace(N, " ") for line in message["text"].splitlines()]


# --- the picture ---------------------------------------------------------------------------------------------------------


def test_thirty_days_are_drawn_and_their_lines_add_up_and_others_take_their_place(both: Story) -> None:
    household(both)
    first = both.ask("/previsao", "🔮 Próximos 30 dias (até 23/12)")
    assert struct.unpack(">II", both.telegram.file(first)[16:24]) == (1080, 1350)
    added, end = summands(first["text"])
    assert sum(added, Decimal(0)) == end
    assert added[0] == Decimal("3832.57")
    assert any(re.match(r"\+ Salário .*: R\$ 6.200,00", line) for line in plain(first))
    assert any(line.startswith("Ponto mais baixo: ") for line in plain(first))
    assert plain(first)[-1].startswith("Atualizado hoje")
    assert labels(first) == ["60 dias", "90 dias", "Ver linhas", "E se…", "Posso gastar hoje?"]
    both.restart()
    farther = both.press(first, "60 dias", "Próximos 60 dias (até 22/01/2027)")
    assert farther["message_id"] == first["message_id"]
    assert farther["photo"]["href"] != first["photo"]["href"]
    assert labels(farther)[:2] == ["30 dias", "90 dias"]
    assert both.press(farther, "90 dias", "Próximos 90 dias")["message_id"] == first["message_id"]


def test_as_many_days_as_were_typed_and_what_says_nothing_is_told(story: Story) -> None:
    household(story)
    story.ask("/previsao 60", "Próximos 60 dias")
    story.ask("/previsao 90 dias", "Próximos 90 dias")
    odd = story.ask("/previsao 45", "Próximos 30 dias")
    assert plain(odd)[0] == "Só olho 30, 60 ou 90 dias para a frente, não 45. Aqui está a previsão:"
    assert "Não entendi" in story.ask("/previsao amanhã", "Próximos 30 dias")["text"]


def test_every_line_can_be_looked_at_by_ten(story: Story) -> None:
    household(story)
    drawn = story.ask("/previsao 90", "Próximos 90 dias")
    listed = story.press(drawn, "Ver linhas", " até 21/02/2027")
    assert listed["message_id"] > drawn["message_id"]  # a picture stays one: words stand below it
    text = "\n".join(plain(listed))
    assert re.search(r"\+R\$ 6.200,00 .*todo mês, 7 vezes desde maio", text)
    assert "Fatura" in text
    story.restart()
    seen, page = plain(listed), listed
    while "›" in labels(page):
        page = story.press(page, "›", " até 21/02/2027")
        assert page["message_id"] == listed["message_id"]
        seen += plain(page)
    assert any("Dia a dia · estimado" in line for line in seen)
    told = sum((amount_of(line.replace(" ", N, 1)) for line in seen if re.match(r"[+-]R\$", line)), Decimal(0))
    added, end = summands(drawn["text"])
    assert told == end - added[0]
    story.press(page, "‹ Previsão", "Próximos 90 dias")


def test_two_taps_at_once_leave_one_picture(story: Story) -> None:
    household(story)
    first = story.ask("/previsao", "Próximos 30 dias")
    story.telegram.press(ANA, first["message_id"], "60 dias")
    story.telegram.press(ANA, first["message_id"], data=data_of(first, "60 dias"))
    story.telegram.wait_for(ANA, lambda seen: "Próximos 60 dias" in seen["text"])
    story.ask("/ajuda", "Ver dinheiro")
    assert sum("Próximos" in seen["text"] for seen in story.telegram.messages(ANA)) == 1


def test_who_has_nothing_to_look_at_is_told_what_is_missing(story: Story) -> None:
    assert "Nenhum banco conectado ainda." in story.ask("/previsao", "banco")["text"]
    assert "Nenhum banco conectado ainda." in story.ask("/posso_gastar", "banco", BRUNO)["text"]
    story.bank_shows(checking())
    story.connect()
    story.ask("/previsao", NOTHING_YET[:40])
    story.ask("/posso_gastar", NOTHING_YET[:40])


def test_without_an_account_that_counts_there_is_nothing_to_start_from(story: Story) -> None:
    household(story)
    number = next(one["id"] for one in story.core.connector.list_accounts(ANA) if one["type"] == "BANK")
    story.core.accounts.hide_account(ANA, number)
    story.ask("/previsao", NO_ACCOUNT[:40])
    story.ask("/posso_gastar", NO_ACCOUNT[:40])


def test_little_history_gives_commitments_only_and_says_so(story: Story) -> None:
    story.bank_shows(checking(), rows=[row(1, TODAY - timedelta(days=20), "-55.00")])
    story.connect()
    shown = story.ask("/previsao", "Conheço só 20 dias do seu histórico")
    assert "Dia a dia" not in shown["text"].replace("sem o dia a dia", "")
    assert "entre" not in shown["text"]


def test_a_forged_button_shows_nothing(story: Story) -> None:
    household(story, months=MONTHS[-1:])
    message = story.ask("/ajuda", "Ver dinheiro")
    for data in (
        "prev:31",
        "prev:x",
        "prev:30:0:1:0::",
        "prev:30:zz:49:1::",
        "prevl",
        "prevl:30",
        "prevl:30:x",
        "preve:7",
    ):
        assert story.forge(message, data) == "Este menu expirou. Use /previsao", data
    for data in ("possol", "possol:x"):
        assert story.forge(message, data) == "Este menu expirou. Use /posso_gastar", data


# --- what if -------------------------------------------------------------------------------------------------------------


def test_a_purchase_is_asked_for_drawn_beside_and_changes_the_sum_by_just_its_amount(story: Story) -> None:
    household(story)
    first = story.ask("/previsao", "Próximos 30 dias")
    asked = story.press(first, "E se…", "Digite a compra")
    story.ask("não sei", "Não entendi essa compra.")
    story.restart()
    drawn = story.ask("tv 1.800 em 6x", "🤔 Tv de R$")
    assert drawn["photo"]
    lines = plain(drawn)
    assert lines[0] == "🤔 Tv de R$ 1.800,00 em 6x"
    assert lines[1].startswith("No cartão")
    assert "6 × R$ 300,00, nas faturas de 10/12, " in lines[1]
    _, end = summands(first["text"])
    told = next(line for line in lines if line.startswith("Saldo em 23/12"))
    was, now, apart = (amount_of(part.replace(" ", N)) for part in re.findall(r"-?R\$ [\d.,]+\d", told))
    assert (was, now, apart) == (end, end - 300, Decimal("-300.00"))
    assert labels(story.current(asked)) == []
    assert labels(drawn) == ["60 dias", "90 dias", "Ver linhas", "Outra compra", "Sem a compra", "Posso gastar hoje?"]
    longer = story.press(drawn, "60 dias", "Saldo em 22/01/2027")
    assert plain(longer)[0] == lines[0]
    listed = story.press(longer, "Ver linhas", "linhas até")
    assert "Tv 1/6" in listed["text"]
    assert "da sua pergunta" in listed["text"]
    story.press(longer, "Sem a compra", "🔮 Próximos 60 dias")


def test_a_purchase_typed_with_the_command_is_drawn_at_once(story: Story) -> None:
    household(story)
    drawn = story.ask("/previsao comprar 1.800 em 6x", "🤔 Compra de R$")
    assert "6 × R$" in drawn["text"]
    at_once = story.ask("/previsao jantar 250 no pix", "🤔 Jantar de R$")
    assert "Pago na hora, hoje." in at_once["text"]


def test_a_question_is_called_off_by_its_button_by_the_command_and_by_time(story: Story) -> None:
    household(story)
    first = story.ask("/previsao", "Próximos 30 dias")
    story.press(story.press(first, "E se…", "Digite a compra"), "Cancelar", what_if_words.NOTHING_ASKED)
    story.ask("300", "Posso responder")
    asked = story.press(first, "E se…", "Digite a compra")
    story.ask("não sei", "Não entendi essa compra.")
    assert story.ask("/cancelar", "sem a pergunta")["text"] == what_if_words.NOTHING_ASKED  # below what was typed
    assert labels(story.current(asked)) == []
    story.press(first, "E se…", "Digite a compra")
    wait_until(lambda: story.core.prompts.find(ANA))
    story.clock.advance(PROMPT_WAITS.total_seconds() + 1)
    story.telegram.wait_for(ANA, lambda seen: what_if_words.ASKED_TOO_LONG in seen["text"])


# --- what can be spent today ---------------------------------------------------------------------------------------------


def test_what_can_be_spent_is_the_first_line_and_the_lines_add_up(both: Story) -> None:
    household(both)
    shown = both.ask("/posso_gastar", "Hoje você pode gastar")
    lines = plain(shown)
    first, total = amount_of(lines[0].replace(" ", N)), next(line for line in lines if line.startswith("= "))
    parts = [amount_of(line.partition(": ")[2].replace(" ", N)) for line in lines[2 : lines.index(total)]]
    assert parts[0] == Decimal("3832.57")
    days = int(re.findall(r"÷ (\d+) dia", total)[0])
    assert sum(parts, Decimal(0)) // days <= first <= sum(parts, Decimal(0)) / days
    assert "Próxima entrada: Salário" in shown["text"]
    assert labels(shown)[-2:] == ["Reserva", "Previsão"]
    drawn = both.press(shown, "Previsão", "Próximos 30 dias")
    assert both.press(drawn, "Posso gastar hoje?", "Hoje você pode gastar")["text"] == shown["text"]


def test_a_reserve_is_kept_back_and_the_old_one_told(story: Story) -> None:
    household(story)
    shown = story.ask("/posso_gastar", "Hoje você pode gastar")
    asked = story.press(shown, "Reserva", "Hoje você não tem reserva.")
    story.ask("tudo", allowance_words.NO_AMOUNT[:30])
    story.ask("-5", allowance_words.NO_AMOUNT[:30])
    story.ask("R$ 999.999.999,00", "Não entendi o valor.")
    done = story.ask("500", "✅ Reserva: R$")
    assert plain(done)[0] == "✅ Reserva: R$ 500,00 (antes, nenhuma)."
    assert "- Sua reserva: -R$ 500,00" in plain(done)
    assert labels(story.current(asked)) == []
    assert story.core.outlook_book.get_reserve(ANA) == Decimal("500.00")
    assert story.core.outlook_book.get_reserve(BRUNO) == 0
    again = story.press(done, "Reserva", f"Hoje a reserva é de R${N}500,00.")
    kept = story.press(again, "Cancelar", "Hoje você pode gastar")
    assert "- Sua reserva: -R$ 500,00" in plain(kept)
    story.press(kept, "Reserva", "Quanto da sua conta")
    assert plain(story.ask("R$ 1.000,00", "✅ Reserva: R$"))[0] == "✅ Reserva: R$ 1.000,00 (antes, R$ 500,00)."
    story.press(story.ask("/posso_gastar", "Hoje você pode gastar"), "Reserva", "Quanto da sua conta")
    assert plain(story.ask("0", "✅ Sem reserva"))[0] == "✅ Sem reserva (antes, R$ 1.000,00)."


def test_a_household_that_goes_below_nothing_is_told_the_day(story: Story) -> None:
    household(story, balance="-210.00")
    shown = story.ask("/posso_gastar", "Hoje não sobra para gastar")
    assert "a conta já está negativa e chegam a faltar R$" in plain(shown)[0]
    drawn = story.ask("/previsao", "Próximos 30 dias")
    assert "Hoje: -R$ 210,00" in plain(drawn)
    assert any(line.startswith("⚠️ A conta já está negativa") for line in plain(drawn))


def test_a_household_that_goes_below_nothing_only_by_its_usual_pace_is_told_the_day_of_the_forecast(
    story: Story,
) -> None:
    household(story, balance="120.00")
    found = build_outlook(story.core.database, ANA, NOW).forecast
    assert found.negative_on is not None
    day = f"{found.negative_on:%d/%m}"
    shown = plain(story.ask("/posso_gastar", "Hoje você pode gastar"))
    assert f"⚠️ No seu ritmo de sempre, a conta fica negativa em {day}. Veja /previsao." in shown
    drawn = plain(story.ask("/previsao", "Próximos 30 dias"))
    assert any(line.startswith(f"⚠️ No ritmo atual, a conta fica negativa em {day} ") for line in drawn)


def test_what_is_in_the_sum_is_listed(story: Story) -> None:
    household(story)
    shown = story.ask("/posso_gastar", "Hoje você pode gastar")
    assert "- Contas antes de 05/12 (1): -R$ 49,90" in plain(shown)
    listed = story.press(shown, "Ver contas", "1 conta em “posso gastar”")
    assert any(re.match(r"-R\$ 49,90 .* · todo mês, 6 vezes desde maio", line) for line in plain(listed))
    assert story.press(listed, "‹ Voltar", "Hoje você pode gastar")["message_id"] == shown["message_id"]


def test_without_anything_in_the_sum_nothing_is_offered_to_list(story: Story) -> None:
    story.bank_shows(checking(), rows=[row(1, TODAY)])
    story.connect()
    assert labels(story.ask("/posso_gastar", "Hoje você pode gastar")) == ["Reserva", "Previsão"]


# --- pure ----------------------------------------------------------------------------------------------------------------

PURCHASES = st.builds(
    Purchase,
    st.integers(MOST_PARTS, int(MOST * 100)).map(lambda cents: Decimal(cents).scaleb(-2)),
    st.integers(1, MOST_PARTS),
    st.text(max_size=40),
    st.booleans(),
    st.text(max_size=40),
)


@given(PURCHASES, st.sampled_from([30, 60, 90]))
@example(Purchase(Decimal("1.00"), title="a::b", place=" :x"), 30)
def test_any_purchase_fits_a_button_and_is_read_from_it_again(purchase: Purchase, days: int) -> None:
    data = str(button("‹", "demoprevl", *ids_of(Asked(days, purchase)), 9).callback_data)
    assert len(data.encode()) <= CALLBACK_LIMIT
    found = read_ids(data.split(":")[1:-1])
    assert found is not None
    assert found.days == days
    assert found.what_if is not None
    kept = (found.what_if.amount, found.what_if.parts, found.what_if.on_card)
    assert kept == (purchase.amount, purchase.parts, purchase.on_card)
    assert read_ids([str(one) for one in ids_of(found)]) == found


@given(st.lists(st.text(max_size=12), max_size=8))
def test_what_no_button_of_ours_carries_is_nothing(ids: list[str]) -> None:
    found = read_ids(ids)
    assert found is None or found.days in {30, 60, 90}


def test_a_purchase_moves_every_day_after_it_by_just_its_amount() -> None:
    family = Demo()
    try:
        report = build_outlook(family.database(NOW), FAMILY, NOW, 30, what_if=Purchase(Decimal("300.00")))
    finally:
        family.close()
    assert report.before is not None
    pairs = list(zip(report.before.days, report.forecast.days, strict=True))
    for part in ("known", "median", "low", "high"):
        assert {getattr(before, part) - getattr(after, part) for before, after in pairs} == {Decimal("300.00")}


@pytest.mark.parametrize(
    ("typed", "days", "ignored"),
    [
        ("", 30, ""),
        ("60", 60, ""),
        (" 90 dias", 90, ""),
        ("próximos 60 dias", 60, ""),
        ("45", 30, "45"),
        ("oi", 30, "oi"),
    ],
)
def test_words_after_the_command(typed: str, days: int, ignored: str) -> None:
    assert read_words(typed) == Asked(days, None, ignored)
    assert read_words("comprar 1.800 em 6x").what_if == Purchase(Decimal("1800.00"), 6, "", on_card=True)
