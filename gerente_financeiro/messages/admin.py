"""The words of /admin: numbers and ages only. Pure functions → escaped HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from gerente_financeiro.doctor.findings import Finding
from gerente_financeiro.messages.format import MONTHS, clean_text, count, escape, fit, join_names, moment
from open_finance.operations import Backlog, Quotas, Situation, Troubles, UsedUp
from open_finance.quotas import OPERATIONAL_LIMITS, calls_a_minute
from open_finance.version import VERSION

#: From when on it is worth a look.
OLD_SYNC = timedelta(hours=26)
LONG_WAIT = timedelta(minutes=15)
MOST_ERRORS, MOST_ENDPOINTS = 8, 8
NEAR_PERCENT = 80

_STATES = {
    "ok": "lendo bem",
    "failing": "a leitura falhou, tento de novo",
    "bank_down": "banco fora do ar",
    "parked": "parada depois de muitas falhas",
    "needs_person": "precisa da pessoa",
    "connecting": "conectando",
    "leaving": "saindo",
    "gone": "não existe mais na Pluggy",
}
_PARTS = {
    "account_list": "lista de contas",
    "balance": "saldo",
    "recent_transactions": "lançamentos recentes",
    "older_transactions": "lançamentos de até um ano",
    "card_list": "lista de cartões",
    "bills": "faturas",
    "card_limits": "limites de cartão",
    "investment_list": "lista de investimentos",
    "investment_details": "detalhes de investimentos",
    "investment_movements": "movimentações de investimentos",
    "investment_history": "histórico de investimentos",
    "identity": "identidade",
    "loans": "empréstimos",
    "loan_instalments": "parcelas de empréstimos",
}
_PRODUCTS = {
    "accounts": "contas",
    "creditCards": "cartões",
    "transactions": "lançamentos",
    "bills": "faturas",
    "investments": "investimentos",
    "loans": "empréstimos",
    "identity": "identidade",
    "other": "outro produto",
}


def panel(now: Situation, troubles: Troubles, started_at: datetime) -> str:
    """How everything stands. The first line says whether anything is worth a look."""
    blocks = (
        [_verdict(now)],
        [f"<b>{_people(now)}</b>", *_states(now), _oldest(now)],
        [
            "<b>Filas</b>",
            _due(now),
            _waiting("Avisos da Pluggy por tratar", now.inbox, now.at),
            _waiting("Mensagens a enviar", now.outbox, now.at),
        ],
        [f"<b>429 da Pluggy</b>: hoje {_number(troubles.limited_today)} · no mês {_number(troubles.limited_month)}"],
        [*_errors(troubles)],
        [f"Versão {escape(VERSION)} · no ar há {age(now.at - started_at)} · banco de dados {size(now.database_bytes)}"],
        [f"Visto {moment(now.at, now.at)}"],
    )
    return "\n\n".join("\n".join(block) for block in blocks)


def _verdict(now: Situation) -> str:
    found = list(_concerns(now))
    return f"⚠️ Olhe: {'; '.join(found)}." if found else "✅ Tudo em dia."


def _concerns(now: Situation) -> Iterator[str]:
    if now.paused_since is not None:
        yield f"⏸ leitura automática parada desde {moment(now.paused_since, now.at)}"
    oldest = now.standing.oldest_read_at
    if oldest is not None and now.at - oldest > OLD_SYNC:
        yield f"há conexão sem leitura há {age(now.at - oldest)}"
    for name, waiting in (("avisos da Pluggy esperam", now.inbox), ("mensagens esperam", now.outbox)):
        if waiting.oldest_at is not None and now.at - waiting.oldest_at > LONG_WAIT:
            yield f"{name} há {age(now.at - waiting.oldest_at)}"
    if not now.poller_held:
        yield "nenhum processo está respondendo"


def _people(now: Situation) -> str:
    return (
        f"{count(now.standing.people, 'pessoa', 'pessoas')} · "
        f"{count(sum(now.standing.states.values()), 'conexão', 'conexões')}"
    )


def _states(now: Situation) -> list[str]:
    states = now.standing.states.items()
    return [f"{_number(number)} · {_STATES[state]}" for state, number in states if number]


def _oldest(now: Situation) -> str:
    oldest = now.standing.oldest_read_at
    if oldest is None:
        return "Leitura mais antiga: nenhuma ainda"
    return f"Leitura mais antiga: {moment(oldest, now.at)} (há {age(now.at - oldest)})"


def _due(now: Situation) -> str:
    queued = "" if now.queued is None else f" · na fila dos workers: {_number(now.queued)}"
    return f"Conexões a ler agora: {_number(now.standing.due)}{queued}"


def _waiting(name: str, waiting: Backlog, at: datetime) -> str:
    lag = "" if waiting.oldest_at is None else f" (há {age(at - waiting.oldest_at)})"
    return f"{name}: {_number(waiting.count)}{lag}"


def _errors(troubles: Troubles) -> Iterator[str]:
    shown = list(troubles.errors.items())[:MOST_ERRORS]
    yield "<b>Erros em 24 h</b>" if shown else "Nenhum erro em 24 h"
    for error, number in shown:
        yield f"{_number(number)} · <code>{escape(clean_text(error))}</code>"
    rest = sum(troubles.errors.values()) - sum(number for _, number in shown)
    if rest:
        yield f"{_number(rest)} · outros"


# --- quotas ----------------------------------------------------------------------------------------------------------


def quotas(month: Quotas, now: datetime) -> str:
    """What the month has used of the banks' limits, as an estimate, what Pluggy says of them, and our own calls."""
    blocks = (
        [f"<b>Cotas de {MONTHS[month.month.month - 1].lower()}</b>", *_used_up(month, now)],
        [*_shares(month)],
        [*_calls(month)],
        [f"Visto {moment(now, now)}"],
    )
    return "\n\n".join("\n".join(block) for block in blocks)


