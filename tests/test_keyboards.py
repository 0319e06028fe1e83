"""Buttons: what they carry, and that what comes back is only believed when it can be ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.keyboards import (
    base36,
    button,
    columns,
    connect_button,
    from_base36,
    keyboard,
    page_count,
    pager,
    parse,
    rows,
    to_id,
    url_button,
)


def test_a_button_carries_its_verb_and_ids() -> None:
    made = button("Itaú", "banco", 12, 3)
    assert (made.text, made.callback_data) == ("Itaú", "banco:12:3")
    assert parse("banco:12:3") == ("banco", ["12", "3"])


def test_callback_data_over_64_bytes_is_a_mistake_of_ours() -> None:
    button("x", "v", "é" * 31)
    with pytest.raises(AssertionError):
        button("x", "v", "é" * 32)


@pytest.mark.parametrize("data", [None, ""])
def test_empty_data_has_no_verb(data: str | None) -> None:
    assert parse(data) == ("", [])


def test_labels_are_plain_cleaned_and_cut() -> None:
    assert button("Banco\u202e <b>\n", "v").text == "Banco <b>"
    assert len(button("x" * 100, "v").text) == 40
    assert button("\u200f\n", "v").text == "…"
    assert url_button("Abrir", "https://banco.example").url == "https://banco.example"


def test_rows_are_of_the_width_asked_for() -> None:
    buttons = [button(str(number), "v", number) for number in range(7)]
    assert [len(row) for row in rows(buttons, 3)] == [3, 3, 1]
    assert rows([], 3) == []


def test_a_long_label_has_a_row_of_its_own_and_order_is_kept_around_it() -> None:
    named = ["Mercado", "Restaurantes e delivery", "Transporte", "Moradia", "Tarifas, juros e empréstimos", "Outros"]
    lines = [[each.text for each in line] for line in columns(button(name, "v") for name in named)]
    assert lines == [
        ["Restaurantes e delivery"],
        ["Mercado", "Transporte"],
        ["Tarifas, juros e empréstimos"],
        ["Moradia", "Outros"],
    ]
    assert columns([]) == []


def test_empty_lines_leave_no_row() -> None:
    assert len(keyboard([], [connect_button()], []).inline_keyboard) == 1


def test_pager_has_no_arrow_beyond_the_ends() -> None:
    def labels(page: int) -> list[str]:
        return [each.text for each in pager("x", page, 7)]

    assert labels(0) == ["1/7", "›"]
    assert labels(3) == ["‹", "4/7", "›"]
    assert labels(6) == ["‹", "7/7"]
    assert pager("x", 0, 1) == []


def test_pager_buttons_carry_the_ids_and_their_page() -> None:
    assert [each.callback_data for each in pager("x", 3, 7, "a", 9, picker="xp")] == ["x:a:9:2", "xp:a:9:3", "x:a:9:4"]


@pytest.mark.parametrize("page", [0, 3, 6])
def test_the_middle_of_a_pager_always_leads_somewhere(page: int) -> None:
    middle = next(each for each in pager("x", page, 7) if "/" in each.text)
    assert middle.callback_data != f"x:{page}"


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (10, 1), (11, 2), (100, 10)])
def test_page_count(total: int, pages: int) -> None:
    assert page_count(total, 10) == pages


@given(st.integers(0, 2**62))
def test_base36_goes_there_and_back(number: int) -> None:
    assert from_base36(base36(number)) == number


@pytest.mark.parametrize("text", ["", "-1", "A", "1 ", "é", "z" * 13, "1:2", "١"])
def test_what_is_no_base36_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base 36"):
        from_base36(text)


@pytest.mark.parametrize("text", ["", "-1", "1.0", "abc", "١٢", "9" * 19, " 1"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        to_id(text)
