"""Where things are and what they are called: one project, one region, one name for each thing."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.support.standing.made import Standing

_PROJECT: Final = "my-nexus"
_REGION: Final = "us-central1"
_IDS: Final = {  # type → the argument that has to be its own in the project
    "google_service_account": "account_id",
    "google_project_iam_custom_role": "role_id",
    "google_pubsub_topic": "name",
    "google_pubsub_subscription": "name",
    "google_secret_manager_secret": "secret_id",
    "google_logging_metric": "name",
}
# https://cloud.google.com/iam/docs/service-accounts-create
_ACCOUNT: Final = re.compile(r"nexus-[a-z]([a-z0-9-]*[a-z0-9])?")
_LONGEST_ACCOUNT: Final = 30


def things_in_another_place(standing: Standing) -> Iterator[str]:
    """All is in the project and the region that were given, all state in the one database."""
    database = standing.one("google_firestore_database")["name"]
    for each in standing.resources:
        of_a_secret = each.type == "google_secret_manager_secret_version"  # which names its project
        if not of_a_secret and each.values.get("project", _PROJECT) != _PROJECT:
            yield f"{each.type}.{each} is in another project"
        if {each.values.get(name, _REGION) for name in ("location", "region")} != {_REGION}:
            yield f"{each.type}.{each} is in another region"
        if each.values.get("database", database) != database:
            yield f"{each.type}.{each} is of another database"


def names_of_others(standing: Standing) -> Iterator[str]:
    """No two have one name, and the names are those that the program and the pages know."""
    for kind, argument in _IDS.items():
        names = Counter(each[argument] for each in standing.all(kind))
        yield from (f"{name} is the name of {count}" for name, count in names.items() if count > 1)
    for each in standing.all("google_pubsub_topic"):
        if each["name"] != each.key + ("-dead" if each.name == "dead" else ""):
            yield f"the topic {each} is called {each['name']}"
    for each in standing.all("google_pubsub_subscription"):
        if each["name"] != each.key + ("-push" if each.name == "push" else "-dead-recovery"):
            yield f"the subscription {each} is called {each['name']}"
    for each in standing.all("google_service_account"):
        own = f"nexus-{(each.key or each.name).replace('_', '-')}"
        if not (each["account_id"] == own and _ACCOUNT.fullmatch(own)):
            yield f"the account {each} is called {each['account_id']}"
        if len(own) > _LONGEST_ACCOUNT:
            yield f"{own} is too long"
    if standing.one("google_cloud_run_v2_service")["name"] != "voice-ws":
        yield "the voice service has another name"
    if standing.one("google_artifact_registry_repository")["repository_id"] != "nexus":
        yield "the pages push the image elsewhere"
