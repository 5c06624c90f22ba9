"""Terraform itself reads what we wrote: its form, its references, its plan with a mocked provider.

Terraform's registry is not asked: a stand-in of the provider with our schema takes its place (see
tests/support/terraform_provider.py). The real provider's own rules are checked by
.github/workflows/ci.yml, which has a network.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import terraform_provider
from tests.support.terraform import ROOT, TERRAFORM

_READ = ("firestore.indexes.json", "firestore.rules")

pytestmark = pytest.mark.skipif(
    shutil.which("terraform") is None,
    reason="terraform is not installed: nothing of terraform/ was read by it",
)


class Terraform:
    """Terraform on a copy of our folder."""

    def __init__(self, home: Path, provider: str) -> None:
        self.folder = home / "terraform"
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars")
        shutil.copytree(TERRAFORM, self.folder, ignore=ignored)
        for name in _READ:
            shutil.copy(ROOT / name, home)
        self._environment = {
            **os.environ,
            "TF_REATTACH_PROVIDERS": provider,
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }

    def run(self, where: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform in a folder; what it printed is in `stdout`."""
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder / where,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def initialised(self, where: str) -> str:
        """The folder, with its modules and the provider's stand-in."""
        done = self.run(where, "init", "-backend=false", "-input=false", "-no-color")
        assert done.returncode == 0, done.stdout
        return where

    def change(self, path: str, old: str, new: str) -> None:
        """Change a text that is there."""
        file = self.folder / path
        text = file.read_text(encoding="utf8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf8")


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with terraform_provider.running() as found:
        yield found


@pytest.fixture
def terraform(tmp_path: Path, provider: str) -> Terraform:
    return Terraform(tmp_path, provider)


def test_every_file_is_in_terraforms_form() -> None:
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", str(TERRAFORM)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_an_environment_is_valid(terraform: Terraform, environment: str) -> None:
    where = terraform.initialised(f"environments/{environment}")
    done = terraform.run(where, "validate", "-no-color")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (
            "modules/app/functions.tf",
            "= google_service_account.unit[each.key].email",
            "= google_service_account.unlt[each.key].email",
            "Reference to undeclared resource",
        ),
        (
            "modules/app/iam.tf",
            'display_name = "NEXUS PRO ${each.value}"',
            "display_name = google_cloud_run_v2_service.voice_ws.uri",
            "Cycle:",
        ),
    ],
    ids=["a name that is nowhere", "a cycle"],
)
def test_a_fault_is_told(terraform: Terraform, path: str, old: str, new: str, said: str) -> None:
    terraform.change(path, old, new)
    done = terraform.run(terraform.initialised("modules/app"), "validate", "-no-color")
    assert said in done.stdout


def test_a_plan_with_a_mocked_provider_makes_the_whole_product(terraform: Terraform) -> None:
    where = terraform.initialised("modules/app")
    done = terraform.run(where, "test", "-no-color")
    assert done.returncode == 0, done.stdout
    assert "0 failed" in done.stdout


def test_a_plan_that_cannot_know_what_it_makes_is_refused(terraform: Terraform) -> None:
    """As the first plan of a new project was, before callers had names that a plan knows."""
    known = 'var.public ? { everybody = "allUsers" } : var.invokers'
    terraform.change("modules/function/main.tf", known, "toset(values(var.invokers))")
    done = terraform.run(terraform.initialised("modules/app"), "test", "-no-color")
    assert "Invalid for_each argument" in done.stdout
    assert done.returncode != 0