def _used_up(month: Quotas, now: datetime) -> Iterator[str]:
    if not month.used_up:
        yield "✅ Nenhuma conexão chegou a um limite do mês."
    for one in month.used_up:
        yield f"⚠️ {_reached(one)} (desde {moment(one.since, now)}); {_back(one)} em {month.resets_on:%d/%m}"


def _reached(one: UsedUp) -> str:
    verb = "chegou" if one.connections == 1 else "chegaram"
    return f"{count(one.connections, 'conexão', 'conexões')} {verb} ao limite de {_PRODUCTS[one.product]}"


def _back(one: UsedUp) -> str:
    return "volta" if one.connections == 1 else "voltam"


def _shares(month: Quotas) -> Iterator[str]:
    yield "<b>Open Finance</b> (estimativa: o que vi a Pluggy atualizar)"
    if not month.use.connections:
        yield "Ainda não vi nenhuma atualização neste mês."
        return
    shares: dict[int, list[str]] = {}
    for limit in OPERATIONAL_LIMITS:
        shares.setdefault(month.share(limit), []).append(_PARTS[limit.part])
    yield "De quanto já usou, no mês, a conexão que mais usa:"
    for percent in sorted(shares, reverse=True):
        mark = "⚠️ " if percent >= NEAR_PERCENT else ""
        yield f"{mark}{percent}% · {join_names(shares[percent])}"
    asked = "nenhuma foi pedida por alguém"
    if month.use.asked:
        asked = count(month.use.asked, "foi pedida por alguém", "foram pedidas por pessoas")
    yield f"{count(month.use.updates, 'atualização', 'atualizações')} em todas; {asked}"


def _calls(month: Quotas) -> Iterator[str]:
    yield "<b>Nossas chamadas à Pluggy</b> (no mês · maior minuto, do limite por minuto)"
    for one in month.calls[:MOST_ENDPOINTS]:
        limited = f" · {_number(one.limited)} com 429" if one.limited else ""
        peak = f"{_number(one.peak)} de {calls_a_minute(one.endpoint)}"
        yield f"<code>{escape(one.endpoint)}</code> {_number(one.calls)} · {peak}{limited}"
    rest = month.calls[MOST_ENDPOINTS:]
    if rest:
        yield f"outras: {_number(sum(one.calls for one in rest))}"
    if not month.calls:
        yield "Nenhuma ainda."


# --- numbers ---------------------------------------------------------------------------------------------------------


def age(span: timedelta) -> str:
    """``menos de 1 min``, ``5 min``, ``3 h``, ``2 dias``."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "menos de 1\xa0min"
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else count(hours // 24, "dia", "dias")


def size(number: int) -> str:
    """Bytes, for people: ``512 kB``, ``12,3 MB``, ``1,5 GB``."""
    if number < 1_000_000:
        return f"{number // 1000} kB"
    unit, divisor = ("MB", 1_000_000) if number < 1_000_000_000 else ("GB", 1_000_000_000)
    return f"{number / divisor:.1f} {unit}".replace(".", ",")


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")


# --- the tools -----------------------------------------------------------------------------------------------------

EXAMINING = "🩺 Examinando… leva alguns segundos."
OFFER_BACKUP = (
    "🗄 <b>Cópia de segurança</b>\nTudo o que este bot guarda, num arquivo cifrado com a BACKUP_KEY, enviado aqui. Sem a "
    "chave ninguém o abre; com ela, é tudo de todos: guarde os dois em lugares diferentes."
)
COPYING = "⏳ Fazendo a cópia…"
COPY_CAPTION = "Cópia cifrada. Para voltar a ela: <code>python bot.py restore ARQUIVO</code> (docs/backup.md)."
COPY_TOO_LARGE = (
    "A cópia passa dos 50 MB que o Telegram aceita. No servidor: <code>python bot.py backup</code> (docs/backup.md)."
)

_MARKS = {"ok": "✓", "warning": "⚠️", "failed": "❌", "skipped": "–"}


def findings(found: Sequence[Finding]) -> str:
    """What the doctor found: what is wrong with its remedy, then how much is well."""
    troubles = [one for state in ("failed", "warning") for one in found if one.state == state]
    lines = ["🩺 <b>Doctor</b>", ""]
    for one in troubles:
        lines.append(f"{_MARKS[one.state]} <b>{escape(one.name)}</b>: {escape(clean_text(one.line, 300))}")
        lines += [f"→ {escape(clean_text(one.remedy, 300))}"] if one.remedy else []
    well = [one.name for one in found if one.state == "ok"]
    tail = [f"✓ Certo: {escape(', '.join(dict.fromkeys(well)))}."] if well else []
    return fit(lines, ["", *tail] if troubles else tail)


def no_key(reason: str) -> str:
    """A backup cannot be made, and why. ``reason``: a sentence for the operator."""
    return f"🗄 {escape(clean_text(reason, 400))}"
