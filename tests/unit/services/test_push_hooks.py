"""Push webhooks of four hosts: who is believed, and what wakes the workspace."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.errors import Unauthenticated, UnreadableBody
from shared.ports.state import Put
from shared.sync.workspace import Workspace, workspace_document, workspace_path
from tests.support.notion_house import NotionHouse

SHA = "a" * 40


@pytest.fixture
def house() -> NotionHouse:
    return NotionHouse()


@pytest.fixture
def hook(house: NotionHouse) -> "Hook":
    done = house.set_up()
    house.publisher.messages.clear()
    assert done.push_secret is not None
    return Hook(house, done.workspace, done.push_secret)


class Hook:
    """A host that knows the workspace's secret."""

    def __init__(self, house: NotionHouse, workspace: Workspace, secret: str) -> None:
        self.house = house
        self.workspace = workspace
        self.secret = secret

    def sign(self, body: bytes, secret: str | None = None) -> str:
        return hmac.new((secret or self.secret).encode(), body, hashlib.sha256).hexdigest()

    def standard(self, body: bytes, age_s: float = 0.0) -> dict[str, str]:
        sent_at = str(int(self.house.clock.now().timestamp() - age_s))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"msg_1.{sent_at}.".encode() + body, hashlib.sha256).digest()
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": sent_at,
            "webhook-signature": f"v1,AAAA v1,{base64.b64encode(digest).decode()}",
        }

    def deliver(self, headers: dict[str, str], body: bytes, wid: str = "") -> bool:
        return self.house.pushes().receive(wid or self.workspace.wid, headers, body)

    def push(self, **changes: Any) -> bool:
        """A push as GitHub tells it."""
        body = json.dumps({**payload(), **changes}).encode()
        signed = {"x-hub-signature-256": f"sha256={self.sign(body)}", "x-github-event": "push"}
        return self.deliver(signed, body)


def payload(message: str = "Fix it", branch: str = "main") -> dict[str, Any]:
    head = {"id": SHA, "message": message}
    return {"ref": f"refs/heads/{branch}", "after": SHA, "head_commit": head, "commits": [head]}


BODY = json.dumps(payload()).encode()


@pytest.mark.parametrize("branch", ["main", "task/TASK-1-x", "voice/ada"])
def test_a_push_to_a_watched_branch_wakes_the_workspace(hook: Hook, branch: str) -> None:
    assert hook.push(ref=f"refs/heads/{branch}")
    at = hook.house.clock.now().isoformat()
    assert hook.house.woken() == [{"workspace": hook.workspace.wid, "at": at}]


@pytest.mark.parametrize(
    ("signature", "event"),
    [
        ("x-gitea-signature", "x-gitea-event"),
        ("x-forgejo-signature", "x-forgejo-event"),
    ],
)
def test_gitea_and_forgejo_sign_without_a_prefix(hook: Hook, signature: str, event: str) -> None:
    assert hook.deliver({signature: hook.sign(BODY), event: "push"}, BODY)
    with pytest.raises(Unauthenticated):
        hook.deliver({signature: f"sha256={hook.sign(BODY)}", event: "push"}, BODY)


def test_bitbucket_signs_in_a_header_of_githubs_old_name(hook: Hook) -> None:
    moved = {"new": {"type": "branch", "name": "voice/ada"}, "old": None}
    body = json.dumps({"push": {"changes": [moved]}}).encode()
    event = {"x-event-key": "repo:push"}
    assert hook.deliver({"x-hub-signature": f"sha256={hook.sign(body)}", **event}, body)
    with pytest.raises(Unauthenticated):
        hook.deliver({"x-hub-signature": f"sha256={hook.sign(BODY)}", **event}, body)


