"""What a movement of money is. A pure function of the row: what Pluggy says of it first, then the bank's own words.

``reading.statements.kind_of`` decides what the sums of a statement leave out (own transfers, card bills, investments),
and is asked first, so that a notification and a statement never disagree on these. What it leaves open is told apart
here, and where Pluggy sent no category, by words as Brazilian banks write them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from open_finance.folding import fold
from open_finance.reading.statements import kind_of
from open_finance.records import StatementRow


class Flow(StrEnum):
    """``FEE``: what a bank takes for itself or for the state on its own doings (tarifas, juros, IOF, encargos, anuidade).
    ``OTHER``: neither earned nor spent (a loan paid out, a blocked balance, a returned Pix, a bill in instalments)."""

    SPENDING = "spending"
    INCOME = "income"
    REFUND = "refund"
    FEE = "fee"
    OWN_TRANSFER = "own_transfer"
    BILL_PAYMENT = "bill_payment"
    INVESTMENT = "investment"
    OTHER = "other"


_ISSUERS = (
    r"nubank|nu pagamentos|itau|itaucard|bradesco|bradescard|santander|banco do brasil|bb|caixa|inter|c6"
    r"|c6 bank|xp|btg|pan|"
    r"neon|next|digio|picpay|mercado pago|porto|portoseg|will|sicredi|sicoob|original|bmg|safra|credicard"
    r"|ourocard|hipercard|"
    r"visa|master|mastercard|elo|amex"
)
_PAYS = r"(pagamento|pagto|pgto|pag|deb(ito)?\.? aut(omatico)?|da)\.?( (eletron|on ?line|efetuado))?"
_BILL = re.compile(
    rf"{_PAYS} (de |da |do )?fat(ura)?( (- )?(do |de |da )?(cartao|{_ISSUERS})\b.*)?"
    rf"|{_PAYS} (de |do )?cartao( de)?( credito|\b).*"
    rf"|fat(ura)?\.? (do |de )?cartao\b.*|gasto c credito|int cartao credito"
)
_BILL_ON_CARD = re.compile(
    r"(pagamentos?|pagto|pgto|pag)\b.*(recebid|efetuad|fatura|debito|boleto|pix|em \d|on ?line|obrigad|normal).*"
    r"|pagamento|inclusao de pagamento|credito de pagamento|obrigad[oa] pelo pagamento.*"
)
_OWN = re.compile(
    r"mesma titularidade|mesmo titular|entre (minhas |suas )?contas\b(?! de terc)|contas? propria"
    r"|propria titularidade"
)
_YIELD = re.compile(
    r"\brend(imentos?)?\b|\brent\.inv|remuneracao (da |de )?(aplic|conta|saldo)|dividendo|\bjcp\b|\bjscp\b"
    r"|juros sobre (o )?capital"
    r"|proventos?\b(?!.*folha)|(cred(ito)? )?juros (de )?poup|juros s/ rd fx"
)
_INVESTMENT = re.compile(
    r"\b(aplic(acao|acoes)?|apl|resgate|resg)\b(?!.*(ponto|cashback|milha|premio|loter))"
    r"|\b(cdb|rdb|lci|lca|cri|cra|pgbl|vgbl|etf|coe)\b|tesouro (direto|selic|ipca|prefixado)|tes direto"
    r"|cofrinho|caixinha"
    r"|dinheiro (guardado|resgatado)|(guardar|guardei|retirada do) (dinheiro|cofr)|invest(imento)? ?facil"
    r"|inv(est)? fac|rende facil"
    r"|(deposito|transf\w*.*para|aplicacao) (em |na |a )?poup|previdencia (privada|comp)|brasilprev"
    r"|contribuicao previd|\bcorretora\b(?! de seg)|\bdtvm\b"
    r"|nota de corretagem|(compra|venda) de (acoes|fii|cripto)|compra cripto|operacoes em bolsa"
    r"|liquidacao bolsa|\bb3\b"
    r"|binance|foxbit|mercado bitcoin|nu invest\b|xp invest|avenue sec|toro invest|rico invest"
    r"|fundo (de )?(previdencia|invest|multimercado|renda fixa|di\b)|come.?cotas"
)
_TAX_ON_IT = re.compile(r"\bir(rf)?\b (s/ |sobre )?(aplic|resgate|rendimento|fundo|td\b)")
_FEE = re.compile(
    r"(deb(ito)?\.? )?(tar|tarifas?|taxas? (de |do )?(saque|manutencao|servico|adesao|conta|cartao)|anuid(ade)?"
    r"|iof|juros"
    r"|encargos?|mora|multa (e juros|de mora|por atraso|de atraso|contratual|fatura)|cesta( de| b\b| serv)?"
    r"|(mensalidade|pacote|manutencao)( do| de| da)? (pacote|plano conta|conta|servicos|cesta)"
    r"|envio mens|aval(iacao)? emerg|seguro fatura|cobranca de (juros|tarifa)|cobr\w* tarifa|custo (de )?(saque"
    r"|operac))\b.*"
)
_FEE_ANYWHERE = re.compile(
    r"\bjuros (de |do |da |por )?(atraso|mora|rotativo|limite|cheque)|\biof (de|s/|sobre|comp|internac|adic|diario)"
)
_REFUND = re.compile(
    r"estorn|devol|reembols|ressarc|chargeback|revers[ao]|cancelamento|cancelad|refund|ajuste a? ?credito"
    r"|credito (de|por) compra"
)
_CASHBACK = re.compile(r"cash ?back")
_LOAN = re.compile(
    r"(credito|liberacao|contratacao|valor)\b.*(emprestimo|consignado|contratad|financiamento|credito pessoal)"
    r"|emprestimo (liberado|contratado)"
    r"|parcelamento (de |da )?fatura|renegociacao|antecipacao (do |de )?fgts|saldo em atraso|credito de atraso"
    r"|encerramento de divida"
)
_BLOCKED = re.compile(r"(des)?bloqueio (judicial|de (saldo|valor))|saldo bloqueado")

_FEES = ("16", "0201", "0202", "1503")
_FEE_OPERATIONS = ("TARIFA", "ENCARGOS")
#: Revolving credit, a bill in instalments, a loan on the card: debt that changes its form.
_CREDIT_OPERATIONS = ("OPERACOES_CREDITO_CONTRATADAS", "CREDITO_ROTATIVO")
#: What is bought, in Pluggy's tree: money that comes back under one of these is a refund, where a card brought it.
_BOUGHT = ("07", "08", "09", "10", "11", "12", "13", "14", "17", "18", "19", "20", "21")


def flow_of(row: Mapping[str, Any], *, account_type: str | None = None) -> Flow:
    """What a stored (or normalised) row is. ``account_type``: Pluggy's ``BANK`` or ``CREDIT``; without one, the row's own
    ``account_type``, and without that, what only a card has.

    Source: Pluggy's categories (tree of 130), ``operationType`` (Open Finance Brasil's enumeration), card ``feeType`` and
    ``otherCreditsType``.
    """
    amount = row["amount"]
    if not amount:
        return Flow.OTHER
    words = words_of(row["description"])
    settled = _by_statement(row, words)
    if settled:
        return settled
    on_card = (account_type or row.get("account_type") or _looks_like_a_card(row)) == "CREDIT"
    return _money_in(row, words, on_card=on_card) if amount > 0 else _money_out(row, words)


def _looks_like_a_card(row: Mapping[str, Any]) -> str:
    return "CREDIT" if row.get("bill_id") or row.get("card_number") or row.get("bill_forecast") else "BANK"


def _by_statement(row: Mapping[str, Any], words: str) -> Flow | None:
    """What a statement leaves out of its sums; by words only where neither Pluggy nor the documents say anything."""
    if _names_its_purpose(row, words):
        return None
    kind = kind_of(cast("StatementRow", row))
    if kind == "bill_payment":
        return Flow.BILL_PAYMENT
    if kind == "own_transfer":
        return Flow.OWN_TRANSFER
    if kind == "investment":
        return Flow.INVESTMENT
    category = row.get("category_id") or ""
    if category.startswith("1502"):
        return Flow.INVESTMENT
    if category and category != "99999999" and not category.startswith("05"):
        return None
    if words == "bill":
        return Flow.BILL_PAYMENT
    if words == "own" and row.get("same_holder") is not False:
        return Flow.OWN_TRANSFER
    return Flow.INVESTMENT if words == "investment" and not category else None


def _names_its_purpose(row: Mapping[str, Any], words: str) -> bool:
    """A yield is income whatever the account it comes from."""
    operation = row.get("operation_type") or ""
    return operation.startswith("RENDIMENTO") or (words == "yield" and not row.get("category_id"))


def is_yield(row: Mapping[str, Any]) -> bool:
    """Whether money in is what the person's own money has earned, interest or dividends."""
    return row.get("category_id") == "03060000" or _names_its_purpose(row, words_of(row["description"]))


