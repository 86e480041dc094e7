"""Language models through litellm, any provider: the one door to it.

litellm makes broken streams look whole (a clean close becomes `finish_reason="stop"`, a page of HTML with
200 an empty reply), retries by itself, waits for hours and repeats the provider's words in its errors. Behind
this door a reply without the provider's own finish reason is an error, nothing is retried, every wait has an
end, and no message of a provider gets out.
"""

import asyncio
import importlib
import logging
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from service.domain.answer import Finish, Usage
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart
from service.domain.errors import (
    ModelMisbehaved,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    RateLimited,
    ServiceError,
    TimedOut,
)

CHARS_PER_TOKEN: Final = 16
"""A reply of more characters than this for each token that was allowed is cut off."""
_MAX_RETRY_AFTER_S: Final = 3_600.0

ERRORS: Final[Mapping[str, tuple[type[ServiceError], str]]] = {
    "APIConnectionError": (ModelUnavailable, "the model could not be reached"),
    "APIError": (ModelUnavailable, "the model's provider failed"),
    "APIResponseValidationError": (ModelMisbehaved, "the model's provider sent no valid reply"),
    "AuthenticationError": (ModelRejected, "the provider refuses the key"),
    "BadGatewayError": (ModelUnavailable, "the model's provider failed"),
    "BadRequestError": (ModelRejected, "the provider refuses the model's name or parameters"),
    "BlockedPiiEntityError": (ModelRefused, "the model's provider would not answer"),
    "BudgetExceededError": (RateLimited, "the provider's budget is spent"),
    "ContentPolicyViolationError": (ModelRefused, "the model's provider would not answer"),
    "ContextWindowExceededError": (ModelRefused, "the evidence is too long for the model"),
    "GuardrailRaisedException": (ModelRefused, "the model's provider would not answer"),
    "ImageFetchError": (ModelRejected, "the provider refuses the model's parameters"),
    "InternalServerError": (ModelUnavailable, "the model's provider failed"),
    "InvalidRequestError": (ModelRejected, "the provider refuses the model's name or parameters"),
    "JSONSchemaValidationError": (ModelMisbehaved, "the model's provider sent no valid reply"),
    "LiteLLMUnknownProvider": (ModelRejected, "no provider is known by that name"),
    "MidStreamFallbackError": (ModelUnavailable, "the model's reply broke off"),
    "MockException": (ModelUnavailable, "the model's provider failed"),
    "ModelNotMappedError": (ModelRejected, "the model is not known"),
    "ModifyResponseException": (ModelRefused, "the model's provider would not answer"),
    "NotFoundError": (ModelRejected, "the provider has no model by that name"),
    "OpenAIError": (ModelUnavailable, "the model's provider failed"),
    "PaymentRequiredError": (ModelRejected, "the provider asks for payment"),
    "PermissionDeniedError": (ModelRejected, "the key may not use this model"),
    "RateLimitError": (RateLimited, "the model's provider asks to wait"),
    "RejectedRequestError": (ModelRefused, "the model's provider would not answer"),
    "RouterRateLimitError": (RateLimited, "the model's provider asks to wait"),
    "RouterRateLimitErrorBasic": (RateLimited, "the model's provider asks to wait"),
    "SensitiveDataRouteException": (ModelRefused, "the model's provider would not answer"),
    "ServiceUnavailableError": (ModelUnavailable, "the model's provider is unavailable"),
    "Timeout": (TimedOut, "the model did not answer in time"),
    "ToolLoopMaxRoundsExceeded": (ModelMisbehaved, "the model asked for tools that it does not have"),
    "UnprocessableEntityError": (ModelRejected, "the provider refuses the model's parameters"),
    "UnsupportedParamsError": (ModelRejected, "the provider refuses the model's parameters"),
    "VectorStoreSearchError": (ModelRejected, "the provider refuses the model's parameters"),
}
"""What each exception that litellm exports means here; a test walks its exports."""

