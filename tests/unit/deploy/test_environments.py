"""The environments: one provider for all, a state for each, production not to be thrown away."""

import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.support.terraform import Code

ENVIRONMENTS = ("prod", "staging")
FOLDERS = ("modules/app", "modules/function", *(f"environments/{e}" for e in ENVIRONMENTS))
Folders = Mapping[str, Code]


def _all() -> dict[str, Code]:
    return {folder: Code.of(folder) for folder in FOLDERS}


def _text(code: Code) -> str:
    return "\n".join(code.files.values())


def providers_that_can_move(folders: Folders) -> Iterator[str]:
    """Every folder names the same provider, by its exact version."""
    found = {}
    for folder, code in folders.items():
        (block,) = re.findall(r"required_providers \{(.*?)\n  \}", _text(code), re.DOTALL)
        found[folder] = re.findall(r'version\s*=\s*"([^"]*)"', block)
        if not re.fullmatch(r"\d+\.\d+\.\d+", "".join(found[folder])):
            yield f"{folder}: the provider's version is {found[folder]}"
        if re.findall(r'source\s*=\s*"([^"]*)"', block) != ["hashicorp/google"]:
            yield f"{folder}: another provider"
    if len({tuple(each) for each in found.values()}) != 1:
        yield f"versions differ: {found}"


def states_that_are_shared(folders: Folders) -> Iterator[str]:
    """Each environment keeps its state under its own name, away from this machine."""
    for name in ENVIRONMENTS:
        kept = re.findall(
            r'backend "gcs" \{\s*prefix\s*=\s*"([^"]*)"', _text(folders[f"environments/{name}"])
        )
        if kept != [f"nexus-pro/{name}"]:
            yield f"{name} keeps its state as {kept}"


def protection_that_is_off(folders: Folders) -> Iterator[str]:
    """Production is protected, whatever a variable says; so is what is lost for good."""
    prod = _text(folders["environments/prod"])
    if re.findall(r"deletion_protection\s*=\s*(\S+)", prod) != ["true"]:
        yield "prod is not protected against deletion"
    for each in folders["modules/app"].resources():
        if each.type in ("google_firestore_database", "google_secret_manager_secret"):
            (lifecycle,) = each.body.get("lifecycle", [{}])
            if lifecycle.get("prevent_destroy") is not True:
                yield f"{each.type} can be destroyed by a plan"


def grants_of_another_kind(folders: Folders) -> Iterator[str]:
    """A binding or a policy takes away what others granted; an account's key leaves the cloud."""
    for code in folders.values():
        for each in code.resources():
            if re.search(r"_(iam_binding|iam_policy|account_key|hmac_key)$", each.type):
                yield f"{each.type}.{each.name}"


RULES = (
    providers_that_can_move,
    states_that_are_shared,
    protection_that_is_off,
    grants_of_another_kind,
)
Rule = Callable[[Folders], Iterator[str]]
_PIN = 'source = "hashicorp/google" version = "7.45.0"'
BROKEN = (  # the rule, the folder, what is changed, and into what
    *(
        (providers_that_can_move, folder, _PIN, f'source = "hashicorp/google"\nversion = "{other}"')
        for folder in FOLDERS
        for other in (">= 7.0", "~> 7.45.0", "7.44.0")
    ),
    (providers_that_can_move, "modules/function", _PIN, 'source = "hashicorp/google"'),
    (providers_that_can_move, "modules/app", _PIN, 'source = "else/google"\nversion = "7.45.0"'),
    (states_that_are_shared, "environments/staging", "nexus-pro/staging", "nexus-pro/prod"),
    (states_that_are_shared, "environments/prod", 'backend "gcs" {', 'backend "local" {'),
    (
        protection_that_is_off,
        "environments/prod",
        "deletion_protection = true",
        "deletion_protection = false",
    ),
    (protection_that_is_off, "environments/prod", "deletion_protection = true", ""),
    (protection_that_is_off, "modules/app", "prevent_destroy = true", "prevent_destroy = false"),
    (
        grants_of_another_kind,
        "modules/app",
        '"google_project_iam_member" "build"',
        '"google_project_iam_binding" "build"',
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.__name__)
def test_a_rule_holds(rule: Rule) -> None:
    assert list(rule(_all())) == []


@pytest.mark.parametrize(("rule", "folder", "old", "new"), BROKEN)
def test_a_broken_rule_is_noticed(rule: Rule, folder: str, old: str, new: str) -> None:
    folders = _all()
    assert list(rule({**folders, folder: folders[folder].changed(old, new)})) != []


def test_every_rule_is_shown_to_be_noticed() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES)
