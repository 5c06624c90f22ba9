"""The voice session with a connected repository, by scenario."""

from dataclasses import replace
from typing import Any

from shared.errors import UpstreamRejected, UpstreamUnavailable
from shared.voice import effects as fx
from shared.voice import events as ev
from shared.voice.checks import Check
from shared.voice.client_messages import Control, Start, Text
from shared.voice.records import State
from shared.voice.repository import (
    Applied,
    CommitMade,
    FileChange,
    Moved,
    Rejected,
    RepositoryView,
    Undone,
    UndoRefused,
    ViewFile,
)
from tests.unit.voice.driver import Driver

FILE = ViewFile(
    path="src/add.py", text="def add(a, b):\n    return a\n", language="python", blob="b1"
)
VIEW = RepositoryView(branch="voice/demo", base="main", tip="t1", files=(FILE,))
COMMIT = CommitMade("c1", "voice/demo", "https://host/compare")
CHANGE = FileChange("src/add.py", "modified", "-    return a\n+    return a + b\n")
NEW_TEXT = "def add(a, b):\n    return a + b\n"
APPLIED = Applied(
    path="src/add.py",
    code=NEW_TEXT,
    edits=(CHANGE,),
    commit=COMMIT,
    checks=(Check(name="parse", ok=True),),
)
EDIT = (
    "intent: debug\nlanguage: python\nfilename: src/add.py\n\nsrc/add.py\n<<<<<<< SEARCH\n"
    "    return a\n=======\n    return a + b\n>>>>>>> REPLACE\n\nIt adds now.\n"
)


def connected() -> Driver:
    """A session whose user has a repository."""
    return Driver(repository=True).start()


def last(driver: Driver, kind: type[Any]) -> Any:
    """The newest effect of a kind."""
    return next(e for e in reversed(driver.effects) if isinstance(e, kind))


def looked(driver: Driver, view: RepositoryView = VIEW) -> None:
    """The repository answers the newest look."""
    driver.feed(ev.Looked(last(driver, fx.Look).run, view))


def typed(text: str = "mend add in add dot py") -> Driver:
    """A command that was typed, and whose files are read: the model is asked."""
    driver = connected()
    driver.feed(Text(type="text", text=text))
    looked(driver)
    return driver


def kinds(driver: Driver, *wanted: type[Any]) -> list[type[Any]]:
    return [type(e) for e in driver.effects if isinstance(e, wanted)]


def test_the_model_is_asked_once_the_repository_is_read_and_sees_its_files() -> None:
    driver = connected()
    driver.feed(Text(type="text", text="mend add"))
    assert not driver.requests()
    looked(driver)
    [asked] = driver.requests()
    assert "file: src/add.py\n```python\ndef add(a, b):" in asked.request.messages[-1].text
    assert asked.request.messages[-1].text.endswith("Command: mend add")
    assert "SEARCH/REPLACE" in asked.request.system


def test_generating_is_told_once() -> None:
    driver = typed()
    assert [m["state"] for m in driver.sent("status")] == ["received", "generating"]


def test_a_change_is_committed_before_its_result_is_told() -> None:
    driver = typed()
    driver.reply(EDIT)
    assert not driver.sent("result")
    change = last(driver, fx.Change)
    assert (change.view, [e.path for e in change.reply.edits]) == (VIEW, ["src/add.py"])
    driver.now += 0.25
    driver.feed(ev.Changed(change.run, APPLIED))
    [result] = driver.sent("result")
    assert result["result"]["code"] == NEW_TEXT
    assert result["result"]["commit"] == {
        "sha": "c1",
        "branch": "voice/demo",
        "compare_url": "https://host/compare",
    }
    assert result["result"]["edits"][0]["diff"].startswith("-    return a")
    assert result["timings"]["commit_ms"] == 250
    assert driver.window.commands[-1].code == NEW_TEXT


def test_a_change_shows_what_it_puts_into_the_file() -> None:
    driver = typed()
    driver.reply(EDIT)
    assert "".join(m["delta"] for m in driver.sent("code")) == "    return a + b\n"


