"""The local Pluggy's Connect widget in a real browser, inside a page of another origin: what is seen, what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import PATIENCE_MS, needs_browser, phone
from tests.local_http import local_session
from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, start_pluggy
from tests.widget_page import WidgetPage, start_widget_page

OK = {"user": "user-ok", "password": "password-ok"}
CPF = {"cpf": "529.982.247-25"}
Opener = Callable[..., Page]
pytest_plugins = ("tests.browser_fixtures",)
pytestmark = needs_browser


@pytest.fixture(scope="module")
def server() -> Iterator[PluggyServer]:
    with start_pluggy(speed=200) as running:
        yield running


@pytest.fixture
def pluggy(server: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(server)


@pytest.fixture(scope="module")
def site(server: PluggyServer) -> Iterator[WidgetPage]:
    with start_widget_page(server.url) as page:
        yield page


@pytest.fixture
def open_widget(browser: Browser, pluggy: Caller, site: WidgetPage) -> Iterator[Opener]:
    """Opens the widget on a phone, in a page of another port; at the end nothing may have failed in the page."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_it(token: Json | None = None, **options: Any) -> Page:
        context = phone(browser)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(site.url)
        access = pluggy.post("connect_token", token or {}).json()["accessToken"]
        page.evaluate("options => window.start(options)", {"connectToken": access, "includeSandbox": True} | options)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert problems == []


def told(page: Page, callback: str) -> list[Any]:
    """The arguments of every call of ``callback`` so far."""
    return [value for name, value in page.evaluate("window.calls") if name == callback]


def events(page: Page) -> list[str]:
    return [value["event"] for value in told(page, "onEvent")]


def fill(page: Page, **values: str) -> None:
    """Type into fields by their labels, and go on."""
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continuar").click()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text)).to_be_visible()


# Connecting


def test_bank_is_searched_chosen_and_connected(pluggy: Caller, open_widget: Opener) -> None:
    page = open_widget({"options": {"clientUserId": "user-42"}})
    heading(page, "Qual é o seu banco?")
    page.get_by_label("Buscar banco").fill("itau car")
    expect(page.get_by_role("listitem")).to_have_count(3)
    page.get_by_label("Buscar banco").fill("banco que não há")
    expect(page.get_by_text("Nenhum banco com esse nome.")).to_be_visible()
    page.get_by_label("Buscar banco").fill("pluggy bank")
    page.get_by_role("button", name="Pluggy Bank Pessoa física").first.click()
    fill(page, User="user-ok", Password="password-ok")
    heading(page, "Tudo certo!")
    item = told(page, "onSuccess")[0]["item"]
    assert pluggy.item(item["id"])["clientUserId"] == "user-42"
    assert (item["status"], told(page, "onError")) == ("UPDATED", [])
    names = events(page)
    assert [name for name in dict.fromkeys(names) if name != "ITEM_RESPONSE"] == [
        "SELECTED_INSTITUTION", "SUBMITTED_LOGIN", "LOGIN_STEP_COMPLETED",
    ]  # fmt: skip
    page.get_by_role("button", name="Concluir").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert [name for name, _ in page.evaluate("window.calls") if name != "onEvent"] == [
        "onOpen",
        "onSuccess",
        "onClose",
    ]


def test_chosen_connector_skips_the_list_and_fields_are_checked_first(pluggy: Caller, open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=2)
    heading(page, "Pluggy Bank")
    expect(page.get_by_role("button", name="Voltar")).to_be_hidden()
    fill(page, User="u")
    expect(page.get_by_text("O user deve começar com user-")).to_be_visible()
    expect(page.get_by_text("Preencha este campo.")).to_be_visible()
    expect(page.get_by_label("User", exact=True)).to_be_focused()
    assert pluggy.server.items() == []


def test_wrong_password_is_told_and_the_same_item_tries_again(pluggy: Caller, open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=2)
    fill(page, User="user-ok", Password="errada")
    heading(page, "Os dados não conferem")
    failure = told(page, "onError")[0]
    assert failure["message"] == "INVALID_CREDENTIALS"
    page.get_by_role("button", name="Tentar de novo").click()
    fill(page, User="user-ok", Password="password-ok")
    heading(page, "Tudo certo!")
    assert told(page, "onSuccess")[0]["item"]["id"] == failure["data"]["item"]["id"]
    assert len(pluggy.server.items()) == 1


def test_code_is_asked_for_after_the_login(open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=5)
    fill(page, User="user-ok", Password="password-ok")
    expect(page.get_by_text("O banco quer confirmar que é você.")).to_be_visible()
    fill(page, **{"Chave de segurança": "12"})
    expect(page.get_by_text("O token deve ter 6 dígitos")).to_be_visible()
    fill(page, **{"Chave de segurança": "123456"})
    heading(page, "Tudo certo!")
    assert events(page).count("SUBMITTED_MFA") == 1


