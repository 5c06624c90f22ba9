"""What would stand in the cloud keeps its rules, and whatever breaks one of them is noticed.

Terraform makes the whole of production with a mocked provider, so every value is known: what names
what, who may do what, how large each thing is. The rules are in tests/support/standing/.
"""

import json
import shutil
from collections.abc import Iterator

import pytest

from tests.support import terraform_provider
from tests.support.standing.breakages import BATCHES
from tests.support.standing.made import Standing
from tests.support.standing.rules import RULES, Breakage, Rule
from tests.support.terraform_run import Terraform

_PROD = "environments/prod"
BROKEN = [(number, each) for number, batch in enumerate(BATCHES) for each in batch]

pytestmark = pytest.mark.skipif(
    shutil.which("terraform") is None,
    reason="terraform is not installed: nothing of what would stand was judged",
)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with terraform_provider.running() as found:
        yield found


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Standing:
    home = tmp_path_factory.mktemp("standing")
    return Standing.of(Terraform(home, provider).stands(_PROD, "standing"))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, provider: str) -> list[Standing]:
    """What stands where all of a batch is broken, by batch.

    Fields that have no index are left out, but for those that end documents: there are so many
    that Terraform takes as long for them as for all the rest.
    """
    found = []
    for batch in BATCHES:
        home = tmp_path_factory.mktemp("broken")
        terraform = Terraform(home, provider)
        indexes = json.loads((home / "firestore.indexes.json").read_text(encoding="utf8"))
        ending = [each for each in indexes["fieldOverrides"] if "ttl" in each]
        fewer = json.dumps({**indexes, "fieldOverrides": ending})
        (home / "firestore.indexes.json").write_text(fewer, encoding="utf8")
        for each in batch:
            terraform.change(each.old, each.new)
        found.append(Standing.of(terraform.stands(_PROD, "standing")))
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.__name__)
def test_a_rule_holds(standing: Standing, rule: Rule) -> None:
    assert list(rule(standing)) == []


@pytest.mark.parametrize(("batch", "breakage"), BROKEN, ids=[each.said for _, each in BROKEN])
def test_a_broken_rule_is_noticed(broken: list[Standing], batch: int, breakage: Breakage) -> None:
    said = list(breakage.rule(broken[batch]))
    assert any(breakage.said in each for each in said), said


def test_every_rule_is_shown_to_be_noticed() -> None:
    assert {each.rule for _, each in BROKEN} == set(RULES)
