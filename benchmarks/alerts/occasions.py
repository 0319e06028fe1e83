"""What happens to an honest household now and then, and the money it moves without spending it."""

from __future__ import annotations

from datetime import date, timedelta

from benchmarks.alerts.agreed import month_starts
from benchmarks.alerts.days import choose_shop, in_parts, months_later, poisson
from benchmarks.alerts.events import ONE_DAY, Book, Event, Household
from benchmarks.alerts.shops import invent_name, invent_person, named_shop, open_shop
from benchmarks.alerts.trades import DEAR, TRADES


def random_day(home: Household, first: int = 0) -> date:
    return home.start + timedelta(days=home.random.randrange(first, 365))


def buy_dear(home: Household) -> None:
    """Furniture, a refrigerator, glasses: 1.5 a year, half of them in instalments, all but always at a new shop."""
    for _ in range(poisson(home, 1.5)):
        name, category, mcc, words, low, high = home.random.choice(DEAR)
        shop = named_shop(
            home.random, f"{home.random.choice(words.split('|'))} {invent_name(home.random)}", category, mcc, home.city
        )
        amount = round(home.random.uniform(low, high) * min(home.wealth, 1.5)) - 0.1
        day, minute = random_day(home), home.random.randrange(10 * 60, 20 * 60)
        if home.random.random() < 0.5:
            in_parts(home, day, shop, amount, minute, look_alike=f"dear: {name}")
        else:
            home.buy(day, shop, amount, minute, look_alike=f"dear: {name}")


def january(home: Household) -> None:
    """IPVA (three parts or one), IPTU, school fees and school supplies."""
    random = home.random
    year = home.start.year if home.start.month == 1 else home.start.year + 1
    bank = next(b for b in home.books if b.type == "BANK")

    def pay(day: date, name: str, category: str, amount: float) -> None:
        if home.start <= day <= home.end:
            shop = named_shop(random, name, category, 9311, home.city)
            home.events.append(Event(day, bank, -round(amount, 2), "fixed", shop, 600, look_alike="january"))

    drives = any(trade.name == "fuel" for trade in home.trades)
    if drives:
        parts, ipva = random.choice((1, 3, 5)), 1900 * home.wealth
        for part in range(parts):
            pay(months_later(date(year, 1, 12), part), "IPVA SEFAZ", "19050004", ipva / parts)
    pay(date(year, 1, 15), "IPTU PREF MUN", "17040000", 900 * home.wealth)
    if any(event.shop and "COLEGIO" in event.shop.name for event in home.events):
        pay(date(year, 1, 8), "MATRICULA ESCOLAR", "07020003", 1000 * home.wealth)
        supplies = date(year, 1, random.randint(18, 30))
        if home.start <= supplies <= home.end:
            shop = named_shop(random, f"PAPELARIA {invent_name(random)}", "08080000", 5943, home.city)
            home.buy(supplies, shop, round(random.uniform(250, 700) * home.wealth, 2), 900, look_alike="january")


def celebrate(home: Household) -> None:
    """Christmas: presents at shops never seen and a supper twice as dear; Mother's Day: a present and a lunch."""
    random = home.random
    for year in (home.start.year, home.start.year + 1):
        for day, trade_name, times in (
            (date(year, 12, random.randint(15, 23)), "clothes", random.randint(1, 4)),
            (date(year, 12, 23), "groceries", 1),
            (date(year, 5, 9), "beauty", 1),
            (date(year, 5, 11), "lunch", 1),
        ):
            if not home.start <= day <= home.end:
                continue
            for _ in range(times):
                trade = next(t for t in TRADES if t.name == trade_name)
                known = trade_name == "groceries" and "groceries" in home.shops
                shop = home.shops["groceries"][0] if known else open_shop(random, trade, home.city, home.wealth)
                amount = round(shop.amount(random, home.level(day)) * random.uniform(1.3, 2.6), 2)
                home.buy(day, shop, amount, random.randrange(600, 1300), look_alike="feast")


def odd_but_honest(home: Household) -> None:
    """What happens to anybody: see the rates in ``households``."""
    random = home.random
    groceries = home.shops["groceries"]
    for _ in range(poisson(home, 0.4)):  # one purchase split into two equal payments
        day, shop = random_day(home), groceries[0]
        half = round(shop.amount(random, home.level(day)) / 2, 2)
        for minute in (1100, 1103):
            home.buy(day, shop, half, minute, look_alike="split in two")
    for _ in range(poisson(home, 0.8)):  # a repair, an operation, a big party
        trade = random.choice(
            [t for t in home.trades if t.name in {"repairs", "health", "pharmacy", "bar", "house", "pets"}]
            or home.trades
        )
        day, shop = random_day(home), choose_shop(home, trade)
        amount = round(shop.median * home.level(day) * random.uniform(3, 8), 2)
        home.buy(day, shop, amount, random.randrange(600, 1260), look_alike="bad luck")
    if not home.owl:
        for _ in range(poisson(home, 0.3)):  # New Year's Eve, a show, an emergency
            trade = random.choice([t for t in TRADES if t.name in {"ride", "bar", "pharmacy"}])
            day, shop = random_day(home), open_shop(random, trade, home.city, home.wealth)
            home.buy(
                day,
                shop,
                round(shop.amount(random, home.level(day)), 2),
                random.randrange(5, 180),
                look_alike="one late night",
            )


