"""The Firebase Emulator Suite on ports of our choice."""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dev.launcher import toolchain
from dev.launcher.ports import HOST, free_ports

PROJECT = "demo-nexus"  # a demo- project: firebase-tools then never talks to the real cloud
SUITES = (("auth", "hosting"), ("firestore", "pubsub"))
"""The emulators by process: they start one after the other in one, side by side in two."""


def choose_ports(suites: Iterable[Sequence[str]]) -> dict[str, int]:
    """A free port for each of `port_names`."""
    names = port_names(suites)
    return dict(zip(names, free_ports(len(names)), strict=True))


def port_names(suites: Iterable[Sequence[str]]) -> list[str]:
    """What needs a port: each emulator, and what firebase-tools runs beside each suite."""
    return [name for only in suites for name in (*only, *_helpers(only).values())]


def _helpers(only: Sequence[str]) -> dict[str, str]:
    """firebase-tools' own helpers of a suite → the names of their ports."""
    return {helper: f"{only[0]}_{helper}" for helper in ("hub", "logging", "websocket")}


def write_config(folder: Path, ports: Mapping[str, int], only: Sequence[str]) -> Path:
    """Write the firebase.json of one run into `folder` and return its path.

    Args:
        folder: of this process alone; firebase-tools also leaves its debug logs there.
        ports: as `choose_ports` gives them.
        only: the emulators of the suite.

    Rules and indexes come from the repository. The web client is linked, so that an edit shows
    at the next request; firebase-tools refuses folders outside of its own. Rewrites are left
    out: locally our front does what they do in production.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, object] = {"emulators": _emulators(ports, only)}
    if "firestore" in only:
        config["firestore"] = _firestore(folder)
    if "hosting" in only:
        config["hosting"] = _hosting(folder)
    path = folder / "firebase.json"
    path.write_text(json.dumps(config, indent=1), encoding="utf8")
    return path


def _emulators(ports: Mapping[str, int], only: Sequence[str]) -> dict[str, object]:
    own = _helpers(only)
    listed: dict[str, dict[str, object]] = {
        name: {"host": HOST, "port": ports[own.get(name, name)]}
        for name in (*only, "hub", "logging")
    }
    if "firestore" in listed:
        listed["firestore"]["websocketPort"] = ports[own["websocket"]]
    return {**listed, "ui": {"enabled": False}}


def _firestore(folder: Path) -> dict[str, str]:
    files = {"rules": "firestore.rules", "indexes": "firestore.indexes.json"}
    present = {key: name for key, name in files.items() if (toolchain.ROOT / name).exists()}
    for name in present.values():
        shutil.copyfile(toolchain.ROOT / name, folder / name)
    return present


def _hosting(folder: Path) -> dict[str, object]:
    source = json.loads((toolchain.ROOT / "firebase.json").read_text(encoding="utf8"))["hosting"]
    link = folder / "hosting"
    link.unlink(missing_ok=True)
    link.symlink_to(toolchain.ROOT / source["public"], target_is_directory=True)
    kept = {key: value for key, value in source.items() if key != "rewrites"}
    return {**kept, "public": link.name}


def command(config: Path, only: Sequence[str]) -> list[str]:
    """The command that runs the emulators named in the configuration at `config`.

    Raises:
        MissingToolError: firebase-tools was not installed.
    """
    options = ["--project", PROJECT, "--config", str(config), "--only", ",".join(only)]
    return [str(toolchain.firebase()), "emulators:start", *options]
