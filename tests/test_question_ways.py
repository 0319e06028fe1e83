"""The buttons below an answer: the list of /extrato with its very rows, the month that was asked about, the bill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from telegram import InlineKeyboardButton

from gerente_financeiro.card_handler import OPEN
from gerente_financeiro.keyboards import base36, parse
from gerente_financeiro.listing import Listing, read_listing, short
from gerente_financeiro.messages import answers as words
from gerente_financeiro.messages.format import month_name
from gerente_financeiro.question_ways import ways
from gerente_financeiro.spending_handler import Asked, month_id, to_month
from open_finance.card_reports import build_card
from open_finance.insights.taxonomy import GROUPS
from open_finance.question_answers import Answer, Kind, answer_question, find_list
from open_finance.reading.statement_query import Period, month_of, previous_month
from open_finance.reading.statements import StatementLine, Totals
from open_finance.reports import StatementFilters, build_statement
from open_finance.spending_reports import build_spending
from open_finance.storage import ledger
from open_finance.storage.database import Database
from tests.builders import TODAY as STORY_TODAY
from tests.question_world import FOLDER, NOW, TODAY, read_questions, store_world
from tests.rows import transaction_data
from tests.story import Servers, Story, checking, labels, row, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

TEXTS = [each["text"] for path in sorted(FOLDER.glob("*_hundred.json")) for each in read_questions(path.name)]
Everything = list[tuple[str, Answer, list[InlineKeyboardButton]]]
LAST_MONTH = previous_month(STORY_TODAY)


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    path = tmp_path_factory.mktemp("ways") / "world.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database, store_world(database)
    database.dispose()


@pytest.fixture(scope="module")
def everything(world: tuple[Database, int]) -> Everything:
    """All three hundreds, asked once."""
    return [(text, *answered(world, text)) for text in TEXTS]


def answered(world: tuple[Database, int], text: str) -> tuple[Answer, list[InlineKeyboardButton]]:
    """The answer, and the buttons below it."""
    found = answer_question(*world, text, NOW)
    shown = ways(found, find_list(*world, found, NOW, short), NOW)
    return found, [one for line in shown.inline_keyboard for one in line] if shown else []


def pressed(buttons: Sequence[InlineKeyboardButton], verb: str) -> list[list[str]]:
    """What the buttons of a verb carry."""
    read = [parse(str(one.callback_data)) for one in buttons]
    return [ids for found, ids in read if found == verb]


def held(world: tuple[Database, int], listing: Listing) -> tuple[list[StatementLine], tuple[Totals, ...]]:
    """All rows of a list, and what they come to."""
    pages = [build_statement(*world, listing.filters, NOW, opened_at=listing.opened_at, page=0)]
    pages += [
        build_statement(*world, listing.filters, NOW, opened_at=listing.opened_at, page=number)
        for number in range(1, pages[0].pages)
    ]
    return [line for page in pages for line in page.lines], pages[0].totals


# --- all rows ---------------------------------------------------------------------------------------------------------


def test_wherever_a_list_is_offered_it_holds_the_answers_rows(
    world: tuple[Database, int], everything: Everything
) -> None:
    """All three hundreds: the same rows, and the same sum."""
    offered = 0
    for text, found, buttons in everything:
        for ids in pressed(buttons, "x"):
            lines, totals = held(world, read_listing(ids))
            assert sorted(line.row["id"] for line in lines) == sorted(one.row["id"] for one in found.rows), text
            assert [each.currency for each in totals] == ["BRL"]
            assert totals[0].income + totals[0].outgoing == sum(one.amount for one in found.rows), text
            if found.kind is not Kind.AVERAGE:
                assert abs(totals[0].income + totals[0].outgoing) == found.figure, text
            offered += 1
    assert offered >= 100


def test_what_a_statement_cannot_ask_for_has_no_list(world: tuple[Database, int]) -> None:
    """All that was spent, without what came in; all cards; two shops; rows of which some are left out."""
    for text in (
        "quanto gastei nos últimos 10 dias", "quanto gastei nos cartões de crédito em novembro?", "maior gasto da semana",
        "somando netflix e spotify, quanto dá em outubro?", "quanto recebi em outubro?", "3 maiores gastos de novembro",
    ):  # fmt: skip
        found, buttons = answered(world, text)
        assert found.rows, text
        assert pressed(buttons, "x") == [], text


def test_more_than_a_screen_holds_is_one_tap_away(world: tuple[Database, int]) -> None:
    found, buttons = answered(world, "netflix esse ano, quanto deu?")
    assert [one.text for one in buttons] == ["Ver os 11 lançamentos"]
    assert found.total_rows == 11 > words.ROWS
    _, few = answered(world, "quanto gastei com mercado em outubro?")
    assert [one.text for one in few] == ["Ver no extrato", "Mercado em outubro"]
    _, open_bill = answered(world, "qual o valor da fatura fechada do Nubank?")
    assert [one.text for one in open_bill] == ["Ver os 11 lançamentos", "Ver a fatura"]


def test_this_month_is_listed_as_a_month_unless_something_is_to_come(database: Database) -> None:
    world = database, store_world(database)
    text = "quanto gastei com mercado esse mês?"
    found = answer_question(*world, text, NOW)
    listed = find_list(*world, found, NOW, short)
    assert listed is not None
    assert listed.period == month_of(TODAY)
    with database.writing() as session:
        account = ledger.list_accounts(session, world[1])[0]
        later = transaction_data(
            "later", occurred_on=date(2026, 11, 28), description="Supermercado", category_id="10000000"
        )
        ledger.merge_transactions(session, world[1], account["id"], [later], NOW)
    listed = find_list(*world, found, NOW, short)
    assert listed is not None
    assert listed.period == Period(date(2026, 11, 1), TODAY)


def test_a_list_is_compared_as_it_will_stand_in_the_button(world: tuple[Database, int]) -> None:
    """Words that a button has no room for are shortened before the list is compared, not after."""
    found = answer_question(*world, "quanto gastei no pao de açucar desde março", NOW)

    def cut(filters: StatementFilters) -> StatementFilters:
        return short(StatementFilters(filters.period, text=filters.text[:1]))

    assert find_list(*world, found, NOW, short) is not None
    assert find_list(*world, found, NOW, cut) is None


def test_a_row_that_the_list_would_hold_beside_the_answers_takes_the_button_away(database: Database) -> None:
    """What came from the shop's name as own money is in a statement, and in no answer."""
    world = database, store_world(database)
    text = "quanto foi a Netflix em outubro?"
    assert pressed(answered(world, text)[1], "x")
    with database.writing() as session:
        account = ledger.list_accounts(session, world[1])[0]
        own = transaction_data(
            "own", occurred_on=date(2026, 10, 9), description="Netflix estorno", amount=Decimal("5.00"), same_holder=True,
            type="CREDIT", category_id="04000000",
        )  # fmt: skip
        ledger.merge_transactions(session, world[1], account["id"], [own], NOW)
    assert answered(world, text)[0].total_rows == 1
    assert pressed(answered(world, text)[1], "x") == []


