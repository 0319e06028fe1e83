"""What a household owes by agreement, month after month."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.alerts.shops import Shop, invent_name, invent_person, named_shop
from benchmarks.alerts.trades import SUBSCRIPTIONS
from benchmarks.forecast.homes import Book, Event, Home
from benchmarks.forecast.wording import told, word
from benchmarks.forecast.workdays import day_of, months_from, on_or_after, on_or_before

DOLLAR = 5.4


@dataclass(slots=True)
class Contract:
    """``amount``: BRL at the beginning. ``way``: boleto, pix, debit or loan; a card's book charges by itself. ``wobble``:
    how far single amounts lie from it (sigma); ``swing``: how much more in the season's worst month, ``worst`` that month.
    ``raised_in`` and ``rise``: the yearly raise, its month and how much. ``months``: in which it is due (a tax in parts).
    ``parts``: (the next, of how many), printed where ``prints``. ``slack``: how often it is paid some days off, skipped,
    or paid before its month begins."""

    name: str
    kind: str
    amount: float
    category: str
    way: str
    day: int
    book: Book
    wobble: float = 0.0
    swing: float = 0.0
    worst: int = 1
    raised_in: int = 0
    rise: float = 0.0
    months: tuple[int, ...] = ()
    parts: tuple[int, int] | None = None
    prints: bool = False
    slack: float = 1.0
    since: date = date.min
    until: date | None = None
    shop: Shop | None = None


def owe(home: Home, way_of_life: str) -> float:
    """Everything agreed upon, at most seven tenths of the income: its sum a month, on the average."""
    contracts = [*_dwelling(home), *_utilities(home), *_family(home), *_debts(home, way_of_life), *_taxes(home)]
    contracts += _subscriptions(home)
    while (total := sum(map(_a_month, contracts))) > 0.7 * home.income:
        contracts.remove(max(contracts, key=_a_month) if home.random.random() < 0.3 else home.random.choice(contracts))
    for contract in contracts:
        carry_out(home, contract)
    return total


def _a_month(contract: Contract) -> float:
    return contract.amount * (len(contract.months) / 12 if contract.months else 1.0)


# --- what there is ------------------------------------------------------------------------------------------------------


def _contract(home: Home, name: str, kind: str, amount: float, category: str, **values: object) -> Contract:
    """By a way of its own and on a day of its own, from the account that is lived from."""
    random = home.random
    way = values.pop("way", None) or random.choices(("boleto", "debit", "pix"), (50, 30, 20))[0]
    day = values.pop("day", None) or random.choice((5, 5, 8, 10, 10, 10, 12, 15, 15, 18, 20, 22, 25, 28))
    return Contract(name, kind, round(amount, 2), category, str(way), int(str(day)), home.main, **values)  # type: ignore[arg-type]


def _dwelling(home: Home) -> list[Contract]:
    random, wealth = home.random, home.wealth
    found = []
    if random.random() < 0.45:
        agency = random.random() < 0.6
        name = f"IMOBILIARIA {invent_name(random)}" if agency else invent_person(random)
        way = "boleto" if agency else "pix"
        turn = random.randint(1, 12)
        amount = round(home.income * random.uniform(0.16, 0.32), -1)
        found.append(
            _contract(
                home,
                name,
                "rent",
                amount,
                "17010000",
                way=way,
                day=random.choice((1, 5, 10)),
                raised_in=turn,
                rise=0.05,
            )
        )
    if random.random() < 0.5:
        name, wobble = f"CONDOMINIO EDIF {invent_name(random)}", random.choice((0.0, 0.03, 0.08))
        found.append(
            _contract(
                home, name, "bill", 450 * wealth, "17000000", wobble=wobble, raised_in=random.randint(1, 5), rise=0.06
            )
        )
    return found


def _utilities(home: Home) -> list[Contract]:
    random, wealth = home.random, home.wealth
    summer = random.random() < 0.75  # air conditioning; the others heat in winter
    power = f"{random.choice(('ENERGIA', 'LUZ', 'ELETRICA'))} {invent_name(random)}"
    swing, worst = random.uniform(0.1, 0.25), 2 if summer else 7
    found = [
        _contract(home, power, "bill", 180 * wealth, "17020002", wobble=0.08, swing=swing, worst=worst, raised_in=7,
                  rise=0.06),
        _contract(home, f"FIBRA {invent_name(random)}", "bill", random.choice((89.9, 99.9, 119.9, 149.9)), "07010001",
                  raised_in=random.randint(1, 12), rise=0.08),
        _contract(home, f"{random.choice(('CELULAR', 'MOVEL'))} {invent_name(random)}", "bill",
                  random.choice((39.9, 54.9, 69.9, 99.9)), "07010002", raised_in=random.randint(1, 12), rise=0.07),
    ]  # fmt: skip
    if random.random() < 0.7:
        found.append(
            _contract(
                home, f"SANEAMENTO {invent_name(random)}", "bill", 85 * wealth, "17020001", wobble=0.1, swing=0.08
            )
        )
    if random.random() < 0.2:
        found.append(_contract(home, f"GAS {invent_name(random)}", "bill", 60 * wealth, "17020003", wobble=0.15))
    return found


def _family(home: Home) -> list[Contract]:
    random, wealth = home.random, home.wealth
    offers = (
        (0.25, f"COLEGIO {invent_name(random)}", "bill", 900 * wealth, "07020003", {"raised_in": 1, "rise": 0.09}),
        (0.15, f"FACULDADE {invent_name(random)}", "bill", 700 * wealth, "07020002", {"raised_in": 1, "rise": 0.07}),
        (0.4, f"PLANO SAUDE {invent_name(random)}", "bill", 480 * wealth, "200300000",
         {"raised_in": random.randint(5, 8), "rise": 0.11}),
        (0.3, f"SEGURADORA {invent_name(random)}", "bill", 190 * wealth, "200400000", {"way": "debit"}),
        (0.12, invent_person(random), "other", random.choice((200, 300, 500, 800)), "05070000", {"way": "pix"}),
        (0.1, f"DIZIMO IGREJA {invent_name(random)}", "other", home.income * 0.1, "05070000", {"way": "pix"}),
    )  # fmt: skip
    return [
        _contract(home, name, kind, amount, category, **values)
        for chance, name, kind, amount, category, values in offers
        if random.random() < chance
    ]


def _debts(home: Home, way_of_life: str) -> list[Contract]:
    """Loans, a financed car, a consórcio, the freelancer's DAS. Some end within the window, some begin in it."""
    random, found = home.random, []
    bank = home.main.hand.bank.upper()
    offers = (
        (0.35, f"EMPRESTIMO {bank}", "loan", 0.08, "02030001", "loan", (12, 24, 36, 48)),
        (0.25, f"FINANC VEICULO {invent_name(random)}", "loan", 0.12, "02030003", "boleto", (36, 48, 60)),
        (0.12, f"CONSORCIO {invent_name(random)}", "loan", 0.06, "02030000", "boleto", (60, 80)),
        (0.10, f"CREDIARIO {invent_name(random)}", "loan", 0.03, "02030000", "boleto", (10, 12, 18)),
    )
    for chance, name, kind, share, category, way, lengths in offers:
        if random.random() < chance:
            total = random.choice(lengths)
            parts = (random.randint(1, total), total)
            since = home.start + timedelta(days=random.randrange(300)) if random.random() < 0.2 else date.min
            amount = home.income * share * random.uniform(0.6, 1.3)
            found.append(
                _contract(home, name, kind, amount, category, way=way, parts=(1, total) if since > date.min else parts,
                          prints=random.random() < 0.5, since=since, slack=0.3)
            )  # fmt: skip
    if way_of_life == "freelance" and random.random() < 0.7:
        found.append(
            _contract(home, "DAS MEI RECEITA FEDERAL", "bill", 75.9, "15010000", day=20, raised_in=2, rise=0.065)
        )
    return found


