"""litellm's exceptions, and what becomes of them."""

import inspect

import pytest

from service.adapters import litellm_chat
from service.adapters.litellm_chat import ERRORS, LitellmChat, translate
from service.domain.chat import ChatRequest, Message
from service.domain.errors import ModelUnavailable, RateLimited, ServiceError, TimedOut

litellm = litellm_chat._imported()


def exported() -> set[str]:
    return {
        name
        for module in (litellm, litellm.exceptions)
        for name, value in inspect.getmembers(module)
        if inspect.isclass(value)
        and issubclass(value, BaseException)
        and value.__module__.startswith(("litellm", "openai"))
    }


def test_every_exception_that_litellm_exports_is_mapped():
    assert exported() - ERRORS.keys() == set()


def test_nothing_is_mapped_that_litellm_no_longer_has():
    assert ERRORS.keys() - exported() == set()


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_no_detail_of_ours_holds_the_providers_words(name):
    kind, detail = ERRORS[name]
    assert issubclass(kind, ServiceError)
    assert "sk-" not in detail


def test_what_is_not_known_is_an_unavailable_model_without_its_message():
    found = translate(RuntimeError("secret sk-123"))
    assert type(found) is ModelUnavailable
    assert "secret" not in found.detail


def test_a_broken_stream_keeps_why_it_broke():
    slow = litellm.Timeout(message="x", model="m", llm_provider="openai")
    broken = litellm.exceptions.MidStreamFallbackError("x", "m", "openai", original_exception=slow)
    assert isinstance(translate(broken), TimedOut)
    limited = litellm.RateLimitError(message="x", llm_provider="openai", model="m")
    assert isinstance(translate(limited), RateLimited)


def test_own_values_give_way_to_the_callers_and_retries_never():
    chat = LitellmChat(
        "m", api_base="http://127.0.0.1:1", extra={"temperature": 0.7, "max_retries": 9, "stop": ["x"]}
    )
    made = chat._arguments(ChatRequest((Message("user", "q"),), 50))
    assert made["model"] == "openai/m"
    assert (made["temperature"], made["stop"], made["max_tokens"]) == (0.7, ["x"], 50)
    assert (made["max_retries"], made["num_retries"]) == (0, 0)


def test_a_key_is_not_in_its_representation():
    assert "sk-1" not in repr(LitellmChat("m", api_key="sk-1"))


async def test_prices_of_known_models_are_known_and_others_are_not():
    price = await LitellmChat("gpt-4o-mini").price(1_000_000, 0)
    assert price == pytest.approx(0.15)
    assert await LitellmChat("openai/nobody-knows").price(1, 1) is None
