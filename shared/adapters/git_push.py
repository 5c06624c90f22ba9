"""What a host means when it refuses to move a branch."""

from shared.adapters.git_transport import SERVICE
from shared.errors import Forbidden, NexusError, UpstreamRejected
from shared.ports.repository import BranchProtected

# Git's own words (receive-pack.c, refs.c), and those of GitHub and GitLab.
_MOVED = (
    "cannot lock ref",
    "failed to lock",
    "failed to update ref",
    "fetch first",
    "incorrect old value provided",
    "non-fast-forward",
    "reference already exists",
    "stale info",
)
_FORBIDDEN = ("refusing to allow", "permission")
_PROTECTED = (
    "branch is currently checked out",
    "hidden ref",
    "hook declined",
    "prohibited",
    "protected",
    "rule violation",
)


def judge(status: str | None) -> NexusError | None:
    """Our error for the status of a ref; None where the ref has to be looked at.

    Args:
        status: what the host said of the ref; None if it said nothing.
    """
    said = (status or "").lower()
    if not said or any(words in said for words in _MOVED):
        return None
    if any(words in said for words in _FORBIDDEN):
        return Forbidden("The credential may not push this: give it the right to, and try again.")
    if any(words in said for words in _PROTECTED):
        return BranchProtected(
            "The host's rules refuse pushes to this branch: choose another, or allow them."
        )
    return UpstreamRejected("The git host refuses the push.", SERVICE)
