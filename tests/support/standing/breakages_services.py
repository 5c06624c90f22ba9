"""Ways to break the rules of the functions and the voice service."""

from typing import Final

from tests.support.standing import services
from tests.support.standing.rules import Breakage

AT_ONCE: Final = (
    Breakage(
        services.sizes_that_do_not_fit,
        "available_cpu = var.cpu",
        "",
        "health: a size is missing",
    ),
    Breakage(
        services.sizes_that_do_not_fit,
        "timeout_seconds = var.timeout_s",
        "",
        "health: no timeout",
    ),
    Breakage(
        services.sizes_that_do_not_fit,
        "optional(number, 10)",
        "optional(number, 11)",
        "voice_ws: 22.0 processors",
    ),
    Breakage(
        services.functions_unlike_what_was_built, '"python313"', '"python39"', "runs on python39"
    ),
    Breakage(
        services.functions_unlike_what_was_built,
        '"${each.value}-${local.manifest[each.value]}.zip"',
        '"${each.value}.zip"',
        "no new deployment",
    ),
    Breakage(
        services.doors_that_are_open,
        '"ALLOW_INTERNAL_ONLY"',
        '"ALLOW_ALL"',
        "sync_tick: ingress",
    ),
    Breakage(services.conversations_that_break, '"3600s"', '"300s"', "timeout"),
    Breakage(
        services.conversations_that_break,
        "session_affinity = true",
        "session_affinity = false",
        "affinity",
    ),
    Breakage(services.conversations_that_break, "TRAFFIC_ALL", "TRAFFIC_INTERNAL_ONLY", "ingress"),
    Breakage(services.conversations_that_break, "boost = true", "boost = false", "boost"),
    Breakage(
        services.conversations_that_break,
        "optional(number, 200)",
        "optional(number, 250)",
        "threads",
    ),
    Breakage(
        services.conversations_that_break, "protection = true", "protection = false", "protected"
    ),
    Breakage(
        services.values_that_are_wrong,
        "THREADS = tostring(var.concurrency)",
        "",
        "sync_tick: None threads",
    ),
    Breakage(
        services.values_that_are_wrong,
        "NEXUS_ALLOWED_ORIGINS = var.public_url",
        'NEXUS_ALLOWED_ORIGINS = "*"',
        "voice_ws: NEXUS_ALLOWED_ORIGINS is *",
    ),
    Breakage(
        services.keys_that_cannot_be_changed,
        "secret_data_wo_version = var.secret_versions[each.value]",
        "secret_data_wo_version = 1",
        "git-token: a new number writes no new version",
    ),
    Breakage(
        services.keys_that_cannot_be_changed,
        "version = google_secret_manager_secret_version.key[env.value].version",
        'version = "1"',
        "voice_ws: ANTHROPIC_API_KEY is not the version",
    ),
)
# What cannot be seen beside those.
APART: Final = (
    Breakage(
        services.values_that_are_wrong,
        "NEXUS_TRACES = tostring(var.traces)",
        'NEXUS_TRACES = "many"',
        "voice_ws would not start",
    ),
    Breakage(
        services.sizes_that_do_not_fit,
        'optional(string, "2")',
        'optional(string, "0.5")',
        "voice_ws: concurrency with less than a processor",
    ),
    Breakage(
        services.sizes_that_do_not_fit,
        'cpu = "0.167"',
        'cpu = "x"',
        "sync_tick: a size is missing",
    ),
    Breakage(
        services.sizes_that_do_not_fit,
        "max_instance_request_concurrency = var.concurrency",
        "",
        "health: a size is missing",
    ),
    Breakage(
        services.values_that_are_wrong,
        "NEXUS_ALLOWED_ORIGINS = var.public_url",
        "",
        "voice_ws: NEXUS_ALLOWED_ORIGINS is missing",
    ),
    Breakage(
        services.values_that_are_wrong,
        "NEXUS_WS_URL = replace(google_cloud_run_v2_service.voice_ws.uri, ",
        "NEXUS_WS_URL = replace(var.public_url, ",
        "health: NEXUS_WS_URL is wss://my-nexus.web.app",
    ),
)
