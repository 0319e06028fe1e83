"""The mappings that travel between the rooms, and out of the core.

``…Data`` is what Pluggy said, normalised once by ``pluggy_rows`` (one sign, centavos, São Paulo days), without ids of ours.
``Bank``, ``Connection``, ``Account``, ``Transaction`` are what the database holds and the public methods return. Amounts are
``Decimal`` in the row's currency, money out negative; ``…_at`` is an aware UTC datetime, ``…_on`` a calendar day.
Pluggy's enumerations stay strings: they are open sets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

ActionType = Literal["authorize", "mfa", "select", "image", "qr", "device"]
DoorKind = Literal["open_finance", "password", "meupluggy"]
#: How far back a synchronisation reads: the recent days, or the year.
Width = Literal["narrow", "wide"]
#: What a person's intent is for.
Purpose = Literal["connect", "reconnect", "adopt"]
#: What a person asks of a bank, where it is counted.
AttemptKind = Literal["connect", "reconnect", "adopt", "refresh"]
#: What a person who gave a flow up leaves behind. See ``BankConnector.cancel_connection``.
Cancelled = Literal["deleted", "history_kept", "unconfirmed", "left"]


class Option(TypedDict):
    """One choice of a ``select`` credential or MFA question."""

    value: str
    label: str


class CredentialField(TypedDict):
    """One value a connector asks for, as Pluggy describes it. ``type``: text, number, password, select, image…"""

    name: str
    label: str
    type: str
    placeholder: str | None
    assistive_text: str | None
    validation: str | None
    validation_message: str | None
    mfa: bool
    optional: bool
    options: list[Option]
    data: str | None


class Door(TypedDict):
    """One way into a bank: a Pluggy connector usable for data. ``person`` is PF or PJ."""

    connector_id: int
    kind: DoorKind
    person: Literal["PF", "PJ"]
    fields: list[CredentialField]
    has_mfa: bool
    health: str
    is_sandbox: bool


class Bank(TypedDict):
    """An institution as people know it, with its doors, the recommended one first."""

    id: int
    name: str
    doors: list[Door]


class Action(TypedDict):
    """What a person must do for a connection to go on.

    ``authorize``: open ``url``. ``mfa``: answer a code (``label``, ``validation``). ``select``: choose among ``options``.
    ``image``: read ``data`` (base64 picture) and answer. ``qr``: scan ``data``; nothing to answer. ``device``: approve in
    the bank's app; nothing to answer.
    """

    type: ActionType
    name: str | None
    label: str
    url: str | None
    options: list[Option]
    data: str | None
    validation: str | None
    validation_message: str | None
    expires_at: datetime | None


class ProductStatus(TypedDict):
    """How fresh one product of an item is. ``warnings``: Pluggy's codes (``TXN_003``…)."""

    is_updated: bool
    last_updated_at: datetime | None
    warnings: list[str]


class ItemData(TypedDict):
    """A Pluggy item. ``products`` is empty where Pluggy sent no ``statusDetail`` (all fine, or not provided)."""

    item_id: str
    connector_id: int
    connector_name: str
    is_open_finance: bool
    status: str
    execution_status: str
    error_code: str | None
    provider_message: str | None
    client_user_id: str | None
    created_at: datetime | None
    updated_at: datetime | None
    last_updated_at: datetime | None
    next_auto_sync_at: datetime | None
    consent_expires_at: datetime | None
    has_pending_resources: bool
    asks_code: bool | None  # see Connection; None where Pluggy sent no fields of its connector
    products: dict[str, ProductStatus]
    parameter: dict[str, Any] | None
    user_action: dict[str, Any] | None


class AccountData(TypedDict):
    """A Pluggy account. ``balance`` of a card is as Pluggy gives it: positive = owed. ``identity`` is the account's own
    (bank, number, type, currency, card digits), hashed; ``number`` is masked to its last four characters."""

    pluggy_id: str
    identity: str
    type: str
    subtype: str
    name: str
    marketing_name: str | None
    number: str
    currency_code: str
    balance: Decimal
    overdraft_limit: Decimal | None
    overdraft_used: Decimal | None
    automatically_invested: Decimal | None
    reserved: Decimal | None
    reserved_count: int
    credit_limit: Decimal | None
    available_credit_limit: Decimal | None
    minimum_payment: Decimal | None
    bill_closes_on: date | None
    bill_due_on: date | None
    card_brand: str | None
    card_level: str | None
    card_status: str | None
    bank_code: str | None


