"""The words of positions: the list adds up to its first line, and our tax stands beside the bank's net."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.keyboards import page_of
from gerente_financeiro.messages import positions as words
from gerente_financeiro.messages.format import MESSAGE_LIMIT, money, units
from gerente_financeiro.messages.investments import NOT_ADVICE
from open_finance.insights.portfolio import Cover, CoverGroup, Kind, Position, Tax, Unknown
from open_finance.insights.tax_tables import tax_tables
from open_finance.money import BRL, ZERO
from tests.builders import NOW, TODAY
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction, pot
from tests.portfolio_reports import TAX, position, report
from tests.test_messages_investments import BALANCES, HOSTILE, amounts
from tests.test_portfolio_households import everyone

N = "\xa0"
CHECKED = f"conferida até {tax_tables().known_to:%m/%Y}"


def shown(*held: Position, **fields: Any) -> str:
    """The first page of a list."""
    told = report(held, **fields)
    return words.positions(told, list(enumerate(told.positions, 1)), NOW)


def opened(one: Position, *moves: Any, **fields: Any) -> str:
    """The screen of one position."""
    return words.position(report([one], **fields), one, moves, tax_tables(), NOW)


# --- the list ------------------------------------------------------------------------------------------------------------


def test_a_position_is_told_on_the_lines_of_a_phone() -> None:
    assert shown(position()).split("\n") == [
        f"📋 <b>1 posição: R${N}10.673,60</b> (líquido)",
        "",
        "1. <b>CDB Banco Z 110% CDI</b>",
        f"bruto R${N}10.842,00 · líquido <b>R${N}10.673,60</b>",
        f"IR 20% sobre R${N}842,00 = R${N}168,40",
        f"Banco Z · aplicado{N}15/03 · vence{N}15/03/2027 · FGC{N}ok",
        "",
        NOT_ADVICE,
        "",
        "Atualizado hoje 06:12",
    ]


IOF = Tax(Decimal("42.00"), Decimal("13.86"), Decimal("6.33"), Decimal("22.5"), Decimal(33), 20)


@pytest.mark.parametrize(
    ("tax", "told"),
    [
        (IOF, f"IOF 33% sobre R${N}42,00 = R${N}13,86 · IR 22,5% sobre R${N}28,14 = R${N}6,33"),
        (replace(TAX, rate=None), f"IR somado por aplicação = R${N}168,40"),
        (replace(TAX, income_tax=Decimal("200.00")), f"IR somado por aplicação = R${N}200,00"),
        (replace(TAX, gain=Decimal("-1.00")), f"IR somado por aplicação = R${N}168,40"),
        (replace(IOF, iof_rate=None), f"IOF somado por aplicação = R${N}13,86 · IR 22,5% sobre R${N}28,14 = R${N}6,33"),
        (Tax(ZERO, ZERO, ZERO, None, None, 40, "Lei 11.033/2004, art. 3º, II"), "isento de IR"),
        (Tax(Decimal("-5.00"), ZERO, ZERO, Decimal(20), None, 200), "sem rendimento, sem imposto"),
        (Unknown.KIND, "imposto: não calculo"),
    ],
)
def test_a_tax_is_written_out(tax: Tax | Unknown, told: str) -> None:
    assert told in shown(position(tax=tax)).split("\n")


@pytest.mark.parametrize(
    ("cover", "group", "told"),
    [
        (Cover.COVERED, {}, "FGC ok"),
        (Cover.COVERED, {"above": Decimal("1.00")}, "FGC: acima do limite"),
        (Cover.COVERED, {"fund": "FGCoop"}, "FGCoop ok"),
        (Cover.NOT_COVERED, {}, "sem FGC"),
        (Cover.UNKNOWN, {}, "FGC: não sei"),
    ],
)
def test_who_stands_behind_it_is_said(cover: Cover, group: dict[str, Any], told: str) -> None:
    one = position(cover=cover)
    of = replace(CoverGroup("Z", one.balance, ZERO, ZERO, is_known=True, positions=(1,)), **group)
    groups = (of,) if cover is Cover.COVERED else ()
    assert shown(one, cover=groups).split("\n")[5].endswith("· " + told.replace(" ", N))
    assert f"Emissor: BANCO Z S.A. · {told}" in opened(one, cover=groups)


def test_what_is_not_told_is_not_written() -> None:
    bare = position(gross=None, purchased_on=None, due_on=None, difference=None, tax=Unknown.PURCHASE)
    assert shown(bare).split("\n")[2:6] == [
        "1. <b>CDB Banco Z 110% CDI</b>", f"líquido <b>R${N}10.673,60</b>", "imposto: não calculo", f"Banco Z · FGC{N}ok",
    ]  # fmt: skip


def test_what_is_in_no_sum_and_what_ended_stand_under_the_last_page() -> None:
    dollars = investment(id=8, name="Apple <Inc>", currency_code="USD", balance=Decimal("10.00"))
    ended = tuple(investment(id=number, ended_on=TODAY - timedelta(days=number)) for number in range(10, 17))
    told = report([position()], apart=(dollars,), ended=ended)
    text = words.positions(told, [(1, position())], NOW)
    assert f"Em outra moeda, fora da soma:\n• Apple &lt;Inc&gt;: US${N}10,00\n" in text
    assert "Resgatado ou vencido:\n• CDB Banco Z 110% CDI (13/11)\n" in text
    assert "• e mais 2\n" in text
    assert "Apple" not in words.positions(told, [(1, position())], NOW, is_last=False)


HELD = st.lists(st.tuples(HOSTILE, HOSTILE, st.sampled_from(list(Kind)), BALANCES), min_size=1, max_size=200)


@given(HELD)
@settings(max_examples=12, deadline=None)
def test_the_pages_of_any_list_fit_and_add_up_to_its_first_line(held: list[Any]) -> None:
    of = [
        position(number, name=name, bank=bank, kind=kind, balance=balance)
        for number, (name, bank, kind, balance) in enumerate(held, 1)
    ]
    told = report(of)
    listed = []
    for number in range(-(-len(of) // 8)):
        on_page, page, pages = page_of(told.positions, number, 8)
        text = words.positions(told, list(enumerate(on_page, page * 8 + 1)), NOW, is_last=page == pages - 1)
        assert units(text) <= MESSAGE_LIMIT
        assert amounts(text.split("\n")[0]) == [told.total]
        assert text.split("\n")[-3:] == [NOT_ADVICE, "", "Atualizado hoje 06:12"]
        listed += [amounts(line)[-1] for line in text.split("\n") if "líquido <b>" in line]
    assert sum(listed, ZERO) == told.total
    assert len(listed) == len(of)


def test_in_every_household_the_pages_add_up_to_the_headline_and_every_screen_fits() -> None:
    for person, told in everyone(0, 200):
        listed = ZERO
        for number in range(-(-len(told.positions) // 8)):
            shown_here = list(enumerate(told.positions[number * 8 : number * 8 + 8], number * 8 + 1))
            text = words.positions(told, shown_here, person.now)
            listed += sum((amounts(line)[-1] for line in text.split("\n") if "líquido <b>" in line), ZERO)
            assert amounts(text.split("\n")[0]) == [told.total]
        assert listed == told.total, person.name
        for one in told.positions:
            moves = [each for each in person.movements if each["investment_id"] == one.investment["id"]]
            screen = words.position(told, one, moves, tax_tables(), person.now)
            assert f"Líquido: <b>{money(one.balance, BRL)}</b>" in screen
            assert units(screen) <= MESSAGE_LIMIT


# --- one position --------------------------------------------------------------------------------------------------------


def test_figures_of_another_day_say_of_which_their_tax_is() -> None:
    lines = opened(position(told_on=TODAY - timedelta(days=8), tax=replace(TAX, days=245)))
    assert f"IR 20% sobre R${N}842,00 = R${N}168,40 (245 dias em 15/11)" in lines


def test_a_position_says_all_that_is_known_of_it() -> None:
    assert opened(position(), investment_transaction()).split("\n") == [
        "📄 <b>CDB Banco Z 110% CDI</b>",
        "CDB · Banco Z",
        f"Líquido: <b>R${N}10.673,60</b>, como o banco informa",
        "",
        f"Bruto: R${N}10.842,00",
        f"IR 20% sobre R${N}842,00 = R${N}168,40 (253 dias)",
        f"Pela minha conta, líquido de R${N}10.673,60: igual ao do banco.",
        "",
        "Taxa: 110% do CDI",
        f"Aplicado em 15/03: R${N}10.000,00",
        "Vence em 15/03/2027",
        "Emissor: BANCO Z S.A. · FGC ok",
        "",
        "Movimento",
        f"• 15/03 aplicação R${N}10.000,00",
        "",
        f"Tabela: Lei 11.033/2004, art. 1º, I a IV; Decreto 6.306/2007, art. 32 e anexo; {CHECKED}.",
        NOT_ADVICE,
        "",
        "Atualizado hoje 06:12",
    ]


def test_the_net_is_the_banks_and_what_we_make_of_it_is_stated_beside_it() -> None:
    one = position(balance=Decimal("10673.58"), difference=Decimal("0.02"))
    text = opened(one)
    assert f"Líquido: <b>R${N}10.673,58</b>, como o banco informa" in text
    assert f"líquido de R${N}10.673,60: diferença de R${N}0,02 para o líquido que o banco informa." in text
    below = opened(position(balance=Decimal("10673.62"), difference=Decimal("-0.02")))
    assert f"diferença de R${N}0,02 para" in below


def test_an_exempt_paper_names_its_law() -> None:
    tax = Tax(ZERO, ZERO, ZERO, None, None, 40, "Lei 11.033/2004, art. 3º, II")
    text = opened(position(tax=tax, kind=Kind.LCI, balance=Decimal("10842.00")))
    assert "\nIsento de IR\nPela minha conta, líquido de" in text
    assert f"Tabela: Lei 11.033/2004, art. 3º, II; {CHECKED}." in text
    loss = opened(position(tax=Tax(Decimal("-5.00"), ZERO, ZERO, Decimal(20), None, 200)))
    assert "Sem rendimento até aqui: nada de IR nem IOF" in loss


@pytest.mark.parametrize("why", list(Unknown))
def test_a_tax_that_is_not_calculated_says_why_and_what_the_bank_reserves(why: Unknown) -> None:
    text = opened(position(tax=why, difference=None))
    assert f"Imposto: não calculo: {words.UNKNOWN[why]}." in text
    assert f"O banco reserva para imposto: IR R${N}168,40." in text
    assert "Pela minha conta" not in text
    assert "Tabela:" not in text


def test_figures_of_another_day_say_so() -> None:
    one = position(gross=None, difference=None, tax=Unknown.GROSS, figures_on=date(2026, 11, 19))
    assert f"\nBruto de 19/11: R${N}10.842,00\n" in opened(one)


def test_what_a_bank_does_not_tell_is_named() -> None:
    told = ("cost", "purchased_on", "difference", "amount", "due_on", "rate", "rate_type", "issuer", "issuer_cnpj")
    nothing: dict[str, Any] = dict.fromkeys(told)
    one = position(gross=None, tax=Unknown.GROSS, **nothing)
    text = opened(one, cover=())
    assert "O banco não informa: valor bruto, valor aplicado, data da aplicação, taxa, vencimento, emissor." in text
    assert "Taxa:" not in text
    assert "Aplicado" not in text
    assert "não informa" not in opened(position())
    fund = position(kind=Kind.FUND, purchased_on=None, due_on=None, rate=None, rate_type=None, issuer=None)
    assert "não informa:" not in opened(fund)


def test_the_last_five_movements_stand_the_newest_first() -> None:
    moves = [investment_transaction(id=number, occurred_on=date(2026, 9, number)) for number in range(1, 8)]
    moves.append(
        investment_transaction(id=9, type="SELL", movement="DEBIT", income_tax=Decimal("3.00"), iof=Decimal("1.00"))
        | {"occurred_on": date(2026, 10, 1)}
    )
    told = opened(position(), *moves)
    assert (
        f"Últimos movimentos\n• 01/10 resgate R${N}10.000,00 (imposto retido R${N}4,00)\n"
        f"• 07/09 aplicação R${N}10.000,00\n"
    ) in told
    assert told.count("aplicação R$") == 4
    dividend = opened(position(kind=Kind.PROPERTY_FUND), investment_transaction(type="INTEREST", movement="DEBIT"))
    assert "Fundo imobiliário · Banco Z\n" in dividend
    assert "• 15/03 rendimento R$" in dividend
    odd = investment_transaction(type="<b>NEW</b>", movement="DEBIT", amount=None)
    assert "• 15/03 saída\n" in opened(position(), odd)


def test_a_net_of_another_day_and_what_may_change_are_said() -> None:
    friday = START - timedelta(days=3)
    assert "</b>, como o banco informou em 20/11\n" in opened(position(read_at=friday))
    assert "⏳ O banco ainda está processando esta aplicação.\n" in opened(position(status="PENDING"))
    assert "⚠️ O banco não lista esta posição desde 20/11. Se" in opened(position(missing_since=friday))


def test_several_purchases_are_told_since_the_oldest() -> None:
    moves = [investment_transaction(id=number, occurred_on=date(2026, number, 15)) for number in (3, 9)]
    text = opened(position(tax=replace(TAX, rate=None)), *moves)
    assert f"Aplicado desde 15/03: R${N}10.000,00\n" in text
    assert f"IR somado por aplicação = R${N}168,40 (a mais antiga, 253 dias)\n" in text


def test_a_caixinha_that_is_a_position_says_where_it_counts() -> None:
    text = opened(position(twin_pot=pot(name="Férias & <sol>")))
    assert "É também a caixinha Férias &amp; &lt;sol&gt; do /saldo: conta uma vez só aqui." in text


def test_an_issuer_without_a_name_is_told_by_its_cnpj() -> None:
    text = opened(position(issuer=None, issuer_cnpj="99657557000167", issuer_group="99657557000167"))
    assert "Emissor: CNPJ 99.657.557/0001-67 · FGC ok" in text
    assert "O banco não informa: nome do emissor." in text
    known = opened(position(issuer=None, issuer_cnpj="60746948000112", issuer_group="Bradesco"))
    assert "Emissor: CNPJ 60.746.948/0001-12 (conglomerado Bradesco) · FGC ok" in known


def test_the_conglomerate_and_the_grace_stand_with_it() -> None:
    text = opened(position(issuer_group="Itaú", grace_on=date(2026, 12, 20)))
    assert "Emissor: BANCO Z S.A. (conglomerado Itaú) · FGC ok" in text
    assert "Emissor: BANCO Z S.A. · FGC ok" in opened(position(issuer_group="Banco Z S.A."))
    assert "Resgate liberado a partir de 20/12" in text
    assert "Resgate" not in opened(position(grace_on=date(2026, 4, 1)))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "110% do CDI"),
        ({"rate": Decimal("99.5")}, "99,5% do CDI"),
        ({"fixed_annual_rate": Decimal(2), "rate": Decimal(100)}, "100% do CDI + 2,00% a.a."),
        ({"rate": Decimal("6.2"), "rate_type": "IPCA"}, "IPCA + 6,20% a.a."),
        ({"rate": Decimal("0.0525"), "rate_type": "SELIC+", "name": "Tesouro Selic 2029"}, "Selic + 0,0525% a.a."),
        ({"rate": None, "rate_type": "PRE", "fixed_annual_rate": Decimal("12.5000")}, "12,5% a.a."),
        ({"rate": None, "rate_type": None}, ""),
    ],
)
def test_a_rate_is_written_as_it_was_contracted(fields: dict[str, Any], told: str) -> None:
    assert words.rate_words(investment(**fields)) == told


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=25, deadline=None)
def test_one_position_of_anything_fits_and_keeps_its_last_lines(name: str, bank: str, issuer: str) -> None:
    text = opened(position(name=name, bank=bank, issuer=issuer, issuer_group=issuer), investment_transaction())
    assert units(text) <= MESSAGE_LIMIT
    assert text.split("\n")[-3:] == [NOT_ADVICE, "", "Atualizado hoje 06:12"]
