"""An item: what Pluggy knows of one person's connection, and the JSON it shows of it (reference 3.2)."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.connectors import MEU_PLUGGY, MEU_PLUGGY_BANKS, shown
from sandbox.pluggy_api.scenarios import Failure, Prompt

Json = dict[str, Any]
Script = Generator["Pause | Ask", "str | Decision | None", None]

PRODUCT_KEYS = {
    "ACCOUNTS": "accounts",
    "CREDIT_CARDS": "creditCards",
    "TRANSACTIONS": "transactions",
    "INVESTMENTS": "investments",
    "INVESTMENTS_TRANSACTIONS": "investmentsTransactions",
    "IDENTITY": "identity",
    "PAYMENT_DATA": "paymentData",
    "LOANS": "loans",
    "ACCOUNT_STATEMENTS": "accountStatements",
}


@dataclass(frozen=True)
class Decision:
    """What somebody decided at the bank: its page, its app on a phone, another holder.

    ``shared``: the bank's own ids of the accounts chosen, and INVESTMENTS and LOANS where these were; None = all.
    ``bank_id``: the bank chosen at MeuPluggy's page.
    """

    approved: bool
    shared: frozenset[str] | None = None
    bank_id: int | None = None


@dataclass(frozen=True)
class Grant:
    """A consent that another holder has yet to approve, at ``answers_at``."""

    consent: Json
    decision: Decision
    answers_at: datetime


@dataclass(frozen=True)
class Pause:
    """The script goes on by itself after ``seconds`` of virtual time, or earlier with a `Decision`."""

    seconds: float


@dataclass(frozen=True)
class Ask:
    """The script waits for a person: it gets the answer, or None ``seconds`` (of that person's time) later."""

    prompt: Prompt
    seconds: float


@dataclass
class Snapshot:
    """The bank's data as this item has stored it, under the item's own ids; ``sources`` are the bank's own of accounts.

    ``rows`` are newest first, and so are ``movements``, those of investments.
    """

    sources: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Json] = field(default_factory=dict)
    rows: dict[str, list[Json]] = field(default_factory=dict)
    bills: dict[str, list[Json]] = field(default_factory=dict)
    identity: Json | None = None
    investments: dict[str, Json] = field(default_factory=dict)
    movements: dict[str, list[Json]] = field(default_factory=dict)
    loans: dict[str, Json] = field(default_factory=dict)


@dataclass
class Item:
    """``parameters`` stay in memory only, and out of every repr, answer and log.

    ``triggered_by``: who began the last execution, in the words of webhooks (reference 9.2). ``is_behind``: a test has
    changed the bank, and the item has not read it yet.
    """

    id: str
    connector: Json
    parameters: dict[str, str] = field(repr=False)
    products: list[str]
    random: Random = field(repr=False)
    created_at: datetime
    updated_at: datetime
    origin: str = ""
    client_id: str | None = None
    client_user_id: str | None = None
    triggered_by: str = "CLIENT"
    webhook_url: str | None = None
    redirect_uri: str | None = field(default=None, repr=False)
    avoid_key: str = field(default="", repr=False)

    status: str = "UPDATING"
    execution_status: str = "CREATED"
    error: Json | None = None
    parameter: Json | None = field(default=None, repr=False)
    user_action: Json | None = field(default=None, repr=False)
    status_detail: Json | None = None
    product_times: dict[str, datetime] = field(default_factory=dict)
    last_updated_at: datetime | None = None
    next_auto_sync_at: datetime | None = None
    auto_sync_disabled_at: datetime | None = None
    resources_collected_at: datetime | None = None
    has_pending_resources: bool = False
    failed_logins: int = 0
    failed_runs: int = 0
    last_execution_ended_at: datetime | None = None

    consent: Json | None = None
    grant: Grant | None = field(default=None, repr=False)
    shared: frozenset[str] | None = None
    bank_id: int | None = None
    is_device_known: bool = False
    snapshot: Snapshot = field(default_factory=Snapshot, repr=False)
    categories: dict[str, Json] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict, repr=False)
    executions: int = 0
    is_behind: bool = False
    forced: Failure | None = None

    script: Script | None = field(default=None, repr=False)
    waiting: Ask | None = field(default=None, repr=False)
    answered: bool = False
    link_state: str | None = field(default=None, repr=False)
    ticket: int = 0

    @property
    def is_open_finance(self) -> bool:
        return bool(self.connector["isOpenFinance"])

    @property
    def is_meu_pluggy(self) -> bool:
        return bool(self.connector["id"] == MEU_PLUGGY)

    @property
    def source_id(self) -> int:
        """The connector of the bank that is read: MeuPluggy's own says nothing of it."""
        return (self.bank_id or MEU_PLUGGY_BANKS[0]) if self.is_meu_pluggy else int(self.connector["id"])

    @property
    def consent_expires_at(self) -> str | None:
        return self.consent["expiresAt"] if self.consent else None

    @property
    def needs_token_every_time(self) -> bool:
        """A one-step MFA connector: it cannot be refreshed without its person (reference 3.10)."""
        return any(credential["mfa"] for credential in self.connector["credentials"])


def stamp(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def item_json(item: Item) -> Json:
    return {
        "id": item.id,
        "connector": shown(item.connector),
        "products": item.products,
        "status": item.status,
        "executionStatus": item.execution_status,
        "createdAt": stamp(item.created_at),
        "updatedAt": stamp(item.updated_at),
        "lastUpdatedAt": stamp(item.last_updated_at),
        "nextAutoSyncAt": stamp(item.next_auto_sync_at),
        "autoSyncDisabledAt": stamp(item.auto_sync_disabled_at),
        "consentExpiresAt": item.consent_expires_at,
        "webhookUrl": item.webhook_url,
        "clientUserId": item.client_user_id,
        "oauthRedirectUri": item.redirect_uri,
        "error": item.error,
        "parameter": item.parameter,
        "userAction": item.user_action,
        "consecutiveFailedLoginAttempts": item.failed_logins,
        "resourcesCollectedAt": stamp(item.resources_collected_at),
        "hasResourcesPendingAuthorization": item.has_pending_resources if item.is_open_finance else None,
        "statusDetail": item.status_detail,
    }


def status_detail(item: Item, broken: dict[str, list[Json]], *, is_updated: bool) -> Json:
    """One entry a product (null = not asked for); ``broken`` are the products with warnings, updated or not."""
    detail: Json = {}
    for product, key in PRODUCT_KEYS.items():
        if product not in item.products:
            detail[key] = None
            continue
        warnings = broken.get(product, [])
        detail[key] = {
            "isUpdated": is_updated or not warnings,
            "lastUpdatedAt": stamp(item.product_times.get(product)),
            "warnings": warnings,
        }
    return detail
