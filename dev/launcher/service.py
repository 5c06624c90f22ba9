"""What the launcher knows about one process, and the stack's plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dev.launcher.keys import Keys
from dev.launcher.ports import HOST

REAL = "real"
STAND_IN = "stand-in"
EMULATOR = "stand-in (emulator)"
REAL_GIT = "real git, on this machine"
GIT_USERNAME = "nexus"


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
        control_url: where a stand-in takes orders, empty without such an address.
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
    control_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is decided before the first process starts.

    Attributes:
        port: the one public port.
        state: the folder for logs and run.json.
        environ: what the processes inherit.
        ports: the inner ports by name; a name that is absent is no part of this stack.
        mark: in the environment of each process, so that none is left behind.
        git_password: of the git server of this stack.
        notion_token: what the Notion stand-in wants to see.
    """

    port: int
    state: Path
    environ: Mapping[str, str]
    keys: Keys
    ports: Mapping[str, int]
    mark: str
    git_password: str = field(repr=False)
    notion_token: str = field(repr=False)

    def host(self, name: str) -> str:
        """The "host:port" of an inner port, empty if it is no part of this stack."""
        return f"{HOST}:{self.ports[name]}" if name in self.ports else ""

    @property
    def project_id(self) -> str:
        """The Google Cloud project: the real one with its key, else a demo project."""
        return self.keys.project_id or "demo-nexus"

    @property
    def git_url(self) -> str:
        """The sample repository."""
        return f"http://{self.host('git')}/demo.git"

    @property
    def repositories(self) -> Path:
        """The folder that the git server serves."""
        return self.state / "git"

    @property
    def seeds_workspace(self) -> bool:
        """Whether a workspace is set up: only where Notion, Firestore and Auth are no real ones."""
        return {"notion_standin", "firestore", "auth"} <= set(self.ports)

    @property
    def secrets(self) -> Path:
        """The folder that plays Secret Manager."""
        return self.state / "secrets"

    @property
    def run_file(self) -> Path:
        """Where the addresses are written for clients and tests."""
        return self.state / "run.json"
