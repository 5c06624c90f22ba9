"""What runs on a build machine: targets that exist, actions that cannot move, the right to read."""

import re
from typing import Any

import yaml

from tests.support.terraform import ROOT

PATH = ROOT / ".github" / "workflows" / "ci.yml"
TEXT = PATH.read_text(encoding="utf8")
WORKFLOW: dict[str, Any] = yaml.safe_load(TEXT)
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
RUNS = "\n".join(step["run"] for step in STEPS if "run" in step)


def test_it_may_only_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in WORKFLOW["jobs"].values())
    assert "secrets." not in TEXT
    assert "pull_request_target" not in TEXT


def test_every_action_is_named_by_its_commit_and_says_its_version() -> None:
    used = re.findall(r"uses: (.+)", TEXT)
    assert used
    for each in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


def test_one_action_is_one_commit() -> None:
    commits: dict[str, set[str]] = {}
    for name, commit in re.findall(r"uses: (\S+)@(\S+)", TEXT):
        commits.setdefault(name, set()).add(commit)
    assert all(len(each) == 1 for each in commits.values())


def test_no_credential_stays_in_the_checkout() -> None:
    checkouts = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf8"), re.MULTILINE))
    asked = set(re.findall(r"\bmake ([a-z-]+)", RUNS))
    assert {"test", "lint", "bundle", "checkov"} <= asked <= targets


def test_terraform_reads_every_folder_of_ours() -> None:
    for folder in ("environments/staging", "environments/prod", "modules/app"):
        assert f"terraform -chdir=terraform/{folder} init -backend=false" in RUNS
    assert "terraform fmt -check -recursive" in RUNS
    assert "terraform/modules/app test" in RUNS
    assert RUNS.count(" validate") == 2


def test_bundles_are_built_twice_and_compared() -> None:
    job = "\n".join(str(step.get("run")) for step in WORKFLOW["jobs"]["bundle"]["steps"])
    assert job.count("make bundle") == 2
    assert "cmp build/manifest.json" in job


def test_every_job_ends_by_itself() -> None:
    assert all(job["timeout-minutes"] <= 30 for job in WORKFLOW["jobs"].values())
