"""Rules of the infrastructure, each shown to hold and to be noticed when it is broken."""

import ast
import json
import re
from collections.abc import Callable, Iterator

import pytest

from shared.services.voice_engine import _TURN_S
from tests.support.terraform import PUBLIC, ROOT, Code

APP = "modules/app"
FUNCTION = "modules/function"


def subscriptions_without_dead_letters(app: Code, _: Code) -> Iterator[str]:
    """Every push subscription has a dead letter topic that somebody keeps, and none expires."""
    topics = {each.name for each in app.resources("google_pubsub_topic")}
    kept = [each.body.get("topic", "") for each in app.resources("google_pubsub_subscription")]
    for each in app.resources("google_pubsub_subscription"):
        if each.body.get("expiration_policy") != [{"ttl": ""}]:
            yield f"{each.name} expires"
        if "push_config" not in each.body:
            continue
        (policy,) = each.body.get("dead_letter_policy", [{}])
        topic = policy.get("dead_letter_topic", "")
        if "google_pubsub_topic.dead[" not in topic or "dead" not in topics:
            yield f"{each.name} has no dead letter topic"
        if not any("google_pubsub_topic.dead[" in other for other in kept):
            yield f"{each.name}: nothing keeps its dead letters"


def pushes_without_identity(app: Code, _: Code) -> Iterator[str]:
    for each in app.resources("google_pubsub_subscription"):
        (push,) = each.body.get("push_config", [None])
        if push is not None and "service_account_email" not in push.get("oidc_token", [{}])[0]:
            yield f"{each.name} pushes without a token"


def functions_that_share_an_account(app: Code, function: Code) -> Iterator[str]:
    """Every unit runs as an account of its own."""
    text = app.files["functions.tf"]
    if "google_service_account.unit[each.key].email" not in text:
        yield "functions share an account"
    (service,) = app.resources("google_cloud_run_v2_service")
    if 'unit["voice_ws"]' not in service.body["template"][0]["service_account"]:
        yield "voice_ws has no account of its own"
    (resource,) = function.resources("google_cloudfunctions2_function")
    if "var.service_account" not in resource.body["service_config"][0]["service_account_email"]:
        yield "the module does not take the account"


def functions_without_bounds(app: Code, function: Code) -> Iterator[str]:
    """Every function has a most of instances, and a whole processor where it does two things."""
    for name, unit in app.locals()["functions"].items():
        if "max_instances" not in unit:
            yield f"{name} has no most of instances"
        if unit["concurrency"] > 1 and float(unit["cpu"]) < 1:
            yield f"{name}: concurrency above 1 needs a whole processor"
    (resource,) = function.resources("google_cloudfunctions2_function")
    config = resource.body["service_config"][0]
    if "var.max_instances" not in str(config.get("max_instance_count")):
        yield "the module passes no most of instances"
    (service,) = app.resources("google_cloud_run_v2_service")
    if "max_instance_count" not in service.body["template"][0]["scaling"][0]:
        yield "voice_ws has no most of instances"


def units_that_are_public(app: Code, function: Code) -> Iterator[str]:
    """Only the named units are public; the others take calls of Pub/Sub's account alone."""
    public = {name for name, unit in app.locals()["functions"].items() if unit["public"]}
    services = app.resources("google_cloud_run_v2_service_iam_member")
    public |= {"voice_ws"} if any(e.body["member"] == "allUsers" for e in services) else set()
    if public != PUBLIC:
        yield f"public: {sorted(public)}"
    (resource,) = function.resources("google_cloudfunctions2_function")
    ingress = resource.body["service_config"][0]["ingress_settings"]
    if 'var.public ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"' not in ingress:
        yield "what is not public takes calls from outside"
    everywhere = "".join((*app.files.values(), *function.files.values()))
    if len(re.findall(r"allUsers", everywhere)) != 2 or "allAuthenticatedUsers" in everywhere:
        yield "somebody else is let in"


