"""`byline check` makes one call of the model and says what is wrong."""

import pytest
from pydantic import SecretStr

from service import bootstrap
from service.settings import Chat, Settings
from tests.fakes.openai_server import Fault, provider


@pytest.fixture(autouse=True)
def _no_embedder(monkeypatch):
    def none(_: Settings) -> None:
        raise RuntimeError

    monkeypatch.setattr(bootstrap, "_embedder", none)


async def checked(tmp_path, fault: Fault | None, reply: str = "ready") -> tuple[tuple[str, str], int]:
    async with provider(reply, fault) as server:
        chat = Chat(model="openai/scripted", api_base=server.base, api_key=SecretStr("sk-MINE"))
        found = await bootstrap.check_settings(Settings(data_dir=tmp_path, chat=chat))
        return found["model"], len(server.calls)


async def test_a_model_that_answers_is_called_once(tmp_path):
    (status, line), calls = await checked(tmp_path, None)
    assert (status, calls) == ("ok", 1)
    assert "openai/scripted" in line


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault("status", 401), "refuses the key; BYLINE_CHAT__API_KEY"),
        (Fault("status", 404), "no model by that name; BYLINE_CHAT__MODEL"),
        (Fault("refused"), "nothing listens at BYLINE_CHAT__API_BASE"),
    ],
)
async def test_a_model_that_cannot_answer_fails_the_check_in_plain_words(tmp_path, fault, says):
    (status, line), calls = await checked(tmp_path, fault)
    assert status == "failed"
    assert says in line
    assert calls <= 1
    assert "sk-" not in line


async def test_without_a_model_none_is_called(tmp_path):
    assert "model" not in await bootstrap.check_settings(Settings(data_dir=tmp_path))
