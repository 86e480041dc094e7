"""Questions after questions: history, memory, feedback, copying and sharing, and what a page can set and call."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from service.domain.answer import MAX_HISTORY, MAX_HISTORY_TURNS
from tests.e2e.answers import PORTS, TWO, Piece, abstention, answer, events
from tests.e2e.conftest import QUESTION, Gate

pytestmark = pytest.mark.browser
CURRENT = {"revision": 1, "retracted": False}


def test_a_follow_up_sends_what_was_said_before(chat, service):
    chat.open()
    chat.answered(PORTS)
    chat.answered(abstention("no_match"), "And airships?")
    chat.answered(PORTS, "And ferries?")
    assert service.asked[-1]["history"] == [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": PORTS.answer},
        {"role": "user", "content": "And airships?"},
    ]


def test_a_long_history_is_cut_to_what_the_service_takes_the_newest_kept(chat, service):
    chat.open()
    turns = [
        {
            "q": f"q{n}",
            "said": [],
            "sources": [],
            "state": "done",
            "answer": {"answer": "🚢" * 1_500, "citations": []},
        }
        for n in range(30)
    ]
    body = chat.do(
        "chat.turns = arg.map((message) => ({ message })); const last = {}; chat.turns.push(last);"
        " return chat.history(last)",
        turns,
    )
    assert len(body) <= MAX_HISTORY_TURNS
    assert sum(len(turn["content"]) for turn in body) <= MAX_HISTORY
    assert body[-2]["content"] == "q29"


def test_the_conversation_outlives_a_reload_and_a_reset_ends_it(chat, service):
    service.articles = {"port-1": CURRENT, "port-2": CURRENT}
    chat.open()
    chat.answered(PORTS)
    chat.page.reload()
    chat.do("await chat.open()")
    expect(chat.find(".chip")).to_have_count(2)
    expect(chat.find(".q")).to_have_text(QUESTION)
    chat.find("header button").first.click()
    expect(chat.find(".turn")).to_have_count(0)
    expect(chat.find(".welcome")).to_be_visible()
    chat.answered(PORTS, "Anew?")
    assert service.asked[-1]["history"] == []
    chat.do("await chat.reset()")
    chat.page.reload()
    chat.do("await chat.open()")
    expect(chat.find(".turn")).to_have_count(0)


def test_a_reset_in_the_middle_of_an_answer_lets_nothing_of_it_back(chat, service):
    service.play([*events(PORTS, 1, done=False), Gate()])
    chat.open()
    chat.ask()
    expect(chat.find(".chip")).to_have_count(1)
    chat.do("await chat.reset()")
    assert service.gone.wait(5)
    chat.answered(answer([Piece("New.")], TWO), "Anew?")
    expect(chat.find(".turn")).to_have_count(1)
    expect(chat.find("[role=alert]")).to_be_empty()
    assert service.headers[0]["idempotency-key"] != service.headers[1]["idempotency-key"]


def test_nothing_is_remembered_where_the_page_says_so(chat):
    chat.open('data-persist="none"')
    chat.answered(PORTS)
    assert chat.page.evaluate("sessionStorage.length") == 0
    chat.page.reload()
    expect(chat.find(".turn")).to_have_count(0)


def test_the_memory_is_keyed_by_service_and_name_and_kept_in_this_tab_alone(chat):
    chat.open('data-storage-key="sport"')
    chat.answered(PORTS)
    assert chat.page.evaluate("Object.keys(sessionStorage)") == [f"byline:1:{chat.service.url}:sport"]
    assert chat.page.evaluate("localStorage.length") == 0
    assert chat.page.context.cookies() == []


def test_memory_that_cannot_be_read_is_begun_anew(chat):
    chat.open()
    chat.page.evaluate("key => sessionStorage.setItem(key, '{broken')", f"byline:1:{chat.service.url}:")
    chat.page.reload()
    chat.do("await chat.open()")
    expect(chat.find(".welcome")).to_be_visible()


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (CURRENT, "Checked again: the articles stand as quoted."),
        ({"revision": 2, "retracted": False}, "The Daily Post, Headline 1: Revised since"),
        ({"revision": 1, "retracted": True}, "The Daily Post, Headline 1: Retracted since"),
        (None, "The Daily Post, Headline 1: Removed since"),
    ],
)
def test_an_answer_that_is_opened_again_is_checked_again(chat, service, now, words):
    service.articles = {"port-1": CURRENT, "port-2": CURRENT}
    chat.open()
    chat.answered(answer([Piece("One."), Piece("Two.", (2,))], TWO))
    if now is None:
        del service.articles["port-1"]
    else:
        service.articles["port-1"] = now
    chat.page.reload()
    chat.do("await chat.open()")
    expect(chat.find(".foot")).to_contain_text(re.compile(".*".join(map(re.escape, words.split(", ")))))
    expect(chat.find(".chip.stale")).to_have_count(0 if now == CURRENT else 1)


def test_an_answer_that_cannot_be_checked_again_claims_nothing(chat):
    chat.open()
    chat.answered(PORTS)
    chat.page.route("**/articles/*", lambda route: route.abort())
    chat.page.reload()
    chat.do("await chat.open()")
    chat.page.wait_for_timeout(500)
    said = chat.find(".foot").inner_text()
    assert "since" not in said.lower()
    assert "Checked again" not in said


def test_an_answer_that_was_under_way_when_the_page_was_left_is_marked_as_broken_off(chat):
    chat.open()
    chat.answered(PORTS)
    chat.do("chat.turns[0].message.state = 'open'; chat.turns[0].message.answer = null; chat.save()")
    chat.page.reload()
    chat.do("await chat.open()")
    expect(chat.find(".foot")).to_contain_text("Not answered.")


def test_a_good_answer_is_told_in_one_press(chat, service):
    chat.open()
    chat.answered(PORTS)
    good = chat.find(".actions button").first
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(chat.find("[role=status]")).to_have_text("Thank you.")
    assert service.feedback == [{"answer_id": "ans_1", "value": "good", "reasons": [], "comment": None}]


def test_a_bad_answer_is_told_with_reasons_and_a_comment(chat, service):
    chat.open()
    chat.answered(PORTS)
    chat.find(".actions button").nth(1).click()
    chat.find(
        ".why label",
    ).filter(has_text="Wrong source").click()
    chat.find(".why textarea").fill("Not that port.")
    chat.find(".why button").click()
    expect(chat.find(".why")).to_have_count(0)
    expect(chat.find(".actions button").nth(1)).to_have_attribute("aria-pressed", "true")
    assert chat.do("return root.activeElement.textContent") == "Bad answer"
    assert service.feedback == [
        {"answer_id": "ans_1", "value": "bad", "reasons": ["wrong_source"], "comment": "Not that port."}
    ]


def test_feedback_that_is_not_taken_is_not_thanked_for(chat, service):
    service.feedback_status = 404
    chat.open()
    chat.answered(PORTS)
    chat.find(".actions button").first.click()
    expect(chat.find("[role=status]")).to_have_text("That did not work.")
    expect(chat.find(".actions button").first).to_have_attribute("aria-pressed", "false")


def test_a_copy_has_its_sources_with_it(chat, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.open()
    chat.answered(PORTS)
    chat.find(
        ".actions button",
    ).filter(has_text="Copy").click()
    expect(chat.find("[role=status]")).to_have_text("Copied.")
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert copied == (
        "Three ports were closed on Monday after winds reached 110 km/h. [1] "
        "Ferries resumed at noon on Tuesday. [2][1]\n\n"
        "2 sources\n"
        "[1] The Daily Post, Headline 1, 1 Mar 2026, https://news.example/1\n"
        "[2] Harbour Gazette, Headline 2, 2 Mar 2026, https://news.example/2"
    )


def test_a_shared_link_fills_the_question_in_and_asks_nothing(chat, service, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.open("data-share", query="?page=7#part")
    chat.answered(PORTS)
    chat.do("delete Navigator.prototype.share")
    chat.find(".actions button").filter(has_text="Share").click()
    expect(chat.find("[role=status]")).to_have_text("Copied.")
    link = chat.page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("/page?page=7&ask=Which+ports+were+closed%3F")
    service.asked.clear()
    chat.do("await chat.reset()")
    chat.page.goto(link)
    expect(chat.input).to_have_value(QUESTION)
    expect(chat.input).to_be_visible()
    assert chat.page.evaluate("document.activeElement.tagName") == "BODY"
    assert service.asked == []


def test_a_link_fills_nothing_in_where_sharing_is_off(chat):
    chat.open(query="?ask=Buy+now")
    expect(chat.input).to_have_value("")


def test_starters_and_follow_ups_are_asked_by_a_press(chat, service):
    chat.open('data-suggestions="First?| Second? |"')
    assert chat.find(".suggestion").all_inner_texts() == ["First?", "Second?"]
    service.play(events(answer([Piece("One.")], TWO, followups=["Then what?"])), events(PORTS))
    chat.find(".suggestion").nth(1).click()
    expect(chat.find(".suggestion")).to_have_text("Then what?")
    chat.find(".suggestion").click()
    expect(chat.find(".chip")).to_have_count(3)
    assert [asked["question"] for asked in service.asked] == ["Second?", "Then what?"]


def test_scope_and_keys_go_with_the_question(chat, service):
    chat.open(
        'data-scope="section:politics; section: world ;from:2026-01-01;article:a-1" data-site-key="pk_test"'
    )
    chat.do("Byline.configure({ getToken: async () => 'jwt' })")
    chat.do("await chat.ready")
    chat.answered(PORTS)
    assert service.asked[0]["filters"] == {
        "section": ["politics", "world"],
        "published_from": "2026-01-01",
        "article_id": ["a-1"],
    }
    assert service.headers[0]["x-byline-site-key"] == "pk_test"
    assert service.headers[0]["authorization"] == "Bearer jwt"
    assert "jwt" not in chat.page.evaluate("JSON.stringify(sessionStorage)")
    assert "cookie" not in service.headers[0]


def test_of_the_page_its_address_is_told_without_the_query_or_not_at_all(chat, service):
    chat.open(query="?secret=1")
    chat.answered(PORTS)
    assert service.headers[0]["referer"].endswith("/page")
    chat.open('data-page-context="none"', query="?secret=1")
    chat.do("await chat.reset()")
    chat.answered(PORTS)
    assert "referer" not in service.headers[-1]


def test_a_page_hears_every_event_and_can_keep_a_question_back(chat, service):
    chat.open(opened=False)
    chat.do(
        "window.heard = []; for (const name of ['open', 'close', 'ask', 'answer', 'feedback', 'stop', 'reset', 'error'])"
        " Byline.on(name, (detail, event) => { heard.push([name, detail]); if (detail.question === 'No') event.preventDefault(); })"
    )
    chat.do("await Byline.open()")
    chat.answered(PORTS)
    chat.do("await Byline.ask('No')")
    chat.find(".actions button").first.click()
    expect(chat.find("[role=status]")).to_have_text("Thank you.")
    service.play(events(PORTS, 1, done=False))
    chat.ask("Cut?")
    expect(chat.find("[role=alert]")).not_to_be_empty()
    chat.do("await Byline.reset()")
    chat.do("await Byline.close()")
    heard = chat.do("return heard")
    assert [name for name, _ in heard] == [
        "open", "ask", "answer", "ask", "feedback", "ask", "error", "reset", "close",
    ]  # fmt: skip
    answered = heard[2][1]
    assert (answered["id"], answered["status"], answered["sources"]) == ("ans_1", "answered", 2)
    assert 0 <= answered["ttft_ms"] <= answered["total_ms"]
    assert heard[6][1] == {"code": "truncated"}
    assert [asked["question"] for asked in service.asked] == [QUESTION, "Cut?"]


def test_calls_that_come_before_the_script_are_not_lost(chat, service):
    service.play(events(PORTS))
    chat.page.add_init_script("window.Byline = { q: [['open'], ['ask', 'Early?']] }")
    chat.open(opened=False)
    expect(chat.find(".chip")).to_have_count(2)
    assert service.asked[0]["question"] == "Early?"


def test_messages_are_a_copy(chat):
    chat.open()
    chat.answered(PORTS)
    assert (
        chat.do("chat.messages[0].q = 'x'; chat.messages.length = 0; return chat.messages[0].q") == QUESTION
    )


def test_the_script_twice_makes_one_widget(chat):
    chat.open(body=f'<script src="{chat.service.url}/widget.js?again"></script>')
    expect(chat.page.locator("byline-chat")).to_have_count(1)


def test_an_element_is_placed_where_the_page_wants_it(chat):
    chat.open(manual=True, body='<byline-chat mode="inline" heading="Ask politics"></byline-chat>')
    expect(chat.find("h2")).to_have_text("Ask politics")
    chat.answered(PORTS)
    expect(chat.find(".launcher")).to_have_count(0)
    chat.do("chat.setAttribute('heading', 'Ask sport')")
    expect(chat.find("h2")).to_have_text("Ask sport")
    expect(chat.find(".chip")).to_have_count(2)


def test_buttons_of_the_page_open_it_and_get_the_focus_back(chat):
    chat.open('data-mode="none" data-trigger="#own"', opened=False)
    expect(chat.find(".launcher")).to_have_count(0)
    chat.page.locator("#own").click()
    expect(chat.input).to_be_focused()
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("document.activeElement.id") == "own"


def test_an_element_that_is_moved_keeps_its_conversation(chat):
    chat.open()
    chat.answered(PORTS)
    chat.do("document.querySelector('main').append(chat)")
    expect(chat.find(".chip")).to_have_count(2)
    chat.answered(PORTS, "Again?")
    expect(chat.find(".chip")).to_have_count(4)


def test_the_question_stands_at_the_top_and_the_reader_is_not_pulled_away_from_it(chat, service):
    long = answer(
        [Piece(f"Sentence {n} of many that follow in a long answer.", lead="\n\n") for n in range(30)], TWO
    )
    frames, gate = events(long), Gate()
    chat.open()
    chat.answered(PORTS)
    service.play([*frames[:5], gate, *frames[5:]])
    chat.ask("Long?")
    expect(chat.find(".turn:last-child .chip")).to_have_count(1)
    where = "return root.querySelector('.turn:last-child').getBoundingClientRect().top - chat.log.getBoundingClientRect().top"
    assert abs(chat.do(where)) < 4
    gate.opened.set()
    expect(chat.find(".turn:last-child .chip")).to_have_count(30)
    assert abs(chat.do(where)) < 4
    chat.find(".latest").click()
    expect(chat.find(".latest")).to_be_hidden()
    assert chat.do("const { log } = chat; return log.scrollHeight - log.clientHeight - log.scrollTop") < 16


def test_a_reader_who_went_to_the_end_is_kept_there(chat, service):
    long = answer(
        [Piece(f"Sentence {n} of many that follow in a long answer.", lead="\n\n") for n in range(60)], TWO
    )
    frames, first, second = events(long), Gate(), Gate()
    service.play([*frames[:34], first, *frames[34:50], second, *frames[50:]])
    chat.open()
    chat.ask("Long?")
    expect(chat.find(".chip")).to_have_count(30)
    chat.find(".latest").click()
    first.opened.set()
    expect(chat.find(".chip")).to_have_count(46)
    gap = "const { log } = chat; return log.scrollHeight - log.clientHeight - log.scrollTop"
    assert chat.do(gap) < 16
    assert chat.do("return chat.log.getAttribute('aria-busy')") == "true"
    chat.find(".log").hover()
    chat.page.mouse.wheel(0, -300)
    chat.page.wait_for_timeout(200)
    before = chat.do("return chat.log.scrollTop")
    second.opened.set()
    chat.settle()
    assert abs(chat.do("return chat.log.scrollTop") - before) < 4


def test_only_the_end_of_a_growing_answer_is_drawn(chat, service):
    long = answer([Piece(f"Sentence {n}.") for n in range(200)], TWO)
    frames, gate = events(long), Gate()
    service.play([*frames[:104], gate, *frames[104:]])
    chat.open()
    chat.ask()
    expect(chat.find(".chip")).to_have_count(100)
    chat.do(
        "window.touched = 0; window.old = [root.querySelector('.text'), ...root.querySelectorAll('.text *')];"
        " window.watch = new MutationObserver((records) => { for (const { target, removedNodes } of records)"
        " if (old.includes(target)) touched += removedNodes.length; });"
        " watch.observe(old[0], { childList: true, subtree: true })"
    )
    gate.opened.set()
    expect(chat.find(".chip")).to_have_count(200)
    chat.settle()
    assert chat.do("return touched") == 0


def test_a_person_can_go_through_three_questions_in_inline_mode_without_the_page_moving(chat):
    chat.open(manual=True, body='<byline-chat mode="inline"></byline-chat><p id="below">Below</p>')
    heights = []
    for number in range(4):
        chat.answered(PORTS, f"Question {number}?")
        heights.append(chat.do("return document.querySelector('#below').offsetTop"))
    assert all(a == b for a, b in pairwise(heights[1:]))
