"""What the units are told is what their settings read, and what they cannot do without."""

import ast
import re

from shared.services.setup_erase import _KEYS as ERASED_KEYS
from shared.services.webhooks import _SECRET as WEBHOOK_SECRET
from shared.settings import _GIT_HOSTS, _LOCAL_ONLY, Settings
from tests.support.terraform import ROOT, Code

APP = Code.of("modules/app")
LOCALS = APP.locals()
ALIASES = {str(field.alias) for field in Settings.model_fields.values()}
_NAME = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\s*=")


def given(unit: str) -> set[str]:
    """The variables that a unit is started with, its secrets among them."""
    if unit == "voice_ws":
        return set(_NAME.findall(APP.files["voice_service.tf"]))
    function = LOCALS["functions"][unit]
    text = APP.files["functions.tf"]
    blocks = [text.split("common = {")[1].split("}")[0]]
    if function["environment"] == "notion":
        blocks.append(text.split("notion = merge(local.common, {")[1].split("}")[0])
    own = str(function["secrets"])
    if "notion_secrets" in own:
        blocks.append(text.split("notion_secrets = merge(")[1].split("\n  )")[0])
    return set(_NAME.findall("".join(blocks))) | set(_NAME.findall(own)) | _keys(own)


def _keys(text: str) -> set[str]:
    return set(re.findall(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", text))


def needed(path: str) -> set[str]:
    """What an entry point demands of `Settings.from_env`."""
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
    return demanded | {
        str(field.alias) for field in Settings.model_fields.values() if field.is_required()
    }


UNITS = (*LOCALS["functions"], "voice_ws")


def test_every_variable_is_one_that_the_settings_read() -> None:
    for unit in UNITS:
        assert given(unit) <= ALIASES, unit
        assert given(unit) & set(_LOCAL_ONLY) == set(), unit


def test_what_an_entry_point_demands_is_given() -> None:
    for unit in UNITS:
        bundle = LOCALS["functions"][unit]["bundle"] if unit in LOCALS["functions"] else ""
        path = f"functions/{bundle}/main.py" if bundle else "run/voice_ws/app.py"
        assert needed(path) <= given(unit), unit


def test_who_asks_claude_has_its_key_and_nobody_else() -> None:
    assert {unit for unit in UNITS if "ANTHROPIC_API_KEY" in given(unit)} == {
        "run_operation",
        "voice_ws",
    }
    assert {unit for unit in UNITS if "ASSEMBLYAI_API_KEY" in given(unit)} == {"voice_ws"}


def test_who_opens_repositories_knows_the_same_hosts_members_and_repository() -> None:
    wanted = {"NEXUS_GIT_HOSTS", "NEXUS_MEMBERS", "NEXUS_GIT_URL", "NEXUS_GIT_TOKEN"}
    for unit in ("notion", "run_operation", "sync_workspace", "voice_ws"):
        assert wanted <= given(unit), unit


def test_hosts_of_repositories_are_those_of_the_program() -> None:
    (block,) = re.findall(r'variable "git_hosts" \{(.*?)\n\}', APP.files["variables.tf"], re.S)
    assert re.findall(r'"([a-z.]+\.[a-z]+)"', block) == list(_GIT_HOSTS)


def test_units_that_only_read_the_state_run_code_that_only_reads_it() -> None:
    only_read = {
        unit
        for unit, roles in LOCALS["project_roles"].items()
        if roles == ["roles/datastore.viewer"]
    }
    assert only_read == {"health", "sync_tick"}
    for module in ("health", "tick"):
        text = (ROOT / "shared" / "services" / f"{module}.py").read_text(encoding="utf8")
        assert not re.search(r"\.commit\(|\bPut\(|\bDelete\(", text)


def test_the_voice_service_reads_no_secrets_but_those_of_repositories() -> None:
    assert LOCALS["reads_secrets"]["voice_ws"] == ["git-"]


def test_names_of_workspaces_secrets_are_those_that_the_code_gives() -> None:
    prefixes = LOCALS["reads_secrets"]["notion"]
    assert [f"{key}-" for key in ERASED_KEYS] == prefixes
    assert WEBHOOK_SECRET.startswith(tuple(prefixes))
