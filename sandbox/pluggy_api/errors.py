"""Pluggy's error bodies (reference 1.3), raised by handlers and turned into JSON by the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

RATE_LIMIT_MESSAGE = "Too many requests. Please try again later (see Retry-After header in seconds)"
NOT_FOUND = {
    "ITEM_NOT_FOUND": "item not found",
    "ACCOUNT_NOT_FOUND": "account not found",
    "CONNECTOR_NOT_FOUND": "connector not found",
    "CONSENT_NOT_FOUND": "consent not found",
    "TRANSACTION_NOT_FOUND": "transaction not found",
    "IDENTITY_NOT_FOUND": "identity not found",
    "CATEGORY_NOT_FOUND": "category not found",
    "INVESTMENT_NOT_FOUND": "investment not found",
    "LOAN_NOT_FOUND": "loan not found",
    "CREDIT_CARD_BILL_NOT_FOUND": "Bill not found",
    "WEBHOOK_NOT_FOUND": "webhook not found",
}


class ApiError(Exception):
    """An answer that is not 200. ``extra`` holds further top-level keys (``details``, ``items``, ``data``)."""

    def __init__(
        self,
        status: int,
        message: str,
        code_description: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body: Json = {"code": status, "message": message}
        if code_description is not None:
            self.body["codeDescription"] = code_description
        self.body |= extra


def invalid(*messages: str) -> ApiError:
    """The schema validator's 400: messages joined with commas, no ``codeDescription``."""
    return ApiError(400, ",".join(messages))


def not_found(code_description: str) -> ApiError:
    return ApiError(404, NOT_FOUND[code_description], code_description)


def too_many_requests(retry_after: int = 60, *, limit: int = 360, reset: int = 41) -> ApiError:
    """A 429 with the headers Pluggy sends only with it (reference 11.1); ``Retry-After`` is always 60 there."""
    headers = {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(reset),
        "Retry-After": str(retry_after),
    }
    return ApiError(429, RATE_LIMIT_MESSAGE, headers=headers)
