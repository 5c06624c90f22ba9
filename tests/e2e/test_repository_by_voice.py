"""Spoken and typed commands change a repository, on the whole product with a real git server."""

import subprocess
import sys
from pathlib import Path

from tests.support.git import git
from tests.support.stack import Stack
from tests.support.voice_client import Message, read_wav, speaking

RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"
SPOKEN = "create-04-slt.wav"  # "create a new file called utils dot py with a function to read …"


def cloned(stack: Stack, folder: Path, result: Message) -> Path:
    """A clone at the commit that a result tells of."""
    sha, run = str(result["result"]["commit"]["sha"]), stack.run["git"]
    known = f"://{run['username']}:{run['password']}@"
    git(folder, "clone", "-q", run["remote_url"].replace("://", known), sha)
    git(folder / sha, "checkout", "-q", sha)
    return folder / sha


def changed(clone: Path) -> list[str]:
    """What a commit changed: letters and paths."""
    return git(clone, "show", "--name-status", "--format=", "HEAD").split("\n")[:-1]


def test_commands_become_commits_whose_tests_pass_and_undo_takes_the_last_one_back(
    stack: Stack, tmp_path: Path
) -> None:
    with speaking(stack.run["ws_url"], "demo") as client:
        client.start(mode="push_to_talk")
        client.say(read_wav(RECORDINGS / SPOKEN))
        client.send(type="end_turn")
        created = client.wait_for("result", intent="create")
        handled = client.type_command("add error handling to parse amount")
        undone = client.type_command("undo that")

    clone = cloned(stack, tmp_path, created)
    [edit] = created["result"]["edits"]
    assert (edit["action"], Path(edit["path"]).name) == ("created", "utils.py")
    assert changed(clone) == [f"A\t{edit['path']}"]
    assert (clone / edit["path"]).read_text(encoding="utf8") == created["result"]["code"]

    clone = cloned(stack, tmp_path, handled)
    assert changed(clone) == ["M\tsrc/pocketbook/money.py"]
    assert "except" in (clone / "src" / "pocketbook" / "money.py").read_text(encoding="utf8")
    message = git(clone, "show", "-s", "--format=%B", "HEAD")
    assert message.startswith("add error handling to parse")
    assert f"Nexus-Interaction: {handled['interaction_id']}" in message
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tests = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    assert tests.returncode == 0, tests.stdout

    clone = cloned(stack, tmp_path, undone)
    assert git(clone, "diff", "--stat", created["result"]["commit"]["sha"], "HEAD") == ""
    assert undone["result"]["commit"]["branch"].startswith("voice/")