def secrets_that_are_not_pinned(app: Code, function: Code) -> Iterator[str]:
    text = "".join((*app.files.values(), *function.files.values()))
    if re.search(r'version\s*=\s*"latest"', text):
        yield "a secret is read as `latest`"
    if re.search(r"\bsecret_data\s*=", text):
        yield "a secret's value would be in the state"
    (service,) = app.resources("google_cloud_run_v2_service")
    if text.count("google_secret_manager_secret_version.key[") < 2 or not service:
        yield "a secret's version is not named"


def roles_that_are_too_wide(app: Code, _: Code) -> Iterator[str]:
    """No account gets a basic role, or reaches secrets but under a condition."""
    text = app.files["iam.tf"]
    for role in re.findall(r"roles/[\w.]+", text):
        if role in ("roles/owner", "roles/editor", "roles/viewer") or role.endswith(".admin"):
            yield f"{role} is too wide"
    for each in app.resources("google_project_iam_member"):
        reaches = "secret_keeper" in each.name or "secret_reader" in each.name
        if reaches and "condition" not in each.body:
            yield f"{each.name} reaches every secret of the project"


def state_that_can_be_lost(app: Code, _: Code) -> Iterator[str]:
    (database,) = app.resources("google_firestore_database")
    if database.body.get("point_in_time_recovery_enablement") != "POINT_IN_TIME_RECOVERY_ENABLED":
        yield "no point-in-time recovery"
    if "DELETE_PROTECTION_ENABLED" not in str(database.body.get("delete_protection_state")):
        yield "no protection against deletion"
    if not app.resources("google_firestore_backup_schedule"):
        yield "no backups"


def alarms_that_nobody_hears(app: Code, _: Code) -> Iterator[str]:
    wanted = {
        "missed_cycles",
        "dead_letters",
        "oldest_unacked",
        "server_errors",
        "latency",
        "budget_refusals",
        "uptime",
    }
    found = {each.name: each.body for each in app.resources("google_monitoring_alert_policy")}
    yield from sorted(wanted - found.keys())
    for name, body in found.items():
        if "notification_channels" not in body:
            yield f"{name} tells nobody"
        if "docs/operate.md" not in str(body.get("documentation")):
            yield f"{name} does not say what to do"


def probes_that_ask_nothing(app: Code, _: Code) -> Iterator[str]:
    """The port is open before the application is there, and stays open when its loop is dead."""
    text = app.files["voice_service.tf"]
    for name in ("startup_probe", "liveness_probe"):
        (body,) = re.findall(rf"{name} {{(.*?)\n      }}", text, re.S)
        if 'path = "/healthz"' not in body:
            yield f"{name} does not ask the service"
        (timeout_s,) = re.findall(r"timeout_seconds +=( \d+)", body) or ("1",)
        if int(timeout_s) <= _TURN_S:
            yield f"{name} is over before the service knows"


