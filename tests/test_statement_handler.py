"""/extrato in the chat: pages that stand still, months, accounts, words; and what its buttons carry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.keyboards import base36, button, parse
from gerente_financeiro.listing import PAGE_BYTES, Listing, listing_ids, read_listing, short
from open_finance.insights.row_categories import NOT_SPENDING, own_category
from open_finance.insights.taxonomy import GROUPS, groups_by_category
from open_finance.reading.statement_query import MAX_ABOVE, Period
from open_finance.reading.statements import StatementFilters
from open_finance.storage import ledger
from tests.builders import TODAY
from tests.rows import transaction_data
from tests.story import Story, checking, credit_card, data_of, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
HOSTILE = "<b>A&B</b> 🧨 \u202egolpe " + "x" * 300


def every_day(count: int) -> list[dict[str, object]]:
    """One row a day, back from today."""
    return [row(number, TODAY - timedelta(days=number)) for number in range(count)]


def test_thirty_days_newest_first_ten_a_page(story: Story) -> None:
    story.bank_shows(checking(), rows=every_day(60))
    story.connect()
    first = story.ask("/extrato", "📄 Últimos 30 dias · todas as contas")
    lines = first["text"].splitlines()
    assert lines[1] == f"Entrou R${N}0,00 · Saiu R${N}300,00 · 30 lançamentos"
    assert lines[3] == "Hoje"
    assert lines[4].startswith(f"-R${N}10,00 Loja 0 · ")
    assert labels(first) == [
        "‹ Out",
        "Nov",
        "1/3",
        "›",
        "Categoria",
        "Valor",
        "🔎",
        "Detalhes",
        "📤 Exportar",
        "Fechar",
    ]
    second = story.press(first, "›", "Loja 10 ")
    assert labels(second)[2:5] == ["‹", "2/3", "›"]
    last = story.press(second, "›", "Loja 20 ")
    assert labels(last)[2:4] == ["‹", "3/3"]
    assert last["message_id"] == first["message_id"]


def test_months_are_turned_while_there_are_rows(story: Story) -> None:
    story.bank_shows(checking(), rows=every_day(60))
    story.connect()
    november = story.press(story.ask("/extrato", "Últimos 30 dias"), "Nov", "📄 Novembro")
    assert labels(november)[:2] == ["‹ Out", "30 dias"]
    october = story.press(november, "‹ Out", "📄 Outubro")
    assert f"Saiu R${N}310,00 · 31 lançamentos" in october["text"]
    assert labels(october)[:3] == ["‹ Set", "30 dias", "Nov ›"]
    september = story.press(october, "‹ Set", "📄 Setembro")
    assert labels(september)[:2] == ["30 dias", "Out ›"]


def test_a_page_is_picked_by_its_number(story: Story) -> None:
    story.bank_shows(checking(), rows=every_day(30))
    story.connect()
    first = story.ask("/extrato", "Últimos 30 dias")
    picker = story.press(first, "1/3", "São 3 páginas.")
    assert labels(picker) == ["1", "2", "3", "‹ Voltar"]
    assert "Loja 20 " in story.press(picker, "3", "Loja 20 ")["text"]


def test_the_account_is_a_filter(story: Story) -> None:
    story.bank_shows(checking(), credit_card(), rows=every_day(3))
    story.connect()
    first = story.ask("/extrato", "todas as contas")
    picker = story.press(first, "Conta", "De qual conta")
    assert labels(picker) == ["Itaú · Conta corrente ••3416", "Itaú · Visa ••8890", "Todas as contas", "‹ Voltar"]
    empty = story.press(picker, "Itaú · Visa ••8890", "Nenhum lançamento em Itaú · Visa ••8890 nos últimos 30 dias.")
    assert "Limpar filtros" in labels(empty)
    assert "3 lançamentos" in story.press(empty, "Limpar filtros", "todas as contas")["text"]


def test_what_is_typed_after_the_command(story: Story) -> None:
    rows = [row(number, TODAY, description=f"Loja {1 if number == 1 else 'x'}") for number in range(40)]
    story.bank_shows(checking(), rows=rows)
    story.connect()
    for words, shown in (
        ("loja 1", "1 lançamento"),
        ("LÓJA", "40 lançamentos"),
        ("itau", "📄 Últimos 30 dias · Itaú"),
        ("outubro", "Nenhum lançamento em outubro."),
        ("itau 01/11 a 03/11", "Nenhum lançamento em Itaú de 01/11 a 03/11."),
        (">9,99", "Só acima de"),
        (">10", "Nenhum lançamento acima de"),
        ("academia", "Nenhum lançamento de Academia nos últimos 30 dias."),
        ("academia azul", "Nenhum lançamento com “academia azul” nos últimos 30 dias."),
        ("<10,01", "Só abaixo de"),
        ("5 a 10", f"Só de R${N}5,00 a R${N}10,00"),
        ("11 a 20 loja", f"Nenhum lançamento com “loja” de R${N}11,00 a R${N}20,00"),
        ("viagem", "Nenhum lançamento de Viagem nos"),
        ("farmácia >5", f"Nenhum lançamento de Farmácia acima de R${N}5,00 nos"),
        ("31/02", "Não encontrei o dia 31/02"),
        ("<b>&", "Nenhum lançamento com “<b>&” nos"),
        ("a:b:c", "Nenhum lançamento com “a b c” nos"),
        ("pagamento da mensalidade da escola", "com “pagamento da mensali”"),
    ):
        story.ask(f"/extrato {words}", shown)


def test_filters_stay_while_pages_and_months_are_turned(story: Story) -> None:
    story.bank_shows(checking(), rows=every_day(60))
    story.connect()
    first = story.ask("/extrato itau loja >5", "Só com “loja”")
    second = story.press(first, "›", "Loja 10 ")
    assert f"Só com “loja” e acima de R${N}5,00" in second["text"]
    assert "📄 Últimos 30 dias · Itaú" in second["text"]
    assert f"Só com “loja” e acima de R${N}5,00" in story.press(second, "‹ Out", "📄 Outubro · Itaú")["text"]


def test_a_page_never_changes_under_the_finger(story: Story) -> None:
    story.bank_shows(checking(), rows=every_day(25))
    story.connect()
    first = story.ask("/extrato", "Últimos 30 dias")
    account = story.core.connector.list_accounts(ANA)[0]
    later = story.clock.advance(minutes=5)
    with story.core.database.writing() as session:
        late = [transaction_data(f"late-{number}", occurred_on=TODAY, description="Atrasada") for number in (1, 2)]
        ledger.merge_transactions(session, ANA, account["id"], late, later)
    second = story.press(first, "›", "Loja 10 ")
    assert "Atrasada" not in second["text"]
    assert "25 lançamentos" in second["text"]
    assert "🔔 2 novos lançamentos desde que esta lista foi aberta." in second["text"]
    assert labels(second)[0] == "🔄 Atualizar"
    reopened = story.press(second, "🔄 Atualizar", "27 lançamentos")
    assert "Atrasada" in reopened["text"]
    assert "🔄 Atualizar" not in labels(reopened)


def test_bank_text_is_shown_escaped_and_cut(story: Story) -> None:
    story.bank_shows(checking(), rows=[row(1, TODAY, description=HOSTILE)])
    story.connect()
    text = story.ask("/extrato", "Últimos 30 dias")["text"]
    assert "<b>A&B</b> 🧨 golpe xxx" in text
    assert "x" * 40 not in text
    assert "\u202e" not in text


def test_a_closed_list_keeps_its_words_and_loses_its_buttons(story: Story) -> None:
    story.bank_shows(checking(), rows=every_day(3))
    story.connect()
    first = story.ask("/extrato", "Últimos 30 dias")
    query = story.telegram.press(ANA, first["message_id"], "Fechar")
    story.telegram.wait_for_answer(query)
    closed = story.telegram.wait_for(
        ANA, lambda seen: seen["message_id"] == first["message_id"] and not seen["buttons"]
    )
    assert closed["text"] == first["text"]


def test_two_taps_on_a_page_show_it_once_without_an_error(story: Story) -> None:
    story.bank_shows(checking(), rows=every_day(30))
    story.connect()
    first = story.ask("/extrato", "Últimos 30 dias")
    data = data_of(first, "›")
    queries = [story.telegram.press(ANA, first["message_id"], data=data) for _ in range(3)]
    for query in queries:
        assert story.telegram.wait_for_answer(query)["text"] in {None, ""}
    story.rest()  # a tap is answered before its page is shown
    assert "Loja 10 " in story.current(first)["text"]
    assert [each["text"] for each in story.telegram.from_bot(ANA)].count(story.current(first)["text"]) == 1
    assert not [each for each in story.telegram.from_bot(ANA) if "errado" in each["text"]]


def test_buttons_of_a_list_work_after_a_restart(story: Story) -> None:
    story.bank_shows(checking(), rows=every_day(30))
    story.connect()
    first = story.ask("/extrato loja", "Só com “loja”")
    story.restart()
    assert "Só com “loja”" in story.press(first, "›", "Loja 10 ")["text"]


# --- what a button carries -----------------------------------------------------------------------------------------

DAYS = st.dates(min_value=date(2001, 1, 1), max_value=date(2099, 12, 31))
INSTANTS = st.none() | st.integers(1_577_836_800, 3_700_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
AMOUNTS = st.none() | st.decimals(min_value=0, max_value=MAX_ABOVE, places=2)
CATEGORIES = st.one_of(
    st.none(),
    st.sampled_from(GROUPS),
    st.sampled_from(sorted(groups_by_category())),
    st.integers(1, 36**5 - 1).map(own_category),
    st.just(NOT_SPENDING),
)
LISTINGS = st.builds(
    lambda end, days, scope, number, above, below, since, category, text, opened, page: Listing(
        short(
            StatementFilters(
                Period(end - timedelta(days=days), end),
                account_id=number if scope == "account" else None,
                bank_of=number if scope == "bank" else None,
                above=None if since else above,
                below=None if since else below,
                since=since,
                category=category,
                text=text,
            )
        ),
        opened_at=opened,
        page=page,
    ),
    DAYS,
    st.integers(0, 365),
    st.sampled_from(["all", "account", "bank"]),
    st.integers(1, 36**7 - 1),
    AMOUNTS,
    AMOUNTS,
    INSTANTS,
    CATEGORIES,
    st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), max_size=30),
    INSTANTS,
    st.integers(0, 10**PAGE_BYTES - 1),
)


@given(LISTINGS)
def test_any_list_fits_a_button_and_comes_back_as_it_was(listing: Listing) -> None:
    made = button("›", "xp", *listing_ids(listing), listing.page)
    assert read_listing(parse(str(made.callback_data))[1]) == listing
    button("10", "xr", *listing_ids(listing), base36(36**7 - 1))


@pytest.mark.parametrize("data", ["x:3jdq:3jeo:::1abc::0", "x:3jdq:3jeo:a1:99:1abc:loja:3"])
def test_a_button_of_an_older_version_says_that_it_has_expired(story: Story, data: str) -> None:
    story.bank_shows(checking(), rows=every_day(3))
    story.connect()
    assert story.forge(story.ask("/extrato", "Últimos 30 dias"), data) == "Este menu expirou. Use /extrato"


@given(st.lists(st.text(max_size=12), max_size=9))
def test_forged_buttons_are_refused_or_harmless(ids: list[str]) -> None:
    try:
        listing = read_listing(ids)
    except ValueError:
        return
    button("›", "xp", *listing_ids(listing), listing.page)


def test_amounts_survive_to_the_centavo() -> None:
    filters = StatementFilters(Period(TODAY, TODAY), above=Decimal("1234.56"))
    assert read_listing([*listing_ids(Listing(filters)), "0"]).filters.above == Decimal("1234.56")
