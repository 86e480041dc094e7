import re

import pytest

from service.adapters.prompt_files import PromptFiles
from service.domain.answer import Check, Cited, Progress, ReadingEnd
from service.domain.chat import ChatRequest
from service.domain.errors import ModelUnavailable
from service.domain.summary import LeftOut
from service.readers.generative_summary import GenerativeSummary
from tests.fakes.evidence import article_of
from tests.fakes.summaries import Reply, ScriptedModel, as_text, summary_task

LABELLED = re.compile(r"^\[(\d+\.\d+)\] (.*)$", re.MULTILINE)
CRANE = (
    "A crane fell on two men at Port Alden on Saturday. The cable had snapped. The crane was built in 1987."
)
CUP = "Rovers won the cup final at Tanner Lane. Thirty thousand people saw the match."


def shown(request: ChatRequest) -> dict[str, str]:
    """The labelled sentences of the last message."""
    return dict(LABELLED.findall(request.messages[-1].content))


def first_of_each(request: ChatRequest) -> str:
    """Copies the first sentence of each article, with its label."""
    return "\n".join(
        f"{text.rstrip('.')} [{label}]." for label, text in shown(request).items() if label.endswith(".1")
    )


def chooses(request: ChatRequest) -> str:
    """Chooses the first sentence of each article where it is to choose, and copies what it is shown else."""
    if "Reply with nothing but their labels" in request.messages[0].content:
        return " ".join(f"[{label}]" for label in shown(request) if label.endswith(".1"))
    return "\n".join(f"{text.rstrip('.')} [{label}]." for label, text in shown(request).items())


async def read(script, kind, articles, max_words=60, **reader):
    model = ScriptedModel(script)
    summary = GenerativeSummary(model, PromptFiles(), **reader)
    items = [item async for item in summary.read(summary_task(kind, articles, max_words))]
    return items, model


def lines_of(items) -> list[Cited]:
    return [item for item in items if isinstance(item, Cited)]


async def test_what_a_model_copies_and_points_at_is_shown():
    items, _ = await read(first_of_each, "brief", [CRANE, CUP])
    assert as_text(lines_of(items)) == (
        "A crane fell on two men at Port Alden on Saturday. Rovers won the cup final at Tanner Lane."
    )
    assert isinstance(items[-1], ReadingEnd)
    assert items[-1].prompt is not None
    assert items[-1].prompt.name == "summarise"


async def test_a_fluent_lie_is_replaced_by_the_words_that_it_points_at():
    items, _ = await read(lambda _: "The crane fell on nine men at Port Alden [1.1].", "brief", [CRANE])
    assert as_text(lines_of(items)) == "A crane fell on two men at Port Alden on Saturday."
    assert [(c.outcome.value, c.n) for c in items if isinstance(c, Check)] == [("quoted", 1)]


async def test_a_sentence_that_points_at_nothing_is_not_shown():
    items, _ = await read(lambda _: "All is well.", "brief", [CRANE])
    assert lines_of(items) == []


async def test_the_length_is_kept_and_the_rest_is_not_asked_for():
    items, model = await read(chooses, "bullets", [CRANE, CUP], max_words=14)
    assert 0 < len(as_text(lines_of(items)).split()) <= 14
    assert model.closed == 1


async def test_the_same_sentence_is_shown_once():
    items, _ = await read(
        lambda _: "The cable had snapped [1.2]. The cable had snapped [1.2].", "brief", [CRANE]
    )
    assert len(lines_of(items)) <= 1


async def test_all_articles_are_read_in_batches_however_many_there_are():
    articles = [
        article_of(f"Village {n} lost its school. The roof of house {n} burned.", n) for n in range(1, 41)
    ]
    items, model = await read(chooses, "bullets", articles, max_words=400, batch_words=60)
    asked = {label for request in model.asked for label in shown(request)}
    assert {f"{n}.1" for n in range(1, 41)} <= asked
    done = [item.n for item in items if isinstance(item, Progress) and item.stage == "reading"]
    assert done[-1] <= 40
    assert max(done) == 40
    assert len(lines_of(items)) > 10


async def test_an_article_of_which_the_model_chose_nothing_is_named():
    def picks_the_crane(request: ChatRequest) -> Reply:
        return "[1.1]" if "their labels" in request.messages[0].content else chooses(request)

    items, _ = await read(picks_the_crane, "brief", [CRANE, CUP], batch_words=20)
    assert [item.article_id for item in items if isinstance(item, LeftOut)] == ["article-2"]


async def test_a_timeline_by_a_model_runs_by_day_and_leaves_out_what_names_none():
    text = (
        "Padding one is here. Padding two is here. Padding three is here. The bridge closed on 4 May 2026. "
        "Cracks were found on 2 March 2026. Nobody was hurt by it."
    )
    reply = (
        "The bridge closed on 4 May 2026 [1.4]. Nobody was hurt by it [1.6]. "
        "Cracks were found on 2 March 2026 [1.5]."
    )
    items, _ = await read(lambda _: reply, "timeline", [text])
    assert [str(line.dated) for line in lines_of(items)] == ["2026-03-02", "2026-05-04"]


async def test_who_said_what_by_a_model_keeps_to_named_speakers():
    held = article_of("Ines Varga said the cable had snapped. The crane is old.", 1, {1: "Ines Varga"})
    items, _ = await read(chooses, "who_said_what", [held])
    assert [line.quotes[0].speaker for line in lines_of(items)] == ["Ines Varga"]


async def test_a_model_that_fails_before_a_line_raises():
    with pytest.raises(ModelUnavailable):
        await read(lambda _: ModelUnavailable("down"), "brief", [CRANE])


async def test_a_batch_that_fails_stops_the_others():
    articles = [article_of(f"Village {n} lost its school to a fire.", n) for n in range(1, 21)]
    model = ScriptedModel(lambda _: ModelUnavailable("down"))
    summary = GenerativeSummary(model, PromptFiles(), batch_words=20)
    with pytest.raises(ModelUnavailable):
        async for _ in summary.read(summary_task("brief", articles)):
            pass
    assert len(model.asked) < 20


async def test_a_caller_that_goes_away_stops_the_batches_that_wait():
    articles = [article_of(f"Village {n} lost its school to a fire.", n) for n in range(1, 41)]
    model = ScriptedModel(chooses)
    stream = GenerativeSummary(model, PromptFiles(), batch_words=20).read(summary_task("brief", articles))
    async for item in stream:
        if isinstance(item, Progress):
            break
    await stream.aclose()
    assert model.closed == len(model.asked) < 20
