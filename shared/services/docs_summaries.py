"""Sentences by the model for what nobody documented."""

from collections.abc import Generator
from typing import Final, Protocol

from shared.code.docs_prompt import body_digest, read_summaries, summary_request, wanted
from shared.code.guarded_paths import is_secret
from shared.errors import NexusError
from shared.ports.model import ModelRequest
from shared.services.docs_reading import SourceFile
from shared.services.docs_store import Record
from shared.services.model_calls import ModelAnswer
from shared.text.secrets_scan import for_model

_FAILED: Final = "The model could not be asked for summaries."
_SECRET: Final = "It holds a private key or secrets: the model was not asked for summaries."
_REFUSED: Final = "The model gave no summary that could be used."


class Asker(Protocol):
    """What asks the model; see `ModelCalls`."""

    def ask(self, request: ModelRequest) -> Generator[int, None, ModelAnswer]:
        """Yield from time to time, return the answer."""


class Summarizer:
    """Asks once for each file. `found`: path → section → sentence; `warnings`: path → text."""

    def __init__(self, model: Asker) -> None:
        self.found: dict[str, dict[str, str]] = {}
        self.warnings: dict[str, str] = {}
        self._model = model

    def ask(self, file: SourceFile, record: Record | None) -> Generator[int, None, None]:
        """Ask for the sentences that are missing; without any, nothing is asked.

        The lines with secrets are left out. A model that does not answer is told in a warning, and
        so is a file that it may not see at all: the page is written without.
        """
        known = {
            section.key: said
            for section in file.sections
            if record and section.key in record.summaries
            for digest, said in [record.summaries[section.key]]
            if digest == body_digest(section, file.lines)
        }
        sections = wanted(file.sections, known)
        path = file.module.path
        if not sections or path in self.found:
            return
        shown = None if is_secret(path) else for_model("\n".join(file.lines))
        if shown is None:
            self.warnings[path] = _SECRET
            return
        request = summary_request(path, file.module.language, sections, shown.split("\n"))
        try:
            answer = yield from self._model.ask(request)
        except NexusError:
            self.warnings[path] = _FAILED
            return
        self.found[path] = read_summaries(answer.text, sections)
        if not self.found[path]:
            self.warnings[path] = _REFUSED
