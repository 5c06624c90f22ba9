"""Messages and ticks: where they go, as whom, and what becomes of those that do not arrive.

Bounds are those of the service.
https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
"""

from collections.abc import Iterator
from typing import Final

from dev.seed.messaging import _PUSHES
from tests.support.standing.made import Made, Standing

DAY_S: Final = 86_400
_RETENTION_S: Final = (600, 31 * DAY_S)
_ATTEMPTS: Final = (5, 100)
_BACKOFF_S: Final = (1, 600)


def seconds(text: object) -> float:
    """A duration such as "600s"; not a number where it is none."""
    number = str(text).removesuffix("s")
    return float(number) if number.replace(".", "", 1).isdigit() else float("nan")


def within(value: float, bounds: tuple[float, float]) -> bool:
    """Whether a value lies between two, both included; what is not a number does not."""
    return bounds[0] <= value <= bounds[1]


def pushes_that_miss(standing: Standing) -> Iterator[str]:
    """Each topic is pushed to its function alone, at its own address and with a token for it."""
    pushed = {each.key: each for each in standing.all("google_pubsub_subscription", "push")}
    wanted = {each.topic: each for each in _PUSHES}
    yield from (f"{topic}: pushed here or there alone" for topic in wanted.keys() ^ pushed.keys())
    push_account = standing.one("google_service_account", "push")["email"]
    for topic in wanted.keys() & pushed.keys():
        each = pushed[topic]
        uri = standing.functions()[wanted[topic].function].block("service_config")["uri"]
        topic_id = standing.one("google_pubsub_topic", "topic", topic)["id"]
        config, token = each.block("push_config"), each.block("push_config", "oidc_token")
        if each["topic"] != topic_id:
            yield f"{topic}: another topic is pushed"
        # functions-framework finds the topic in the path.
        if config.get("push_endpoint") != f"{uri}/{topic_id}":
            yield f"{topic}: not pushed to {wanted[topic].function}"
        if token.get("audience") != uri:
            yield f"{topic}: a token for another audience"
        if token.get("service_account_email") != push_account:
            yield f"{topic}: a token of another account"
        if each["ack_deadline_seconds"] != wanted[topic].ack_s:
            yield f"{topic}: another deadline than on a developer's machine"


def deliveries_that_are_given_up(standing: Standing) -> Iterator[str]:
    """A message is tried again with pauses, then waits a week for a person; nothing expires."""
    for each in standing.all("google_pubsub_subscription"):
        if each.block("expiration_policy").get("ttl") != "":
            yield f"{each} expires"
        if not within(seconds(each["message_retention_duration"]), _RETENTION_S):
            yield f"{each} keeps its messages too shortly"
        if each["push_config"]:
            yield from _given_up(standing, each)
        elif seconds(each["message_retention_duration"]) < 7 * DAY_S:
            yield f"{each}: dead letters wait for less than a week"


def _given_up(standing: Standing, push: Made) -> Iterator[str]:
    dead = standing.one("google_pubsub_topic", "dead", push.key)
    policy = push.block("dead_letter_policy")
    if policy.get("dead_letter_topic") != dead["id"]:
        yield f"{push} has no dead letters"
    if not within(policy.get("max_delivery_attempts", 0), _ATTEMPTS):
        yield f"{push}: attempts outside of what Pub/Sub takes"
    keepers = [e for e in standing.all("google_pubsub_subscription") if e["topic"] == dead["id"]]
    if len(keepers) != 1 or keepers[0]["push_config"]:
        yield f"{push}: nobody keeps its dead letters"
    retry = push.block("retry_policy")
    least, most = (seconds(retry.get(f"{name}_backoff")) for name in ("minimum", "maximum"))
    if not (within(least, _BACKOFF_S) and within(most, _BACKOFF_S) and least < most):
        yield f"{push} is tried again without pauses"


def ticks_that_do_not_come(standing: Standing) -> Iterator[str]:
    """Every minute, the most that the scheduler does, a message without content."""
    job = standing.one("google_cloud_scheduler_job")
    if (job["schedule"], job["time_zone"]) != ("* * * * *", "Etc/UTC"):
        yield f"the schedule is {job['schedule']}"
    if job["paused"]:
        yield "the job is paused"
    target = job.block("pubsub_target")
    if target.get("topic_name") != standing.one("google_pubsub_topic", "topic", "sync-ticks")["id"]:
        yield "ticks go to another topic"
    if target.get("data") != "e30=":
        yield "a tick says something else than {}"
    for unit in ("notion", "run_operation", "sync_workspace"):
        given = standing.functions()[unit].block("service_config")["environment_variables"]
        named = (given.get("NEXUS_SCHEDULER_JOB"), given.get("NEXUS_SCHEDULER_LOCATION"))
        if named != (job["name"], job["region"]):
            yield f"{unit} asks for another job"
