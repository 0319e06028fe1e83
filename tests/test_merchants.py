"""Whose shop a row is: one key for what banks write in many ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from open_finance.insights.merchants import merchant_key, normalise
from tests.rows import transaction_data

SAME = [
    ("padaria pao quente", "PAG*PADARIA PAO QUENTE"),
    ("padaria pao quente", "Compra no débito - Padaria Pão Quente"),
    ("padaria pao quente", "Compra com Cartão - 06/06 18:00 PADARIA PAO QUENTE"),
    ("padaria pao quente", "COMPRA CARTAO PADARIA PAO QUENTE SAO PAULO BR"),
    ("padaria pao quente", "PADARIA PAO QUENTE 1234 RECIFE BR"),
    ("padaria pao quente", "PADARIA PAO QUENTE LTDA"),
    ("padaria pao quente", "COMPRA CARTAO DEB 14/07 PADARIA PAO QUENTE"),
    ("padaria pao quente", "RSHOP-PADARIA PAO QUENTE-14/07"),
    ("padaria pao quente", "PADARIA PAO QUENTE RIO DE JANEIR"),
    ("rshop", "RSHOP"),
    ("padaria pao quente", "PIX QRS PADARIA PAO QUENTE12/03"),
    ("padaria pao quente", 'Estorno de "Padaria Pão Quente"'),
    ("lojas renner", "LOJAS RENNER FL 123 PARC 02/05"),
    ("boutique da mari", "BOUTIQUE DA MARI - Parcela 1/3"),
    ("pizzaria napoli", "IFD*PIZZARIA NAPOLI"),
    ("sushi house", "RAPPI *SUSHI HOUSE"),
    ("mercadolivre", "MERCADOLIVRE*3 PRODUTOS"),
    ("mercadolivre", "MERCADOLIVRE*LOJAOFICIA PARC 03/10"),
    ("shopee", "Shopee *Chenjyacessori - Parcela 1/3"),
    ("uber", "UBER* TRIP SAO PAULO BR"),
    ("spotify", "EBN *SPOTIFY"),
    ("pedro henrique alves souz", "Pix - Enviado - 12/03 21:08 Pedro Henrique Alves Souz"),
    (
        "bruna alves pinto",
        "Transferência enviada pelo Pix - Bruna Alves Pinto - •••.123.456-•• - NU PAGAMENTOS - IP (0260)",
    ),
    ("cleber s", "TED 341.0123 CLEBER S"),
    ("fernando s", "Pagamento Pix Fernando S"),
    ("fernand", "PIX TRANSF FERNAND04/10"),
    ("colegio girassol", "PAG BOLETO COLEGIO GIRASSOL"),
]


@pytest.mark.parametrize(("key", "description"), SAME)
def test_the_noise_around_a_name_is_taken_away(key: str, description: str) -> None:
    assert normalise(description) == key


def key(**values: Any) -> str:
    return merchant_key({**transaction_data(), **values})


def test_branches_of_a_company_are_one() -> None:
    assert key(merchant_cnpj="11222333000181") == key(merchant_cnpj="11.222.333/0002-62") == "cnpj 11222333"


def test_a_name_that_pluggy_found_outweighs_the_description_and_an_odd_cnpj_says_nothing() -> None:
    assert key(merchant_name="Padaria Boa", merchant_cnpj="123", description="PAG*XYZ") == "padaria boa"


def test_a_transfer_s_other_side_is_who_was_paid() -> None:
    assert key(counterparty="Ana Souza", description="PIX ENVIADO") == "ana souza"


def test_a_row_that_names_nobody_keeps_the_bank_s_words() -> None:
    assert normalise("PIX ENVIADO") == "pix enviado"
    assert normalise("12345") == "12345"


PIECES = (
    "pag*",
    "mp",
    "ifd*",
    "pix",
    "ted",
    "compra",
    "cartao",
    "de",
    "-",
    "12/03",
    "parc",
    "02/10",
    "sao paulo",
    "br",
    "123",
    "x",
)
WORDS = st.lists(st.sampled_from(PIECES), max_size=7).map(" ".join)


@given(st.one_of(st.text(max_size=60), WORDS))
@example("PIX ENVIADO BET365")
@example("Pix - Enviado - 12/03 21:08 Pedro")
@example("\N{MATHEMATICAL BOLD CAPITAL L}oja \N{SQUARED LATIN CAPITAL LETTER A}\N{TRADE MARK SIGN}")
def test_a_key_is_its_own_key(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


SHOPS = ("padaria", "mercado", "central", "aurora", "bonfim", "teles", "jardim", "emporio")
NAMES = st.lists(st.sampled_from(SHOPS), min_size=2, max_size=3)
NOISE = st.sampled_from(
    ["", " BR", " SAO PAULO BR", " PARC 02/10", " - Parcela 3/12", " 4321", " LTDA", " 12/03", " 2/3"]
)
LEADS = st.sampled_from(
    ["", "PAG*", "MP *", "EC *", "Compra no débito - ", "COMPRA CARTAO ", "PIX QRS ", "PAG BOLETO "]
)


@given(NAMES, LEADS, NOISE, st.booleans())
def test_case_accents_and_noise_do_not_change_whose_shop_it_is(
    words: list[str], lead: str, noise: str, upper: bool
) -> None:
    name = " ".join(words)
    written = lead + (name.upper() if upper else name.title().replace("Padaria", "Padária")) + noise
    assert normalise(written) == name
