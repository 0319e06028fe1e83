"""One execution of an item as a script: it pauses, asks a person, and ends in data or in a failure (reference 16.5).

A script is a generator. It is sent what a person typed, what was decided at the bank, or None when a time is over.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sandbox.pluggy_api.bank import Bank
from sandbox.pluggy_api.clock import VirtualClock, timestamp
from sandbox.pluggy_api.collecting import collect, unshared
from sandbox.pluggy_api.events import item_event, transaction_events
from sandbox.pluggy_api.items import Ask, Decision, Grant, Item, Json, Pause, Script, Snapshot, status_detail
from sandbox.pluggy_api.options import Options
from sandbox.pluggy_api.post_office import PostOffice
from sandbox.pluggy_api.scenarios import Failure, Prompt, Scenario, link_prompt, scenario_for
from sandbox.pluggy_api.validation import fits

SubScript = Generator[Pause | Ask, str | Decision | None, Failure | None]
Trigger = Literal["user", "auto"]

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
NOT_SHARED = {"INVESTMENTS": "INV_001", "LOANS": "LOAN_001"}
PENDING = "USER_AUTHORIZATION_PENDING"
WAITING_ACTION = "WAITING_USER_ACTION"
NOT_GRANTED = "USER_AUTHORIZATION_NOT_GRANTED"


@dataclass
class Desk:
    """What scripts work with. ``at``: the virtual time of the step being applied. ``closed``: when connectors closed."""

    clock: VirtualClock
    options: Options
    bank: Bank
    new_state: Callable[[], str]
    post: PostOffice
    at: datetime
    closed: dict[int, datetime] = field(default_factory=dict)

    def is_closed(self, item: Item) -> bool:
        return item.connector["id"] in self.closed

    def tell(self, item: Item, event: str, **more: Any) -> None:
        """Whoever listens to this item hears of it; the rest of the payload in ``more``."""
        if self.post.is_heard(item):
            self.post.tell(item_event(item, event, **more), item.webhook_url)

    def tell_news(self, item: Item, event: str, before: Snapshot, at: datetime) -> None:
        """An execution brought data: ``event``, and what it changed since the snapshot ``before``."""
        if self.post.is_heard(item):
            self.tell(item, event)
            for payload in transaction_events(item, before, at):
                self.post.tell(payload, item.webhook_url)


def execution(desk: Desk, item: Item, trigger: Trigger, *, authorise: bool, fresh_token: bool) -> Script:
    """``authorise``: the person has to go to the bank again, even with a living consent."""
    yield Pause(2)
    item.execution_status = "LOGIN_IN_PROGRESS"
    yield Pause(item.random.uniform(2, 4))
    scenario = choose_scenario(desk, item, trigger, fresh_token=fresh_token)
    failure = scenario.failure or dead_consent(desk, item, authorise=authorise)
    if failure is None and trigger == "user":
        failure = yield from ask_person(desk, item, scenario, authorise=authorise)
    if failure is None and item.grant is not None:
        failure = yield from await_holder(desk, item, item.grant)
    elif failure is None and scenario.pending:
        failure = yield from await_approval(desk, item, desk.options.joint_seconds)
    if failure is not None:
        fail(desk, item, failure)
        return
    desk.tell(item, "item/login_succeeded")
    for product, phase in PHASES:
        if product in item.products:
            item.execution_status = phase
            yield Pause(item.random.uniform(1, 3))
    item.execution_status = "MERGING"
    yield Pause(item.random.uniform(1, 3))
    succeed(desk, item, scenario)


def choose_scenario(desk: Desk, item: Item, trigger: Trigger, *, fresh_token: bool) -> Scenario:
    """What the bank does with this person, unless somebody decided otherwise. A closed connector reaches no bank."""
    if desk.is_closed(item):
        return Scenario(failure=Failure("SITE_NOT_AVAILABLE"))
    password = desk.bank.password_of(item)
    scenario = scenario_for(item.connector, item.parameters, fresh_token=fresh_token, password=password)
    forced = item.forced or desk.bank.outcome_for(item)
    if forced is None:
        return scenario
    if forced.code == PENDING:
        return replace(scenario, failure=None, pending=trigger == "user")
    return Scenario(failure=forced)


def dead_consent(desk: Desk, item: Item, *, authorise: bool) -> Failure | None:
    if item.consent is None or item.grant is not None or authorise:
        return None
    expires_at = item.consent["expiresAt"]
    dead = item.consent["revokedAt"] is not None or (expires_at is not None and expires_at <= timestamp(desk.at))
    return Failure("USER_AUTHORIZATION_REVOKED") if dead else None


# The person


def ask_person(desk: Desk, item: Item, scenario: Scenario, *, authorise: bool) -> SubScript:
    """Everything that needs the person, in order. Returns the failure it ended in, if any."""
    if scenario.link:
        if authorise or (item.consent is None and item.grant is None):
            return (yield from ask_link(desk, item))
        return None
    phone = scenario.phone
    if phone is not None and (authorise or phone.kind == "qr" or not item.is_device_known):
        failure = yield from ask_phone(desk, item, phone)
        if failure is not None:
            return failure
    for prompt in scenario.prompts:
        value = yield ask(desk, item, prompt, desk.options.mfa_seconds)
        if not isinstance(value, str):
            return Failure("USER_INPUT_TIMEOUT")
        yield go_on(item)
        if not is_accepted(prompt, value):
            return Failure("INVALID_CREDENTIALS_MFA")
    return None


def is_accepted(prompt: Prompt, value: str) -> bool:
    return value in prompt.accepted if prompt.accepted is not None else fits(prompt.parameter, value)


def ask_phone(desk: Desk, item: Item, prompt: Prompt) -> SubScript:
    """The bank's app on a phone: somebody does it after a while, or nobody until it is too late."""
    lifetime, after = desk.options.mfa_seconds, desk.options.phone_seconds
    somebody = after is not None and after < lifetime
    decision = yield ask(desk, item, prompt, lifetime, seconds=after if somebody else None)
    if decision is None and not somebody:
        return Failure("USER_INPUT_TIMEOUT")
    yield go_on(item)
    if isinstance(decision, Decision) and not decision.approved:
        return Failure(NOT_GRANTED)
    item.is_device_known = True
    return None


