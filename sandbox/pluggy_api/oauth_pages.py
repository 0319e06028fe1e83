"""The bank's page: where a person approves or refuses the access (reference 3.11), in Portuguese and phone-sized."""

from __future__ import annotations

from html import escape

from aiohttp import web

from sandbox.pluggy_api.http import Json, world_of
from sandbox.pluggy_api.items import Item

DECISIONS = {"approve": "approve", "aprovar": "approve", "deny": "deny", "recusar": "deny"}
SHARED = {
    "ACCOUNTS": "Suas contas e saldos",
    "CREDIT_CARDS": "Seus cartões de crédito",
    "TRANSACTIONS": "Extratos dos últimos 12 meses",
    "INVESTMENTS": "Seus investimentos",
    "LOANS": "Empréstimos e financiamentos",
    "IDENTITY": "Seus dados cadastrais",
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
STYLE = """
:root{color-scheme:light dark;--tint:%s}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;font:17px/1.5 system-ui,sans-serif;background:#f2f3f5;color:#1c1e21;
 display:flex;flex-direction:column;align-items:center}
.fake{width:100%%;padding:.6rem 1rem;text-align:center;font-size:.85rem;background:#fff3bf;color:#5f4400}
main{width:min(100%% - 2rem,26rem);margin:1.5rem auto;padding:1.75rem;border-radius:1.25rem;background:#fff;
 box-shadow:0 2px 14px #0002}
.logo{width:3.5rem;height:3.5rem;border-radius:1rem;background:var(--tint);color:#fff;text-shadow:0 0 3px #0009;
 font:700 1.6rem/3.5rem system-ui;text-align:center}
h1{font-size:1.35rem;line-height:1.25;margin:1rem 0 .5rem}
ul{list-style:none;margin:1rem 0;padding:0}
li{padding:.6rem 0;border-bottom:1px solid #8883}
li::before{content:"✓";color:#2b8a3e;margin-right:.6rem}
button{width:100%%;min-height:3.25rem;margin-top:.75rem;border:0;border-radius:.9rem;
 font:600 1.05rem system-ui;cursor:pointer}
.yes{background:#1a7f37;color:#fff}.no{background:#8882;color:inherit}
button:focus-visible{outline:3px solid #4c9ffe;outline-offset:2px}
small{color:#666}
@media (prefers-color-scheme:dark){body{background:#16181b;color:#eceff1}main{background:#22262a}small{color:#aaa}}
"""

routes = web.RouteTableDef()


@routes.get("/oauth/authorize")
async def show(request: web.Request) -> web.Response:
    item = find_waiting(request, request.query.get("state", ""))
    return html(expired_page(), status=410) if item is None else html(consent_page(item))


@routes.post("/oauth/authorize")
async def decide(request: web.Request) -> web.Response:
    """The form's ``decision``: approve or deny. Then back to ``oauthRedirectUri``, or a page that says where to go."""
    form = await request.post()
    state = form.get("state") or request.query.get("state", "")
    item = find_waiting(request, str(state))
    if item is None:
        return html(expired_page(), status=410)
    decision = DECISIONS.get(str(form.get("decision", "")).lower())
    if decision is None:
        return html(consent_page(item), status=400)
    world_of(request).executions.answer(item, decision)
    if item.redirect_uri:
        return web.Response(status=302, headers=HEADERS | {"Location": item.redirect_uri})
    return html(done_page(item, approved=decision == "approve"))


def find_waiting(request: web.Request, state: str) -> Item | None:
    """The item whose link carries ``state``: None once it was used, replaced or has expired."""
    if not state:
        return None
    return next((item for item in world_of(request).items.values() if item.link_state == state), None)


def html(body: str, *, status: int = 200) -> web.Response:
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8", headers=HEADERS)


def document(title: str, tint: str, content: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="pt-BR"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE % tint}</style></head><body>"
        '<div class="fake">⚠️ Banco de mentira: nenhum dado é real.</div>'
        f"<main>{content}</main></body></html>"
    )


def look(connector: Json) -> tuple[str, str, str]:
    """Name (escaped), colour and initial of the bank."""
    name = str(connector["name"])
    return escape(name), f"#{connector['primaryColor']}", escape(name[:1])


def consent_page(item: Item) -> str:
    name, tint, initial = look(item.connector)
    shared = "".join(f"<li>{SHARED[product]}</li>" for product in item.products if product in SHARED)
    return document(
        f"{item.connector['name']}: autorizar acesso",
        tint,
        f'<div class="logo" aria-hidden="true">{initial}</div><h1>{name}: autorizar o compartilhamento?</h1>'
        f"<p>O aplicativo quer <b>ler</b> estes dados seus. Ele não pode movimentar dinheiro.</p><ul>{shared}</ul>"
        '<form method="post" action="/oauth/authorize">'
        f'<input type="hidden" name="state" value="{escape(item.link_state or "")}">'
        '<button class="yes" name="decision" value="approve">Aprovar</button>'
        '<button class="no" name="decision" value="deny">Recusar</button></form>'
        "<p><small>Vale por 12 meses; você pode cancelar quando quiser.</small></p>",
    )


def done_page(item: Item, *, approved: bool) -> str:
    name, tint, initial = look(item.connector)
    title = "Pronto! Acesso autorizado" if approved else "Acesso recusado"
    text = "a conexão continua sozinha." if approved else "nada foi compartilhado."
    return document(
        title,
        tint,
        f'<div class="logo" aria-hidden="true">{initial}</div><h1>{title}</h1><p>{name}: {text} '
        "Você já pode voltar ao Telegram.</p>",
    )


def expired_page() -> str:
    return document(
        "Link expirado",
        "#868e96",
        "<h1>Este link expirou ou já foi usado</h1><p>Volte ao Telegram e peça um link novo.</p>",
    )
