"""What the voice service is made of beside the rest; none of it is loaded at its start."""

from functools import cache
from typing import TYPE_CHECKING

from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.ports.clock import Clock
    from shared.ports.model import LanguageModel
    from shared.ports.speech import Transcriber
    from shared.ports.state import StateStore
    from shared.services.connections import Repositories
    from shared.services.late_ports import Late
    from shared.services.voice_hands import RepositoryWork
    from shared.services.voice_repository_memory import RepositoryMemory


def late_vendors(settings: Settings) -> "tuple[Late[Transcriber], Late[LanguageModel]]":
    """AssemblyAI and Claude for the voice service; neither SDK is loaded before it is wanted."""
    from concurrent.futures import ThreadPoolExecutor

    from shared.services.late_ports import Late
    from shared.wiring_parts import model_opener

    def open_transcriber() -> "Transcriber":
        from shared.adapters.assemblyai import AssemblyAITranscriber

        return AssemblyAITranscriber(
            api_key=settings.assemblyai_api_key,
            base_url=settings.assemblyai_base_url,
            model=settings.assemblyai_model,
        )

    thread = ThreadPoolExecutor(1, thread_name_prefix="voice-loader")
    speech = Late("assemblyai", open_transcriber, thread)
    return speech, Late("anthropic", model_opener(settings), thread)


def voice_repositories(
    settings: Settings, store: "StateStore", clock: "Clock"
) -> "Callable[[str], RepositoryWork]":
    """Makes what works on the repository of a user, by their id; they share what was read."""

    @cache
    def shared_by_all() -> "tuple[Repositories, RepositoryMemory]":
        from shared.services.connections import Repositories
        from shared.services.voice_repository_memory import RepositoryMemory
        from shared.wiring_parts import deployment_of, repository_opener, secrets_of

        repositories = Repositories(
            deployment_of(settings), secrets_of(settings, clock), repository_opener(settings)
        )
        return repositories, RepositoryMemory()

    def make(uid: str) -> "RepositoryWork":
        from shared.services.voice_repository import VoiceRepository

        repositories, memory = shared_by_all()
        return VoiceRepository(store, clock, repositories, uid, memory)

    return make
