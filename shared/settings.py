"""Everything that the environment decides, read in one place."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared.errors import NexusError

_GIT_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "dev.azure.com")
_LOCAL_ONLY = (
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "NEXUS_LOCAL_IDENTITY",
    "NEXUS_SCHEDULER_HOST",
    "NEXUS_SECRETS_DIR",
    "NEXUS_GIT_ALLOW_PRIVATE",
    "NEXUS_WEBHOOK_SECRET",
    "NEXUS_TRACES_URL",
)
_MADE_UP = ("stand-in", "changeme", "change-me", "placeholder", "secret", "test", "dummy", "x")
_ENCRYPTED = ("https://", "wss://")
_BEGINS = ("your", "<", "replace", "…", "...")


class SettingsError(NexusError):
    """The environment does not hold what the process needs; the message lists every fault."""


def _split(value: object) -> object:
    return tuple(filter(None, value.split(","))) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Settings(BaseModel):
    """The settings of every deployable; each field's alias is its environment variable.

    Empty variables count as absent. Durations are seconds, sizes are in the unit they name.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    project_id: str = Field(alias="NEXUS_PROJECT_ID", min_length=1)
    credentials_path: str = Field(default="", alias="FIREBASE_CREDENTIALS_PATH")
    firestore_emulator: str = Field(default="", alias="FIRESTORE_EMULATOR_HOST")
    auth_emulator: str = Field(default="", alias="FIREBASE_AUTH_EMULATOR_HOST")
    pubsub_emulator: str = Field(default="", alias="PUBSUB_EMULATOR_HOST")
    assemblyai_api_key: str = Field(default="", alias="ASSEMBLYAI_API_KEY", repr=False)
    assemblyai_base_url: str = Field(default="", alias="ASSEMBLYAI_BASE_URL")
    assemblyai_model: str = Field(default="universal-3-6-pro", alias="ASSEMBLYAI_MODEL")
    anthropic_api_key: str = Field(default="", alias="ANTHROPIC_API_KEY", repr=False)
    anthropic_base_url: str = Field(default="", alias="ANTHROPIC_BASE_URL")
    anthropic_model: str = Field(default="claude-haiku-5-5", alias="ANTHROPIC_MODEL")
    notion_token: str = Field(default="", alias="NOTION_TOKEN", repr=False)
    notion_base_url: str = Field(default="https://api.notion.com", alias="NOTION_BASE_URL")
    notion_docs_db_id: str = Field(default="", alias="NOTION_DOCS_DB_ID")
    notion_requests_per_min: int = Field(
        default=180, ge=20, le=6000, alias="NEXUS_NOTION_REQUESTS_PER_MIN"
    )
    git_url: str = Field(default="", alias="NEXUS_GIT_URL")
    git_username: str = Field(default="", alias="NEXUS_GIT_USERNAME")
    git_token: str = Field(default="", alias="NEXUS_GIT_TOKEN", repr=False)
    git_hosts: Names = Field(default=_GIT_HOSTS, alias="NEXUS_GIT_HOSTS")
    git_allow_private: bool = Field(default=False, alias="NEXUS_GIT_ALLOW_PRIVATE")
    members: Names = Field(default=(), alias="NEXUS_MEMBERS")
    secrets_dir: str = Field(default="", alias="NEXUS_SECRETS_DIR")
    webhook_secret: str = Field(default="", alias="NEXUS_WEBHOOK_SECRET", repr=False)
    scheduler_host: str = Field(default="", alias="NEXUS_SCHEDULER_HOST")
    scheduler_location: str = Field(default="us-central1", alias="NEXUS_SCHEDULER_LOCATION")
    scheduler_job: str = Field(default="sync-ticks", alias="NEXUS_SCHEDULER_JOB")
    local_identity: bool = Field(default=False, alias="NEXUS_LOCAL_IDENTITY")
    allowed_origins: Names = Field(default=(), alias="NEXUS_ALLOWED_ORIGINS")
    public_url: str = Field(default="", alias="NEXUS_PUBLIC_URL")
    ws_url: str = Field(default="", alias="NEXUS_WS_URL")
    history_days: int = Field(default=90, ge=1, le=3650, alias="NEXUS_HISTORY_DAYS")
    daily_audio_s: int = Field(default=4 * 3600, ge=1, alias="NEXUS_DAILY_AUDIO_S")
    daily_model_calls: int = Field(default=1000, ge=1, alias="NEXUS_DAILY_MODEL_CALLS")
    log_level: str = Field(default="INFO", alias="NEXUS_LOG_LEVEL")
    service: str = Field(default="nexus", alias="K_SERVICE")
    traces: int = Field(default=0, ge=0, alias="NEXUS_TRACES")
    """One in so many traces is recorded; 0 records none."""
    traces_url: str = Field(default="", alias="NEXUS_TRACES_URL")

    @property
    def identity_is_local(self) -> bool:
        """Whether a request without a token may count as the user of its path.

        Only when asked for and when both Auth and Firestore are emulators.
        """
        return bool(self.local_identity and self.auth_emulator and self.firestore_emulator)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *needed: str) -> "Settings":
        """Read the settings; `needed` names variables that this deployable cannot do without.

        Raises:
            SettingsError: lists everything that is missing or wrong at once, and refuses on Cloud
                Run or Cloud Functions (`K_SERVICE`) an emulator, the local identity, an address
                without TLS where a key would go, and a key that is none.
        """
        present = {name: value for name, value in environ.items() if value}
        faults = [f"{name} is missing" for name in needed if name not in present]
        if "K_SERVICE" in present:
            faults += cls._cloud_faults(present)
        try:
            settings = cls.model_validate(present)
        except ValidationError as exc:
            faults += [f"{fault['loc'][0]}: {fault['msg']}" for fault in exc.errors()]
            raise SettingsError("; ".join(faults)) from exc
        if faults:
            raise SettingsError("; ".join(faults))
        return settings

    @classmethod
    def _cloud_faults(cls, present: Mapping[str, str]) -> list[str]:
        faults = [f"{name} must not be set in the cloud" for name in _LOCAL_ONLY if name in present]
        for field in cls.model_fields.values():
            name = str(field.alias)
            value = present.get(name, "")
            if not field.repr and _made_up(value):
                faults.append(f"{name} is no real key")
            if name.endswith("_BASE_URL") and value and not value.startswith(_ENCRYPTED):
                faults.append(f"{name} must be https or wss in the cloud")
        return faults


def check_at_start(
    environ: Mapping[str, str], needed: Mapping[str, tuple[str, ...]] | None = None
) -> None:
    """In the cloud, end the process at its start rather than fail each request later.

    So a bad deployment never gets traffic: its instances do not start, and the last one stays.
    `needed`: for functions of one bundle, by entry point (`FUNCTION_TARGET`); see `from_env`.

    Raises:
        SettingsError: as `Settings.from_env`, and only in the cloud.
    """
    if environ.get("K_SERVICE"):
        target = environ.get("FUNCTION_TARGET", "")
        Settings.from_env(environ, *(needed or {}).get(target, ()))


def _made_up(key: str) -> bool:
    """Whether a key is what stands in examples, or what the local stack gives its stand-ins."""
    plain = key.strip().lower()
    return bool(key) and (plain in _MADE_UP or plain.startswith(_BEGINS) or not plain)
