"""A foreign id is a missing one, in the services and behind every button: Bruno tries all of them with Ana's ids.

Methods and buttons are enumerated, never listed: whoever adds one is tested, or asked here for an argument.
"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from gerente_financeiro.app import CALLBACKS, GROUP_CALLBACKS
from gerente_financeiro.core import Core
from open_finance import (
    credit_reports,
    family_reports,
    forecast_reports,
    investment_reports,
    reports,
    spending_reports,
    wealth_reports,
)
from open_finance.clock import local_day
from open_finance.errors import OpenFinanceError
from open_finance.insights.subscriptions import token_of
from open_finance.records import Connection
from open_finance.reports import Period, StatementFilters
from open_finance.sharing.splitting import EQUALLY
from open_finance.storage import recurring_marks
from open_finance.storage.outbox import Notification
from tests.clocks import START
from tests.investment_rows import add_investment, add_movement
from tests.story import BRUNO, Story, checking, row
from tests.telegram_server import ANA
from tests.test_ownership import anas_rows

pytest_plugins = ("tests.bot_fixtures",)

#: Ana's balance and shop, as a screen or a record would show them.
SECRETS = ("7777.77", "7.777,77", "Loja da Ana")

TODAY = local_day(START)
ANAS_FLOW = "loja da ana"
GROUP = -2000  # linked to her family


@pytest.fixture
def story(story: Story) -> Story:
    """Ana has a bank; Bruno has none."""
    story.bank_shows(checking(balance="7777.77"), rows=[row(1, TODAY, description="Loja da Ana")])
    return story


# --- the services --------------------------------------------------------------------------------------------------


def services(core: Core) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public method of a service, and every report, that takes a person."""
    owners = (core.connector, core.synchronizer, core.accounts, core.personal_data, core.prompts, core.reminders)
    books = (core.alert_book, core.summaries, core.categories, core.outlook_book, core.subscription_book)
    for owner in (*owners, *books, core.idle_people, core.family_book):
        for name, method in inspect.getmembers(owner, inspect.ismethod):
            if not name.startswith("_") and "user_id" in inspect.signature(method).parameters:
                yield f"{type(owner).__name__}.{name}", method
    for module in (
        *(credit_reports, family_reports, forecast_reports, investment_reports),
        *(reports, spending_reports, wealth_reports),
    ):
        for name in module.__all__:
            function = getattr(module, name)
            takes = inspect.signature(function).parameters if inspect.isfunction(function) else {}
            if "user_id" in takes and "session" not in takes:
                yield f"{module.__name__}.{name}", function


def arguments_for(name: str, method: Callable[..., Any], story: Story, connection: Connection) -> dict[str, Any]:
    """Ana's ids wherever an id is asked for."""
    values: dict[str, Any] = {
        "database": story.core.database,
        "user_id": BRUNO,
        "connection_id": connection["id"],
        "replaces_id": connection["id"],
        "account_id": story.core.connector.list_accounts(ANA)[0]["id"],
        "target_id": connection["id"],
        "intent_id": 1,
        "item_id": connection["item_id"],
        "connector_id": connection["connector_id"],
        "connector_name": connection["connector_name"],
        "credentials": {"user": "52998224725", "password": "outra-senha"},
        "filters": StatementFilters(Period(TODAY, TODAY), bank_of=connection["id"]),
        "period": Period(TODAY, TODAY),
        "now": START,
        "since": START,
        "today": TODAY,
        "words": "ana",
        "value": "123456",
        "name": "de Bruno",
        "kind": "rename" if name.startswith("Prompts") else "connect",
        "version": "1",
        "text": "texto",
        "target": io.BytesIO(),
        "sent": (),
        "width": "wide",
        "patterns": ["duplicate_charge:academia da ana"],
        "notification": anas_summary(),
        "by": "merchant",
        **dict.fromkeys(("month", "day"), TODAY),
        "out_id": 1,
        "into_id": 1,
        "is_own": True,
        **dict.fromkeys(("row_id", "rule_id", "change_id", "category_id", "instead_of", "investment_id"), 1),
        "ids": [1],
        "amount": Decimal("1.00"),
        "category": "10000000",
        "retroactive": True,
        "mark_id": 1,
        "year": TODAY.year,
        "token": token_of(ANAS_FLOW),
        "says": "cancelled",
        "notification_id": 1,
        "display_name": "Bruno",
        "level": "all",
        "chat_id": GROUP,
        "among": [1],
        "how": EQUALLY,
        **dict.fromkeys(("expense_id", "settlement_id", "debtor", "creditor"), 1),
    }
    if name == "AlertBook.change":
        return {"user_id": BRUNO, "income": False}
    parameters = inspect.signature(method).parameters.values()
    needed = [p.name for p in parameters if p.default is inspect.Parameter.empty or p.name in values]
    unknown = [one for one in needed if one not in values]
    assert not unknown, f"{name}: give {', '.join(unknown)} a value of Ana's here"
    if name == "BankConnector.start_connection":
        needed.remove("intent_id")
    return {one: values[one] for one in needed}


def cancel_something(story: Story) -> None:
    """Ana said of a flow that she cancelled it: number 1."""
    words = {"title": "Loja da Ana", "amount": Decimal("7777.77"), "said_on": TODAY, "now": START}
    with story.core.database.writing() as session:
        recurring_marks.add_mark(session, ANA, ANAS_FLOW, "cancelled", **words)  # type: ignore[arg-type]
        assert [one["id"] for one in recurring_marks.list_marks(session, ANA)] == [1]


