"""The core's services, built once and handed to the bot: the only way from a handler to banks and data."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from open_finance.account_book import AccountBook
from open_finance.alert_book import AlertBook
from open_finance.bank_connector import BankConnector
from open_finance.bill_alerts import BillAlerts
from open_finance.budget_alerts import BudgetAlerts
from open_finance.budget_book import BudgetBook
from open_finance.category_advice import CategoryAdvice
from open_finance.category_book import CategoryBook
from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.connecting.limits import Limits
from open_finance.data_sync import DataSynchronizer
from open_finance.demo import FAMILY, Demo
from open_finance.errors import DatabaseUnavailableError
from open_finance.family_book import FamilyBook
from open_finance.family_groups import FamilyGroups
from open_finance.idle_people import IdlePeople
from open_finance.inbox import Inbox
from open_finance.machine_counts import MachineCounts
from open_finance.machines.budget import build_pacer
from open_finance.machines.queue import open_queue
from open_finance.notifications import Notifications
from open_finance.observing import Observers
from open_finance.operations import Operations
from open_finance.outlook_book import OutlookBook
from open_finance.personal_data import PersonalData
from open_finance.pluggy_client import PluggyClient
from open_finance.prompts import Prompts
from open_finance.reminders import Reminders
from open_finance.retention import Retention
from open_finance.storage.database import Database, open_database
from open_finance.subscription_alerts import SubscriptionAlerts
from open_finance.subscription_book import SubscriptionBook
from open_finance.summaries import Summaries


@dataclass(frozen=True, slots=True)
class Rows:
    """Whose rows a screen is made of: a person's, or the invented family's in a database of its own."""

    database: Database
    user_id: int


@dataclass(frozen=True, slots=True)
class Core:
    """Everything synchronous. Call it through ``BotContext.run`` only."""

    settings: Settings
    database: Database
    client: PluggyClient
    connector: BankConnector
    accounts: AccountBook
    synchronizer: DataSynchronizer
    inbox: Inbox
    personal_data: PersonalData
    prompts: Prompts
    reminders: Reminders
    notifications: Notifications
    alert_book: AlertBook
    summaries: Summaries
    bill_alerts: BillAlerts
    budget_book: BudgetBook
    budget_alerts: BudgetAlerts
    outlook_book: OutlookBook
    subscription_book: SubscriptionBook
    subscription_alerts: SubscriptionAlerts
    category_advice: CategoryAdvice
    categories: CategoryBook
    idle_people: IdlePeople
    retention: Retention
    family_book: FamilyBook
    family_groups: FamilyGroups
    clock: Clock
    observers: Observers
    counts: MachineCounts
    operations: Operations
    demo: Demo = field(default_factory=Demo)

    def rows_of(self, user_id: int) -> Rows:
        """A person's rows."""
        return Rows(self.database, user_id)

    def rows_of_demo(self, now: datetime) -> Rows:
        """The invented family's rows, made when first asked for: not in the event loop."""
        return Rows(self.demo.database(now), FAMILY)

    def close(self) -> None:
        """Stop a synchronisation between two pages and close the database's connections."""
        self.synchronizer.stop()
        self.inbox.stop()
        self.demo.close()
        with suppress(DatabaseUnavailableError):  # what was counted is lost with the process
            self.counts.flush()
        self.database.dispose()


def build_core(
    settings: Settings,
    *,
    clock: Clock | None = None,
    database: Database | None = None,
    client: PluggyClient | None = None,
) -> Core:
    """Open and migrate the database and build the services; no request is sent. A ``database`` handed in stays as it is.

    With a ``redis_url`` workers read what is due, as long as there are any. Raises ConfigurationError: a Pluggy key or the
    extra for several machines is missing, or the database cannot be opened.
    """
    settings.require_pluggy_keys()
    clock = clock or SystemClock()
    queue = open_queue(settings)
    database = database or open_database(settings)
    client = client or PluggyClient(settings, clock=clock, pacer=build_pacer(settings, clock))
    hand_over = None if queue is None else queue.hand_over
    counts = MachineCounts(database, clock)
    client.observers.add(counts)
    synchronizer = DataSynchronizer(
        client, database, settings=settings, clock=clock, hand_over=hand_over, observer=client.observers
    )
    connector = BankConnector(
        client.for_person(), database, synchronizer=synchronizer, settings=settings, clock=clock, limits=Limits()
    )
    inbox = Inbox(database, synchronizer, clock)
    inbox.on_unknown_item = partial(_claim, connector)
    return Core(
        settings=settings,
        database=database,
        client=client,
        connector=connector,
        accounts=AccountBook(database, clock),
        synchronizer=synchronizer,
        inbox=inbox,
        personal_data=PersonalData(client, database, clock),
        prompts=Prompts(database, clock),
        reminders=Reminders(database, clock),
        notifications=Notifications(database, clock),
        alert_book=AlertBook(database, clock),
        summaries=Summaries(database, clock),
        bill_alerts=BillAlerts(database, clock),
        budget_book=BudgetBook(database, clock),
        budget_alerts=BudgetAlerts(database, clock),
        outlook_book=OutlookBook(database, clock),
        subscription_book=SubscriptionBook(database, clock),
        subscription_alerts=SubscriptionAlerts(database, clock),
        category_advice=CategoryAdvice(database, clock, settings=settings),
        categories=CategoryBook(database, clock),
        idle_people=IdlePeople(client, database, clock, settings=settings),
        retention=Retention(database, clock, settings=settings),
        family_book=FamilyBook(database, clock),
        family_groups=FamilyGroups(database),
        clock=clock,
        observers=client.observers,
        counts=counts,
        operations=Operations(database, clock) if queue is None else Operations(database, clock, queue.length),
    )


def _claim(connector: BankConnector, item_id: str) -> None:
    """What a page made before it was closed; everybody else's item is nobody's here."""
    connector.claim_screen_item(item_id)