def test_nobody_is_offered_a_list_of_anothers_rows(world: tuple[Database, int]) -> None:
    for text in ("quanto gastei com mercado em outubro?", "quanto rendeu a poupança em outubro?"):
        found = answer_question(*world, text, NOW)
        assert find_list(*world, found, NOW, short) is not None
        assert find_list(world[0], 4242, found, NOW, short) is None


def test_of_a_bill_the_button_opens_its_rows(world: tuple[Database, int], everything: Everything) -> None:
    for text, found, buttons in everything:
        for card, due, _page in pressed(buttons, "fatl"):
            report = build_card(*world, int(card), NOW)
            bill = next(
                one for one in (report.open, *report.closed)
                if base36(OPEN if one is report.open else one.due_on.toordinal()) == due
            )  # fmt: skip
            assert sorted(one["id"] for one in bill.rows) == sorted(one.row["id"] for one in found.rows), text


# --- the month --------------------------------------------------------------------------------------------------------


def asked_of(ids: list[str]) -> Asked:
    """The report that a button of /gastos opens, as far as it is compared here."""
    _view, by, month = ids
    if by.startswith("c"):
        return Asked(by="category", month=to_month(month), group=GROUPS[int(by[1:])])
    return Asked(by="group", month=to_month(month))


def test_gastos_opens_the_month_of_the_question_and_its_group(
    world: tuple[Database, int], everything: Everything
) -> None:
    """All three hundreds: no month but those of the question; of a whole group, or of everything, the very figure."""
    equal = 0
    for text, found, buttons in everything:
        for ids in pressed(buttons, "gs"):
            asked, question = asked_of(ids), found.question
            assert question is not None
            days = [day for one in (question.period, question.other) if one for day in (one.start, one.end)]
            assert asked.month is not None
            assert min(days).replace(day=1) <= asked.month <= max(days).replace(day=1), text
            is_all = question.categories in {(), (asked.group,)} and not (question.texts or question.scope.is_narrow)
            if found.kind is Kind.SPENT and is_all and not question.without and ids[1] != "s":
                figures = build_spending(*world, NOW, month=asked.month, by=asked.by, group=asked.group).figures
                assert figures.total == found.figure, text
                equal += 1
    assert equal >= 15


