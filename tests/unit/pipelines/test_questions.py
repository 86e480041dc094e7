"""Questions that a model rewrites."""

import pytest

from service.adapters.prompt_files import PromptFiles
from service.domain.answer import Question, Turn, Usage
from service.domain.chat import CompletionEnd, CompletionPart
from service.domain.errors import ModelUnavailable
from service.pipelines.questions import AskModel
from tests.unit.pipelines.test_model_calls import Model

HISTORY = (Turn("user", "What did Qomi say about Pakistan?"), Turn("assistant", "He praised it."))
END = CompletionEnd("stop", Usage(), "a")


def asking(written: str | Exception) -> AskModel:
    script: list[CompletionPart | Exception] = [written]
    return AskModel(Model("a", script if isinstance(written, Exception) else [*script, END]), PromptFiles())


async def test_a_follow_up_is_made_to_stand_alone():
    got = await asking("What did Qomi say about China?\n").condense(
        Question("and about China?", history=HISTORY)
    )
    assert got == "What did Qomi say about China?"


@pytest.mark.parametrize(
    "written", ["What did Raisi say about China?", "What happened in 1998 in China?", "", "x" * 1_200, "?!"]
)
async def test_a_rewriting_that_adds_a_name_or_number_or_is_no_question_is_refused(written):
    assert await asking(written).condense(Question("and about China?", history=HISTORY)) is None


async def test_a_question_without_history_is_not_rewritten_and_a_failure_leaves_it():
    made = asking("x")
    assert isinstance(made.model, Model)
    assert await made.condense(Question("What of Qomi?")) is None
    assert made.model.calls == 0
    assert await asking(ModelUnavailable("x")).condense(Question("and?", history=HISTORY)) is None


async def test_a_question_on_two_subjects_is_planned_in_its_own_words():
    parts = "What did Oduya say about rates?\n- What did Blackwood say about rates?"
    got = await asking(parts).plan("What did Oduya and Blackwood say about rates?")
    assert got == ("What did Oduya say about rates?", "What did Blackwood say about rates?")


TWO = "What did Oduya and Blackwood say about the 4 cuts?"


@pytest.mark.parametrize(
    "written",
    [
        "What did Oduya say about the 4 cuts?",
        "What did Oduya say about the 4 cuts?\nWhat did Stroud say about the 4 cuts?",
        "What did Oduya say about the 4 cuts?\nWhat did Blackwood say about the 5 cuts?",
        "What did Oduya say about the 4 cuts?\nWhat did Oduya say?",
        "What did Oduya say about the 4 cuts?\nWhere does Blackwood keep his horses in winter?",
        f"{TWO}\nWhat did Oduya say?",
        "What did Oduya say?\n" * 2,
        "\n".join(f"What did {who} say{x}?" for who in ("Oduya", "Blackwood") for x in ("", " about", " 4")),
        "a\nb",
        "",
    ],
    ids=["one", "name", "number", "forgets", "drifts", "repeats", "twice", "many", "noise", "nothing"],
)
async def test_a_plan_that_invents_forgets_or_is_none_is_refused(written):
    assert await asking(written).plan(TWO) is None


async def test_a_question_of_several_things_is_planned_in_lower_case_too():
    got = await asking("1. when did the ferry sink\n2. who owned the ferry").plan(
        "when did the ferry sink and who owned the ferry"
    )
    assert got == ("when did the ferry sink", "who owned the ferry")


@pytest.mark.parametrize(
    "question",
    [
        "What did Oduya say about rates?",
        "What did Qomi say about Pakistan?",
        "How many dockers work in Port Hask?",
        "and in 2023?",
    ],
)
async def test_a_question_on_one_subject_asks_no_model(question):
    made = asking("What did he say?\nWhat did she say?")
    assert isinstance(made.model, Model)
    assert await made.plan(question) is None
    assert made.model.calls == 0


async def test_without_its_model_there_is_no_plan():
    assert await asking(ModelUnavailable("x")).plan(TWO) is None
