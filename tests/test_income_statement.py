"""The income statement's text: the same figures give the same text, and a changed one gives another hash."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.income_statement import (
    IncomeMonth,
    IncomeRow,
    IncomeSource,
    IncomeStatement,
    Left,
    LeftOut,
    canonical,
    digest,
    payer_text,
)

READ_AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
ROW = IncomeRow(date(2026, 10, 5), "Estúdio Exemplo Ltda", Decimal("6200.00"), "Itaú", 1)
STATEMENT = IncomeStatement(
    issued_on=date(2026, 11, 23),
    asked=6,
    months=(IncomeMonth(date(2026, 9, 1)), IncomeMonth(date(2026, 10, 1), (ROW,))),
    left_out=(Left(LeftOut.OWN_TRANSFER, 2, Decimal("150.00")),),
    sources=(IncomeSource("Itaú", READ_AT), IncomeSource("Nubank", None)),
)


def test_text_has_one_figure_a_line() -> None:
    assert canonical(STATEMENT) == (
        "comprovante-de-renda 1\nemitido|2026-11-23\nmeses|2|6\nmes|2026-09|0|0.00\n"
        "renda|2026-10-05|6200.00|Estúdio Exemplo Ltda|Itaú\nmes|2026-10|1|6200.00\n"
        "total|6200.00\nmedia|3100.00\nmediana|3100.00\nfora|own_transfer|2|150.00\n"
        "fonte|Itaú|2026-11-23T09:30-03:00\nfonte|Nubank|-\n"
    )


def test_id_of_a_row_is_not_in_the_text() -> None:
    again = replace(STATEMENT.months[1], rows=(replace(ROW, id=99),))
    assert canonical(replace(STATEMENT, months=(STATEMENT.months[0], again))) == canonical(STATEMENT)


def test_without_a_whole_month_there_is_neither_mean_nor_median() -> None:
    empty = replace(STATEMENT, months=())
    assert (empty.mean, empty.median) == (None, None)
    assert "media|-\nmediana|-\n" in canonical(empty)


@given(st.integers(min_value=1, max_value=10**9))
def test_another_amount_is_another_hash(more: int) -> None:
    row = replace(ROW, amount=ROW.amount + Decimal(more).scaleb(-2))
    other = replace(STATEMENT, months=(STATEMENT.months[0], replace(STATEMENT.months[1], rows=(row,))))
    assert digest(canonical(other)) != digest(canonical(STATEMENT))


def test_changed_byte_is_another_hash() -> None:
    text = canonical(STATEMENT).encode()
    seen = {digest(text.decode())}
    for place, byte in enumerate(text):
        if byte < 0x7F:
            changed = (text[:place] + bytes([byte ^ 1]) + text[place + 1 :]).decode(errors="replace")
            assert digest(changed) not in seen
            seen.add(digest(changed))


def test_payer_has_no_cpf_whatever_its_form() -> None:
    written = (
        "529.982.247-25",
        "52998224725",
        "529982247/25",
        "529 982 247 25",
        "529.982.247 - 25",
        "529\u200b.982.247-25",
    )
    covered = ("***.982.247-**", "•••.982.247-••", "XXX.982.247-XX", "***982247**")
    for cpf in (*written, *covered):
        assert payer_text(f"PIX RECEBIDO {cpf} ANA") == "PIX RECEBIDO ANA"


def test_what_a_cut_or_a_cpf_taken_out_leaves_is_read_again() -> None:
    """The text is made of lines that went through this once already: both must be one."""
    for text in (f"{'A' * 49}11222333000181", "PIX 529 529.982.247-25 982 247 25"):
        assert payer_text(payer_text(text)) == payer_text(text)
        assert not {"52998224725", "11222333000"} & {payer_text(text).replace(" ", "")[-11:]}


def test_company_number_stays() -> None:
    assert payer_text("TED 11.222.333/0001-81 ESTUDIO") == "TED 11.222.333/0001-81 ESTUDIO"
    assert payer_text("TED 11222333000181 ESTUDIO") == "TED 11222333000181 ESTUDIO"


@given(st.text(max_size=200))
def test_payer_is_one_line_that_divides_nothing(text: str) -> None:
    payer = payer_text(text)
    assert 1 <= len(payer) <= 60
    assert not set(payer) & set("|\n\r\x00\u202e")
    assert payer_text(payer) == payer
