"""The catalogue as Connector objects (reference 2.2): what each institution asks for and offers.

Every server has Connector objects of its own, so that a test may change one (its health) without harming another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from zlib import crc32

from sandbox.pluggy_api.institutions import BROKERS, KNOWN, OFFLINE, PAYMENTS_ONLY, UNSTABLE, Institution, others
from sandbox.pluggy_api.pictures import code_picture

Json = dict[str, Any]

MEU_PLUGGY = 200
#: The banks that MeuPluggy's page offers, by their Open Finance connectors; the first is the one ticked.
MEU_PLUGGY_BANKS = (612, 601, 603, 611, 823)
OPEN_FINANCE_SANDBOX = 600
#: Asks for an approval in the bank's app at the first login (reference 4: Nubank's direct connector).
DEVICE = 212
#: The bank's page can be left for an app store, and the item hangs (reference 13, quirk 24).
BOUNCING = 603
#: Direct connectors whose accounts come without ``transferNumber``, hence without the bank's code.
NUMBER_WITHOUT_BANK = frozenset({219})
CAPTCHA = 273
CAPTCHA_CODE = "426153"
HCAPTCHA = 274
CREATED_AT = "2022-03-11T12:00:00.000Z"
UPDATED_AT = "2026-10-02T09:11:00.000Z"
DIRECT_PRODUCTS = ["ACCOUNTS", "CREDIT_CARDS", "TRANSACTIONS", "PAYMENT_DATA", "INVESTMENTS", "IDENTITY"]
REGULATED_PRODUCTS = ["ACCOUNTS", "CREDIT_CARDS", "TRANSACTIONS", "PAYMENT_DATA", "INVESTMENTS", "IDENTITY", "LOANS"]
PRODUCT_COVERAGE = ["INVESTMENTS:TREASURE_TITLES", "CREDIT_OPERATIONS:INVOICE_FINANCINGS"]
COLOURS = {
    "Nubank": "8A05BE",
    "Itaú": "EC7000",
    "Inter": "FF7A00",
    "Bradesco": "CC092F",
    "Santander": "EC0000",
    "Caixa": "005CA9",
    "Banco do Brasil": "FFEF38",
    "C6": "242424",
    "PagBank": "1BB99A",
}

CPF_PATTERN = r"^\d{3}\.?\d{3}\.?\d{3}-?\d{2}$"
CNPJ_PATTERN = r"^[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}\/?[0-9A-Z]{4}-?\d{2}$"
TOKEN_PATTERN = r"^\d{6}$"  # noqa: S105 - a pattern


def credential(name: str, label: str, kind: str, **more: Any) -> Json:
    """A Credential object with its two constant keys; ``more`` are further ones (``validation``, ``options``…)."""
    return {"name": name, "label": label, "type": kind, "placeholder": "", "mfa": False, "optional": False} | more


def cpf(name: str = "cpf") -> Json:
    return credential(
        name,
        "CPF",
        "number",
        placeholder="000.000.000-00",
        validation=CPF_PATTERN,
        validationMessage="CPF deve ter 11 números.",
    )


def cnpj() -> Json:
    return credential(
        "cnpj",
        "CNPJ",
        "text",
        placeholder="00.000.000/0000-00",
        validation=CNPJ_PATTERN,
        validationMessage="CNPJ deve ter 14 caracteres.",
    )


def password(label: str = "Senha", pattern: str = r"^.{4,50}$", message: str | None = None) -> Json:
    message = message or "A senha deve ter entre 4 e 50 caracteres"
    return credential("password", label, "password", validation=pattern, validationMessage=message)


def token(*, label: str = "Token do aplicativo") -> Json:
    """A one-step MFA value: sent with the credentials, fresh every time."""
    return credential(
        "token",
        label,
        "number",
        mfa=True,
        placeholder="123456",
        validation=TOKEN_PATTERN,
        validationMessage="O token deve ter 6 dígitos",
    )


def number(name: str, label: str, digits: str, message: str) -> Json:
    return credential(name, label, "number", validation=digits, validationMessage=message)


def branch() -> Json:
    return number("branch", "Agência", r"^\d{4}$", "A agência deve ter 4 números, sem dígito")


def account() -> Json:
    return number("account", "Conta com dígito", r"^\d{4,12}-?[\dxX]$", "Informe a conta com o dígito, como 12345-6")


def cooperative(*names: str) -> Json:
    options = [{"value": f"{index:04d}", "label": name} for index, name in enumerate(names, start=1)]
    return credential("cooperative", "Cooperativa", "select", options=options)


def captcha() -> Json:
    """A picture of digits to be typed with the other credentials."""
    return credential(
        "captcha",
        "Números da imagem",
        "image",
        data=code_picture(CAPTCHA_CODE),
        validation=TOKEN_PATTERN,
        validationMessage="A imagem tem 6 números",
    )


def hcaptcha() -> Json:
    """A puzzle that only a browser can show; its answer is a long token."""
    return credential("hcaptcha", "Não sou um robô", "hcaptcha", data="10000000-ffff-ffff-ffff-000000000001")


def direct_credentials(connector_id: int) -> list[Json]:
    """Most direct doors ask CPF and password; a few show the rest of what connectors can ask."""
    special = {
        202: [cpf("user"), password(), token(label="Token XP")],
        211: [branch(), account(), password("Senha de 8 dígitos", r"^\d{8}$", "A senha deve ter 8 números")],
        258: [cooperative("Credicitrus", "Cofal", "Unicoob"), cpf("user"), password()],
        261: [
            branch(),
            account(),
            password(),
            credential("holder", "Titular (se houver mais de um)", "text", optional=True, placeholder="1"),
        ],
        CAPTCHA: [cpf("user"), password(), captcha()],
        HCAPTCHA: [cpf("user"), password(), hcaptcha()],
    }
    return special.get(connector_id, [cpf("user"), password()])


def sandbox_user() -> Json:
    return credential(
        "user", "User", "text", validation=r"^.{2,60}$", validationMessage="O user deve começar com user-"
    )


def sandbox_credentials(connector_id: int) -> list[Json]:
    """Reference 10: user and password, with what each flow adds."""
    plain = [sandbox_user(), password("Password", r"^.{3,50}$", "A senha deve ter entre 3 e 50 caracteres")]
    if connector_id in (1, 4, 9, 17):
        return [*plain, token(label="Token")]
    if connector_id == 11:
        return [
            *plain,
            credential("certificate", "Certificado", "text", assistiveText="Conteúdo do arquivo, em base64"),
        ]
    if connector_id in (12, 13):
        return [cooperative("Cooperativa Azul", "Cooperativa Verde"), *plain]
    return [] if connector_id == 19 else plain


SANDBOX = {
    0: ("Pluggy Bank", "PERSONAL_BANK"),
    1: ("Pluggy Bank MFA 1", "PERSONAL_BANK"),
    2: ("Pluggy Bank", "PERSONAL_BANK"),
    3: ("Pluggy Bank MFA 2", "PERSONAL_BANK"),
    4: ("Pluggy Bank 1-step", "PERSONAL_BANK"),
    5: ("Pluggy Bank 2-step", "PERSONAL_BANK"),
    6: ("Pluggy Telecom", "TELECOMMUNICATION"),
    7: ("Pluggy Invoice", "INVOICE"),
    8: ("Pluggy Bank Business", "BUSINESS_BANK"),
    9: ("Pluggy Bank 1 and 2-step", "PERSONAL_BANK"),
    10: ("Pluggy Bank Business 2-step", "BUSINESS_BANK"),
    11: ("Pluggy Bank Business Certificate", "BUSINESS_BANK"),
    12: ("Pluggy Bank Cooperative", "PERSONAL_BANK"),
    13: ("Pluggy Bank Business Cooperative", "BUSINESS_BANK"),
    14: ("Pluggy Digital", "OTHER"),
    15: ("Pluggy Payments", "PAYMENT_ACCOUNT"),
    16: ("Pluggy Investments", "INVESTMENT"),
    17: ("Pluggy Investments 1-step", "INVESTMENT"),
    18: ("Pluggy Investments 2-step", "INVESTMENT"),
    19: ("Pluggy Bank QR", "PERSONAL_BANK"),
    20: ("Pluggy Acquirer", "OTHER"),
    OPEN_FINANCE_SANDBOX: ("Pluggy Bank Open Finance", "PERSONAL_BANK"),
}
TWO_STEP = frozenset({3, 5, 9, 10, 18})
QR = 19


def connector(connector_id: int, name: str, kind: str, credentials: list[Json], **more: Any) -> Json:
    """A complete Connector object; ``more`` overrides its keys."""
    slug = fold(name).replace(" ", "-")
    open_finance = more.get("isOpenFinance", False)
    return {
        "id": connector_id,
        "name": name,
        "institutionUrl": f"https://{slug}.example",
        "imageUrl": f"https://cdn.pluggy.ai/assets/connector-icons/{icon(connector_id)}.svg",
        "primaryColor": COLOURS.get(name.removesuffix(" Empresas"), f"{crc32(name.encode()) & 0xFFFFFF:06X}"),
        "type": kind,
        "country": "BR",
        "credentials": credentials,
        "hasMFA": connector_id in TWO_STEP or any(field["mfa"] for field in credentials),
        "oauth": open_finance,
        "products": list(REGULATED_PRODUCTS if open_finance else DIRECT_PRODUCTS),
        "productCoverage": list(PRODUCT_COVERAGE) if open_finance else [],
        "health": {"status": health_of(name), "stage": None},
        "isOpenFinance": False,
        "isSandbox": False,
        "supportsPaymentInitiation": open_finance,
        "supportsScheduledPayments": open_finance,
        "supportsSmartTransfers": False,
        "supportsBoletoManagement": False,
        "supportsAutomaticPix": open_finance,
        "createdAt": CREATED_AT,
        "updatedAt": UPDATED_AT,
    } | more


def icon(connector_id: int) -> str:
    """The logo's number is that of the direct connector; MeuPluggy and the sandbox have a placeholder."""
    if connector_id <= MEU_PLUGGY or connector_id == OPEN_FINANCE_SANDBOX:
        return "sandbox"
    return str(connector_id - 400 if connector_id > OPEN_FINANCE_SANDBOX else connector_id)


