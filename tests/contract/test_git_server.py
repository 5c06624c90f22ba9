"""The git server, seen by the git program and by a receiver of webhooks."""

import gzip
import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.support.git import PASSWORD, USERNAME, GitHost, git, running_git_server
from tests.support.waiting import until

_SECRET = "webhook secret"
_NO_COMMIT = "0" * 40


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with running_git_server(tmp_path_factory.mktemp("repositories")) as host:
        yield host


@pytest.fixture
def clone(host: GitHost, tmp_path: Path) -> Path:
    """A clone of the sample repository."""
    git(tmp_path, "clone", "-q", host.url(password=PASSWORD), "clone")
    return tmp_path / "clone"


class Receiver:
    """Keeps the webhooks that it gets: (headers, body)."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Be quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/notion/push/w1"

    def payload(self, count: int) -> dict[str, Any]:
        """The `count`th webhook's payload, once it is there."""
        until(lambda: len(self.got) >= count, 10, f"{count} webhooks")
        payload: dict[str, Any] = json.loads(self.got[count - 1][1])
        return payload


@pytest.fixture
def receiver(host: GitHost) -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    host.order("/control/push", url=receiver.url, secret=_SECRET)
    yield receiver
    host.order("/control/push", url="")
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def _commit(clone: Path, message: str, **files: str | None) -> str:
    """Commit files (`_` stands for a dot) in a clone."""
    for name, text in files.items():
        path = clone / name.replace("_", ".")
        path.unlink() if text is None else path.write_text(text)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", message)
    return git(clone, "rev-parse", "HEAD").strip()


