"""What the commands of the deployment page mean, and that each has what it needs by then."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.operator_pages import VALUES, of
from tests.support.terraform import ROOT


def test_what_curl_sends_is_json_to_an_address_with_tls() -> None:
    asked = of("curl")
    for words in asked:
        assert any(word.startswith("https://") for word in words), words
        assert not any(word.startswith("http://") for word in words), words
    sent = [words[words.index("--data") + 1] for words in asked if "--data" in words]
    assert len(sent) >= 8
    for body in sent:
        assert isinstance(json.loads(body), dict)


def test_nobody_but_the_owner_makes_accounts_in_a_new_deployment() -> None:
    (set_up,) = [words for words in of("curl", "deploy.md") if "/config?updateMask=" in str(words)]
    (address,) = [word for word in set_up if word.startswith("https://")]
    settings = json.loads(set_up[set_up.index("--data") + 1])
    assert settings["client"]["permissions"] == {"disabledUserSignup": True}
    assert settings["signIn"] == {"email": {"enabled": True, "passwordRequired": True}}
    named = {field.rsplit(".", 1)[-1] for field in address.split("updateMask=")[1].split(",")}
    assert named == {"enabled", "passwordRequired", "disabledUserSignup"}


def test_what_a_command_names_was_given_before() -> None:
    """Variables are exported on the page, above the first command that has them."""
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf8")
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL))
    given: set[str] = set()
    for line in blocks.splitlines():
        if line.startswith("export "):
            given |= set(re.findall(r"(\w+)=", line.split("'")[0]))
        assert set(re.findall(r"\$(\w+)", line)) <= given, line
    assert given - {"TF_VAR_secret_values"} == set(VALUES)


def test_the_image_is_built_as_its_file_says() -> None:
    comment = (ROOT / "run" / "voice_ws" / "cloudbuild.yaml").read_text(encoding="utf8")
    lines = [line.removeprefix("#").strip() for line in comment.split("steps:")[0].splitlines()]
    first = next(index for index, line in enumerate(lines) if line.startswith("gcloud"))
    command = " ".join(line.removesuffix("\\").strip() for line in lines[first : first + 3])
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf8")
    assert command in page


@pytest.mark.skipif(
    shutil.which("terraform") is None,
    reason="terraform is not installed: the examples of its variables were not read",
)
@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_the_example_gives_what_is_asked_for_and_another_region_than_hostings_is_refused(
    tmp_path: Path, environment: str
) -> None:
    here = ROOT / "terraform" / "environments" / environment
    where = tmp_path / here.relative_to(ROOT)
    where.mkdir(parents=True)
    shutil.copy(here / "variables.tf", where)
    shutil.copy(ROOT / "firebase.json", tmp_path)
    quiet = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    keys = {"TF_VAR_secret_values": '{"assemblyai-api-key":"a","anthropic-api-key":"b"}'}
    plan = ["plan", "-input=false", "-no-color", f"-var-file={here / 'terraform.tfvars.example'}"]

    def terraform(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments],
            cwd=where,
            env={**os.environ, **quiet, **keys},
            capture_output=True,
            text=True,
            check=False,
        )

    there = terraform(*plan)
    assert there.returncode == 0, there.stderr
    elsewhere = terraform(*plan, "-var=region=europe-west1")
    assert "firebase.json" in elsewhere.stderr
    assert elsewhere.returncode != 0
