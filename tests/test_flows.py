"""What a movement of money is: as banks write it, with and without Pluggy's category."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pytest

from open_finance.insights.flows import Flow, flow_of
from open_finance.reading.statements import kind_of
from open_finance.records import StatementRow
from tests.rows import transaction_data

OUT, IN = Decimal("-50.00"), Decimal("50.00")

WORDS = [
    # shops, people, taxes and loans that are paid: spending
    ("PADARIA PAO QUENTE", OUT, Flow.SPENDING),
    ("Compra no débito - Supermercado Boa Vida", OUT, Flow.SPENDING),
    ("PIX ENVIADO ANA SOUZA", OUT, Flow.SPENDING),
    ("Transferência enviada pelo Pix - ANA SOUZA - •••.123.456-•• - NU PAGAMENTOS", OUT, Flow.SPENDING),
    ("PAG BOLETO COLEGIO GIRASSOL", OUT, Flow.SPENDING),
    ("PAGAMENTO DE BOLETO", OUT, Flow.SPENDING),
    ("PAG FATURA VIVO", OUT, Flow.SPENDING),
    ("Pagamento Fatura de Gás - COMPANHIA DO GAS", OUT, Flow.SPENDING),
    ("MULTA DE TRANSITO", OUT, Flow.SPENDING),
    ("IPVA 2026 PARCELA 1", OUT, Flow.SPENDING),
    ("PGTO CRED PESSOAL 03/24", OUT, Flow.SPENDING),
    ("SAQUE BANCO24HORAS", OUT, Flow.SPENDING),
    ("CORRETORA DE SEGUROS", OUT, Flow.SPENDING),
    ("RENT A CAR", OUT, Flow.SPENDING),
    ("TARGET MODAS", OUT, Flow.SPENDING),
    ("JUROSO CAFE", OUT, Flow.SPENDING),
    # what comes in
    ("CREDITO DE SALARIO", IN, Flow.INCOME),
    ("PIX RECEBIDO JOAO PEDRO", IN, Flow.INCOME),
    ("RENDIMENTO POUPANCA", IN, Flow.INCOME),
    ("REND PAGO APLIC AUT MAIS", IN, Flow.INCOME),
    ("JUROS SOBRE CAPITAL PROPRIO", IN, Flow.INCOME),
    ("CREDITO CASHBACK", IN, Flow.INCOME),
    # what comes back
    ('Estorno de "Loja do Bairro"', IN, Flow.REFUND),
    ("PIX DEVOLVIDO", IN, Flow.REFUND),
    ("CANCELAMENTO COMPRA MERCADO", IN, Flow.REFUND),
    ("ESTORNO TARIFA PACOTE", IN, Flow.REFUND),
    ("PIX DEVOLVIDO", OUT, Flow.OTHER),
    # what the bank takes
    ("TARIFA PACOTE DE SERVICOS", OUT, Flow.FEE),
    ("TAR PACOTE ITAU", OUT, Flow.FEE),
    ("DEB TARIFA MENSALIDADE", OUT, Flow.FEE),
    ("CESTA B EXPRESSO", OUT, Flow.FEE),
    ("ANUIDADE DIFERENCIADA PARC 02/12", OUT, Flow.FEE),
    ("IOF COMPRA INTERNACIONAL", OUT, Flow.FEE),
    ('IOF de "LOJA DE FORA"', OUT, Flow.FEE),
    ("JUROS LIMITE DA CONTA", OUT, Flow.FEE),
    ("Juros de atraso", OUT, Flow.FEE),
    ("Multa de atraso", OUT, Flow.FEE),
    ("ENCARGOS ROTATIVO", OUT, Flow.FEE),
    ("TAXA SAQUE BANCO24HORAS", OUT, Flow.FEE),
    ("MENSALIDADE PLANO CONTA", OUT, Flow.FEE),
    # between one's own pockets
    ("TRANSFERENCIA ENTRE MINHAS CONTAS", OUT, Flow.OWN_TRANSFER),
    ("TED MESMA TITULARIDADE", IN, Flow.OWN_TRANSFER),
    ("PAGAMENTO DE FATURA", OUT, Flow.BILL_PAYMENT),
    ("PAGAMENTO DE FATURA - CARTAO FINAL 1234", OUT, Flow.BILL_PAYMENT),
    ("PAG FATURA NUBANK", OUT, Flow.BILL_PAYMENT),
    ("DEB AUT FAT CARTAO VISA FINAL 9876", OUT, Flow.BILL_PAYMENT),
    ("PGTO FAT CARTAO C6", OUT, Flow.BILL_PAYMENT),
    ("INT CARTAO CREDITO", OUT, Flow.BILL_PAYMENT),
    ("APLICACAO CDB DI", OUT, Flow.INVESTMENT),
    ("Aplicação RDB", OUT, Flow.INVESTMENT),
    ("Resgate RDB", IN, Flow.INVESTMENT),
    ("DINHEIRO GUARDADO NA CAIXINHA", OUT, Flow.INVESTMENT),
    ("COMPRA TESOURO SELIC", OUT, Flow.INVESTMENT),
    ("RESG AUT POUPANCA", IN, Flow.INVESTMENT),
    ("IRRF S/ RESGATE", OUT, Flow.INVESTMENT),
    ("CREDITO CONTRATADO EMPRESTIMO", IN, Flow.OTHER),
    ("BLOQUEIO JUDICIAL", OUT, Flow.OTHER),
]


def row(description: str = "Loja", amount: Decimal = OUT, **values: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", transaction_data(description=description, amount=amount, **values))


@pytest.mark.parametrize(("description", "amount", "flow"), WORDS)
def test_a_bank_s_own_words_are_enough(description: str, amount: Decimal, flow: Flow) -> None:
    assert flow_of(row(description, amount), account_type="BANK") is flow


CARD_WORDS = [
    ("Pagamento recebido", Flow.BILL_PAYMENT),
    ("PAGAMENTO EFETUADO EM 05/06", Flow.BILL_PAYMENT),
    ("PAGAMENTO", Flow.BILL_PAYMENT),
    ("PAGTO DEBITO AUTOMATICO", Flow.BILL_PAYMENT),
    ("LOJA DO BAIRRO", Flow.REFUND),
    ('Estorno de "Pagamento Facil Modas"', Flow.REFUND),
    ("CASHBACK", Flow.INCOME),
    ("Crédito de atraso", Flow.OTHER),
]


@pytest.mark.parametrize(("description", "flow"), CARD_WORDS)
def test_money_in_on_a_card_is_a_payment_or_comes_back(description: str, flow: Flow) -> None:
    assert flow_of(row(description, IN), account_type="CREDIT") is flow
    assert flow_of(row(description, IN, account_type="CREDIT")) is flow


CATEGORIES = [
    ("05100000", IN, {}, Flow.BILL_PAYMENT),
    ("05100000", OUT, {}, Flow.BILL_PAYMENT),
    ("04020000", OUT, {}, Flow.OWN_TRANSFER),
    ("04020000", OUT, {"same_holder": False}, Flow.SPENDING),
    ("05070000", OUT, {"same_holder": True}, Flow.OWN_TRANSFER),
    ("03020000", OUT, {}, Flow.INVESTMENT),
    ("03060000", IN, {}, Flow.INCOME),
    ("15020000", OUT, {}, Flow.INVESTMENT),
    ("15030000", OUT, {}, Flow.FEE),
    ("16010000", OUT, {}, Flow.FEE),
    ("02010000", OUT, {}, Flow.FEE),
    ("02020000", OUT, {}, Flow.FEE),
    ("02040000", OUT, {}, Flow.SPENDING),
    ("02040000", IN, {}, Flow.OTHER),
    ("06010000", OUT, {}, Flow.OTHER),
    ("15010000", OUT, {}, Flow.SPENDING),
    ("10000000", OUT, {}, Flow.SPENDING),
    ("05070000", OUT, {"same_holder": False}, Flow.SPENDING),
    ("01010000", IN, {}, Flow.INCOME),
    ("08040000", IN, {"operation_type": "CARTAO"}, Flow.REFUND),
    (None, OUT, {"operation_type": "TARIFA_SERVICOS_AVULSOS"}, Flow.FEE),
    (None, OUT, {"operation_type": "ENCARGOS_JUROS_CHEQUE_ESPECIAL"}, Flow.FEE),
    (None, IN, {"operation_type": "RENDIMENTO_APLIC_FINANCEIRA"}, Flow.INCOME),
    (None, IN, {"operation_type": "RESGATE_APLIC_FINANCEIRA"}, Flow.INVESTMENT),
    (None, IN, {"operation_type": "PAGAMENTO_FATURA"}, Flow.BILL_PAYMENT),
    (None, OUT, {"fee_type": "ANNUAL_FEE"}, Flow.FEE),
    (None, OUT, {"other_credits_type": "BILL_INSTALLMENT"}, Flow.OTHER),
]


@pytest.mark.parametrize(("category", "amount", "values", "flow"), CATEGORIES)
def test_what_pluggy_says_goes_first(category: str | None, amount: Decimal, values: dict[str, Any], flow: Flow) -> None:
    assert flow_of(row("ALGUMA COISA", amount, category_id=category, **values), account_type="BANK") is flow


@pytest.mark.parametrize("description", ["TARIFA BAR E PETISCOS", "RESGATE ESCAPE GAME", "IOF CAFE"])
def test_a_shop_s_category_outweighs_a_name_that_sounds_like_a_bank_s(description: str) -> None:
    assert flow_of(row(description, category_id="11010000"), account_type="CREDIT") is Flow.SPENDING


def test_no_amount_is_no_spending() -> None:
    assert flow_of(row("PADARIA", Decimal(0))) is Flow.OTHER


@pytest.mark.parametrize(("category", "amount", "values", "_flow"), CATEGORIES)
def test_a_flow_never_contradicts_what_a_statement_leaves_out(
    category: str | None, amount: Decimal, values: dict[str, Any], _flow: Flow
) -> None:
    told = row("ALGUMA COISA", amount, category_id=category, **values)
    left_out = {"own_transfer": Flow.OWN_TRANSFER, "bill_payment": Flow.BILL_PAYMENT, "investment": Flow.INVESTMENT}
    kind = kind_of(cast("StatementRow", told))
    assert flow_of(told) is left_out.get(kind, flow_of(told))
