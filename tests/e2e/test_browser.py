"""The browser client against the whole product, in a real browser with a fake microphone."""

import uuid
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dev.launcher.toolchain import ROOT
from tests.support.stack import Stack

CHROMIUM = "/usr/bin/chromium"
RECORDING = ROOT / "tests" / "data" / "recordings" / "create-00-slt.wav"
RESULTS = ROOT / "test-results"
WITHIN_MS = 30_000  # far more than it takes: build machines are slow and busy
QUIET_FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-quic")
LEAD_S, TAIL_S = 0.3, 8

Opener = Callable[..., Page]


@pytest.fixture
def open_page(stack: Stack) -> Iterator[Opener]:
    """A function that opens the client for a user of its own, with the flags of a microphone."""
    with sync_playwright() as playwright, ExitStack() as closing:

        def open_with(*flags: str, width: int = 1000) -> Page:
            browser: Browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*QUIET_FLAGS, *flags]
            )
            closing.callback(browser.close)
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.add_init_script(f"localStorage.setItem('nexus.user', 'browser-{uuid.uuid4()}')")
            page.goto(f"{stack.run['base_url']}/app/")
            expect(page.locator("body[data-ready]")).to_be_attached(timeout=WITHIN_MS)
            return page

        yield open_with


def fake_microphone(folder: Path, recording: Path = RECORDING) -> tuple[str, ...]:
    """The flags with which Chromium hears `recording`, once, with silence around it."""
    padded = folder / "microphone.wav"
    with wave.open(str(recording), "rb") as source, wave.open(str(padded), "wb") as target:
        target.setparams(source.getparams())
        second = bytes(2 * source.getframerate())
        target.writeframes(second[: int(len(second) * LEAD_S) // 2 * 2])
        target.writeframes(source.readframes(source.getnframes()))
        target.writeframes(second * TAIL_S)
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={padded}%noloop",
        "--autoplay-policy=no-user-gesture-required",
    )


def type_command(page: Page, text: str) -> None:
    """Type a command and send it."""
    page.get_by_label("Type a command").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def expect_done(page: Page, count: int = 1) -> None:
    """So many commands of this session, all of them done, with code on the page."""
    expect(page.locator("#now > [data-state=done]")).to_have_count(count, timeout=WITHIN_MS)
    expect(page.locator("#now > li")).to_have_count(count)
    expect(page.locator("#now .code").first).to_contain_text("def ")


def let_the_model_hang(stack: Stack, words: str) -> None:
    """The model stops in the middle of its next reply to a request with `words`."""
    order = {"kind": "hang", "match": words}
    reply = requests.post(f"{stack.run['anthropic']['control_url']}/faults", json=order, timeout=9)
    reply.raise_for_status()


def keep_screenshot(page: Page, name: str) -> None:
    """Keep what the page looks like, for people."""
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"{name}.png")


def test_a_sentence_spoken_while_the_button_is_held_becomes_code(
    open_page: Opener, tmp_path: Path
) -> None:
    page = open_page(*fake_microphone(tmp_path))
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    page.get_by_role("button", name="Hold to talk").hover()
    page.mouse.down()
    expect(page.locator("#phase")).to_have_text("Connected", timeout=WITHIN_MS)
    expect(page.locator("#live")).to_contain_text("numbers", timeout=WITHIN_MS)
    page.mouse.up()
    expect(page.locator("#talk")).to_have_text("Hold to talk")
    expect_done(page)
    assert '{"type":"end_turn"}' in sent
    expect(page.locator("#now .intent")).to_have_text("create")
    expect(page.locator("#now .transcript")).to_contain_text("function")
    expect(page.locator("#now .timings")).to_contain_text("Took")
    keep_screenshot(page, "browser-spoken")


def test_a_sentence_spoken_hands_free_becomes_code(open_page: Opener, tmp_path: Path) -> None:
    page = open_page(*fake_microphone(tmp_path))
    page.get_by_role("switch", name="Hands-free").click()
    expect_done(page)
    page.get_by_role("switch", name="Hands-free").click()
    expect(page.get_by_role("switch", name="Hands-free")).not_to_be_checked()


def test_a_typed_command_becomes_code_that_can_be_read_again_later(open_page: Opener) -> None:
    page = open_page(width=375)
    type_command(page, "create a function that adds two numbers")
    expect_done(page)
    keep_screenshot(page, "browser-typed-phone")
    code = page.locator("#now .code").text_content()
    page.reload()
    expect(page.locator("#earlier > li")).to_have_count(1, timeout=WITHIN_MS)
    page.locator("#earlier summary").first.click()
    expect(page.locator("#earlier .code")).to_have_text(str(code))


def test_a_service_killed_in_the_middle_comes_back_and_its_result_is_shown_once(
    open_page: Opener, stack: Stack
) -> None:
    page = open_page()
    type_command(page, "create a function that adds two numbers")
    expect_done(page)
    let_the_model_hang(stack, "reverses a string")
    type_command(page, "create a function that reverses a string")
    expect(page.locator("#now > [data-state=generating]")).to_have_count(1, timeout=WITHIN_MS)
    stack.kill_service("voice_ws")
    expect_done(page, count=2)
    expect(page.locator("#phase")).to_have_text("Connected", timeout=WITHIN_MS)
    again = page.locator("#now .transcript", has_text="reverses a string")
    expect(again).to_have_count(1)


def test_a_refused_microphone_is_explained_and_typing_goes_on(open_page: Opener) -> None:
    page = open_page("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page.get_by_role("switch", name="Hands-free").click()
    expect(page.get_by_role("alert")).to_contain_text("The microphone is blocked")
    expect(page.locator("#live")).to_be_empty()
    expect(page.get_by_role("switch", name="Hands-free")).not_to_be_checked()
    keep_screenshot(page, "browser-microphone-refused")
    type_command(page, "create a function that adds two numbers")
    expect_done(page)


def test_escape_withdraws_a_running_command(open_page: Opener, stack: Stack) -> None:
    page = open_page()
    let_the_model_hang(stack, "adds two numbers")
    type_command(page, "create a function that adds two numbers")
    expect(page.locator("#now > [data-state=generating]")).to_have_count(1, timeout=WITHIN_MS)
    page.keyboard.press("Escape")
    expect(page.locator("#now > [data-state=cancelled]")).to_have_count(1, timeout=WITHIN_MS)


def test_the_page_loads_nothing_from_elsewhere_and_says_nothing_on_the_console(
    open_page: Opener, stack: Stack
) -> None:
    page = open_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator("body[data-ready]")).to_be_attached(timeout=WITHIN_MS)
    assert asked
    assert [url for url in asked if not url.startswith((stack.run["base_url"], "data:"))] == []
    assert said == []
