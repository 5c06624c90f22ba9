"""Terraform itself reads what we wrote: its form, its references, its plan with a mocked provider.

Terraform's registry is not asked: a stand-in of the provider with our schema takes its place (see
tests/support/terraform_provider.py). The real provider's own rules are checked by
.github/workflows/ci.yml, which has a network.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import terraform_provider
from tests.support.terraform import TERRAFORM
from tests.support.terraform_run import Terraform

pytestmark = pytest.mark.skipif(
    shutil.which("terraform") is None,
    reason="terraform is not installed: nothing of terraform/ was read by it",
)


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
    ("old", "new", "said"),
    [
        (
            "= google_service_account.unit[each.key].email",
            "= google_service_account.unlt[each.key].email",
            "Reference to undeclared resource",
        ),
        (
            'display_name = "NEXUS PRO ${each.value}"',
            "display_name = google_cloud_run_v2_service.voice_ws.uri",
            "Cycle:",
        ),
    ],
    ids=["a name that is nowhere", "a cycle"],
)
def test_a_fault_is_told(terraform: Terraform, old: str, new: str, said: str) -> None:
    terraform.change(old, new)
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
    terraform.change(known, "toset(values(var.invokers))")
    done = terraform.run(terraform.initialised("modules/app"), "test", "-no-color")
    assert "Invalid for_each argument" in done.stdout
    assert done.returncode != 0
