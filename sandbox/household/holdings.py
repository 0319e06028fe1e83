"""Investment and InvestmentTransaction objects as Pluggy sends them (reference 8.1), from positions."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from sandbox.household.banks import Bank
from sandbox.household.calendar import business_day, midnight
from sandbox.household.documents import identifier
from sandbox.household.life import Life
from sandbox.household.papers import Accrual, Issuer, Paper, Shelf
from sandbox.household.portfolios import PORTFOLIOS
from sandbox.household.positions import Move, Position, position_on

Json = dict[str, Any]

#: Payment institutions may not take deposits: another company of theirs issues the papers.
ISSUERS = {"Nubank": Issuer("NU FINANCEIRA S.A. SCFI", "30680829")}
#: Whose `issueDate` is the day of the purchase (reference 8.1).
DATED = ("FIXED_INCOME", "COE")
WORDS = {"BUY": "Aplicação", "SELL": "Resgate", "TAX": "IR sobre resgate"}
TRADED = ("EQUITY", "ETF")
MONTH, YEAR = timedelta(days=30), timedelta(days=365)


def shelf_of(bank: Bank) -> Shelf:
    if bank.is_broker:
        return "broker"
    return "digital" if bank.is_digital else "branch"


def positions_of(name: str, life: Life) -> list[Position]:
    """What the household ``name`` holds at its bank on its last day lived."""
    scale = Random(f"{life.origin}:positions").uniform(0.8, 1.3)
    held = PORTFOLIOS.get(name, {}).get(shelf_of(life.bank), ())
    found = (position_on(holding, life.born, life.day, scale) for holding in held)
    return [position for position in found if position is not None]


def listed_positions(name: str, life: Life) -> tuple[list[Json], dict[str, list[Json]]]:
    """The Investment objects, and by their ids the InvestmentTransaction objects, newest first."""
    investments, rows = [], {}
    for position in positions_of(name, life):
        investment = investment_json(position, life)
        investments.append(investment)
        rows[investment["id"]] = movements(position, investment["id"])
    return investments, rows


def investment_json(position: Position, life: Life) -> Json:
    holding, paper = position.holding, position.holding.paper
    is_dated = paper.type in DATED
    return {
        "id": identifier(life.pen.door, "investment", holding.key),
        "type": paper.type,
        "subtype": paper.subtype,
        "name": paper.name.format(bank=bank_name(life.bank)),
        "number": None,
        "code": None,
        "isin": None,
        "currencyCode": "BRL",
        "date": midnight(business_day(position.day, -1)),
        "owner": life.person.name,
        "issueDate": midnight(position.bought) if is_dated else None,
        "purchaseDate": midnight(position.bought) if is_dated else None,
        "dueDate": midnight(position.due) if position.due else None,
        "taxExempt": paper.exempt,
        "status": "ACTIVE" if position.units else "TOTAL_WITHDRAWAL",
        "institution": {"name": bank_name(life.bank), "number": "".join(filter(str.isdigit, bank_document(life.bank)))},
        **issuer_keys(paper, life.bank),
        **rate_keys(paper),
        **figures(position),
        **past_rates(position),
        **paper.more,
    }


def issuer_keys(paper: Paper, bank: Bank) -> Json:
    """A paper without an issuer of its own is the bank's, where it is one that banks issue."""
    own = ISSUERS.get(bank.brand, Issuer(bank_name(bank), bank.ispb)) if paper.type == "FIXED_INCOME" else None
    issuer = paper.issuer or own
    return {"issuer": issuer.name if issuer else None, "issuerCNPJ": issuer.document if issuer else None}


def bank_name(bank: Bank) -> str:
    return bank.brand or "Banco Exemplo"


def bank_document(bank: Bank) -> str:
    """The CNPJ of the bank's head office begins with its ISPB."""
    return Issuer(bank.brand, bank.ispb).document


