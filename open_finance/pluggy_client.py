"""Pluggy: one method an endpoint, with the API key, retries and paging looked after."""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from open_finance import pluggy_wire as wire
from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings, load_settings
from open_finance.errors import PluggyNotFoundError, PluggyRequestError, PluggyServerError
from open_finance.observing import Observers
from open_finance.pacing import LocalPacer, Pacer
from open_finance.pluggy_caller import Caller, Request, without_none
from open_finance.pluggy_holdings import HoldingCalls
from open_finance.pluggy_http import Http, Session, new_session
from open_finance.pluggy_webhooks import WebhookCalls
from open_finance.pluggy_wire import Call, Next

Json = dict[str, Any]

#: A guard, not a limit: 1,000 pages are half a million transactions of one account.
MAX_PAGES = 1000


class PluggyClient(HoldingCalls, WebhookCalls):
    """Pluggy's API in Pluggy's own words: methods return its mappings, numbers with a point as ``Decimal``.

    Nothing is asked of the network before the first call. Thread-safe, one connection pool, one API key shared by all.
    Every method raises a class of ``PluggyError`` and nothing else of the network: PluggyUnreachableError (no answer),
    PluggyServerError (5xx or a broken answer), PluggyAuthError, PluggyNotFoundError, PluggyRateLimitError,
    PluggyQuotaError, PluggyRequestError. A ``deadline`` is a ``clock.monotonic()`` value: after it nothing more is sent,
    which is a PluggyUnreachableError.

        client = PluggyClient()
        banks = client.list_connectors(country="BR")
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        session: Session | None = None,
        jitter: Callable[[], float] = random.random,
        pacer: Pacer | None = None,
    ) -> None:
        """Settings come from the environment unless given. Raises ConfigurationError naming a missing key.

        ``pacer``: when a request may be sent; None keeps Pluggy's limits for this client alone (see ``pacing``).
        """
        settings = settings or load_settings()
        settings.require_pluggy_keys()
        clock = clock or SystemClock()
        self._host = urlsplit(settings.pluggy_api_url).hostname
        http = Http(settings.pluggy_api_url, session or new_session(self._host, clock), clock)
        keys = {"clientId": settings.pluggy_client_id, "clientSecret": settings.pluggy_client_secret}
        auth = Request(Call.AUTH, "/auth", body=dict(keys), secrets=keys)
        self.observers = Observers()  # who is told of every request; shared by the twins
        pacer = pacer or LocalPacer(clock)
        self._caller = Caller(http, auth=auth, clock=clock, jitter=jitter, pacer=pacer, observer=self.observers)

    def __repr__(self) -> str:
        return f"PluggyClient({self._host})"

    def for_person(self) -> PluggyClient:
        """The same client (key, pool, settings) for use inside a person's command: it never waits for ``Retry-After``,
        but raises PluggyRateLimitError at once."""
        twin = copy.copy(self)
        twin._caller = self._caller.for_person()  # noqa: SLF001 - its own class
        return twin

    def for_worker(self, stopping: threading.Event) -> PluggyClient:
        """The same client for work that a stop must end: once ``stopping`` is set nothing more is sent, and a wait under
        way ends within a second with the error that caused it."""
        twin = copy.copy(self)
        twin._caller = self._caller.for_worker(stopping)  # noqa: SLF001 - its own class
        return twin

    def going_first(self) -> PluggyClient:
        """The same client for work that somebody will hear of in a moment: it goes before what can wait, and waits itself
        only while Pluggy's minute is full."""
        twin = copy.copy(self)
        twin._caller = self._caller.going_first()  # noqa: SLF001 - its own class
        return twin

    def authenticate(self) -> None:
        """Get a new API key now. Raises PluggyAuthError when Pluggy refuses the client id or secret."""
        self._caller.authenticate()

    def list_connectors(
        self,
        *,
        country: str | None = "BR",
        types: Iterable[str] | None = None,
        name: str | None = None,
        sandbox: bool = False,
        is_open_finance: bool | None = None,
        health_details: bool = False,
    ) -> list[Json]:
        """The institutions Pluggy can reach. ``name`` is a substring; ``sandbox`` adds the test connectors."""
        filters = {
            "countries": country,
            "types": None if types is None else list(types),
            "name": name,
            "sandbox": sandbox,
            "isOpenFinance": is_open_finance,
            "healthDetails": health_details,
        }
        return self._list("/connectors", filters)

    def get_connector(self, connector_id: int, *, health_details: bool = False) -> Json:
        """One connector: its credentials, products and health. Raises PluggyNotFoundError."""
        params = {"healthDetails": health_details}
        return self._object(Request(Call.GET, "/connectors/{connector_id}", {"connector_id": connector_id}, params))

    def validate_credentials(self, connector_id: int, parameters: Mapping[str, str]) -> list[Json]:
        """Pluggy's check of presence and format, without contacting the bank: ``[{"code", "message", "parameter"}]``."""
        body = dict(parameters)
        answer = self._object(
            Request(
                Call.REPEATABLE_POST,
                "/connectors/{connector_id}/validate",
                {"connector_id": connector_id},
                body=body,
                secrets=body,
            )
        )
        errors = answer.get("errors")
        return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []

    def create_item(
        self,
        connector_id: int,
        parameters: Mapping[str, str],
        *,
        client_user_id: str | None = None,
        avoid_duplicates: bool = True,
        oauth_redirect_uri: str | None = None,
        products: Iterable[str] | None = None,
        webhook_url: str | None = None,
    ) -> Json:
        """Create an item and start its first collection; returns it at once, ``UPDATING``. Store its id.

        Never sent twice once it may have been received. PluggyUnreachableError with ``sent`` True, and PluggyServerError,
        mean that the item may exist. A refusal of ``avoid_duplicates`` is PluggyRequestError with code
        ``ITEM_USER_ALREADY_EXISTS`` and the ids in ``data["items"]``; the plan's limit is PluggyQuotaError; wrong values
        are PluggyRequestError with ``details``.
        """
        body = {
            "connectorId": connector_id,
            "parameters": dict(parameters),
            "clientUserId": client_user_id,
            "avoidDuplicates": avoid_duplicates,
            "oauthRedirectUri": oauth_redirect_uri,
            "products": None if products is None else list(products),
            "webhookUrl": webhook_url,
        }
        return self._item(Request(Call.CREATE_ITEM, "/items", body=without_none(body), secrets=dict(parameters)))

    def get_item(self, item_id: str, *, deadline: float | None = None) -> Json:
        """The item as it stands. Raises PluggyNotFoundError when Pluggy does not have it (any more)."""
        return self._item(Request(Call.GET, "/items/{item_id}", {"item_id": item_id}, deadline=deadline))

    def update_item(
        self,
        item_id: str,
        *,
        parameters: Mapping[str, str] | None = None,
        client_user_id: str | None = None,
        products: Iterable[str] | None = None,
    ) -> Json:
        """Collect now, or give new credentials. Only for a person's tap: Pluggy forbids scheduled updates.

        Never sent twice. When the answer is lost or broken, the item is read instead and returned: its ``status`` and
        ``updatedAt`` tell whether the request was taken. Pluggy's refusals are PluggyRequestError with a ``code``.
        """
        values = None if parameters is None else dict(parameters)
        body = {
            "parameters": values,
            "clientUserId": client_user_id,
            "products": None if products is None else list(products),
        }
        return self._item(
            Request(
                Call.UPDATE_ITEM,
                "/items/{item_id}",
                {"item_id": item_id},
                body=without_none(body),
                secrets=values or {},
            )
        )

    def delete_item(self, item_id: str) -> bool:
        """Delete an item, its data and its consent. True: deleted now; False: it was already gone. Both are success."""
        answer = self._caller.send(Request(Call.DELETE, "/items/{item_id}", {"item_id": item_id}))
        return answer is not Next.ALREADY_DONE

    def send_mfa(self, item_id: str, name: str, value: str) -> Json:
        """Answer the item's ``parameter``; returns the item.

        Codes are single-use, so the answer is never sent twice. When its fate is unknown, the item is read instead and
        returned: while it still is ``WAITING_USER_INPUT``, the code was not taken.
        """
        body = {name: value}
        return self._item(
            Request(Call.ANSWER_MFA, "/items/{item_id}/mfa", {"item_id": item_id}, body=body, secrets=body)
        )

    def list_accounts(
        self,
        item_id: str,
        *,
        type: str | None = None,  # noqa: A002 - Pluggy's name
        deadline: float | None = None,
    ) -> list[Json]:
        """The item's accounts; ``type`` is ``BANK`` or ``CREDIT``. A deleted item has none: it is not an error."""
        return self._list("/accounts", {"itemId": item_id, "type": type}, deadline)

    def get_account(self, account_id: str) -> Json:
        """One account. Raises PluggyNotFoundError."""
        return self._object(Request(Call.GET, "/accounts/{account_id}", {"account_id": account_id}))

    def get_live_balance(self, account_id: str) -> Json:
        """The balance from the bank itself, now; costs its monthly quota. PluggyQuotaError when that is used up."""
        return self._object(Request(Call.GET, "/accounts/{account_id}/balance", {"account_id": account_id}))

    def iter_transaction_pages(
        self,
        account_id: str,
        *,
        date_from: date | None = None,
        date_to: date | None = None,
        created_at_from: datetime | None = None,
        deadline: float | None = None,
    ) -> Iterator[list[Json]]:
        """The account's transactions, newest first, in Pluggy's pages of up to 500.

        ``date_from``/``date_to``: days, inclusive. ``created_at_from``: rows Pluggy took in since then; not together with
        the days (ValueError). Raises PluggyServerError when the cursor does not advance or never ends.
        """
        filters = without_none({"dateFrom": date_from, "dateTo": date_to, "createdAtFrom": created_at_from})
        if created_at_from is not None and len(filters) > 1:
            raise ValueError("created_at_from does not go together with days")
        wire.query(filters)  # now, not at the first page: a datetime without a zone is a ValueError
        return self._transaction_pages(account_id, filters, deadline)

    def iter_transactions(
        self,
        account_id: str,
        *,
        date_from: date | None = None,
        date_to: date | None = None,
        created_at_from: datetime | None = None,
        deadline: float | None = None,
    ) -> Iterator[Json]:
        """The rows of ``iter_transaction_pages``, one by one."""
        pages = self.iter_transaction_pages(
            account_id, date_from=date_from, date_to=date_to, created_at_from=created_at_from, deadline=deadline
        )
        return (row for page in pages for row in page)

    def get_identity(self, item_id: str, *, deadline: float | None = None) -> Json | None:
        """Who the item belongs to; None where the bank does not say."""
        try:
            return self._object(Request(Call.GET, "/identity", params={"itemId": item_id}, deadline=deadline))
        except PluggyNotFoundError:
            return None

    def list_consents(self, item_id: str) -> list[Json]:
        """The item's Open Finance consents. Through MeuPluggy their ``itemId`` is another one: do not join on it."""
        return self._list("/consents", {"itemId": item_id})

    def list_categories(self, parent_id: str | None = None) -> list[Json]:
        """Pluggy's transaction categories, all or the children of one."""
        return self._list("/categories", {"parentId": parent_id})

    def create_connect_token(
        self,
        item_id: str | None = None,
        *,
        client_user_id: str | None = None,
        webhook_url: str | None = None,
        oauth_redirect_uri: str | None = None,
        avoid_duplicates: bool | None = None,
        products: Iterable[str] | None = None,
    ) -> str:
        """What Pluggy's own screen needs to connect a bank for one person, or with ``item_id`` to renew that item. Good for
        thirty minutes, and the only secret of Pluggy's that a browser may see. Raises PluggyNotFoundError for an unknown
        item."""
        # Elsewhere than under ``options`` they are ignored without a word (reference 1.5).
        options = {
            "clientUserId": client_user_id,
            "webhookUrl": webhook_url,
            "oauthRedirectUri": oauth_redirect_uri,
            "avoidDuplicates": avoid_duplicates,
            "products": None if products is None else list(products),
        }
        body = {"itemId": item_id, "options": without_none(options)}
        answer = self._object(Request(Call.REPEATABLE_POST, "/connect_token", body=without_none(body)))
        token = answer.get("accessToken")
        if not isinstance(token, str) or not token:
            raise PluggyServerError("POST /connect_token answered without a token", status_code=200)
        return token

    def _transaction_pages(
        self, account_id: str, filters: Mapping[str, Any], deadline: float | None
    ) -> Iterator[list[Json]]:
        unapplied: Json = {}  # filters this server refuses, applied here instead
        after, seen = None, set()
        for _ in range(MAX_PAGES):
            params = {name: value for name, value in filters.items() if name not in unapplied}
            params |= {"accountId": account_id, "after": after}
            try:
                body = self._object(Request(Call.GET, "/v2/transactions", params=params, deadline=deadline))
            except PluggyRequestError as error:
                refused = wire.refused_filters(error) & params.keys()
                if not refused:
                    raise
                unapplied |= {name: filters[name] for name in refused}
                continue
            rows = wire.page_rows(body)
            yield [row for row in rows if wire.keeps_row(row, unapplied)] if unapplied else rows
            after = wire.next_cursor(body.get("next"))
            if after is None:
                return
            if after in seen:
                raise PluggyServerError("GET /v2/transactions: the cursor did not advance")
            seen.add(after)
        raise PluggyServerError("GET /v2/transactions: the pages do not end")

    def _list(
        self,
        path: str,
        params: Mapping[str, Any],
        deadline: float | None = None,
        ids: Mapping[str, object] | None = None,
    ) -> list[Json]:
        """All rows of a page envelope. ``pageSize`` is left to Pluggy; ``page`` is sent from the second on."""
        rows: list[Json] = []
        for page in range(1, MAX_PAGES + 1):
            numbered = {**params, "page": page if page > 1 else None}
            request = Request(Call.GET, path, ids or {}, numbered, is_list_allowed=True, deadline=deadline)
            body = self._caller.send(request)
            rows += wire.page_rows(body)
            if wire.is_last_page(body, page):
                return rows
        raise PluggyServerError(f"GET {path}: the pages do not end")

    def _item(self, request: Request) -> Json:
        """An answer that must be an item: without an id it would be lost."""
        item = self._object(request)
        if not isinstance(item.get("id"), str) or not item["id"]:
            raise PluggyServerError(f"{request.name} answered without an item id", status_code=200)
        return item

    def _object(self, request: Request) -> Json:
        answer: Json = self._caller.send(request)
        return answer