def test_an_explanation_changes_nothing_in_the_repository() -> None:
    driver = typed("explain add")
    driver.reply("intent: explain\n\nIt returns the first number.\n")
    assert not kinds(driver, fx.Change)
    [result] = driver.sent("result")
    assert result["result"]["commit"] is None


def test_the_repository_is_given_back_at_the_end_of_each_command() -> None:
    driver = typed("explain add")
    driver.reply("intent: explain\n\nIt returns the first number.\n")
    assert kinds(driver, fx.Look, fx.Release) == [fx.Look, fx.Release]


def test_words_that_name_two_things_are_asked_back_without_a_model() -> None:
    driver = connected()
    driver.feed(Text(type="text", text="mend parse"))
    looked(driver, replace(VIEW, question="Did you mean parse_a or parse_b?"))
    [result] = driver.sent("result")
    assert not driver.requests()
    assert result["intent"] == "unclear"
    assert result["result"]["explanation"] == "Did you mean parse_a or parse_b?"
    assert driver.window.commands[-1].explanation == "Did you mean parse_a or parse_b?"


def test_a_reply_that_does_not_fit_goes_back_to_the_model_once() -> None:
    driver = typed()
    driver.reply(EDIT)
    driver.feed(ev.WorkFailed(last(driver, fx.Change).run, Rejected("SEARCH stands twice.")))
    assert "SEARCH stands twice." in driver.requests()[-1].request.messages[-1].text
    driver.reply(EDIT)
    driver.feed(ev.WorkFailed(last(driver, fx.Change).run, Rejected("SEARCH stands twice.")))
    [error] = driver.sent("error")
    assert (error["code"], error["retryable"]) == ("edit_rejected", True)
    assert len(driver.requests()) == 2


def test_a_file_that_moved_is_looked_at_again_once_and_then_told_as_a_conflict() -> None:
    driver = typed()
    driver.reply(EDIT)
    driver.feed(ev.WorkFailed(last(driver, fx.Change).run, Moved("src/add.py")))
    newer = replace(VIEW, tip="t2")
    looked(driver, newer)
    driver.reply(EDIT)
    change = last(driver, fx.Change)
    assert change.view == newer
    driver.feed(ev.WorkFailed(change.run, Moved("src/add.py")))
    assert [e["code"] for e in driver.sent("error")] == ["edit_conflict"]
    assert kinds(driver, fx.Look) == [fx.Look, fx.Look]


def test_a_repository_that_is_away_is_told_and_the_words_are_kept() -> None:
    driver = connected()
    driver.feed(Text(type="text", text="mend add"))
    driver.feed(ev.WorkFailed(last(driver, fx.Look).run, UpstreamUnavailable("The host is away.")))
    [error] = driver.sent("error")
    assert (error["code"], error["retryable"]) == ("repository_unavailable", True)
    kept = driver.saves()[-1].interaction
    assert kept is not None
    assert (kept.state, kept.transcript) == (State.FAILED, "mend add")


def test_a_cancel_while_the_model_writes_commits_nothing() -> None:
    driver = typed()
    driver.feed(ev.ModelAsked(driver.run))
    driver.feed(Control(type="cancel"))
    driver.reply(EDIT)
    assert not kinds(driver, fx.Change)
    assert driver.sent("status")[-1]["state"] == "cancelled"


def test_a_cancel_during_the_commit_lets_it_end() -> None:
    driver = typed()
    driver.reply(EDIT)
    driver.feed(Control(type="cancel"))
    driver.feed(ev.Changed(last(driver, fx.Change).run, APPLIED))
    assert len(driver.sent("result")) == 1


def test_words_that_go_on_before_the_push_replace_the_command() -> None:
    driver = connected()
    driver.speak(1)
    driver.hear("Add a function.", start_ms=100, end_ms=900)
    first = last(driver, fx.Look).run
    driver.speak(1)
    driver.hear("and make it fast", start_ms=1200, end_ms=1900)
    assert last(driver, fx.Look).interaction.transcript == "Add a function and make it fast"
    driver.feed(ev.Looked(first, VIEW))
    assert not driver.requests()
    looked(driver)
    assert len(driver.requests()) == 1


