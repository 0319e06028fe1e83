"""The bank's page: where a person chooses what to share, approves or refuses (reference 3.11). Portuguese, phone-sized."""

from __future__ import annotations

from html import escape

from aiohttp import web

from sandbox.pluggy_api.collecting import PRODUCT_OF_TYPE
from sandbox.pluggy_api.connectors import BOUNCING, MEU_PLUGGY_BANKS
from sandbox.pluggy_api.http import Json, world_of
from sandbox.pluggy_api.items import Decision, Item
from sandbox.pluggy_api.world import World

DECISIONS = {"approve": True, "aprovar": True, "deny": False, "recusar": False}
BOUNCE = "bounce"
SHARED = {
    "ACCOUNTS": "Suas contas e saldos",
    "CREDIT_CARDS": "Seus cartões de crédito",
    "TRANSACTIONS": "Extratos dos últimos 12 meses",
    "INVESTMENTS": "Seus investimentos",
    "LOANS": "Empréstimos e financiamentos",
    "IDENTITY": "Seus dados cadastrais",
}
#: What is shared as a whole beside the accounts.
POSITIONS = {"INVESTMENTS": "Investimentos", "LOANS": "Empréstimos e financiamentos"}
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
fieldset{margin:1rem 0 0;padding:0;border:0}legend{padding:0;font-weight:600}
ul{list-style:none;margin:1rem 0;padding:0}
label{display:flex;gap:.8rem;align-items:center;min-height:3rem;padding:.4rem 0;border-bottom:1px solid #8883}
label small{display:block}
label input{width:1.3rem;height:1.3rem;flex:none;accent-color:#1a7f37}
li{padding:.6rem 0;border-bottom:1px solid #8883}
li::before{content:"✓";color:#2b8a3e;margin-right:.6rem}
button{width:100%%;min-height:3.25rem;margin-top:.75rem;border:0;border-radius:.9rem;
 font:600 1.05rem system-ui;cursor:pointer}
.yes{background:#1a7f37;color:#fff}.no{background:#8882;color:inherit}
.app{min-height:2.5rem;background:none;color:inherit;font-size:.95rem;text-decoration:underline}
button:focus-visible{outline:3px solid #4c9ffe;outline-offset:2px}
small{color:#666}
@media (prefers-color-scheme:dark){body{background:#16181b;color:#eceff1}main{background:#22262a}small{color:#aaa}}
"""

routes = web.RouteTableDef()


@routes.get("/oauth/authorize")
async def show(request: web.Request) -> web.Response:
    item = find_waiting(request, request.query.get("state", ""))
    return html(expired_page(), status=410) if item is None else html(consent_page(world_of(request), item))


@routes.post("/oauth/authorize")
async def decide(request: web.Request) -> web.Response:
    """The form's ``decision``: approve or deny. Then back to ``oauthRedirectUri``, or a page that says where to go.

    With ``selection`` only the accounts in ``account`` (the bank's own ids, repeated) and what stands in ``product``
    (`POSITIONS`, repeated) are shared; without it, everything is.
    """
    form = await request.post()
    state = form.get("state") or request.query.get("state", "")
    item, world = find_waiting(request, str(state)), world_of(request)
    if item is None:
        return html(expired_page(), status=410)
    pressed = str(form.get("decision", "")).lower()
    if pressed == BOUNCE and item.connector["id"] == BOUNCING:
        return html(store_page(item))
    approved, bank_id = DECISIONS.get(pressed), read_bank(item, form.get("bank"))
    if approved is None or bank_id is None:
        return html(consent_page(world, item), status=400)
    chosen = None
    if {"selection", "account", "product"} & set(form):
        chosen = frozenset(map(str, [*form.getall("account", []), *form.getall("product", [])]))
    world.executions.answer(item, Decision(approved, chosen, bank_id))
    if item.redirect_uri:
        return web.Response(status=302, headers=HEADERS | {"Location": item.redirect_uri})
    return html(done_page(item, approved=approved))


def read_bank(item: Item, value: object) -> int | None:
    """The bank that is shared: the item's own, or the one chosen at MeuPluggy. None: one that it does not offer."""
    if not item.is_meu_pluggy:
        return item.source_id
    text = str(value or MEU_PLUGGY_BANKS[0])
    return next((bank_id for bank_id in MEU_PLUGGY_BANKS if str(bank_id) == text), None)


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


def consent_page(world: World, item: Item) -> str:
    name, tint, initial = look(item.connector)
    shared = "".join(f"<li>{SHARED[product]}</li>" for product in item.products if product in SHARED)
    choice = banks_choice(world) if item.is_meu_pluggy else accounts_choice(world, item)
    store = f'<button class="app" name="decision" value="{BOUNCE}">Abrir no aplicativo</button>'
    return document(
        f"{item.connector['name']}: autorizar acesso",
        tint,
        f'<div class="logo" aria-hidden="true">{initial}</div><h1>{name}: autorizar o compartilhamento?</h1>'
        f"<p>O aplicativo quer <b>ler</b> estes dados seus. Ele não pode movimentar dinheiro.</p><ul>{shared}</ul>"
        '<form method="post" action="/oauth/authorize">'
        f'<input type="hidden" name="state" value="{escape(item.link_state or "")}">{choice}'
        '<button class="yes" name="decision" value="approve">Aprovar</button>'
        '<button class="no" name="decision" value="deny">Recusar</button>'
        f"{store if item.connector['id'] == BOUNCING else ''}</form>"
        f"<p><small>{'Você' if item.is_meu_pluggy else 'Vale por 12 meses; você'} pode cancelar quando quiser.</small></p>",
    )


def banks_choice(world: World) -> str:
    """One bank a time, the first one marked."""
    lines = (
        choice_line("radio", "bank", str(bank_id), str(world.catalogue[bank_id]["name"]), "", marked=position == 0)
        for position, bank_id in enumerate(MEU_PLUGGY_BANKS)
    )
    return f"<fieldset><legend>Qual banco?</legend>{''.join(lines)}</fieldset>"


def accounts_choice(world: World, item: Item) -> str:
    """Every account and card that may be shared, and investments and loans as wholes, all marked. What is not marked is
    not shared."""
    household = world.bank.customer_of(item).household
    lines = (
        choice_line("checkbox", "account", str(account["id"]), str(account.get("name") or "Conta"), number_of(account))
        for account in household.accounts
        if PRODUCT_OF_TYPE[account["type"]] in item.products
    )
    held = {"INVESTMENTS": household.investments, "LOANS": household.loans}
    more = "".join(
        choice_line("checkbox", "product", product, title, "")
        for product, title in POSITIONS.items()
        if held[product] and product in item.products
    )
    marker = '<input type="hidden" name="selection" value="1">'
    return (
        f"<fieldset><legend>Quais contas e cartões?</legend>{''.join(lines)}{marker}</fieldset>"
        f"{f'<fieldset><legend>O que mais?</legend>{more}</fieldset>' if more else ''}"
    )


def choice_line(kind: str, name: str, value: str, title: str, detail: str, *, marked: bool = True) -> str:
    small = f"<small>{escape(detail)}</small>" if detail else ""
    return (
        f'<label><input type="{kind}" name="{name}" value="{escape(value)}"{" checked" if marked else ""}>'
        f"<span>{escape(title)}{small}</span></label>"
    )


def number_of(account: Json) -> str:
    number = str(account.get("number") or "")
    branch, slash, rest = number.partition("/")
    if account["type"] == "CREDIT":
        return f"cartão final {number[-4:]}"
    return f"agência {branch}, conta {rest}" if slash else f"conta {number}"


def store_page(item: Item) -> str:
    """Where some banks' pages throw people out: a shop that knows nothing of the consent (reference 13, quirk 24)."""
    name, tint, initial = look(item.connector)
    return document(
        f"{item.connector['name']}: loja de aplicativos",
        tint,
        f'<p><small>Loja de aplicativos</small></p><div class="logo" aria-hidden="true">{initial}</div><h1>{name}</h1>'
        "<p>4,6 ★ · mais de 50 mi de downloads</p><p>Instale o aplicativo para continuar.</p>"
        "<p><small>Esta loja é de mentira. O pedido de autorização continua aberto no link anterior.</small></p>",
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
