"""What the processes of the stack are told: each one only what it needs.

The names are those of shared/settings.py.
"""

from dev.launcher import toolchain
from dev.launcher.keys import NAMES
from dev.launcher.service import GIT_USERNAME, Plan
from shared.settings import Settings

MARK = "NEXUS_STACK"
_OURS = {
    *NAMES,
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "ASSEMBLYAI_BASE_URL",
    "ANTHROPIC_BASE_URL",
    "NOTION_BASE_URL",
}


def inherited(plan: Plan) -> dict[str, str]:
    """What every process gets: nobody's key, and the mark by which it is found again."""
    kept = {name: value for name, value in plan.environ.items() if name not in _OURS}
    python = {"PYTHONPATH": str(toolchain.ROOT), "PYTHONUNBUFFERED": "1"}
    return {**kept, **python, MARK: plan.mark}


def of_services(plan: Plan) -> dict[str, str]:
    """What every service of ours gets: the project, and who it is on this machine."""
    local = f"localhost:{plan.port}"
    return {
        **inherited(plan),
        "NEXUS_PROJECT_ID": plan.project_id,
        "NEXUS_ALLOWED_ORIGINS": f"http://{local},http://127.0.0.1:{plan.port}",
        "NEXUS_PUBLIC_URL": f"http://{local}",
        "NEXUS_WS_URL": f"ws://{local}",
        **_given(
            FIRESTORE_EMULATOR_HOST=plan.host("firestore"),
            FIREBASE_AUTH_EMULATOR_HOST=plan.host("auth"),
            PUBSUB_EMULATOR_HOST=plan.host("pubsub"),
            FIREBASE_CREDENTIALS_PATH=plan.keys.credentials_path,
            NEXUS_LOCAL_IDENTITY="" if plan.keys.credentials_path else "1",
        ),
    }


def of_voice(plan: Plan) -> dict[str, str]:
    """What the voice service gets beside: recogniser, language model, git, secrets."""
    assemblyai = plan.host("assemblyai")
    return {
        **of_services(plan),
        **_model(plan),
        **_git(plan),
        "NEXUS_SECRETS_DIR": str(plan.secrets),
        "ASSEMBLYAI_API_KEY": plan.keys.assemblyai or "stand-in",
        **_given(ASSEMBLYAI_BASE_URL=assemblyai and f"ws://{assemblyai}"),
    }


def of_operations(plan: Plan) -> dict[str, str]:
    """What long work gets: all that the functions of Notion do, and the language model."""
    return {**of_sync(plan), **_model(plan)}


def of_sync(plan: Plan) -> dict[str, str]:
    """What the functions of Notion get beside: Notion, git, secrets, scheduler."""
    notion = plan.host("notion_standin")
    return {
        **of_services(plan),
        **_git(plan),
        "NOTION_TOKEN": plan.keys.notion or plan.notion_token,
        "NEXUS_SCHEDULER_HOST": plan.host("scheduler"),
        "NEXUS_SECRETS_DIR": str(plan.secrets),
        **_given(
            NOTION_BASE_URL=notion and f"http://{notion}",
            NEXUS_NOTION_REQUESTS_PER_MIN="400" if notion else "",
            NOTION_DOCS_DB_ID="" if notion else plan.keys.notion_docs_db,
        ),
    }


def _model(plan: Plan) -> dict[str, str]:
    anthropic = plan.host("anthropic")
    return {
        "ANTHROPIC_API_KEY": plan.keys.anthropic or "stand-in",
        **_given(ANTHROPIC_BASE_URL=anthropic and f"http://{anthropic}"),
    }


def _git(plan: Plan) -> dict[str, str]:
    """The git server of this machine; the hosts of the world may be used as well."""
    usual = ",".join(Settings.model_fields["git_hosts"].default)
    return {
        "NEXUS_GIT_URL": plan.git_url,
        "NEXUS_GIT_USERNAME": GIT_USERNAME,
        "NEXUS_GIT_TOKEN": plan.git_password,
        "NEXUS_GIT_HOSTS": f"{plan.environ.get('NEXUS_GIT_HOSTS', usual)},{plan.host('git')}",
        "NEXUS_GIT_ALLOW_PRIVATE": "1",
    }


def _given(**variables: str) -> dict[str, str]:
    """The variables that have a value: an address only where a stand-in plays."""
    return {name: value for name, value in variables.items() if value}