#: The status of a row that its bank has not settled.
PENDING = "PENDING"


class TransactionData(TypedDict):
    """A Pluggy transaction. ``amount`` is signed (money out negative) in the account's currency, to the centavo.

    ``occurred_on`` is the São Paulo day; ``occurred_at`` the instant, None for a plain date. ``same_holder``: payer and
    receiver are both the account's holder (None = unknown). ``foreign_amount``/``foreign_currency``: the purchase's own.
    """

    pluggy_id: str
    occurred_on: date
    occurred_at: datetime | None
    description: str
    description_raw: str | None
    amount: Decimal
    currency_code: str
    foreign_amount: Decimal | None
    foreign_currency: str | None
    type: str
    status: str
    balance_after: Decimal | None
    day_order: int | None
    category_id: str | None
    category: str | None
    operation_type: str | None
    payment_method: str | None
    same_holder: bool | None
    counterparty: str | None
    merchant_name: str | None
    merchant_cnpj: str | None
    merchant_cnae: str | None
    mcc: int | None
    installment_number: int | None
    total_installments: int | None
    purchased_on: date | None
    bill_id: str | None
    bill_forecast: str | None
    card_number: str | None
    fee_type: str | None
    other_credits_type: str | None
    provider_id: str | None
    pluggy_created_at: datetime | None
    pluggy_updated_at: datetime | None


class Connection(TypedDict):
    """One person's connection to one bank. ``status`` is Pluggy's item status unchanged. ``settled_at``: when the first
    collection ended (None while the flow of connecting is under way). ``partial``: some product was not collected.
    ``disconnecting``: stopped here, deletion at Pluggy not confirmed yet. ``trouble_code``, ``trouble_at``: why a connection
    that stood needs its person, and since when; None while it does not. ``adopted``: its item was made elsewhere.
    ``asks_code``: its bank wants a code of the moment at every reading. ``failing_since``: when the first of the passes was
    that have failed in a row; ``parked_at``: when it was given up but for one pass a day.
    """

    id: int
    user_id: int
    item_id: str
    connector_id: int
    connector_name: str
    is_open_finance: bool
    status: str
    execution_status: str
    error_code: str | None
    partial: bool
    action: Action | None
    created_at: datetime
    settled_at: datetime | None
    last_updated_at: datetime | None
    last_synced_at: datetime | None
    consent_expires_at: datetime | None
    products: dict[str, ProductStatus]
    disconnecting: bool
    gone: bool
    trouble_code: str | None
    trouble_at: datetime | None
    adopted: bool
    asks_code: bool
    failing_since: datetime | None
    parked_at: datetime | None


class Trouble(NamedTuple):
    """Why a connection that stood needs its person (Pluggy's code, or one of ours), and since when."""

    code: str
    since: datetime


class Goal(NamedTuple):
    """What an intent is for. ``connection_id``: the connection that is to stand again; ``replaces_id``: the one whose place
    a new one takes."""

    purpose: Purpose = "connect"
    connection_id: int | None = None
    replaces_id: int | None = None


#: A new connection, beside those that there are.
CONNECT = Goal()


class Attempt(NamedTuple):
    """Something a person asked of a bank. ``outcome``: the code of its refusal, ``SUCCESS``, None while nothing is known."""

    kind: AttemptKind
    connector_id: int | None
    outcome: str | None
    at: datetime


class Flow(TypedDict):
    """Where the flow of a connection stands. ``next_poll_at``: None when none is under way. ``message_id``: the chat message
    that shows the progress. ``replaces_id``: the connection whose place this one takes when it stands."""

    connection: Connection
    started_at: datetime
    next_poll_at: datetime | None
    message_id: int | None
    replaces_id: int | None


class Intent(TypedDict):
    """A person's wish to connect a bank. ``state``: collecting, posting, done, failed, abandoned or uncertain.

    ``purpose``: ``connect`` (a new item), ``reconnect`` (then ``connection_id``, set from the beginning, is the connection
    that is to stand again) or ``adopt`` (an item made elsewhere is being looked up; ``connector_id`` is 0).
    ``replaces_id``: the connection whose place the new one takes. ``screen_until``: until when a page may use the connect
    token that was made for it; None where there is none.
    """

    id: int
    user_id: int
    connector_id: int
    connector_name: str
    state: str
    connection_id: int | None
    message_id: int | None
    created_at: datetime
    expires_at: datetime
    purpose: Purpose
    replaces_id: int | None
    screen_until: datetime | None


