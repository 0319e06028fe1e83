"""What happens at the bank, decided from the connector and the credentials alone (reference 10 and 3.4).

A `Scenario` is the whole script of an execution: who is asked what, and how it ends. Nothing here keeps state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.pluggy_api.connectors import (
    CAPTCHA_CODE,
    DEVICE,
    OPEN_FINANCE_SANDBOX,
    QR,
    TWO_STEP,
    credential,
)
from sandbox.pluggy_api.pictures import code_picture, qr_picture
from sandbox.pluggy_api.validation import digits, is_cnpj, is_cpf

Json = dict[str, Any]

TOKEN = "123456"  # noqa: S105 - the sandbox's well-known code
SANDBOX_PASSWORD = "password-ok"  # noqa: S105 - reference 10
WRONG_PASSWORD = "errada"  # noqa: S105 - the one an ordinary connector refuses
BAD_FRESH_TOKEN = "000000"  # noqa: S105 - the one-step code an update refuses
STRANGER_CPF = "00000000191"  # valid, and no bank has a client with it
VERIFIED = frozenset({"cpf", "cnpj"})

# executionStatus → (status, message). The pairing is partly documented (reference 3.4): clients must act on the first.
OUTCOMES = {
    "INVALID_CREDENTIALS": ("LOGIN_ERROR", "Invalid credentials."),
    "INVALID_CREDENTIALS_MFA": ("LOGIN_ERROR", "Invalid MFA token."),
    "ACCOUNT_LOCKED": ("LOGIN_ERROR", "The account is locked at the institution."),
    "ACCOUNT_CREDENTIALS_RESET": ("LOGIN_ERROR", "The institution requires new credentials."),
    "ACCOUNT_NEEDS_ACTION": ("OUTDATED", "The account needs an action at the institution."),
    "USER_AUTHORIZATION_PENDING": ("OUTDATED", "The authorization is waiting for an approval."),
    "USER_AUTHORIZATION_NOT_GRANTED": ("LOGIN_ERROR", "The user did not grant the authorization."),
    "USER_AUTHORIZATION_REVOKED": ("LOGIN_ERROR", "The authorization was revoked."),
    "USER_INPUT_TIMEOUT": ("OUTDATED", "The user input was not received in time."),
    "USER_NOT_SUPPORTED": ("OUTDATED", "This kind of customer is not supported."),
    "ALREADY_LOGGED_IN": ("OUTDATED", "The user is logged in elsewhere."),
    "SITE_NOT_AVAILABLE": ("OUTDATED", "The institution is not available."),
    "CONNECTION_ERROR": ("OUTDATED", "The connection to the institution failed."),
    "UNEXPECTED_ERROR": ("OUTDATED", "Unexpected error."),
    "ERROR": ("OUTDATED", "Unexpected error."),
    "MERGE_ERROR": ("OUTDATED", "The collected data could not be merged."),
    "CREATE_ERROR": ("OUTDATED", "The execution could not be created."),
}
FAILING_USERS = {
    "user-logged": "ALREADY_LOGGED_IN",
    "user-locked": "ACCOUNT_LOCKED",
    "user-error": "UNEXPECTED_ERROR",
    "user-unavailable": "SITE_NOT_AVAILABLE",
    "user-connection-error": "CONNECTION_ERROR",
    "user-account-need-actions": "ACCOUNT_NEEDS_ACTION",
    "user-account-need-actions-provider-message": "ACCOUNT_NEEDS_ACTION",
    "user-account-credentials-reset": "ACCOUNT_CREDENTIALS_RESET",
    "user-not-supported": "USER_NOT_SUPPORTED",
}
GOOD_USERS = re.compile(
    r"^user-ok(-account-(error|warning)|-auth-pending|-two-checking-accounts|-img|-select|-phone|-multi-company"
    r"|-perf(-\d{1,4}x)?)?$"
)
PROVIDER_MESSAGE = "Aceite os novos termos de uso no aplicativo do banco."


@dataclass(frozen=True)
class Failure:
    """An execution that ends without data. ``code`` is both its ``executionStatus`` and its ``error.code``."""

    code: str
    provider_message: str | None = None

    @property
    def status(self) -> str:
        return OUTCOMES.get(self.code, ("OUTDATED", ""))[0]

    def error(self) -> Json:
        body: Json = {"code": self.code, "message": OUTCOMES.get(self.code, ("", "Unexpected error."))[1]}
        if self.provider_message is not None:
            body |= {"providerMessage": self.provider_message, "attributes": {}}
        return body


@dataclass(frozen=True)
class Prompt:
    """One thing the bank wants. ``accepted`` None = the parameter's own pattern or options decide.

    Only a ``question`` is answered through the API; the others are answered at the bank.
    """

    parameter: Json
    accepted: frozenset[str] | None = None
    kind: Literal["question", "link", "qr", "device"] = "question"


@dataclass(frozen=True)
class Scenario:
    """How an execution goes. ``partial``: which product comes back incomplete and how.

    ``link``: authorised at the bank's page. ``phone``: what the bank's app is needed for, every time or, for a device, once.
    ``pending``: another approval is awaited before the data comes.
    """

    failure: Failure | None = None
    prompts: tuple[Prompt, ...] = ()
    link: bool = False
    phone: Prompt | None = None
    pending: bool = False
    partial: Literal["error", "warning"] | None = None


def failed(code: str) -> Scenario:
    return Scenario(failure=Failure(code))


def scenario_for(
    connector: Json, parameters: Mapping[str, str], *, fresh_token: bool, password: str | None = None
) -> Scenario:
    """The script for these credentials. ``fresh_token``: an update's one-step code, which cannot be 123456 again.
    ``password``: the only one the bank takes now; None = its usual rule.
    """
    if not all(is_document(name, value) for name, value in parameters.items() if name in VERIFIED):
        return failed("INVALID_CREDENTIALS")
    if not connector["isSandbox"] or connector["id"] == OPEN_FINANCE_SANDBOX:
        return ordinary(connector, parameters, password)
    return sandbox(connector, parameters, fresh_token=fresh_token, password=password or SANDBOX_PASSWORD)


def is_document(name: str, value: str) -> bool:
    return is_cpf(value) if name == "cpf" else is_cnpj(value)


def ordinary(connector: Json, parameters: Mapping[str, str], password: str | None) -> Scenario:
    """Anything that fits the patterns gets in, but for one password; with ``oauth`` the person authorises by a link."""
    if connector["oauth"]:
        is_stranger = digits(parameters.get("cpf", "")) == STRANGER_CPF
        return failed("INVALID_CREDENTIALS") if is_stranger else Scenario(link=True)
    kinds = {field["name"]: field["type"] for field in connector["credentials"]}
    secrets = [value for name, value in parameters.items() if kinds[name] == "password"]
    if WRONG_PASSWORD in secrets or (password is not None and any(value != password for value in secrets)):
        return failed("INVALID_CREDENTIALS")
    if any(kinds[name] == "image" and value != CAPTCHA_CODE for name, value in parameters.items()):
        return failed("INVALID_CREDENTIALS_MFA")
    return Scenario(phone=device_prompt() if connector["id"] == DEVICE else None)


def sandbox(connector: Json, parameters: Mapping[str, str], *, fresh_token: bool, password: str) -> Scenario:
    """The users of reference 10, on every sandbox connector with user and password."""
    if connector["id"] == QR:
        return Scenario(phone=qr_prompt())
    user = parameters.get("user", "")
    if parameters.get("password") != password:
        return failed("INVALID_CREDENTIALS")
    if code := FAILING_USERS.get(user):
        message = PROVIDER_MESSAGE if code == "ACCOUNT_NEEDS_ACTION" else None
        return Scenario(failure=Failure(code, message))
    if not GOOD_USERS.match(user):
        return failed("INVALID_CREDENTIALS")
    if not is_right_token(parameters.get("token"), fresh_token=fresh_token):
        return failed("INVALID_CREDENTIALS_MFA")
    return Scenario(
        prompts=prompts_for(connector["id"], user),
        pending=user == "user-ok-auth-pending",
        partial="error" if user.endswith("-account-error") else "warning" if user.endswith("-warning") else None,
    )


def is_right_token(token: str | None, *, fresh_token: bool) -> bool:
    """123456 at creation. An update may not repeat it, so any other six digits are a fresh code, except 000000."""
    if token is None:
        return True
    return token != BAD_FRESH_TOKEN if fresh_token else token == TOKEN


def prompts_for(connector_id: int, user: str) -> tuple[Prompt, ...]:
    by_user = {
        "user-ok-img": (picture_prompt,),
        "user-ok-select": (select_prompt,),
        "user-ok-phone": (phone_prompt,),
        "user-ok-multi-company": (company_prompt,),
    }
    by_connector = (token_prompt,) if connector_id in TWO_STEP else ()
    return tuple(build() for build in (*by_user.get(user, ()), *by_connector))


def token_prompt() -> Prompt:
    parameter = credential(
        "token",
        "Chave de segurança",
        "text",
        placeholder="Exemplo: 123456",
        validation=r"^\d{6}$",
        validationMessage="O token deve ter 6 dígitos",
    )
    return Prompt(parameter, frozenset({TOKEN}))


def picture_prompt() -> Prompt:
    picture = {"data": code_picture(TOKEN), "placeholder": "Digite os números da imagem"}
    return Prompt(credential("token", "Código da imagem", "image", **picture), frozenset({TOKEN}))


def choice(name: str, label: str, *options: tuple[str, str]) -> Prompt:
    return Prompt(
        credential(name, label, "select", options=[{"value": value, "label": text} for value, text in options])
    )


def select_prompt() -> Prompt:
    options = (("sms", "Código por SMS"), ("email", "Código por e-mail"), ("app", "Aplicativo"))
    return choice("option", "Como quer se identificar?", *options)


def phone_prompt() -> Prompt:
    return choice("phone", "Escolha o telefone", ("1", "(11) *****-1234"), ("2", "(21) *****-9876"))


def company_prompt() -> Prompt:
    return choice("company", "Escolha a empresa", ("1", "Padaria Exemplo LTDA"), ("2", "Oficina Exemplo ME"))


def qr_prompt() -> Prompt:
    """Nothing to answer: the bank's own app reads the picture."""
    parameter = credential("qr", "Leia o QR Code com o aplicativo do banco", "image", data=qr_picture())
    return Prompt(parameter, frozenset(), kind="qr")


def device_prompt() -> Prompt:
    """Nothing to answer and nothing to see: the bank's own app asks."""
    return Prompt(credential("device", "Abra o aplicativo do banco e autorize o novo acesso", "text"), kind="device")


def link_prompt(url: str) -> Prompt:
    """The page at the bank, in the parameter's ``data`` (its name is no promise: reference 3.11)."""
    parameter = credential("oauthCode", "Autorize o acesso na página do banco", "text", data=url)
    return Prompt(parameter, kind="link")
