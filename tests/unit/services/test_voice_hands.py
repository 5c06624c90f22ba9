"""The repository's side of a voice connection, on a loop, with scripted work."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.errors import NotConfigured, UpstreamUnavailable
from shared.services.voice_hands import VoiceHands
from shared.services.voice_journal import FencedError
from shared.voice import events as ev
from shared.voice.effects import Change, Connect, Look, Release, TakeBack
from shared.voice.records import Intent, Interaction
from shared.voice.reply import Header, Reply
from shared.voice.repository import Applied, Busy, Rejected, RepositoryView, Undone
from tests.unit.voice.test_session import interaction

VIEW = RepositoryView(branch="voice/x", base="main", tip="t")
HEADER = Header(intent=Intent.CREATE, language=None, filename=None)
REPLY = Reply(header=HEADER, code="x = 1\n", edits=(), explanation="")
COMMAND = interaction()


@dataclass
class ScriptedWork:
    """Fails as often as it is told to, then does it. `calls`: what was asked."""

    faults: list[Exception] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def _do(self, name: str) -> None:
        self.calls.append(name)
        if self.faults:
            raise self.faults.pop(0)

    def connect(self, workspace: str | None) -> bool:
        self._do(f"connect {workspace}")
        return True

    def prefetch(self) -> tuple[str, ...]:
        self._do("prefetch")
        return ("parse_amount",)

    def look(self, interaction: Interaction, recent: tuple[str, ...]) -> RepositoryView:
        del interaction, recent
        self._do("look")
        return VIEW

    def apply(self, interaction: Interaction, reply: Reply, view: RepositoryView) -> Applied:
        del interaction, reply, view
        self._do("apply")
        return Applied()

    def undo(self, interaction: Interaction) -> Undone:
        del interaction
        self._do("undo")
        return Undone()

    def release(self, interaction_id: str) -> None:
        self._do(f"release {interaction_id}")


class Stage:
    """Hands on a loop; `events` are what they told, `clock` moves only with their pauses."""

    def __init__(self, work: ScriptedWork | None, check: Callable[[], None] = lambda: None) -> None:
        self.events: list[ev.Event] = []
        self.clock = 0.0
        self.hands = VoiceHands(
            work=work,
            run=self._run,
            check=check,
            emit=self.events.append,
            now=lambda: self.clock,
            pause=self._pause,
        )

    async def play(self, *effects: Any) -> list[ev.Event]:
        for effect in effects:
            self.hands.put(effect)
        serving = asyncio.ensure_future(self.hands.serve())
        for _ in range(1000):
            await asyncio.sleep(0)
        serving.cancel()
        return self.events

    async def _run(self, call: Callable[[], Any]) -> Any:
        return call()

    async def _pause(self, seconds: float) -> None:
        self.clock += seconds
        await asyncio.sleep(0)


async def test_without_a_repository_for_anybody_nothing_is_asked() -> None:
    assert await Stage(None).play(Connect(), Release("i")) == [ev.Connected(False)]


async def test_a_repository_that_is_found_is_told_with_its_names() -> None:
    work = ScriptedWork()
    events = await Stage(work).play(Connect("w"))
    assert events == [ev.Connected(True), ev.NamesKnown(("parse_amount",))]
    assert work.calls == ["connect w", "prefetch"]


async def test_a_store_that_is_away_is_asked_again_until_it_tells() -> None:
    away: list[Exception] = [UpstreamUnavailable("away")] * 3
    assert (await Stage(ScriptedWork(away)).play(Connect()))[0] == ev.Connected(True)


async def test_a_workspace_that_cannot_be_used_counts_as_none() -> None:
    events = await Stage(ScriptedWork([NotConfigured("gone")])).play(Connect())
    assert events == [ev.Connected(False)]


async def test_names_that_cannot_be_read_are_left_to_the_first_command() -> None:
    class NoNames(ScriptedWork):
        def prefetch(self) -> tuple[str, ...]:
            raise UpstreamUnavailable("git is away")

    assert await Stage(NoNames()).play(Connect()) == [ev.Connected(True)]


async def test_a_busy_repository_is_waited_for_and_told_once() -> None:
    events = await Stage(ScriptedWork([Busy("in use")] * 5)).play(Look(7, COMMAND, ()))
    assert events == [ev.Waiting(7), ev.Looked(7, VIEW)]


async def test_a_repository_that_stays_busy_ends_the_command() -> None:
    events = await Stage(ScriptedWork([Busy("in use")] * 900)).play(Look(7, COMMAND, ()))
    [waiting, failed] = events
    assert waiting == ev.Waiting(7)
    assert isinstance(failed, ev.WorkFailed)
    assert isinstance(failed.error, Busy)


async def test_a_look_that_was_stopped_tells_nothing() -> None:
    stage = Stage(ScriptedWork())
    stage.hands.stop(7)
    assert await stage.play(Look(7, COMMAND, ()), Look(8, COMMAND, ())) == [ev.Looked(8, VIEW)]


async def test_a_hiccup_of_the_host_is_passed_over_and_a_change_then_made() -> None:
    work = ScriptedWork([UpstreamUnavailable("cut")])
    events = await Stage(work).play(Change(3, COMMAND, REPLY, VIEW))
    assert (events, work.calls) == ([ev.Changed(3, Applied())], ["apply", "apply"])


@pytest.mark.parametrize("fault", [Rejected("no"), NotConfigured("gone")])
async def test_a_refusal_is_told_at_once(fault: Exception) -> None:
    work = ScriptedWork([fault])
    [failed] = await Stage(work).play(Change(3, COMMAND, REPLY, VIEW))
    assert isinstance(failed, ev.WorkFailed)
    assert failed.error is fault
    assert work.calls == ["apply"]


async def test_an_older_connection_changes_nothing() -> None:
    def fenced() -> None:
        raise FencedError("elsewhere")

    work = ScriptedWork()
    events = await Stage(work, fenced).play(Change(3, COMMAND, REPLY, VIEW), TakeBack(4, COMMAND))
    assert events == [ev.Fenced(), ev.Fenced()]
    assert work.calls == []


async def test_giving_back_fails_silently_and_the_next_work_is_done() -> None:
    work = ScriptedWork([UpstreamUnavailable("away")])
    events = await Stage(work).play(Release("i"), TakeBack(4, COMMAND))
    assert events == [ev.TakenBack(4, Undone())]
    assert work.calls == ["release i", "undo"]
