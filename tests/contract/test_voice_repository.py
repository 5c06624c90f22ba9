"""Voice commands on the real git server: what they leave is what git itself shows."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.state import FakeStateStore
from shared.adapters.git import DulwichRepository
from shared.services.voice_repository import VoiceRepository
from shared.services.voice_repository_memory import RepositoryMemory
from shared.voice.records import Interaction
from shared.voice.reply import Reply
from shared.voice.repository import Applied, Busy, Moved, Undone
from tests.support.git import PASSWORD, USERNAME, GitHost, git, running_git_server
from tests.support.voice_repository import (
    BRANCH,
    NOW,
    OneRepository,
    add_workspace,
    change,
    command,
    whole,
)

MONEY = "src/pocketbook/money.py"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with running_git_server(tmp_path_factory.mktemp("repositories"), "--empty") as host:
        yield host


class House:
    """The sample repository on the git server, and connections of its user."""

    def __init__(self, host: GitHost, name: str) -> None:
        self.folder = host.make(name, sample=True)
        self.url = host.url(name)
        self.store = FakeStateStore()
        add_workspace(self.store, url=self.url)

    def connection(self) -> VoiceRepository:
        """A connection in a process of its own."""
        port = DulwichRepository(
            self.url, USERNAME, PASSWORD, allowed_hosts=("127.0.0.1",), allow_private=True
        )
        found = VoiceRepository(
            self.store, FakeClock(NOW), OneRepository(port), "demo", RepositoryMemory()
        )
        assert found.connect(None)
        return found

    def do(self, connection: VoiceRepository, said: str, reply: Reply, number: int) -> Applied:
        """One command from the look to the release."""
        interaction = command(said, number)
        view = connection.look(interaction, ())
        applied = connection.apply(interaction, reply, view)
        connection.release(interaction.id)
        return applied

    def undo(self, connection: VoiceRepository, number: int) -> Undone:
        """One undo."""
        interaction = command("undo that", number)
        undone = connection.undo(interaction)
        connection.release(interaction.id)
        return undone

    def git(self, *arguments: str) -> str:
        """What the git program says about the repository."""
        return git(self.folder, *arguments)


@pytest.fixture
def house(host: GitHost, request: pytest.FixtureRequest) -> House:
    return House(host, f"{abs(hash(request.node.name))}.git")


def test_commands_become_commits_that_git_shows_and_undo_takes_back(
    house: House, tmp_path: Path
) -> None:
    connection = house.connection()
    assert "parse_amount" in connection.prefetch()
    main = house.git("rev-parse", "main")
    create = whole("src/pocketbook/utils.py", "def double(a: int) -> int:\n    return a * 2\n")
    house.do(connection, "create a function that doubles in file utils dot py", create, 1)
    line = "    found = _AMOUNT.fullmatch(text.strip())\n"
    strict = change(
        MONEY, line, '    if not isinstance(text, str):\n        raise TypeError("text")\n' + line
    )
    applied = house.do(connection, "add input validation to parse amount", strict, 2)
    assert applied.commit is not None
    assert house.git("rev-parse", BRANCH).strip() == applied.commit.sha
    assert house.git("rev-parse", "main") == main
    assert house.git("log", "--format=%s|%an", f"main..{BRANCH}").splitlines() == [
        "add input validation to parse amount|demo via NEXUS PRO",
        "create a function that doubles in file utils dot py|demo via NEXUS PRO",
    ]
    assert house.git("diff", "--name-status", "main", BRANCH).split() == [
        "M", MONEY, "A", "src/pocketbook/utils.py",
    ]  # fmt: skip
    assert is_sound(house, tmp_path / "before")
    assert house.undo(house.connection(), 3).interaction_id == command(number=2).id
    assert house.undo(house.connection(), 4).interaction_id == command(number=1).id
    assert house.git("diff", "--name-status", "main", BRANCH) == ""
    assert house.git("rev-list", "--count", f"main..{BRANCH}").strip() == "4"
    house.git("fsck", "--strict")


def test_bytes_that_no_edit_touched_are_the_same_bytes(house: House) -> None:
    content = "\ufeffone\r\ntwo\nthree  \r\n\tfour".encode()
    feed = (
        b"commit refs/heads/main\ncommitter A <a@example.com> 1760000000 +0000\ndata 1\nx"
        b"\nfrom refs/heads/main^0\nM 100755 inline odd.txt\n"
    )
    feed += b"data %d\n%s\n" % (len(content), content)
    git(house.folder, "fast-import", "--quiet", feed=feed)
    reply = change("odd.txt", "two\n", "two\nmore\n")
    house.do(house.connection(), "change odd dot txt", reply, 1)
    shown = subprocess.run(
        ["git", "cat-file", "blob", f"{BRANCH}:odd.txt"],
        cwd=house.folder, capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert shown == "\ufeffone\r\ntwo\nmore\r\nthree  \r\n\tfour".encode()
    assert house.git("ls-tree", BRANCH, "odd.txt").startswith("100755")


def test_two_processes_on_one_branch_lose_no_edit(house: House) -> None:
    faults: list[BaseException] = []

    def once(connection: VoiceRepository, interaction: Interaction, reply: Reply) -> bool:
        try:
            view = connection.look(interaction, ())
            connection.apply(interaction, reply, view)
        except (Busy, Moved):
            return False
        connection.release(interaction.id)
        return True

    def work(session: int) -> None:
        try:
            connection = house.connection()
            for turn in range(3):
                reply = whole(f"src/pocketbook/made_{session}_{turn}.py", f"x = {turn}\n")
                while not once(connection, command("make it", 10 * session + turn + 1), reply):
                    pass
        except BaseException as exc:
            faults.append(exc)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    made = house.git("diff", "--name-only", "main", BRANCH).split()
    assert made == [f"src/pocketbook/made_{s}_{t}.py" for s in range(2) for t in range(3)]
    assert house.git("rev-list", "--count", f"main..{BRANCH}").strip() == "6"


def is_sound(house: House, folder: Path) -> bool:
    """Whether the sample's own tests pass on the user's branch."""
    git(house.folder, "worktree", "add", "-q", "--detach", str(folder), BRANCH)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        shutil.rmtree(folder)
    print(done.stdout.decode())
    return done.returncode == 0
