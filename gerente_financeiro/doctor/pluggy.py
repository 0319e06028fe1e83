"""Pluggy: is it there, does it take our keys, may we read rows, which banks does it offer? No item is made or read.

Sources: ``reference`` 1.3, 1.4, 2.1, 6.1, 9.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gerente_financeiro.config import BotSettings
from gerente_financeiro.doctor.ask import Answer, Asker, Heard, unreached
from gerente_financeiro.doctor.findings import Finding, failed, fine, skipped, warning
from open_finance.webhook import PATH
from open_finance.webhook_registration import Create, Delete, Repair, Wanted, plan

REACH, KEYS, ROWS = "Pluggy", "Pluggy: chaves", "Pluggy: lançamentos"
BANKS, MEU_PLUGGY, HOOK = "Pluggy: bancos", "Pluggy: MeuPluggy", "Pluggy: webhook"
WITH_KEY = (ROWS, BANKS, MEU_PLUGGY, HOOK)
#: Nobody's: that it is not found says that it was looked for.
NO_ACCOUNT = "00000000-0000-4000-8000-000000000000"
MEU_PLUGGY_ID = 200
_PANEL = "dashboard.pluggy.ai"


@dataclass(frozen=True, slots=True)
class Look:
    """The findings, and how far our clock is ahead of Pluggy's."""

    findings: list[Finding]
    skew: float | None = None


async def look_at_pluggy(
    ask: Asker, settings: BotSettings, lacking: str | None, without_address: str | None = None
) -> Look:
    """``lacking``: a variable without which there is nothing to ask; ``without_address``: one without which it is not known
    where Pluggy is to tell us what happens."""
    if lacking:
        return Look([skipped(name, f"depende de {lacking}") for name in (REACH, KEYS, *WITH_KEY)])
    core, url = settings.core, settings.core.pluggy_api_url
    body = {"clientId": core.pluggy_client_id, "clientSecret": core.pluggy_client_secret}
    heard = await ask("POST", f"{url}/auth", body=body)
    skew = heard.skew if isinstance(heard, Answer) else None
    findings = [check_reach(heard), check_keys(heard)]
    key = api_key(heard)
    if key is None:
        first = next(one.name for one in findings if one.state not in {"ok", "skipped"})
        return Look([*findings, *(skipped(name, f"depende de {first}") for name in WITH_KEY)], skew)
    headers = {"X-API-KEY": key}
    sandbox = "true" if core.include_sandbox else "false"
    rows, banks, hooks = await asyncio.gather(
        ask("GET", f"{url}/v2/transactions", headers=headers, params={"accountId": NO_ACCOUNT}),
        ask("GET", f"{url}/connectors", headers=headers, params={"countries": "BR", "sandbox": sandbox}),
        ask("GET", f"{url}/webhooks", headers=headers),
    )
    hook = skipped(HOOK, f"depende de {without_address}") if without_address else check_hook(hooks, settings)
    return Look([*findings, check_rows(rows), *check_banks(banks), hook], skew)


def api_key(heard: Heard) -> str | None:
    """The key of a good answer."""
    good = isinstance(heard, Answer) and heard.status == 200 and isinstance(heard.body, dict)
    key = heard.body.get("apiKey") if good and isinstance(heard, Answer) else None
    return key if isinstance(key, str) and key.isascii() and key.isprintable() and key else None


def check_reach(heard: Heard) -> Finding:
    """Whether Pluggy answers at all."""
    if not isinstance(heard, Answer):
        return unreached(REACH, "api.pluggy.ai", "PLUGGY_API_URL", heard)
    if heard.status >= 500:
        line = f"está com problemas (erro {heard.status})"
        return failed(REACH, line, "Espere alguns minutos e veja status.pluggy.ai; o bot tenta de novo sozinho.")
    is_pluggy = isinstance(heard.body, dict) and ("apiKey" in heard.body or "code" in heard.body)
    if not is_pluggy:
        return failed(REACH, "quem respondeu não é a Pluggy", "Tire PLUGGY_API_URL, ou confira um proxy no caminho.")
    return fine(REACH, "responde")


def check_keys(heard: Heard) -> Finding:
    """Whether Pluggy takes the client id and secret."""
    if api_key(heard) is not None:
        return fine(KEYS, "aceitas")
    if not isinstance(heard, Answer) or heard.status >= 500 or not isinstance(heard.body, dict):
        return skipped(KEYS, f"depende de {REACH}")
    if heard.code == "CLIENT_DISABLED":
        return failed(KEYS, "esta aplicação está desativada na Pluggy", f"Reative-a em {_PANEL}, ou fale com a Pluggy.")
    if heard.status in {400, 401, 403}:
        remedy = f"Confira PLUGGY_CLIENT_ID e PLUGGY_CLIENT_SECRET em {_PANEL}: copie os dois da mesma aplicação."
        return failed(KEYS, f"recusadas ({heard.status})", remedy)
    if heard.status == 429:
        return warning(KEYS, "pedidos demais agora: não pude conferir", "Espere um minuto e rode doctor de novo.")
    return failed(KEYS, f"resposta inesperada ({heard.status})", "Confira PLUGGY_API_URL e atualize o programa.")


