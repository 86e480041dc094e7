"""What a reader sees in each state, on a host page of another origin under the strictest policy."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.answers import PORTS, TWO, Piece, abstention, answer, events
from tests.e2e.conftest import CUT, QUESTION, Gate, Refusal

pytestmark = pytest.mark.browser
Q = QUESTION


def plain(text: str) -> str:
    """Without the isolates that keep directions apart."""
    return re.sub("[\u2068\u2069]", "", text)


def foot(chat) -> str:
    return plain(chat.find(".turn:last-child .foot").inner_text())


def test_an_answer_is_searched_read_streamed_and_answered(chat, service):
    found, read, said = Gate(), Gate(), Gate()
    frames = events(PORTS)
    service.play([*frames[:2], found, *frames[2:4], read, frames[4], said, *frames[5:]])
    chat.open()
    chat.ask()
    expect(chat.find(".wait")).to_have_text("Searching the articles…")
    expect(chat.find("[role=status]")).to_have_text("Searching the articles…")
    expect(chat.find(".composer button")).to_have_text("Stop")
    found.opened.set()
    expect(chat.find(".wait")).to_have_text("Reading 2 articles…")
    read.opened.set()
    expect(chat.find(".text")).to_contain_text("Three ports were closed on Monday")
    expect(chat.find(".wait")).to_be_hidden()
    expect(chat.find(".log")).to_have_attribute("aria-busy", "true")
    expect(chat.find(".chip")).to_have_text("The Daily Post")
    said.opened.set()
    expect(chat.find(".chip").nth(1)).to_have_text("Harbour Gazette+1")
    expect(chat.find(".log")).to_have_attribute("aria-busy", "false")
    assert "Newest source: 2 Mar 2026" in foot(chat)
    assert "2 sources" in foot(chat)
    said_to_readers = chat.find("[role=status]").inner_text()
    assert said_to_readers.startswith(PORTS.answer)
    assert said_to_readers.endswith("2 sources")
    assert service.asked == [{"question": Q, "history": [], "filters": {}, "stream": True}]


def test_lists_and_paragraphs_are_drawn_and_markers_in_the_text_are_not(chat):
    whole = answer(
        [
            Piece("- One [1] **bold**", lead=""),
            Piece("Two [Pakistan]", lead="\n- "),
            Piece("After", lead="\n\n"),
        ],
        TWO,
    )
    chat.open()
    chat.answered(whole)
    assert chat.find(".text li .said").all_inner_texts()[0].startswith("One [1] **bold**")
    expect(chat.find(".text li")).to_have_count(2)
    expect(chat.find(".text > p")).to_have_count(1)


def test_a_partial_answer_says_what_is_not_shown_and_why(chat):
    checks = [
        {"reason": "unresolvable", "outcome": "withheld", "n": 2},
        {"reason": "off_question", "outcome": "withheld", "n": 1},
        {"reason": "number", "outcome": "quoted", "n": 3},
    ]
    chat.open()
    chat.answered(answer([Piece("One.")], TWO, status="partial", mode="generative", checks=checks))
    said = foot(chat)
    assert "Our articles cover only part of this." in said
    assert "2 sentences are not shown: no article bears them." in said
    assert "1 sentence is not shown: it does not bear on the question." in said
    assert "3 sentences were replaced by the articles’ own words." in said


@pytest.mark.parametrize(
    ("finish", "words"), [("length", "cut at its length limit"), ("interrupted", "was interrupted")]
)
def test_an_answer_that_was_cut_off_by_the_service_says_so(chat, finish, words):
    chat.open()
    chat.answered(answer([Piece("One.")], TWO, status="partial", finish=finish))
    assert words in foot(chat)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("no_match", "Nothing on this was found."),
        ("insufficient_evidence", "does not say it clearly"),
        ("outside_dates", "No article from those dates says it."),
        ("unverifiable", "No sentence of the answer could be held against an article."),
    ],
)
def test_an_abstention_is_a_proper_answer_with_passages_that_are_marked_as_none(chat, reason, words):
    chat.open()
    chat.answered(abstention(reason))
    none = plain(chat.find(".none").inner_text())
    assert "Our articles do not answer this." in none
    assert words in none
    assert "No article has: airship" in none
    assert "The closest passages. They are not an answer." in none
    assert "Wick has a port." in none
    assert "The port of Wick" in none
    assert "1 Mar 2026" in none
    expect(chat.find("[role=status]")).to_have_text("Our articles do not answer this.")
    expect(chat.find(".chip")).to_have_count(0)
    expect(chat.find("details")).to_have_count(0)
    expect(chat.find(".actions")).to_have_count(0)


def test_an_abstention_can_be_contradicted_once(chat, service):
    chat.open()
    chat.answered(abstention("no_match"))
    button = chat.find(".none button")
    button.click()
    expect(button).to_have_text("Thank you.")
    button.click()
    assert service.feedback == [
        {"answer_id": "ans_1", "value": "bad", "reasons": ["should_answer"], "comment": None}
    ]


def test_old_news_is_dated(chat):
    chat.open()
    chat.answered(answer([Piece("One.")], TWO, newest_source_at="2024-01-12T10:00:00Z"))
    assert "The newest article on this is from 12 Jan 2024." in foot(chat)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("timed_out", "The writing model is not available"),
        ("unverifiable", "could not be checked"),
        ("index_healing", "is being repaired"),
    ],
)
def test_a_degraded_answer_says_so(chat, reason, words):
    chat.open()
    chat.answered(answer([Piece("One.")], TWO, degraded=True, degraded_reason=reason))
    assert words in foot(chat)


def test_dates_and_meaning_that_were_read_into_a_question_are_shown(chat):
    asked = {
        "asked": "And last week?",
        "standalone": "Which ports were closed last week?",
        "as_of": "2026-03-20T00:00:00Z",
        "filters": {"published_from": "2026-03-09T00:00:00Z", "published_to": "2026-03-15T23:59:59Z"},
    }
    chat.open()
    chat.answered(answer([Piece("One.")], TWO, question=asked), "And last week?")
    assert "Understood as: Which ports were closed last week?" in foot(chat)
    assert "Searched: 9 Mar 2026 – 15 Mar 2026" in foot(chat)


def test_sources_that_disagree_stand_side_by_side(chat):
    side = {"revision": 1, "start": 1, "end": 5, "read": "/read/port-1"}
    conflict = {
        "about": "how many ports",
        "kind": "disagree",
        "sides": [{"n": 1, "quote": side | {"text": "Three."}}, {"n": 2, "quote": side | {"text": "Four."}}],
    }
    chat.open()
    chat.answered(answer([Piece("One.")], TWO, conflicts=[conflict]))
    shown = plain(chat.find(".aside").inner_text())
    assert "The sources disagree: how many ports" in shown
    assert "Three." in shown
    assert "Four." in shown
    assert "Harbour Gazette" in shown


def test_stop_keeps_what_was_said_and_the_service_hears_it(chat, service):
    service.play([*events(PORTS, 1, done=False), Gate()])
    chat.open()
    chat.ask()
    expect(chat.find(".chip")).to_have_count(1)
    chat.find(".composer button").click()
    expect(chat.find(".foot")).to_contain_text("Stopped.")
    expect(chat.find(".text")).to_contain_text("Three ports")
    expect(chat.find("[role=alert]")).to_be_empty()
    assert service.gone.wait(5)


def test_a_stream_that_ends_without_a_word_is_truncated_and_can_be_tried_again(chat, service):
    service.play(events(PORTS, 1, done=False), events(PORTS))
    chat.open()
    chat.ask()
    expect(chat.find("[role=alert]")).to_have_text("The answer was cut off.")
    expect(chat.find(".text")).to_contain_text("Three ports")
    expect(chat.find(".foot")).to_contain_text("The answer breaks off here.")
    chat.find(".bar button").click()
    expect(chat.find(".chip")).to_have_count(2)
    expect(chat.find("[role=alert]")).to_be_empty()
    first, second = (headers["idempotency-key"] for headers in service.headers)
    assert first == second


def test_a_connection_that_breaks_before_the_first_sentence_is_tried_again_by_itself_with_the_same_key(
    chat, service
):
    service.play([*events(PORTS)[:2], CUT], events(PORTS))
    chat.open()
    chat.ask()
    expect(chat.find(".chip")).to_have_count(2)
    first, second = (headers["idempotency-key"] for headers in service.headers)
    assert first == second


def test_a_connection_that_breaks_after_the_first_sentence_is_not_tried_again(chat, service):
    seen = Gate()
    service.play([*events(PORTS, 1, done=False), seen, CUT], events(PORTS))
    chat.open()
    chat.ask()
    expect(chat.find(".chip")).to_have_count(1)
    seen.opened.set()
    expect(chat.find("[role=alert]")).to_have_text("The answer was cut off.")
    chat.page.wait_for_timeout(1_500)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("timed_out", "The answer took too long."),
        ("model_unavailable", "The service could not answer this time."),
        ("never_heard_of", "The service could not answer this time."),
    ],
)
def test_an_error_in_the_stream_is_told_in_our_words(chat, service, code, words):
    service.play([*events(PORTS)[:2], ("error", {"code": code, "title": "<b>raw words</b>"})])
    chat.open()
    chat.ask()
    expect(chat.find("[role=alert]")).to_have_text(words)
    assert "raw words" not in chat.find(".panel").inner_text()


def test_a_stream_in_which_nothing_moves_is_timed_out(chat, service):
    service.play([*events(PORTS)[:2], Gate()])
    chat.page.clock.install()
    chat.open()
    chat.ask()
    expect(chat.find(".wait")).to_have_text("Searching the articles…")
    chat.page.wait_for_timeout(500)  # what was sent has come: it would begin the wait anew
    chat.page.clock.run_for(44_000)
    expect(chat.find("[role=alert]")).to_be_empty()
    chat.page.clock.run_for(5_000)
    expect(chat.find("[role=alert]")).to_have_text("The answer took too long.")


def test_a_heartbeat_keeps_a_slow_answer_alive(chat, service):
    gate = Gate()
    service.play([*events(PORTS)[:2], ": ping\n\n", gate, ": ping\n\n", Gate()])
    chat.page.clock.install()
    chat.open()
    chat.ask()
    chat.page.clock.run_for(40_000)
    gate.opened.set()
    chat.page.wait_for_timeout(500)
    chat.page.clock.run_for(40_000)
    expect(chat.find("[role=alert]")).to_be_empty()


@pytest.mark.parametrize(
    ("status", "words", "again"),
    [
        (401, "The questions of this site are not accepted.", False),
        (403, "This site is not allowed to ask.", False),
        (422, "This question cannot be used. Please put it in other words.", False),
        (500, "The service could not answer this time.", True),
        (504, "The answer took too long.", True),
    ],
)
def test_a_refusal_is_told_in_our_words(chat, service, status, words, again):
    service.play(Refusal(status))
    chat.open()
    chat.ask()
    expect(chat.find("[role=alert]")).to_have_text(words)
    expect(chat.find(".bar button")).to_be_visible(visible=again)
    assert "raw" not in chat.find(".panel").inner_text()


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_names_the_wait_and_the_button_counts_it_down(chat, service, status):
    service.play(Refusal(status, {"Retry-After": "20"}), events(PORTS))
    chat.page.clock.install()
    chat.open()
    chat.ask()
    expect(chat.find("[role=alert]")).to_contain_text("Too many questions are being asked. Try again in 20 s")
    button = chat.find(".bar button")
    expect(button).to_be_disabled()
    chat.page.clock.run_for(10_000)
    expect(button).to_have_text(re.compile("Try again in (9|10) s"))
    chat.page.clock.run_for(11_000)
    expect(button).to_be_enabled()
    expect(chat.find("[role=alert]")).to_contain_text("20 s")
    button.click()
    expect(chat.find(".chip")).to_have_count(2)


def test_offline_keeps_the_draft_and_goes_by_itself(chat, service, context):
    service.play(events(PORTS))
    chat.open()
    context.set_offline(True)
    expect(chat.find("[role=alert]")).to_have_text("You are offline. Your question is kept.")
    chat.ask()
    expect(chat.input).to_have_value(Q)
    assert service.asked == []
    context.set_offline(False)
    expect(chat.find("[role=alert]")).to_be_empty()
    chat.input.press("Enter")
    expect(chat.find(".chip")).to_have_count(2)


def test_a_service_that_cannot_be_reached_is_told_from_one_that_refuses_this_page(chat, service, servers):
    service.play(events(PORTS))
    chat.open()
    said: list[str] = []
    chat.page.on("console", lambda message: said.append(message.text))
    sites = servers[1]._server.config.app._sites
    allowed, sites._origins = sites._origins, frozenset()
    try:
        chat.ask()
        expect(chat.find("[role=alert]")).to_have_text("This site is not allowed to ask.")
    finally:
        sites._origins = allowed
    assert any("BYLINE_HTTP__ALLOWED_ORIGINS" in line for line in said)
    chat.page.route("**/ask", lambda route: route.abort())
    chat.page.route("**/widget/meta", lambda route: route.abort())
    chat.do("chat.reset()")
    chat.ask()
    expect(chat.find("[role=alert]")).to_have_text("The news service cannot be reached.")


def test_what_the_service_sends_against_its_contract_is_shown_as_little_as_possible(chat, service):
    unknown = answer([Piece("Nobody knows the source.", (7,)), Piece("Known.", (1,))], TWO)
    chat.open()
    chat.answered(unknown)
    assert "Nobody knows" not in chat.find(".text").inner_text()
    assert "Known." in chat.find(".text").inner_text()
    assert "1 sentence is not shown" in foot(chat)
    service.play(["event: sentence\ndata: {broken\n\n"])
    chat.ask()
    expect(chat.find("[role=alert]")).to_have_text("The service could not answer this time.")
