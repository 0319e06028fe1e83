"""The banks behind the connectors: COMPE and ISPB codes, and how each one words a statement line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Literal

Style = Literal["itau", "nubank", "plain"]


@dataclass(frozen=True)
class Bank:
    """``brand`` is also what account numbers depend on: all doors of one brand lead to the same accounts.

    ``is_digital``: no branches; everybody's is 0001. ``is_broker``: where people keep investments rather than money.
    """

    brand: str
    compe: str
    ispb: str
    style: Style = "plain"
    is_digital: bool = False
    is_broker: bool = False


# Connector ids of reference 2.5 (direct and Open Finance of persons, then of companies: another account). Codes are
# those of Banco Central's list of STR participants.
_DOORS: tuple[tuple[Bank, tuple[int, ...], tuple[int, ...]], ...] = (
    (Bank("Itaú", "341", "60701190", "itau"), (201, 601), (618,)),
    (Bank("iti", "341", "60701190", "itau", is_digital=True), (238, 638), (669,)),
    (Bank("Itaú Cartões", "341", "60701190", "itau"), (247, 647), (668,)),
    (Bank("Íon", "341", "60701190", "itau", is_broker=True), (677,), (782,)),
    (Bank("XP", "348", "33264668", is_broker=True), (202, 602), (702,)),
    (Bank("Rico", "348", "33264668", is_broker=True), (205, 605), ()),
    (Bank("Bradesco", "237", "60746948"), (203, 603), (609,)),
    (Bank("Next", "237", "60746948", is_digital=True), (256, 656), (801,)),
    (Bank("Mercado Pago", "323", "10573521", is_digital=True), (206, 606), (665,)),
    (Bank("Santander", "033", "90400888"), (208, 608), (621,)),
    (Bank("Banco do Brasil", "001", "00000000"), (211, 611), (662,)),
    (Bank("Nubank", "260", "18236120", "nubank", is_digital=True), (212, 612), (664,)),
    (Bank("BTG", "208", "30306294"), (675,), (655,)),
    (Bank("BTG Pactual", "208", "30306294", is_broker=True), (214, 614), (779,)),
    (Bank("Inter", "077", "00416968", "nubank", is_digital=True), (215, 823), (824,)),
    (Bank("Caixa", "104", "00360305"), (219, 619), (616,)),
    (Bank("Caixa Tem", "104", "00360305"), (783,), ()),
    (Bank("C6", "336", "31872495", "nubank", is_digital=True), (626,), (726,)),
    (Bank("Safra", "422", "58160789"), (229, 629), (697,)),
    (Bank("PicPay", "380", "22896431", is_digital=True), (251, 651), (713,)),
    (Bank("BMG", "318", "61186680"), (252, 652), (666,)),
    (Bank("Digio", "335", "27098060", is_digital=True), (253, 653), ()),
    (Bank("Original", "212", "92894922", is_digital=True), (654,), (667,)),
    (Bank("Pan", "623", "59285411", is_digital=True), (257, 657), ()),
    (Bank("Sicoob", "756", "02038232"), (258, 658), (628,)),
    (Bank("Banrisul", "041", "92702067"), (259, 659), (660,)),
    (Bank("Sicredi", "748", "01181521"), (261, 661), (627,)),
    (Bank("Unicred", "136", "00315557"), (263, 663), (670,)),
    (Bank("Banco do Nordeste", "004", "07237373"), (671,), (672,)),
    (Bank("PagBank", "290", "08561701", is_digital=True), (692,), (816,)),
    (Bank("BV", "655", "59588111", is_digital=True), (716, 717), (718,)),
    (Bank("Mercantil", "389", "17184037"), (742,), (819,)),
    (Bank("InfinitePay", "542", "18189547", is_digital=True), (777,), (778,)),
    (Bank("Stone", "197", "16501555", is_digital=True), (787,), (788,)),
    (Bank("BRB", "070", "00000208"), (817,), (818,)),
)
_UNKNOWN = Bank("", "999", "99999999")


def _by_connector() -> dict[int, Bank]:
    found: dict[int, Bank] = {}
    for bank, personal, business in _DOORS:
        company = replace(bank, brand=f"{bank.brand} Empresas")
        found |= dict.fromkeys(personal, bank) | dict.fromkeys(business, company)
    return found


BANKS = _by_connector()


def bank_of(connector_id: int, name: str = "", *, is_broker: bool = False) -> Bank:
    """The bank behind a connector. Sandbox and unlisted ones are a bank (or broker) called ``name`` with COMPE 999."""
    return BANKS.get(connector_id) or replace(_UNKNOWN, brand=name, is_broker=is_broker)


def other_bank(bank: Bank) -> Bank:
    """Where the same person keeps an account that this connection does not show."""
    return BANKS[823] if bank.compe != BANKS[823].compe else BANKS[612]


def account_numbers(origin: str, bank: Bank, slot: str) -> tuple[str, str]:
    """``(branch, number)`` of one account: the same through every door of the bank."""
    branch = "0001" if bank.is_digital else f"{Random(origin).randrange(100, 9900):04d}"
    rng = Random(f"{origin}:{slot}")
    return branch, f"{rng.randrange(100_000, 9_999_999)}-{rng.randrange(10)}"


# (description as Pluggy cleans it, descriptionRaw as the bank prints it). {who}: name; {WHO}: in capitals; {short}: its
# first letters; {doc}: masked document; {dm}: day/month; {nn}: digits.
PHRASES: dict[Style, dict[str, tuple[str, str]]] = {
    "plain": {
        "salary": ("Crédito de salário {who}", "CRED SALARIO {WHO}"),
        "inss": ("Crédito INSS benefício {nn}", "CREDITO BENEFICIO INSS {nn}"),
        "pix_out": ("Pix enviado {who}", "PIX ENVIADO {WHO}"),
        "pix_in": ("Pix recebido {who}", "PIX RECEBIDO {WHO}"),
        "ted_in": ("TED recebida {who}", "TED RECEBIDA {WHO}"),
        "boleto": ("Pagamento de boleto {who}", "PAGAMENTO DE BOLETO {WHO}"),
        "auto_debit": ("Débito automático {who}", "DEB AUT {WHO}"),
        "debit": ("Compra no débito {who}", "COMPRA CARTAO DEB {dm} {WHO}"),
        "withdrawal": ("Saque Banco24Horas", "SAQUE 24H {nn} SAO PAULO"),
        "fee": ("Tarifa pacote de serviços", "TAR PACOTE SERVICOS {dm}"),
        "earnings": ("Rendimento da conta", "REND PAGO APLIC AUTOM"),
        "savings_earnings": ("Rendimento poupança", "REND POUPANCA"),
        "bill_payment": ("Pagamento de fatura do cartão", "PAGTO FATURA CARTAO FINAL {who}"),
        "to_savings": ("Transferência para poupança", "TRANSF CC P/ POUPANCA"),
        "from_savings": ("Resgate da poupança", "TRANSF POUPANCA P/ CC"),
        "to_box": ("Dinheiro guardado {who}", "APLICACAO COFRINHO {WHO}"),
        "from_box": ("Dinheiro resgatado {who}", "RESGATE COFRINHO {WHO}"),
        "overdraft": ("Juros do cheque especial", "JUROS LIMITE DA CONTA"),
        "overdraft_iof": ("IOF do cheque especial", "IOF S/ LIMITE DA CONTA"),
    },
    "itau": {
        "salary": ("REMUNERACAO/SALARIO {WHO}", "REMUNERACAO/SALARIO"),
        "inss": ("INSS BENEFICIO {nn}", "CREDITO INSS BENEF {nn}"),
        "pix_out": ("PIX TRANSF {WHO}", "PIX TRANSF  {short}{dm}"),
        "pix_in": ("PIX RECEBIDO {WHO}", "PIX TRANSF  {short}{dm}"),
        "ted_in": ("TED RECEBIDA {WHO}", "TED 237.0001 {WHO}"),
        "boleto": ("PAG BOLETO {WHO}", "PAG BOLETO {WHO}"),
        "auto_debit": ("DA {WHO} {nn}", "DA  {WHO} {nn}"),
        "debit": ("RSHOP {WHO}", "RSHOP-{short}-{dm}"),
        "withdrawal": ("SAQUE BANCO 24 HORAS", "SAQUE 24H  {nn}"),
        "fee": ("TAR PACOTE DE SERVICOS", "TAR PACOTE ITAU {dm}"),
        "earnings": ("REND PAGO APLIC AUT MAIS", "REND PAGO APLIC AUT MAIS"),
        "savings_earnings": ("REND POUPANCA", "REMUNERACAO BASICA POUP"),
        "bill_payment": ("PAGAMENTO FATURA CARTAO", "FATURA PAGA CARTAO {who}"),
        "to_savings": ("APLICACAO POUPANCA", "INT APLIC POUPANCA"),
        "from_savings": ("RESGATE POUPANCA", "INT RESGATE POUPANCA"),
        "to_box": ("APLICACAO COFRINHOS {WHO}", "APLIC COFRINHOS"),
        "from_box": ("RESGATE COFRINHOS {WHO}", "RESG COFRINHOS"),
        "overdraft": ("JUROS LIMITE DA CONTA", "JUROS LIMITE DA CONTA"),
        "overdraft_iof": ("IOF LIMITE DA CONTA", "IOF"),
    },
    "nubank": {
        "salary": ("Transferência recebida salário {who}", "Transferência Recebida - {WHO} - {doc}"),
        "inss": ("Crédito de benefício INSS", "Crédito de benefício INSS - {nn}"),
        "pix_out": ("Transferência enviada pelo Pix {who}", "Transferência enviada pelo Pix - {WHO} - {doc}"),
        "pix_in": ("Transferência recebida pelo Pix {who}", "Transferência recebida pelo Pix - {WHO} - {doc}"),
        "ted_in": ("Transferência recebida {who}", "Transferência Recebida - {WHO} - {doc}"),
        "boleto": ("Pagamento de boleto {who}", "Pagamento de boleto efetuado - {WHO}"),
        "auto_debit": ("Débito automático {who}", "Débito automático - {WHO}"),
        "debit": ("Compra no débito {who}", "Compra no débito - {WHO}"),
        "withdrawal": ("Saque em caixa eletrônico", "Saque - Banco24Horas {nn}"),
        "fee": ("Tarifa de saque", "Tarifa de saque - {dm}"),
        "earnings": ("Rendimento líquido", "Rendimento líquido"),
        "savings_earnings": ("Rendimento poupança", "Rendimento poupança"),
        "bill_payment": ("Pagamento de fatura", "Pagamento de fatura"),
        "to_savings": ("Aplicação poupança", "Aplicação poupança"),
        "from_savings": ("Resgate poupança", "Resgate poupança"),
        "to_box": ("Dinheiro guardado na caixinha {who}", "Aplicação RDB - {who}"),
        "from_box": ("Dinheiro resgatado da caixinha {who}", "Resgate RDB - {who}"),
        "overdraft": ("Juros do limite da conta", "Juros por uso do limite da conta"),
        "overdraft_iof": ("IOF do limite da conta", "IOF por uso do limite da conta"),
    },
}
