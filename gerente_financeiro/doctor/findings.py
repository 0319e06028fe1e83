"""What doctor says: one line each, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``name``: the same every time; ``line``: how it is; ``remedy``: what to do, empty where
    there is nothing to do. Never a secret, an address with a password, or a text of anybody's."""

    name: str
    state: State
    line: str
    remedy: str = ""


def fine(name: str, line: str) -> Finding:
    """All is well."""
    return Finding(name, "ok", line)


def warning(name: str, line: str, remedy: str) -> Finding:
    """The bot runs, but not as it could."""
    return Finding(name, "warning", line, remedy)


def failed(name: str, line: str, remedy: str) -> Finding:
    """The bot does not run, or not whole."""
    return Finding(name, "failed", line, remedy)


def skipped(name: str, line: str) -> Finding:
    """Not looked at, and why."""
    return Finding(name, "skipped", line)


def exit_status(findings: Iterable[Finding]) -> int:
    """0 when nothing failed, 1 otherwise."""
    return int(any(one.state == "failed" for one in findings))
