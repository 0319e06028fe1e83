"""A bank in memory where things happen: what a person must be told of, and what the bank does to the rows of it.

What nobody could know is not generated:

- A row that vanishes for good, and another purchase that looks like it. Equal purchases of a day are told apart by their
  number alone, so they are counted together (``Event.kind``); and what was pending and vanishes is of a shop of its own.
- A row that is away while somebody reads, and comes back under another id with another text, day or amount. So one
  that is renamed, or settles for another amount or on another day, was never away, and keeps its place and its id from
  then on.
- One of two equal purchases under another id and another name at once, while the other is away: which of them is it?
- Two rows of one purchase that are listed side by side: they are two to anybody.
- Other days or amounts at one of two doors to one account.
- An absence of a week: what was not told by then is not told any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from open_finance.clock import local_day
from tests.clocks import ManualClock
from tests.fake_bank import CARD, CHECKING, ITEM, FakeBank, Json, iso
from tests.pluggy_json import raw_account
from tests.simulator.timeline import Timeline

MORE = ("Xavier", "Quebec", "Wolf", "Jumbo", "Yakult", "Fênix", "Tupi", "Krill", "Dvora", "Obsidiana", "Puma", "Zinco")
SHOPS = (
    *("Padaria Estrela", "Farmácia Bom Dia", "Posto Ipiranga", "Livraria Cultura", "Mercado Zaffari", "Cinema Odeon"),
    *("Restaurante Sol", "Uber Trip", "Petz", "Leroy Merlin", "Decathlon", "Academia Fit", "Hotel Glória", "Kalunga"),
    *("Açougue do Zé", "Barbearia Nunes", "Quitanda Viva", "Bazar Mimoso", "Óptica Lux", "Feira Orgânica", "Magalu"),
    *(
        "Hortifruti",
        "Banca Jornal",
        "Oficina Volks",
        "Lavanderia Jet",
        "Sorveteria Gelo",
        "Churrascaria Boi",
        "Riachuelo",
    ),
    *(f"{a} {b}" for a, b in zip(MORE, reversed(MORE), strict=True)),
)
WELL = {"status": "UPDATED", "executionStatus": "SUCCESS", "statusDetail": None}
UNWELL = (
    {"status": "OUTDATED", "executionStatus": "SITE_NOT_AVAILABLE", "statusDetail": None},
    {
        "status": "UPDATED",
        "executionStatus": "PARTIAL_SUCCESS",
        "statusDetail": {
            name: {"isUpdated": False, "lastUpdatedAt": None, "warnings": []}
            for name in ("accounts", "creditCards", "transactions")
        },
    },
)


@dataclass(eq=False)
class Event:
    """Something that happened. ``kind``: what cannot be told from it by anybody, as it was at first. ``is_news``: it is to
    be told; else it was there before anybody asked. ``is_alone``: nothing else looks like it."""

    kind: tuple[str, date, Decimal]
    is_news: bool
    is_alone: bool
    is_gone: bool = False
    places: list[Place] = field(default_factory=list)

    @property
    def is_pending(self) -> bool:
        return any(place.row["status"] == "PENDING" for place in self.places)


@dataclass(eq=False)
class Place:
    """How one door lists an event. ``is_away``: it does not, for a while; ``was_away``: it did not once. ``is_renamed``:
    its text, its day or its amount is not as it was; ``stays``: it is never away any more."""

    event: Event
    item_id: str
    account_id: str
    row: Json
    is_away: bool = False
    was_away: bool = False
    is_renamed: bool = False
    stays: bool = False


class Bank(FakeBank):
    """``events``: all that happened. ``event_of``: by each id that a row of it ever had."""

    def __init__(self, random: Random, clock: ManualClock, timeline: Timeline) -> None:
        self._random, self._timeline = random, timeline
        self.events: list[Event] = []
        self.event_of: dict[str, Event] = {}
        self.changed: dict[str, dict[str, list[str]]] = {}
        self.reorders = False
        self._number = 0
        self._shuffled = random.sample(SHOPS, len(SHOPS))
        super().__init__(clock, page_size=random.choice((2, 3, 500)))

    # --- accounts ------------------------------------------------------------------------------------------------

    def add_bank(self, item_id: str, *, same_as: str | None = None) -> None:
        """One more item: another bank, or another door to the accounts of ``same_as``."""
        self.add_item(item_id)
        if same_as is None and item_id != ITEM:
            suffix = f" of {item_id}"
            other = {**raw_account()["bankData"], "transferNumber": "341/0009/7654321-0"}
            number = "0009/7654321-0"
            self.accounts[item_id] = [
                raw_account(id=CHECKING + suffix, number=number, bankData=other, name="Conta Outra")
            ]
        elif same_as is not None:
            kept = {_alike(one["id"], item_id) for one in self.accounts[same_as]}
            self.accounts[item_id] = [one for one in self.accounts[item_id] if one["id"] in kept]
            for event in self.events:
                if not event.is_gone:
                    self._list(event, item_id, _alike(event.places[0].account_id, item_id), event.places[0].row)

    def doors(self, account_id: str) -> list[tuple[str, str]]:
        """(item, account) of every door to an account of the first item, or of another bank's."""
        item_id = next(item for item, accounts in self.accounts.items() if any(a["id"] == account_id for a in accounts))
        others = [item for item in self.accounts if item != item_id and self._is_same_bank(item, item_id)]
        return [(item_id, account_id), *((item, _alike(account_id, item)) for item in others)]

    def _is_same_bank(self, one: str, other: str) -> bool:
        return {one["number"] for one in self.accounts[one]} == {one["number"] for one in self.accounts[other]}

    # --- what happens --------------------------------------------------------------------------------------------

    def happen(self, account_id: str, *, is_news: bool = True) -> None:
        """A purchase, an income, a refund, a fee; now and then the equal of one that is there."""
        random = self._random
        twin = random.choice(self.events) if is_news and self.events and random.random() < 0.2 else None
        if twin is not None and twin.is_alone and not twin.is_gone and not _is_moved(twin):
            self._timeline.lived["equal twin"] += 1
            self._add_twin(twin)
            return
        today = local_day(self._clock.now())
        days = _days_ago(random) if is_news else random.randrange(1, 12)
        row, shop_is_own = self._new_row(account_id, today - timedelta(days=days))
        self._timeline.lived["back-dated" if days > 2 else "of a day to come" if days < 0 else "of today"] += 1
        event = Event((account_id, today - timedelta(days=days), row["amount"]), is_news, is_alone=shop_is_own)
        self._put(event, account_id, row)

    def _add_twin(self, twin: Event) -> None:
        twin.is_alone = False
        first = twin.places[0]
        row = {**first.row, "createdAt": iso(self._clock.now()), "updatedAt": iso(self._clock.now())}
        event = Event(twin.kind, is_news=True, is_alone=False)
        self._put(event, first.account_id, row)

    def _put(self, event: Event, account_id: str, row: Json) -> None:
        self.events.append(event)
        for item_id, account in self.doors(account_id):
            self._list(event, item_id, account, row)
        self._timeline.say(f"happens: {_words(row)} {event.kind[1]} on {account_id}")

    def _list(self, event: Event, item_id: str, account_id: str, row: Json) -> None:
        place = Place(event, item_id, account_id, {**row, "accountId": account_id})
        event.places.append(place)
        self._show(place, self._new_id(event))

    def _new_row(self, account_id: str, day: date) -> tuple[Json, bool]:
        random, on_card = self._random, account_id.startswith(CARD)
        shop, is_own = self._choose_shop()
        self._number += 1
        amount = Decimal(random.randrange(500, 90_000)) / 100 + Decimal(self._number) / 100
        flow = random.choices(("purchase", "income", "refund", "fee"), (70, 12, 10, 8))[0]
        self._timeline.lived[flow] += 1
        description, category = {
            "purchase": (shop, "11010000"),
            "income": (f"Salário {shop}", "01010000"),
            "refund": (f"Estorno {shop}", "11010000"),
            "fee": (f"Tarifa {shop}", "16000000"),
        }[flow]
        is_in = flow in {"income", "refund"}
        if is_in and on_card and flow == "income":
            description = f"Estorno {shop}"
        is_pending = day > local_day(self._clock.now()) or random.random() < 0.4
        at = iso(self._clock.now())
        return {
            "merchant": shop,  # ours alone: Pluggy's is an object, and this is taken off
            "description": description,
            "currencyCode": "BRL",
            "amount": amount if is_in != on_card else -amount,
            "date": _noon(day),
            "type": "CREDIT" if is_in else "DEBIT",
            "status": "PENDING" if is_pending else "POSTED",
            "categoryId": category,
            "createdAt": at,
            "updatedAt": at,
        }, is_own

    def _choose_shop(self) -> tuple[str, bool]:
        """A shop, and whether nothing else is of it. One whose purchase is gone, or became another, is left alone."""
        by_shop: dict[str, list[Event]] = {}
        for event in self.events:
            by_shop.setdefault(event.places[0].row["merchant"], []).append(event)
        known = [shop for shop, events in by_shop.items() if not any(one.is_gone or _is_moved(one) for one in events)]
        if known and self._random.random() < 0.25:
            shop = self._random.choice(known)
            for event in by_shop[shop]:
                event.is_alone = False
            self._timeline.lived["shop known before"] += 1
            return shop, False
        return next(shop for shop in self._shuffled if shop not in by_shop), True

    # --- what the bank does to rows ------------------------------------------------------------------------------

    def meddle(self, *, in_the_midst: bool = False) -> None:
        """Something is done to some row. ``in_the_midst``: while somebody reads, who may see half of it."""
        places = [place for event in self.events for place in event.places if not event.is_gone and not place.is_away]
        if not places:
            return
        place = self._random.choice(places)
        deeds = [deed for deed in _deeds(place) if not in_the_midst or deed in {"restated", "taken away", "renamed"}]
        if not deeds:
            return
        deed = self._random.choice(deeds)
        self._timeline.note(deed, _words(place.row))
        getattr(self, f"_{deed.replace(' ', '_')}")(place)

    def _settled(self, place: Place) -> None:
        self._edit(place, status="POSTED", **self._other_words(place))

    def _settled_under_another_id(self, place: Place) -> None:
        self._restate(place, status="POSTED", **self._other_words(place))

    def _settled_for_another_amount(self, place: Place) -> None:
        amount = (place.row["amount"] * Decimal(self._random.choice(("0.9", "1.1", "1.15")))).quantize(Decimal("0.01"))
        change = self._restate if self._random.random() < 0.7 else self._edit
        place.is_renamed = place.stays = True
        change(place, status="POSTED", amount=amount)

    def _settled_on_another_day(self, place: Place) -> None:
        day = date.fromisoformat(place.row["date"][:10])
        place.is_renamed = place.stays = True
        later = max(day, min(day + timedelta(days=self._random.randrange(1, 4)), local_day(self._clock.now())))
        self._restate(place, status="POSTED", date=_noon(later))

    def _restated(self, place: Place) -> None:
        self._restate(place)

    def _renamed(self, place: Place) -> None:
        place.is_renamed = place.stays = True
        self._edit(place, description=self._new_name())

    def _restated_under_another_name(self, place: Place) -> None:
        place.is_renamed = place.stays = True
        self._restate(place, description=self._new_name())

    def _new_name(self) -> str:
        return f"Compra {self._random.randrange(10**6)}"

    def _taken_away(self, place: Place) -> None:
        place.was_away = True
        self._hide(place)

    def _vanished(self, place: Place) -> None:
        place.event.is_gone = True
        for each in place.event.places:
            self._hide(each)

    def leave_out(self, item_id: str) -> None:
        """An unwell item lacks some of its rows."""
        for place in self._places_of(item_id):
            if not (place.is_away or place.stays) and self._random.random() < 0.4:
                self._timeline.note("left out", _words(place.row))
                self._taken_away(place)

    def bring_back(self, item_id: str, *, everything: bool = False) -> None:
        """Rows that were away are listed again, under the old id or another."""
        for place in self._places_of(item_id):
            if place.is_away and not place.event.is_gone and (everything or self._random.random() < 0.6):
                is_new = not place.is_renamed and self._random.random() < 0.5
                self._timeline.note("back under another id" if is_new else "back", _words(place.row))
                self._show(place, self._new_id(place.event) if is_new else place.row["id"], is_new=is_new)

    def _places_of(self, item_id: str) -> Iterator[Place]:
        return (place for event in list(self.events) for place in event.places if place.item_id == item_id)

    def _other_words(self, place: Place) -> Json:
        name = place.row["description"]
        return {"description": self._random.choice((name, name, name.upper(), f"{name} SAO PAULO BRA"))}

    def _edit(self, place: Place, **changes: Any) -> None:
        place.row |= {"updatedAt": iso(self._clock.now()), **changes}
        self._show(place, place.row["id"])
        self._note("updated", place)

    def _restate(self, place: Place, **changes: Any) -> None:
        self._hide(place)
        place.row |= changes
        self._show(place, self._new_id(place.event), is_new=True)

    def _hide(self, place: Place) -> None:
        if not place.is_away:
            place.is_away = True
            del self.rows[place.account_id][place.row["id"]]
            self._note("deleted", place)

    def _show(self, place: Place, row_id: str, *, is_new: bool = True) -> None:
        place.is_away = False
        place.row["id"] = row_id
        if is_new:
            place.row["createdAt"] = place.row["updatedAt"] = iso(self._clock.now())
            self._note("created", place)
        self.rows[place.account_id][row_id] = {name: value for name, value in place.row.items() if name != "merchant"}

    def _note(self, what: str, place: Place) -> None:
        self.changed.setdefault(place.item_id, {}).setdefault(what, []).append(place.row["id"])

    def _new_id(self, event: Event) -> str:
        """Of no order."""
        row_id = f"{self._random.getrandbits(40):010x}"
        self.event_of[row_id] = event
        return row_id

    # --- listing -------------------------------------------------------------------------------------------------

    def iter_transaction_pages(self, *arguments: Any, **filters: Any) -> Iterator[list[Json]]:
        """As any bank's; some list a row twice, or a page in no order."""
        last: Json | None = None
        for page in super().iter_transaction_pages(*arguments, **filters):
            if self.reorders and self._random.random() < 0.3:
                self._timeline.lived["page in no order"] += 1
                self._random.shuffle(page)
            if self.reorders and last is not None and self._random.random() < 0.3:
                self._timeline.lived["row listed twice"] += 1
                page = [last, *page]  # noqa: PLW2901
            last = dict(page[-1]) if page else None
            yield page