def test_a_clone_holds_the_sample_and_its_tests_pass(clone: Path) -> None:
    assert len(git(clone, "log", "--oneline").splitlines()) == 3
    assert not list(clone.rglob("*.txt"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "19 passed" in done.stdout


def test_the_seed_is_the_same_every_time(host: GitHost) -> None:
    again = host.make("again.git", sample=True)
    assert git(again, "rev-parse", "main") == git(host.root / "demo.git", "rev-parse", "main")
    git(again, "fsck", "--strict")


def test_what_is_there_is_never_seeded_again(tmp_path: Path) -> None:
    with running_git_server(tmp_path, "--empty"):
        assert git(tmp_path / "demo.git", "for-each-ref") == ""
    with running_git_server(tmp_path):
        assert git(tmp_path / "demo.git", "for-each-ref") == ""


def test_a_push_arrives(host: GitHost, clone: Path) -> None:
    sha = _commit(clone, "Add a note", note_md="hello\n")
    git(clone, "push", "-q", "origin", "main:arrives")
    assert git(host.root / "demo.git", "rev-parse", "arrives").strip() == sha


def test_a_push_of_many_megabytes_arrives_in_pieces(host: GitHost, clone: Path) -> None:
    (clone / "large.bin").write_bytes(os.urandom(3 * 2**20))
    sha = _commit(clone, "Add a large file")
    # Without room for the body git sends it chunked, without a length.
    git(clone, "-c", "http.postBuffer=65536", "push", "-q", "origin", "main:large")
    assert git(host.root / "demo.git", "rev-parse", "large").strip() == sha


def test_a_blobless_clone_fetches_contents_when_they_are_needed(
    host: GitHost, tmp_path: Path
) -> None:
    url = host.url(password=PASSWORD)
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", "--filter=blob:none", f"{url}", "bare")
    bare = tmp_path / "bare"
    kinds = git(bare, "cat-file", "--batch-check", "--batch-all-objects")
    assert " tree " in kinds
    assert " blob " not in kinds
    assert git(bare, "show", "HEAD:README.md").startswith("# Pocketbook")


def test_version_two_of_the_protocol_is_spoken(host: GitHost) -> None:
    refs = f"{host.url()}/info/refs?service=git-upload-pack"
    answer = httpx.get(refs, auth=(USERNAME, PASSWORD), headers={"Git-Protocol": "version=2"})
    assert answer.headers["content-type"] == "application/x-git-upload-pack-advertisement"
    assert "version 2" in answer.text
    assert "filter" in answer.text


def test_a_compressed_request_is_understood(host: GitHost) -> None:
    body = b"0014command=ls-refs\n0001001aref-prefix refs/heads/0000"
    answer = httpx.post(
        f"{host.url()}/git-upload-pack",
        auth=(USERNAME, PASSWORD),
        content=gzip.compress(body),
        headers={
            "Git-Protocol": "version=2",
            "Content-Type": "application/x-git-upload-pack-request",
            "Content-Encoding": "gzip",
        },
    )
    assert answer.status_code == 200
    assert "refs/heads/main" in answer.text


@pytest.mark.parametrize("auth", [None, (USERNAME, "wrong"), ("someone", PASSWORD)])
def test_a_wrong_password_is_refused(host: GitHost, auth: tuple[str, str] | None) -> None:
    answer = httpx.get(f"{host.url()}/info/refs?service=git-receive-pack", auth=auth)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_an_unknown_repository_is_not_found(host: GitHost, tmp_path: Path) -> None:
    said = git(tmp_path, "ls-remote", host.url("none.git", password=PASSWORD), check=False)
    assert "not found" in said


def test_a_push_sends_a_signed_webhook(receiver: Receiver, clone: Path) -> None:
    _commit(clone, "One", a_md="1\n")
    git(clone, "push", "-q", "origin", "HEAD:signed")
    receiver.payload(1)
    headers, body = receiver.got[0]
    mac = hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={mac}"
    assert headers["x-github-event"] == "push"
    assert headers["content-type"] == "application/json"
    assert UUID(headers["x-github-delivery"])


def test_a_webhook_tells_what_each_commit_changed(receiver: Receiver, clone: Path) -> None:
    git(clone, "push", "-q", "origin", "HEAD:tells")
    created = receiver.payload(1)
    assert (created["created"], created["before"]) == (True, _NO_COMMIT)
    assert created["commits"] == []
    before = git(clone, "rev-parse", "HEAD").strip()
    first = _commit(clone, "One\n\nwith a body", a_md="1\n", **{"päge_md": "x\n"})
    last = _commit(clone, "Two", a_md="2\n", b_md="1\n", **{"README_md": None})
    git(clone, "push", "-q", "origin", "HEAD:tells")
    event = receiver.payload(2)
    assert event["ref"] == "refs/heads/tells"
    assert (event["before"], event["after"]) == (before, last)
    assert (event["created"], event["deleted"], event["forced"]) == (False, False, False)
    assert [commit["id"] for commit in event["commits"]] == [first, last]
    one, two = event["commits"]
    assert one["message"] == "One\n\nwith a body"
    assert (one["added"], one["removed"], one["modified"]) == (["a.md", "päge.md"], [], [])
    assert (two["added"], two["removed"], two["modified"]) == (["b.md"], ["README.md"], ["a.md"])
    assert one["tree_id"] == git(clone, "rev-parse", f"{first}^{{tree}}").strip()
    assert one["distinct"] is True
    assert one["author"] == {"name": "Git Server", "email": "git@localhost"}
    assert event["head_commit"] == two
    assert event["compare"].endswith(f"/demo/compare/{before[:12]}...{last[:12]}")
    assert event["repository"]["default_branch"] == "main"
    assert event["repository"]["clone_url"].endswith("/demo.git")
    assert event["pusher"]["name"] == USERNAME
    assert event["sender"]["login"] == USERNAME


def test_commits_that_another_branch_has_are_not_distinct(receiver: Receiver, clone: Path) -> None:
    git(clone, "push", "-q", "origin", "HEAD:base")
    sha = _commit(clone, "Shared", shared_md="1\n")
    git(clone, "push", "-q", "origin", "HEAD:shared")
    assert [commit["distinct"] for commit in receiver.payload(2)["commits"]] == [True]
    git(clone, "push", "-q", "origin", "HEAD:base")
    again = receiver.payload(3)["commits"]
    assert [(commit["id"], commit["distinct"]) for commit in again] == [(sha, False)]


def test_forced_pushes_and_deletions_are_told(receiver: Receiver, clone: Path) -> None:
    old = _commit(clone, "Old", x_md="1\n")
    git(clone, "push", "-q", "origin", "HEAD:forced")
    git(clone, "commit", "-q", "--amend", "-m", "New")
    new = git(clone, "rev-parse", "HEAD").strip()
    git(clone, "push", "-q", "--force", "origin", "HEAD:forced")
    event = receiver.payload(2)
    assert (event["forced"], event["before"], event["after"]) == (True, old, new)
    assert [commit["id"] for commit in event["commits"]] == [new]
    git(clone, "push", "-q", "origin", ":forced")
    event = receiver.payload(3)
    assert (event["deleted"], event["after"], event["head_commit"]) == (True, _NO_COMMIT, None)
    assert event["commits"] == []


def test_a_merge_tells_what_it_brought_to_the_branch(receiver: Receiver, clone: Path) -> None:
    git(clone, "checkout", "-q", "-b", "side")
    side = _commit(clone, "Side", side_md="1\n")
    git(clone, "checkout", "-q", "main")
    git(clone, "push", "-q", "origin", "HEAD:merged")
    _commit(clone, "Main", own_md="1\n")
    git(clone, "merge", "-q", "-m", "Merge side", "side")
    git(clone, "push", "-q", "origin", "HEAD:merged")
    commits = receiver.payload(2)["commits"]
    assert {commit["message"] for commit in commits} == {"Side", "Main", "Merge side"}
    assert side in {commit["id"] for commit in commits}
    assert commits[-1]["added"] == ["side.md"]


def test_a_delivery_can_be_repeated_and_is_listed(
    host: GitHost, receiver: Receiver, clone: Path
) -> None:
    git(clone, "push", "-q", "origin", "HEAD:repeated")
    receiver.payload(1)
    first = until(lambda: _delivered(host, receiver.url, 1), 5, "the delivery's status")[0]
    assert (first["event"], first["status"], first["redelivery"]) == ("push", 202, False)
    host.order(f"/control/deliveries/{first['id']}/redeliver")
    receiver.payload(2)
    (headers, body), (again, same) = receiver.got
    assert body == same
    assert headers["x-github-delivery"] == again["x-github-delivery"]
    assert until(lambda: _delivered(host, receiver.url, 2), 5, "the second")[1]["redelivery"]


def _delivered(host: GitHost, url: str, count: int) -> list[dict[str, Any]]:
    """The answered deliveries to an address, once there are so many."""
    told = host.told("/control/deliveries")["deliveries"]
    found = [each for each in told if each["url"] == url and each["status"]]
    return found if len(found) >= count else []


def test_webhooks_can_be_switched_off(host: GitHost, receiver: Receiver, clone: Path) -> None:
    host.order("/control/webhooks", enabled=False)
    git(clone, "push", "-q", "origin", "HEAD:silent")
    host.order("/control/webhooks", enabled=True)
    git(clone, "push", "-q", "origin", "HEAD:heard")
    assert receiver.payload(1)["ref"] == "refs/heads/heard"


def test_a_receiver_that_is_gone_does_not_hinder_the_push(host: GitHost, clone: Path) -> None:
    host.order("/control/push", url="http://127.0.0.1:9/nobody")
    git(clone, "push", "-q", "origin", "HEAD:unheard")
    host.order("/control/push", url="")
    failed = until(
        lambda: [d for d in host.told("/control/deliveries")["deliveries"] if d["error"]],
        10,
        "the failed delivery",
    )
    assert failed[-1]["status"] is None


def test_a_protected_branch_refuses_pushes(host: GitHost, clone: Path) -> None:
    host.order("/control/protect", branch="main")
    _commit(clone, "Refused", refused_md="1\n")
    assert "GH006" in git(clone, "push", "origin", "HEAD:main", check=False)
    host.order("/control/protect", branch="main", protected=False)
    git(clone, "push", "-q", "origin", "HEAD:main")


def test_without_git_it_says_what_to_install(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dev.git_server", "--root", str(tmp_path)]
    command += ["--username", "u", "--password", "p"]
    env = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "error: git is missing: install it (apt-get install git, brew install git)\n"
    )