def ask_link(desk: Desk, item: Item) -> SubScript:
    """The bank's page. A refusal or a missed deadline leaves the consent that there was."""
    item.link_state = desk.new_state()
    prompt = link_prompt(f"{item.origin}/oauth/authorize?state={item.link_state}")
    decision = yield ask(desk, item, prompt, desk.options.link_seconds)
    item.link_state = None
    if not isinstance(decision, Decision):
        return Failure("USER_INPUT_TIMEOUT")
    yield go_on(item)
    if not decision.approved:
        return Failure(NOT_GRANTED)
    consent = new_consent(desk, item)
    if item.is_open_finance and desk.bank.joint_of(item):
        item.grant = Grant(consent, decision, desk.at + timedelta(seconds=desk.options.joint_seconds))
    else:
        accept(item, consent, decision)
    return None


def accept(item: Item, consent: Json, decision: Decision) -> None:
    item.grant = None
    item.consent, item.shared = consent, decision.shared
    item.bank_id = decision.bank_id or item.bank_id


def await_holder(desk: Desk, item: Item, grant: Grant) -> SubScript:
    """The other holder of a joint account answers in the own time, whatever is tried meanwhile."""
    seconds = max(0.0, (grant.answers_at - desk.at).total_seconds())
    failure = yield from await_approval(desk, item, seconds, refused=desk.bank.joint_of(item) == "refuses")
    if failure is None:
        accept(item, grant.consent, grant.decision)
    item.grant = None
    return failure


def await_approval(desk: Desk, item: Item, seconds: float, *, refused: bool = False) -> SubScript:
    """The item looks failed (reference 3.4) and goes on by itself; ``refused`` is the answer unless one comes earlier."""
    fail(desk, item, Failure(PENDING))
    item.next_auto_sync_at = None
    decision = yield Pause(seconds)
    if not decision.approved if isinstance(decision, Decision) else refused:
        return Failure(NOT_GRANTED)
    item.status, item.error = "UPDATING", None
    return None


