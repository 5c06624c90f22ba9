"""Ways to break the rules of the project, its state and its alarms."""

from typing import Final

from tests.support.standing import monitoring, places, project
from tests.support.standing.rules import Breakage

AT_ONCE: Final = (
    Breakage(
        places.things_in_another_place,
        "region = var.region name = local.tick_job",
        'region = "europe-west1"\nname = local.tick_job',
        "google_cloud_scheduler_job.tick is in another region",
    ),
    Breakage(
        places.names_of_others,
        'role_id = "nexusSecretEraser"',
        'role_id = "nexusSecretKeeper"',
        "nexusSecretKeeper is the name of 2",
    ),
    Breakage(
        project.sources_that_anybody_changes,
        "versioning { enabled = true",
        "versioning {\nenabled = false",
        "overwritten",
    ),
    Breakage(
        monitoring.alarms_of_something_else,
        '"ALIGN_RATE"',
        '"ALIGN_MEAN"',
        "server_errors is a number of another kind: ALIGN_MEAN REDUCE_SUM",
    ),
    Breakage(monitoring.metrics_that_do_not_exist, '"DELTA"', '"GAUGE"', "counts nothing"),
    Breakage(
        monitoring.pages_that_nobody_asks_for,
        "validate_ssl = true",
        "validate_ssl = false",
        "content with less",
    ),
    Breakage(
        monitoring.money_that_nobody_watches,
        "units = tostring(var.monthly_budget)",
        'units = "100"',
        "the budget is another sum",
    ),
    Breakage(
        project.services_that_are_off, '"pubsub.googleapis.com",', "", "pubsub.googleapis.com"
    ),
    Breakage(
        project.services_that_are_off,
        '"cloudscheduler.googleapis.com",',
        "",
        "cloudscheduler.googleapis.com",
    ),
    Breakage(project.a_database_of_another_kind, '"FIRESTORE_NATIVE"', '"DATASTORE_MODE"', "type"),
    Breakage(project.a_database_of_another_kind, '"(default)"', '"state"', "name: state"),
    Breakage(
        project.a_database_of_another_kind,
        'name retention = "604800s"',
        'name\nretention = "86400s"',
        "a daily backup is kept for less than 7 days",
    ),
    Breakage(
        project.queries_without_their_index,
        'order = lookup(fields.value, "order", null)',
        'order = "ASCENDING"',
        "no index ('interactions'",
    ),
    Breakage(
        project.fields_that_stay,
        'lookup(each.value, "ttl", false) ? [1] : []',
        "[]",
        "voice_sessions.expires_at ends documents, indexes: (False, 0)",
    ),
    Breakage(
        project.rules_that_are_not_ours, 'firestore.rules")', 'firestore.indexes.json")', "file"
    ),
    Breakage(
        project.rules_that_are_not_ours, '"cloud.firestore"', '"firebase.storage"', "released"
    ),
    Breakage(project.sources_that_anybody_changes, '"enforced"', '"inherited"', "made public"),
    Breakage(project.sources_that_anybody_changes, "tags = true", "tags = false", "tags of images"),
    Breakage(
        monitoring.alarms_that_are_silent,
        'notification_channels = local.channels documentation { content = "See docs/operate.md,'
        " `Dead letters`",
        "notification_channels = []"
        '\ndocumentation {\ncontent = "See docs/operate.md, `Dead letters`',
        "dead_letters is not told",
    ),
    Breakage(
        monitoring.alarms_that_are_silent, "`Requests fail`", "`It fails`", "server_errors does"
    ),
    Breakage(
        monitoring.alarms_of_something_else,
        "threshold_value = 0.02",
        "threshold_value = 2",
        "server_errors: a threshold of 2",
    ),
    Breakage(
        monitoring.alarms_of_something_else,
        'google_logging_metric.count["slots"].name}\\""\n      duration',
        'google_logging_metric.count["failed_syncs"].name}\\""\n      duration',
        "missed_cycles looks at",
    ),
    Breakage(
        monitoring.metrics_that_do_not_exist,
        "oldest_unacked_message_age",
        "oldest_unacked_age",
        "no metric pubsub.googleapis.com/subscription/oldest_unacked_age",
    ),
    Breakage(
        monitoring.alarms_of_other_queues,
        "for_each = google_pubsub_subscription.recovery",
        "for_each = google_pubsub_subscription.push",
        "dead_letters looks at",
    ),
    Breakage(
        monitoring.errors_that_are_no_share,
        '\\"5xx\\"',
        '\\"2xx\\"',
        "the share is not of errors",
    ),
    Breakage(monitoring.pages_that_nobody_asks_for, '"/health"', '"/healthz"', "asks for"),
    Breakage(
        monitoring.money_that_nobody_watches,
        "monitoring_notification_channels = local.channels",
        "monitoring_notification_channels = []",
        "told to nobody",
    ),
)
# What cannot be seen beside those.
APART: Final = (
    Breakage(
        project.fields_that_stay,
        'dynamic "ttl_config" { for_each = lookup(each.value, "ttl", false) ? [1] : []'
        " content {} }",
        "",
        "operations.expires_at ends documents, indexes: (False, 0)",
    ),
    Breakage(
        project.queries_without_their_index,
        "for_each = local.composite",
        "for_each = {}",
        "no index",
    ),
    Breakage(
        project.a_database_of_another_kind, '"POINT_IN_TIME_RECOVERY_ENABLED"', '"X"', "point"
    ),
    Breakage(
        project.a_database_of_another_kind,
        'resource "google_firestore_backup_schedule" "daily"',
        'resource "google_firestore_backup_schedule" "hourly"',
        "no daily backup",
    ),
    Breakage(
        monitoring.metrics_that_do_not_exist,
        'on_run = "resource.type = \\"cloud_run_revision\\""',
        'on_run = "resource.type = \\"cloud_function\\""',
        "is not of a cloud_function",
    ),
    Breakage(
        monitoring.metrics_that_do_not_exist,
        "num_undelivered_messages",
        "num_unacked_messages",
        "dead_letters: no metric",
    ),
)
