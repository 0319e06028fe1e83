"""``python bot.py doctor``: what is printed, and the exit status."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict

from gerente_financeiro.doctor.checks import run_checks
from gerente_financeiro.doctor.findings import Finding, State, exit_status

_MARKS: dict[State, str] = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"}


def run_doctor(*, as_json: bool = False) -> tuple[int, str]:
    """The exit status, and what is printed: 0 when nothing failed, 1 otherwise."""
    logging.disable(logging.CRITICAL)  # libraries have words of their own for what is told here
    findings = asyncio.run(run_checks())
    return exit_status(findings), (format_json if as_json else format_text)(findings)


def format_text(findings: Sequence[Finding]) -> str:
    """A line each, the remedy below it, and a last line that counts."""
    lines = []
    for one in findings:
        lines.append(f"{_MARKS[one.state]} {one.name}: {one.line}")
        if one.remedy:
            lines.append(f"    → {one.remedy}")
    lines.append(_summary(findings))
    return "\n".join(lines)


def format_json(findings: Sequence[Finding]) -> str:
    """``{"ok": …, "findings": [{"name", "state", "line", "remedy"}]}``."""
    told = {"ok": not exit_status(findings), "findings": [asdict(one) for one in findings]}
    return json.dumps(told, ensure_ascii=False, indent=2)


def _summary(findings: Sequence[Finding]) -> str:
    failures, warnings = (sum(one.state == state for one in findings) for state in ("failed", "warning"))
    if not failures and not warnings:
        return "Tudo certo."
    return f"{failures} a resolver, {warnings} para olhar."
