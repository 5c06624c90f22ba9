"""What a voice connection keeps: exactly once, fenced, resumable."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.state import FakeStateStore
from shared.errors import UpstreamUnavailable
from shared.ports.model import ModelUsage
from shared.ports.state import Put
from shared.services.voice_journal import FencedError, VoiceJournal, usage_path
from shared.voice.effects import Save, Spent
from shared.voice.records import Interaction, State
from shared.voice.window import Command, Window, window_path

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AWAY = UpstreamUnavailable("away")


def journal(store: FakeStateStore, *, session: str = "s1", nonce: str = "n1") -> VoiceJournal:
    """A connection's journal of the user demo."""
    return VoiceJournal(
        store=store, clock=FakeClock(NOW), uid="demo", session_id=session, nonce=nonce
    )


def interaction(turn: int = 1, **changes: object) -> Interaction:
    """A command of turn `turn`."""
    known = Interaction(
        id=f"{turn:028x}",
        session_id="s1",
        turn=turn,
        created_at=NOW,
        deadline_at=NOW + timedelta(minutes=2),
        expires_at=NOW + timedelta(days=90),
        source="voice",
        transcript=f"create number {turn}",
        raw_transcript=f"create number {turn}",
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def command(number: int, at: datetime = NOW) -> Command:
    """A finished command for the window."""
    return Command(
        interaction_id=f"{number:028x}",
        at=at,
        transcript=f"create number {number}",
        intent="create",
        language="python",
        filename="a.py",
        code="x = 1\n",
        explanation="Sets x.",
    )


def stored_window(store: FakeStateStore) -> Window:
    """The window as it is in the store."""
    found = store.get(window_path("demo"))
    return Window.from_document(found.data if found else None)


def test_a_save_writes_interaction_window_usage_and_session_together() -> None:
    store = FakeStateStore()
    spent = Spent(audio_ms=1500, model_calls=1, usage=ModelUsage(output_tokens=7))
    save = Save(job=1, interaction=interaction(), remember=command(1), acked_ms=1200, spent=spent)
    window = journal(store).save(save)
    assert window == stored_window(store)
    assert [c.interaction_id for c in stored_window(store).commands] == [f"{1:028x}"]
    usage = store.get(usage_path("demo", NOW))
    assert usage is not None
    assert usage.data == {"audio_ms": 1500, "model_calls": 1, "output_tokens": 7}
    session = store.get("voice_sessions/s1")
    assert session is not None
    assert (session.data["turn"], session.data["acked_ms"]) == (1, 1200)
    assert session.data["turns"] == {"1": f"{1:028x}"}


def test_a_save_whose_answer_was_lost_counts_once_when_repeated() -> None:
    store = FakeStateStore()
    mine = journal(store)
    save = Save(job=5, interaction=interaction(), remember=command(1), spent=Spent(model_calls=1))
    store.lose_answers(1, AWAY)
    with pytest.raises(UpstreamUnavailable):
        mine.save(save)
    window = mine.save(save)
    usage = store.get(usage_path("demo", NOW))
    assert usage is not None
    assert usage.data["model_calls"] == 1
    assert window is not None
    assert len(window.commands) == 1
    mine.save(Save(job=6, interaction=interaction(2)))


def test_two_sessions_of_a_user_both_get_their_commands_into_the_window() -> None:
    store = FakeStateStore()
    one, other = journal(store), journal(store, session="s2", nonce="n2")
    one.load()
    other.load()
    one.save(Save(job=1, remember=command(1)))
    other.save(Save(job=1, remember=command(2)))
    one.save(Save(job=2, remember=command(3)))
    assert [c.interaction_id[-1] for c in stored_window(store).commands] == ["1", "2", "3"]


def test_resuming_fences_the_connection_that_held_the_session() -> None:
    store = FakeStateStore()
    old = journal(store)
    old.save(Save(job=1, interaction=interaction(1)))
    new = journal(store, session="other", nonce="n2")
    assert new.resume("s1", 0) is not None
    late = interaction(1, state=State.DONE)
    with pytest.raises(FencedError):
        old.save(Save(job=2, interaction=late, remember=command(1)))
    assert stored_window(store).commands == ()
    kept = store.get(f"users/demo/interactions/{1:028x}")
    assert kept is not None
    assert kept.data["state"] == "received"
    new.save(Save(job=1, interaction=late, remember=command(1)))
    assert len(stored_window(store).commands) == 1


def test_a_resumed_session_gives_the_turns_the_client_has_not_seen() -> None:
    store = FakeStateStore()
    old = journal(store)
    for turn in (1, 2, 3):
        old.save(Save(job=turn, interaction=interaction(turn), acked_ms=turn * 1000))
    resumed = journal(store, session="x", nonce="n2").resume("s1", 1)
    assert resumed is not None
    assert (resumed.session_id, resumed.turn, resumed.acked_ms) == ("s1", 3, 3000)
    assert [i.turn for i in resumed.interactions] == [2, 3]


def test_a_session_of_another_user_or_of_yesterday_cannot_be_resumed() -> None:
    store = FakeStateStore()
    journal(store).save(Save(job=1, interaction=interaction()))
    stranger = VoiceJournal(
        store=store, clock=FakeClock(NOW), uid="mallory", session_id="m", nonce="m"
    )
    assert stranger.resume("s1", 0) is None
    late = VoiceJournal(
        store=store,
        clock=FakeClock(NOW + timedelta(days=2)),
        uid="demo",
        session_id="l",
        nonce="l",
    )
    assert late.resume("s1", 0) is None
    assert late.resume("never was", 0) is None


def test_forgetting_drops_the_newest_command() -> None:
    store = FakeStateStore()
    mine = journal(store)
    mine.save(Save(job=1, remember=command(1)))
    mine.save(Save(job=2, remember=command(2)))
    window = mine.save(Save(job=3, forget=command(2).interaction_id))
    assert window is not None
    assert [c.interaction_id[-1] for c in window.commands] == ["1"]


def test_a_command_from_before_an_erasure_does_not_come_back_into_the_window() -> None:
    store = FakeStateStore()
    mine = journal(store)
    mine.load()
    cleared = Window().clear(NOW + timedelta(seconds=1))
    store.commit([Put(path=window_path("demo"), data=cleared.to_document())])
    mine.save(Save(job=1, interaction=interaction(1), remember=command(1)))
    mine.save(Save(job=2, remember=command(2)))
    assert stored_window(store).commands == ()
    assert store.get(f"users/demo/interactions/{1:028x}") is None
    assert mine.fetch("0" * 28) is None


def test_other_live_sessions_are_counted_without_the_own_one() -> None:
    store = FakeStateStore()
    for name in ("s1", "s2", "s3"):
        journal(store, session=name, nonce=name).save(Save(job=1))
    mine = journal(store, session="s1", nonce="again")
    assert mine.live_elsewhere(3) == 2
    closing = journal(store, session="s4", nonce="s4")
    closing.save(Save(job=1))
    closing.save(Save(job=2, closed=True))
    assert mine.live_elsewhere(3) == 2
