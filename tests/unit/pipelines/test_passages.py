"""Passages are made of any text, whatever the rules make of it."""

import logging

from service.pipelines import passages as module
from service.pipelines.passages import sentences_of

TEXT = "The ferry sails. It is late.\n\nNobody minds."


class Broken:
    """A splitter that fails."""

    def split(self, paragraph: str) -> list[tuple[int, int]]:
        raise RecursionError(paragraph[:3])


class Halves:
    """Cuts a paragraph in two."""

    def split(self, paragraph: str) -> list[tuple[int, int]]:
        return [(0, len(paragraph) // 2), (len(paragraph) // 2, len(paragraph))]


def test_a_text_that_cannot_be_split_is_read_by_paragraphs(caplog):
    with caplog.at_level(logging.ERROR):
        found = sentences_of(TEXT, Broken())
    assert [TEXT[s.start : s.end] for s in found] == ["The ferry sails. It is late.", "Nobody minds."]
    assert "could not be found" in caplog.text


def test_a_text_whose_speakers_cannot_be_found_has_none(monkeypatch, caplog):
    def fails(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(module, "attribute", fails)
    with caplog.at_level(logging.ERROR):
        found = sentences_of(TEXT, Halves())
    assert [s.speaker for s in found] == [None] * len(found)
    assert len(found) > 2
    assert "speakers" in caplog.text
