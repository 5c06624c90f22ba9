"""Voice commands in a user's repository: one commit each, never twice, and taken back."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from dev.fakes.repository import FakeRepository
from dev.fakes.state import FakeStateStore
from shared.errors import NotConfigured, UpstreamTimeout
from shared.ports.repository import CommitOrder, Person
from shared.ports.state import StateStore
from shared.services.voice_repository import VoiceRepository
from shared.services.voice_repository_commits import COMMAND, UNDOES, speaker
from shared.services.voice_repository_lease import lease_path
from shared.services.voice_repository_memory import RepositoryMemory
from shared.sync.workspace import workspace_key
from shared.voice.records import Intent
from shared.voice.reply import Edit, Header, Reply
from shared.voice.repository import Busy, Moved, Rejected, UndoRefused
from tests.support.voice_repository import (
    BRANCH,
    NOW,
    Desk,
    OneRepository,
    add_workspace,
    change,
    command,
    whole,
)

MONEY = """def parse_amount(text):
    return int(text)


def format_amount(cents):
    return str(cents)
"""
BOOK = """from app.money import format_amount


class Book:
    def total(self):
        return format_amount(0)
"""
FILES = {"app/money.py": MONEY.encode(), "app/book.py": BOOK.encode(), "README.md": b"# App\n"}
STRIP = change("app/money.py", "    return int(text)\n", "    return int(text.strip())\n")
STRIPPED = MONEY.replace("int(text)", "int(text.strip())")


@pytest.fixture
def desk() -> Desk:
    """A user whose repository has two modules."""
    desk = Desk()
    desk.port.commit("main", FILES)
    return desk


def do(desk: Desk, reply: Reply, said: str = "change money dot py", number: int = 1) -> Any:
    """Look and apply as a session does."""
    connection, interaction = desk.connection(), command(said, number)
    view = connection.look(interaction, ())
    applied = connection.apply(interaction, reply, view)
    connection.release(interaction.id)
    return applied


def take_back(desk: Desk, number: int = 9) -> Any:
    """Undo as a session does."""
    connection, interaction = desk.connection(), command("undo that", number)
    undone = connection.undo(interaction)
    connection.release(interaction.id)
    return undone


def newest(desk: Desk, branch: str = BRANCH) -> Any:
    return desk.port.commits(branch, None, 1)[0]


def test_a_command_is_one_commit_on_the_users_branch_and_nowhere_else(desk: Desk) -> None:
    main = newest(desk, "main").sha
    applied = do(desk, STRIP, "strip the text in parse amount")
    assert desk.contents() == FILES | {"app/money.py": STRIPPED.encode()}
    info = newest(desk)
    assert info.sha == applied.commit.sha
    assert info.parents == (main,)
    assert info.message == f"strip the text in parse amount\n\n{COMMAND}: {command().id}\n"
    assert info.author == speaker("demo")
    assert info.author.name == "demo via NEXUS PRO"
    assert newest(desk, "main").sha == main
    assert applied.commit.branch == BRANCH
    assert applied.commit.compare_url == (
        f"https://github.com/demo/pocketbook/compare/main...{BRANCH}"
    )


def test_the_result_shows_the_file_the_diff_and_the_checks(desk: Desk) -> None:
    applied = do(desk, STRIP)
    assert (applied.path, applied.code) == ("app/money.py", STRIPPED)
    assert [(each.path, each.action) for each in applied.edits] == [("app/money.py", "modified")]
    assert "-    return int(text)\n+    return int(text.strip())\n" in applied.edits[0].diff
    assert [(check.name, check.ok) for check in applied.checks] == [
        ("parse", True), ("paths", True), ("secrets", True),
    ]  # fmt: skip


def test_commands_stack_on_the_branch(desk: Desk) -> None:
    first = do(desk, STRIP)
    second = do(desk, whole("app/new.py", "x = 1\n"), number=2)
    assert newest(desk).parents == (first.commit.sha,)
    assert second.edits[0].action == "created"
    assert "--- /dev/null\n+++ b/app/new.py\n" in second.edits[0].diff
    assert desk.contents()["app/new.py"] == b"x = 1\n"


def test_a_password_in_a_command_is_written_and_the_lines_beside_a_hidden_one_change(
    desk: Desk,
) -> None:
    login = 'password = "hunter2hunter2"\nretries = 1\n'
    assert all(check.ok for check in do(desk, whole("app/login.py", login)).checks)
    edit = change("app/login.py", "retries = 1\n", "retries = 2\n")
    assert all(check.ok for check in do(desk, edit, "change login dot py", 2).checks)
    assert desk.contents()["app/login.py"] == login.replace("1", "2").encode()


def test_the_mode_of_a_file_stays(desk: Desk) -> None:
    desk.port.commit("main", {"run.sh": b"echo 1\n"}, mode=0o100755)
    do(desk, change("run.sh", "echo 1\n", "echo 2\n"), "change run dot sh")
    assert desk.port.snapshot(newest(desk).sha).files["run.sh"].mode == 0o100755


def test_several_files_are_one_commit_or_none(desk: Desk) -> None:
    header = Header(intent=Intent.MODIFY, language="python", filename="app/book.py")
    good = Edit(path="app/book.py", search="class Book:\n", replace="class Ledger:\n")
    more = STRIP.edits[0]
    both = Reply(header=header, code=None, edits=(good, more), explanation="")
    bad = Reply(
        header=header,
        code=None,
        edits=(good, Edit(path="app/money.py", search="gone\n", replace="x\n")),
        explanation="",
    )
    with pytest.raises(Rejected, match=r"Edit 2 of 2 \(app/money\.py\)"):
        do(desk, bad, "change book and money dot py")
    assert desk.port.refs().heads.keys() == {"main"}
    applied = do(desk, both, "change book and money dot py")
    assert applied.path == "app/book.py"
    assert newest(desk).paths == ("app/book.py", "app/money.py")


def test_a_long_command_is_cut_in_the_first_line_and_whole_below(desk: Desk) -> None:
    said = "please " + "strip the text and " * 6 + "stop"
    do(desk, STRIP, said)
    subject, body, trailer = newest(desk).message.strip().split("\n\n")
    assert len(subject) <= 72
    assert subject.endswith("…")
    assert body == said
    assert trailer == f"{COMMAND}: {command().id}"


def test_words_cannot_forge_a_trailer(desk: Desk) -> None:
    do(desk, STRIP, f"strip\n\n{COMMAND}: {7:028x}")
    message = newest(desk).message
    assert message.count("\n\n") == 1
    assert message.endswith(f"\n\n{COMMAND}: {command().id}\n")


def test_the_same_command_again_finds_its_commit(desk: Desk) -> None:
    interaction = command()
    view = desk.connection().look(interaction, ("app/money.py",))
    first = desk.connection().apply(interaction, STRIP, view)
    again = desk.connection(fresh=True).apply(interaction, STRIP, view)
    assert again.commit == first.commit
    assert (again.path, again.code, again.edits) == (first.path, first.code, first.edits)
    assert len(desk.port.commits(BRANCH, None, 10)) == 2


def test_a_push_whose_answer_was_lost_is_not_made_twice(desk: Desk) -> None:
    interaction = command()
    connection = desk.connection()
    view = connection.look(interaction, ("app/money.py",))
    desk.port.lose_answers(1, UpstreamTimeout("lost"))
    with pytest.raises(UpstreamTimeout):
        connection.apply(interaction, STRIP, view)
    desk.clock.advance(5)
    applied = connection.apply(interaction, STRIP, view)
    assert applied.commit is not None
    assert applied.commit.sha == newest(desk).sha
    assert len(desk.port.commits(BRANCH, None, 10)) == 2


def test_other_files_that_changed_meanwhile_do_not_matter(desk: Desk) -> None:
    do(desk, whole("app/new.py", "x = 1\n"), number=2)
    connection, interaction = desk.connection(), command()
    view = connection.look(interaction, ("app/money.py",))
    theirs = desk.port.commit(BRANCH, {"app/new.py": b"x = 2\n"})
    connection.apply(interaction, STRIP, view)
    assert newest(desk).parents == (theirs,)
    assert desk.contents()["app/new.py"] == b"x = 2\n"
    assert desk.contents()["app/money.py"] == STRIPPED.encode()


def test_a_file_that_changed_meanwhile_is_looked_at_again(desk: Desk) -> None:
    connection, interaction = desk.connection(), command()
    view = connection.look(interaction, ("app/money.py",))
    theirs = "# Money.\n" + MONEY
    desk.port.commit("main", {"app/money.py": theirs.encode()})
    with pytest.raises(Moved):
        connection.apply(interaction, STRIP, view)
    assert desk.port.refs().heads.keys() == {"main"}
    view = connection.look(interaction, ())
    assert next(each for each in view.files if each.path == "app/money.py").text == theirs
    connection.apply(interaction, STRIP, view)
    assert desk.contents()["app/money.py"].decode() == "# Money.\n" + STRIPPED


class RacingRepository(FakeRepository):
    """Lets something happen right before a push, so many times."""

    def __init__(self) -> None:
        super().__init__()
        self.races: list[Callable[[], object]] = []

    def push(
        self, branch: str, parent: str | None, order: CommitOrder, *, new: bool = False
    ) -> str:
        if self.races:
            self.races.pop(0)()
        return super().push(branch, parent, order, new=new)


@pytest.fixture
def racing() -> Desk:
    """A user whose branch is there already, in a repository with others at work."""
    port = RacingRepository()
    port.commit("main", FILES)
    desk = Desk(port=port)
    do(desk, whole("app/first.py", "x = 1\n"), number=8)
    return desk


def test_a_race_that_is_lost_is_run_again(racing: Desk) -> None:
    port = racing.port
    assert isinstance(port, RacingRepository)
    port.races = [partial(port.commit, BRANCH, {f"o{n}.txt": b"o"}) for n in range(4)]
    do(racing, STRIP)
    assert {"o0.txt", "o1.txt", "o2.txt", "o3.txt"} <= racing.contents().keys()
    assert racing.contents()["app/money.py"] == STRIPPED.encode()


def test_a_race_for_the_same_file_is_looked_at_again(racing: Desk) -> None:
    port = racing.port
    assert isinstance(port, RacingRepository)
    port.races = [lambda: port.commit(BRANCH, {"app/money.py": b"x = 1\n"})]
    with pytest.raises(Moved):
        do(racing, STRIP)
    assert racing.contents()["app/money.py"] == b"x = 1\n"


def test_a_branch_that_always_moves_is_given_up(racing: Desk) -> None:
    port = racing.port
    assert isinstance(port, RacingRepository)
    port.races = [partial(port.commit, BRANCH, {"o.txt": b"%d" % n}) for n in range(9)]
    with pytest.raises(Moved):
        do(racing, STRIP)


def test_a_branch_that_somebody_else_began_is_joined(desk: Desk) -> None:
    port = RacingRepository()
    port.commit("main", FILES)
    desk = Desk(port=port)
    port.races = [lambda: port.commit(BRANCH, FILES | {"theirs.txt": b"x"})]
    do(desk, STRIP)
    assert desk.contents()["theirs.txt"] == b"x"
    assert desk.contents()["app/money.py"] == STRIPPED.encode()


def test_two_sessions_on_one_branch_lose_no_edit(desk: Desk) -> None:
    """Each adds a line of its own to one file, through looks that the other makes stale."""
    desk.port.commit("main", {"app/list.py": b"x = 0\n"})
    faults: list[BaseException] = []

    def work(session: int) -> None:
        connection = desk.connection(fresh=True)
        for turn in range(6):
            interaction = command("extend list dot py", 100 * session + turn + 1)
            reply = change("app/list.py", "x = 0\n", f"x = 0\ny{session}_{turn} = 1\n")
            while True:
                try:
                    view = connection.look(interaction, ("app/list.py",))
                    connection.apply(interaction, reply, view)
                    connection.release(interaction.id)
                    break
                except (Busy, Moved):
                    continue
                except BaseException as exc:
                    faults.append(exc)
                    raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    lines = desk.contents()["app/list.py"].decode().splitlines()
    assert sorted(lines) == ["x = 0", *(f"y{s}_{t} = 1" for s in range(2) for t in range(6))]


def test_a_whole_file_that_was_not_shown_is_shown_first(desk: Desk) -> None:
    connection, interaction = desk.connection(), command("write a readme")
    view = connection.look(interaction, ())
    blind = whole("README.md", "# New\n", Intent.MODIFY)
    view = type(view)(branch=view.branch, base=view.base, tip=view.tip)
    with pytest.raises(Moved):
        connection.apply(interaction, blind, view)
    view = connection.look(interaction, ())
    assert "README.md" in [each.path for each in view.files]
    connection.apply(interaction, blind, view)
    assert desk.contents()["README.md"] == b"# New\n"


def test_creating_what_is_there_is_refused(desk: Desk) -> None:
    with pytest.raises(Rejected, match="there already"):
        do(desk, whole("app/money.py", "x = 1\n"))


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (whole("../x.py", "x = 1\n"), "cannot be used"),
        (whole(".github/workflows/ci.yml", "x\n"), "by hand alone"),
        (whole(".env", "A=1\n"), "hold secrets"),
        (whole("app/bad.py", "def f(:\n"), "does not parse"),
        (whole("app/key.py", f"k = 'AKIA{'A' * 16}'\n"), "AWS access key"),
        (change("app/nowhere.py", "a\n", "b\n"), "no such file"),
        (
            Reply(
                header=Header(intent=Intent.CREATE, language="python", filename=None),
                code="x = 1\n",
                edits=(),
                explanation="",
            ),
            "filename",
        ),
    ],
)
def test_what_must_not_be_is_refused_and_leaves_nothing(desk: Desk, reply: Reply, why: str) -> None:
    with pytest.raises(Rejected, match=why):
        do(desk, reply)
    assert desk.port.refs().heads.keys() == {"main"}


def test_a_reply_that_changes_nothing_makes_no_commit(desk: Desk) -> None:
    line = "    return int(text)\n"
    applied = do(desk, change("app/money.py", line, line))
    assert (applied.commit, applied.edits) == (None, ())
    assert applied.code == MONEY
    assert desk.port.refs().heads.keys() == {"main"}


def test_one_command_at_a_time(desk: Desk) -> None:
    first, second = desk.connection(), desk.connection(fresh=True)
    first.look(command(number=1), ())
    with pytest.raises(Busy):
        second.look(command(number=2), ())
    with pytest.raises(Busy):
        second.undo(command(number=3))
    second.release(command(number=2).id)
    first.look(command(number=1), ())
    first.release(command(number=1).id)
    second.look(command(number=2), ())


def test_a_lease_that_ran_out_is_taken_over(desk: Desk) -> None:
    first, second = desk.connection(), desk.connection(fresh=True)
    first.look(command(number=1), ())
    desk.clock.advance(121)
    second.look(command(number=2), ())
    first.release(command(number=1).id)
    found = desk.store.get(lease_path(workspace_key("demo", "n1")))
    assert found is not None
    assert found.data["owner"] == command(number=2).id
    assert found.data["until"] == NOW + timedelta(seconds=121 + 120)


def test_another_process_goes_on_with_the_same_command(desk: Desk) -> None:
    desk.connection().look(command(), ())
    assert desk.connection(fresh=True).look(command(), ()).files


def test_giving_back_what_is_not_held_is_no_error(desk: Desk) -> None:
    desk.connection().release("nothing")
    VoiceRepository(
        desk.store, desk.clock, OneRepository(desk.port), "demo", RepositoryMemory()
    ).release("nothing")


def test_what_was_made_is_undone(desk: Desk) -> None:
    do(desk, whole("app/new.py", "x = 1\n"), "create new")
    undone = take_back(desk)
    assert undone.interaction_id == command().id
    assert [(each.path, each.action) for each in undone.edits] == [("app/new.py", "deleted")]
    assert desk.contents() == FILES
    message = newest(desk).message
    assert message == f"Undo: create new\n\n{COMMAND}: {9:028x}\n{UNDOES}: {command().id}\n"
    assert undone.commit.sha == newest(desk).sha


def test_undoing_again_goes_further_back(desk: Desk) -> None:
    do(desk, STRIP, number=1)
    do(desk, whole("app/new.py", "x = 1\n"), number=2)
    assert take_back(desk, 8).interaction_id == command(number=2).id
    assert take_back(desk, 9).interaction_id == command(number=1).id
    assert desk.contents() == FILES
    assert take_back(desk, 10).interaction_id is None


def test_without_a_command_there_is_nothing_to_undo(desk: Desk) -> None:
    assert take_back(desk).commit is None
    desk.port.commit(BRANCH, FILES | {"x.txt": b"by hand"})
    assert take_back(desk).interaction_id is None


def test_the_same_undo_again_finds_its_commit(desk: Desk) -> None:
    do(desk, STRIP)
    first = take_back(desk)
    again = desk.connection(fresh=True).undo(command("undo that", 9))
    assert again == first
    assert len(desk.port.commits(BRANCH, None, 10)) == 3


def test_what_others_changed_elsewhere_stays(desk: Desk) -> None:
    do(desk, STRIP)
    theirs = STRIPPED.replace("str(cents)", "f'{cents}'")
    desk.port.commit(BRANCH, {"app/money.py": theirs.encode(), "o.txt": b"o"})
    undone = take_back(desk)
    assert desk.contents()["app/money.py"].decode() == MONEY.replace("str(cents)", "f'{cents}'")
    assert desk.contents()["o.txt"] == b"o"
    assert [each.path for each in undone.edits] == ["app/money.py"]


def test_what_was_changed_since_is_not_undone(desk: Desk) -> None:
    do(desk, STRIP)
    theirs = STRIPPED.replace("strip()", "lstrip()")
    desk.port.commit(BRANCH, {"app/money.py": theirs.encode()})
    with pytest.raises(UndoRefused) as caught:
        take_back(desk)
    assert "+    return int(text.lstrip())" in caught.value.changes[0].diff
    assert desk.contents()["app/money.py"] == theirs.encode()


def test_a_new_file_that_was_changed_since_is_not_undone(desk: Desk) -> None:
    do(desk, whole("app/new.py", "x = 1\n"))
    desk.port.commit(BRANCH, {"app/new.py": b"x = 2\n"})
    with pytest.raises(UndoRefused):
        take_back(desk)


def test_what_a_person_took_back_already_is_passed_over(desk: Desk) -> None:
    do(desk, STRIP, number=1)
    do(desk, whole("app/new.py", "x = 1\n"), number=2)
    desk.port.commit(BRANCH, {"app/new.py": None})
    assert take_back(desk).interaction_id == command(number=1).id


def test_an_undo_whose_result_would_not_parse_is_refused(desk: Desk) -> None:
    desk.port.commit("main", {"app/list.py": b"a = 1\n\n\n\nb = 2\n"})
    first = change("app/list.py", "a = 1\n", "a = dict(\n")
    last = Edit(path="app/list.py", search="b = 2\n", replace="b=2)\n")
    reply = Reply(header=first.header, code=None, edits=(*first.edits, last), explanation="")
    do(desk, reply, "change list dot py")
    desk.port.commit(BRANCH, {"app/list.py": b"a = dict(\n\n    c=3,\n\nb=2)\n"})
    with pytest.raises(UndoRefused):
        take_back(desk)


def test_commits_of_others_are_not_undone_whatever_they_say(desk: Desk) -> None:
    do(desk, STRIP)
    trailer = f"By hand\n\n{COMMAND}: {5:028x}\n"
    for author in (speaker("other"), Person(name="Eve", email="eve@example.com")):
        name = f"{author.email[:3]}.txt"
        desk.port.commit(BRANCH, {name: b"x"}, message=trailer, author=author)
    assert take_back(desk).interaction_id == command().id


def test_an_undo_races_like_a_change(racing: Desk) -> None:
    port = racing.port
    assert isinstance(port, RacingRepository)
    port.races = [lambda: port.commit(BRANCH, {"o.txt": b"o"})]
    take_back(racing)
    assert "app/first.py" not in racing.contents()
    assert racing.contents()["o.txt"] == b"o"


def test_a_repository_without_the_synced_branch_says_so() -> None:
    with pytest.raises(NotConfigured, match="push it first"):
        Desk().connection().look(command(), ())


def test_the_only_workspace_with_a_repository_is_taken() -> None:
    store = FakeStateStore()
    port = FakeRepository()

    def connection(owner: str = "demo") -> VoiceRepository:
        return VoiceRepository(store, Desk().clock, OneRepository(port), owner, RepositoryMemory())

    assert not connection().connect(None)
    wid = add_workspace(store)
    assert connection().connect(None)
    assert connection().connect("n1")
    assert connection().connect(wid)
    assert not connection().connect("n2")
    assert not connection("other").connect(wid)
    add_workspace(store, notion_id="n2")
    assert not connection().connect(None)
    assert connection().connect("n2")


class Mortal:
    """Passes calls on and dies before or after the n-th."""

    def __init__(self, inner: Any, fuse: "Fuse") -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)

        def passed(*arguments: Any, **named: Any) -> Any:
            self._fuse.burn()
            found = call(*arguments, **named)
            self._fuse.burn()
            return found

        return passed if callable(call) else call


class Died(BaseException):
    """The process is gone."""


class Fuse:
    """Dies at the n-th chance."""

    def __init__(self, chances: int) -> None:
        self.left = chances

    def burn(self) -> None:
        if self.left == 0:
            raise Died
        self.left -= 1


def test_a_process_may_die_anywhere_and_the_command_is_done_once() -> None:
    def run(desk: Desk, store: StateStore, port: Any) -> None:
        connection = VoiceRepository(
            store, desk.clock, OneRepository(port), "demo", RepositoryMemory()
        )
        assert connection.connect(None)
        first, second = command("change money dot py", 1), command("undo that", 2)
        view = connection.look(first, ())
        connection.apply(first, STRIP, view)
        connection.release(first.id)
        connection.undo(second)
        connection.release(second.id)

    deaths = 0
    while True:
        desk = Desk()
        desk.port.commit("main", FILES)
        add_workspace(desk.store)
        fuse = Fuse(deaths)
        try:
            run(desk, Mortal(desk.store, fuse), Mortal(desk.port, fuse))
        except Died:
            desk.clock.advance(121)
            commits = desk.port.refs().heads
            undone = BRANCH in commits and len(desk.port.commits(BRANCH, None, 9)) == 3
            again = desk.connection(fresh=True)
            if not undone:
                view = again.look(command("change money dot py", 1), ())
                again.apply(command("change money dot py", 1), STRIP, view)
                again.release(command(number=1).id)
            again.undo(command("undo that", 2))
        else:
            break
        assert len(desk.port.commits(BRANCH, None, 9)) == 3, f"died at {deaths}"
        assert desk.contents() == FILES
        deaths += 1
    assert deaths > 20
