"""What a push webhook tells: which branches moved. It only rings: what happened is read from git.

So it does not matter that GitLab names at most 20 commits of a push, GitHub 2048, Bitbucket 5 and
its Data Center none.
https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events
https://docs.gitea.com/usage/webhooks
https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_EVENTS: Final = (
    "x-forgejo-event",
    "x-gitea-event",
    "x-github-event",
    "x-gitlab-event",
    "x-event-key",
)
_PUSHES: Final = frozenset({"push", "Push Hook"})
_TAG_PUSHES: Final = frozenset({"Tag Push Hook"})
_REFS: Final = frozenset({"create", "delete"})
_BITBUCKET: Final = frozenset({"repo:push", "repo:refs_changed"})
_HEADS: Final = "refs/heads/"
_TAGS: Final = "refs/tags/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Branches that moved, came or went. `message`: of the commit that the one branch is at now,
    "" where that is not told."""

    branches: tuple[str, ...]
    message: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A delivery that tells of no branch; `reason`: a static word or two, for the log."""

    reason: str


def read_push(headers: Mapping[str, str], payload: Mapping[str, Any]) -> Push | Ignored:
    """Read a delivery of GitHub, GitLab, Gitea, Forgejo or Bitbucket.

    `headers`: names in lower case; one without an event's name is taken for a push.
    """
    event = next((headers[name] for name in _EVENTS if name in headers), "push")
    if event in _TAG_PUSHES:
        return Ignored("tag")
    if event in _BITBUCKET:
        return _several(payload)
    if event in _REFS:
        return _one_ref(payload)
    if event not in _PUSHES:
        return Ignored("other event")
    ref = payload.get("ref")
    if not isinstance(ref, str):
        return Ignored("no ref")
    if not ref.startswith(_HEADS):
        return Ignored("tag" if ref.startswith(_TAGS) else "no branch")
    return Push(branches=(ref.removeprefix(_HEADS),), message=_head_message(payload))


def _one_ref(payload: Mapping[str, Any]) -> Push | Ignored:
    """Gitea tells of a branch that is gone by this event alone."""
    ref, kind = payload.get("ref"), payload.get("ref_type")
    if kind != "branch" or not isinstance(ref, str):
        return Ignored("tag" if kind == "tag" else "no branch")
    return Push(branches=(ref.removeprefix(_HEADS),))


def _several(payload: Mapping[str, Any]) -> Push | Ignored:
    """Bitbucket tells of all that one push moved; its two products in shapes of their own."""
    inside = payload.get("push")
    changes = inside.get("changes") if isinstance(inside, dict) else payload.get("changes")
    branches = tuple(_changed(changes if isinstance(changes, list) else []))
    return Push(branches=branches) if branches else Ignored("no branch")


def _changed(changes: list[Any]) -> Iterator[str]:
    for change in changes:
        if not isinstance(change, dict):
            continue
        for side in (change.get("new"), change.get("old")):
            if isinstance(side, dict) and side.get("type") in ("branch", "named_branch"):
                yield str(side.get("name", ""))
                break
        ref = change.get("ref")
        if isinstance(ref, dict) and str(ref.get("id", "")).startswith(_HEADS):
            yield str(ref["id"]).removeprefix(_HEADS)


def _head_message(push: Mapping[str, Any]) -> str:
    head, after = push.get("head_commit"), push.get("after")
    listed = push.get("commits")
    if not isinstance(head, dict) and isinstance(listed, list):
        named = (each for each in listed if isinstance(each, dict) and each.get("id") == after)
        head = next(named, None)
    return str(head.get("message", "")) if isinstance(head, dict) else ""
