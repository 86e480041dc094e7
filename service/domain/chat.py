"""What is said to a model and what comes back."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from service.domain.answer import Finish, PromptUsed, Usage


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Messages to complete and the bounds within which to do it."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    prompt: PromptUsed | None = None


@dataclass(frozen=True, slots=True)
class CompletionEnd:
    """How a completion ended: always the last item of a stream."""

    finish: Finish
    usage: Usage
    model: str
    cached: bool = False
    """It was kept from an equal request: no call was made, and `usage` is nothing."""


@dataclass(frozen=True, slots=True)
class Restart:
    """What came before is void: that model failed, and another begins when the next part is asked for."""


CompletionPart: TypeAlias = str | Restart | CompletionEnd
"""A piece of text, a new beginning, or the end."""