POLICIES = (
    subscriptions_without_dead_letters,
    pushes_without_identity,
    functions_that_share_an_account,
    functions_without_bounds,
    units_that_are_public,
    secrets_that_are_not_pinned,
    roles_that_are_too_wide,
    state_that_can_be_lost,
    alarms_that_nobody_hears,
    probes_that_ask_nothing,
)
BROKEN = (  # the rule, what is changed, and into what: the rule must notice
    (subscriptions_without_dead_letters, '    ttl = ""', '    ttl = "2678400s"'),
    (
        subscriptions_without_dead_letters,
        "dead_letter_topic     = google_pubsub_topic.dead[each.key].id",
        'dead_letter_topic     = ""',
    ),
    (
        subscriptions_without_dead_letters,
        "topic                      = google_pubsub_topic.dead[each.key].id",
        "topic                      = google_pubsub_topic.topic[each.key].id",
    ),
    (
        pushes_without_identity,
        "      service_account_email = google_service_account.push.email\n",
        "",
    ),
    (
        functions_that_share_an_account,
        "google_service_account.unit[each.key].email",
        'google_service_account.unit["voice"].email',
    ),
    (
        functions_that_share_an_account,
        'google_service_account.unit["voice_ws"].email',
        'google_service_account.unit["voice"].email',
    ),
    (functions_without_bounds, 'cpu           = "1"', 'cpu           = "0.5"'),
    (functions_without_bounds, "      max_instances = 3\n", ""),
    (functions_without_bounds, "      max_instance_count = var.voice.max_instances\n", ""),
    (units_that_are_public, "public        = false", "public        = true"),
    (units_that_are_public, '"allUsers"', '"allAuthenticatedUsers"'),
    (
        units_that_are_public,
        'var.public ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"',
        '"ALLOW_ALL"',
    ),
    (
        secrets_that_are_not_pinned,
        "version = google_secret_manager_secret_version.key[secret].version",
        'version = "latest"',
    ),
    (secrets_that_are_not_pinned, "secret_data_wo  ", "secret_data  "),
    (roles_that_are_too_wide, '"roles/datastore.viewer"', '"roles/editor"'),
    (roles_that_are_too_wide, "  condition {", "  unconditional {"),
    (
        state_that_can_be_lost,
        '"POINT_IN_TIME_RECOVERY_ENABLED"',
        '"POINT_IN_TIME_RECOVERY_DISABLED"',
    ),
    (state_that_can_be_lost, "google_firestore_backup_schedule", "google_firestore_nothing"),
    (alarms_that_nobody_hears, '"budget_refusals" {', '"other" {'),
    (alarms_that_nobody_hears, "docs/operate.md", "somewhere"),
    (probes_that_ask_nothing, 'path = "/healthz"', 'path = "/"'),
    (probes_that_ask_nothing, "timeout_seconds   = 3", "timeout_seconds   = 2"),
)
Policy = Callable[[Code, Code], Iterator[str]]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.__name__)
def test_a_rule_holds(policy: Policy) -> None:
    assert list(policy(Code.of(APP), Code.of(FUNCTION))) == []


@pytest.mark.parametrize(("policy", "old", "new"), BROKEN)
def test_a_broken_rule_is_noticed(policy: Policy, old: str, new: str) -> None:
    app, function = Code.of(APP), Code.of(FUNCTION)
    assert app.has(old) or function.has(old), f"nothing says {old!r} any more: say it as it is now"
    broken = [code.changed(old, new) if code.has(old) else code for code in (app, function)]
    assert list(policy(broken[0], broken[1])) != []


def test_every_rule_is_shown_to_be_noticed() -> None:
    assert {policy for policy, _, _ in BROKEN} == set(POLICIES)


def test_what_logs_are_counted_by_is_what_the_code_says() -> None:
    said = {
        node.args[0].value
        for path in (ROOT / "shared").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("info", "warning", "error")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert set(Code.of(APP).locals()["log_counts"].values()) <= said


def test_hosting_sends_to_functions_that_exist() -> None:
    hosting = json.loads((ROOT / "firebase.json").read_text(encoding="utf8"))["hosting"]
    wanted = {each["run"]["serviceId"] for each in hosting["rewrites"]}
    functions = Code.of(APP).locals()["functions"]
    assert wanted == {name for name, unit in functions.items() if unit["public"]}


def test_every_entry_point_is_a_function_of_its_bundle() -> None:
    for name, unit in Code.of(APP).locals()["functions"].items():
        source = (ROOT / "functions" / unit["bundle"] / "main.py").read_text(encoding="utf8")
        defined = {e.name for e in ast.parse(source).body if isinstance(e, ast.FunctionDef)}
        assert name in defined


def test_deliveries_are_the_same_as_on_a_developers_machine() -> None:
    from dev.seed.messaging import _PUSHES

    cloud = {
        topic: (each["function"], each["ack_s"])
        for topic, each in Code.of(APP).locals()["deliveries"].items()
    }
    assert cloud == {each.topic: (each.function, each.ack_s) for each in _PUSHES}


def test_a_delivery_is_not_repeated_while_its_function_may_still_work_on_it() -> None:
    app = Code.of(APP).locals()
    for each in app["deliveries"].values():
        assert app["functions"][each["function"]]["timeout_s"] < each["ack_s"]