def anas_summary() -> Notification:
    day = TODAY.isoformat()
    detail = {"period": "daily", "from": day, "to": day}
    nothing = dict.fromkeys(Notification.__annotations__)
    told = {"id": 1, "user_id": ANA, "key": "summary", "kind": "summary", "detail": detail, "created_at": START}
    return Notification(**{**nothing, **told})  # type: ignore[arg-type]


def invest_something(story: Story, connection: Connection) -> None:
    """Ana has a position that moved: number 1."""
    with story.core.database.writing() as session:
        held = {"name": "Loja da Ana", "balance": Decimal("7777.77")}
        assert add_investment(session, connection["id"], ANA, **held) == 1
        add_movement(session, 1, ANA, description="Loja da Ana", amount=Decimal("7777.77"))


def found_a_family(story: Story) -> None:
    """Ana is in a family of her own, number 1, shares all she has with it, divided something, and linked a group."""
    book = story.core.family_book
    assert book.create_family(ANA, "Ana").family_id == 1
    for one in book.list_sharing(ANA):
        book.share(ANA, one.account_id, "all")
    assert book.add_expense(ANA, Decimal("7777.77"), "Loja da Ana").expense_id == 1
    book.invite(ANA)
    book.link_group(ANA, GROUP)


def say_of_categories(story: Story) -> None:
    """Ana corrects her row, for ever, and has a category of her own: number 1 each."""
    book = story.core.categories
    with story.core.database.reading() as session:
        (only,) = anas_rows(session)["bank_transactions"]
    assert only["id"] == book.add_category(ANA, "Loja da Ana")["id"] == 1
    assert book.choose(ANA, 1, "own:1") == 1
    book.make_rule(ANA, 1, "own:1", retroactive=True)
    assert [rule["id"] for rule in book.list_rules(ANA)] == [1]


def test_services_answer_a_foreign_id_as_a_missing_one(story: Story) -> None:
    connection = story.connect()
    say_of_categories(story)
    cancel_something(story)
    invest_something(story, connection)
    found_a_family(story)
    before = _all_of_anas(story)
    tried = 0
    for name, method in services(story.core):
        asked = _requests_about(story, connection["item_id"])
        try:
            shown = repr(_read_out(method(**arguments_for(name, method, story, connection))))
        except OpenFinanceError as error:
            shown = f"{error!r} {error.user_message}"
        assert not any(secret in shown for secret in SECRETS), name
        assert _all_of_anas(story) == before, name
        # Whose item it is, only Pluggy can say.
        reads = 1 if name in {"BankConnector.adopt_connection", "BankConnector.store_screen_item"} else 0
        assert _requests_about(story, connection["item_id"]) - asked == reads, name
        tried += 1
    assert tried > 40


def _read_out(found: object) -> object:
    return list(found) if isinstance(found, Iterator) else found


# --- the buttons ---------------------------------------------------------------------------------------------------


def test_no_button_does_anything_with_a_foreign_id(story: Story) -> None:
    connection = story.connect()
    say_of_categories(story)
    cancel_something(story)
    invest_something(story, connection)
    found_a_family(story)
    account = story.core.connector.list_accounts(ANA)[0]
    story.core.connector.open_intent(ANA, 601, "Itaú")
    story.core.idle_people.list_due()  # as the bot's first tick does: since when Ana is here
    before = _all_of_anas(story)
    asked = _requests_about(story, connection["item_id"])
    message = story.ask("/ajuda", "Ver dinheiro", BRUNO)
    ids = {connection["id"], account["id"]}
    for verb in sorted(CALLBACKS):
        for number in sorted(ids):
            for data in (f"{verb}:{number}", f"{verb}:{number}:0", f"{verb}:0:{number}"):
                query = story.telegram.press(BRUNO, message["message_id"], data=data)
                with contextlib.suppress(TimeoutError):
                    story.telegram.wait_for_answer(query)
        story.rest(BRUNO)  # a tap may be answered before it is acted on
        assert _all_of_anas(story) == before, verb
    shown = " ".join(str(one["text"]) for one in story.telegram.messages(BRUNO))
    assert not any(secret in shown for secret in SECRETS)
    assert _requests_about(story, connection["item_id"]) == asked
    _press_in_the_group(story, BRUNO)
    assert _all_of_anas(story) == before
    # The control: the very same press, by Ana, shows what Bruno must not see.
    own = story.ask("/ajuda", "Ver dinheiro", ANA)
    story.telegram.press(ANA, own["message_id"], data=f"banco:{connection['id']}")
    story.telegram.wait_for(ANA, lambda seen: "7.777,77" in seen["text"])


def _press_in_the_group(story: Story, person: int) -> None:
    """Every verb that a group knows, in the group of Ana's family, of which the person is not."""
    group = story.telegram.add_group(person, ANA, group_id=GROUP)
    sent = story.telegram.send_text(ANA, "/familia", chat=group)
    shown = story.telegram.wait_for_text(group, "7.777,77")
    for verb in sorted(GROUP_CALLBACKS):
        for data in (verb, f"{verb}:1", f"{verb}:1:1:1", f"{verb}:c1:1:1"):
            query = story.telegram.press(person, shown["message_id"], data=data, chat=group)
            assert story.telegram.wait_for_answer(query)["show_alert"], data
    story.rest(person)
    assert [one["message_id"] for one in story.telegram.from_bot(group)] == [shown["message_id"]] > [sent["message_id"]]
    assert not any(one["edited"] for one in story.telegram.from_bot(group))


def _all_of_anas(story: Story) -> dict[str, list[dict[str, object]]]:
    with story.core.database.reading() as session:
        return anas_rows(session)


def _requests_about(story: Story, item_id: str) -> int:
    return sum(item_id in request["path"] for request in story.pluggy.requests())
