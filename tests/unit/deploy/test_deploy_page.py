"""Every command of the pages for operators parses with the programs that are installed.

Nothing is run and nobody is asked: gcloud's own parser reads its commands, Terraform and curl tell
their options, firebase's commands are read from its package, and make plans without making.
"""

import ast
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.operator_pages import PAGES, Command, commands, of
from tests.support.terraform import ROOT, Code

FIREBASE = ROOT / "node_modules" / "firebase-tools" / "lib" / "commands"
_FIREBASE_EVERYWHERE = {"--project", "--config", "--json", "--debug", "--non-interactive"}
_GCLOUD_PARSER = ROOT / "tests" / "support" / "gcloud_parser.py"


def missing(program: str) -> str:
    return f"{program} is not installed: its commands in docs/ were not checked"


def gcloud_faults(asked: Sequence[Command]) -> list[str]:
    """What gcloud's parser says against the commands."""
    quiet = {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1", "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1"}
    environment = {**os.environ, **quiet, "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1"}
    where = "value(basic.python_location,installation.sdk_root)"
    told = subprocess.run(
        ["gcloud", "info", "--format", where],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    python, sdk = told.stdout.split()
    parsed = subprocess.run(
        [python, str(_GCLOUD_PARSER), sdk],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    faults: list[str] = json.loads(parsed.stdout.splitlines()[-1])
    return faults


@pytest.mark.skipif(shutil.which("gcloud") is None, reason=missing("gcloud"))
def test_every_gcloud_command_parses() -> None:
    asked = of("gcloud")
    wrong: list[Command] = [
        ("storage", "buckets", "creat", "gs://x"),
        ("storage", "buckets", "create", "gs://x", "--no-such-option"),
        ("firestore", "databases", "restore", "--destination-database", "x"),
    ]
    faults = gcloud_faults([*asked, *wrong])
    assert {each: fault for each, fault in zip(asked, faults, strict=False) if fault} == {}
    assert all(faults[len(asked) :]), "the parser takes anything"
    assert len(asked) > 20


def terraform_faults(asked: Sequence[Command]) -> list[str]:
    """Subcommands and options that Terraform does not have."""
    helps: dict[str, str] = {}

    def told(subcommand: str) -> str:
        if subcommand not in helps:
            done = subprocess.run(
                ["terraform", *subcommand.split(), "-help"],
                capture_output=True,
                text=True,
                check=False,
            )
            known = f"terraform [global options] {subcommand} " in done.stdout
            helps[subcommand] = done.stdout if known else ""
        return helps[subcommand]

    faults = []
    for words in asked:
        rest = [each for each in words if not each.startswith("-chdir=")]
        if rest[0] == "state":
            rest = [" ".join(rest[:2]), *rest[2:]]
        text = told(rest[0])
        if rest[0] == "apply":  # it takes the options of `plan` and says so
            text += told("plan")
        known = set(re.findall(r"^ +(-[a-z-]+)", text, flags=re.MULTILINE))
        given = {each.split("=")[0] for each in rest[1:] if each.startswith("-")}
        faults += [f"{' '.join(words)}: {each}" for each in sorted(given - known)]
        faults += [] if text else [f"no subcommand {rest[0]}"]
    return faults


@pytest.mark.skipif(shutil.which("terraform") is None, reason=missing("terraform"))
def test_every_terraform_command_parses() -> None:
    asked = of("terraform")
    assert len(asked) >= 4
    assert terraform_faults(asked) == []
    assert terraform_faults([("apply", "-tarket=x")]) == ["apply -tarket=x: -tarket"]
    assert "no subcommand aply" in terraform_faults([("aply",)])
    assert "no subcommand state rn" in terraform_faults([("state", "rn", "x")])


def test_what_terraform_is_aimed_at_exists() -> None:
    resources = {f"{each.type}.{each.name}" for each in Code.of("modules/app").resources()}
    for words in of("terraform"):
        named = [each.removeprefix("-target=") for each in words if "module.app." in each]
        for target in named:
            assert target.removeprefix("module.app.").split("[")[0] in resources
        (folder,) = (each for each in words if each.startswith("-chdir="))
        assert (ROOT / folder.removeprefix("-chdir=")).is_dir()


def firebase_faults(asked: Sequence[Command]) -> list[str]:
    """Commands and options that firebase-tools does not have."""
    files = {words[0]: FIREBASE / f"{words[0].replace(':', '-')}.js" for words in asked}
    there = {name: str(file) for name, file in files.items() if file.exists()}
    told = _firebase_options(list(there.values()))
    options = dict(zip(there, told, strict=True))
    faults = []
    for words in asked:
        if words[0] not in options:
            faults.append(f"no command {words[0]}")
            continue
        given = {each for each in words if each.startswith("--")}
        known = set(re.findall(r"--[a-z-]+", options[words[0]]))
        faults += sorted(given - known - _FIREBASE_EVERYWHERE)
    return faults


def _firebase_options(files: Sequence[str]) -> list[str]:
    """The options of each command, as its file declares them."""
    read = (
        "const options = file => JSON.stringify(require(file).command.options);"
        "const told = process.argv.slice(1).map(options);"
        "console.log(JSON.stringify(told)); process.exit(0);"
    )
    done = subprocess.run(["node", "-e", read, *files], capture_output=True, text=True, check=True)
    told: list[str] = json.loads(done.stdout)
    return told


@pytest.mark.skipif(not FIREBASE.exists(), reason=missing("firebase"))
def test_every_firebase_command_parses() -> None:
    asked = [each[1:] for each in of("npx") if each[0] == "firebase"]
    assert {each[0] for each in asked} == {
        "login",
        "projects:addfirebase",
        "apps:create",
        "deploy",
    }
    assert firebase_faults(asked) == []
    assert firebase_faults([("deplo",), ("deploy", "--onli", "x")]) == [
        "no command deplo",
        "--onli",
    ]


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf8"), re.MULTILINE))
    asked = {word for words in of("make") for word in words}
    assert asked
    assert asked <= targets


def test_every_option_of_curl_exists() -> None:
    if shutil.which("curl") is None:
        pytest.skip(missing("curl"))
    told = subprocess.run(
        ["curl", "--help", "all"], capture_output=True, text=True, check=True
    ).stdout
    known = set(re.findall(r"--[a-z0-9-]+", told))
    given = {word for words in of("curl") for word in words if word.startswith("--")}
    assert given
    assert given <= known


def test_every_line_of_python_is_python() -> None:
    lines = [words for words in commands(*PAGES) if words[0].endswith("python")]
    assert lines
    for words in lines:
        if "-c" in words:
            ast.parse(words[words.index("-c") + 1])
        else:
            assert (ROOT / words[words.index("-m") + 1]).is_dir()


def test_every_file_that_a_command_reads_is_there_or_is_made() -> None:
    made_by_bundle = {"build/voice_ws"}
    for program, words in ((each[0], each[1:]) for each in commands(*PAGES)):
        paths = [word for word in words if re.match(r"(terraform|run|scripts|build)/", word)]
        for path in paths[:1] if program == "cp" else paths:
            assert path in made_by_bundle or (ROOT / path).exists(), path


def test_values_of_secrets_are_those_that_the_module_takes() -> None:
    variables = Code.of("modules/app").files["variables.tf"]
    taken = set(re.findall(r"^    ([\w-]+)\s+= optional|^    ([\w-]+)\s+= string", variables, re.M))
    known = {name for pair in taken for name in pair if name}
    exports = [words for words in of("export") if words[0].startswith("TF_VAR_secret_values=")]
    assert len(exports) == 2
    for (given,) in exports:
        assert set(json.loads(given.split("=", 1)[1])) <= known


PROGRAMS: dict[str, Callable[[], object]] = {
    "gcloud": test_every_gcloud_command_parses,
    "terraform": test_every_terraform_command_parses,
    "npx": test_every_firebase_command_parses,
    "make": test_every_make_target_exists,
    "curl": test_every_option_of_curl_exists,
    ".venv/bin/python": test_every_line_of_python_is_python,
    "export": test_values_of_secrets_are_those_that_the_module_takes,
    "cp": test_every_file_that_a_command_reads_is_there_or_is_made,
}


def test_no_program_is_left_unchecked() -> None:
    assert {words[0] for words in commands(*PAGES)} <= PROGRAMS.keys()


def test_every_alarm_has_its_heading() -> None:
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf8")
    headings = set(re.findall(r"^### (.+)$", page, flags=re.MULTILINE))
    text = "".join(Code.of("modules/app").files.values())
    named = set(re.findall(r"docs/operate\.md, `([^`]+)`", text))
    assert len(named) == len(Code.of("modules/app").resources("google_monitoring_alert_policy"))
    assert named <= headings


def test_pages_link_to_files_that_are_there() -> None:
    for page in PAGES:
        path = ROOT / "docs" / page
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf8")):
            assert (path.parent / link).exists(), f"{page}: {link}"


def test_there_is_no_page_without_its_check() -> None:
    assert all(Path(ROOT / "docs" / page).exists() for page in PAGES)