def _deeds(place: Place) -> Iterator[str]:
    event = place.event
    if place.row["status"] == "PENDING":
        yield "settled"
    if not place.stays:
        yield "taken away"
    if place.is_renamed:
        return
    yield from ("restated", "restated")
    if not place.was_away:
        yield "renamed"
        if event.is_alone:
            yield "restated under another name"
    if place.row["status"] == "PENDING":
        yield from ("settled under another id", "settled under another id")
        if event.is_alone and len(event.places) == 1 and not place.was_away:
            yield from ("settled on another day", "settled for another amount")
    if event.is_alone:
        yield "vanished"


def _is_moved(event: Event) -> bool:
    row = event.places[0].row
    return (date.fromisoformat(row["date"][:10]), row["amount"]) != event.kind[1:]


def _days_ago(random: Random) -> int:
    return random.choices((0, 1, 2, random.randrange(3, 25), -random.randrange(1, 4)), (60, 15, 5, 15, 5))[0]


def _noon(day: date) -> str:
    return f"{day.isoformat()}T15:00:00.000Z"


def _alike(account_id: str, item_id: str) -> str:
    name = account_id.partition(" of ")[0]
    return name if item_id == ITEM else f"{name} of {item_id}"


def _words(row: Json) -> str:
    return f"{row['description']} {row['amount']} {row['date'][:10]} {row['status'].lower()} {row.get('id', '')}"
