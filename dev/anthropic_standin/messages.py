"""What a body of `POST /v1/messages` may hold, checked as the vendor checks it.

The rules are those of https://platform.claude.com/docs/en/api/messages and of the migration
guides of the newer models.
"""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dev.anthropic_standin.catalogue import MODELS, Model
from dev.anthropic_standin.errors import VendorError

Block = dict[str, Any]


class Turn(BaseModel):
    """One message; `content` is text or a list of content blocks."""

    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class CountRequest(BaseModel):
    """What both endpoints share: everything that makes up the prompt."""

    model_config = ConfigDict(extra="forbid")
    model: str
    messages: list[Turn] = Field(min_length=1)
    system: str | list[Block] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: dict[str, Any] | None = None
    thinking: dict[str, Any] | None = None
    cache_control: dict[str, Any] | None = None
    output_config: dict[str, Any] | None = None


class MessageRequest(CountRequest):
    """A whole message request; `max_tokens` 0 only warms the prompt cache."""

    max_tokens: int = Field(ge=0)
    stream: bool = False
    stop_sequences: list[str] | None = None
    temperature: float | None = Field(default=None, ge=0, le=1)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    metadata: dict[str, Any] | None = None
    service_tier: str | None = None
    container: Any = None
    diagnostics: Any = None
    inference_geo: str | None = None
    speed: str | None = None


R = TypeVar("R", bound=CountRequest)


def block_text(content: str | list[Block] | None) -> str:
    """Join the text of a content value; blocks that are not text are left out."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(str(b.get("text", "")) for b in content if b.get("type") == "text")


def parse_message_request(body: Any) -> MessageRequest:
    """Validate a decoded body; raises VendorError 400 or 404 with the vendor's wording."""
    request = _validated(MessageRequest, body)
    model = _known_model(request.model)
    if request.max_tokens > model.max_output_tokens:
        raise _invalid(
            f"max_tokens: {request.max_tokens} > {model.max_output_tokens}, which is the "
            f"maximum allowed number of output tokens for {model.id}"
        )
    _check_content(request)
    _check_model_rules(request, model)
    _check_tools(request, model)
    return request


def parse_count_request(body: Any) -> CountRequest:
    """Validate a body of `/v1/messages/count_tokens`; raises VendorError 400 or 404."""
    request = _validated(CountRequest, body)
    _known_model(request.model)
    _check_content(request)
    return request


def _validated(shape: type[R], body: Any) -> R:
    try:
        return shape.model_validate(body, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise _invalid(f"{where}: {first['msg']}") from error


def _known_model(name: str) -> Model:
    if name not in MODELS:
        raise VendorError("not_found_error", f"model: {name}")
    return MODELS[name]


def _invalid(message: str) -> VendorError:
    return VendorError("invalid_request_error", message)


def _check_content(request: CountRequest) -> None:
    if request.messages[0].role == "assistant":
        raise _invalid('messages: first message must use the "user" role')
    for index, turn in enumerate(request.messages):
        if turn.content in ("", []):
            raise _invalid(f"messages.{index}: content must be non-empty")
        blocks = turn.content if isinstance(turn.content, list) else []
        for place, block in enumerate(blocks):
            if "type" not in block:
                raise _invalid(f"messages.{index}.content.{place}.type: Field required")
            if block["type"] == "text" and not block.get("text"):
                raise _invalid("messages: text content blocks must be non-empty")


def _check_model_rules(request: MessageRequest, model: Model) -> None:
    if not model.modern:
        return
    # Newer models accept only the default of every sampling parameter.
    for field, default in (("temperature", 1.0), ("top_p", 1.0), ("top_k", 0)):
        value = getattr(request, field)
        if value is not None and value != default:
            raise _invalid(f"{field}: {model.id} only supports the default value; omit `{field}`")
    if request.messages[-1].role == "assistant":
        raise _invalid(
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )
    thinking = (request.thinking or {}).get("type")
    if thinking == "disabled" and not model.thinking_off:
        raise _invalid(f'thinking.type: "disabled" is not supported by {model.id}')


def _check_tools(request: MessageRequest, model: Model) -> None:
    choice = (request.tool_choice or {}).get("type", "auto")
    names = [tool.get("name") for tool in request.tools or []]
    if request.tool_choice and not names and choice != "none":
        raise _invalid("tool_choice may only be specified while providing tools")
    if choice in ("any", "tool") and not model.forced_tools:
        raise _invalid(f'tool_choice: forcing a tool is not supported by {model.id}; use "auto"')
    if choice == "tool" and (request.tool_choice or {}).get("name") not in names:
        raise _invalid("tool_choice: the named tool is not among the tools of the request")
    form = (request.output_config or {}).get("format")
    if form and (form.get("type") != "json_schema" or "schema" not in form):
        raise _invalid("output_config.format: a json_schema with a `schema` is required")
