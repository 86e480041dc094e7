"""What every CopyFinder does, held on the fake and on the real one."""

import pytest

from service.adapters.minhash_copies import MinhashCopies
from service.ports import CopyFinder
from tests.fakes.copies import DifflibCopies

WIRE_PARAGRAPHS = (
    (
        "PORT ALDEN (Meridian Wire) - Some 412 dockers walked out at midnight over a new roster for "
        "night shifts, the union said on Tuesday, and eleven ships were left waiting in the outer "
        "roads."
    ),
    (
        'The harbour master said the port would lose about 3 million crowns a day. "We have seen this '
        'film before," said Ines Varga, who runs the container terminal. "It ends with everybody '
        'poorer."'
    ),
    (
        "The union's secretary, Tomas Brell, said that members had not been asked before the roster "
        "was drawn up and that the strike would go on until it was withdrawn. He said two meetings "
        "had been called and cancelled."
    ),
    (
        "The labour ministry offered to mediate. A spokesman said both sides had been invited for "
        "Thursday, and that the minister would be there himself if it helped."
    ),
    "The last stoppage at the port, in the spring of 2021, ended after six days.",
)
WIRE = "\n\n".join(WIRE_PARAGRAPHS)

RIVAL_PARAGRAPHS = (
    (
        "A walkout over night work brought the docks at Port Alden to a halt this week. By the count "
        "of the Brell camp, 412 people laid down their tools when the clock struck twelve."
    ),
    (
        "Out at sea the queue of freighters grew to eleven. Ines Varga of the container terminal was "
        'gloomy. "It ends with everybody poorer," she told this paper, and put the daily damage at a '
        "seven-figure sum."
    ),
    (
        "Whether the ministry can bring the parties to one table on Thursday is open. The employers "
        "have not said that they will come, and the men at Gate Two, warming their hands over a "
        "barrel, did not look like people in a hurry."
    ),
)
RIVAL = "\n\n".join(RIVAL_PARAGRAPHS)


@pytest.fixture(params=[DifflibCopies, MinhashCopies])
def finder(request) -> CopyFinder:
    finder: CopyFinder = request.param()
    return finder


def together(finder: CopyFinder, *texts: str) -> bool:
    return [list(group) for group in finder.groups(texts)] == [list(range(len(texts)))]


def test_every_text_stands_in_exactly_one_group(finder):
    groups = finder.groups([WIRE, RIVAL, WIRE, "Rain.", ""])
    assert sorted(i for group in groups for i in group) == [0, 1, 2, 3, 4]


def test_no_texts_make_no_groups(finder):
    assert list(finder.groups([])) == []


def test_equal_texts_are_copies(finder):
    assert together(finder, WIRE, WIRE)


def test_a_wire_text_without_its_last_paragraph_is_a_copy(finder):
    assert together(finder, WIRE, WIRE.rpartition("\n\n")[0])


def test_a_wire_text_without_its_dateline_is_a_copy(finder):
    assert together(finder, WIRE, WIRE.partition(" - ")[2])


def test_two_reports_of_one_event_in_other_words_are_no_copies(finder):
    assert not together(finder, WIRE, RIVAL)


def test_a_text_in_which_one_figure_was_corrected_is_no_copy_of_the_uncorrected_one(finder):
    assert not together(finder, WIRE, WIRE.replace("412 dockers", "380 dockers"))


def test_a_text_in_which_a_denial_was_corrected_is_no_copy_of_the_uncorrected_one(finder):
    assert not together(finder, WIRE, WIRE.replace("had not been asked", "had been asked"))


def test_a_brief_is_no_copy_of_the_report_that_begins_with_it(finder):
    assert not together(finder, WIRE, WIRE.partition("\n\n")[0])


def test_a_copy_that_fits_two_texts_which_contradict_each_other_goes_to_the_one_that_comes_first(finder):
    full = WIRE + " It cost exporters 38 million crowns in all."
    corrected = full.replace("38 million", "41 million")
    assert [list(group) for group in finder.groups([full, corrected, WIRE])] == [[0, 2], [1]]
