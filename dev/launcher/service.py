"""What the launcher knows about one process, and the stack's plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.launcher.keys import Keys
from dev.launcher.ports import HOST

REAL = "real"
STAND_IN = "stand-in"
EMULATOR = "stand-in (emulator)"


class LaunchError(Exception):
    """The stack can't start or go on; the message is one line that names the mend or the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One process of the stack.

    Attributes:
        address: where it is used, as people see it.
        ports: it is ready as soon as each of them answers HTTP, whatever the status.
        heals: whether it is restarted when it dies, as Cloud Run would; otherwise its death
            stops the stack.
        grace_s: how long it may take to stop after SIGTERM.
        emulators: the Firebase emulators that run in it.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    address: str
    ports: tuple[int, ...]
    heals: bool
    grace_s: float
    emulators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is decided before the first process starts.

    Attributes:
        port: the one public port.
        state: the folder for logs and run.json.
        environ: what the processes inherit.
        ports: the inner ports by name; a name that is absent is no part of this stack.
        mark: in the environment of each process, so that none is left behind.
    """

    port: int
    state: Path
    environ: Mapping[str, str]
    keys: Keys
    ports: Mapping[str, int]
    mark: str

    def host(self, name: str) -> str:
        """The "host:port" of an inner port, empty if it is no part of this stack."""
        return f"{HOST}:{self.ports[name]}" if name in self.ports else ""

    @property
    def project_id(self) -> str:
        """The Google Cloud project: the real one with its key, else a demo project."""
        return self.keys.project_id or "demo-nexus"

    @property
    def run_file(self) -> Path:
        """Where the addresses are written for clients and tests."""
        return self.state / "run.json"
