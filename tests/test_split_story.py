"""/dividir and /acertos in the chat, in private and in the group: who paid, who owes, paid back, taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gerente_financeiro.messages import splits as words
from tests.databases import BOTH_DATABASES
from tests.family_chat import (
    EVA,
    N,
    anas_banks,
    assert_no_canary,
    come_in,
    in_group,
    invite,
    linked_group,
    poke,
    tap,
    two_of_them,
)
from tests.pluggy_server import Json
from tests.story import BRUNO, Servers, Story, data_of, labels, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)


@pytest.fixture
def story(story: Story) -> Story:
    story.telegram.add_user(EVA, "Eva")
    return story


@pytest.fixture(params=BOTH_DATABASES)
def both(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Story]:
    """A story on each kind of database."""
    with tell(servers, request.getfixturevalue(f"{request.param}_url")) as told:
        told.telegram.add_user(EVA, "Eva")
        yield told


def bare_family(story: Story, *guests: int) -> None:
    """Ana and her guests; nobody has a bank."""
    story.begin()
    for guest in guests or (BRUNO,):
        come_in(story, invite(story), guest)


def debts(story: Story, user: int = ANA) -> list[tuple[str, str, str]]:
    return [(one.debtor.name, one.creditor.name, str(one.amount)) for one in story.core.family_book.list_debts(user)]


def expenses(story: Story) -> list[str]:
    return [one.description for one in story.core.family_book.list_expenses(ANA)]


def noted(story: Story, typed: str) -> Json:
    """Divided in private, confirmed."""
    return story.press(story.ask(typed, "Dividir"), "Confirmar", "pago por Ana: ")


# --- in the group ----------------------------------------------------------------------------------------------------


def test_an_expense_from_the_group_to_its_settlement(both: Story) -> None:
    story = both
    bare_family(story, BRUNO, EVA)
    group = linked_group(story, ANA, BRUNO, EVA)
    draft = in_group(story, group, ANA, "/dividir 150 mercado", "Dividir")
    assert draft["reply_to"] is not None
    assert f"R${N}50,00 de cada: Ana, Bruno e Eva." in draft["text"]
    assert labels(draft) == ["✅ Ana", "✅ Bruno", "✅ Eva", "Confirmar", "Cancelar"]
    without = tap(story, group, draft, "✅ Eva", "75,00 de cada: Ana e Bruno.", ANA)
    whole = tap(story, group, without, "▫️ Eva", "50,00 de cada", ANA)
    story.restart()
    done = tap(story, group, whole, "Confirmar", "✅", ANA)
    assert done["text"] == f"✅ Mercado, R${N}150,00, pago por Ana: R${N}50,00 de cada."
    assert labels(done) == ["Desfazer"]
    owed = in_group(story, group, EVA, "/acertos", "Acertos")
    assert f"Bruno deve R${N}50,00 a Ana" in owed["text"]
    assert labels(owed) == ["Pago: Bruno → Ana", "Pago: Eva → Ana", "Últimas despesas"]
    answer = poke(story, group, owed, data_of(owed, "Pago: Bruno → Ana"), EVA)
    assert (answer["text"], answer["show_alert"]) == ("Só Bruno ou Ana pode marcar.", True)
    paid = tap(story, group, owed, "Pago: Bruno → Ana", "Bruno pagou", BRUNO)
    assert f"✅ Bruno pagou R${N}50,00 a Ana." in paid["text"]
    assert debts(story) == [("Eva", "Ana", "50.00")]
    assert poke(story, group, paid, data_of(paid, "Desfazer"), ANA)["text"] == words.LATE
    tap(story, group, paid, "Desfazer", "o pagamento não conta mais", BRUNO)
    assert debts(story) == [("Bruno", "Ana", "50.00"), ("Eva", "Ana", "50.00")]


def test_only_its_author_changes_confirms_or_undoes_a_division(story: Story) -> None:
    bare_family(story)
    group = linked_group(story, ANA, BRUNO, EVA)
    draft = in_group(story, group, ANA, "/dividir 150 mercado", "Dividir")
    for label in ("✅ Bruno", "Confirmar", "Cancelar"):
        assert poke(story, group, draft, data_of(draft, label), BRUNO)["text"] == words.NOT_YOURS
        assert poke(story, group, draft, data_of(draft, label), EVA)["show_alert"]
    assert expenses(story) == []
    done = tap(story, group, draft, "Confirmar", "✅ Mercado", ANA)
    assert poke(story, group, done, data_of(done, "Desfazer"), BRUNO)["text"] == words.LATE
    tap(story, group, done, "Desfazer", words.UNDONE, ANA)
    assert expenses(story) == []
    assert poke(story, group, done, data_of(done, "Desfazer"), ANA)["text"] == words.LATE


def test_a_payment_that_both_mark_counts_once(story: Story) -> None:
    bare_family(story)
    noted(story, "/dividir 100 luz")
    group = linked_group(story, ANA, BRUNO)
    first = in_group(story, group, ANA, "/acertos", "deve")
    second = in_group(story, group, BRUNO, "/acertos", "deve")
    data = data_of(first, "Marcar como pago")
    for user, message in ((ANA, first), (BRUNO, second), (ANA, first)):
        poke(story, group, message, data, user)
    assert debts(story) == []
    assert len(story.core.family_book.list_settlements(ANA)) == 1
    story.clock.advance(minutes=11)
    assert "mudou ou não é seu" in poke(story, group, second, data, BRUNO)["text"]


# --- in private ------------------------------------------------------------------------------------------------------


def test_two_taps_and_the_same_again_count_once_unless_it_is_said_to_be_another(story: Story) -> None:
    bare_family(story)
    draft = story.ask("/dividir 20 uber", "Dividir")
    confirm = data_of(draft, "Confirmar")
    story.press(draft, "Confirmar", "✅ Uber")
    story.forge(draft, confirm)
    assert expenses(story) == ["uber"]
    again = story.press(story.ask("/dividir 20 uber", "Dividir"), "Confirmar", words.TWIN)
    assert expenses(story) == ["uber"]
    story.press(again, "Foi outra igual: anotar", f"R${N}10,00 de cada.")
    assert expenses(story) == ["uber", "uber"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/dividir 1.234,56 viagem", f"✅ Viagem, R${N}1.234,56, pago por Ana: R${N}617,28 de cada."),
        ("/dividir\n150   feira\ndo mês", f"✅ Feira do mês, R${N}150,00, pago por Ana: R${N}75,00 de cada."),
        ("/dividir 100,01 luz", f"✅ Luz, R${N}100,01, pago por Ana: Ana R${N}50,01, Bruno R${N}50,00."),
        ("/dividir 50 presente só Bruno", f"✅ Presente, R${N}50,00, pago por Ana: Bruno R${N}50,00."),
        (
            "/dividir 150 bar: Ana 100, Bruno 50",
            f"✅ Bar, R${N}150,00, pago por Ana: Ana R${N}100,00, Bruno R${N}50,00.",
        ),
        (
            "/dividir 150 bar: Ana 70%, Bruno 30%",
            f"✅ Bar, R${N}150,00, pago por Ana: Ana R${N}105,00, Bruno R${N}45,00.",
        ),
    ],
)
def test_ways_to_divide(story: Story, typed: str, said: str) -> None:
    bare_family(story)
    assert noted(story, typed)["text"] == said


def test_what_is_not_understood_is_answered_with_an_example(story: Story) -> None:
    bare_family(story)
    for typed in ("/dividir", "/dividir mercado", "/dividir 0 mercado", "/dividir -5 x", "/dividir 1.2.3 x"):
        assert "/dividir 150 mercado" in story.ask(typed, "/dividir 150 mercado")["text"]
    story.ask("/dividir 150 bar: Ana 100, Bruno 40", "Não entendi as partes")
    story.ask("/dividir 150 bar com Bruno e Davi", "Não achei na família")
    big = story.ask("/dividir 9.999.999 casa", "Dividir")
    assert "1.000.000,00" in story.forge(big, data_of(big, "Confirmar"))
    story.press(big, "Cancelar", words.CANCELLED)
    assert expenses(story) == []


def test_nobody_divides_alone(story: Story) -> None:
    story.ask("/dividir 150 mercado", "não está em uma família")
    story.ask("/acertos", "não está em uma família")
    invite(story)
    story.ask("/dividir 150 mercado", "Você ainda está só")
    come_in(story, invite(story))
    draft = story.ask("/dividir 150 mercado", "Dividir")
    alone = story.press(draft, "✅ Bruno", "Ana: R$")
    assert story.forge(alone, data_of(alone, "Confirmar")) == words.NOBODY_ELSE


def test_a_button_of_a_family_that_has_changed_shows_who_is_in_it_now(story: Story) -> None:
    bare_family(story)
    draft = story.ask("/dividir 90 pizza", "45,00 de cada")
    come_in(story, invite(story), EVA)
    shown = story.press(draft, "Confirmar", f"R${N}30,00 de cada")
    assert expenses(story) == []
    story.press(shown, "Confirmar", "✅ Pizza")


def test_a_command_that_was_edited_or_deleted_is_not_confirmed(story: Story) -> None:
    bare_family(story)
    draft = story.ask("/dividir 90 pizza", "Dividir")
    story.telegram.edit_text(ANA, draft["reply_to"], "/dividir 900 pizza")
    assert story.forge(draft, data_of(draft, "Confirmar")) == "Este menu expirou. Use /dividir"
    story.telegram.delete_text(ANA, draft["reply_to"])
    assert story.forge(draft, data_of(draft, "Confirmar")) == "Este menu expirou. Use /dividir"
    for data in (
        "dvs",
        "dvs:c2s:3",
        "dvs:x:y:z",
        "dvt:c6y:3:abcdef:99",
        "dvs:r1:3:abcdef",
        "dvx:1",
        "acp:1:2",
        "acx:9",
    ):
        assert story.forge(draft, data) in {
            "Este menu expirou. Use /dividir",
            "Este menu expirou. Use /acertos",
            words.LATE,
        }
    assert expenses(story) == []


def test_a_row_of_the_statement_is_divided_by_its_amount_and_its_shop_alone(both: Story) -> None:
    story = both
    two_of_them(story)
    numbered = story.press(story.ask("/extrato canario", "📄"), "Detalhes", "1. ")
    number = next(label for label in labels(numbered) if label == "1")
    opened = story.press(numbered, number, "Categoria: ")
    assert "Dividir" in labels(opened)
    draft = story.press(opened, "Dividir", "A família vai ler só isto:")
    assert "Confirmar" in labels(draft)
    back = story.press(draft, "‹ Lançamento", "Categoria: ")
    draft = story.press(back, "Dividir", "A família vai ler só isto:")
    narrow = story.press(draft, "✅ Bruno", "Ana: R$")
    done = story.press(story.press(narrow, "▫️ Bruno", "Bruno: R$"), "Confirmar", "✅")
    assert "pago por Ana" in done["text"]
    shop = "Loja CANARIO" if "77,77" in done["text"] else "Cinema CANARIO"
    assert done["text"].startswith(f"✅ {shop}, R${N}")
    story.press(story.ask("/acertos", "deve", BRUNO), "Últimas despesas", shop, BRUNO)
    with pytest.raises(AssertionError):
        assert_no_canary(story, BRUNO)  # she chose to tell this one


def test_a_row_is_divided_only_in_a_family_and_only_by_its_owner(story: Story) -> None:
    anas_banks(story)
    opened = story.press(story.press(story.ask("/extrato ifood", "📄"), "Detalhes", "1. "), "1", "Categoria: ")
    assert "Dividir" not in labels(opened)
    come_in(story, invite(story))
    message = story.ask("/ajuda", "Ver dinheiro", BRUNO)
    for data in ("dvr:1", "dvr:2", "dvr:x", "dvs:r1:3:abcdef", "dvt:r1:3:abcdef:0"):
        assert story.forge(message, data, BRUNO).startswith("Este menu expirou.")
    assert_no_canary(story, BRUNO)


def test_who_left_stays_in_what_was_divided_without_a_name(story: Story) -> None:
    bare_family(story)
    noted(story, "/dividir 100 luz")
    story.core.family_book.leave(BRUNO)
    owed = story.ask("/acertos", "quem saiu")
    assert f"quem saiu deve R${N}50,00 a Ana" in owed["text"]
    assert "Bruno" not in owed["text"]
    story.press(owed, "Marcar como pago", "quem saiu pagou")
    assert "Tudo certo" in story.ask("/acertos", "Acertos")["text"]


def test_the_last_expenses_and_payments_stand_in_one_list(story: Story) -> None:
    bare_family(story)
    nothing = story.press(story.ask("/acertos", "Tudo certo"), "Últimas despesas", "Nada foi dividido ainda.")
    assert labels(nothing) == ["‹ Acertos"]
    noted(story, "/dividir 100 luz")
    story.clock.advance(days=1)
    story.press(story.ask("/acertos", "deve"), "Marcar como pago", "Bruno pagou")
    listed = story.press(story.ask("/acertos", "Tudo certo"), "Últimas despesas", "Luz")
    assert listed["text"].splitlines()[1:] == [
        f"Hoje · 🤝 Bruno pagou R${N}50,00 a Ana.",
        f"Ontem · Luz, R${N}100,00, pago por Ana: R${N}50,00 de cada.",
    ]


def test_a_name_that_begins_small_on_purpose_stays_so() -> None:
    assert [words.what(each) for each in ("mercado", "iFood", "Uber", "99 táxi", "")] == [
        *("Mercado", "iFood", "Uber", "99 táxi", "Despesa"),
    ]


def test_a_hostile_name_or_text_is_shown_as_it_is(story: Story) -> None:
    hostile = story.telegram.add_user(4001, "<b>Zé & Cia</b>")
    story.begin()
    come_in(story, invite(story), hostile)
    done = noted(story, "/dividir 10 <i>pão</i> & t.me/x /saldo")
    assert "<i>pão</i> & t.me/x /saldo" in done["text"]
    assert "<b>Zé & Cia</b>" in story.ask("/acertos", "deve")["text"]
