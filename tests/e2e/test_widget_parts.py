"""Parts of the script by themselves, in a browser, against a second implementation or by their rules."""

import json
import random

import pytest
from playwright.sync_api import Page

from service.api.widget import sources

pytestmark = pytest.mark.browser


@pytest.fixture
def page(context) -> Page:
    page: Page = context.new_page()
    page.goto("about:blank")
    for name in ("10-sse.js", "20-text.js"):
        page.add_script_tag(content=sources().joinpath("src", name).read_text("utf-8"))
    return page


def events_of(text: str) -> list[list[str]]:
    """The events of a whole stream, by the HTML standard, read at once."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]
    kind = ""
    found: list[list[str]] = []
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                found.append([kind or "message", "\n".join(data)])
            kind, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            kind = value
        elif field == "data":
            data.append(value)
    return found


def streams(seed: int, count: int) -> list[str]:
    """Streams with every kind of line end, comments, unknown fields, and text of many bytes a character."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    lines = [
        "event: sentence",
        "event:done",
        "data: {}",
        "data:🚢 ü",
        "data",
        "data:  two",
        ": ping",
        "id: 4",
        "x",
        "",
    ]
    made = []
    for _ in range(count):
        text = "\ufeff" if chance.random() < 0.3 else ""
        for _ in range(chance.randint(1, 25)):
            text += chance.choice(lines) + chance.choice(["\n", "\r", "\r\n"])
        made.append(text)
    return made


def test_a_stream_gives_the_same_events_however_its_bytes_are_torn(page):
    texts = streams(7, 400)
    chance = random.Random(8)  # noqa: S311 - a repeatable test
    cases = []
    for text in texts:
        raw = text.encode()
        cuts = sorted(chance.sample(range(len(raw) + 1), k=min(len(raw), chance.randint(0, 12))))
        cases.append([list(raw[a:b]) for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)])
    given = page.evaluate(
        "(cases) => cases.map((pieces) => { const seen = []; const push = eventParser((...event) => seen.push(event));"
        " for (const piece of pieces) push(new Uint8Array(piece)); return seen; })",
        cases,
    )
    assert given == [events_of(text) for text in texts]
    assert sum(map(len, given)) > 250


def test_a_long_event_in_many_pieces_is_read_in_a_moment(page):
    spent = page.evaluate(
        "() => { let n = 0; const push = eventParser(() => n++); const bytes = new TextEncoder().encode('data: ' + 'x'.repeat(2e6) + '\\n\\n');"
        " const start = performance.now(); for (let at = 0; at < bytes.length; at += 16384) push(bytes.subarray(at, at + 16384));"
        " return [n, performance.now() - start]; }"
    )
    assert spent[0] == 1
    assert spent[1] < 2_000


@pytest.mark.parametrize(
    ("quote", "directive"),
    [
        ("Three ports, closed.", "Three%20ports%2C%20closed."),
        ("a-b & c", "a%2Db%20%26%20c"),
        (" ".join("abcdefghijklm"), "a%20b%20c%20d%20e,i%20j%20k%20l%20m"),
        ("two\n lines", "two%20lines"),
        ("مرحبا", "%D9%85%D8%B1%D8%AD%D8%A8%D8%A7"),
    ],
)
def test_a_text_fragment_names_the_quoted_words(page, quote, directive):
    url = page.evaluate("(quote) => fragmentUrl('https://news.example/1', quote)", quote)
    assert url == f"https://news.example/1#:~:text={directive}"


def test_a_text_fragment_stands_behind_a_fragment_of_the_address(page):
    assert (
        page.evaluate("fragmentUrl('https://news.example/1#part', 'x')")
        == "https://news.example/1#part:~:text=x"
    )


def test_a_text_fragment_scrolls_a_page_to_the_quote(context, service, servers):
    _, _, host, publisher = servers
    quote = (
        "The ports of Aldmouth and Wick - both of them, that is - were open again by late Tuesday evening."
    )
    host.pages["article"] = (f"<!doctype html><p>{'Filler. ' * 4_000}</p><p>{quote}</p>", "")
    blank = context.new_page()
    blank.add_script_tag(content=sources().joinpath("src", "20-text.js").read_text("utf-8"))
    url = blank.evaluate("([url, quote]) => fragmentUrl(url, quote)", [f"{publisher.url}/article", quote])
    blank.close()
    page = context.new_page()
    page.goto(url)
    page.wait_for_timeout(700)
    assert page.evaluate("scrollY") > 500


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("one two", [["P", "one two"]]),
        ("one\n\ntwo", [["P", "one"], ["P", "two"]]),
        ("one\ntwo", [["P", "one\ntwo"]]),
        ("- one\n- two", [["UL", "one|two"]]),
        ("intro\n- one\n- two\n\nafter", [["P", "intro"], ["UL", "one|two"], ["P", "after"]]),
        ("5 - 3\n-no item", [["P", "5 - 3\n-no item"]]),
    ],
)
def test_blocks_are_the_same_however_the_text_is_torn(page, text, shape):
    drawn = page.evaluate(
        "([pieces]) => pieces.map((list) => { const root = document.createElement('div'), blocks = new Blocks(root);"
        " for (const piece of list) blocks.add(piece, (part) => part);"
        " return [...root.children].map((node) => [node.tagName, node.tagName === 'UL'"
        " ? [...node.children].map((item) => item.textContent).join('|') : node.textContent]); })",
        [[[text], *torn(text)]],
    )
    assert drawn == [shape] * len(drawn)


def torn(text: str) -> list[list[str]]:
    """The text in two pieces, cut where the service cuts: never within a break."""
    breaks = [at for at in range(1, len(text)) if text[at] == "\n" and text[at - 1] != "\n"]
    return [[text[:at], text[at:]] for at in breaks]


def test_the_parts_of_the_script_stay_in_their_order():
    names = sorted(part.name for part in sources().joinpath("src").iterdir() if part.name.endswith(".js"))
    assert names == [
        "10-sse.js", "20-text.js", "30-stream.js", "40-card.js", "50-turn.js", "60-element.js", "70-boot.js",
    ]  # fmt: skip


def test_every_plural_form_is_one_that_its_language_has(page):
    for item in sources().joinpath("locales").iterdir():
        words = json.loads(item.read_text("utf-8"))
        forms = set(
            page.evaluate(
                "(lang) => new Intl.PluralRules(lang).resolvedOptions().pluralCategories", item.name[:2]
            )
        )
        for key, value in words.items():
            if isinstance(value, dict):
                assert set(value) <= forms, (item.name, key)
                # French and Spanish have a form for millions, which no count here reaches.
                assert (
                    forms - set(value) <= {"many"} if item.name[:2] in {"fr", "es"} else set(value) == forms
                )
