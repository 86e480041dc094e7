"""What becomes of a model's recorded sentences."""

import yaml

from evals.cassettes import Cassette, current
from evals.labels import Labelled
from evals.support.drafts import POINTED, became, draft_rates, drafts, sheet, units
from service.domain.answer import PromptUsed, Usage
from service.domain.chat import ChatRequest, CompletionEnd, Message
from service.settings import Chat
from tests.fakes.evidence import task_of

TEXT = (
    "The ferry sank off Hask on Monday. The owner said that rust was to blame. Nobody was hurt on the ferry."
)
REPLY = (
    "The ferry sank off Hask on Monday. [1.2]. The ferry sank off Hask on Friday [1.1]. "
    "Nobody was hurt on the ferry [7.7]. NOT IN THE ARTICLES"
)


class Model:
    """Says what it was made to say."""

    name = "openai/small"

    async def price(self, prompt_tokens, completion_tokens):
        return 0.0

    async def stream(self, request):
        yield REPLY
        yield CompletionEnd("stop", Usage(), self.name)


async def held(tmp_path):
    tape = Cassette(tmp_path / "c.jsonl", "record")
    tape.under(Chat(model="openai/small", evidence_words=100))
    current.set(("ferry/q1", 0))
    for prompt in ("answer", "condense"):
        request = ChatRequest((Message("user", prompt),), 9, prompt=PromptUsed(prompt, 1, "d"))
        _ = [part async for part in tape.wrap(Model()).stream(request)]
    return drafts(tape, {("ferry/q1", 0): task_of("What happened to the ferry?", [TEXT])})


async def test_the_sentences_of_answers_are_taken_and_a_reply_that_says_nothing_is_none(tmp_path):
    found = await held(tmp_path)
    assert [(d.question, d.text) for d in found] == [
        ("ferry/q1", "The ferry sank off Hask on Monday."),
        ("ferry/q1", "The ferry sank off Hask on Friday."),
        ("ferry/q1", "Nobody was hurt on the ferry."),
    ]
    assert [d.nearest().n for d in found] == [1, 1, 3]


async def test_a_sentence_is_judged_as_it_was_labelled_and_as_it_should_have_been(tmp_path):
    right, lie, lost = await held(tmp_path)
    assert await became(right, right.unit, "close", None) == "withheld"  # it points at another sentence
    assert await became(right, right.repointed(), "close", None) == "shown"
    assert await became(right, right.repointed(), "quotes", None) == "quoted"
    assert await became(lie, lie.repointed(), "close", None) == "quoted"
    assert await became(lost, lost.unit, "prose", None) == "withheld"
    assert await became(lost, lost.repointed(), "prose", None) == "shown"


async def test_rates_are_counted_by_what_a_reader_of_the_articles_said(tmp_path):
    labels = [
        Labelled("ferry/q1", "The ferry sank off Hask on Monday.", "true"),
        Labelled("ferry/q1", "The ferry sank off Hask on Friday.", "false"),
        Labelled("other/q1", "Nobody was hurt on the ferry.", "false"),
    ]
    found = await draft_rates(await held(tmp_path), labels, None)
    assert found["labels"] == {"false": 1, "true": 1, "unread": 1}
    best = found["rates"][POINTED[1]]["close"]
    assert [best[label]["shown"]["hits"] for label in ("true", "false", "unread")] == [1, 0, 1]
    assert best["false"]["quoted"]["hits"] == 1


async def test_the_sheet_holds_what_nobody_has_read_yet(tmp_path):
    labels = [Labelled("ferry/q1", "The ferry sank off Hask on Monday.", "true")]
    found = yaml.safe_load(sheet(await held(tmp_path), labels, "openai/small", "dev"))
    assert [row["text"] for row in found["sentences"]] == [
        "The ferry sank off Hask on Friday.",
        "Nobody was hurt on the ferry.",
    ]
    assert {row["label"] for row in found["sentences"]} == {""}


def test_a_reply_is_cut_as_the_reader_cuts_it():
    assert [unit.text for unit in units("One [1.1]. Two. [1.2]")] == ["One.", "Two."]
