"""The repository of a setup: which one, on which branch, with whose credential."""

from dataclasses import dataclass, field

from shared.errors import (
    FieldFault,
    Forbidden,
    InvalidRequest,
    NotConfigured,
    NotFound,
    UpstreamRejected,
)
from shared.ports.identity import Caller
from shared.ports.repository import Refs
from shared.services.connections import Connections
from shared.services.setup_order import RepositoryOrder, SetupOrder
from shared.sync.workspace import Remote, Workspace

_FIRST_BRANCH = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSurvey:
    """A repository that was looked at.

    `token`: what was given now; "" where `kept`, the reference so far, or the deployment's serves.
    `head`: the branch's commit, None in an empty repository. `implicit`: nobody chose it.
    """

    url: str
    branch: str
    username: str
    token: str = field(default="", repr=False)
    kept: str = ""
    head: str | None = None
    implicit: bool = False


def survey_remote(
    connections: Connections,
    caller: Caller,
    order: SetupOrder,
    present: Workspace | None,
    faults: list[FieldFault],
) -> RemoteSurvey | None:
    """Look at the repository that is meant; None if there is none, or with a fault.

    Raises:
        UpstreamUnavailable: the host does not answer now.
    """
    wanted = order.repository or RepositoryOrder()
    before = present.repository if present else None
    deployment = connections.deployment
    usual = deployment.git_url if deployment.serves(caller) else ""
    url = wanted.url or (before.url if before else usual)
    if order.repository is None and present is not None and before is None:
        return None
    if not url:
        if order.repository is not None:
            faults.append(FieldFault(field="repository.url", message="say which repository"))
        return None
    same = before if before is not None and before.url == url else None
    serves = deployment.serves(caller) or (same is not None and not same.token)
    keeps_own = bool(same and same.token)
    if not wanted.token and not keeps_own and deployment.has_credential_for(url) and not serves:
        message = "our credential for this host serves members alone: send a token of yours"
        faults.append(FieldFault(field="repository.token", message=message))
        return None
    username = wanted.username if wanted.username is not None else (same.username if same else "")
    try:
        token = wanted.token or (connections.git_token(same) if same else "")
        refs = connections.repository_with(url, username, token).refs()
    except (InvalidRequest, NotFound) as error:
        faults.append(FieldFault(field="repository.url", message=error.detail))
    except (Forbidden, UpstreamRejected, NotConfigured) as error:
        faults.append(FieldFault(field="repository.token", message=error.detail))
    else:
        branch = _branch(wanted, same, refs)
        if refs.heads and branch not in refs.heads:
            message = "there is no such branch in the repository"
            faults.append(FieldFault(field="repository.branch", message=message))
        return RemoteSurvey(
            url=url,
            branch=branch,
            username=username,
            token=wanted.token or "",
            kept=same.token if same and not wanted.token else "",
            head=refs.heads.get(branch),
            implicit=order.repository is None and before is None,
        )
    return None


def _branch(wanted: RepositoryOrder, same: Remote | None, refs: Refs) -> str:
    return wanted.branch or (same.branch if same else "") or refs.default_branch or _FIRST_BRANCH