def test_choice_is_made_among_options(open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=2)
    fill(page, User="user-ok-select", Password="password-ok")
    page.get_by_label("Código por e-mail").check()
    page.get_by_role("button", name="Continuar").click()
    heading(page, "Tudo certo!")


def test_digits_of_a_picture_are_read_and_typed(open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=2)
    fill(page, User="user-ok-img", Password="password-ok")
    expect(page.get_by_role("img", name="Código da imagem")).to_be_visible()
    assert page.get_by_role("img", name="Código da imagem").evaluate("image => image.naturalWidth") > 0
    fill(page, **{"Código da imagem": "123456"})
    heading(page, "Tudo certo!")


def test_qr_code_is_shown_until_a_phone_has_read_it(pluggy: Caller, open_widget: Opener) -> None:
    pluggy.server.options(phone_seconds=None)
    page = open_widget(selectedConnectorId=19)
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("img", name="QR Code do banco")).to_be_visible()
    pluggy.server.approve_device(pluggy.server.items()[0]["id"])
    heading(page, "Tudo certo!")


def test_open_finance_goes_by_the_bank_s_own_page(open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=600)
    fill(page, CPF=CPF["cpf"])
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Ir para o banco").click()
    bank = opened.value
    bank.get_by_role("button", name="Aprovar").click()
    expect(bank.get_by_role("heading", name="Pronto! Acesso autorizado")).to_be_visible()
    heading(page, "Tudo certo!")
    assert told(page, "onSuccess")[0]["item"]["consentExpiresAt"] is not None
    assert "SUBMITTED_CONSENT" in events(page)


def test_page_may_take_over_how_the_bank_is_opened(open_widget: Opener) -> None:
    """In a chat's mini app pop-ups are blocked: the page hands the address to the chat instead."""
    page = open_widget(selectedConnectorId=600)
    page.evaluate("() => { window.open = (...sent) => { window.calls.push(['open', sent]); return null; }; }")
    fill(page, CPF=CPF["cpf"])
    page.get_by_role("button", name="Ir para o banco").click()
    url, target = told(page, "open")[0]
    assert "/oauth/authorize?state=" in url
    assert target == "_blank"


def test_refusal_at_the_bank_offers_another_try_with_a_new_link(pluggy: Caller, open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=600)
    fill(page, CPF=CPF["cpf"])
    first = page.get_by_label("Endereço da página do banco").input_value()
    pluggy.server.authorize(first, "deny")
    heading(page, "Acesso não autorizado")
    page.get_by_role("button", name="Tentar de novo").click()
    expect(page.get_by_role("button", name="Ir para o banco")).to_be_visible()
    second = page.get_by_label("Endereço da página do banco").input_value()
    assert second != first
    pluggy.server.authorize(second)
    heading(page, "Tudo certo!")


def test_other_holder_s_approval_is_not_shown_as_a_failure(pluggy: Caller, open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=2)
    pluggy.server.options(joint_seconds=3600)
    fill(page, User="user-ok-auth-pending", Password="password-ok")
    heading(page, "Falta outra aprovação")
    assert told(page, "onError")[0]["data"]["item"]["executionStatus"] == "USER_AUTHORIZATION_PENDING"


# Update mode


def test_healthy_item_is_refreshed_without_any_question(pluggy: Caller, open_widget: Opener) -> None:
    item = pluggy.connect(2, OK)
    page = open_widget({"itemId": item["id"]}, updateItem=item["id"])
    expect(page.get_by_label("Password")).to_have_count(0)
    page.get_by_role("button", name="Atualizar agora").click()
    heading(page, "Tudo certo!")
    again = told(page, "onSuccess")[0]["item"]
    assert (again["id"], again["lastUpdatedAt"] > item["lastUpdatedAt"]) == (item["id"], True)


def test_item_that_takes_a_code_each_time_is_asked_for_nothing_else(pluggy: Caller, open_widget: Opener) -> None:
    item = pluggy.connect(4, OK | {"token": "123456"})
    page = open_widget({"itemId": item["id"]}, updateItem=item["id"])
    expect(page.get_by_label("Token", exact=True)).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_have_count(0)
    fill(page, Token="654321")
    heading(page, "Tudo certo!")


def test_rejected_item_is_asked_for_its_data_again(pluggy: Caller, open_widget: Opener) -> None:
    item = pluggy.connect(2, OK | {"password": "errada"})
    page = open_widget({"itemId": item["id"]}, updateItem=item["id"])
    fill(page, User="user-ok", Password="password-ok")
    heading(page, "Tudo certo!")
    assert [one["id"] for one in pluggy.server.items()] == [item["id"]]