@dataclass(frozen=True, slots=True)
class ScreenToken:
    """What a page needs to open Pluggy Connect for one intent. ``connect_token`` is a secret of this person's, good until
    ``expires_at``; ``update_item_id``: the item that is brought back, None for a new one."""

    connect_token: str = field(repr=False)
    connector_id: int
    bank: str
    update_item_id: str | None
    include_sandbox: bool
    expires_at: datetime


class Prompt(TypedDict):
    """What a person was asked to type outside of connecting. ``kind`` names who takes the answer, ``target_id`` what it is
    about, ``message_id`` the message that asks."""

    user_id: int
    kind: str
    target_id: int | None
    message_id: int | None
    expires_at: datetime


class Account(AccountData):
    """A stored account. ``connector_name`` is the bank's name for people.

    The person's own: ``custom_name`` is what they call it, ``hidden`` keeps it out of every total, ``apart``: it was
    separated from one that goes on, and is like no other. ``balance_gap``: by how much rows and balances that the bank sends
    differ from ``balance_gap_on`` on; None where they agree, or cannot be compared.
    """

    id: int
    connection_id: int
    connector_name: str
    synced_at: datetime
    balance_at: datetime | None
    custom_name: str | None
    hidden: bool
    apart: bool
    balance_gap_on: date | None
    balance_gap: Decimal | None


class BalanceSnapshot(NamedTuple):
    """What an account held on a São Paulo day, as its bank last told it. ``balance``: as in ``Account``, of a card positive
    = owed; ``invested`` by itself is part of it, ``reserved`` in pots is not; None where the bank does not say.
    ``taken_at``: when it was written: of rows that became ours later nobody knows whether they were in it."""

    account_id: int
    day: date
    balance: Decimal
    reserved: Decimal | None
    invested: Decimal | None
    taken_at: datetime


class FormerAccount(TypedDict):
    """A stored account whose connection is read no more, or that its bank lists no more: what tells which one goes on in its
    place. ``id`` and ``connection_id`` are ours."""

    id: int
    connection_id: int
    pluggy_id: str
    identity: str
    name: str
    marketing_name: str | None


class AccountJoin(TypedDict):
    """An account took in the history of an earlier one that was the same. ``bank``: the connector's name of the earlier
    connection, ``account``: what its account was called. ``matched``: rows that both had, ``kept``: rows that only the
    earlier one had. ``separable``: it can be undone, being the account's latest and the earlier connection still known."""

    id: int
    account_id: int
    connection_id: int
    former_connection_id: int | None
    bank: str
    account: str
    matched: int
    kept: int
    joined_at: datetime
    separable: bool


class Transaction(TransactionData):
    """A stored transaction. ``user_category`` and ``note`` are the person's own and always win. ``missing_since``: since
    when listings have left out a pending row of which nothing says that it is gone."""

    id: int
    account_id: int
    connection_id: int
    user_category: str | None
    note: str | None
    removed_at: datetime | None
    missing_since: datetime | None
    account_name: NotRequired[str]
    account_type: NotRequired[str]
    connector_name: NotRequired[str]


class StatementRow(TypedDict):
    """The columns of a transaction that a statement needs. ``created_at``: when this row first became ours."""

    id: int
    account_id: int
    occurred_on: date
    description: str
    description_raw: str | None
    amount: Decimal
    currency_code: str
    foreign_amount: Decimal | None
    foreign_currency: str | None
    status: str
    category_id: str | None
    operation_type: str | None
    same_holder: bool | None
    counterparty: str | None
    merchant_name: str | None
    merchant_cnpj: str | None
    merchant_cnae: str | None
    mcc: int | None
    purchased_on: date | None
    bill_id: str | None
    bill_forecast: str | None
    card_number: str | None
    fee_type: str | None
    other_credits_type: str | None
    installment_number: int | None
    total_installments: int | None
    user_category: str | None
    note: str | None
    created_at: datetime
    removed_at: datetime | None
    missing_since: datetime | None


class StoredTransaction(TypedDict):
    """What tells whether a stored transaction and a listed one are the same. ``id`` is ours. ``carried``: a join brought it,
    and the account's own bank has never listed it."""

    id: int
    pluggy_id: str
    occurred_on: date
    amount: Decimal
    type: str
    status: str
    description: str
    installment_number: int | None
    total_installments: int | None
    purchased_on: date | None
    removed_at: datetime | None
    carried: bool