def _taxes(home: Home) -> list[Contract]:
    """IPTU in ten parts from February on, IPVA in one, three or five from January on."""
    random, wealth, found = home.random, home.wealth, []
    if random.random() < 0.45:
        months = tuple(range(2, 12))
        found.append(
            _contract(home, "IPTU PREF MUN", "bill", 95 * wealth, "17040000", months=months, raised_in=2, rise=0.05)
        )
    if random.random() < 0.5:
        parts = random.choice((1, 1, 3, 5))
        amount = 2200 * wealth / parts
        months = tuple(range(1, parts + 1))
        found.append(
            _contract(home, "IPVA SEFAZ", "bill", amount, "19050004", day=random.randint(9, 24), months=months)
        )
    return found


def _subscriptions(home: Home) -> list[Contract]:
    """2-6 services on a card, or two by debit where there is none; a gym; some begin, some end, prices rise."""
    random, found = home.random, []
    if not home.cards:
        offers = random.sample([offer for offer in SUBSCRIPTIONS if offer[3] == "BRL"], random.randint(0, 2))
    else:
        offers = random.sample(SUBSCRIPTIONS, random.randint(2, 6))
    days = (home.end - home.start).days
    for name, category, price, currency in offers:
        since = home.start + timedelta(days=random.randrange(days)) if random.random() < 0.25 else date.min
        until = home.start + timedelta(days=random.randrange(days)) if random.random() < 0.25 else None
        shop = named_shop(random, name, category, 5968)
        contract = _contract(home, name, "subscription", price, category, day=random.randint(1, 28), slack=0.2,
                             raised_in=random.randint(1, 24), rise=random.uniform(0.06, 0.25), since=since,
                             until=until)  # fmt: skip
        if until is not None and until <= since:
            contract.until = None
        if home.cards:
            contract.book, contract.shop = home.cards[0], shop
            contract.way = "dollar" if currency == "USD" else "card"
        else:
            contract.way = random.choice(("debit", "pix"))
        found.append(contract)
    return found


