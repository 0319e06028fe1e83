"""What other words stand beside a question, and what they make of it: parts of a whole, months with most, closing days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gerente_financeiro.messages.answers import answer as said
from open_finance.asking.question import Kind, Scope, decode_question, encode_question
from open_finance.insights.taxonomy import TRANSFERS
from open_finance.question_answers import Answer, answer_question
from open_finance.reading.statement_query import Period
from open_finance.storage.database import Database
from tests.question_world import NOW, store_world
from tests.test_asking import OCTOBER, asked, read

THIS_YEAR = Period(date(2026, 1, 1), date(2026, 11, 24))

KINDS = {
    # split by account
    "gastos de agosto separados por cartão": Kind.BY_ACCOUNT,
    "compras de setembro divididas entre os cartões": Kind.BY_ACCOUNT,
    "gastos discriminados por conta em setembro": Kind.BY_ACCOUNT,
    "quanto gastei de crédito em outubro e quanto de débito?": Kind.BY_ACCOUNT,
    "gastos de outubro separados por categoria": Kind.TOP_CATEGORIES,
    "gastos de setembro divididos por loja": Kind.TOP_MERCHANTS,
    # what a card, and what a person, may still spend
    "quanto ainda posso usar do limite do nubank?": Kind.CARD_LIMIT,
    "quanto ainda dá pra usar no cartão do itaú?": Kind.CARD_LIMIT,
    "posso gastar quanto no cartão do nubank?": Kind.CARD_LIMIT,
    "to podendo gastar qto por dia ate o fim do mes?": Kind.ALLOWANCE,
    "quanto poderei gastar essa semana?": Kind.ALLOWANCE,
    "daria pra eu gastar quanto hoje?": Kind.ALLOWANCE,
    "dá pra gastar quanto com mercado ainda?": Kind.BUDGET_LEFT,
    # what savings yield
    "quanto a minha caderneta de poupança rendeu esse ano?": Kind.INCOME,
    "quanto a poupança me rendeu de juros no terceiro trimestre?": Kind.INCOME,
    "quanto de juros a poupança me deu no ano?": Kind.INCOME,
    "quanto ganhei de juros esse ano?": Kind.INCOME,
    "quanto paguei de juros esse ano?": Kind.FEES,
    # lists
    "solicito a relação dos valores recebidos via pix em agosto": Kind.LIST_ROWS,
    "o detalhe dos recebimentos de outubro": Kind.LIST_ROWS,
    "detalhamento dos gastos com mercado em outubro": Kind.LIST_ROWS,
    "os 10 últimos lançamentos do nubank": Kind.LIST_ROWS,
    # a part of a whole
    "quanto do que gastei em outubro foi mercado?": Kind.SPENT,
    "do que gastei esse mês, quanto foi no cartão?": Kind.SPENT,
    "gastei mais do que gastei em setembro?": Kind.COMPARE_MONTHS,
    "quanto do meu patrimônio está hoje em investimentos?": Kind.INVESTED,
    "quanto do meu dinheiro tá na poupança?": Kind.SAVED,
    "se eu somasse tudo o que tenho e tirasse tudo o que devo, com quanto eu ficaria?": Kind.NET_WORTH,
    "se eu pagar tudo que devo, com quanto fico?": Kind.NET_WORTH,
    # places
    "em que loja ou restaurante gastei mais em outubro": Kind.TOP_MERCHANTS,
    "em qual farmácia gasto mais?": Kind.TOP_MERCHANTS,
    "top 5 lojas do ano": Kind.TOP_MERCHANTS,
    "gastei mais no uber ou na 99 esse ano?": Kind.TOP_MERCHANTS,
    # what it costs, when it ends
    "quanto custa a netflix?": Kind.LAST_TIME,
    "quanto custa minha academia": Kind.LAST_TIME,
    "cada corrida de uber me custa quanto em média?": Kind.AVERAGE,
    "quando termina a parcela da magalu?": Kind.INSTALMENTS_LEFT,
    "quando acabam minhas parcelas?": Kind.INSTALMENTS_LEFT,
    "minhas mensalidades recorrentes": Kind.SUBSCRIPTIONS,
    # what came in and what went out
    "sobrou quanto em outubro?": Kind.LIST_ROWS,
    "quanto entrou e quanto saiu em outubro?": Kind.LIST_ROWS,
    "quanto devo no itaú?": Kind.DEBTS,
    "fiquei no vermelho em outubro?": Kind.LIST_ROWS,
    "fechei outubro no azul?": Kind.LIST_ROWS,
    "resumo de outubro": Kind.LIST_ROWS,
    "resumo dos gastos de outubro": Kind.SPENT,
    "recebi pix de quem em agosto?": Kind.LIST_ROWS,
    "pra quem fiz pix em setembro?": Kind.LIST_ROWS,
    "até quando pago a magalu?": Kind.INSTALMENTS_LEFT,
    "quando termino de pagar o magazine luiza?": Kind.INSTALMENTS_LEFT,
    "paguei a última parcela da magalu quando?": Kind.LAST_TIME,
    "restaurante que mais gastei esse ano": Kind.TOP_MERCHANTS,
    "quais os 3 lugares que mais gastei em outubro": Kind.TOP_MERCHANTS,
    "minhas assinaturas custam quanto por mês?": Kind.SUBSCRIPTIONS,
    "em qual mês veio a fatura mais alta?": Kind.CARD_BILL_CLOSED,
    "do meu patrimônio, quanto tá aplicado?": Kind.INVESTED,
    "quanto a caderneta tem?": Kind.SAVED,
    "qual conta tem mais dinheiro?": Kind.BALANCE,
    "quando o nubank fecha?": Kind.CARD_OPEN_BILL,
    "quando vence o cartão do itaú?": Kind.CARD_BILL_LEFT,
    "quanto recebi em cada conta em outubro?": Kind.BY_ACCOUNT,
}


@pytest.mark.parametrize("text", KINDS)
def test_a_turn_asks_its_kind(text: str) -> None:
    assert asked(text).kind == KINDS[text]


@pytest.mark.parametrize(
    "text",
    [
        "quanto gastei em média por abastecimento este ano?", "esse ano, cada abastecida me sai por quanto em média?",
        "quanto me custa cada abastecimento este ano?", "valor médio por abastecimento este ano",
    ],
)  # fmt: skip
def test_each_event_is_a_purchase(text: str) -> None:
    question = asked(text)
    assert (question.kind, question.per, question.categories) == (Kind.AVERAGE, "purchase", ("19050001",))


@pytest.mark.parametrize(
    "text",
    [
        "quanto paguei por exames em outubro", "quanto mandei pra maria em agosto por pix?",
        "quanto gastei com comida por delivery em outubro",
    ],
)  # fmt: skip
def test_what_was_paid_for_is_no_average(text: str) -> None:
    assert asked(text).kind in {Kind.SPENT, Kind.PAID_TO}


@pytest.mark.parametrize(
    ("text", "by_closing", "period", "kind"),
    [
        ("falta eu pagar quanto daquela fatura que fechou dia 20?", True, date(2026, 11, 20), Kind.CARD_BILL_LEFT),
        ("valor da fatura que fecha dia 3", True, date(2026, 12, 3), Kind.CARD_OPEN_BILL),
        ("quanto deu a fatura que fechou dia 3 de novembro", True, date(2026, 11, 3), Kind.CARD_BILL_CLOSED),
        ("quanto é a fatura que vence dia 10", False, date(2026, 12, 10), Kind.CARD_OPEN_BILL),
    ],
)
def test_a_bill_is_known_by_its_closing_day_as_well(text: str, by_closing: bool, period: date, kind: Kind) -> None:
    question = asked(text)
    assert (question.kind, question.by_closing, question.period) == (kind, by_closing, Period(period, period))
    assert decode_question(encode_question(question)) == question


@pytest.mark.parametrize(
    ("text", "per", "order", "period"),
    [
        ("qual mês gastei mais?", "month", "biggest", THIS_YEAR),
        ("qual o mês em que eu mais gastei?", "month", "biggest", THIS_YEAR),
        ("mês mais caro do ano", "month", "biggest", THIS_YEAR),
        ("em qual mês do ano gastei menos?", "month", "smallest", THIS_YEAR),
        ("em que dia gastei mais em outubro?", "day", "biggest", OCTOBER),
    ],
)
def test_which_month_had_most(text: str, per: str, order: str, period: Period) -> None:
    question = asked(text)
    assert (question.kind, question.per, question.order, question.period) == (Kind.SPENT, per, order, period)


@pytest.mark.parametrize(
    "text",
    [
        "quanto gastei em outubro, incluindo o cartão?", "quanto gastei contando os cartões em outubro",
        "quanto gastei em outubro já contando o iof",
    ],
)  # fmt: skip
def test_what_counts_anyway_narrows_nothing(text: str) -> None:
    question = asked(text)
    assert (question.kind, question.scope.is_narrow, question.is_narrowed) == (Kind.SPENT, False, False)


def test_only_people_send_money() -> None:
    assert asked("quem me mandou dinheiro em agosto?").categories == (TRANSFERS,)
    assert asked("pra quem mandei dinheiro em agosto?").categories == (TRANSFERS,)
    assert asked("quem me mandou pix em agosto?").operation == "PIX"


@pytest.mark.parametrize(
    "text",
    [
        "saldo total menos a fatura", "quanto tenho somando conta e poupança?", "quantas parcelas de 189 ainda faltam?",
        "quem mais me mandou dinheiro esse ano?", "quanto vou pagar de parcela mês que vem?",
        "quanto falta pra fatura do itaú fechar?", "quanto fica se eu pagar as faturas?", "qual dia eu gasto mais?",
        "onde gastei mais, no mercado ou no ifood?", "quanto custa um iphone?", "quanto custa a gasolina?",
        "em qual semana gastei mais em outubro?", "quanto economizei em outubro?",
        "qual categoria subiu mais de setembro pra outubro?", "quanto pago de parcela por mês?",
        "gastos do ano separados por mês",
        "quanto gastei depois que a fatura fechou dia 20?", "compras no cartão desde que fechou dia 20",
    ],
)  # fmt: skip
def test_another_figure_is_never_certain(text: str) -> None:
    assert read(text).question is None


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    path = tmp_path_factory.mktemp("turns") / "world.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database, store_world(database)
    database.dispose()


def of(world: tuple[Database, int], text: str) -> Answer:
    return answer_question(*world, text, NOW)


def test_of_closing_days_each_picks_its_card(world: tuple[Database, int]) -> None:
    assert of(world, "quanto falta da fatura que fechou dia 20?").figure == Decimal("243.14")
    assert of(world, "valor da fatura que fecha dia 3").figure == Decimal("1125.61")


def test_the_highest_bill_is_one_bill(world: tuple[Database, int]) -> None:
    found = of(world, "qual a fatura mais alta do ano?")
    assert (found.figure, found.day) == (Decimal("1287.25"), date(2026, 10, 27))
    assert said(found, NOW).startswith("Maior fatura de 01/01 a 24/11")
    assert of(world, "menor fatura do nubank em 2026").figure == Decimal("351.12")


def test_the_month_with_most_is_told_with_its_figure(world: tuple[Database, int]) -> None:
    most = of(world, "qual mês gastei mais?")
    same = of(world, "quanto gastei em setembro?")
    assert (most.period, most.figure, most.rows) == (same.period, same.figure, same.rows)
    assert said(most, NOW).startswith("Gastos em setembro, o mês com mais: ")
    day = of(world, "em que dia gastei mais em outubro?")
    assert day.period == Period(date(2026, 10, 6), date(2026, 10, 6))


def test_what_remained_is_what_came_less_what_went(world: tuple[Database, int]) -> None:
    parts = {part.title: part.amount for part in of(world, "quanto sobrou em outubro?").parts}
    came, went = of(world, "quanto recebi em outubro?").figure, of(world, "quanto gastei em outubro?").figure
    assert came is not None
    assert went is not None
    assert parts == {"Entrou": came, "Saiu": went, "Sobrou": came - went}


def test_what_came_in_by_account_is_no_debt(world: tuple[Database, int]) -> None:
    found = of(world, "quanto recebi em cada conta em outubro?")
    assert sum(part.amount for part in found.parts) == found.figure
    assert said(found, NOW).startswith("Recebido por conta em outubro")


def test_a_name_is_no_number(world: tuple[Database, int]) -> None:
    assert of(world, "os 3 maiores gastos de outubro no cartão").count == 3
    assert of(world, "os 10 últimos lançamentos do nubank").count == 10


def test_of_two_places_of_savings_each_counts(world: tuple[Database, int]) -> None:
    assert of(world, "quanto tenho na caixinha do nubank e na poupança da caixa?").figure == Decimal("9510.66")


def test_a_report_of_one_bank_is_said_to_be_of_all(world: tuple[Database, int]) -> None:
    assert "todos os seus bancos juntos" in said(of(world, "quanto devo no itaú?"), NOW)
    assert of(world, "quanto devo no bradesco?").missing == "Bradesco"


def test_when_instalments_end_is_told(world: tuple[Database, int]) -> None:
    assert "até junho de 2027" in said(of(world, "quando termina a parcela da magalu?"), NOW)


def test_a_number_of_days_is_no_number_of_rows() -> None:
    last_days = asked("qual foi meu maior gasto nos últimos 10 dias?")
    assert (last_days.kind, last_days.limit) == (Kind.BIGGEST_SPENDING, 0)
    several = asked("os 3 maiores gastos dos últimos 30 dias")
    assert (several.kind, several.limit) == (Kind.LIST_ROWS, 3)


@pytest.mark.parametrize("text", ["já quitei a fatura de novembro do Itaú?", "a fatura do nubank está quitada?"])
def test_whether_a_bill_is_paid_is_what_is_left_of_it(text: str) -> None:
    assert asked(text).kind is Kind.CARD_BILL_LEFT


def test_all_that_one_has_may_be_worth_something() -> None:
    assert asked("Quanto vale tudo o que eu tenho, descontando as dívidas?").kind is Kind.NET_WORTH
    assert read("a saca da soja tá valendo quanto hoje?").question is None


def test_a_bank_beside_only_one_of_two_kinds_of_savings_leaves_in_doubt_which_are_meant() -> None:
    assert read("quanto tenho somando a poupança da Caixa e a caixinha?").question is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("quanto deve sobrar na minha conta no fim do mês?", Kind.FORECAST),
        ("mantido o ritmo atual, com quanto devo chegar ao fim do mês?", Kind.FORECAST),
        ("até quando vão os dados que você tem do Nubank?", Kind.DATA_AGE),
        ("quanto o Bruno recebeu de mim nos últimos 60 dias?", Kind.PAID_TO),
        ("posso gasta quanto por dia até acabar o mês", Kind.ALLOWANCE),
        ("o celular eu paguei no dia 15, não foi? quanto deu?", Kind.SPENT),
    ],
)
def test_what_was_asked_last(text: str, kind: Kind) -> None:
    assert asked(text).kind is kind


def test_as_many_places_are_told_as_were_asked_for(world: tuple[Database, int]) -> None:
    assert len(of(world, "top 5 lugares esse ano").parts) == 5
    assert len(of(world, "top 3 categorias de outubro").parts) == 3
    assert len(of(world, "em que lugares gastei mais esse ano").parts) > 5


@pytest.mark.parametrize("text", ["com quanto eu devo fechar o mês?", "quanto devo ter em dezembro no fim do mês?"])
def test_what_one_should_have_is_no_debt(text: str) -> None:
    assert asked(text).kind is Kind.FORECAST
    assert asked("quanto eu devo?").kind is Kind.DEBTS


def test_wages_that_fell_into_the_account_came_and_those_that_fell_by_something_are_less() -> None:
    for text in ("meu salário já caiu esse mês?", "o salário caiu em outubro?"):
        assert asked(text).kind is Kind.INCOME
    for text in ("meu salário caiu em relação a outubro?", "meu salário caiu quanto de setembro pra outubro?"):
        assert asked(text).kind is Kind.COMPARE_MONTHS
    assert asked("o mercado caiu quanto de setembro pra outubro?").kind is Kind.COMPARE_MONTHS


@pytest.mark.parametrize("text", ["já descontando o estorno", "com os estornos já descontados", "menos as devoluções"])
def test_refunds_that_are_taken_off_are_so_anyway(text: str) -> None:
    assert asked(f"quanto gastei na amazon em outubro, {text}?") == asked("quanto gastei na amazon em outubro?")
    assert asked("estornos de outubro").flow == "refund"


def test_others_to_whom_money_goes_are_no_category() -> None:
    assert asked("pix que mandei pros outros em outubro") == asked("pix que mandei em outubro")
    assert asked("quanto gastei com outros em outubro").categories == ("Outros",)


@pytest.mark.parametrize("text", ["maior gasto do mês que vem", "quanto gastei mês que vem", "gastos do próximo mês"])
def test_of_what_is_yet_to_come_the_forecast_is_offered(text: str) -> None:
    found = read(text)
    assert found.question is None
    assert found.guess is not None
    assert found.guess.kind is Kind.FORECAST


def test_of_one_thing_in_the_month_of_most_of_all_is_not_that_things_own_month() -> None:
    assert read("mercado no mês em que mais gastei").question is None
    assert asked("em que mês mais gastei com mercado").per == "month"


def test_who_only_tells_beside_it_that_something_does_not_stop_leaves_nothing_out() -> None:
    plain = asked("quanto foi de delivery no fim de semana?")
    assert asked("quanto foi de delivery no fim de semana? as crianças não param de pedir") == plain


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("quanto gastei em outubro, fora o cartão do Nubank?", Scope("Nubank", "card")),
        ("tirando o Itaú, quanto gastei em outubro?", Scope("Itaú")),
        ("quanto gastei em outubro sem o Nubank", Scope("Nubank")),
    ],
)
def test_a_bank_or_its_card_can_be_left_out(world: tuple[Database, int], text: str, scope: Scope) -> None:
    question = asked(text)
    assert (question.scope, question.without_scope) == (Scope(), scope)
    assert decode_question(encode_question(question)) == question
    whole, named = of(world, "quanto gastei em outubro?"), of(world, f"quanto gastei em outubro no {said_of(scope)}?")
    without = of(world, text)
    assert (whole.figure, named.figure, without.figure) != (None, None, None)
    assert without.figure == (whole.figure or 0) - (named.figure or 0)
    assert f"sem {said_of(scope)}" in said(without, NOW)


def said_of(scope: Scope) -> str:
    return f"cartão {scope.bank}" if scope.holds else scope.bank


def test_the_balance_of_all_banks_but_one(world: tuple[Database, int]) -> None:
    assert of(world, "saldo sem o Nubank").figure == of(world, "saldo do Itaú").figure
    assert asked("fora o Nubank, qual o meu saldo?") == asked("saldo sem o Nubank")


def test_no_bill_leaves_out_a_bank(world: tuple[Database, int]) -> None:
    assert read("quanto falta da fatura, fora a do Nubank?").question is None
    assert asked("quanto gastei menos com o nubank?").without_scope == Scope()
