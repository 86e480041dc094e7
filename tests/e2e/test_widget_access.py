"""Who cannot see, cannot point, or reads from the right: axe in every state, keys, focus, sizes, contrast modes."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.answers import PORTS, TWO, Piece, abstention, answer, events
from tests.e2e.conftest import QUESTION, Gate, Refusal

pytestmark = pytest.mark.browser
AXE = Axe()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page) -> list[str]:
    found = AXE.run(page, options=RULES).response["violations"]
    return [f"{item['id']}: {json.dumps([node['target'] for node in item['nodes']])}" for item in found]


def asked(plan):
    """A state that is reached by a question with this plan."""

    def reach(chat):
        chat.service.play(plan)
        chat.ask()
        chat.page.wait_for_timeout(700)

    return reach


def carded(chat):
    chat.answered(PORTS)
    chat.find(".chip").nth(1).click()


def listed(chat):
    chat.answered(PORTS)
    chat.find("summary").click()


def asked_why(chat):
    chat.answered(PORTS)
    chat.find(".actions button").nth(1).click()


def revised(chat):
    chat.answered(PORTS)
    chat.do("await chat.turns[0].recheck()")


def offline(chat):
    chat.page.context.set_offline(True)
    expect(chat.find("[role=alert]")).not_to_be_empty()


STATES = {
    "welcome": lambda _: None,
    "searching": asked([*events(PORTS)[:2], Gate()]),
    "streaming": asked([*events(PORTS, 1, done=False), Gate()]),
    "answered": asked(
        events(answer([Piece("- One.", lead=""), Piece("Two.", lead="\n- ")], TWO, followups=["More?"]))
    ),
    "card": carded,
    "sources": listed,
    "why": asked_why,
    "abstained": asked(events(abstention("no_match"))),
    "partial": asked(events(answer([Piece("One.")], TWO, status="partial", finish="length"))),
    "old": asked(events(answer([Piece("One.")], TWO, newest_source_at="2020-01-01T00:00:00Z"))),
    "truncated": asked(events(PORTS, 1, done=False)),
    "busy": asked(Refusal(429, {"Retry-After": "60"})),
    "denied": asked(Refusal(403)),
    "offline": offline,
    "removed": revised,
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_any_state(chat, state, scheme):
    chat.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    chat.open('data-suggestions="First?|Second?"', policy="")
    STATES[state](chat)
    assert violations(chat.page) == []


@pytest.mark.parametrize("state", ["answered", "card", "abstained"])
@pytest.mark.parametrize("lang", ["ar", "ur", "de"])
def test_axe_finds_nothing_on_a_phone_in_other_languages(chat, state, lang):
    chat.page.set_viewport_size({"width": 375, "height": 667})
    chat.page.emulate_media(reduced_motion="reduce")
    chat.open(lang=lang, policy="")
    STATES[state](chat)
    assert violations(chat.page) == []


def test_axe_finds_nothing_inline_and_closed(chat):
    chat.open(policy="", opened=False)
    assert violations(chat.page) == []
    chat.open(policy="", manual=True, body='<byline-chat mode="inline"></byline-chat>')
    chat.answered(PORTS)
    assert violations(chat.page) == []


@pytest.mark.parametrize(
    ("rule", "mutant"),
    [
        ("button-name", "root.querySelector('.composer button').textContent = ''"),
        ("label", "const { input } = chat; for (const name of ['aria-label', 'placeholder']) input.removeAttribute(name)"),
        ("color-contrast", "root.querySelector('.note').style.color = '#ccc'"),
        ("list", "root.querySelector('ol').append(document.createElement('div'))"),
        ("aria-valid-attr-value", "root.querySelector('.chip').setAttribute('aria-expanded', 'perhaps')"),
        ("target-size", "for (const b of root.querySelectorAll('.actions button')) b.style.cssText = 'min-width:0;min-height:0;height:9px;width:9px;margin:0;padding:0;font-size:1px'; root.querySelector('.actions').style.gap = '0'"),
    ],
)  # fmt: skip
def test_axe_looks_into_the_widget_and_finds_what_is_wrong(chat, rule, mutant):
    chat.open(policy="")
    chat.answered(PORTS)
    chat.find("summary").click()
    assert violations(chat.page) == []
    chat.do(mutant)
    assert [found.partition(":")[0] for found in violations(chat.page)] == [rule]


def test_the_log_is_silent_and_status_and_alert_speak_at_the_borders(chat, service):
    chat.open()
    chat.do(
        "window.said = []; new MutationObserver(() => { const words = chat.status.textContent;"
        " if (words && said[said.length - 1] !== words) said.push(words); })"
        ".observe(chat.status, { childList: true })"
    )
    whole = answer([Piece(f"Sentence {n}.") for n in range(12)], TWO)
    chat.answered(whole)
    assert chat.do("return said") == [
        "Searching the articles…",
        "Reading 2 articles…",
        f"{whole.answer} 1 source",
    ]
    expect(chat.find(".log")).to_have_attribute("aria-live", "off")
    expect(chat.find("[role=log]")).to_have_count(1)


def test_opening_moves_the_focus_in_closing_gives_it_back_and_loading_takes_none(chat):
    chat.open(opened=False)
    assert chat.page.evaluate("document.activeElement.tagName") == "BODY"
    chat.find(".launcher").click()
    expect(chat.input).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.find(".panel")).to_be_hidden()
    expect(chat.find(".launcher")).to_be_focused()


def test_an_open_panel_takes_no_focus_on_load(chat):
    chat.open("data-open", opened=False)
    expect(chat.find(".panel")).to_be_visible()
    assert chat.page.evaluate("document.activeElement.tagName") == "BODY"


def test_escape_closes_the_card_then_stops_the_stream_then_closes_the_panel(chat, service):
    service.play([*events(PORTS, 1, done=False), Gate()])
    chat.open()
    chat.ask()
    chat.find(".chip").click()
    press = chat.page.keyboard.press
    press("Escape")
    expect(chat.find(".card")).to_be_hidden()
    expect(chat.find(".log")).to_have_attribute("aria-busy", "true")
    press("Escape")
    expect(chat.find(".log")).to_have_attribute("aria-busy", "false")
    expect(chat.find(".panel")).to_be_visible()
    press("Escape")
    expect(chat.find(".panel")).to_be_hidden()


def test_escape_closes_a_hovered_card_without_taking_the_focus_from_the_input(chat):
    chat.open()
    chat.answered(PORTS)
    chat.input.focus()
    chat.find(".chip").first.hover()
    expect(chat.find(".card")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.find(".card")).to_be_hidden()
    expect(chat.input).to_be_focused()


def test_the_page_beside_the_panel_stays_usable_on_a_desktop_and_not_on_a_phone(chat):
    chat.open()
    chat.page.locator("#own").click(timeout=3_000)
    assert chat.page.evaluate("document.activeElement.id") == "own"
    chat.page.set_viewport_size({"width": 375, "height": 667})
    expect(chat.find(".panel:modal")).to_have_count(1)
    chat.input.focus()
    for _ in range(8):
        chat.page.keyboard.press("Tab")
        assert chat.page.evaluate("document.activeElement.id") != "own"
    chat.page.keyboard.press("Escape")
    expect(chat.find(".panel")).to_be_hidden()
    expect(chat.find(".launcher")).to_be_visible()


def test_the_whole_way_goes_by_keyboard_alone(chat, service, context):
    service.play(events(PORTS))
    context.route("https://news.example/**", lambda route: route.fulfill(body="An article"))
    chat.open(opened=False)
    keys = chat.page.keyboard
    for _ in range(3):
        keys.press("Tab")
        if chat.do("return root.activeElement === chat.launcher"):
            break
    keys.press("Enter")
    expect(chat.input).to_be_focused()
    keys.type(QUESTION)
    keys.press("Shift+Enter")
    keys.type("Really?")
    keys.press("Enter")
    expect(chat.find(".chip")).to_have_count(2)
    assert service.asked[0]["question"] == f"{QUESTION}\nReally?"
    expect(chat.input).to_be_focused()
    reached = []
    for _ in range(7):
        keys.press("Shift+Tab")
        reached.append(chat.do("const at = root.activeElement; return at.className || at.tagName"))
    assert reached == ["quiet", "quiet", "quiet", "SUMMARY", "chip", "chip", "log"]
    keys.press("Tab")
    keys.press("Enter")
    for _ in range(2):
        keys.press("Tab")
    with context.expect_page() as opened:
        keys.press("Enter")
    assert opened.value.url.startswith("https://news.example/1")


def test_enter_in_the_middle_of_a_composition_sends_nothing(chat, service):
    service.play(events(PORTS))
    chat.open()
    chat.input.fill("にほん")
    chat.do(
        "chat.input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }));"
        "chat.input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }))"
    )
    assert service.asked == []
    expect(chat.input).to_have_value("にほん")


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("lang", ["en", "de", "ar"])
def test_every_target_is_large_enough_and_nothing_sticks_out(chat, width, lang):
    chat.page.set_viewport_size({"width": width, "height": 700})
    chat.open('data-share data-suggestions="First?|Second?"', lang=lang)
    whole = answer(
        [Piece("One."), Piece("https://news.example/" + "x" * 300, (2,))],
        TWO,
        followups=["And then, after that?"],
    )
    chat.answered(whole)
    chat.find("summary").click()
    chat.find(".actions button").nth(1).click()
    chat.find(".chip").first.click()
    small = chat.do(
        "return [...root.querySelectorAll('button, a, summary, label, textarea')].filter((node) => node.checkVisibility())"
        ".map((node) => [node.textContent, node.getBoundingClientRect()]).filter(([, box]) => box.height < 24 || box.width < 24)"
        ".map(([text, box]) => [text, box.width, box.height])"
    )
    in_sentences = {"Headline 1", "Headline 2", "Read in the article", "See it in the stored text"}
    assert [
        item for item in small if lang == "en" and not any(item[0].startswith(text) for text in in_sentences)
    ] == []
    wide = chat.do(
        "const seen = chat.panel.getBoundingClientRect(); return [...root.querySelectorAll('.panel *')]"
        ".filter((node) => node.checkVisibility() && !node.closest('.card') && !node.matches('.hush'))"
        ".filter((node) => { const box = node.getBoundingClientRect(); return box.left < seen.left - 1 || box.right > seen.right + 1; })"
        ".map((node) => node.className || node.tagName)"
    )
    assert wide == []
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("lang", ["ar", "fa", "ur"])
def test_from_the_right_everything_is_mirrored_but_the_words(chat, lang):
    chat.open(lang=lang, opened=False)
    launcher = chat.find(".launcher").bounding_box()
    assert launcher["x"] < 100
    chat.do("await chat.open()")
    whole = answer([Piece("قال المتحدث إن الموانئ أُغلقت."), Piece("English words.", (2,))], TWO)
    chat.answered(whole)
    assert chat.do("return getComputedStyle(root.querySelector('.panel')).direction") == "rtl"
    assert chat.do("return getComputedStyle(root.querySelector('.text p')).direction") == "rtl"
    input_box, send = chat.input.bounding_box(), chat.find(".composer button").bounding_box()
    assert send["x"] < input_box["x"]
    assert chat.find(".root").get_attribute("lang") == lang


@pytest.mark.parametrize(
    ("lang", "date"), [("de-AT", "2. März 2026"), ("en-GB", "2 Mar 2026"), ("en", "Mar 2, 2026")]
)
def test_dates_follow_the_page_s_language_and_region(chat, lang, date):
    chat.open(lang=lang)
    chat.answered(PORTS)
    expect(chat.find(".foot")).to_contain_text(date)


def test_a_language_that_there_is_no_file_for_is_english_and_asks_for_none(chat):
    chat.open(lang="xx-Nowhere_at-all")
    expect(chat.find(".composer button")).to_have_text("Ask")
    assert not [url for url in chat.requests if "locales" in url]


def test_motion_stops_where_it_is_not_wanted(chat, service):
    service.play([*events(PORTS)[:2], Gate()])
    chat.open()
    chat.ask()
    name = "return getComputedStyle(root.querySelector('.wait')).animationName"
    assert chat.do(name) == "breathe"
    chat.page.emulate_media(reduced_motion="reduce")
    assert chat.do(name) == "none"


def test_with_forced_colours_every_button_has_a_border(chat):
    chat.page.emulate_media(forced_colors="active")
    chat.open()
    chat.answered(PORTS)
    bare = chat.do(
        "return [...root.querySelectorAll('button')].filter((node) => node.checkVisibility())"
        ".filter((node) => getComputedStyle(node).borderTopColor === getComputedStyle(chat.panel).backgroundColor)"
        ".map((node) => node.textContent)"
    )
    assert bare == []