# --- carried out --------------------------------------------------------------------------------------------------------


def carry_out(home: Home, contract: Contract) -> None:
    """Plan everything that is paid under a contract in the whole period."""
    flow = home.agree(contract.name, contract.kind, on_card=contract.book.terms is not None)
    tax = home.agree(f"IOF {contract.name}", "other", on_card=True, counts=False) if contract.way == "dollar" else None
    listed = home.random.choice((0, 0, 0, 3, 7, 12)) if contract.way in {"boleto", "pix"} else 0
    habit = home.random.choice(("after", "after", "before", "by hand"))
    price, rate, number = contract.amount, DOLLAR, contract.parts[0] if contract.parts else 0
    for month in months_from(home.begin, home.last):
        if contract.raised_in and month > home.begin and _is_turn(contract, month):
            price = round(price * (1 + contract.rise * home.random.uniform(0.6, 1.2)), 2)
        rate *= math.exp(home.random.gauss(0, 0.02))
        nominal = day_of(month, contract.day)
        if nominal < contract.since or (contract.months and month.month not in contract.months):
            continue
        if (contract.until and nominal > contract.until) or (contract.parts and number > contract.parts[1]):
            flow.ended_on = flow.ended_on or nominal - timedelta(days=1)
            break
        day = _day_paid(home, contract, nominal, habit)
        if day is not None:
            part = (number, contract.parts[1]) if contract.parts and contract.prints else None
            amount = price * rate if contract.way == "dollar" else _amount(home, contract, month, price)
            event = _pay(home, contract, day, amount, part, listed)
            event.flow = flow
            if tax is not None:
                event.foreign = ("USD", price)
                _tax(home, contract.book, day, amount).flow = tax
        number += 1
    if contract.months and flow.ended_on is None:
        flow.ended_on = _last_part(home, contract)


def _is_turn(contract: Contract, month: date) -> bool:
    """Beyond twelve it is a month of every second year."""
    return month.month == contract.raised_in or (contract.raised_in > 12 and month.month + 12 == contract.raised_in)


def _last_part(home: Home, contract: Contract) -> date | None:
    """Of a tax in parts: each year's parts end. It is over once the last part before the end is paid."""
    last = [month for month in months_from(home.begin, home.end) if month.month == contract.months[-1]]
    running = home.end.month in contract.months
    return None if running or not last else day_of(last[-1], contract.day) + timedelta(days=5)


def _day_paid(home: Home, contract: Contract, nominal: date, habit: str) -> date | None:
    """None: this month is left out. A card charges on its day; an account only when banks work, but for Pix."""
    random, slack = home.random, contract.slack
    if contract.way in {"card", "dollar"}:
        return nominal + timedelta(days=random.choice((0, 0, 0, 0, 1)))
    chance = random.random()
    if chance < 0.012 * slack:
        return None
    if chance < 0.03 * slack:
        return on_or_before(nominal.replace(day=1) - timedelta(days=random.randint(1, 2)))
    if habit == "by hand":
        late = random.randint(2, 6) if random.random() < 0.04 else 0
        day = nominal - timedelta(days=random.choice((0, 0, 1, 1, 2, 3))) + timedelta(days=late)
        return day if contract.way == "pix" else on_or_before(day)
    return on_or_before(nominal) if habit == "before" else on_or_after(nominal)


def _amount(home: Home, contract: Contract, month: date, price: float) -> float:
    season = 1 + contract.swing * math.cos((month.month - contract.worst) * math.pi / 6)
    noise = math.exp(home.random.gauss(0, contract.wobble)) if contract.wobble else 1.0
    return price * season * noise


def _pay(home: Home, contract: Contract, day: date, amount: float, part: tuple[int, int] | None, listed: int) -> Event:
    cents, book = -round(amount * 100), contract.book
    if contract.shop is not None:
        return home.plan(Event(day, book, cents, "", contract.shop))
    way = contract.way
    event = Event(day, book, cents, word(book.hand, way, contract.name, part), part=part,
                  **told(book.hand, way, contract.name, contract.category))  # fmt: skip
    if listed and home.random.random() < 0.85:
        event.seen_on = day - timedelta(days=home.random.randint(1, listed))
    return home.plan(event)


def _tax(home: Home, card: Book, day: date, amount: float) -> Event:
    text = "IOF COMPRA INTERNACIONAL" if card.hand.has("upper") else "IOF de compra internacional"
    return home.plan(Event(day, card, -round(amount * 3.5), text, category="15030000"))
