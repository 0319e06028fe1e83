"""Telegram: is the token good, and who gets the messages? No update is fetched, no webhook changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from gerente_financeiro.config import BotSettings
from gerente_financeiro.doctor.ask import Answer, Asker, Heard, unreached
from gerente_financeiro.doctor.findings import Finding, failed, fine, skipped, warning
from gerente_financeiro.doctor.pluggy import Look
from gerente_financeiro.updates import PATH

TOKEN, MESSAGES = "Telegram", "Telegram: mensagens"
MANY_WAITING = 100
RECENT = timedelta(hours=1)
_LONGEST = 80


async def look_at_telegram(ask: Asker, settings: BotSettings, lacking: str | None) -> Look:
    """``lacking``: a variable without which there is nothing to ask."""
    if lacking:
        return Look([skipped(name, f"depende de {lacking}") for name in (TOKEN, MESSAGES)])
    base = f"{settings.telegram_api_url}/bot{settings.telegram_bot_token}"
    me, hook = await asyncio.gather(ask("GET", f"{base}/getMe"), ask("GET", f"{base}/getWebhookInfo"))
    skew = me.skew if isinstance(me, Answer) else None
    first = check_token(me)
    rest = (
        check_messages(hook, settings, ask.clock.now())
        if first.state == "ok"
        else skipped(MESSAGES, f"depende de {TOKEN}")
    )
    return Look([first, rest], skew)


def check_token(heard: Heard) -> Finding:
    """Whose bot the token is."""
    if not isinstance(heard, Answer):
        return unreached(TOKEN, "api.telegram.org", "TELEGRAM_API_URL", heard)
    bot = _result(heard)
    if bot is not None:
        return fine(TOKEN, f"o token é do bot @{_plain(bot.get('username'))}")
    if heard.status == 401:
        remedy = "Copie o token de novo do @BotFather (/mybots, API Token) para TELEGRAM_BOT_TOKEN."
        return failed(TOKEN, "recusou o token (401)", remedy)
    if heard.status >= 500:
        return failed(TOKEN, f"está com problemas (erro {heard.status})", "Espere alguns minutos: o bot volta sozinho.")
    if heard.status == 429:
        return warning(TOKEN, "pedidos demais agora: não pude conferir", "Rode doctor de novo daqui a um minuto.")
    remedy = "Tire TELEGRAM_API_URL, ou confira um proxy no caminho."
    return failed(TOKEN, f"quem respondeu não é o Telegram ({heard.status})", remedy)


def check_messages(heard: Heard, settings: BotSettings, now: datetime) -> Finding:
    """Whether what people write gets here."""
    if not isinstance(heard, Answer):
        return unreached(MESSAGES, "api.telegram.org (getWebhookInfo)", "TELEGRAM_API_URL", heard)
    info = _result(heard)
    if info is None:
        return warning(MESSAGES, f"não pude conferir (erro {heard.status})", "Rode doctor de novo em alguns minutos.")
    url, waiting = str(info.get("url") or ""), info.get("pending_update_count")
    if not settings.telegram_webhook and url:
        remedy = "Pare o outro programa que usa este token, ou troque o token no @BotFather, e reinicie o bot."
        return failed(MESSAGES, "outro programa recebe as mensagens por um webhook", remedy)
    if settings.telegram_webhook and url.rstrip("/") != f"{settings.public_url}{PATH}":
        line = "o webhook aponta para outro endereço" if url else "o webhook não está registrado"
        return warning(MESSAGES, line, "Reinicie o bot: ele registra o PUBLIC_URL ao começar.")
    if settings.telegram_webhook and _is_recent(info.get("last_error_date"), now):
        line = f"o Telegram não consegue entregar ({_plain(info.get('last_error_message'))})"
        return failed(MESSAGES, line, "Resolva a linha Endereço público; o Telegram tenta de novo sozinho.")
    if isinstance(waiting, int) and waiting > MANY_WAITING:
        remedy = "Ligue o bot. Se ele está no ar, veja no log se outro programa usa o mesmo token (erro 409)."
        return warning(MESSAGES, f"{waiting} esperam: ninguém as busca", remedy)
    return fine(MESSAGES, "chegam por webhook" if settings.telegram_webhook else "nenhum outro programa as recebe")


def _result(heard: Answer) -> dict[str, Any] | None:
    body = heard.body
    is_good = heard.status == 200 and isinstance(body, dict) and body.get("ok") is True
    result = body.get("result") if is_good else None
    return result if isinstance(result, dict) else None


def _is_recent(stamp: Any, now: datetime) -> bool:
    try:
        return now - datetime.fromtimestamp(stamp, UTC) < RECENT
    except (TypeError, ValueError, OverflowError, OSError):
        return False


def _plain(text: Any) -> str:
    return "".join(one for one in str(text or "?") if one.isprintable())[:_LONGEST]
