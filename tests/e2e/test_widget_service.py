"""The widget on a publisher's page, asking the real service: site key, origin, stream, stored text, feedback."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

from service.settings import Embedding, Http, Settings
from tests.api.conftest import ARTICLES
from tests.e2e.conftest import Chat, Where
from tests.serving import Served, serve

pytestmark = pytest.mark.browser
KEY = "key-0123456789abcdef"
QUESTION = "What did Tomas Brell say about the roster?"
HOSTILE = {
    "id": "hostile",
    "headline": "<img src=x onerror=window.owned=1> Glass harp maker speaks",
    "text": (
        "Odalys Quennell, who builds glass harps, said <script>window.owned=1</script> that "
        "[the workshop](javascript:window.owned=1) would reopen in Vessamar in October."
    ),
    "source": "<b>Vessamar Courier</b>",
    "url": "https://vessamar.example/harp",
    "published_at": "2026-03-01T08:00:00Z",
}


@pytest.fixture(scope="module")
def real(tmp_path_factory, embedder, publisher) -> Iterator[Served]:
    """A service with keys, which the publisher's page may ask with its site key."""
    settings = Settings.load(
        data_dir=tmp_path_factory.mktemp("real"),
        embedding=Embedding(dtype="float32", threads=2),
        http=Http(
            api_keys=(SecretStr(KEY),), site_keys=("pk_site",), allowed_origins=(publisher[1].upper() + "/",)
        ),
    )
    with serve(settings, embedder) as running:
        running.client.headers["Authorization"] = f"Bearer {KEY}"
        assert running.client.post("/articles", json=[*ARTICLES, HOSTILE]).status_code == 200
        yield running


@pytest.fixture
def live(context, real: Served, publisher) -> Iterator[Chat]:
    host, url = publisher
    held = Chat(context.new_page(), Where(f"http://127.0.0.1:{real.port}"), host, url)  # type: ignore[arg-type] # its address
    yield held
    assert held.violations == []


def ask(chat: Chat, question: str) -> None:
    chat.ask(question)
    chat.find(".turn:last-child .foot > *").first.wait_for(timeout=30_000)
    chat.settle()


def test_a_question_is_answered_with_the_very_words_of_a_stored_article(live, real):
    live.open('data-site-key="pk_site"')
    ask(live, QUESTION)
    expect(live.find(".text")).to_contain_text("the new roster for night shifts had been withdrawn")
    live.find(".chip").first.click()
    quoted = live.find(".card mark").inner_text()
    assert quoted in real.client.get("/articles/harbour").json()["text"]
    with live.page.context.expect_page() as opened:
        live.find(".card .links a").last.click()
    expect(opened.value.locator("mark")).to_have_text(quoted)


def test_what_no_article_says_is_an_abstention(live):
    live.open('data-site-key="pk_site"')
    ask(live, "Who painted the ceiling of the Zanthir observatory?")
    expect(live.find(".none")).to_contain_text("Our articles do not answer this.")
    expect(live.find(".chip")).to_have_count(0)


@pytest.mark.parametrize(
    ("key", "words"), [("", "not accepted"), ('data-site-key="pk_other"', "not accepted")]
)
def test_a_page_without_a_right_site_key_is_refused(live, key, words):
    live.open(key)
    live.ask(QUESTION)
    expect(live.find("[role=alert]")).to_contain_text(words)


def test_feedback_reaches_the_answer_and_a_correction_is_seen_when_the_page_is_opened_again(live, real):
    live.open('data-site-key="pk_site"')
    ask(live, "How long will the Kestrel Bridge close?")
    live.find(".actions button").first.click()
    expect(live.find("[role=status]")).to_have_text("Thank you.")
    newest = real.run(real.pipelines.answers.candidates(limit=1))[0]
    assert newest.kept.question == "How long will the Kestrel Bridge close?"
    assert newest.feedback[-1].value == "good"
    bridge = next(article for article in ARTICLES if article["id"] == "bridge")
    changed = bridge | {"text": bridge["text"].replace("eleven weeks", "twelve weeks")}
    try:
        assert real.client.post("/articles", json=changed).status_code == 200
        live.page.reload()
        live.do("await chat.open()")
        expect(live.find(".foot")).to_contain_text("Revised since")
        assert real.client.post("/articles/bridge/retract", json={}).status_code == 200
        live.page.reload()
        live.do("await chat.open()")
        expect(live.find(".foot")).to_contain_text("Retracted since")
    finally:
        real.client.delete("/articles/bridge")
        real.client.post("/articles", json=bridge)


def test_a_hostile_article_does_nothing(live):
    live.open('data-site-key="pk_site"')
    ask(live, "What did Odalys Quennell say about the workshop in Vessamar?")
    expect(live.find(".chip").first).to_be_visible()
    assert "<script>window.owned=1</script>" in live.find(".said").first.inner_text()
    live.find(".chip").first.click()
    assert live.do("return window.owned") is None
    assert live.do("return root.querySelectorAll('script, img, b b').length") == 0


def test_the_page_of_the_service_itself_asks_with_its_site_key(context, real):
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{real.port}/")
    expect(page.locator(".library")).to_contain_text("articles, from")
    box = page.locator("byline-chat textarea").first
    box.fill(QUESTION)
    box.press("Enter")
    expect(page.locator("byline-chat .text")).to_contain_text("had been withdrawn", timeout=30_000)
    page.reload()
    expect(page.locator("byline-chat .foot")).to_contain_text("Checked again", timeout=10_000)
    assert "BYLINE_HTTP" in page.locator(".embed").inner_text()
