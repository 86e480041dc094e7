"""The reader that needs no model: it answers with the articles' own sentences."""

from collections.abc import AsyncGenerator
from itertools import pairwise

from service.domain.answer import Cited, EvidenceSentence, Reading, ReadingEnd, Task
from service.domain.reading import choose


class ExtractiveReader:
    """A `Reader` that picks sentences and shows them as they stand."""

    async def read(self, task: Task) -> AsyncGenerator[Reading]:
        """The sentences that bear the answer, in reading order; those that stand together stay together."""
        chosen = task.chosen or choose(task.question, task.evidence).sentences
        leads = ["", *(_lead(before, after) for before, after in pairwise(chosen))]
        for sentence, lead in zip(chosen, leads, strict=False):
            yield Cited(text=sentence.text, quotes=(task.evidence.quote(sentence),), lead=lead)
        yield ReadingEnd()


def _lead(before: EvidenceSentence, after: EvidenceSentence) -> str:
    """A space inside a paragraph of an article, a blank line elsewhere."""
    together = before.article == after.article and before.sentence.paragraph == after.sentence.paragraph
    return " " if together else "\n\n"
