"""The words of /previsao: lines that add up to the centavo, a caption that fits, and risk as people speak of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.messages.forecast import forecast_words, lines_page, marks_of, share
from gerente_financeiro.messages.format import units
from gerente_financeiro.messages.outlook_words import about, between, groups_of, origins, rounded
from gerente_financeiro.messages.what_if import what_if_words
from open_finance.insights.outlook import Expected, Forecast, Source
from tests.builders import TODAY, account, card
from tests.card_rows import bill, card_row
from tests.card_rows import card as bank_card
from tests.forecasts import HOSTILE, any_forecasts, expected, forecast, household
from tests.outlook_builders import report as card_report

N = "\xa0"
TRUTH = "⚠️ Nubank: dados de 19/11 (parcial). Itaú: hoje 06:12."
MANY_BANKS = "⚠️ " + " ".join(f"Banco Número {number}: dados de 19/11." for number in range(40))
AMOUNT = re.compile(r"(-?)R\$\xa0([\d.]+,\d\d)")


def plain(text: str) -> list[str]:
    return re.sub(r"</?(?:b|i|code)>", "", text).replace(N, " ").split("\n")


def caption(found: Forecast, truth: str = TRUTH) -> list[str]:
    return plain(forecast_words(found, truth).caption)


def amount_of(line: str) -> Decimal:
    found = AMOUNT.search(line)
    assert found, line
    return Decimal(found[1] + found[2].replace(".", "").replace(",", "."))


def summands(text: str) -> tuple[list[Decimal], Decimal]:
    """The amounts that are added up, and what they come to."""
    lines = re.sub(r"</?b>", "", text).split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("Hoje: "))
    end = next(number for number, line in enumerate(lines) if line.startswith("= "))
    added = [line for line in lines[start:end] if line.startswith(("Hoje: ", "+ ", "- "))]
    return [amount_of(line.partition(": ")[2]) for line in added], amount_of(lines[end].partition(": ")[2])


# --- the caption ---------------------------------------------------------------------------------------------------------


def test_the_caption_adds_up_from_today_to_the_last_day() -> None:
    found = forecast([*household(), expected(date(2026, 12, 20), "-55.90", Source.SUBSCRIPTION, "Streaming")])
    assert caption(found) == [
        "🔮 Próximos 30 dias (até 23/12)",
        "Hoje: R$ 3.832,57",
        "+ Salário 05/12: R$ 6.200,00",
        "- Faturas 10/12 e 15/12: -R$ 1.687,25",
        "- Contas fixas: -R$ 2.155,80",
        "- Dia a dia (estimado): -R$ 2.400,00",
        "= 23/12: R$ 3.789,52 (entre R$ 3.150 e R$ 4.400)",
        "",
        "Ponto mais baixo: 04/12, cerca de R$ 850. Sem risco de ficar negativo.",
        "",
        "⚠️ Nubank: dados de 19/11 (parcial). Itaú: hoje 06:12.",
    ]


def test_a_thirteenth_salary_is_a_line_of_its_own_and_said_to_be_an_estimate() -> None:
    extra = expected(
        date(2026, 11, 30), "2500.00", Source.SALARY, "13º salário", is_estimated=True, is_yearly=True, row_ids=(7,)
    )
    found = forecast([*household(), extra])
    lines = caption(found)
    assert lines[2:4] == ["+ Salário 05/12: R$ 6.200,00", "+ 13º salário 30/11: cerca de R$ 2.500,00"]
    added, end = summands(forecast_words(found, TRUTH).caption)
    assert sum(added, Decimal(0)) == end
    assert "13º salário" in [mark.title for mark in marks_of(found)]
    page = lines_page(found, [extra], origins([extra], [], {7: date(2025, 11, 28)}), TRUTH, is_last=False)
    assert "+R$ 2.500,00 13º salário · estimado, como em nov/2025" in plain(page)


@given(any_forecasts(), st.sampled_from([TRUTH, MANY_BANKS, ""]))
@settings(max_examples=200, deadline=None)
def test_any_caption_fits_and_its_lines_add_up(found: Forecast, truth: str) -> None:
    text = forecast_words(found, truth).caption
    assert units(text) <= 960
    added, end = summands(text)
    assert sum(added, Decimal(0)) == end == found.end.median
    assert text.count("<b>") == text.count("</b>")


def test_an_overdraft_says_since_when_and_until_when() -> None:
    found = forecast(household()[2:3], start="-210.00", a_day="-10.00", risk=1.0)
    lines = caption(found)
    assert lines[1] == "Hoje: -R$ 210,00"
    assert lines[6] == "⚠️ A conta já está negativa (-R$ 210,00 hoje); volta a ficar positiva em 05/12."
    assert lines[7] == "Ponto mais baixo: 04/12, cerca de -R$ 320."


def test_a_month_that_does_not_suffice_names_the_day() -> None:
    found = forecast(household()[:2], start="2100.00", a_day="-50.00", risk=0.83)
    assert caption(found)[6] == (
        "⚠️ No ritmo atual, a conta fica negativa em 30/11 (cerca de -R$ 50); segue assim até 23/12."
        " Isso acontece em 8 de cada 10 cenários."
    )


@pytest.mark.parametrize(
    ("risk", "told"),
    [
        (0.0, "Sem risco de ficar negativo."), (0.004, "Sem risco de ficar negativo."),
        (0.02, "Em menos de 1 de cada 10 cenários a conta fica negativa, a partir de 04/12."),
        (0.32, "Em 3 de cada 10 cenários a conta fica negativa, a partir de 04/12."),
        (0.97, "Em quase todos os cenários a conta fica negativa, a partir de 04/12."),
    ],
)  # fmt: skip
def test_risk_is_told_in_tenths(risk: float, told: str) -> None:
    found = replace(forecast(household()), risk=risk, risky_on=date(2026, 12, 4))
    assert told in "\n".join(caption(found))


@given(st.floats(0, 1))
def test_only_certainty_is_told_as_certain(risk: float) -> None:
    told = share(risk)
    assert ("todos os cenários" in told) <= (risk >= 0.9)
    assert (told == "em todos os cenários") == (risk >= 0.99)
    assert "0 de cada" not in told


def test_little_history_is_said_and_only_commitments_are_told() -> None:
    found = forecast(household(), has_band=False, history_days=34)
    lines = caption(found)
    assert "Dia a dia (estimado)" not in "\n".join(lines)
    assert "entre" not in lines[5]
    assert lines[-3] == (
        "Conheço só 34 dias do seu histórico: aqui estão os compromissos já conhecidos, sem o dia a dia."
        " Com 60 dias, estimo também o dia a dia."
    )
    assert "Ponto mais baixo: 01/12, cerca de R$ 1.750. Com estes compromissos, não fica negativo." in lines
    told = forecast_words(found, TRUTH)
    assert told.heading.now == "só o que já é conhecido, sem o dia a dia"
    short = forecast(household()[:1], start="1000.00", has_band=False)
    assert "⚠️ Só com estes compromissos, a conta fica negativa em 30/11 (-R$ 800,00)" in "\n".join(caption(short))


def test_what_is_known_to_the_centavo_is_told_to_the_centavo() -> None:
    found = forecast(household()[:1], has_band=False)
    assert "Ponto mais baixo: 30/11, R$ 2.032,57." in "\n".join(caption(found))


def test_an_amount_is_never_cut_in_the_picture() -> None:
    told = forecast_words(forecast(start="98765432.10", a_day="-1000000.00"), TRUTH)
    assert told.heading.subtitle.replace(N, " ") == "em 23/12 cerca de R$ 68.770.000"
    usual = forecast_words(forecast(), TRUTH).heading.subtitle.replace(N, " ")
    assert usual == "hoje R$ 3.832,57 · em 23/12 cerca de R$ 1.450"


def test_nothing_known_is_said() -> None:
    assert "Nenhum compromisso conhecido nesses dias." in caption(forecast())


def test_what_was_typed_and_means_nothing_is_told_and_cannot_act() -> None:
    text = forecast_words(forecast(), TRUTH, "<b>abc @ana").caption
    assert text.startswith("Não entendi “&lt;b&gt;abc <code>@ana</code>”.")


# --- rounding ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("2648.12", "R$ 2.650"), ("-319.40", "-R$ 320"), ("0.40", "R$ 0,40"), ("3.61", "R$ 4"), ("-0.02", "-R$ 0,02"),
        ("123456.78", "R$ 123.000"), ("98765432.10", "R$ 98.770.000"), ("0.00", "R$ 0,00"),
    ],
)  # fmt: skip
def test_estimates_are_round(amount: str, told: str) -> None:
    assert about(Decimal(amount)).replace(N, " ") == f"cerca de {told}"


CENTS = st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents).scaleb(-2))


def in_reais(told: str) -> Decimal:
    return Decimal(re.sub(r"[R$\xa0.]", "", told).replace(",", "."))


@given(CENTS, CENTS)
def test_a_rounded_band_holds_what_it_held_and_no_sign_is_lost(one: Decimal, other: Decimal) -> None:
    low, high = min(one, other), max(one, other)
    first, second = (in_reais(told) for told in between(low, high).removeprefix("entre ").split(" e "))
    assert first <= low <= high <= second
    assert (in_reais(rounded(one)) > 0, in_reais(rounded(one)) < 0) == (one > 0, one < 0)
    assert abs(in_reais(rounded(one)) - one) <= max(abs(one) / 20, Decimal("0.5"))


# --- lines ---------------------------------------------------------------------------------------------------------------


@given(any_forecasts())
@settings(max_examples=60, deadline=None)
def test_every_line_is_in_one_group_and_in_one_mark(found: Forecast) -> None:
    groups = groups_of(found.lines)
    counted = [line for line in found.lines if line.amount]
    assert sorted((line for group in groups for line in group.lines), key=id) == sorted(counted, key=id)
    assert all(len({line.amount > 0 for line in group.lines}) == 1 for group in groups)
    marks = marks_of(found)
    assert sum((mark.amount for mark in marks), Decimal(0)) == sum((line.amount for line in found.lines), Decimal(0))
    assert len({(mark.on, mark.amount > 0, mark.is_asked) for mark in marks}) == len(marks)


def page(lines: list[Expected], *, days: dict[int, date] | None = None, is_last: bool = True) -> list[str]:
    found = forecast(lines)
    told = origins(found.lines, [account(), card()], days or {})
    return plain(lines_page(found, found.lines, told, TRUTH, is_last=is_last))


def test_each_line_says_where_it_comes_from() -> None:
    days = {number: date(2026, 5 + number, 10) for number in range(7)}
    lines = [
        expected(date(2026, 11, 30), "-300.00", Source.SCHEDULED, "Bruno Lima", row_ids=(90,), account_id=1),
        expected(date(2026, 12, 1), "-120.00", Source.BOLETO, "Condomínio", row_ids=(91,), account_id=1),
        expected(
            date(2026, 12, 5), "6200.00", Source.SALARY, "Estúdio", is_estimated=True, row_ids=tuple(days), account_id=1
        ),
        expected(date(2026, 12, 10), "-800.00", Source.CARD_BILL, "Fatura Itaú", is_estimated=True, account_id=2),
        expected(date(2026, 12, 12), "-99.00", Source.FIXED, "Luz", is_estimated=True, row_ids=(1,), account_id=7),
        expected(date(2026, 12, 22), "-50.00", Source.CARD_BILL, "Fatura Itaú", is_estimated=True, account_id=2),
        expected(date(2026, 12, 23), "-10.00", Source.CARD_BILL, "Fatura Z", account_id=9),
    ]
    assert page(lines, days=days) == [
        "🔮 7 linhas até 23/12: somam R$ 4.821,00",
        "", "30/11", "-R$ 300,00 Bruno Lima · agendado no banco · Itaú ••4321",
        "", "01/12", "-R$ 120,00 Condomínio · boleto agendado · Itaú ••4321",
        "", "05/12", "+R$ 6.200,00 Estúdio · todo mês, 7 vezes desde maio · Itaú ••4321",
        "", "10/12", "-R$ 800,00 Fatura Itaú · o que já se sabe desta fatura · Itaú ••8890",
        "", "12/12", "-R$ 99,00 Luz · todo mês, 1 vez desde junho",
        "", "22/12", "-R$ 50,00 Fatura Itaú · o que já se sabe desta fatura · Itaú ••8890",
        "", "23/12", "-R$ 10,00 Fatura Z · valor informado pelo banco",
        "", "-R$ 2.400,00 Dia a dia · estimado pelos seus 400 dias de histórico",
        "", TRUTH,
    ]  # fmt: skip


def bill_line(on: date, amount: str) -> Expected:
    return expected(on, amount, Source.CARD_BILL, "Fatura", is_estimated=True, account_id=2)


def origins_of_bills(lines: list[Expected]) -> list[str]:
    """Of a card whose open bill is due on 10/12 and has R$ 400,00 on it, R$ 100,00 of it the first of three parts."""
    tv = card_row(date(2026, 11, 15), "-100.00", installment_number=1, total_installments=3, id=5)
    rows = [card_row(date(2026, 11, 14), "-300.00", id=4), tv]
    found = card_report(bank_card(id=2), [bill(date(2026, 11, 10), date(2026, 11, 3), "50.00")], rows)
    told = origins(lines, [], {}, [found])
    return [told.of(line, TODAY).split(" · ")[0].replace(N, " ") for line in lines]


def test_a_bill_says_what_is_on_it_by_now_as_the_card_itself_does_and_what_will_be() -> None:
    assert origins_of_bills(
        [bill_line(date(2026, 12, 1), "-50.00"), bill_line(date(2026, 12, 10), "-445.00"),
         bill_line(date(2027, 1, 11), "-145.00"), bill_line(date(2027, 2, 10), "-100.00"),
         bill_line(date(2027, 3, 10), "-45.00")]
    ) == [
        "fatura fechada, somada pelos lançamentos",
        "fatura aberta: R$ 400,00 até agora, mais o que já se sabe que entra",
        "R$ 100,00 em parcelas e R$ 45,00 em assinaturas",
        "só parcelas já compradas",
        "o que já se sabe desta fatura",
    ]  # fmt: skip
    assert origins_of_bills([bill_line(date(2026, 12, 10), "-400.00")]) == ["fatura aberta, até agora"]
    assert origins_of_bills([bill_line(date(2026, 12, 10), "-90.00")]) == ["fatura aberta, o que já se sabe dela"]


def test_what_is_pending_today_is_no_appointment() -> None:
    coffee = expected(TODAY, "-10.87", Source.SCHEDULED, "Café", account_id=1)
    pix = expected(date(2026, 11, 27), "-160.00", Source.SCHEDULED, "Escolinha", account_id=1)
    assert "-R$ 10,87 Café · ainda pendente no banco · Itaú ••4321" in page([coffee])
    assert "- Pendente no banco hoje: -R$ 10,87" in caption(forecast([coffee]))
    assert "- Pendentes e agendados hoje e 27/11: -R$ 170,87" in caption(forecast([coffee, pix]))
    assert "- Agendado 27/11: -R$ 160,00" in caption(forecast([pix]))


def test_one_line_and_several_agree_with_their_verb() -> None:
    assert page([expected(TODAY, "-10.00")])[0] == "🔮 1 linha até 23/12: soma -R$ 10,00"
    assert page([expected(TODAY, "-10.00")] * 2)[0] == "🔮 2 linhas até 23/12: somam -R$ 20,00"


@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=10))
def test_what_a_bank_writes_is_only_text(titles: list[str]) -> None:
    lines = [expected(TODAY + timedelta(days=number), "-10.00", title=title) for number, title in enumerate(titles)]
    found = forecast(lines)
    text = lines_page(found, found.lines, origins(found.lines, [], {}), TRUTH, is_last=True)
    assert units(text) <= 4096
    assert not re.search(r"<(?!/?(?:b|code)>)", text)
    assert "@ana /saldo" not in text
    assert forecast_words(found, TRUTH).caption.count("A&B") == 0


# --- what if -------------------------------------------------------------------------------------------------------------


def asked(parts: list[Expected], before: Forecast, *, name: str = "tv", card_name: str = "") -> list[str]:
    shown = [part for part in parts if part.on <= before.end.on]
    after = with_purchase(before, shown)
    return plain(what_if_words(name, parts, card_name, before, after, TRUTH).caption)


def with_purchase(before: Forecast, parts: list[Expected]) -> Forecast:
    """The same scenarios, each less by just what is bought."""
    days = []
    for day in before.days:
        paid = sum((part.amount for part in parts if part.on <= day.on), Decimal(0))
        days.append(
            replace(day, known=day.known + paid, median=day.median + paid, low=day.low + paid, high=day.high + paid)
        )
    lines = tuple(sorted((*before.lines, *parts), key=lambda line: line.on))
    negative_on = next((day.on for day in days if day.median < 0), None)
    return replace(before, days=tuple(days), lines=lines, negative_on=negative_on)


def part(on: date, amount: str = "-300.00") -> Expected:
    return expected(on, amount, Source.WHAT_IF, "Tv 1/6 · Nubank ••1234", account_id=2)


def test_a_purchase_on_a_card_names_the_card_its_bills_and_what_changes() -> None:
    dues = [date(2026, 12, 10), *(date(2027, month, 10) for month in range(1, 6))]
    lines = asked([part(on) for on in dues], forecast(household()), card_name="Nubank ••1234")
    assert lines == [
        "🤔 Tv de R$ 1.800,00 em 6x",
        (
            "No cartão Nubank ••1234: 6 × R$ 300,00, nas faturas de 10/12, 10/01/2027, 10/02/2027, 10/03/2027, 10/04/2027"
            " e 10/05/2027 (5 caem depois de 23/12, fora desta previsão)."
        ),
        "",
        "Ponto mais baixo: não muda (04/12, cerca de R$ 850).",
        "Saldo em 23/12: de R$ 3.845,42 para R$ 3.545,42 (diferença de -R$ 300,00).",
        "Sem risco de ficar negativo.",
        "Nada foi comprado nem anotado.",
        "",
        TRUTH,
    ]


def test_a_purchase_that_leads_below_nothing_names_the_day() -> None:
    lines = asked([part(TODAY, "-1500.00")], forecast(household()), name="")
    assert lines[:2] == ["🤔 Compra de R$ 1.500,00", "Pago na hora, hoje."]
    assert lines[3:6] == [
        "Ponto mais baixo: era cerca de R$ 850 em 04/12; fica cerca de -R$ 650 em 04/12.",
        "Saldo em 23/12: de R$ 3.845,42 para R$ 2.345,42 (diferença de -R$ 1.500,00).",
        "⚠️ Com a compra, a conta fica negativa em 30/11.",
    ]


def test_parts_that_do_not_divide_add_up_and_many_bills_are_told_short() -> None:
    dues = [date(2027 + month // 12, month % 12 + 1, 10) for month in range(10)]
    parts = [part(dues[0], "-100.03"), *(part(on, "-100.00") for on in dues[1:])]
    lines = asked(parts, forecast(household()), card_name="Nubank ••1234")
    assert lines[1] == (
        "No cartão Nubank ••1234: R$ 100,03 e 9 × R$ 100,00, nas faturas de 10/01/2027 a 10/10/2027, uma por mês"
        " (todas caem depois de 23/12, fora desta previsão)."
    )
    assert lines[0] == "🤔 Tv de R$ 1.000,03 em 10x"
    assert "Saldo em 23/12: de R$ 3.845,42 para R$ 3.845,42 (diferença de R$ 0,00)." in lines


def test_parts_without_a_card_are_paid_a_month_apart() -> None:
    parts = [part(TODAY, "-100.00"), part(date(2026, 12, 23), "-100.00"), part(date(2027, 1, 23), "-100.00")]
    assert asked(parts, forecast(household()))[1] == (
        "Sem cartão, um pagamento por mês: 3 × R$ 100,00, de hoje a 23/01/2027 (1 cai depois de 23/12, fora desta previsão)."
    )


def test_a_rising_risk_is_told_beside_the_one_before() -> None:
    before = forecast(household())
    after = replace(before, risk=0.31)
    text = what_if_words("tv", [part(TODAY)], "", before, after, TRUTH).caption
    assert "Com a compra, em 3 de cada 10 cenários a conta fica negativa (sem ela, nenhum risco)." in text


UNASKED = [source for source in Source if source is not Source.WHAT_IF]


def test_what_does_not_change_is_not_told_as_a_change() -> None:
    before = replace(forecast(household()), risk=0.12)
    lines = "\n".join(asked([part(TODAY, "-1.00")], before))
    assert "Ponto mais baixo: quase não muda (04/12, cerca de R$ 850)." in lines
    assert "Com ou sem a compra, em 1 de cada 10 cenários a conta fica negativa." in lines


@given(any_forecasts((30,), UNASKED), st.text(max_size=60), st.integers(1, 48), st.integers(1, 10**9))
@settings(max_examples=60, deadline=None)
def test_any_question_has_a_caption_that_fits_and_a_mark_of_its_own(
    before: Forecast, name: str, number: int, cents: int
) -> None:
    parts = [part(TODAY + timedelta(days=31 * each), str(-Decimal(cents).scaleb(-2))) for each in range(number)]
    before = replace(before, lines=tuple(line for line in before.lines if line.source is not Source.WHAT_IF))
    after = with_purchase(before, parts[:1])
    told = what_if_words(name, parts, "Nubank ••1234", before, after, MANY_BANKS)
    assert units(told.caption) <= 960
    assert not re.search(r"<(?!/?(?:b|code)>)", told.caption)
    assert [mark.amount for mark in told.marks if mark.is_asked][:1] == [parts[0].amount]
