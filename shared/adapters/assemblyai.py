"""Live transcription by AssemblyAI's streaming API, version 3.

Wire protocol: https://www.assemblyai.com/docs/speech-to-text/universal-streaming
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from shared.adapters.assemblyai_protocol import SERVICE, failure, usable_keyterms
from shared.errors import UpstreamRejected, UpstreamTimeout, UpstreamUnavailable
from shared.ports.speech import SpeechConfig, SpeechEvent, SpeechStream

if TYPE_CHECKING:
    from assemblyai.streaming.v3 import StreamingParameters

_VENDOR_HOST = "streaming.assemblyai.com"
_OPEN_WITHIN_S = 3.4
_PROBE_WITHIN_S = 5.0
_LONGEST_CONTEXT = 1750  # characters
_INACTIVITY_S = 60
_PATIENT_SILENCE_MS = 1280


class AssemblyAITranscriber:
    """Opens streams to AssemblyAI; the port is `shared.ports.speech.Transcriber`.

    `base_url`: scheme and host of another server that speaks the protocol (`ws://127.0.0.1:1`),
    "" for the vendor. `model`: one of the vendor's streaming models.
    """

    def __init__(self, *, api_key: str, base_url: str, model: str) -> None:
        # The SDK takes 0.7 s to import: at the start, not at the first stream.
        from shared.adapters import assemblyai_client, assemblyai_stream

        self._key = api_key
        self._host = base_url.rstrip("/") or f"wss://{_VENDOR_HOST}"
        self._model = model
        plain = self._host.startswith("ws://")
        self._tls = None if plain else assemblyai_client.tls_context()
        self._open_stream = partial(assemblyai_stream.open_stream, host=self._host, api_key=api_key)

    async def open(
        self, config: SpeechConfig, on_event: Callable[[SpeechEvent], None]
    ) -> SpeechStream:
        """Open a stream, see the port; returns once the vendor has confirmed the configuration."""
        parameters = streaming_parameters(self._model, config)
        try:
            async with asyncio.timeout(_OPEN_WITHIN_S):
                return await self._open_stream(parameters=parameters, on_event=on_event)
        except TimeoutError as exc:
            raise UpstreamTimeout(
                f"AssemblyAI did not begin a session within {_OPEN_WITHIN_S} s.", SERVICE
            ) from exc

    async def probe(self) -> None:
        """Ask for a temporary token, which is free; see the port."""
        scheme = "http" if self._tls is None else "https"
        url = f"{scheme}://{urlsplit(self._host).netloc}/v3/token"
        try:
            async with httpx.AsyncClient(
                verify=self._tls or False, timeout=_PROBE_WITHIN_S
            ) as client:
                answer = await client.get(
                    url, params={"expires_in_seconds": 60}, headers={"Authorization": self._key}
                )
        except httpx.TimeoutException as exc:
            raise UpstreamTimeout("AssemblyAI did not answer in time.", SERVICE) from exc
        except httpx.TransportError as exc:
            raise UpstreamUnavailable("AssemblyAI cannot be reached.", SERVICE) from exc
        if not answer.is_success:
            raise failure(answer.status_code)


def streaming_parameters(model: str, config: SpeechConfig) -> "StreamingParameters":
    """What the vendor is asked for.

    `min_latency` for everybody, because its partials come half a second before those of
    `balanced`; a patient listener gets the pause that `balanced` grants before a turn ends.
    The rest is ignored by models other than Universal-3.

    Raises:
        UpstreamRejected: the SDK does not know the model.
    """
    from assemblyai.streaming.v3 import SpeechModel, StreamingParameters

    if model not in set(map(str, SpeechModel)):
        raise UpstreamRejected(
            f"AssemblyAI has no streaming model {model!r}: correct ASSEMBLYAI_MODEL.", SERVICE
        )
    return StreamingParameters.model_validate(
        {
            "encoding": "pcm_s16le",
            "sample_rate": config.sample_rate_hz,
            "speech_model": model,
            "mode": "min_latency",
            "max_turn_silence": _PATIENT_SILENCE_MS if config.patient else None,
            "language_codes": [config.language],
            "keyterms_prompt": usable_keyterms(config.keyterms) or None,
            "agent_context": config.context[-_LONGEST_CONTEXT:] or None,
            "session_heartbeat": True,
            "inactivity_timeout": _INACTIVITY_S,
        }
    )
