"""The commands that the pages for operators print."""

import re
import shlex
from typing import Final

from tests.support.terraform import ROOT

PAGES: Final = ("deploy.md", "operate.md", "cost.md", "scale.md")
VALUES: Final = {
    "PROJECT": "my-nexus-prod",
    "REGION": "us-central1",
    "LOCATION": "nam5",
    "ENVIRONMENT": "prod",
    "BILLING": "000000-000000-000000",
    "API_KEY": "key",
    "ID_TOKEN": "token",
    "USER_ID": "ada",
}
Command = tuple[str, ...]


def commands(*pages: str) -> list[Command]:
    """The commands of the pages' shell blocks, with values for their variables."""
    found: list[Command] = []
    for page in pages:
        path = ROOT / "docs" / page
        text = path.read_text(encoding="utf8") if path.exists() else ""
        for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(_filled(line), comments=True)
                if words:
                    found.append(tuple(words))
    return found


def _filled(line: str) -> str:
    line = re.sub(r"\$\(([^)]*)\)", "abc1234", line)
    return re.sub(r"\$(\w+)", lambda match: VALUES[match[1]], line)


def of(program: str, *pages: str) -> list[Command]:
    """The arguments that a program is given, without what the shell takes away."""
    chosen = [each[1:] for each in commands(*(pages or PAGES)) if each[0] == program]
    return [each[: each.index(">")] if ">" in each else each for each in chosen]
