"""What each kind of connector tells of the same account and rows. The household knows everything; a door leaves some out."""

from __future__ import annotations

from typing import Any, Literal

Json = dict[str, Any]
Door = Literal["open_finance", "direct", "meu_pluggy"]


def told_account(account: Json, door: Door, *, hides_bank: bool = False) -> Json:
    """The Account object through this door. ``hides_bank``: one whose direct access gives the number without the bank.

    Open Finance has no closing date of the bill (reference 5.2).
    """
    if account["type"] == "CREDIT":
        unsaid = {} if door == "direct" else {"balanceCloseDate": None}
        return account | {"creditData": account["creditData"] | unsaid}
    if not hides_bank:
        return account
    figures = {name: value for name, value in account["bankData"].items() if name != "transferNumber"}
    return account | {"bankData": figures}


def told_row(row: Json, door: Door) -> Json:
    """The Transaction object through this door: who has the bank's own id, and how instalments are described."""
    new = row if door == "open_finance" else row | {"providerId": None}
    metadata = row["creditCardMetadata"]
    unsaid = "paymentType" if door == "direct" else "totalAmount"
    if metadata and unsaid in metadata:
        new = new | {"creditCardMetadata": {name: value for name, value in metadata.items() if name != unsaid}}
    return new
