"""The processes of the stack: what they are started with."""

import ast
import sys
from pathlib import Path

from dev.launcher import emulators, toolchain
from dev.launcher.keys import NAMES, Keys
from dev.launcher.ports import HOST
from dev.launcher.service import Plan, Service

MARK = "NEXUS_STACK"
_ROOT = toolchain.ROOT
_FUNCTIONS = {  # process name → (folder under functions/, entry point)
    "voice": ("voice", "voice"),
    "health": ("health", "health"),
    "notion": ("notion", "notion"),
    "run_operation": ("notion", "run_operation"),
}
_EMULATOR_NAMES = ("FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST")
_DRAIN_S = 8.5  # the voice service is out within 8 s of a SIGTERM
_QUICK_S = 2.0


def inner_ports(keys: Keys) -> tuple[str, ...]:
    """The names of the ports that our own processes and the stand-ins need."""
    names = [name for name in _FUNCTIONS if _is_written(name)]
    names.append("voice_ws")
    if not keys.assemblyai:
        names += ["assemblyai", "assemblyai_control"]
    if not keys.anthropic:
        names += ["anthropic", "anthropic_control"]
    return tuple(names)


def services(plan: Plan) -> list[Service]:
    """All processes of the plan; they may be started in any order, or at once.

    Raises:
        MissingToolError: a program that one of them needs is not there.
    """
    stand_ins = [name for name in ("assemblyai", "anthropic") if name in plan.ports]
    suites = [tuple(name for name in only if name in plan.ports) for only in emulators.SUITES]
    return [
        *(_firebase(plan, only) for only in suites),
        *(_stand_in(plan, name) for name in stand_ins),
        *(_function(plan, name) for name in _FUNCTIONS if name in plan.ports),
        _voice_ws(plan),
    ]


def _firebase(plan: Plan, only: tuple[str, ...]) -> Service:
    name = "_".join(only)
    folder = plan.state / name
    config = emulators.write_config(folder, plan.ports, only)
    return Service(
        name=name,
        command=tuple(emulators.command(config, only)),
        env=toolchain.emulator_environment({**plan.environ, MARK: plan.mark}, folder),
        cwd=folder,
        address=f"http://{plan.host(only[0])}",
        ports=tuple(plan.ports[each] for each in only),
        emulators=only,
        heals=False,
        grace_s=_QUICK_S,
    )


def _stand_in(plan: Plan, name: str) -> Service:
    ports = (plan.ports[name], plan.ports[f"{name}_control"])
    options = ("--port", str(ports[0]), "--control-port", str(ports[1]))
    return Service(
        name=name,
        command=(sys.executable, "-m", f"dev.{name}_standin", *options),
        env=_environment(plan),
        cwd=_ROOT,
        address=_vendors(plan)[f"{name.upper()}_BASE_URL"],
        ports=ports[1:],  # the other one speaks the vendor's protocol and may log what it gets
        heals=False,
        grace_s=_QUICK_S,
    )


def _function(plan: Plan, name: str) -> Service:
    target = _FUNCTIONS[name][1]
    port = plan.ports[name]
    own = plan.state / "run" / name  # gunicorn's control socket; one of two processes would win
    own.mkdir(parents=True, exist_ok=True)
    options = ("--source", str(_source(name)), "--target", target, "--signature-type", "http")
    return Service(
        name=name,
        command=(
            sys.executable,
            "-m",
            "functions_framework",
            *options,
            "--host",
            HOST,
            "--port",
            str(port),
        ),
        env={**_environment(plan), "THREADS": "16", "XDG_RUNTIME_DIR": str(own)},
        cwd=_ROOT,
        address=f"http://{HOST}:{port}",
        ports=(port,),
        heals=True,
        grace_s=_QUICK_S,
    )


def _voice_ws(plan: Plan) -> Service:
    folder = _ROOT / "run" / "voice_ws"
    port = plan.ports["voice_ws"]
    options = ("-c", str(folder / "gunicorn.conf.py"), "--chdir", str(folder))
    paths = ("--pythonpath", str(_ROOT), "--no-control-socket", "-b", f"{HOST}:{port}")
    return Service(
        name="voice_ws",
        command=(sys.executable, "-m", "gunicorn", *options, *paths, "app:create_app()"),
        env=_environment(plan),
        cwd=_ROOT,
        address=f"ws://{HOST}:{port}",
        ports=(port,),
        heals=True,
        grace_s=_DRAIN_S,
    )


def _is_written(name: str) -> bool:
    """Whether the function's source defines its entry point."""
    tree = ast.parse(_source(name).read_text(encoding="utf8"))
    return any(getattr(part, "name", None) == _FUNCTIONS[name][1] for part in tree.body)


def _source(name: str) -> Path:
    return _ROOT / "functions" / _FUNCTIONS[name][0] / "main.py"


def _environment(plan: Plan) -> dict[str, str]:
    """What our services and the stand-ins get; the names are those of shared/settings.py."""
    ours = {*NAMES, *_EMULATOR_NAMES, "ASSEMBLYAI_BASE_URL", "ANTHROPIC_BASE_URL"}
    kept = {name: value for name, value in plan.environ.items() if name not in ours}
    local = f"localhost:{plan.port}"
    env = {
        **kept,
        **_vendors(plan),
        MARK: plan.mark,
        "NEXUS_PROJECT_ID": plan.project_id,
        "FIRESTORE_EMULATOR_HOST": plan.host("firestore"),
        "FIREBASE_AUTH_EMULATOR_HOST": plan.host("auth"),
        "PUBSUB_EMULATOR_HOST": plan.host("pubsub"),
        "FIREBASE_CREDENTIALS_PATH": plan.keys.credentials_path,
        "NEXUS_LOCAL_IDENTITY": "" if plan.keys.credentials_path else "1",
        "NEXUS_ALLOWED_ORIGINS": f"http://{local},http://127.0.0.1:{plan.port}",
        "NEXUS_PUBLIC_URL": f"http://{local}",
        "NEXUS_WS_URL": f"ws://{local}",
        "PYTHONPATH": str(_ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    return {name: value for name, value in env.items() if value}


def _vendors(plan: Plan) -> dict[str, str]:
    """Key and address of each vendor; an address only where a stand-in plays."""
    assemblyai, anthropic = plan.host("assemblyai"), plan.host("anthropic")
    return {
        "ASSEMBLYAI_API_KEY": plan.keys.assemblyai or "stand-in",
        "ASSEMBLYAI_BASE_URL": f"ws://{assemblyai}" if assemblyai else "",
        "ANTHROPIC_API_KEY": plan.keys.anthropic or "stand-in",
        "ANTHROPIC_BASE_URL": f"http://{anthropic}" if anthropic else "",
    }
