"""What the units are told is what their settings read, and what they cannot do without."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from shared.services.setup_erase import _KEYS as ERASED_KEYS
from shared.services.webhooks import _SECRET as WEBHOOK_SECRET
from shared.settings import _GIT_HOSTS, _LOCAL_ONLY, Settings
from tests.support.terraform import ROOT, Code

APP = "modules/app"
ALIASES = {str(field.alias) for field in Settings.model_fields.values()}
ASKS_CLAUDE = {"run_operation", "voice_ws"}
OPENS_REPOSITORIES = {"notion", "run_operation", "sync_workspace", "voice_ws"}
_NAME = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b")


def units(app: Code) -> list[str]:
    return [*app.locals()["functions"], "voice_ws"]


def given(app: Code, unit: str) -> set[str]:
    """The variables that a unit is started with, its secrets among them."""
    if unit == "voice_ws":
        return _named(app.files["voice_service.tf"].split("containers {")[1])
    function = app.locals()["functions"][unit]
    text = app.files["functions.tf"]
    own = str(function["secrets"])
    blocks = [text.split("common = {")[1].split("}")[0], own]
    if function["environment"] == "notion":
        blocks.append(text.split("notion = merge(local.common, {")[1].split("}")[0])
    if "notion_secrets" in own:
        blocks.append(text.split("notion_secrets = merge(")[1].split("\n  )")[0])
    return _named("".join(blocks))


def _named(text: str) -> set[str]:
    return set(_NAME.findall(re.sub(r'#.*|"[A-Z_]+"', "", text)))


def needed(path: str, unit: str) -> set[str]:
    """What a unit's entry point demands of its settings."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf8"))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Settings.from_env"
    ]
    assert calls, f"{path} reads no settings"
    demanded = {
        str(each.value) for call in calls for each in call.args if isinstance(each, ast.Constant)
    }
    of_targets = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_NEEDED"
    ]
    demanded |= {name for table in of_targets for name in table.get(unit, ())}
    return demanded | {
        str(field.alias) for field in Settings.model_fields.values() if field.is_required()
    }


def variables_that_nobody_reads(app: Code) -> Iterator[str]:
    for unit in units(app):
        yield from (f"{unit}: {name}" for name in given(app, unit) - ALIASES)
        yield from (f"{unit}: {name} is local" for name in given(app, unit) & set(_LOCAL_ONLY))


def demands_that_are_not_met(app: Code) -> Iterator[str]:
    functions = app.locals()["functions"]
    for unit in units(app):
        bundle = functions[unit]["bundle"] if unit in functions else ""
        path = f"functions/{bundle}/main.py" if bundle else "run/voice_ws/app.py"
        yield from (f"{unit}: {name}" for name in needed(path, unit) - given(app, unit))


def units_that_are_not_traced(app: Code) -> Iterator[str]:
    yield from (unit for unit in units(app) if "NEXUS_TRACES" not in given(app, unit))


def keys_in_wrong_hands(app: Code) -> Iterator[str]:
    """Who asks Claude has its key and nobody else; the same for AssemblyAI."""
    holders = {"ANTHROPIC_API_KEY": ASKS_CLAUDE, "ASSEMBLYAI_API_KEY": {"voice_ws"}}
    for key, wanted in holders.items():
        found = {unit for unit in units(app) if key in given(app, unit)}
        yield from (f"{unit}: {key}" for unit in found ^ wanted)


def repositories_opened_blindly(app: Code) -> Iterator[str]:
    """Who opens repositories knows the hosts, the members and the deployment's own repository."""
    wanted = {"NEXUS_GIT_HOSTS", "NEXUS_MEMBERS", "NEXUS_GIT_URL", "NEXUS_GIT_TOKEN"}
    for unit in OPENS_REPOSITORIES:
        yield from (f"{unit}: {name}" for name in wanted - given(app, unit))


def other_hosts(app: Code) -> Iterator[str]:
    (block,) = re.findall(r'variable "git_hosts" \{(.*?)\n\}', app.files["variables.tf"], re.S)
    if re.findall(r'"([a-z.]+\.[a-z]+)"', block) != list(_GIT_HOSTS):
        yield "the program's own hosts are others"


def readers_that_may_write(app: Code) -> Iterator[str]:
    """`health` and `sync_tick` only read the state, and may no more than that."""
    roles = app.locals()["project_roles"]
    for unit, module in (("health", "health"), ("sync_tick", "tick")):
        text = (ROOT / "shared" / "services" / f"{module}.py").read_text(encoding="utf8")
        assert not re.search(r"\.commit\(|\bPut\(|\bDelete\(", text), "it writes: give it more"
        if roles[unit] != ["roles/datastore.viewer"]:
            yield unit


def secrets_in_wrong_hands(app: Code) -> Iterator[str]:
    """Names of workspaces' secrets are those that the code gives; each unit reads its kinds."""
    kinds = app.locals()["reads_secrets"]
    if [f"{key}-" for key in ERASED_KEYS] != kinds["notion"]:
        yield "a kind of secret that nobody may read"
    if not WEBHOOK_SECRET.startswith(tuple(kinds["notion"])):
        yield "the secret of Notion's webhook"
    if kinds["voice_ws"] != ["git-"]:
        yield "the voice service opens repositories and nothing else"


RULES = (
    variables_that_nobody_reads,
    demands_that_are_not_met,
    units_that_are_not_traced,
    keys_in_wrong_hands,
    repositories_opened_blindly,
    other_hosts,
    readers_that_may_write,
    secrets_in_wrong_hands,
)
BROKEN = (
    (variables_that_nobody_reads, "NEXUS_PUBLIC_URL ", "NEXUS_PUBLIC_URI "),
    (variables_that_nobody_reads, "NEXUS_WS_URL ", "NEXUS_WEBHOOK_SECRET "),
    (demands_that_are_not_met, "NEXUS_PROJECT_ID ", "NEXUS_PROJECT "),
    (demands_that_are_not_met, "            ANTHROPIC_API_KEY  = ", "            OTHER_KEY = "),
    (demands_that_are_not_met, '{ ANTHROPIC_API_KEY = "anthropic-api-key" }', "{}"),
    (units_that_are_not_traced, "NEXUS_TRACES ", "OTHER_TRACES "),
    (keys_in_wrong_hands, '{ ANTHROPIC_API_KEY = "anthropic-api-key" }', "{}"),
    (keys_in_wrong_hands, '? { NOTION_TOKEN = "', '? { ANTHROPIC_API_KEY = "'),
    (repositories_opened_blindly, "NEXUS_MEMBERS ", "OTHER_MEMBERS "),
    (other_hosts, ', "dev.azure.com"', ""),
    (readers_that_may_write, '["roles/datastore.viewer"]', '["roles/datastore.user"]'),
    (secrets_in_wrong_hands, 'voice_ws       = ["git-"]', 'voice_ws       = ["notion-"]'),
    (secrets_in_wrong_hands, '["notion-", "git-", "push-"]', '["notion-", "git-"]'),
)
Rule = Callable[[Code], Iterator[str]]


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.__name__)
def test_a_rule_holds(rule: Rule) -> None:
    assert list(rule(Code.of(APP))) == []


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_a_broken_rule_is_noticed(rule: Rule, old: str, new: str) -> None:
    assert list(rule(Code.of(APP).changed(old, new))) != []


def test_every_rule_is_shown_to_be_noticed() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)