def ask(desk: Desk, item: Item, prompt: Prompt, lifetime: float, *, seconds: float | None = None) -> Ask:
    """Show the question. ``lifetime``: seconds of a person's time until ``expiresAt``; ``seconds``: how long we wait."""
    item.answered = False
    item.status = "WAITING_USER_INPUT"
    item.execution_status = WAITING_ACTION if prompt.kind in ("qr", "device") else "WAITING_USER_INPUT"
    expires_at = timestamp(desk.clock.deadline(desk.at, lifetime))
    item.parameter = prompt.parameter | {"expiresAt": expires_at}
    action = {"type": "authorize-access", "instructions": prompt.parameter["label"], "expiresAt": expires_at}
    if prompt.kind == "qr":
        item.user_action = action | {"type": "qr"}
    elif prompt.kind == "device":
        item.parameter, item.user_action = None, action
    elif prompt.kind == "link" and desk.options.link_field == "userAction":
        item.parameter, item.user_action = None, action | {"attributes": {"url": prompt.parameter["data"]}}
    return Ask(prompt, lifetime if seconds is None else seconds)


def go_on(item: Item) -> Pause:
    item.status, item.execution_status = "UPDATING", "LOGIN_MFA_IN_PROGRESS"
    item.parameter = item.user_action = None
    return Pause(item.random.uniform(1, 3))


def new_consent(desk: Desk, item: Item) -> Json:
    """A year of permission; MeuPluggy's belongs to an inner item and has no end (reference 3.12)."""
    inner = item.is_meu_pluggy
    return {
        "id": str(UUID(int=item.random.getrandbits(128), version=4)),
        "itemId": str(UUID(int=item.random.getrandbits(128), version=4)) if inner else item.id,
        "products": list(item.products),
        "openFinancePermissionsGranted": [PERMISSIONS[name] for name in item.products if name in PERMISSIONS],
        "createdAt": timestamp(desk.at),
        "expiresAt": None if inner else timestamp(desk.at + timedelta(days=CONSENT_DAYS)),
        "revokedAt": None,
    }


# The end


def fail(desk: Desk, item: Item, failure: Failure) -> None:
    """The data stays as it was. Only what may heal by itself is tried again."""
    item.status, item.execution_status, item.error = failure.status, failure.code, failure.error()
    item.parameter = item.user_action = None
    item.last_execution_ended_at = desk.at
    item.failed_runs += 1
    if failure.status == "LOGIN_ERROR":
        item.failed_logins += 1
        item.next_auto_sync_at = None
    elif item.failed_runs <= MAX_RETRIES and item.executions and not desk.is_closed(item):
        item.next_auto_sync_at = desk.at + RETRY_EVERY
    desk.tell(item, "item/error", error=failure.error() | {"parameter": None})


def refused(code: str) -> Json:
    return {"code": code, "message": "The permission was not granted in the consent", "providerMessage": None}


def succeed(desk: Desk, item: Item, scenario: Scenario) -> None:
    customer, before = desk.bank.customer_of(item), item.snapshot
    event = "item/updated" if item.executions else "item/created"
    if item.executions and desk.options.evolve:
        customer.household.evolve(desk.at, customer.random)
    skip = {"ACCOUNTS"} if scenario.partial == "error" else set[str]()
    item.snapshot = collect(item, customer.household, desk.at, enrich=desk.options.enrichment, skip=skip)
    missing = {name: [refused(NOT_SHARED[name])] for name in unshared(item, customer.household)}
    item.product_times |= dict.fromkeys(set(item.products) - skip - set(missing), desk.at)
    item.status, item.execution_status, item.error = "UPDATED", "SUCCESS", None
    if scenario.partial == "error":
        item.execution_status = "PARTIAL_SUCCESS"
        item.status_detail = status_detail(item, {"ACCOUNTS": [ACCOUNTS_FAILED]}, is_updated=False)
    elif scenario.partial == "warning":
        item.status_detail = status_detail(item, {"ACCOUNTS": [ACCOUNTS_WARNED]}, is_updated=True)
    elif missing:
        item.status_detail = status_detail(item, missing, is_updated=False)
    item.executions += 1
    item.is_behind = False
    item.failed_logins = item.failed_runs = 0
    item.last_updated_at = item.last_execution_ended_at = desk.at
    item.resources_collected_at = desk.at if item.is_open_finance else None
    if item.auto_sync_disabled_at is None and not item.needs_token_every_time:
        item.next_auto_sync_at = desk.at + timedelta(hours=desk.options.auto_sync_hours)
    desk.tell_news(item, event, before, desk.at)
