"""The words of /investimentos: the first line is the sum of the lines, and what is not known is said."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.messages.format import units
from gerente_financeiro.messages.investments import (
    CAPTION_LIMIT,
    HOW_TO_SHARE,
    NOT_ADVICE,
    Way,
    ladder,
    nothing,
    portfolio,
)
from open_finance.insights.portfolio import Kind
from open_finance.money import ZERO
from tests.builders import NOW, TODAY, connection
from tests.clocks import START
from tests.investment_builders import investment, pot
from tests.portfolio_reports import position, read, report, result

N = "\xa0"
HOSTILE = st.text(alphabet=st.sampled_from("<>&\"'@/$#.aé🦊\u202e \n"), min_size=1, max_size=60)


def caption(*positions: Any, way: Way = Way.KIND, **fields: Any) -> str:
    return portfolio(report(positions or [position()], **fields), way, NOW).caption


def test_the_caption_begins_with_the_answer_and_ends_with_the_truth() -> None:
    fund = position(2, balance=Decimal("23536.95"), kind=Kind.FUND, name="Fundo A", bank="Nubank")
    told = caption(position(), fund, results=(result(1, "52.10"), result(12)))
    assert told.split("\n") == [
        f"📈 <b>Investido: R${N}34.210,55</b> (líquido)",
        f"Fundos: R${N}23.536,95 (68,8%)",
        f"CDB: R${N}10.673,60 (31,2%)",
        "",
        f"Rendeu R${N}52,10 em 1 mês e R${N}312,40 em 12 meses, já sem aportes e resgates.",
        NOT_ADVICE,
        "",
        "Atualizado hoje 06:12",
    ]


def test_by_bank_the_parts_are_banks() -> None:
    fund = position(2, balance=Decimal("23536.95"), kind=Kind.FUND, bank="Banco <A&B>")
    screen = portfolio(report([position(), fund]), Way.BANK, NOW)
    assert f"Banco &lt;A&amp;B&gt;: R${N}23.536,95 (68,8%)\nBanco Z: R${N}10.673,60 (31,2%)" in screen.caption
    assert screen.heading.title == "Investimentos por banco"
    assert [one.name for one in screen.shares] == ["Banco <A&B>", "Banco Z"]


def test_a_loss_is_called_one_and_what_is_not_known_of_a_period_is_said() -> None:
    this_month = result(1, "-3.00", since=date(2026, 10, 31))
    told = caption(results=(this_month, result(12, since=date(2026, 3, 3), left_out=(8, 9))))
    assert (
        f"Perdeu R${N}3,00 em novembro e rendeu R${N}312,40 desde 03/03 (fora 2 posições), já sem aportes e resgates.\n"
        "Ficam de fora posições sem o valor inicial ou sem algum movimento do período.\n"
    ) in told
    assert "Rende" not in caption(results=())
    nothing_known = result(12, began_with=ZERO, put_in=ZERO, taken_out=ZERO, worth=ZERO, left_out=(9,))
    assert "Rende" not in caption(results=(nothing_known,))


def test_days_in_which_nothing_was_read_yielded_nothing_that_is_known() -> None:
    unread = position(read_at=START - timedelta(days=4))
    told = caption(unread, results=(result(1, "0.00", since=date(2026, 11, 19)),))
    assert "endeu" not in told
    assert "Rendeu R$" in caption(unread, results=(result(1, since=date(2026, 11, 18)),))


def test_a_result_that_leaves_out_most_of_it_is_not_told() -> None:
    large = position(2, balance=Decimal("90000.00"))
    told = caption(position(), large, results=(result(12, left_out=(2,)),))
    assert "Ainda não sei quanto rendeu: falta o valor inicial da maior parte." in told
    assert "Rendeu" not in told
    assert "(fora 1 posição)" in caption(position(), large, results=(result(12, left_out=(1,)),))


def test_where_the_longest_period_leaves_nothing_out_those_between_are_not_told() -> None:
    periods = (result(1, "1.00"), result(8, "2.00", since=date(2026, 3, 3)))
    assert f"R${N}1,00 em 1 mês e R${N}3,00 em 12 meses, já" in caption(results=(*periods, result(12, "3.00")))
    whole = caption(results=(*periods, result(12, "3.00", left_out=(9,))))
    assert f"R${N}1,00 em 1 mês, R${N}2,00 desde 03/03 e R${N}3,00 em 12 meses (fora 1 posição), já" in whole


def test_what_is_in_no_sum_is_named() -> None:
    pots = (pot(), pot(key="rsv-2", amount=Decimal("1500.00")))
    apart = (investment(id=9, currency_code="USD", balance=Decimal("10.00")),)
    told = caption(pots=pots, apart=apart, twins=(7,))
    assert f"Caixinhas, fora da soma: R${N}2.000,00 (em Guardado, no /saldo)." in told
    assert f"Em outra moeda, à parte: US${N}10,00." in told
    assert "O que vem por duas conexões está contado uma vez só." in told


def test_a_caixinha_that_is_a_position_is_told_once() -> None:
    twin = position(twin_pot=pot())
    assert "Caixinhas" not in caption(twin, pots=(pot(),))
    other = pot(key="rsv-2", amount=Decimal("1500.00"))
    assert f"Caixinhas, fora da soma: R${N}1.500,00" in caption(twin, pots=(pot(), other))


def test_what_a_bank_does_not_tell_is_said() -> None:
    inter, nubank = connection(id=2, connector_name="Inter"), connection(id=3, connector_name="Nubank")
    failed = read(2, reading="failed", read_at=START - timedelta(days=4))
    told = caption(
        connections=(connection(), inter, nubank),
        reads=(read(1), failed, read(3, reading="refused", read_at=None)),
        silent=(nubank,),
    )
    assert "Inter: não consegui ler hoje; valores de 19/11.\nO Nubank não informa investimentos." in told
    never = caption(connections=(connection(), inter), reads=(read(1), failed._replace(read_at=None)))
    assert "Inter: ainda não consegui ler os investimentos." in never
    stopped = read(1, reading="refused", read_at=START - timedelta(days=4))
    assert "O Itaú parou de compartilhar investimentos comigo; valores de 19/11." in caption(
        reads=(stopped,), silent=(connection(),)
    )
    both = caption(silent=(nubank, connection(id=4, connector_name="Caixa")))
    assert "Nubank e Caixa não informam investimentos." in both
    many = tuple(connection(id=number, connector_name=f"Banco {number}") for number in range(10, 16))
    assert "Banco 10, Banco 11, Banco 12 e mais 3 não informam investimentos." in caption(silent=many)


def test_without_positions_it_is_said_why() -> None:
    assert nothing(report(), NOW).split("\n") == [
        "Nenhum banco informou investimentos.", "", NOT_ADVICE, "", "Atualizado hoje 06:12",
    ]  # fmt: skip
    assert nothing(report(reads=()), NOW).startswith("Ainda não li seus investimentos.")
    refused = nothing(report(reads=(read(reading="refused", read_at=None),), silent=(connection(),)), NOW)
    assert refused.startswith(f"Nenhum banco compartilha investimentos comigo.\n{HOW_TO_SHARE}\n")
    dollars = investment(currency_code="USD", balance=Decimal("10.00"))
    apart = nothing(report(apart=(dollars,)), NOW)
    assert apart.startswith("Só encontrei investimentos em outras moedas, que não somo.\n")
    assert f"US${N}10,00" in apart
    assert "Caixinhas" in nothing(report(pots=(pot(),)), NOW)


def test_the_maturities_begin_with_the_next_one_and_add_up() -> None:
    fund = position(2, balance=Decimal("23536.95"), kind=Kind.FUND, due_on=None)
    later = position(3, balance=Decimal("100.00"), due_on=date(2029, 1, 2))
    assert ladder(report([position(), fund, later]), NOW).split("\n") == [
        f"📅 <b>Próximo vencimento: 15/03/2027</b>, CDB Banco Z 110% CDI: R${N}10.673,60",
        "",
        f"• Até 23/11/2027: R${N}10.673,60 (1 posição)",
        f"• Depois disso: R${N}100,00 (1 posição)",
        f"• Sem vencimento: R${N}23.536,95 (1 posição)",
        "",
        f"= Total: R${N}34.310,55",
        "Para resgatar antes, vale o que foi combinado com o banco.",
        "",
        NOT_ADVICE,
        "",
        "Atualizado hoje 06:12",
    ]
    assert ladder(report([fund]), NOW).startswith("📅 <b>Nenhum vencimento pela frente.</b>\n")
    same = position(4, balance=Decimal("1.00"))
    assert f"CDB Banco Z 110% CDI e mais 1: R${N}10.674,60" in ladder(report([position(), same]), NOW)


BALANCES = st.integers(0, 10**11).map(lambda cents: Decimal(cents).scaleb(-2))


@given(
    st.lists(st.tuples(HOSTILE, HOSTILE, st.sampled_from(list(Kind)), BALANCES), min_size=1, max_size=200),
    st.sampled_from(Way),
)
@settings(max_examples=20, deadline=None)
def test_a_caption_of_anything_is_short_enough_and_keeps_its_last_lines(held: list[Any], way: Way) -> None:
    of = [
        position(number, name=name, bank=bank, kind=kind, balance=balance)
        for number, (name, bank, kind, balance) in enumerate(held, 1)
    ]
    banks = tuple(connection(id=number, connector_name=bank) for number, (_, bank, *_) in enumerate(held[:9], 1))
    told = report(of, results=(result(1), result(12, left_out=(1,))), pots=(pot(),), silent=banks)
    text = portfolio(told, way, NOW).caption
    assert units(text) <= CAPTION_LIMIT
    assert text.split("\n")[-3:] == [NOT_ADVICE, "", "Atualizado hoje 06:12"]
    assert amounts(text.split("\n")[0]) == [told.total]
    shown = [amounts(line)[0] for line in text.split("\n\n")[0].split("\n")[1:] if line != "…"]
    assert sum(shown, ZERO) == told.total or "…" in text.split("\n")


def amounts(text: str) -> list[Decimal]:
    """The amounts in reais of a text, in its order."""
    found = re.findall(r"(-?)R\$\xa0([\d.]+,\d\d)", unescape(text))
    return [Decimal(sign + number.replace(".", "").replace(",", ".")) for sign, number in found]


def test_the_days_are_those_of_the_report() -> None:
    assert portfolio(report([position()]), Way.KIND, NOW).heading.subtitle == f"R${N}10.673,60 em {TODAY:%d/%m/%Y}"