def test_consent_is_renewed_by_authorising_again(pluggy: Caller, open_widget: Opener) -> None:
    item = pluggy.connect(600, CPF)
    pluggy.server.authorize(item["parameter"]["data"])
    old = pluggy.settle(item["id"])["consentExpiresAt"]
    pluggy.server.advance(days=3, hours=12)  # far from the bank's daily sync, or the screen shows how that one ends
    page = open_widget({"itemId": item["id"]}, updateItem=item["id"])
    page.get_by_role("button", name="Autorizar de novo no banco").click()
    fill(page, CPF=CPF["cpf"])
    pluggy.server.authorize(page.get_by_label("Endereço da página do banco").input_value())
    heading(page, "Tudo certo!")
    assert told(page, "onSuccess")[0]["item"]["consentExpiresAt"] > old


def test_item_of_somebody_else_is_not_opened(pluggy: Caller, open_widget: Opener) -> None:
    mine, other = pluggy.connect(2, OK), pluggy.connect(2, OK)
    page = open_widget({"itemId": mine["id"]}, updateItem=other["id"])
    heading(page, "Não deu certo")
    assert told(page, "onError") == [{"message": "Esta tela venceu. Feche e abra de novo."}]


# Leaving


def test_leaving_before_anything_began_just_closes(open_widget: Opener) -> None:
    page = open_widget()
    page.get_by_role("button", name="Fechar").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert [name for name, _ in page.evaluate("window.calls")] == ["onOpen", "onClose"]


def test_leaving_midway_is_confirmed_and_tells_of_the_item(pluggy: Caller, open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=600)
    fill(page, CPF=CPF["cpf"])
    expect(page.get_by_role("button", name="Ir para o banco")).to_be_visible()
    page.get_by_role("button", name="Fechar").click()
    page.get_by_role("button", name="Continuar aqui").click()
    expect(page.get_by_role("button", name="Ir para o banco")).to_be_visible()
    page.get_by_role("button", name="Fechar").click()
    page.get_by_role("button", name="Sair").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert told(page, "onError")[0]["data"]["item"]["id"] == pluggy.server.items()[0]["id"]
    assert told(page, "onClose") == [None]


def test_page_hides_shows_and_destroys_it(open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=2)
    page.evaluate("widget.hide()")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("widget.show()")
    heading(page, "Pluggy Bank")
    page.evaluate("widget.destroy()")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert told(page, "onClose") == [None]


def test_lost_network_is_said_and_tried_again(pluggy: Caller, open_widget: Opener) -> None:
    page = open_widget(selectedConnectorId=2)
    pluggy.server.fault("cut_before", method="POST", path="^/items$", count=None)  # browsers try twice by themselves
    fill(page, User="user-ok", Password="password-ok")
    expect(page.get_by_role("alert")).to_have_text("Sem conexão. Confira a internet e tente de novo.")
    pluggy.server.admin("faults", method="DELETE")
    page.get_by_role("button", name="Continuar").click()
    heading(page, "Tudo certo!")


# What lets it run elsewhere


def test_script_may_be_loaded_from_any_page(server: PluggyServer) -> None:
    session = local_session()
    response = session.get(f"{server.url}/pluggy-connect.js", timeout=5)
    session.close()
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def asked(pluggy: Caller, path: str, method: str = "POST") -> bool:
    """Whether a page of another origin is permitted the call."""
    headers = {"Origin": "https://app.example.com", "Access-Control-Request-Method": method}
    response = pluggy.call("OPTIONS", path, headers=headers)
    return response.status_code == 204 and response.headers["Access-Control-Allow-Origin"] == "*"


def test_other_origins_are_permitted_what_a_connect_token_opens_and_no_more(pluggy: Caller) -> None:
    item = pluggy.create(5, OK)["id"]
    opened = ("items", f"items/{item}", f"items/{item}/mfa", "accounts", "connectors", "connectors/2")
    closed = (
        "auth",
        "connect_token",
        "webhooks",
        "v2/transactions",
        f"items/{item}/resources",
        "identity",
        "_admin/items",
    )
    assert [path for path in opened if not asked(pluggy, path)] == []
    assert [path for path in closed if asked(pluggy, path)] == []


def test_answers_to_an_api_key_are_not_for_pages(pluggy: Caller) -> None:
    origin = {"Origin": "https://app.example.com"}
    token = pluggy.post("connect_token", {}).json()["accessToken"]
    shared = pluggy.call("GET", "connectors/2", headers=origin | {"X-API-KEY": token})
    kept = pluggy.call("GET", "connectors/2", headers=origin)
    refused = pluggy.call("GET", "connectors/2", headers=origin | {"X-API-KEY": "gone"})
    assert shared.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in kept.headers
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (403, "*")
