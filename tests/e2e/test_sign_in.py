"""Signing in on the page with e-mail and password, in a real browser, against the Auth emulator."""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.e2e.test_browser import (
    CHROMIUM,
    QUIET_FLAGS,
    WITHIN_MS,
    expect_done,
    keep_screenshot,
    type_command,
)
from tests.support.stack import Stack

PASSWORD = "correct horse battery staple"
GOOGLE = re.compile(r"https://(identitytoolkit|securetoken)\.googleapis\.com/")
# With it a request does not come from this machine alone, so that nobody is let in by name.
PROXIED = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET_FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def account(stack: Stack) -> tuple[str, str]:
    """E-mail and user id of an account of its own, made as its owner would."""
    email = f"{uuid.uuid4()}@example.com"
    host = stack.run["auth_emulator_host"]
    url = f"http://{host}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=local"
    made = requests.post(url, json={"email": email, "password": PASSWORD}, timeout=9)
    made.raise_for_status()
    return email, made.json()["localId"]


@contextmanager
def cloud(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """The page as Firebase Hosting serves it; at Google's addresses the emulator answers."""
    emulator = stack.run["auth_emulator_host"]

    def answer(route: Route) -> None:
        url = route.request.url.replace("https://", f"http://{emulator}/")
        route.fulfill(response=route.fetch(url=url))

    context = browser.new_context(
        viewport={"width": 375, "height": 720}, extra_http_headers=PROXIED
    )
    config = {"apiKey": "AIza", "projectId": "p", "authDomain": "p.firebaseapp.com"}
    context.route("**/__/firebase/init.json", lambda route: route.fulfill(json=config))
    context.route(GOOGLE, answer)
    yield context
    context.close()


def open_app(context: BrowserContext, stack: Stack) -> Page:
    """The page, ready."""
    page = context.new_page()
    page.goto(f"{stack.run['base_url']}/app/")
    expect(page.locator("body[data-ready]")).to_be_attached(timeout=WITHIN_MS)
    return page


def sign_in(page: Page, email: str, password: str) -> None:
    """Fill the form in and send it with the keyboard."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def test_in_the_cloud_an_account_signs_in_gets_its_code_and_signs_out(
    browser: Browser, stack: Stack, account: tuple[str, str]
) -> None:
    email, uid = account
    history = f"{stack.run['base_url']}/voice/history/{uid}"
    assert requests.get(history, headers=PROXIED, timeout=9).status_code == 401
    with cloud(browser, stack) as context:
        page = open_app(context, stack)
        expect(page.get_by_label("E-mail")).to_be_focused()
        expect(page.get_by_role("button", name="Hold to talk")).to_be_hidden()
        keep_screenshot(page, "sign-in-phone")
        sign_in(page, email, "wrong")
        expect(page.locator("#sign-in-failure")).to_contain_text("E-mail or password is wrong")
        expect(page.get_by_label("Password", exact=True)).to_be_focused()
        keep_screenshot(page, "sign-in-wrong-phone")
        sign_in(page, email, PASSWORD)
        expect(page.get_by_role("button", name="Hold to talk")).to_be_focused()
        with page.expect_websocket() as opened:
            type_command(page, "create a function that adds two numbers")
        assert opened.value.url.endswith(f"/voice/{uid}")
        expect_done(page)
        page.reload()
        expect(page.locator("#earlier > li")).to_have_count(1, timeout=WITHIN_MS)
        expect(page.locator("#who")).to_have_text(email)
        keep_screenshot(page, "sign-in-done-phone")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Password", exact=True)).to_be_empty()
        expect(page.locator("#earlier > li")).to_have_count(0)
        page.reload()
        expect(page.get_by_label("E-mail")).to_be_focused()
        assert page.evaluate("sessionStorage.length") == 0


def test_a_fresh_token_is_told_to_the_service_through_the_local_front(
    browser: Browser, stack: Stack, account: tuple[str, str]
) -> None:
    email, uid = account
    issued: list[str] = []

    def soon_over(route: Route) -> None:
        """Tokens that seem to end in seconds, so that one is replaced every other second."""
        reply = route.fetch()
        body = reply.json()
        issued.append(body.get("id_token") or body["idToken"])
        route.fulfill(response=reply, json={**body, "expiresIn": "4", "expires_in": "4"})

    with browser.new_context() as context:
        context.route(f"{stack.run['base_url']}/*.googleapis.com/**", soon_over)
        page = open_app(context, stack)
        page.get_by_role("button", name="Sign in").click()
        sign_in(page, email, PASSWORD)
        expect(page.locator("#who")).to_have_text(email)
        with page.expect_websocket() as opened:
            type_command(page, "create a function that adds two numbers")
        assert opened.value.url.endswith(f"/voice/{uid}")
        with opened.value.expect_event(
            "framesent", lambda frame: '"auth"' in str(frame), timeout=WITHIN_MS
        ) as told:
            expect_done(page)
    assert json.loads(told.value)["token"] in issued[1:]
