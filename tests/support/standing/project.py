"""The project and its state: what is switched on, what is kept, what cannot be thrown away."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.support.standing.delivery import DAY_S, seconds
from tests.support.standing.made import Made, Standing
from tests.support.terraform import ROOT

APIS: Final[Mapping[str, str]] = {  # a type of resource begins with → what must be switched on
    "google_artifact_registry": "artifactregistry",
    "google_billing_budget": "billingbudgets",
    "google_cloud_run": "run",
    "google_cloud_scheduler": "cloudscheduler",
    "google_cloudfunctions2": "cloudfunctions",
    "google_firebaserules": "firebaserules",
    "google_firestore": "firestore",
    "google_logging": "logging",
    "google_monitoring": "monitoring",
    "google_project_iam": "cloudresourcemanager",
    "google_pubsub": "pubsub",
    "google_secret_manager": "secretmanager",
    "google_service_account": "iam",
    "google_storage": "storage",
}
# What no resource shows: functions are built and kept as images, people sign in, spans are taken.
_BESIDE: Final = {
    "artifactregistry",
    "cloudbuild",
    "cloudtrace",
    "firebase",
    "identitytoolkit",
    "telemetry",
}
_DAYS: Final = {"daily": 7, "weekly": 28}


def services_that_are_off(standing: Standing) -> Iterator[str]:
    """Every service that a resource is of is enabled, and none is disabled behind other users."""
    enabled = {each["service"]: each for each in standing.all("google_project_service")}
    wanted = set(_BESIDE)
    for each in standing.resources:
        found = [api for begin, api in APIS.items() if each.type.startswith(begin)]
        wanted.update(found)
        if not found and each.type != "google_project_service":
            yield f"{each.type} is a resource of no known service"
    off = {f"{name}.googleapis.com" for name in wanted} - enabled.keys()
    yield from (f"{name} is not enabled" for name in sorted(off))
    yield from (f"{name} is disabled" for name, e in enabled.items() if e["disable_on_destroy"])


def a_database_of_another_kind(standing: Standing) -> Iterator[str]:
    """The program opens `(default)` in native mode; what it wrote can be brought back."""
    database = standing.one("google_firestore_database")
    kept = {
        "name": "(default)",
        "type": "FIRESTORE_NATIVE",
        "point_in_time_recovery_enablement": "POINT_IN_TIME_RECOVERY_ENABLED",
        "delete_protection_state": "DELETE_PROTECTION_ENABLED",
        "deletion_policy": "ABANDON",
    }
    yield from (f"{name}: {database[name]}" for name in kept if database[name] != kept[name])
    schedules = {e.name: e for e in standing.all("google_firestore_backup_schedule")}
    for name, days in _DAYS.items():
        found = schedules.get(name)
        if not found or not found[f"{name}_recurrence"] or found["database"] != database["name"]:
            yield f"no {name} backup"
        elif not seconds(found["retention"]) >= days * DAY_S:
            yield f"a {name} backup is kept for less than {days} days"


def queries_without_their_index(standing: Standing) -> Iterator[str]:
    """The indexes are those of the file that the tests of queries read, field by field."""
    wanted = [
        (each["collectionGroup"], each["queryScope"], [_sorted_by(f) for f in each["fields"]])
        for each in _indexes()["indexes"]
    ]
    found = [
        (each["collection"], each["query_scope"], [_as_made(f) for f in each["fields"]])
        for each in standing.all("google_firestore_index")
    ]
    yield from (f"no index {each}" for each in wanted if each not in found)
    yield from (f"an index too many {each}" for each in found if each not in wanted)


def _sorted_by(field: Mapping[str, str]) -> tuple[str, str]:
    return field["fieldPath"], field.get("order") or field["arrayConfig"]


def _as_made(field: Mapping[str, str]) -> tuple[str, str]:
    known = {"ASCENDING", "DESCENDING"}
    return field["field_path"], field["order"] if field["order"] in known else field["array_config"]


def fields_that_stay(standing: Standing) -> Iterator[str]:
    """Each field that ends a document does, each that needs no index has none."""
    wanted = {
        (each["collectionGroup"], each["fieldPath"]): (each.get("ttl", False), len(each["indexes"]))
        for each in _indexes()["fieldOverrides"]
    }
    found = {
        (each["collection"], each["field"]): (bool(each["ttl_config"]), _indexed(each))
        for each in standing.all("google_firestore_field")
    }
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            yield f"{'.'.join(name)} ends documents, indexes: {found.get(name)}"


def _indexed(field: Made) -> int | None:
    """How many indexes a field has; None where it says nothing, so it has the default ones."""
    config = field["index_config"]
    return len(config[0]["indexes"]) if config else None


def _indexes() -> dict[str, Any]:
    text = (ROOT / "firestore.indexes.json").read_text(encoding="utf8")
    found: dict[str, Any] = json.loads(text)
    return found


def rules_that_are_not_ours(standing: Standing) -> Iterator[str]:
    """The rules in force are those of our file, which lets no client in."""
    release, ruleset = (
        standing.one(f"google_firebaserules_{kind}") for kind in ("release", "ruleset")
    )
    if release["name"] != "cloud.firestore":
        yield f"released for {release['name']}"
    if release["ruleset_name"] != ruleset["name"]:
        yield "other rules are released"
    content = ruleset.block("source", "files").get("content")
    if content != (ROOT / "firestore.rules").read_text(encoding="utf8"):
        yield "the rules are another file"


def sources_that_anybody_changes(standing: Standing) -> Iterator[str]:
    """The bundles are nobody else's, and a tag of an image stays what it was."""
    bucket = standing.one("google_storage_bucket")
    if bucket["public_access_prevention"] != "enforced":
        yield "the bucket may be made public"
    if bucket["uniform_bucket_level_access"] is not True:
        yield "objects have rights of their own"
    if bucket.block("versioning").get("enabled") is not True:
        yield "a bundle that was overwritten is lost"
    registry = standing.one("google_artifact_registry_repository")
    if registry.block("docker_config").get("immutable_tags") is not True:
        yield "tags of images can move"
    for policy in registry["cleanup_policies"]:
        condition = (policy["condition"] or [{}])[0]
        if policy["action"] == "DELETE" and condition.get("tag_state") != "UNTAGGED":
            yield "an image that runs may be deleted"
    for each in standing.all("google_secret_manager_secret"):
        if not re.fullmatch(r"nexus-[a-z-]+", each["secret_id"]):
            yield f"{each['secret_id']} may be the name of a workspace's secret"