def test_gitlab_shows_its_secret_or_signs_by_the_standard(hook: Hook) -> None:
    listed = {"object_kind": "push", "ref": "refs/heads/main", "after": SHA}
    body = json.dumps({**listed, "commits": [{"id": SHA, "message": "x"}]}).encode()
    event = {"x-gitlab-event": "Push Hook"}
    assert hook.deliver({"x-gitlab-token": hook.secret, **event}, body)
    assert hook.deliver({**hook.standard(body), **event}, body)
    assert hook.deliver({**hook.standard(body, age_s=-299), **event}, body)
    for age_s in (301, -301):
        with pytest.raises(Unauthenticated):
            hook.deliver({**hook.standard(body, age_s=age_s), **event}, body)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": f"sha256={'0' * 64}"},
        {"x-hub-signature-256": "sha256=ümlaut"},
        {"x-hub-signature": "sha1=0"},
        {"x-gitlab-token": ""},
        {"x-gitlab-token": "whsec_"},
        {"webhook-signature": "v1,x", "webhook-timestamp": "nan", "webhook-id": "1"},
        {"webhook-signature": "v1,x", "webhook-timestamp": "soon", "webhook-id": "1"},
    ],
)
def test_a_wrong_signature_is_refused(hook: Hook, headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        hook.deliver({**headers, "x-github-event": "push"}, BODY)


def test_a_signature_is_of_this_body_and_this_workspaces_secret(hook: Hook) -> None:
    signed = {"x-hub-signature-256": f"sha256={hook.sign(BODY)}"}
    with pytest.raises(Unauthenticated):
        hook.deliver(signed, BODY + b" ")
    with pytest.raises(Unauthenticated) as unknown:
        hook.deliver(signed, BODY, wid="0" * 20)
    with pytest.raises(Unauthenticated) as wrong:
        hook.deliver({"x-hub-signature-256": "x"}, BODY)
    assert unknown.value.detail == wrong.value.detail
    assert hook.house.woken() == []


def test_a_workspace_without_a_secret_believes_nobody(hook: Hook) -> None:
    bare = replace(hook.workspace, push_secret="")
    hook.house.store.commit([Put(path=workspace_path(bare.wid), data=workspace_document(bare))])
    for secret in ("", "None"):
        signed = {"x-hub-signature-256": f"sha256={hook.sign(BODY, secret or ' ')}"}
        with pytest.raises(Unauthenticated):
            hook.deliver({**signed, "x-gitlab-token": secret}, BODY)


@pytest.mark.parametrize(
    "changes",
    [
        {"ref": "refs/heads/dev"},
        {"ref": "refs/heads/task"},
        {"ref": "refs/heads/main/x"},
        {"ref": "refs/tags/main"},
        {"ref": None},
        {"head_commit": {"id": SHA, "message": "Sync\n\nNexus-Sync: w1\n"}},
        {"head_commit": None, "commits": [{"id": SHA, "message": "Sync\n\nNexus-Sync: w1"}]},
    ],
)
def test_other_branches_and_our_own_pushes_wake_nobody(hook: Hook, changes: Any) -> None:
    assert not hook.push(**changes)
    assert hook.house.woken() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"head_commit": {"id": SHA, "message": "About Nexus-Sync: a trailer\n\nIt is ours."}},
        {"head_commit": None, "commits": []},
        {"head_commit": 5, "commits": [5]},
        {"deleted": True, "after": "0" * 40, "head_commit": None},
        {"created": True, "before": "0" * 40, "ref": "refs/heads/task/x", "commits": []},
        {"deleted": True, "after": "0" * 40, "head_commit": None, "ref": "refs/heads/task/x"},
    ],
)
def test_in_doubt_the_workspace_is_woken(hook: Hook, changes: Any) -> None:
    assert hook.push(**changes)


def test_other_events_wake_nobody(hook: Hook) -> None:
    body = b'{"zen": "Keep it simple."}'
    for event in ("ping", "issues"):
        signed = {"x-hub-signature-256": f"sha256={hook.sign(body)}", "x-github-event": event}
        assert not hook.deliver(signed, body)


def test_githubs_form_is_read_as_well(hook: Hook) -> None:
    body = urlencode({"payload": BODY.decode()}).encode()
    signed = {
        "x-hub-signature-256": f"sha256={hook.sign(body)}",
        "content-type": "application/x-www-form-urlencoded",
        "x-github-event": "push",
    }
    assert hook.deliver(signed, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_signed_body_that_is_no_object_is_refused(hook: Hook, body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        hook.deliver({"x-hub-signature-256": f"sha256={hook.sign(body)}"}, body)
