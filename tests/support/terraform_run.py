"""Terraform on a copy of our folder, with the stand-in of its provider."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.support.terraform import ROOT, TERRAFORM, loosely

_READ: Final = ("firestore.indexes.json", "firestore.rules")
_BUNDLES: Final = TERRAFORM / "modules" / "app" / "tests" / "fixtures" / "bundles"


class Terraform:
    """Terraform on a copy of our folder."""

    def __init__(self, home: Path, provider: str) -> None:
        """Copy what Terraform reads to a folder; `provider` as terraform_provider.running gives."""
        self.folder = home / "terraform"
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars")
        shutil.copytree(TERRAFORM, self.folder, ignore=ignored)
        for name in _READ:
            shutil.copy(ROOT / name, home)
        shutil.copytree(_BUNDLES, home / "build")
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

    def change(self, old: str, new: str, within: str = ".") -> None:
        """Change a text wherever it is in the files of a folder; spaces of any number are equal."""
        files = sorted((self.folder / within).rglob("*.tf"))
        pattern = loosely(old)
        found = {path: path.read_text(encoding="utf8") for path in files}
        hits = {path: text for path, text in found.items() if pattern.search(text)}
        assert hits, f"nothing below terraform/{within} says {old!r} any more: say it as it is now"
        for path, text in hits.items():
            path.write_text(pattern.sub(lambda _: new, text), encoding="utf8")

    def stands(self, where: str, name: str) -> str:
        """What Terraform says, as lines of JSON, when a test file makes everything.

        It cannot take down again what must not be destroyed, which is as it should be.
        """
        self.initialised(where)
        done = self.run(where, "test", "-json", "-verbose", f"-filter=tests/{name}.tftest.hcl")
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        wrong = [each["diagnostic"] for each in lines if each["type"] == "diagnostic"]
        made = [each["test_summary"]["passed"] for each in lines if each["type"] == "test_summary"]
        assert made == [1], wrong or done.stdout[-4000:]
        return done.stdout