def test_words_that_go_on_after_the_push_began_are_a_command_of_their_own() -> None:
    driver = connected()
    driver.speak(1)
    driver.hear("Add a function.", start_ms=100, end_ms=900)
    looked(driver)
    driver.reply(EDIT)
    driver.speak(1)
    driver.hear("and make it fast", start_ms=1200, end_ms=1900)
    driver.feed(ev.Changed(last(driver, fx.Change).run, APPLIED))
    turns = [m["turn"] for m in driver.sent("transcript") if m["final"]]
    assert len(set(turns)) == 2
    assert last(driver, fx.Look).interaction.transcript == "and make it fast"


def test_undo_takes_the_newest_command_back_in_the_repository_and_in_the_window() -> None:
    driver = typed()
    driver.reply(EDIT)
    driver.feed(ev.Changed(last(driver, fx.Change).run, APPLIED))
    undone = driver.window.commands[-1].interaction_id
    driver.feed(Text(type="text", text="undo that"))
    back = last(driver, fx.TakeBack)
    driver.feed(
        ev.TakenBack(back.run, Undone(interaction_id=undone, edits=(CHANGE,), commit=COMMIT))
    )
    result = driver.sent("result")[-1]
    assert (result["intent"], result["result"]["commit"]["sha"]) == ("undo", "c1")
    assert "src/add.py" in result["result"]["explanation"]
    assert driver.window.commands == ()


def test_undo_of_what_was_changed_since_is_refused_with_the_difference() -> None:
    driver = connected()
    driver.feed(Text(type="text", text="undo that"))
    refused = UndoRefused("These lines were changed since.", [CHANGE])
    driver.feed(ev.WorkFailed(last(driver, fx.TakeBack).run, refused))
    [error] = driver.sent("error")
    assert error["code"] == "edit_conflict"
    assert "+    return a + b" in error["message"]


def test_undo_with_nothing_to_undo_says_so() -> None:
    driver = connected()
    driver.feed(Text(type="text", text="undo that"))
    driver.feed(ev.TakenBack(last(driver, fx.TakeBack).run, Undone()))
    [result] = driver.sent("result")
    assert (result["result"]["commit"], result["result"]["edits"]) == (None, [])


def test_a_repository_in_use_elsewhere_lets_the_command_wait() -> None:
    driver = connected()
    driver.feed(Text(type="text", text="mend add"))
    driver.feed(ev.Waiting(last(driver, fx.Look).run))
    looked(driver)
    assert len(driver.requests()) == 1
    told = [m["state"] for m in driver.sent("status")]
    assert told == ["received", "queued", "generating"]


def test_commands_wait_until_it_is_known_whether_there_is_a_repository() -> None:
    driver = Driver(repository=None).start()
    driver.feed(Text(type="text", text="create a stack"))
    assert not driver.requests()
    driver.feed(ev.Connected(False))
    assert len(driver.requests()) == 1


def test_a_host_that_is_busy_asks_for_a_retry_and_one_that_refuses_the_token_for_a_mend() -> None:
    for error, then in (
        (UpstreamUnavailable("The git host is busy or down."), "are kept: retry."),
        (UpstreamRejected("Give a token."), "are kept: retry when that is mended."),
    ):
        driver = connected()
        driver.feed(Text(type="text", text="mend add"))
        driver.feed(ev.WorkFailed(last(driver, fx.Look).run, error))
        [told] = driver.sent("error")
        assert told["code"] == "repository_unavailable"
        assert told["message"].endswith(then)
        assert told["retryable"] is error.retryable


def test_a_chosen_workspace_is_the_one_that_is_looked_for() -> None:
    driver = Driver(repository=True)
    driver.feed(Start(type="start", workspace_id="w-2"))
    assert last(driver, fx.Connect).workspace == "w-2"


def test_names_of_the_repository_get_their_casing_back() -> None:
    driver = connected()
    driver.feed(ev.NamesKnown(("parse_amount", "money.py")))
    driver.speak(1)
    driver.hear("Rename parse amount in money dot py.")
    assert driver.sent("transcript")[-1]["text"] == "Rename parse_amount in money.py."
