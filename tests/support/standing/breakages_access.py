"""Ways to break the rules of access and of deliveries."""

from typing import Final

from tests.support.standing import access, delivery
from tests.support.standing.rules import Breakage

_ROLES: Final = access.grants_too_many_or_too_few
AT_ONCE: Final = (
    Breakage(
        _ROLES,
        'concat(roles, ["roles/telemetry.tracesWriter"])',
        'concat(roles, ["roles/pubsub.editor"])',
        "health may not have project: roles/pubsub.editor",
    ),
    Breakage(
        _ROLES,
        '"roles/logging.logWriter"',
        '"roles/iam.serviceAccountTokenCreator"',
        "build may",
    ),
    Breakage(
        _ROLES,
        'voice = ["roles/datastore.user"]',
        'voice = ["roles/datastore.owner"]',
        "voice may not have project: roles/datastore.owner",
    ),
    Breakage(_ROLES, 'sync_tick = ["sync-workspace"]', "sync_tick = []", "sync_tick lacks topic"),
    Breakage(_ROLES, "expression = local.secrets_of.notion", 'expression = "true"', "where true"),
    Breakage(_ROLES, '"cloudscheduler.jobs.enable",', "", "notion lacks project: cloudscheduler"),
    Breakage(_ROLES, '"secretmanager.versions.add",', "", "notion lacks secrets git-"),
    Breakage(
        _ROLES,
        '"roles/iam.serviceAccountTokenCreator" member = local.pubsub_agent',
        '"roles/iam.serviceAccountUser"\nmember = local.pubsub_agent',
        "Pub/Sub lacks account push: roles/iam.serviceAccountTokenCreator",
    ),
    Breakage(
        _ROLES,
        '"roles/pubsub.publisher" member = local.pubsub_agent',
        '"roles/pubsub.viewer"\nmember = local.pubsub_agent',
        "Pub/Sub lacks topic operations-dead",
    ),
    Breakage(
        _ROLES,
        "invokers = { push = google_service_account.push.member }",
        "invokers = { push = google_service_account.build.member }",
        "build may not have service sync-tick: roles/run.invoker",
    ),
    Breakage(
        access.accounts_that_are_shared,
        'google_service_account.unit["voice_ws"].email',
        'google_service_account.unit["voice"].email',
        "voice_ws runs as another",
    ),
    Breakage(
        delivery.pushes_that_miss,
        "audience = module.function[each.value.function].uri",
        "audience = var.public_url",
        "operations: a token for another audience",
    ),
    Breakage(
        delivery.pushes_that_miss,
        '"${module.function[each.value.function].uri}/',
        '"${var.public_url}/',
        "operations: not pushed to run_operation",
    ),
    Breakage(
        delivery.deliveries_that_are_given_up,
        'retry_policy { minimum_backoff = "5s" maximum_backoff = "120s" }',
        "",
        "push.operations is tried again without pauses",
    ),
    Breakage(
        delivery.deliveries_that_are_given_up,
        "max_attempts = 5",
        "max_attempts = 3",
        "push.sync-ticks: attempts outside",
    ),
    Breakage(
        delivery.deliveries_that_are_given_up,
        'retention = "600s"',
        'retention = "300s"',
        "push.sync-ticks keeps its messages too shortly",
    ),
    Breakage(
        delivery.ticks_that_do_not_come,
        '"* * * * *"',
        '"0 * * * *"',
        "the schedule is 0 * * * *",
    ),
    Breakage(
        delivery.ticks_that_do_not_come,
        'topic_name = google_pubsub_topic.topic["sync-ticks"].id',
        'topic_name = google_pubsub_topic.topic["operations"].id',
        "ticks go to another topic",
    ),
    Breakage(
        delivery.ticks_that_do_not_come,
        "NEXUS_SCHEDULER_JOB = local.tick_job",
        'NEXUS_SCHEDULER_JOB = "other"',
        "notion asks for another job",
    ),
)
# What cannot be seen beside those.
APART: Final = (
    Breakage(
        _ROLES,
        'role = "roles/secretmanager.secretAccessor"',
        'role = "roles/secretmanager.viewer"',
        "voice_ws lacks secret nexus-git-token",
    ),
    Breakage(
        _ROLES, 'role = "roles/run.invoker"', 'role = "roles/run.viewer"', "push lacks service"
    ),
    Breakage(
        _ROLES,
        '["secretmanager.secrets.create"]',
        '["secretmanager.secrets.get"]',
        "notion lacks",
    ),
    Breakage(
        _ROLES,
        'concat(roles, ["roles/telemetry.tracesWriter"])',
        "roles",
        "sync_tick lacks project: roles/telemetry.tracesWriter",
    ),
    Breakage(
        _ROLES,
        'notion = ["notion-", "git-", "push-"]',
        'notion = ["notion-", "git-", "push-", ""]',
        "notion lacks secrets",
    ),
    Breakage(
        delivery.deliveries_that_are_given_up,
        "dead_letter_topic = google_pubsub_topic.dead[each.key].id",
        "dead_letter_topic = google_pubsub_topic.topic[each.key].id",
        "push.operations has no dead letters",
    ),
)