def check_rows(heard: Heard) -> Finding:
    """Whether ``/v2/transactions`` is open to us: an account that nobody has is looked for and not found (404, or 400)."""
    if not isinstance(heard, Answer):
        return unreached(ROWS, "api.pluggy.ai (lançamentos)", "PLUGGY_API_URL", heard)
    if heard.status in {200, 400} or (heard.status == 404 and heard.code):
        return fine(ROWS, "o acesso à versão 2 está aberto")
    if heard.status in {401, 403}:
        remedy = f"Peça à Pluggy o acesso a /v2/transactions para a sua aplicação ({_PANEL}); sem ele não há extratos."
        return failed(ROWS, f"a Pluggy não deixa ler lançamentos ({heard.status})", remedy)
    if heard.status == 410 or heard.code == "ENDPOINT_DEPRECATED":
        return failed(
            ROWS, "a Pluggy aposentou esta forma de ler lançamentos", "Atualize o programa para a versão mais nova."
        )
    if heard.status == 404:
        return failed(ROWS, "este endereço não tem /v2/transactions", "Confira PLUGGY_API_URL: é a Pluggy mesmo?")
    return warning(ROWS, f"não pude conferir (erro {heard.status})", "Rode doctor de novo daqui a alguns minutos.")


def check_banks(heard: Heard) -> list[Finding]:
    """Which banks Pluggy offers, and whether the free way through MeuPluggy is among them."""
    if not isinstance(heard, Answer):
        return [
            unreached(BANKS, "api.pluggy.ai (bancos)", "PLUGGY_API_URL", heard),
            skipped(MEU_PLUGGY, f"depende de {BANKS}"),
        ]
    banks = heard.body.get("results") if heard.status == 200 and isinstance(heard.body, dict) else None
    if not isinstance(banks, list):
        line = f"a lista de bancos não veio (erro {heard.status})"
        trouble = failed(BANKS, line, "Rode doctor de novo em alguns minutos; se continuar, fale com a Pluggy.")
        return [trouble, skipped(MEU_PLUGGY, f"depende de {BANKS}")]
    if not banks:
        remedy = f"Habilite conectores em {_PANEL}, Customization, Connectors."
        return [failed(BANKS, "a lista de bancos está vazia", remedy), skipped(MEU_PLUGGY, f"depende de {BANKS}")]
    return [fine(BANKS, f"{len(banks)} à escolha"), _meu_pluggy(banks)]


def _meu_pluggy(banks: Iterable[Any]) -> Finding:
    found = next((one for one in banks if isinstance(one, dict) and one.get("id") == MEU_PLUGGY_ID), None)
    if found is None:
        remedy = f"Em {_PANEL}, Customization, Connectors, ligue MeuPluggy antes que acabe o período de teste."
        return warning(MEU_PLUGGY, "o conector 200, do uso pessoal gratuito, não está ligado", remedy)
    health = found.get("health")
    if isinstance(health, dict) and health.get("status") == "OFFLINE":
        return warning(
            MEU_PLUGGY, "o conector 200 está fora do ar", "Espere: quem já conectou segue com os dados de antes."
        )
    return fine(MEU_PLUGGY, "o conector 200 está ligado")


def check_hook(heard: Heard, settings: BotSettings) -> Finding:
    """Whether Pluggy tells our public address what happens."""
    if settings.public_url is None:
        return skipped(HOOK, "sem PUBLIC_URL os bancos são lidos nos horários, e nada falta")
    if not isinstance(heard, Answer):
        return unreached(HOOK, "api.pluggy.ai (webhooks)", "PLUGGY_API_URL", heard)
    hooks = heard.body.get("results") if heard.status == 200 and isinstance(heard.body, dict) else None
    if heard.status == 403:
        remedy = "Nada a fazer no plano gratuito: os bancos são lidos nos horários. Tire PUBLIC_URL, ou mude de plano."
        return warning(HOOK, "o plano desta aplicação não tem webhooks (403)", remedy)
    if not isinstance(hooks, list):
        line = f"não pude ver os webhooks (erro {heard.status})"
        return warning(HOOK, line, "Rode doctor de novo em alguns minutos; os bancos são lidos nos horários.")
    return _registered([one for one in hooks if isinstance(one, dict)], settings)


def _registered(hooks: list[dict[str, Any]], settings: BotSettings) -> Finding:
    actions = plan(hooks, Wanted(f"{settings.public_url}{PATH}", settings.pluggy_webhook_secret))
    if any(isinstance(one, Create) for one in actions):
        line = "nenhum aponta para o PUBLIC_URL deste bot"
        return warning(HOOK, line, "Ligue o bot, ou reinicie-o: ele registra o webhook ao começar.")
    if any(isinstance(one, Repair) for one in actions):
        line = "a Pluggy o desativou, ou ele leva outro segredo"
        return warning(HOOK, line, "Resolva as linhas de Endereço público e reinicie o bot: ele conserta o registro.")
    if any(isinstance(one, Delete) for one in actions):
        return warning(HOOK, "há mais de um para este endereço", "Reinicie o bot: ele apaga os repetidos.")
    return fine(HOOK, "registrado, e com o segredo certo")