def health_of(name: str) -> str:
    if name in OFFLINE:
        return "OFFLINE"
    return "UNSTABLE" if name in UNSTABLE else "ONLINE"


def fold(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def connectors_of(institution: Institution) -> Iterator[Json]:
    kind = "INVESTMENT" if institution.name in BROKERS else "PERSONAL_BANK"
    if institution.direct:
        yield connector(institution.direct, institution.name, kind, direct_credentials(institution.direct))
    if institution.person:
        yield connector(institution.person, institution.name, kind, [cpf()], isOpenFinance=True)
    if institution.company:
        name = f"{institution.name} Empresas"
        yield connector(institution.company, name, "BUSINESS_BANK", [cnpj()], isOpenFinance=True)


def special() -> Iterator[Json]:
    yield connector(MEU_PLUGGY, "MeuPluggy", "PERSONAL_BANK", [], oauth=True, products=list(REGULATED_PRODUCTS))
    for connector_id, name, kind in PAYMENTS_ONLY:
        fields = [cnpj()] if kind == "BUSINESS_BANK" else [cpf()]
        yield connector(connector_id, name, kind, fields, isOpenFinance=True, products=[], productCoverage=[])
    for connector_id, (name, kind) in SANDBOX.items():
        regulated = connector_id == OPEN_FINANCE_SANDBOX
        fields = [cpf()] if regulated else sandbox_credentials(connector_id)
        yield connector(connector_id, name, kind, fields, isSandbox=True, isOpenFinance=regulated)


def build_catalogue() -> dict[int, Json]:
    """Every connector by id, in the order of ids; the caller's own, whose keys may be set anew."""
    return {one["id"]: dict(one) for one in every_connector()}


@cache
def every_connector() -> tuple[Json, ...]:
    """Made once, for every server and every reset of one: hundreds of names to fold."""
    every = [*special(), *(one for institution in (*KNOWN, *others()) for one in connectors_of(institution))]
    return tuple(sorted(every, key=lambda one: int(one["id"])))


def select(catalogue: Iterable[Json], filters: Mapping[str, Any]) -> list[Json]:
    """Those matching ``GET /connectors``' filters: ``countries``, ``types`` (lists), ``name``, booleans; None = any."""
    chosen = [one for one in catalogue if filters.get("sandbox") or not one["isSandbox"]]
    for key, member in (("countries", "country"), ("types", "type")):
        if wanted := filters.get(key):
            chosen = [one for one in chosen if one[member] in wanted]
    if name := fold(filters.get("name") or ""):
        chosen = [one for one in chosen if name in fold(one["name"])]
    for key in ("isOpenFinance", "supportsPaymentInitiation", "supportsSmartTransfers", "supportsAutomaticPix"):
        if filters.get(key) is not None:
            chosen = [one for one in chosen if one[key] is filters[key]]
    return chosen


def shown(one: Json, *, health_details: bool = False) -> Json:
    """A copy for an answer; ``health.details`` only when asked for."""
    if not health_details:
        return dict(one)
    rate = {"ONLINE": 97, "UNSTABLE": 61}.get(one["health"]["status"])
    details = {"connectionRateLast6Hours": rate, "connectionsLast6Hours": 412 if rate else 0}
    return one | {"health": one["health"] | {"details": details}}
