"""How a command can fail, as its speaker is told."""

from typing import Final

from shared.errors import NexusError, RateLimited, UpstreamRejected, UpstreamTimeout
from shared.voice.records import Failure
from shared.voice.repository import Moved, Rejected, UndoRefused

_SHOWN_CHARS: Final = 2000

MALFORMED: Final = Failure(
    code="model_malformed",
    message="The model answered twice in a form that cannot be used. Try again, or say it anew.",
    retryable=True,
)
LENGTH: Final = Failure(
    code="model_malformed",
    message="The answer was longer than one command may make. Ask for less at once.",
    retryable=True,
)
REFUSED: Final = Failure(
    code="model_refused",
    message="The model declined this command. Say it in another way.",
    retryable=False,
)
TIMEOUT: Final = Failure(
    code="model_timeout",
    message="The model took too long. Your words are kept: retry.",
    retryable=True,
)
OVER_QUOTA: Final = Failure(
    code="quota_exceeded",
    message="Today's commands are used up. Your words are kept: retry after midnight UTC.",
    retryable=True,
)
NO_STORE: Final = Failure(
    code="store_unavailable",
    message="The command could not be stored and was not carried out. Say it again.",
    retryable=True,
)
MOVED: Final = Failure(
    code="internal",
    message="The session goes on over another connection; look there, or say it again.",
    retryable=True,
)
STALLED: Final = Failure(
    code="store_unavailable",
    message="The store does not answer. Your words are held and stored when it is back.",
    retryable=True,
)


EDIT_CONFLICT: Final = Failure(
    code="edit_conflict",
    message="The file was changed by somebody else while this was written. Retry.",
    retryable=True,
)


def of_repository(error: NexusError) -> Failure:
    """What a failed look, change or undo means for the command."""
    if isinstance(error, UndoRefused):
        shown = "\n".join(change.diff for change in error.changes)[:_SHOWN_CHARS]
        message = f"{error.detail}\n{shown}".strip()
        return Failure(code="edit_conflict", message=message, retryable=False)
    if isinstance(error, Rejected):
        message = f"The change cannot be made: {error.detail}"
        return Failure(code="edit_rejected", message=message, retryable=True)
    if isinstance(error, Moved):
        return EDIT_CONFLICT
    then = "retry" if error.retryable else "retry when that is mended"
    return Failure(
        code="repository_unavailable",
        message=f"The repository cannot be used now. {error.detail} Your words are kept: {then}.",
        retryable=error.retryable,
    )


def of_model(error: NexusError) -> Failure:
    """What a failed request to the model means for the command."""
    if isinstance(error, UpstreamTimeout):
        return TIMEOUT
    if isinstance(error, RateLimited):
        message = f"The model is at its limit; retry in {error.retry_after_s:.0f} s."
        return Failure(code="model_unavailable", message=message, retryable=True)
    if isinstance(error, UpstreamRejected):
        return Failure(code="model_unavailable", message=error.detail, retryable=False)
    message = "The model does not answer now. Your words are kept: retry."
    return Failure(code="model_unavailable", message=message, retryable=error.retryable)
