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


CompletionPart: TypeAlias = str | CompletionEnd
"""A piece of text, or the end."""
