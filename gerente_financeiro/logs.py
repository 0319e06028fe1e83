"""Logging that cannot tell a secret: quiet libraries, and a filter on the handler for what slips through.

A line is a text, or a JSON object (``LOG_FORMAT=json``) for whoever collects them. It never says whose something is: a
connection is our own number, a piece of work a random name (``tracing``). Called once, from ``bot.py``; importing sets
nothing up.
"""

from __future__ import annotations

import logging
import math
import re
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

from open_finance.tracing import current_trace

#: Never below these, whatever LOG_LEVEL says: httpx logs every URL, and so the bot's token, at INFO; ``telegram`` logs the
#: token and every message a person types at DEBUG; ``urllib3`` logs paths with item ids; the engine logs statements.
FLOORS = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "hpack": logging.WARNING,
    "telegram": logging.INFO,
    "apscheduler": logging.WARNING,  # two lines a tick
    "asyncio": logging.INFO,
    "aiohttp": logging.CRITICAL,  # a traceback for whatever a stranger sends; what our own code raises, we log
    "urllib3": logging.INFO,
    "dramatiq": logging.WARNING,
    "redis": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "py.warnings": logging.ERROR,  # a library's deprecations are for its users' developers
}
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s%(traced)s"
#: What a line may say beside its words, by ``extra``; nothing else that a record carries is written.
FIELDS = ("connection", "endpoint", "error", "event", "kind", "number", "outcome", "seconds", "status", "width")

#: Each begins where a word begins: a pattern tried at every character of a long line would take the square of its length.
_PATTERNS = (
    (re.compile(r"(?<!\d)\d{3,}(?::|%3A)[\w-]{20,}"), "[token]"),
    (re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+(\.[\w-]*)?"), "[jwt]"),
    (
        re.compile(
            r"(?i)(api[_-]?key|client_?secret|authorization)(['\"]?\s?[:=,]\s?['\"]?)(bearer\s+)?[^\s'\",})&]+",
        ),
        r"\1\2[key]",
    ),
    (re.compile(r"(://[^/\s:@]*:)[^\s/]+@"), r"\1[password]@"),
    (re.compile(r"(?i)([?&](?:connect_token|state|code|token|request_uri)=)[^&\s'\"]+"), r"\1[hidden]"),
    # PostgreSQL's explanation of an error repeats the row.
    (re.compile(r"(?m)^(DETAIL: ).*$"), r"\1[hidden]"),
    (re.compile(r"(?<!\d)\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}(?!\d)"), "[cnpj]"),
    (re.compile(r"(?<!\d)\d{3}\.?\d{3}\.?\d{3}-?\d{2}(?!\d)"), "[cpf]"),
)


SHORTEST_SECRET = 6


class RedactingFilter(logging.Filter):
    """Takes bot tokens, keys, CPF- and CNPJ-like numbers and the configured secrets out of a record, traceback included."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        # A shorter one is no secret, and would be found in the middle of words.
        self._secrets = sorted((one for one in secrets if len(one) >= SHORTEST_SECRET), key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.redact(_message(record)), ()
        trace = current_trace()
        record.__dict__.update(trace=trace, traced=f" [{trace}]" if trace else "")
        for name in FIELDS:
            value = record.__dict__.get(name)
            if value is not None and not _is_number(value):
                record.__dict__[name] = self.redact(str(value))
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self.redact(record.stack_info)
        return True

    def redact(self, text: str) -> str:
        """The text without anything that looks like a secret."""
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def set_up_logging(
    level: str, secrets: Iterable[str], stream: TextIO | None = None, *, log_format: str = "text"
) -> None:
    """One handler on the root logger (standard error by default), redacted; libraries at their floors. ``log_format``:
    ``text``, or ``json``: one object a line.

    An error that nobody caught and Python's warnings go the same way, not straight to the terminal.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_json_formatter() if log_format == "json" else logging.Formatter(FORMAT))
    handler.addFilter(RedactingFilter(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, floor in FLOORS.items():
        logging.getLogger(name).setLevel(max(floor, logging.getLevelNamesMapping()[level]))
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda *error: logging.getLogger("bot").critical("the bot ended by an error", exc_info=error)


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class Formatter(JsonFormatter):
        """What the filter has made of a record, as fields; its traceback as one of them."""

        def add_fields(
            self, log_data: dict[str, Any], record: logging.LogRecord, _message_dict: dict[str, Any]
        ) -> None:
            """``time`` in UTC to the millisecond. ``error``: the class of what was raised, or what the line names."""
            raised = record.exc_info[0] if record.exc_info else None
            values = {
                "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
                "level": record.levelname,
                "logger": record.name,
                "message": record.getMessage(),
                "trace": record.__dict__.get("trace"),
                "error": None if raised is None else raised.__name__,
                **{name: value for name in FIELDS if (value := record.__dict__.get(name)) is not None},
                "traceback": record.exc_text,
                "stack": record.stack_info,
            }
            log_data.update({name: value for name, value in values.items() if value is not None})

    return Formatter()  # in ASCII: no letter in it ends a line, whoever reads it


def _is_number(value: object) -> bool:
    """Whether JSON has it as a number."""
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - a wrong format string costs neither the line nor whoever wrote it
        return str(record.msg)
