"""The public address, seen from here: is it ours that answers, and does it take Pluggy's words and nobody else's?

What is posted is an event that nobody knows: whoever takes it has nothing to store (``webhook.read_event``).
"""

from __future__ import annotations

import asyncio
import secrets

from gerente_financeiro.config import BotSettings
from gerente_financeiro.doctor.ask import Answer, Asker, Heard, unreached
from gerente_financeiro.doctor.findings import Finding, failed, fine, skipped, warning
from open_finance.webhook import PATH, SECRET_HEADER

ADDRESS, SECRET = "Endereço público", "Segredo do webhook"
EVENT = {"event": "doctor/ping"}


async def look_at_address(ask: Asker, settings: BotSettings, lacking: str | None) -> list[Finding]:
    """``lacking``: a variable without which there is nothing to ask."""
    if lacking:
        return [skipped(name, f"depende de {lacking}") for name in (ADDRESS, SECRET)]
    if settings.public_url is None:
        return [skipped(name, "não há PUBLIC_URL") for name in (ADDRESS, SECRET)]
    url = settings.public_url
    forged, right = ({SECRET_HEADER: one} for one in (secrets.token_hex(16), settings.pluggy_webhook_secret))
    health, refused, taken = await asyncio.gather(
        ask("GET", f"{url}/healthz"),
        ask("POST", f"{url}{PATH}", headers=forged, body=EVENT),
        ask("POST", f"{url}{PATH}", headers=right, body=EVENT),
    )
    address = check_address(health)
    if address.state == "failed":
        return [address, skipped(SECRET, f"depende de {ADDRESS}")]
    return [address, check_secret(refused, taken)]


def check_address(heard: Heard) -> Finding:
    """Whether our own HTTP server answers there."""
    if not isinstance(heard, Answer):
        return unreached(ADDRESS, "o endereço de PUBLIC_URL", "PUBLIC_URL", heard)
    status = heard.body.get("status") if isinstance(heard.body, dict) else None
    if heard.status == 200 and status == "ok":
        return fine(ADDRESS, "o bot responde nele")
    if heard.status == 503 and status == "unavailable":
        return failed(
            ADDRESS, "o bot responde nele, mas sem banco de dados", "Resolva a linha Banco de dados e reinicie o bot."
        )
    if heard.status in {502, 503, 504}:
        line = f"o provedor responde no lugar do bot ({heard.status})"
        return failed(ADDRESS, line, "Ligue o bot, e confira se PORT é a porta que o provedor espera.")
    line = f"quem responde nele não é este bot ({heard.status})"
    return failed(ADDRESS, line, "Confira PUBLIC_URL: é o endereço deste serviço, sem caminho de outro site?")


def check_secret(refused: Heard, taken: Heard) -> Finding:
    """``refused``: the answer to a secret made up; ``taken``: to ours."""
    if not isinstance(refused, Answer) or not isinstance(taken, Answer):
        obstacle = next(one for one in (refused, taken) if not isinstance(one, Answer))
        return unreached(SECRET, "o caminho dos avisos da Pluggy", "PUBLIC_URL", obstacle)
    if refused.status == 404:
        line = "o bot que está no ar não ouve a Pluggy (404)"
        return failed(SECRET, line, "Reinicie o bot com o mesmo PUBLIC_URL que doctor usa.")
    if refused.status != 401:
        line = f"um aviso com segredo inventado não foi recusado ({refused.status})"
        return failed(SECRET, line, "Confira se um proxy responde no lugar do bot, e atualize o programa.")
    if taken.status == 401:
        line = "o bot que está no ar usa outro segredo"
        return failed(
            SECRET, line, "Use o mesmo WEBHOOK_SECRET e PLUGGY_CLIENT_SECRET nos dois lugares e reinicie o bot."
        )
    if taken.status != 200:
        return warning(SECRET, f"o aviso de teste não foi aceito ({taken.status})", "Veja o log do bot nesse minuto.")
    return fine(SECRET, "avisos falsos são recusados; os da Pluggy, aceitos")