def _money_in(row: Mapping[str, Any], words: str, *, on_card: bool) -> Flow:
    category, operation = row.get("category_id") or "", row.get("operation_type") or ""
    if row.get("other_credits_type") or operation.startswith(_CREDIT_OPERATIONS):
        return Flow.OTHER
    if words == "cashback" or category == "08090000" or operation == "CASHBACK":
        return Flow.INCOME
    if words == "refund" or operation == "ESTORNO":
        return Flow.REFUND
    if words in {"loan", "blocked"} or category.startswith(("02", "0601")):
        return Flow.OTHER
    if on_card:
        paid = operation == "PAGAMENTO" or (words == "paid" and (not category or category.startswith("05")))
        return Flow.BILL_PAYMENT if paid else Flow.REFUND
    return Flow.REFUND if operation == "CARTAO" and category.startswith(_BOUGHT) else Flow.INCOME


def _money_out(row: Mapping[str, Any], words: str) -> Flow:
    category, operation = row.get("category_id") or "", row.get("operation_type") or ""
    if words == "refund" or category.startswith("0601") or words == "blocked":
        return Flow.OTHER
    if category.startswith(_FEES) or operation.startswith(_FEE_OPERATIONS) or row.get("fee_type"):
        return Flow.FEE
    if words == "fee" and (not category or category.startswith(("02", "05", "99"))):
        return Flow.FEE
    if row.get("other_credits_type") or operation.startswith(_CREDIT_OPERATIONS):
        return Flow.OTHER
    return Flow.SPENDING


_READINGS: tuple[tuple[str, re.Pattern[str], bool], ...] = (
    ("blocked", _BLOCKED, False),
    ("refund", _REFUND, False),
    ("cashback", _CASHBACK, False),
    ("investment", _TAX_ON_IT, False),
    ("yield", _YIELD, False),
    ("bill", _BILL, True),
    ("own", _OWN, False),
    ("fee", _FEE, True),
    ("fee", _FEE_ANYWHERE, False),
    ("loan", _LOAN, False),
    ("investment", _INVESTMENT, False),
    ("paid", _BILL_ON_CARD, True),
)


@lru_cache(maxsize=16_384)
def words_of(description: str) -> str:
    """What a bank's words alone say: the name of the first reading that fits, "" for none (most rows are a shop's name)."""
    ""
    text = fold(description)
    for name, pattern, whole in _READINGS:
        if pattern.fullmatch(text) if whole else pattern.search(text):
            return name
    return ""
