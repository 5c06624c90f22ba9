"""Who may do what: everything that anybody is granted, and nothing else.

The tables are exact: a grant too many is a hole, with one too few a unit fails as soon as it
needs it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.support.standing.made import Made, Standing

_PUBLISH: Final = "roles/pubsub.publisher"
_READ: Final = "roles/secretmanager.secretAccessor"
_CALL: Final = "roles/run.invoker"
_STATE: Final = "project: roles/datastore.user"
_STATE_READ: Final = "project: roles/datastore.viewer"
_SPANS: Final = "project: roles/telemetry.tracesWriter"
_TOPICS: Final = ("operations", "sync-ticks", "sync-workspace")
_PRIVATE: Final = ("run-operation", "sync-tick", "sync-workspace")

GRANTS: Final[Mapping[str, frozenset[str]]] = {
    # Hosting and browsers call these; each checks by itself who asks.
    "allUsers": frozenset(
        f"service {name}: {_CALL}" for name in ("health", "notion", "voice", "voice-ws")
    ),
    # Pub/Sub pushes to the others as one account, which may do nothing else.
    "push": frozenset(f"service {name}: {_CALL}" for name in _PRIVATE),
    # Pub/Sub itself moves dead letters on, and signs the tokens of its pushes.
    "Pub/Sub": frozenset(
        {f"topic {topic}-dead: {_PUBLISH}" for topic in _TOPICS}
        | {f"subscription {topic}-push: roles/pubsub.subscriber" for topic in _TOPICS}
        | {"account push: roles/iam.serviceAccountTokenCreator"}
    ),
    # Reads the bundle, writes the image and the log of its making.
    "build": frozenset(
        {
            "project: roles/artifactregistry.writer",
            "project: roles/logging.logWriter",
            "project: roles/storage.objectViewer",
        }
    ),
    # Orders become operations.
    "voice": frozenset({_STATE, _SPANS, f"topic operations: {_PUBLISH}"}),
    # It shows, and changes nothing.
    "health": frozenset({_STATE_READ, _SPANS}),
    # Setup: takes and erases a workspace's secrets, looks whether ticks come and has them come.
    "notion": frozenset(
        {
            _STATE,
            _SPANS,
            f"topic operations: {_PUBLISH}",
            f"topic sync-workspace: {_PUBLISH}",
            f"secret nexus-notion-token: {_READ}",
            f"secret nexus-git-token: {_READ}",
            f"secrets git-, notion-, push-: {_READ}",
            "project: secretmanager.secrets.create",
            "secrets git-, notion-, push-: secretmanager.secrets.delete"
            " secretmanager.versions.add secretmanager.versions.destroy"
            " secretmanager.versions.list",
            "project: cloudscheduler.jobs.enable cloudscheduler.jobs.get",
        }
    ),
    # Works through operations; erasing a workspace is one of them.
    "run_operation": frozenset(
        {
            _STATE,
            _SPANS,
            f"topic operations: {_PUBLISH}",
            f"topic sync-workspace: {_PUBLISH}",
            f"secret nexus-anthropic-api-key: {_READ}",
            f"secret nexus-notion-token: {_READ}",
            f"secret nexus-git-token: {_READ}",
            f"secrets git-, notion- but notion-webhook-token: {_READ}",
            "secrets git-, notion-, push- but notion-webhook-token: secretmanager.secrets.delete",
            "project: cloudscheduler.jobs.get",
        }
    ),
    # Sends word to workspaces that are due; it never changes the state.
    "sync_tick": frozenset({_STATE_READ, _SPANS, f"topic sync-workspace: {_PUBLISH}"}),
    "sync_workspace": frozenset(
        {
            _STATE,
            _SPANS,
            f"topic operations: {_PUBLISH}",
            f"topic sync-workspace: {_PUBLISH}",
            f"secret nexus-notion-token: {_READ}",
            f"secret nexus-git-token: {_READ}",
            f"secrets git-, notion- but notion-webhook-token: {_READ}",
            "project: cloudscheduler.jobs.get",
        }
    ),
    # Hears, asks Claude, opens repositories.
    "voice_ws": frozenset(
        {
            _STATE,
            _SPANS,
            f"secret nexus-assemblyai-api-key: {_READ}",
            f"secret nexus-anthropic-api-key: {_READ}",
            f"secret nexus-git-token: {_READ}",
            f"secrets git- but notion-webhook-token: {_READ}",
        }
    ),
}
_ON: Final = {  # type of a grant → what its target is called, and which argument names it
    "google_pubsub_topic_iam_member": ("topic", "topic"),
    "google_pubsub_subscription_iam_member": ("subscription", "subscription"),
    "google_secret_manager_secret_iam_member": ("secret", "secret_id"),
    "google_cloud_run_service_iam_member": ("service", "service"),
    "google_cloud_run_v2_service_iam_member": ("service", "name"),
}
_BEGINS: Final = r'resource\.name\.startsWith\("projects/\d+/secrets/([\w-]+)"\)'
_ANY: Final = rf"{_BEGINS}(?: \|\| {_BEGINS})*"


def grants_too_many_or_too_few(standing: Standing) -> Iterator[str]:
    """Each account has exactly what the table says."""
    found: dict[str, set[str]] = {}
    for each in standing.resources:
        if each.type.endswith("_iam_member"):
            found.setdefault(_member(standing, each["member"]), set()).add(_grant(standing, each))
    for who in sorted(found.keys() | GRANTS.keys()):
        have, wanted = found.get(who, set()), GRANTS.get(who, frozenset())
        yield from (f"{who} may not have {grant}" for grant in sorted(have - wanted))
        yield from (f"{who} lacks {grant}" for grant in sorted(wanted - have))


def accounts_that_are_shared(standing: Standing) -> Iterator[str]:
    """Every unit runs as an account of its own, and all are built as one that runs nothing."""
    emails = {e.key: e["email"] for e in standing.all("google_service_account", "unit")}
    runs_as = {
        unit: made.block("service_config").get("service_account_email")
        for unit, made in standing.functions().items()
    }
    service = standing.one("google_cloud_run_v2_service", "voice_ws")
    runs_as["voice_ws"] = service.block("template").get("service_account")
    yield from (f"{unit} runs as another" for unit in runs_as if runs_as[unit] != emails.get(unit))
    yield from (f"an account {unit} for nobody" for unit in emails.keys() - runs_as.keys())
    build = standing.one("google_service_account", "build")["name"]
    for unit, made in standing.functions().items():
        if made.block("build_config").get("service_account") != build:
            yield f"{unit} is built as another"


def _member(standing: Standing, member: str) -> str:
    accounts = {e["member"]: e.key or e.name for e in standing.all("google_service_account")}
    if re.fullmatch(r"serviceAccount:service-\d+@gcp-sa-pubsub\.iam\.gserviceaccount\.com", member):
        return "Pub/Sub"
    return str(accounts.get(member, member))


def _grant(standing: Standing, grant: Made) -> str:
    """What is granted, on what: "topic operations: roles/pubsub.publisher"."""
    custom = {
        each["name"]: " ".join(sorted(each["permissions"]))
        for each in standing.all("google_project_iam_custom_role")
    }
    return f"{_target(standing, grant)}: {custom.get(grant['role'], grant['role'])}"


def _target(standing: Standing, grant: Made) -> str:
    if grant.type in _ON:
        kind, argument = _ON[grant.type]
        return f"{kind} {grant[argument]}"
    if grant.type == "google_service_account_iam_member":
        names = {e["name"]: e.key or e.name for e in standing.all("google_service_account")}
        return f"account {names.get(grant['service_account_id'])}"
    if grant.type == "google_project_iam_member":
        return _condition(grant.block("condition")) if grant["condition"] else "project"
    return grant.type


def _condition(condition: Mapping[str, Any]) -> str:
    """The beginnings of names that a condition admits and the one it leaves out, if that is all."""
    expression = condition.get("expression", "")
    if re.fullmatch(_ANY, expression):
        return f"secrets {', '.join(sorted(re.findall(_BEGINS, expression)))}"
    if re.fullmatch(rf"\({_ANY}\) && !{_BEGINS}", expression):
        *begins, left_out = re.findall(_BEGINS, expression)
        return f"secrets {', '.join(sorted(begins))} but {left_out}"
    return f"where {expression}"
