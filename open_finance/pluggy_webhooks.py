"""The part of ``PluggyClient`` that says where Pluggy is to post what happens. Its errors are the client's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from open_finance.pluggy_caller import Caller, Request, without_none
from open_finance.pluggy_wire import Call, Next

Json = dict[str, Any]


class WebhookCalls(ABC):
    """The application's webhooks, which speak of all its items."""

    _caller: Caller

    def list_webhooks(self) -> list[Json]:
        """The application's webhooks; those of single items are not among them."""
        return self._list("/webhooks", {})

    def get_webhook(self, webhook_id: str) -> Json:
        """One webhook. Raises PluggyNotFoundError."""
        return self._object(Request(Call.GET, "/webhooks/{webhook_id}", {"webhook_id": webhook_id}))

    def create_webhook(self, url: str, event: str = "all", headers: Mapping[str, str] | None = None) -> Json:
        """Have Pluggy post an event, or ``all``, to an ``https`` address, with these headers. A second one of the same url
        and event, a bad url, and a sixth of an event are PluggyRequestError."""
        body = {"url": url, "event": event, "headers": None if headers is None else dict(headers)}
        secrets = dict(headers or {})
        return self._object(Request(Call.REPEATABLE_POST, "/webhooks", body=without_none(body), secrets=secrets))

    def update_webhook(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        event: str | None = None,
        headers: Mapping[str, str] | None = None,
        enabled: bool | None = None,
    ) -> Json:
        """Change what is given; ``enabled`` True ends Pluggy's having disabled it. Raises PluggyNotFoundError."""
        given = None if headers is None else dict(headers)
        body = without_none({"url": url, "event": event, "headers": given, "enabled": enabled})
        ids, secrets = {"webhook_id": webhook_id}, given or {}
        return self._object(Request(Call.UPDATE_WEBHOOK, "/webhooks/{webhook_id}", ids, body=body, secrets=secrets))

    def delete_webhook(self, webhook_id: str) -> bool:
        """True: deleted now; False: it was already gone. Both are success."""
        answer = self._caller.send(Request(Call.DELETE_WEBHOOK, "/webhooks/{webhook_id}", {"webhook_id": webhook_id}))
        return answer is not Next.ALREADY_DONE

    @abstractmethod
    def _list(
        self,
        path: str,
        params: Mapping[str, Any],
        deadline: float | None = None,
        ids: Mapping[str, object] | None = None,
    ) -> list[Json]: ...

    @abstractmethod
    def _object(self, request: Request) -> Json: ...
