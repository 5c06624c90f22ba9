"""A Dockerfile's steps, done on folders in the place of an engine that nobody has to install.

What an engine does with files is done: COPY, WORKDIR, bytecode, imports. Packages are resolved for
the image's own Python, and not installed. A step that is not known here is an error.
https://docs.docker.com/reference/dockerfile/
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_PLATFORM: Final = "x86_64-manylinux_2_28"
_UNKNOWN: Final = "nobody tried this step: "


@dataclass(slots=True)
class Stage:
    """A stage so far: its base image, its file system, and what its processes would have."""

    base: str
    root: Path
    folder: str = "/"
    user: str = "root"
    environment: dict[str, str] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    command: str = ""
    ran: list[str] = field(default_factory=list)

    def place(self, path: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.root / str(Path(self.folder) / path).lstrip("/")


class DockerfileError(Exception):
    """A step cannot be done."""


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction with its arguments on one line."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n?", "", text, flags=re.MULTILINE))
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, rest = line.partition(" ")
        yield name, rest.strip()


def build(context: Path, place: Path) -> dict[str, Stage]:
    """Do the steps of a folder's Dockerfile; its stages by name, the last one under "".

    Raises:
        DockerfileError: a step cannot be done, or is not known here.
    """
    stages: dict[str, Stage] = {}
    name = ""
    for instruction, rest in steps((context / "Dockerfile").read_text(encoding="utf8")):
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            root = place / f"stage-{len(stages)}"
            root.mkdir()
            stages[name] = Stage(base, root)
        elif instruction == "COPY":
            _copy(rest, context, stages, stages[name])
        else:
            _do(instruction, rest, stages[name])
    return stages


def _copy(rest: str, context: Path, stages: dict[str, Stage], stage: Stage) -> None:
    *sources, target = shlex.split(rest)
    root = context
    if sources[0].startswith("--from="):
        root = stages[sources.pop(0).removeprefix("--from=")].root
    into_folder = target.endswith("/") or target == "." or len(sources) > 1
    for source in sources:
        path = root / source.lstrip("/")
        if not path.exists():
            raise DockerfileError(f"{source} is not there to be copied")
        to = stage.place(target)
        if path.is_dir():  # the contents of a folder are copied, not the folder
            shutil.copytree(path, to, dirs_exist_ok=True)
        else:
            to = to / path.name if into_folder else to
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)


def _do(instruction: str, rest: str, stage: Stage) -> None:
    if instruction == "WORKDIR":
        stage.folder = str(Path(stage.folder) / rest)
        stage.place(".").mkdir(parents=True, exist_ok=True)
    elif instruction == "ENV":
        stage.environment |= dict(each.split("=", 1) for each in shlex.split(rest))
    elif instruction == "USER":
        stage.user = rest
    elif instruction == "CMD":
        stage.command = rest
    elif instruction == "RUN":
        for command in rest.split(" && "):
            _run(shlex.split(command), stage)
            stage.ran.append(command.strip())
    elif instruction != "EXPOSE":
        raise DockerfileError(f"{_UNKNOWN}{instruction}")


def _run(command: list[str], stage: Stage) -> None:
    program, *arguments = command
    if program == "useradd":
        stage.users.add(arguments[arguments.index("--uid") + 1])
    elif command[:3] == ["python", "-m", "venv"]:
        stage.place(arguments[2]).mkdir(parents=True)
    elif program.endswith("/bin/pip") and arguments[0] == "install":
        _resolve(arguments[1:], stage)
    elif program.endswith("/bin/pip") and arguments[0] == "uninstall":
        return
    elif program.endswith("/bin/python") and arguments[0] in ("-m", "-c"):
        _python(arguments, stage)
    else:
        raise DockerfileError(f"{_UNKNOWN}{program}")


def _resolve(options: list[str], stage: Stage) -> None:
    """Whether the packages can be had as they are asked for, by the image's Python."""
    (version,) = re.findall(r"^python:(\d+\.\d+)-", stage.base)
    known = [each for each in options if each != "--no-cache-dir"]
    target = ["--target", str(stage.root / "resolved"), "--python-version", version]
    uv = str(Path(sys.executable).with_name("uv"))
    fixed = ["pip", "install", "--dry-run", "--python-platform", _PLATFORM, *target]
    _checked([uv, *fixed, *known], stage)


def _python(arguments: list[str], stage: Stage) -> None:
    """With our own Python and packages: paths of the image are those of its folder."""
    here = [str(stage.place(each)) if each.startswith("/") else each for each in arguments]
    if arguments[:2] == ["-m", "compileall"] and not Path(here[-1]).exists():
        return  # packages, which are not installed
    _checked([sys.executable, *here], stage)


def _checked(command: list[str], stage: Stage) -> None:
    done = subprocess.run(
        command, cwd=stage.place("."), capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise DockerfileError(f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-2000:]}")
