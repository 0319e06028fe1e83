"""What each kind of connector tells of the same account and rows. The household knows everything; a door leaves some out."""

from __future__ import annotations

from typing import Any, Literal

Json = dict[str, Any]
Door = Literal["open_finance", "direct", "meu_pluggy"]

#: What Open Finance Brasil has no interface for: structured notes, pensions and what is of no other kind.
UNREGULATED = ("COE", "SECURITY", "OTHER")
#: Open Finance tells what the bank has on its books, not how it went.
REGULATED_SILENCE = dict.fromkeys(
    ("amountProfit", "amountWithdrawal", "issuer", "lastMonthRate", "lastTwelveMonthsRate", "annualRate")
)
#: A site shows people the figure they can get, not what a registry needs.
DIRECT_SILENCE = dict.fromkeys(("isin", "purchaseDate"))
#: The papers of which sites say least, and what they keep to themselves.
SPARSE_SUBTYPES = ("LCI", "LCA")
SPARSE_SILENCE = dict.fromkeys(("amountOriginal", "amountProfit", "rate", "rateType", "dueDate", "taxExempt"))


def told_account(account: Json, door: Door, *, hides_bank: bool = False) -> Json:
    """The Account object through this door. ``hides_bank``: one whose direct access gives the number without the bank.

    Open Finance has no closing date of the bill (reference 5.2). MeuPluggy writes the amounts of caixinhas under an older
    name.
    """
    if account["type"] == "CREDIT":
        unsaid = {} if door == "direct" else {"balanceCloseDate": None}
        return account | {"creditData": account["creditData"] | unsaid}
    figures = dict(account["bankData"])
    if hides_bank:
        del figures["transferNumber"]
    if door == "meu_pluggy" and "reservedBalances" in figures:
        figures["reservedBalances"] = [with_old_name(box) for box in figures["reservedBalances"]]
    return account | {"bankData": figures}


def with_old_name(box: Json) -> Json:
    """``amounts`` instead of ``availableAmounts`` (reference 5.2)."""
    return {"amounts" if name == "availableAmounts" else name: value for name, value in box.items()}


def told_row(row: Json, door: Door) -> Json:
    """The Transaction object through this door: who has the bank's own id, and how instalments are described."""
    new = row if door == "open_finance" else row | {"providerId": None}
    metadata = row["creditCardMetadata"]
    unsaid = "paymentType" if door == "direct" else "totalAmount"
    if metadata and unsaid in metadata:
        new = new | {"creditCardMetadata": {name: value for name, value in metadata.items() if name != unsaid}}
    return new


def told_investments(investments: list[Json], door: Door) -> list[Json]:
    """The Investment objects through this door."""
    if door == "direct":
        return [told_by_site(one) for one in investments]
    return [told_by_open_finance(one) for one in investments if one["type"] not in UNREGULATED]


def told_by_site(investment: Json) -> Json:
    """A fixed rate is ``rate`` here, as any other."""
    is_fixed = investment["fixedAnnualRate"] is not None
    fixed = {"rate": investment["fixedAnnualRate"], "fixedAnnualRate": None} if is_fixed else {}
    sparse = SPARSE_SILENCE if investment["subtype"] in SPARSE_SUBTYPES else {}
    return investment | fixed | DIRECT_SILENCE | sparse


def told_by_open_finance(investment: Json) -> Json:
    """What a paper pays over an index is its fixed part, beside 100 % of the index."""
    over = investment["rateType"] in ("IPCA", "SELIC")
    split = {"rate": 100, "fixedAnnualRate": investment["rate"]} if over else {}
    return investment | split | REGULATED_SILENCE
