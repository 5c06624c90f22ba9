"""The processes of the stack: what they are started with."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.launcher import emulators, environment, toolchain
from dev.launcher.keys import Keys
from dev.launcher.ports import HOST
from dev.launcher.service import GIT_USERNAME, Plan, Service

_ROOT = toolchain.ROOT
_DRAIN_S = 8.5  # the voice service is out within 8 s of a SIGTERM
_QUICK_S = 2.0
_AT_ONCE_S = 0.2  # it mostly sleeps, and may be interrupted at any moment


@dataclass(frozen=True, slots=True, kw_only=True)
class _Function:
    """A function: its folder under functions/, which is also its name unless `target` is."""

    folder: str
    target: str
    environment: Callable[[Plan], dict[str, str]] = environment.of_sync
    threads: int = 16
    grace_s: float = _QUICK_S


_FUNCTIONS = {
    each.target: each
    for each in (
        _Function(folder="voice", target="voice", environment=environment.of_services),
        _Function(folder="health", target="health", environment=environment.of_services),
        _Function(folder="notion", target="notion"),
        _Function(
            folder="notion",
            target="run_operation",
            environment=environment.of_operations,
            threads=8,
        ),
        _Function(folder="notion", target="sync_workspace", threads=8),
        _Function(folder="notion", target="sync_tick", threads=2, grace_s=_AT_ONCE_S),
    )
}


def _git_options(plan: Plan) -> tuple[str, ...]:
    known = ("--username", GIT_USERNAME, "--password", plan.git_password)
    return ("--root", str(plan.repositories), *known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """A server of dev/ with a second port for orders. `shown`: the scheme of its address."""

    module: str
    shown: str = "http"
    options: Callable[[Plan], tuple[str, ...]] = lambda _: ()


_SERVERS: Mapping[str, _Server] = {
    "assemblyai": _Server(module="dev.assemblyai_standin", shown="ws"),
    "anthropic": _Server(module="dev.anthropic_standin"),
    "notion_standin": _Server(
        module="dev.notion_standin",
        # As on Notion's larger plans, so that people's own clients have room beside the product.
        options=lambda plan: ("--token", plan.notion_token, "--rate-limit", "600"),
    ),
    "scheduler": _Server(
        module="dev.scheduler_standin",
        shown="grpc",
        options=lambda plan: ("--pubsub", plan.host("pubsub")),
    ),
    "git": _Server(module="dev.git_server", options=_git_options),
}


def inner_ports(keys: Keys) -> tuple[str, ...]:
    """The names of the ports that our own processes and the servers of dev/ need."""
    real = {
        "assemblyai": keys.assemblyai,
        "anthropic": keys.anthropic,
        "notion_standin": keys.notion,
    }
    servers = [name for name in _SERVERS if not real.get(name)]
    return (*_FUNCTIONS, "voice_ws", *servers, *(f"{name}_control" for name in servers))


def services(plan: Plan) -> list[Service]:
    """All processes of the plan; they may be started in any order, or at once.

    Raises:
        MissingToolError: a program that one of them needs is not there.
    """
    suites = [tuple(name for name in only if name in plan.ports) for only in emulators.SUITES]
    return [
        *(_firebase(plan, only) for only in suites),
        *(_server(plan, name) for name in _SERVERS if name in plan.ports),
        *(_function(plan, name) for name in _FUNCTIONS),
        _voice_ws(plan),
    ]


def _firebase(plan: Plan, only: tuple[str, ...]) -> Service:
    name = "_".join(only)
    folder = plan.state / name
    config = emulators.write_config(folder, plan.ports, only)
    return Service(
        name=name,
        command=tuple(emulators.command(config, only)),
        env=toolchain.emulator_environment(environment.inherited(plan), folder),
        cwd=folder,
        address=f"http://{plan.host(only[0])}",
        ports=tuple(plan.ports[each] for each in only),
        emulators=only,
        heals=False,
        grace_s=_QUICK_S,
    )


def _server(plan: Plan, name: str) -> Service:
    server = _SERVERS[name]
    ports = (plan.ports[name], plan.ports[f"{name}_control"])
    options = ("--port", str(ports[0]), "--control-port", str(ports[1]), *server.options(plan))
    return Service(
        name=name,
        command=(sys.executable, "-m", server.module, *options),
        env=environment.inherited(plan),
        cwd=_ROOT,
        address=f"{server.shown}://{plan.host(name)}",
        ports=ports[1:],  # the other one speaks the vendor's protocol and may log what it gets
        heals=False,
        grace_s=_QUICK_S,
        control_url=f"http://{HOST}:{ports[1]}",
    )


def _function(plan: Plan, name: str) -> Service:
    function = _FUNCTIONS[name]
    port = plan.ports[name]
    own = plan.state / "run" / name  # gunicorn's control socket; one of two processes would win
    own.mkdir(parents=True, exist_ok=True)
    options = ("--source", str(_source(name)), "--target", name, "--signature-type", "http")
    address = ("--host", HOST, "--port", str(port))
    threads = {"THREADS": str(function.threads), "XDG_RUNTIME_DIR": str(own)}
    return Service(
        name=name,
        command=(sys.executable, "-m", "functions_framework", *options, *address),
        env={**function.environment(plan), **threads},
        cwd=_ROOT,
        address=f"http://{HOST}:{port}",
        ports=(port,),
        heals=True,
        grace_s=function.grace_s,
    )


def _voice_ws(plan: Plan) -> Service:
    folder = _ROOT / "run" / "voice_ws"
    port = plan.ports["voice_ws"]
    options = ("-c", str(folder / "gunicorn.conf.py"), "--chdir", str(folder))
    paths = ("--pythonpath", str(_ROOT), "--no-control-socket", "-b", f"{HOST}:{port}")
    return Service(
        name="voice_ws",
        command=(sys.executable, "-m", "gunicorn", *options, *paths, "app:create_app()"),
        env=environment.of_voice(plan),
        cwd=_ROOT,
        address=f"ws://{HOST}:{port}",
        ports=(port,),
        heals=True,
        grace_s=_DRAIN_S,
    )


def _source(name: str) -> Path:
    return _ROOT / "functions" / _FUNCTIONS[name].folder / "main.py"