_UNTYPED: Final = frozenset({"APIError", "APIConnectionError", "InternalServerError"})
"""Classes that litellm raises for statuses that it has no class for."""
_NO_CONNECTION: Final = frozenset({"ConnectError", "ConnectTimeout", "ClientConnectorError"})
_MAX_CAUSES: Final = 12
_REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 405, 410, 413, 414, 415, 422})
_FINISHES: Final[Mapping[str, Finish]] = {
    "stop": "stop",
    "length": "length",
    "eos": "stop",
    "end_turn": "stop",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a model call may take, in seconds."""

    first_s: float = 20.0
    gap_s: float = 15.0
    total_s: float = 60.0


@dataclass(slots=True, eq=False)
class LitellmChat:
    """A chat model by its litellm name.

    Args:
        model: Its litellm name, such as `openai/gpt-4.1-mini` or `ollama/llama3.2`. A bare name with an
            `api_base` is one of an OpenAI-compatible server.
        api_base: The server's address, where it is not the provider's own.
        api_key: The key; without one litellm looks at the provider's usual variable.
        extra: Passed through to the call, winning over Byline's own values; `{"stream": false}` asks for the
            reply in one piece, for servers that cannot stream.
        patience: Its deadlines.
        shown: The name in answers and metrics, where it is not `model`.
        free: Whether its calls cost nothing, as those of a model on this machine.
    """

    model: str
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict)
    patience: Patience = Patience()
    shown: str | None = None
    free: bool = False
    _plain: bool = False
    """Set once a server was seen to answer a request for a stream in one piece."""

    @property
    def name(self) -> str:
        """The model as the settings name it."""
        return self.shown or self.model

    async def open(self) -> None:
        """Import the library, so that the first question need not wait for it."""
        await _litellm()

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """What so many tokens cost in US dollars; None where litellm knows no price of the model."""
        if self.free:
            return 0.0
        litellm = await _litellm()
        try:
            parts = litellm.cost_per_token(
                model=self.model, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens
            )
        except Exception:  # noqa: BLE001 - litellm raises bare Exceptions for models it does not know
            return None
        return float(sum(parts))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        """Text as it comes and one end.

        Raises:
            ModelUnavailable: It could not be reached, failed or broke off; TimedOut, RateLimited.
            ModelRefused: It, or its provider's filter, would not answer.
            ModelMisbehaved: Its reply is empty or no reply.
            ModelRejected: The provider refuses the name, the key or the parameters.
        """
        litellm = await _litellm()
        deadline = asyncio.get_running_loop().time() + self.patience.total_s
        wanted = self._arguments(request)
        if not self._plain and self.extra.get("stream", True):
            seen = False
            async with aclosing(self._streamed(litellm, request, wanted, deadline)) as parts:
                async for part in parts:
                    seen = True
                    yield part
            if seen:
                return
            # Nothing came, and no finish: a server that cannot stream, or a page that is no reply. Asked
            # once more in one piece, the first answers, and the second is found out.
        try:
            whole = await self._whole(litellm, request, wanted, deadline)
        except ModelUnavailable as error:
            if isinstance(error, TimedOut | RateLimited) or not self.extra.get("stream", True):
                raise
            raise ModelMisbehaved("the model's provider sent no valid reply") from None
        for part in whole:
            yield part
        self._plain = True

    async def _streamed(
        self, litellm: Any, request: ChatRequest, wanted: Mapping[str, Any], deadline: float
    ) -> AsyncGenerator[CompletionPart]:
        """Pieces of a streamed reply and its end; nothing where the reply has neither text nor finish."""
        usage, chars, finish = None, 0, None
        most = request.max_tokens * CHARS_PER_TOKEN
        # No timeout may span a yield: it would strike the caller's own code. So each wait has its own.
        async with _within(deadline, self.patience.first_s):
            reply = await litellm.acompletion(**wanted, stream=True)
        try:
            pieces = aiter(reply)
            while True:
                async with _within(deadline, self.patience.gap_s if chars else self.patience.first_s):
                    chunk = await anext(pieces, None)
                if chunk is None:
                    break
                usage = getattr(chunk, "usage", None) or usage
                text = _text(chunk, "delta")[: most - chars]
                if text:
                    chars += len(text)
                    yield text
                if chars >= most:
                    finish = "length"
                    break
            # litellm invents a finish reason where the provider gave none; these hold what really came.
            finish = finish or reply.received_finish_reason or reply.intermittent_finish_reason
        finally:
            await reply.aclose()
        if finish is not None or chars:
            yield await self._end(finish, usage, empty=not chars)

    async def _whole(
        self, litellm: Any, request: ChatRequest, wanted: Mapping[str, Any], deadline: float
    ) -> tuple[CompletionPart, ...]:
        plain = {name: value for name, value in wanted.items() if name not in {"stream", "stream_options"}}
        async with _within(deadline, self.patience.total_s):
            reply = await litellm.acompletion(**plain, stream=False)
        text = _text(reply, "message")[: request.max_tokens * CHARS_PER_TOKEN]
        choices = getattr(reply, "choices", None) or [None]
        finish = getattr(choices[0], "finish_reason", None)
        end = await self._end(finish, getattr(reply, "usage", None), empty=not text.strip())
        return text, end

    async def _end(self, finish: str | None, usage: Any, *, empty: bool) -> CompletionEnd:
        if finish == "content_filter":
            raise ModelRefused("the model's provider would not answer")
        if finish is None:
            raise ModelUnavailable("the model's reply broke off")
        if empty or finish not in _FINISHES:
            raise ModelMisbehaved("the model's reply has no text")
        prompt_tokens = int(getattr(usage, "prompt_tokens", 0) or 0)
        completion_tokens = int(getattr(usage, "completion_tokens", 0) or 0)
        cost = await self.price(prompt_tokens, completion_tokens)
        return CompletionEnd(_FINISHES[finish], Usage(prompt_tokens, completion_tokens, cost), self.name)

    def _arguments(self, request: ChatRequest) -> dict[str, Any]:
        bare = self.api_base is not None and "/" not in self.model
        own: dict[str, Any] = {
            "model": f"openai/{self.model}" if bare else self.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stream_options": {"include_usage": True},
            "drop_params": True,
            "timeout": self.patience.total_s,
        }
        if self.api_base is not None:
            own["api_base"] = self.api_base
        if self.api_key is not None:
            own["api_key"] = self.api_key
        elif self.api_base is not None and not os.environ.get("OPENAI_API_KEY"):
            own["api_key"] = "none"  # the openai client will not start without one
        # Retries are Byline's (`pipelines/model_calls.py`): litellm's and the SDK's multiply each other.
        extra = {name: value for name, value in self.extra.items() if name != "stream"}
        return {**own, **extra, "max_retries": 0, "num_retries": 0}

    async def close(self) -> None:
        """Close the connections that litellm keeps for this process."""
        litellm = await _litellm()
        for client in list(litellm.in_memory_llm_clients_cache.cache_dict.values()):
            for closing in ("aclose", "close"):
                if hasattr(client, closing):
                    outcome = getattr(client, closing)()
                    if asyncio.iscoroutine(outcome):
                        await outcome
                    break
        litellm.in_memory_llm_clients_cache.cache_dict.clear()
        await litellm.close_litellm_async_clients()


def _text(reply: Any, part: str) -> str:
    """The text of a chunk or reply of whatever shape; "" where it has none."""
    choices = getattr(reply, "choices", None) or [None]
    content = getattr(getattr(choices[0], part, None), "content", None)
    return content if isinstance(content, str) else ""


@asynccontextmanager
async def _within(deadline: float, seconds: float) -> AsyncIterator[None]:
    """Wait so long at most, and turn whatever litellm raises into an error without the provider's words."""
    now = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(min(deadline, now + seconds)):
            yield
    except ServiceError:
        raise
    except Exception as error:  # noqa: BLE001 - some of litellm's exceptions derive from nothing else
        raise translate(error) from None


def _unreached(error: BaseException | None) -> bool:
    """Whether no connection came about: litellm calls a refused one an internal error of the server."""
    for _ in range(_MAX_CAUSES):
        if error is None:
            return False
        if isinstance(error, ConnectionRefusedError) or type(error).__name__ in _NO_CONNECTION:
            return True
        error = error.__cause__ or error.__context__
    return False


def translate(error: Exception) -> ServiceError:
    """What an exception of litellm, or of what it stands on, means here.

    A reply that broke off wraps what broke it; what is not in the table is an unavailable model.
    """
    original = getattr(error, "original_exception", None)
    if type(error).__name__ == "MidStreamFallbackError" and isinstance(original, Exception):
        found = translate(original)
        return (
            found
            if isinstance(found, TimedOut | RateLimited)
            else ModelUnavailable("the model's reply broke off")
        )
    if isinstance(error, TimeoutError):
        return TimedOut("the model did not answer in time")
    status = getattr(error, "status_code", None)
    if type(error).__name__ in _UNTYPED and status in _REFUSALS:
        return ModelRejected("the provider refuses the request")
    if type(error).__name__ in _UNTYPED and _unreached(error):
        return ModelUnavailable(ERRORS["APIConnectionError"][1])
    for cls in type(error).__mro__:
        if cls.__name__ in ERRORS:
            kind, detail = ERRORS[cls.__name__]
            wait = _retry_after(error) if issubclass(kind, RateLimited) else None
            return kind(detail, retry_after_s=wait)
    return ModelUnavailable("the model could not be reached")


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        seconds = float(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        return None
    return min(seconds, _MAX_RETRY_AFTER_S) if seconds >= 0 else None


async def _litellm() -> Any:
    """The library, imported off the event loop: its import takes seconds."""
    return _imported() if _READY.is_set() else await asyncio.to_thread(_imported)


_READY: Final = threading.Event()


@cache
def _imported() -> Any:
    # Set before its import, or it asks the network for prices.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_LOG", "CRITICAL")
    litellm: Any = importlib.import_module("litellm")
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.disable_streaming_logging = True
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    _READY.set()
    return litellm
