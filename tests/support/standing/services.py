"""The functions and the voice service: what each is built of, how large it is, what it is told."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from shared.settings import _GIT_HOSTS, Settings
from tests.support.standing.made import Standing
from tests.support.terraform import PUBLIC, ROOT

# What a region of a fresh project has; see docs/deploy.md.
_QUOTA_CPU: Final = 20
_QUOTA_MEMORY_MI: Final = 40 * 1024
_LONGEST_S: Final = 3600  # https://cloud.google.com/run/docs/configuring/request-timeout
_PROJECT: Final = "my-nexus"
_PUBLIC_URL: Final = "https://my-nexus.web.app"
_MI: Final = {"Gi": 1024, "Mi": 1}
_ANSWERS_BROWSERS: Final = ("voice", "notion", "voice_ws")
_PORT: Final = 8080
_HOSTS: Final = ",".join(_GIT_HOSTS)


def sizes_that_do_not_fit(standing: Standing) -> Iterator[str]:
    """Each has bounds, and all of its instances have room in a fresh project."""
    for unit, made in standing.functions().items():
        config = made.block("service_config")
        if not 0 < config["timeout_seconds"] <= _LONGEST_S:
            yield f"{unit}: no timeout"
        size = config["available_cpu"], config["available_memory"], config["max_instance_count"]
        yield from _room(unit, config["max_instance_request_concurrency"], *size)
    template = standing.one("google_cloud_run_v2_service").block("template")
    limits = template["containers"][0]["resources"][0]["limits"]
    most = template["scaling"][0]["max_instance_count"]
    size = limits["cpu"], limits["memory"], most
    yield from _room("voice_ws", template["max_instance_request_concurrency"], *size)


def _room(unit: str, concurrency: int, cpus: str, memory: str, most: int) -> Iterator[str]:
    cpu = float(cpus) if re.fullmatch(r"\d+(\.\d+)?", cpus) else 0
    size = re.fullmatch(r"(\d+)([GM]i)", memory)
    if not cpu or not size or most < 1 or concurrency < 1:
        yield f"{unit}: a size is missing"
        return
    # "Total cpu < 1 is not supported with concurrency > 1", the service answers.
    if cpu < 1 < concurrency:
        yield f"{unit}: concurrency with less than a processor"
    if cpu * most > _QUOTA_CPU:
        yield f"{unit}: {cpu * most} processors"
    if int(size[1]) * _MI[size[2]] * most > _QUOTA_MEMORY_MI:
        yield f"{unit}: too much memory"


def functions_unlike_what_was_built(standing: Standing) -> Iterator[str]:
    """Each runs its bundle by the name that holds its hash, with the Python of the container."""
    image = (ROOT / "run" / "voice_ws" / "Dockerfile").read_text(encoding="utf8")
    (python,) = set(re.findall(r"^FROM python:(\d+\.\d+)", image, re.MULTILINE))
    objects = {e["name"]: e for e in standing.all("google_storage_bucket_object")}
    bucket = standing.one("google_storage_bucket")["name"]
    for each in objects.values():
        if not re.fullmatch(rf"{each.key}-[0-9a-f]{{64}}\.zip", each["name"]):
            yield f"{each}: a change of it is no new deployment"
        if not each["source"].endswith(f"/{each.key}.zip") or each["bucket"] != bucket:
            yield f"{each} is another"
    for unit, made in standing.functions().items():
        build = made.block("build_config")
        source = made.block("build_config", "source", "storage_source")
        if build["runtime"] != f"python{python.replace('.', '')}":
            yield f"{unit} runs on {build['runtime']}"
        if build["entry_point"] != unit or made["name"] != unit.replace("_", "-"):
            yield f"{unit} has another name"
        if (source["bucket"], source["object"] in objects) != (bucket, True):
            yield f"{unit} runs what is not its bundle"


def doors_that_are_open(standing: Standing) -> Iterator[str]:
    """What is not public takes calls from inside alone, and all take the latest revision."""
    for unit, made in standing.functions().items():
        config = made.block("service_config")
        wanted = "ALLOW_ALL" if unit in PUBLIC else "ALLOW_INTERNAL_ONLY"
        if config["ingress_settings"] != wanted:
            yield f"{unit}: ingress {config['ingress_settings']}"
        if not config["all_traffic_on_latest_revision"]:
            yield f"{unit}: traffic stays on an old revision"


def conversations_that_break(standing: Standing) -> Iterator[str]:
    """A WebSocket lasts an hour, comes back to its instance and finds a thread there."""
    service = standing.one("google_cloud_run_v2_service")
    template = service.block("template")
    (container,) = template["containers"]
    resources = container["resources"][0]
    gunicorn = (ROOT / "run" / "voice_ws" / "gunicorn.conf.py").read_text(encoding="utf8")
    (threads,) = re.findall(r"^threads = (\d+)", gunicorn, re.MULTILINE)
    kept = {
        "timeout": template["timeout"] == f"{_LONGEST_S}s",
        "affinity": template["session_affinity"] is True,
        "ingress": service["ingress"] == "INGRESS_TRAFFIC_ALL",
        "boost": resources["startup_cpu_boost"] is True,
        # The probes and those who are refused want a thread as well.
        "threads": 1 <= template["max_instance_request_concurrency"] < int(threads) - 16,
        "port": [each["container_port"] for each in container["ports"]] == [_PORT],
        "digest": re.search(r"@sha256:[0-9a-f]{64}$", container["image"]) is not None,
        "warm": template["scaling"][0]["min_instance_count"] >= 1,
        "protected": service["deletion_protection"] is True,
    }
    yield from (f"voice_ws: {name}" for name, holds in kept.items() if not holds)


def values_that_are_wrong(standing: Standing) -> Iterator[str]:
    """What a unit is told is so."""
    service = standing.one("google_cloud_run_v2_service")
    true = {
        "NEXUS_PROJECT_ID": _PROJECT,
        "NEXUS_PUBLIC_URL": _PUBLIC_URL,
        "NEXUS_ALLOWED_ORIGINS": _PUBLIC_URL,
        "NEXUS_WS_URL": str(service["uri"]).replace("https://", "wss://"),
    }
    for unit, told in _told(standing).items():
        for name in true.keys() & told.keys():
            if told[name] != true[name]:
                yield f"{unit}: {name} is {told[name]}"
        try:
            Settings.model_validate(dict(told))
        except ValidationError as exc:
            yield f"{unit} would not start: {exc}"
        if told.get("NEXUS_GIT_HOSTS", _HOSTS) != _HOSTS:
            yield f"{unit}: repositories may be on {told['NEXUS_GIT_HOSTS']}"
        if unit in _ANSWERS_BROWSERS and "NEXUS_ALLOWED_ORIGINS" not in told:
            yield f"{unit}: NEXUS_ALLOWED_ORIGINS is missing"
    if "NEXUS_WS_URL" not in _told(standing)["health"]:
        yield "health does not tell browsers where the voice service is"
    for unit, made in standing.functions().items():
        config = made.block("service_config")
        threads = config["environment_variables"].get("THREADS")
        if threads != str(config["max_instance_request_concurrency"]):
            yield f"{unit}: {threads} threads"


def _told(standing: Standing) -> dict[str, Mapping[str, str]]:
    told: dict[str, Mapping[str, str]] = {
        unit: made.block("service_config")["environment_variables"]
        for unit, made in standing.functions().items()
    }
    told["voice_ws"] = {
        each["name"]: each["value"] for each in _container_env(standing) if not each["value_source"]
    }
    return told


def _container_env(standing: Standing) -> list[Mapping[str, Any]]:
    (container,) = standing.one("google_cloud_run_v2_service").block("template")["containers"]
    return list(container["env"])


_HOLDS: Final = {  # variable → the key that it holds
    "ANTHROPIC_API_KEY": "anthropic-api-key",
    "ASSEMBLYAI_API_KEY": "assemblyai-api-key",
    "NOTION_TOKEN": "notion-token",
    "NEXUS_GIT_TOKEN": "git-token",
}
_VERSIONS: Final = {  # as tests/standing.tftest.hcl gives them
    "assemblyai-api-key": "2",
    "anthropic-api-key": "3",
    "notion-token": "4",
    "git-token": "5",
}


def keys_that_cannot_be_changed(standing: Standing) -> Iterator[str]:
    """A key's version is written when its number rises, and each unit reads exactly that one."""
    versions = {e.key: e for e in standing.all("google_secret_manager_secret_version")}
    for key, made in versions.items():
        if str(made["secret_data_wo_version"]) != _VERSIONS[key]:
            yield f"{key}: a new number writes no new version"
        if made["deletion_policy"] != "ABANDON":
            yield f"{key}: the version that instances still read is destroyed"
        if made["secret"] != standing.one("google_secret_manager_secret", "key", key)["id"]:
            yield f"{key}: a version of another secret"
    for unit, variable, secret, version in _references(standing):
        if secret != f"nexus-{_HOLDS[variable]}":
            yield f"{unit}: {variable} is {secret}"
        if version != versions[_HOLDS[variable]]["version"]:
            yield f"{unit}: {variable} is not the version that was written"


def _references(standing: Standing) -> Iterator[tuple[str, str, str, str]]:
    """Unit, variable, secret and version of each key that is read."""
    for unit, made in standing.functions().items():
        for each in made.block("service_config")["secret_environment_variables"]:
            yield unit, each["key"], each["secret"], each["version"]
    for each in _container_env(standing):
        for source in each["value_source"]:
            reference = source["secret_key_ref"][0]
            yield "voice_ws", each["name"], reference["secret"], reference["version"]
