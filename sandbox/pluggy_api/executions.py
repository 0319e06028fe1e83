"""The state machine of an item (reference 16.5): scripts that pause, ask a person, and end in data or in a failure.

A script is a generator. Nothing runs in the background: whoever looks at an item first calls `settle`, which resumes
every script whose time has come, in the order of virtual time. So a state depends on the clock and the seed alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sandbox.pluggy_api.bank import Bank, collect
from sandbox.pluggy_api.clock import VirtualClock, timestamp
from sandbox.pluggy_api.connectors import MEU_PLUGGY
from sandbox.pluggy_api.items import Ask, Item, Json, Pause, Script, status_detail
from sandbox.pluggy_api.options import Options
from sandbox.pluggy_api.scenarios import Failure, Prompt, Scenario, link_prompt, qr_prompt, scenario_for
from sandbox.pluggy_api.validation import fits

SubScript = Generator[Pause | Ask, str | None, Failure | None]
Trigger = Literal["user", "auto"]

SCAN_SECONDS = 15
PENDING_SECONDS = 600
CONSENT_DAYS = 365
RETRY_EVERY = timedelta(hours=1)
MAX_RETRIES = 5
PHASES = (
    ("ACCOUNTS", "ACCOUNTS_IN_PROGRESS"),
    ("CREDIT_CARDS", "CREDITCARDS_IN_PROGRESS"),
    ("TRANSACTIONS", "TRANSACTIONS_IN_PROGRESS"),
    ("INVESTMENTS", "INVESTMENTS_IN_PROGRESS"),
    ("IDENTITY", "IDENTITY_IN_PROGRESS"),
)
PERMISSIONS = {
    "ACCOUNTS": "ACCOUNTS_ALL",
    "CREDIT_CARDS": "CREDIT_CARDS_ALL",
    "INVESTMENTS": "INVESTMENTS_ALL",
    "LOANS": "CREDIT_OPERATIONS_ALL",
    "IDENTITY": "REGISTRATION_ALL",
}
ACCOUNTS_FAILED = {"code": "ACCT_003", "message": "Resource temporarily unavailable", "providerMessage": None}
ACCOUNTS_WARNED = {"code": "001", "message": "Some account details were not returned", "providerMessage": None}


@dataclass
class Executions:
    """Runs the scripts of every item. ``at`` is the virtual time of the step being applied."""

    clock: VirtualClock
    options: Options
    bank: Bank
    items: dict[str, Item]
    new_state: Callable[[], str]

    def __post_init__(self) -> None:
        self.at = self.clock.now()
        self._agenda: list[tuple[datetime, int, str, int]] = []
        self._count = 0

    def settle(self) -> None:
        """Bring every item up to now: finished pauses, missed deadlines, automatic refreshes."""
        now = self.clock.now()
        while self._agenda and self._agenda[0][0] <= now:
            due, _, item_id, ticket = heapq.heappop(self._agenda)
            item = self.items.get(item_id)
            if item is not None and item.ticket == ticket:
                self.at = due
                if item.script is None:
                    self._begin(item, "auto")
                else:
                    self._resume(item, None)
        self.at = now

    def start(self, item: Item, *, authorise: bool = False, fresh_token: bool = False) -> None:
        """An execution that a person asked for; it replaces whatever the item was doing."""
        item.auto_sync_disabled_at = None
        self._begin(item, "user", authorise=authorise, fresh_token=fresh_token)

    def answer(self, item: Item, value: str) -> None:
        """Hand the waiting script what the person typed, chose or decided at the bank's page."""
        item.answered = True
        self._resume(item, value)

    def reschedule(self, item: Item) -> None:
        """Let the agenda follow a ``next_auto_sync_at`` that was changed from outside; a running script goes on."""
        if item.script is None:
            item.ticket += 1
            if item.next_auto_sync_at is not None:
                self._remind(item, item.next_auto_sync_at)

    def stop(self, item: Item) -> None:
        """Forget the script: an outside hand decided the item's state."""
        item.script = item.waiting = item.link_state = None
        item.ticket += 1

    def refresh(self, item: Item) -> None:
        """The bank moves and the item re-reads it at once, without an execution (rows that move between two pages)."""
        customer = self.bank.customer_of(item)
        customer.household.evolve(self.at, customer.random)
        item.snapshot = collect(item, customer.household, self.at, enrich=self.options.enrichment)

    def _begin(self, item: Item, trigger: Trigger, *, authorise: bool = False, fresh_token: bool = False) -> None:
        item.status, item.execution_status = "UPDATING", "CREATED"
        item.error = item.parameter = item.user_action = item.status_detail = None
        item.next_auto_sync_at = item.waiting = item.link_state = None
        item.updated_at = self.at
        item.script = self._execution(item, trigger, authorise=authorise, fresh_token=fresh_token)
        self._resume(item, None)

    def _resume(self, item: Item, value: str | None) -> None:
        assert item.script is not None
        item.waiting = None
        item.ticket += 1
        try:
            step = item.script.send(value)
        except StopIteration:
            item.script = None
            if item.next_auto_sync_at is not None:
                self._remind(item, item.next_auto_sync_at)
        else:
            if isinstance(step, Ask):
                item.waiting = step
            self._remind(item, self.at + self._span(step))
        item.updated_at = self.at

    def _span(self, step: Pause | Ask) -> timedelta:
        return timedelta(seconds=step.seconds) if isinstance(step, Pause) else self.clock.patience(step.seconds)

    def _remind(self, item: Item, due: datetime) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (due, self._count, item.id, item.ticket))

    # The script itself.

    def _execution(self, item: Item, trigger: Trigger, *, authorise: bool, fresh_token: bool) -> Script:
        """``authorise``: the person has to go to the bank's page again, even with a living consent."""
        yield Pause(2)
        item.execution_status = "LOGIN_IN_PROGRESS"
        yield Pause(item.random.uniform(2, 4))
        scenario = self._scenario(item, trigger, fresh_token=fresh_token)
        failure = scenario.failure or self._dead_consent(item, authorise=authorise)
        if failure is None and trigger == "user":
            failure = yield from self._ask_person(item, scenario, authorise=authorise)
        if failure is not None:
            self._fail(item, failure)
            return
        if scenario.pending:
            self._fail(item, Failure("USER_AUTHORIZATION_PENDING"))
            item.next_auto_sync_at = None
            yield Pause(PENDING_SECONDS)
            item.status, item.error = "UPDATING", None
        for product, phase in PHASES:
            if product in item.products:
                item.execution_status = phase
                yield Pause(item.random.uniform(1, 3))
        item.execution_status = "MERGING"
        yield Pause(item.random.uniform(1, 3))
        self._succeed(item, scenario)

    def _scenario(self, item: Item, trigger: Trigger, *, fresh_token: bool) -> Scenario:
        scenario = scenario_for(item.connector, item.parameters, fresh_token=fresh_token)
        forced = item.forced or self.bank.outcome_for(item)
        if forced is None:
            return scenario
        if forced.code == "USER_AUTHORIZATION_PENDING":
            return Scenario(link=scenario.link, prompts=scenario.prompts, pending=trigger == "user")
        return Scenario(failure=forced)

    def _dead_consent(self, item: Item, *, authorise: bool) -> Failure | None:
        if item.consent is None or authorise:
            return None
        expires_at = item.consent["expiresAt"]
        dead = item.consent["revokedAt"] is not None or (expires_at is not None and expires_at <= timestamp(self.at))
        return Failure("USER_AUTHORIZATION_REVOKED") if dead else None

    def _ask_person(self, item: Item, scenario: Scenario, *, authorise: bool) -> SubScript:
        """Everything that needs the person, in order. Returns the failure it ended in, if any."""
        if scenario.link and (item.consent is None or authorise):
            failure = yield from self._ask_link(item)
            return failure
        if scenario.scan:
            yield self._wait(item, qr_prompt(), self.options.mfa_seconds, seconds=SCAN_SECONDS)
            self._go_on(item)
            yield Pause(item.random.uniform(1, 3))
        for prompt in scenario.prompts:
            value = yield self._wait(item, prompt, self.options.mfa_seconds)
            if value is None:
                return Failure("USER_INPUT_TIMEOUT")
            self._go_on(item)
            yield Pause(item.random.uniform(1, 3))
            if not is_accepted(prompt, value):
                return Failure("INVALID_CREDENTIALS_MFA")
        return None

    def _ask_link(self, item: Item) -> SubScript:
        item.link_state = self.new_state()
        url = f"{item.origin}/oauth/authorize?state={item.link_state}"
        decision = yield self._wait(item, link_prompt(url), self.options.link_seconds)
        item.link_state = None
        if decision is None:
            return Failure("USER_INPUT_TIMEOUT")
        self._go_on(item)
        yield Pause(item.random.uniform(1, 3))
        if decision != "approve":
            return Failure("USER_AUTHORIZATION_NOT_GRANTED")
        item.consent = self._new_consent(item)
        return None

    def _wait(self, item: Item, prompt: Prompt, lifetime: float, *, seconds: float | None = None) -> Ask:
        """Show the question. ``lifetime``: seconds of a person's time until ``expiresAt``; ``seconds``: how long we wait."""
        item.answered = False
        item.status = item.execution_status = "WAITING_USER_INPUT"
        expires_at = timestamp(self.clock.deadline(self.at, lifetime))
        item.parameter = prompt.parameter | {"expiresAt": expires_at}
        if prompt.parameter["name"] == "qr":
            item.execution_status = "WAITING_USER_ACTION"
            item.user_action = {"type": "qr", "instructions": prompt.parameter["label"], "expiresAt": expires_at}
        elif item.link_state is not None and self.options.link_field == "userAction":
            item.parameter = None
            item.user_action = {
                "type": "authorize-access",
                "instructions": prompt.parameter["label"],
                "attributes": {"url": prompt.parameter["data"]},
                "expiresAt": expires_at,
            }
        return Ask(prompt, lifetime if seconds is None else seconds)

    def _go_on(self, item: Item) -> None:
        item.status, item.execution_status = "UPDATING", "LOGIN_MFA_IN_PROGRESS"
        item.parameter = item.user_action = None

    def _new_consent(self, item: Item) -> Json:
        """A year of permission; MeuPluggy's belongs to an inner item and has no end (reference 3.12)."""
        inner = item.connector["id"] == MEU_PLUGGY
        return {
            "id": str(UUID(int=item.random.getrandbits(128), version=4)),
            "itemId": str(UUID(int=item.random.getrandbits(128), version=4)) if inner else item.id,
            "products": list(item.products),
            "openFinancePermissionsGranted": [PERMISSIONS[name] for name in item.products if name in PERMISSIONS],
            "createdAt": timestamp(self.at),
            "expiresAt": None if inner else timestamp(self.at + timedelta(days=CONSENT_DAYS)),
            "revokedAt": None,
        }

    def _fail(self, item: Item, failure: Failure) -> None:
        item.status, item.execution_status, item.error = failure.status, failure.code, failure.error()
        item.parameter = item.user_action = None
        item.last_execution_ended_at = self.at
        item.failed_runs += 1
        if failure.status == "LOGIN_ERROR":
            item.failed_logins += 1
            item.next_auto_sync_at = None
        elif item.failed_runs <= MAX_RETRIES and item.executions:
            item.next_auto_sync_at = self.at + RETRY_EVERY

    def _succeed(self, item: Item, scenario: Scenario) -> None:
        customer = self.bank.customer_of(item)
        if item.executions and self.options.evolve:
            customer.household.evolve(self.at, customer.random)
        skip = {"ACCOUNTS"} if scenario.partial == "error" else set[str]()
        item.snapshot = collect(item, customer.household, self.at, enrich=self.options.enrichment, skip=skip)
        item.product_times |= dict.fromkeys(set(item.products) - skip, self.at)
        item.status, item.execution_status, item.error = "UPDATED", "SUCCESS", None
        if scenario.partial == "error":
            item.execution_status = "PARTIAL_SUCCESS"
            item.status_detail = status_detail(item, {"ACCOUNTS": [ACCOUNTS_FAILED]}, is_updated=False)
        elif scenario.partial == "warning":
            item.status_detail = status_detail(item, {"ACCOUNTS": [ACCOUNTS_WARNED]}, is_updated=True)
        item.executions += 1
        item.failed_logins = item.failed_runs = 0
        item.last_updated_at = item.last_execution_ended_at = self.at
        item.resources_collected_at = self.at if item.is_open_finance else None
        if item.auto_sync_disabled_at is None and not item.needs_token_every_time:
            item.next_auto_sync_at = self.at + timedelta(hours=self.options.auto_sync_hours)


def is_accepted(prompt: Prompt, value: str) -> bool:
    return value in prompt.accepted if prompt.accepted is not None else fits(prompt.parameter, value)