def live_together(home: Household, day: date) -> None:
    """Pix to people: the cleaner every second week, friends now and then."""
    random = home.random
    bank = home.book_for(day, "BANK")
    if day.toordinal() % 14 == home.number % 14 and home.number % 3 == 0:
        pix(home, day, bank, f"NEIDE {home.number} SANTOS", 180.0)
    if random.random() < 0.09 * home.busy:
        friend = invent_person(random) if random.random() < 0.4 else f"{random.choice('ABCDE')}LEX FRIEND {home.number}"
        amount = float(random.choice((20, 25, 30, 35, 40, 50, 60, 80, 100, 120, 150, 200))) * max(1, round(home.wealth))
        pix(home, day, bank, friend, amount)
        if random.random() < 0.02:
            pix(home, day, bank, friend, amount, look_alike="two equal: pix")
        if random.random() < 0.03:
            pix(
                home,
                day,
                bank,
                invent_person(random),
                round(random.uniform(400, 1500) * home.wealth),
                look_alike="dear: pix",
            )


def pix(home: Household, day: date, bank: Book, person: str, amount: float, look_alike: str | None = None) -> None:
    text = {
        True: f"PIX TRANSF {person.split(maxsplit=1)[0]}{day:%d/%m}" if home.number % 2 else f"PIX ENVIADO {person}",
        False: f"Transferência enviada pelo Pix - {person.title()} - •••.123.456-••",
    }[bank.hand.has("upper")]
    category = "05070000" if bank.hand.has("category") else None
    event = Event(day, bank, -amount, "purchase", None, home.random.randrange(480, 1380), text, category=category)
    event.operation, event.method, event.counterparty, event.look_alike = "PIX", "PIX", person, look_alike
    event.same_holder = False
    home.events.append(event)


def refund(home: Household) -> None:
    """2 % of what is bought online, clothes and delivery comes back within 2-12 days."""
    random = home.random
    for event in [e for e in home.events if e.flow == "purchase" and e.shop and not e.part]:
        if event.shop is None or event.shop.trade not in {"online", "clothes", "delivery"} or random.random() > 0.02:
            continue
        day = event.day + timedelta(days=random.randint(2, 12))
        if day <= min(home.end, event.book.closed):
            home.events.append(
                Event(day, event.book, -event.amount, "refund", event.shop, operation="ESTORNO", foreign=event.foreign)
            )


def move_money(home: Household) -> None:
    """Salary on the 5th, bills, own transfers, savings, fees: all that is no spending."""
    random = home.random
    banks = [book for book in home.books if book.type == "BANK"]
    main = banks[0]
    person = invent_person(random)
    for first in month_starts(home):
        payday = first.replace(day=5)
        home.events.append(Event(payday, main, home.income, "income", text="CREDITO DE SALARIO", category="01010000"))
        if random.random() < 0.3:
            text = f"Pix recebido: {invent_person(random).title()}"
            got = Event(
                first.replace(day=18), main, float(random.randint(30, 400)), "income", text=text, category="05070000"
            )
            home.events.append(got)
        for other in (b for b in banks[1:] if b.is_open(payday + ONE_DAY)):
            amount, day = float(random.randint(2, 12) * 100), payday + ONE_DAY
            told = True if other.hand.merchant else None
            for book, sign, words in ((main, -1, "ENVIADO"), (other, 1, "RECEBIDO")):
                moved = Event(day, book, sign * amount, "transfer", text=f"PIX {words} {person}", category="04020000")
                moved.operation, moved.same_holder = "PIX", told
                home.events.append(moved)
        if random.random() < 0.5:
            text = "APLICACAO CDB" if main.hand.has("upper") else "Aplicação RDB"
            saved = Event(payday + ONE_DAY, main, -float(random.randint(2, 10) * 100), "investment", text=text)
            saved.category = "03020000"
            home.events.append(saved)
        if main.hand.has("upper"):
            fee = Event(
                first.replace(day=28), main, -38.9, "fee", text="TARIFA PACOTE DE SERVICOS", category="16010000"
            )
            home.events.append(fee)
        pay_bills(home, main, first)


def pay_bills(home: Household, main: Book, first: date) -> None:
    due = first.replace(day=10)
    for card in (b for b in home.books if b.type == "CREDIT" and b.is_open(due)):
        month_before = due - timedelta(days=37), due - timedelta(days=7)
        owed = -sum(e.amount for e in home.events if e.book is card and month_before[0] < e.day <= month_before[1])
        if owed <= 0:
            continue
        for book, sign, words in ((main, -1, "PAGAMENTO DE FATURA"), (card, 1, "Pagamento recebido")):
            paid = Event(due, book, sign * round(owed, 2), "bill", text=words, category="05100000")
            paid.operation = "PAGAMENTO_FATURA" if book is card else None
            home.events.append(paid)
