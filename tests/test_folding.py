"""Texts compared as people read them: plain ones by a short way, which leads where the long one does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from open_finance.connecting import banks
from open_finance.folding import fold

ACCENT = "\u0301"  # alone at the end, it is forgotten; but the text is not plain any more


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_texts_are_folded_as_all_others(text: str) -> None:
    assert fold(text) == fold(text + ACCENT)
    assert banks.fold(text) == banks.fold(text + ACCENT)


@given(st.text())
def test_folded_again_it_is_the_same(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text) == fold(text + ACCENT)


def test_accents_case_and_spaces_are_forgotten() -> None:
    assert fold("  AÇÚCAR  do \tLEÃO ") == "acucar do leao"
    assert fold("PAO DE  ACUCAR\n") == "pao de acucar"
