"""Chips, cards, sources: where each sentence of an answer comes from."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.answers import PORTS, TWO, Piece, answer, events, source
from tests.e2e.conftest import Gate

pytestmark = pytest.mark.browser
LONG = "One two three four five six seven eight nine ten eleven twelve thirteen - fourteen, fifteen & more."


def shown(chat) -> str:
    return re.sub("[\u2068\u2069]", "", chat.find(".card").inner_text())


def test_a_chip_names_the_publisher_first_and_its_whole_source_to_a_screen_reader(chat):
    chat.open()
    chat.answered(PORTS)
    assert chat.find(".chip").all_inner_texts() == ["The Daily Post", "Harbour Gazette\n+1"]
    named = re.sub("[\u2068\u2069]", "", chat.find(".chip").first.get_attribute("aria-label"))
    assert named == "Source 1: The Daily Post, Headline 1"


@pytest.mark.parametrize(
    ("label", "chip"),
    [("auto", "1"), ("source", "The Daily Post"), ("title", "Headline 1"), ("number", "1")],
)
def test_with_one_publisher_a_chip_is_a_number_unless_the_page_wants_a_name(chat, label, chip):
    chat.open(f'data-citation-label="{label}"')
    chat.answered(answer([Piece("One.")], [source(1)]))
    expect(chat.find(".chip")).to_have_text(chip)


def test_the_card_shows_source_author_date_and_the_quote_marked_in_its_context(chat):
    copies = [{"article_id": "x", "source": "Wire Copy", "url": "https://copy.example"}]
    sources = [source(1, copies=copies, corrected=True), source(2)]
    chat.open()
    chat.answered(answer([Piece("Short.", quote="Long words.", match="close", speaker="Ines Vale")], sources))
    chat.find(".chip").click()
    card = shown(chat)
    for part in (
        "The Daily Post",
        "Ada Reporter",
        "1 Mar 2026",
        "Corrected",
        "Headline 1",
        "Said by Ines Vale",
    ):
        assert part in card
    assert "The answer shortens these words." in card
    assert "Also published by Wire Copy" in card
    expect(chat.find(".card mark")).to_have_text("Long words.")
    assert re.sub(r"\s+", " ", chat.find(".card blockquote").inner_text()) == (
        "… said before. Long words. More was said …"
    )
    read, stored = chat.find(".card .links a").all()
    assert read.get_attribute("href") == "https://news.example/1#:~:text=Long%20words."
    assert stored.get_attribute("href") == f"{chat.service.url}/read/port-1?revision=1&start=812&end=823"
    assert {link.get_attribute("rel") for link in (read, stored)} == {"noopener"}


def test_a_source_without_an_address_is_read_in_the_stored_text(chat):
    chat.open()
    chat.answered(answer([Piece("One.")], [source(1, url=None)]))
    chat.find(".chip").click()
    expect(chat.find(".card .links a")).to_have_count(1)
    with chat.page.context.expect_page() as opened:
        chat.find(".card .links a").click()
    assert opened.value.url.startswith(f"{chat.service.url}/read/port-1")


def test_a_citation_of_two_articles_is_paged_through(chat):
    chat.open()
    chat.answered(PORTS)
    chat.find(".chip").nth(1).click()
    assert "Harbour Gazette" in shown(chat)
    assert "1/2" in shown(chat)
    expect(chat.find(".pager button").first).to_be_disabled()
    chat.find(".pager button").nth(1).click()
    assert "The Daily Post" in shown(chat)
    expect(chat.find(".pager button").nth(1)).to_be_disabled()


def test_hovering_opens_the_card_and_the_pointer_can_go_into_it(chat):
    chat.open()
    chat.answered(PORTS)
    chip, card = chat.find(".chip").first, chat.find(".card")
    chip.hover()
    expect(card).to_be_visible()
    card.locator("mark").hover()
    chat.page.wait_for_timeout(600)
    expect(card).to_be_visible()
    chat.input.hover()
    expect(card).to_be_hidden()


def test_passing_over_a_chip_opens_nothing(chat):
    chat.open()
    chat.answered(PORTS)
    chat.page.clock.install()
    chat.find(".chip").first.hover()
    chat.page.clock.run_for(100)
    chat.input.hover()
    chat.page.clock.run_for(1_000)
    expect(chat.find(".card")).to_be_hidden()


def test_the_keyboard_opens_a_card_enters_it_and_comes_back(chat):
    chat.open()
    chat.answered(PORTS)
    chat.find(".log").focus()
    chat.page.keyboard.press("Tab")
    card = chat.find(".card")
    expect(card).to_be_visible()
    assert chat.do("return root.activeElement.className") == "chip"
    expect(chat.find(".chip").first).to_have_attribute("aria-expanded", "true")
    chat.page.keyboard.press("Tab")
    assert "Harbour Gazette" in shown(chat)
    chat.page.keyboard.press("Enter")
    assert chat.do("return root.activeElement.className") == "card"
    chat.page.keyboard.press("Tab")
    assert chat.do("return root.activeElement.getAttribute('aria-label')") == "Close"
    chat.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert chat.do("return root.activeElement === root.querySelectorAll('.chip')[1]")


def test_a_tap_outside_closes_the_card(chat):
    chat.open()
    chat.answered(PORTS)
    chat.find(".chip").first.click()
    chat.page.mouse.click(100, 100)
    expect(chat.find(".card")).to_be_hidden()


def test_the_card_stays_open_and_beside_its_chip_while_the_answer_streams_on(chat, service):
    more = answer(
        [Piece(f"Sentence {n} of many that follow each other in a long answer.") for n in range(40)], TWO
    )
    frames, gate = events(more), Gate()
    service.play([*frames[:6], gate, *frames[6:]])
    chat.open()
    chat.ask()
    chat.find(".chip").first.click()
    gate.opened.set()
    expect(chat.find(".chip")).to_have_count(40)
    card, chip = chat.find(".card").bounding_box(), chat.find(".chip").first.bounding_box()
    assert 0 <= card["y"] - chip["y"] - chip["height"] < 12
    expect(chat.find(".chip").first).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize("width", [320, 600, 601, 1280])
def test_the_card_lies_within_the_window_at_any_width(chat, width):
    chat.page.set_viewport_size({"width": width, "height": 640})
    chat.open()
    chat.answered(PORTS)
    for chip in chat.find(".chip").all():
        chip.click()
        box = chat.find(".card").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 640
        chat.page.keyboard.press("Escape")


def test_the_list_of_sources_holds_what_was_cited_and_nothing_else(chat):
    sources = [source(1), source(2, cited=False), source(3)]
    chat.open()
    chat.answered(answer([Piece("One.", (3,)), Piece("Two.", (1,))], sources))
    expect(chat.find("summary")).to_have_text("2 sources")
    chat.find("summary").click()
    rows = chat.find("details li")
    assert [row.get_attribute("value") for row in rows.all()] == ["1", "3"]
    assert "Headline 2" not in chat.find("details").inner_text()


def test_a_page_hears_of_citations_and_can_take_a_link_over(chat):
    chat.open()
    chat.answered(PORTS)
    chat.do(
        "window.heard = []; for (const name of ['citation-open', 'citation-click'])"
        " document.addEventListener('byline:' + name, (event) => { heard.push([name, event.detail]);"
        " if (name === 'citation-click') event.preventDefault(); })"
    )
    chat.find(".chip").first.click()
    chat.find(".card .links a").first.click()
    (opened, first), (clicked, second) = chat.do("return heard")
    assert (opened, clicked) == ("citation-open", "citation-click")
    assert first == {"id": 1, "sources": [1]}
    assert second["article_id"] == "port-1"
    assert len(chat.page.context.pages) == 1


def test_a_link_hook_of_the_page_stops_the_link(chat):
    chat.open()
    chat.answered(PORTS)
    chat.do("window.went = []; Byline.configure({ onLink: (url) => { went.push(url); return false; } })")
    chat.do("await chat.ready")
    chat.find(".chip").first.click()
    chat.find(".card .links a").first.click()
    assert len(chat.do("return went")) == 1
    assert len(chat.page.context.pages) == 1


def test_offsets_count_code_points_whatever_is_in_the_text(chat):
    texts = ["🚢 Ferries 🛳️ sail.", "مرحبا بالعالم.", "e\u0301tude 𝔘𝔫𝔦.", "Plain."]
    whole = answer([Piece(text, (n % 2 + 1,)) for n, text in enumerate(texts)], TWO)
    chat.open()
    chat.answered(whole)
    drawn = chat.do(
        "return [...root.querySelectorAll('.said')].map((said) => { const copy = said.cloneNode(true);"
        " copy.querySelector('.chip').remove(); return copy.textContent.trimEnd(); })"
    )
    assert drawn == texts
    # Once more from the whole answer, as it is restored.
    chat.page.reload()
    chat.find(".said").first.wait_for(state="attached")
    again = chat.do(
        "return [...root.querySelectorAll('.said')].map((said) => { const copy = said.cloneNode(true);"
        " copy.querySelector('.chip').remove(); return copy.textContent.trimEnd(); })"
    )
    assert again == texts


def test_a_streamed_answer_and_a_restored_one_are_the_same_nodes(chat):
    whole = answer(
        [
            Piece("One.", lead=""),
            Piece("Two.", (2,)),
            Piece("Three.", lead="\n\n"),
            Piece("Four.", lead="\n- "),
        ],
        TWO,
    )
    chat.open()
    chat.answered(whole)
    streamed = chat.do("return root.querySelector('.text').innerHTML")
    chat.page.reload()
    chat.find(".said").first.wait_for(state="attached")
    assert chat.do("return root.querySelector('.text').innerHTML") == streamed
