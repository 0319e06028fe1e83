"""What a fresh household needs beyond its days: exact balances, or very many rows."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sandbox.household.days import spend
from sandbox.household.life import Life
from sandbox.household.shops import Party

ROWS_PER_COPY = 25
# What a last purchase of so many centavos may have been.
LAST_PURCHASES = (
    (2_500, Party("PADARIA PAO DOURADO", "Padaria Pão Dourado", "11010000", 0, 0, 5462, "4721102")),
    (15_000, Party("DROGASIL 1423", "Drogasil", "18020000", 0, 0, 5912, "4771701")),
    (10**9, Party("LOJAS RENNER FL 102", "Lojas Renner", "08040000", 0, 0, 5651, "4781400")),
)


def settle_exactly(life: Life) -> None:
    """Bring the balances to `Person.exact` with rows people know: a purchase, a bill paid ahead, a Pix to oneself."""
    rng = Random(f"{life.origin}:exact")
    exact, card = life.person.exact, life.card
    if card is not None and "card" in exact:
        missing = exact["card"] - card.balance
        if missing > 0:
            party = next(party for most, party in LAST_PURCHASES if missing <= most)
            life.charge(party, life.day, rng, cents=missing)
        elif missing < 0:
            life.pay_bill(-missing, life.day, rng)
    surplus = life.checking.balance - exact.get("checking", life.checking.balance)
    if surplus:
        life.move_elsewhere(surplus, life.day, rng)


def fill_with_sales(life: Life, copies: int, days: int) -> None:
    """``copies`` × 25 settled rows spread over the year, sales above purchases but not by much."""
    rng = Random(f"{life.origin}:sales")
    sales, supplies = life.person.everyday
    total = copies * ROWS_PER_COPY
    for number in range(total):
        day = life.day - timedelta(days=days - 1 - number * days // total)
        spend(life, supplies if life.checking.balance > life.person.low and rng.random() < 0.24 else sales, day, rng)
