"""Topics, push subscriptions and the recurring job of a fresh local stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dev.seed.calls import SeedError, call

_TIMEOUT_S: Final = 30
_RETRIES: Final = {"minimumBackoff": "1s", "maximumBackoff": "60s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Push:
    """What is delivered to which function; `ack_s`: how long it may take to answer."""

    topic: str
    function: str
    ack_s: int


_PUSHES: Final = (
    _Push(topic="operations", function="run_operation", ack_s=600),
    _Push(topic="sync-ticks", function="sync_tick", ack_s=90),  # it sleeps for up to 45 s
    _Push(topic="sync-workspace", function="sync_workspace", ack_s=600),
)


def seed_pubsub(host: str, project: str, ports: Mapping[str, int]) -> None:
    """Create the topics, each with the push subscription of its function.

    Args:
        host: "host:port" of the Pub/Sub emulator.
        project: the project id.
        ports: of the functions on this machine, by name.

    Raises:
        SeedError: the emulator refused or did not answer.
    """
    base = f"http://{host}/v1/projects/{project}"
    for push in _PUSHES:
        topic = f"projects/{project}/topics/{push.topic}"
        call("PUT", f"{base}/topics/{push.topic}", {})
        # The topic in the path is where functions-framework looks for it.
        endpoint = f"http://127.0.0.1:{ports[push.function]}/{topic}"
        subscription = {
            "topic": topic,
            "pushConfig": {"pushEndpoint": endpoint},
            "ackDeadlineSeconds": push.ack_s,
            "retryPolicy": _RETRIES,
        }
        call("PUT", f"{base}/subscriptions/{push.topic}-push", subscription)


def seed_schedule(host: str, project: str, location: str, job: str) -> None:
    """Create the job that publishes a tick each minute.

    Args:
        host: "host:port" of the Cloud Scheduler stand-in.
        project, location, job: the parts of the job's name.

    Raises:
        SeedError: the stand-in refused or did not answer.
    """
    # Importing takes half a second, in which the processes shall already be starting.
    import grpc  # type: ignore[import-untyped]
    from google.api_core.exceptions import GoogleAPICallError
    from google.cloud import scheduler_v1 as api
    from google.cloud.scheduler_v1.services.cloud_scheduler.transports import (
        CloudSchedulerGrpcTransport,
    )

    parent = f"projects/{project}/locations/{location}"
    tick = api.Job(
        name=f"{parent}/jobs/{job}",
        schedule="* * * * *",
        time_zone="Etc/UTC",
        pubsub_target=api.PubsubTarget(
            topic_name=f"projects/{project}/topics/sync-ticks", data=b"{}"
        ),
    )
    with grpc.insecure_channel(host) as channel:
        client = api.CloudSchedulerClient(transport=CloudSchedulerGrpcTransport(channel=channel))
        try:
            client.create_job(parent=parent, job=tick, timeout=_TIMEOUT_S)
        except GoogleAPICallError as exc:
            raise SeedError(f"the job of ticks can't be created: {exc}") from exc
