"""Debian's Chromium for browser tests: phone and desktop contexts, in Portuguese and São Paulo time; the chat page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 15_000  # a busy machine takes longer than Playwright's five seconds
#: Chromium heeds the last of two such lists: this one is Playwright's own, once more.
UNWANTED = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
]
#: Every window would load two pages for its address bar, and every page start a process for the next one: together more work
#: than most tests give it.
UNSEEN = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess"]
FLAGS = [
    "--disable-features=" + ",".join(UNWANTED + UNSEEN),
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Motion = Literal["no-preference", "reduce"]
needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed (apt-get install chromium)"),
]


@contextmanager
def launch_chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def phone(
    browser: Browser,
    scheme: Literal["light", "dark"] = "light",
    size: tuple[int, int] = (390, 844),
    motion: Motion = "reduce",
) -> BrowserContext:
    """A phone with a touch screen of so many points. A sheet that still slides in is tapped beside its buttons: whoever taps
    on what it frames asks for less motion."""
    return browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        locale="pt-BR",
        timezone_id="America/Sao_Paulo",
        color_scheme=scheme,
        reduced_motion=motion,
    )


def desktop(browser: Browser) -> BrowserContext:
    return browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="pt-BR", timezone_id="America/Sao_Paulo", color_scheme="light"
    )


def open_chat(page: Page, address: str) -> Page:
    """Show the chat page and wait until it follows its server."""
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    return page


def write(page: Page, text: str) -> None:
    """Type a message and send it."""
    page.get_by_label("Mensagem", exact=True).fill(text)
    page.get_by_label("Mensagem", exact=True).press("Enter")


def shown(page: Page, message_id: int) -> Locator:
    """A message of the chat, by its number."""
    return page.locator(f'[data-message-id="{message_id}"]')


def newest(page: Page) -> Locator:
    """The message at the bottom of the chat."""
    return page.locator("[data-message-id]").last
