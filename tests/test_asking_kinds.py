"""What is asked in other words: own transfers and refunds, several accounts, what is left out, bills by their day, wages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gerente_financeiro.messages.answers import answer as said
from open_finance.asking.question import Kind, Scope, decode_question, encode_question
from open_finance.question_answers import Answer, answer_question
from open_finance.reading.statement_query import Period
from open_finance.storage.database import Database
from tests.question_world import NOW, store_world
from tests.test_asking import OCTOBER, THIS_MONTH, asked, read

SEPTEMBER = Period(date(2026, 9, 1), date(2026, 9, 30))
DECEMBER = Period(date(2026, 12, 1), date(2026, 12, 31))


def day(*numbers: int) -> Period:
    return Period(date(*numbers), date(*numbers))


KINDS = {
    # bills of the house, food, fuel
    "de quanto veio o boleto da luz": Kind.SPENT,
    "quanto veio de água em outubro": Kind.SPENT,
    "veio quanto a conta de luz": Kind.SPENT,
    "quanto chegou de conta de celular mês passado": Kind.SPENT,
    "quanto gastei pedindo comida em setembro": Kind.SPENT,
    "jantei no coco bambu quando?": Kind.LAST_TIME,
    "quantas vezes almoçamos fora em outubro": Kind.COUNT,
    "total no visa em setembro": Kind.SPENT,
    "some tudo que gastei em outubro": Kind.SPENT,
    "somando tudo, quanto gastei em setembro?": Kind.SPENT,
    # counted
    "nº de viagens de uber em outubro": Kind.COUNT,
    "quantidade de pedidos no ifood em setembro": Kind.COUNT,
    "número de idas ao mercado em novembro": Kind.COUNT,
    # wages
    "já pingou o pagamento da firma?": Kind.INCOME,
    "a firma já pagou esse mês?": Kind.INCOME,
    "meu pagamento já caiu?": Kind.INCOME,
    "em que dia de agosto caiu meu salário": Kind.INCOME,
    "quando entrou meu salário em setembro": Kind.INCOME,
    "quando caiu meu último salário?": Kind.LAST_TIME,
    # people
    "o bruno mandou quanto esse mês": Kind.RECEIVED_FROM,
    "quanto a maria enviou em agosto?": Kind.RECEIVED_FROM,
    "pix da maria em agosto": Kind.RECEIVED_FROM,
    "pix pra maria em agosto": Kind.PAID_TO,
    # lists by amount
    "pix recebidos acima de 100 em agosto": Kind.LIST_ROWS,
    "o que passou de 200 no cartão do itaú em outubro": Kind.LIST_ROWS,
    "tive algum gasto acima de 500 em outubro?": Kind.LIST_ROWS,
    "quantas compras acima de 100 fiz em outubro": Kind.COUNT,
    "entradas e saídas de outubro": Kind.LIST_ROWS,
    "quais contas eu paguei em outubro?": Kind.LIST_ROWS,
    # instalments
    "total parcelado a vencer": Kind.INSTALMENTS_LEFT,
    "quanto ainda vai cair de prestação nas próximas faturas": Kind.INSTALMENTS_LEFT,
    "quanto tenho de parcelas pela frente": Kind.INSTALMENTS_LEFT,
    "quanto ainda devo pra magalu": Kind.INSTALMENTS_LEFT,
    # what there is and is owed
    "meus ativos menos minhas dívidas": Kind.NET_WORTH,
    "tudo que eu tenho menos o que eu devo": Kind.NET_WORTH,
    "qual minha posição consolidada": Kind.NET_WORTH,
    "qual o tamanho da minha dívida?": Kind.DEBTS,
    "endividamento total": Kind.DEBTS,
    "tenho algum empréstimo?": Kind.DEBTS,
    "quanto eu tenho em cada banco": Kind.BALANCE,
    "dinheiro disponível hoje": Kind.BALANCE,
    "a fatura do nubank já foi paga?": Kind.CARD_BILL_LEFT,
    "quanto tô devendo na fatura que vence dia 27": Kind.CARD_BILL_LEFT,
    # fees
    "quanto o itaú me comeu de tarifa esse ano": Kind.FEES,
}


@pytest.mark.parametrize("text", KINDS)
def test_other_words_ask_the_same(text: str) -> None:
    assert asked(text).kind == KINDS[text]


# --- neither spent nor earned -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "direction", "scope", "period"),
    [
        (
            "transferências que entraram na minha poupança em outubro",
            "list_rows",
            "in",
            Scope(holds="savings"),
            OCTOBER,
        ),
        ("quanto transferi pra poupança em outubro", "list_rows", "in", Scope(holds="savings"), OCTOBER),
        ("quanto caiu na poupança da caixa em outubro", "list_rows", "in", Scope("Caixa", "savings"), OCTOBER),
        ("quanto tirei da poupança em outubro", "list_rows", "out", Scope(holds="savings"), OCTOBER),
        ("transferências do itaú p/ minhas outras contas em outubro", "list_rows", "out", Scope("Itaú"), OCTOBER),
        ("transferências entre minhas contas em outubro", "list_rows", "out", Scope(), OCTOBER),
        ("pix pra mim mesmo em outubro", "list_rows", "out", Scope(), OCTOBER),
        ("quanto mandei pra minha conta do nubank em outubro", "list_rows", "in", Scope("Nubank"), OCTOBER),
        ("quantas transferências pra poupança em outubro", "count", "in", Scope(holds="savings"), OCTOBER),
        ("qual foi a última transferência pra poupança", "last_time", "in", Scope(holds="savings"), None),
    ],
)
def test_own_money_that_moves_is_told_as_such(
    text: str, kind: str, direction: str, scope: Scope, period: Period | None
) -> None:
    question = asked(text)
    told = (question.kind, question.flow, question.direction, question.scope, question.period)
    assert told == (Kind(kind), "own_transfer", direction, scope, period)


@pytest.mark.parametrize(
    "text",
    [
        "estornos da amazon em outubro", "mostra o estorno da amazon em outubro",
        "a Amazon me devolveu algum dinheiro em outubro?",
        "a amazon me reembolsou em outubro?", "quanto recebi de volta da amazon em outubro",
        "quanto a Amazon estornou na minha fatura em outubro", "houve devolução da amazon em outubro?",
    ],
)  # fmt: skip
def test_what_a_shop_gives_back_is_a_refund(text: str) -> None:
    question = asked(text)
    assert (question.kind, question.flow, question.period) == (Kind.LIST_ROWS, "refund", OCTOBER)
    assert [one.split("|")[0] for one in question.texts] == ["Amazon"]


def test_what_a_person_gives_back_was_received() -> None:
    question = asked("a maria me devolveu quanto em outubro?")
    assert (question.kind, question.flow, question.texts) == (Kind.RECEIVED_FROM, "", ("maria",))


# --- what is left out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "saldo sem a poupança", "quanto tenho sem contar a caixinha", "quanto eu tenho fora o que está na poupança",
        "sem contar o que tá guardado quanto dinheiro eu tenho nas contas agora",
        "quanto tenho na conta, tirando o que guardei", "saldo de todas as contas menos a poupança",
    ],
)  # fmt: skip
def test_a_balance_without_savings_is_that_of_the_accounts(text: str) -> None:
    assert (asked(text).kind, asked(text).scope) == (Kind.BALANCE, Scope())


def test_of_what_is_saved_a_part_may_be_left_out() -> None:
    assert asked("quanto tenho guardado sem contar a poupança").scope == Scope(holds="pots")
    assert asked("quanto tenho na poupança sem contar a caixinha").scope == Scope(holds="savings")
    assert {asked(text).kind for text in ("quanto tenho guardado sem contar a caixinha",)} == {Kind.SAVED}


def test_several_things_are_left_out_and_shops_and_pix_too() -> None:
    assert asked("quanto gastei em outubro tirando aluguel e mercado").without == ("17010000", "Mercado")
    assert asked("gastos de outubro exceto ifood").without_texts[0].startswith("iFood|")
    assert asked("quanto gastei sem contar pix").without_operations == ("PIX",)
    assert asked("quanto gastei sem contar o cartão em outubro").scope == Scope(holds="checking")


@pytest.mark.parametrize(
    "text",
    [
        "quanto gastei sem contar o que mandei pra Maria", "quanto gastei sem contar as férias da minha irmã",
        "em qual semana gastei mais esse ano", "quanto falta pagar do celular que parcelei", "recebi de férias",
        "quanto coloquei na caixinha em outubro", "guardei quanto esse mês", "quanto passei do itaú pra poupança esse ano",
        "quanto gastei a mais que ganhei em outubro", "me dá o saldo do itaú e a fatura do nubank",
    ],
)  # fmt: skip
def test_what_would_be_another_figure_is_never_certain(text: str) -> None:
    assert read(text).question is None


# --- accounts ---------------------------------------------------------------------------------------------------------

NU_CARD, ITAU_CARD = Scope("Nubank", "card"), Scope("Itaú", "card")
VISA, MASTERCARD = Scope("", "card", "visa"), Scope("", "card", "mastercard")


@pytest.mark.parametrize(
    ("text", "kind", "scopes"),
    [
        ("saldo do nubank e do itaú", Kind.BALANCE, (Scope("Nubank"), Scope("Itaú"))),
        ("quanto tenho no itaú + nu", Kind.BALANCE, (Scope("Itaú"), Scope("Nubank"))),
        ("quanto gastei no cartão do nubank e quanto no cartão do itaú", Kind.BY_ACCOUNT, (NU_CARD, ITAU_CARD)),
        ("quanto no cartão do nubank e do itaú em outubro", Kind.BY_ACCOUNT, (NU_CARD, ITAU_CARD)),
        ("gastei mais no nubank ou no itaú em outubro?", Kind.BY_ACCOUNT, (Scope("Nubank"), Scope("Itaú"))),
        ("quanto gastei no cartão do nubank e na conta do itaú", Kind.BY_ACCOUNT, (NU_CARD, Scope("Itaú", "checking"))),
        ("fatura do nubank e do itaú", Kind.CARD_OPEN_BILL, (NU_CARD, ITAU_CARD)),
        ("quanto gastei no visa e no mastercard", Kind.BY_ACCOUNT, (VISA, MASTERCARD)),
        ("quanto gastei no visa do itaú", Kind.SPENT, (Scope("Itaú", "card", "visa"),)),
    ],
)  # fmt: skip
def test_several_accounts_may_be_named(text: str, kind: Kind, scopes: tuple[Scope, ...]) -> None:
    question = asked(text)
    assert (question.kind, question.scope.each) == (kind, scopes)
    assert decode_question(encode_question(question)) == question


def test_a_bank_that_is_a_word_is_one_beside_a_card_or_an_account() -> None:
    assert asked("fatura do inter").scope == Scope("Inter", "card")
    assert asked("quanto gastei no cartão c6 em outubro").scope == Scope("C6", "card")
    assert asked("tenho quanto na xp").scope.bank
    assert asked("quanto tenho nas contas agora").scope == Scope()
    assert asked("quanto gastei no cartão master").scope == Scope("", "card", "mastercard")
    assert read("fatura do banquinho").question is None  # nobody knows whose card that is


# --- bills by their day -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("qual o valor da fatura que vence dia 10?", day(2026, 12, 10)),
        ("quanto falta da fatura que vence dia 27", day(2026, 11, 27)),
        ("fatura do itaú do dia 10", day(2026, 12, 10)),
        ("fatura com vencimento em 10/12", day(2026, 12, 10)),
        ("quanto deu a fatura do itaú que venceu dia 10", day(2026, 11, 10)),
        ("fatura que vence em dezembro", DECEMBER),
        ("fatura do nubank de dezembro", DECEMBER),
        ("fatura do itaú que vence mês que vem", DECEMBER),
        ("fatura que venceu em outubro", OCTOBER),
    ],
)
def test_a_due_day_picks_the_bill(text: str, due: Period) -> None:
    assert asked(text).period == due


def test_no_such_day_picks_no_bill() -> None:
    assert read("fatura que vence dia 31/02").question is None or asked("fatura que vence dia 31/02").period is None


# --- comparisons ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "comparar set x out", "set vs out", "a conta da água mudou quanto de setembro pra outubro?",
        "quanto subiu a conta de luz de setembro pra outubro", "mercado: setembro x outubro",
        "meu gasto com farmácia aumentou ou diminuiu de setembro para outubro?",
        "a diferença entre setembro e outubro no mercado", "o ifood caiu de setembro pra outubro?",
        "quanto gastei em setembro e quanto em outubro?",
    ],
)  # fmt: skip
def test_two_months_that_are_set_against_each_other_are_compared(text: str) -> None:
    question = asked(text)
    assert (question.kind, question.period, question.other) == (Kind.COMPARE_MONTHS, SEPTEMBER, OCTOBER)


def test_what_comes_between_two_months_else_is_all_of_their_days() -> None:
    assert asked("quanto caiu de salário de setembro a outubro").period == Period(SEPTEMBER.start, OCTOBER.end)


# --- the answers ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    path = tmp_path_factory.mktemp("kinds") / "world.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database, store_world(database)
    database.dispose()


def ask(world: tuple[Database, int], text: str) -> Answer:
    return answer_question(*world, text, NOW)


@pytest.mark.parametrize(
    ("text", "bank"),
    [
        ("qual o saldo da minha conta no Bradesco?", "Bradesco"), ("gastos no cartão C6 em out", "C6"),
        ("fatura do inter", "Inter"), ("limite do santander", "Santander"), ("saldo itaú + bradesco", "Bradesco"),
    ],
)  # fmt: skip
def test_a_bank_that_is_not_connected_is_named_and_has_no_figure(
    world: tuple[Database, int], text: str, bank: str
) -> None:
    found = ask(world, text)
    assert (found.kind, found.figure, found.missing) == (Kind.UNKNOWN, None, bank)
    assert said(found, NOW).startswith(f"Não encontrei {bank} entre os bancos")


@pytest.mark.parametrize(
    ("text", "figure", "count"),
    [
        ("transferências que caíram na poupança da caixa esse ano", "1500.00", 4),
        ("transferências do itaú p/ minhas outras contas em outubro", "1950.00", 2),
        ("quanto mandei pra minha conta do nubank em outubro", "1500.00", 1),
        ("estornos da amazon em out", "129.90", 1),
        ("estornos da amazon em setembro", "0", 0),
    ],
)
def test_what_moved_and_what_came_back_is_listed(
    world: tuple[Database, int], text: str, figure: str, count: int
) -> None:
    found = ask(world, text)
    assert (found.figure, found.count, found.total_rows) == (Decimal(figure), count, count)
    words = said(found, NOW)
    assert ("nada encontrado" in words) == (count == 0)
    assert "Gastos" not in words


def test_a_due_day_finds_the_open_or_the_closed_bill(world: tuple[Database, int]) -> None:
    bills = {
        "qual o valor da fatura do itaú que vence dia 10?": (Kind.CARD_OPEN_BILL, date(2026, 12, 10)),
        "qual o valor da fatura do nubank que vence dia 27?": (Kind.CARD_BILL_CLOSED, date(2026, 11, 27)),
        "quanto falta pagar da fatura do nubank que vence dia 27?": (Kind.CARD_BILL_LEFT, date(2026, 11, 27)),
        "quando vence a fatura do itaú?": (Kind.CARD_BILL_LEFT, date(2026, 12, 10)),  # the last one is paid
    }
    for text, told in bills.items():
        found = ask(world, text)
        assert (found.kind, found.day) == told, text
        assert found.figure, text


def test_all_that_a_delivery_sold_is_one_place(world: tuple[Database, int]) -> None:
    found = ask(world, "em que lugar deixei mais grana semana passada")
    assert (found.parts[0].title, found.figure, found.total_rows) == ("iFood", Decimal("196.56"), 3)


def test_each_account_that_is_named_has_its_figure(world: tuple[Database, int]) -> None:
    found = ask(world, "em agosto quanto gastei no cartão do nubank e quanto no cartão do itaú")
    assert {part.title: part.amount for part in found.parts} == {
        "Nubank Mastercard 💳": Decimal("691.65"), "Itaú Visa 💳": Decimal("725.73"),
    }  # fmt: skip
    assert found.figure == Decimal("1417.38")


def test_left_out_and_what_is_left_make_all(world: tuple[Database, int]) -> None:
    for thing in ("o aluguel", "o ifood", "pix", "o uber"):
        name = thing.split()[-1]
        all_of, without = ask(world, "gastos de outubro"), ask(world, f"gastos de outubro sem contar {thing}")
        only = ask(world, f"quanto gastei com {name} em outubro" if name != "pix" else "gastos por pix em outubro")
        assert all_of.figure == (without.figure or 0) + (only.figure or 0), thing
        assert without.figure != all_of.figure, thing


def test_this_month_is_meant_where_no_other_is_named() -> None:
    assert asked("quanto transferi pra poupança").period == THIS_MONTH
    assert asked("teve algum estorno?").period == THIS_MONTH