def rate_keys(paper: Paper) -> Json:
    """As contracted: 110 of the CDI, 6.2 over IPCA, 13.1 a year."""
    price = paper.price
    if not isinstance(price, Accrual) or paper.type != "FIXED_INCOME":
        return {"rate": None, "rateType": None, "fixedAnnualRate": None}
    is_fixed = price.index == "PRE_FIXADO"
    return {
        "rate": None if is_fixed else price.rate,
        "rateType": price.index,
        "fixedAnnualRate": price.rate if is_fixed else None,
    }


def figures(position: Position) -> Json:
    """``balance`` = ``amount`` − ``taxes`` − ``taxes2``. Only fixed income says what would be withheld."""
    gross, levy = position.gross, position.levy
    says_taxes = position.holding.paper.type == "FIXED_INCOME"
    net = (gross - levy.income_tax - levy.iof) / 100
    return {
        "quantity": position.units,
        "value": position.price,
        "amount": gross / 100,
        "amountOriginal": position.cost / 100,
        "amountProfit": (gross - position.cost) / 100,
        "amountWithdrawal": net,
        "balance": net,
        "taxes": levy.income_tax / 100 if says_taxes else None,
        "taxes2": levy.iof / 100 if says_taxes else None,
    }


def past_rates(position: Position) -> Json:
    """How a fund went: % in a month, in twelve, and in this year."""
    day = position.day
    if position.holding.paper.type != "MUTUAL_FUND":
        return {"lastMonthRate": None, "lastTwelveMonthsRate": None, "annualRate": None}
    since = {"lastMonthRate": day - MONTH, "lastTwelveMonthsRate": day - YEAR, "annualRate": date(day.year, 1, 1)}
    return {name: round((position.price / position.price_on(then) - 1) * 100, 2) for name, then in since.items()}


def movements(position: Position, investment_id: str) -> list[Json]:
    """Newest first. A tax that is a row of its own comes with its redemption."""
    rows = []
    for number, move in enumerate(position.moves):
        is_apart = position.holding.is_taxed_apart and sum(move.levy) > 0
        row_id = identifier(investment_id, "movement", number)
        rows.append(movement_json(row_id, move, position, is_apart=is_apart))
        if is_apart:
            rows.append(tax_json(identifier(row_id, "tax"), move))
    return rows[::-1]


def movement_json(row_id: str, move: Move, position: Position, *, is_apart: bool) -> Json:
    paper = position.holding.paper
    income = paper.income.text if paper.income else ""
    withheld = {} if is_apart else withheld_expenses(move)
    is_traded = paper.type in TRADED and move.kind != "INTEREST"
    return blank_movement(row_id, move.kind, move.day) | {
        "movementType": "CREDIT" if move.kind == "BUY" else "DEBIT",
        "quantity": move.units,
        "value": move.price,
        "amount": move.cents / 100,
        "netAmount": (move.cents - (0 if is_apart else sum(move.levy))) / 100,
        "description": income or paper.name if move.kind == "INTEREST" else f"{WORDS[move.kind]} {paper.subtype}",
        "brokerageNumber": f"{move.day:%y%m%d}" if is_traded else None,
        "expenses": withheld,
    }


def withheld_expenses(move: Move) -> Json:
    if move.kind != "SELL" or not sum(move.levy):
        return {}
    return {"incomeTax": move.levy.income_tax / 100} | ({"iof": move.levy.iof / 100} if move.levy.iof else {})


def tax_json(row_id: str, move: Move) -> Json:
    """The tax of a redemption, income tax and IOF together."""
    return blank_movement(row_id, "TAX", move.day) | {
        "movementType": "DEBIT",
        "amount": sum(move.levy) / 100,
        "netAmount": sum(move.levy) / 100,
        "description": WORDS["TAX"],
        "expenses": {},
    }


def blank_movement(row_id: str, kind: str, day: date) -> Json:
    when = midnight(day)
    empty = dict.fromkeys(("quantity", "value", "agreedRate", "indexerPercentage", "brokerageNumber"))
    return {"id": row_id, "type": kind, "date": when, "tradeDate": when} | empty