@pytest.mark.parametrize(
    ("text", "carries"),
    [
        ("quanto gastei com mercado em outubro?", ["p", "c0", month_id(date(2026, 10, 1))]),
        ("quanto gastei esse mês?", ["p", "g", month_id(TODAY)]),
        ("quanto gastei no ifood em outubro?", ["p", "m", month_id(date(2026, 10, 1))]),
        ("quanto gastei em cada cartão em outubro?", ["p", "a", month_id(date(2026, 10, 1))]),
        ("gastei mais em setembro ou em outubro?", ["p", "s", month_id(date(2026, 10, 1))]),
        ("total de gastos em dezembro", ["p", "g", month_id(date(2025, 12, 1))]),
    ],
)
def test_each_question_has_the_report_that_is_about_it(
    world: tuple[Database, int], text: str, carries: list[str]
) -> None:
    assert pressed(answered(world, text)[1], "gs") == [carries]


def test_of_more_than_a_month_no_month_is_offered(world: tuple[Database, int]) -> None:
    for text in (
        "netflix esse ano, quanto deu?",
        "quanto gastei com gasolina desde agosto?",
        "gastos com mercado essa semana",
    ):
        assert pressed(answered(world, text)[1], "gs") == [], text


def test_both_months_of_a_comparison_are_offered(world: tuple[Database, int]) -> None:
    _, buttons = answered(world, "com mercado eu gastei mais em setembro ou outubro")
    assert [one.text for one in buttons] == ["Mercado em setembro", "Mercado em outubro"]


def test_who_has_nothing_gets_no_button(database: Database) -> None:
    for text in TEXTS[::20]:
        assert answered((database, 4242), text)[1] == [], text


# --- in the chat ------------------------------------------------------------------------------------------------------


@pytest.fixture
def story(servers: Servers, sqlite_url: str) -> Iterator[Story]:
    with tell(servers, sqlite_url) as story:
        story.telegram.add_user(ANA, "Ana")
        rows = [row(number, LAST_MONTH.replace(day=number), "-10.50", description="Uber") for number in range(1, 13)]
        rows += [
            row(20, STORY_TODAY, "-99.00", description="Uber"),
            row(21, LAST_MONTH, "-7.00", description="Netflix"),
        ]
        story.bank_shows(checking(), rows=rows)
        story.connect(ANA)
        yield story


def test_the_taps_below_an_answer_open_what_it_was_about(story: Story) -> None:
    name = words.month_label(LAST_MONTH, STORY_TODAY, "merchant")
    answer = story.ask("quanto gastei com uber no mês passado?", "R$\xa0126,00")
    assert "… e mais 4" in answer["text"]
    assert "Mais em" not in answer["text"]
    assert labels(answer) == ["Ver os 12 lançamentos", name]
    shops = story.press(answer, name, "Por loja")
    assert month_name(LAST_MONTH, STORY_TODAY) in shops["text"]
    assert "R$\xa0133,00" in shops["text"]
    story.restart()
    listed = story.press(story.current(answer), "Ver os 12 lançamentos", "Saiu R$\xa0126,00")
    assert "“Uber”" in listed["text"]
    assert "1/2" in labels(listed)
