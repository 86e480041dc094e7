"""What the trips need from outside, as protocols. Adapters fulfil them; `tests/contracts` holds both.

Every port that waits for something is async: an adapter takes blocking work off the event loop itself.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from service.domain.answer import PromptUsed, Reading, Task
from service.domain.article import (
    NO_FILTERS,
    Article,
    Change,
    EmbeddedPassage,
    Filters,
    Matrix,
    Receipt,
    Revision,
    Vector,
)
from service.domain.chat import ChatRequest, CompletionPart, Message
from service.domain.errors import ServiceError
from service.domain.feedback import Candidate, Feedback, KeptAnswer, Value
from service.domain.ranking import Ranking
from service.domain.summary import SummaryReading, SummaryTask


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, with its zone."""
        ...


class SentenceSplitter(Protocol):
    """Finds the sentences of a paragraph."""

    def split(self, paragraph: str) -> Sequence[tuple[int, int]]:
        """Spans of the sentences, in order, not overlapping, without white space at their ends."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The vector of a text, shape (d,), and of spans of it, shape (s, d)."""

    vector: Vector
    span_vectors: Matrix


class Embedder(Protocol):
    """Turns text into vectors of unit norm."""

    @property
    def space(self) -> str:
        """The model's name and dimension: vectors of different spaces must not meet."""
        ...

    @property
    def max_tokens(self) -> int:
        """The model cuts a text after so many tokens."""
        ...

    async def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        """Tokens of each text, without the model's special ones."""
        ...

    async def embed_query(self, text: str) -> Vector:
        """The vector of a question; concurrent calls share a batch."""
        ...

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Vectors of n texts, shape (n, d), in their order."""
        ...

    async def embed_words(self, words: Sequence[str]) -> Matrix:
        """What the model knows of n words by themselves, shape (n, w), unit rows: a look into a table.

        A row of zeros for a word that it does not know; w is 0 where a model has no such table.
        """
        ...

    async def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> Sequence[Embedded]:
        """Vectors of n texts and of spans of each, in one pass over the texts."""
        ...


class ArticleStore(Protocol):
    """The truth: articles, revisions, passages with their vectors, and the change feed."""

    async def put(self, articles: Sequence[Article]) -> Sequence[Receipt | ServiceError]:
        """Store articles in one transaction, each refused or kept by itself; durable on return."""
        ...

    async def get(self, article_id: str, revision: int | None = None) -> Revision:
        """One revision, the current one by default; retracted ones too. Raises ArticleNotFound."""
        ...

    async def current(self, article_ids: Sequence[str]) -> Mapping[str, Revision]:
        """The current revisions of those of the articles that are live."""
        ...

    async def revisions(self, article_id: str) -> Sequence[Revision]:
        """All revisions, oldest first. Raises ArticleNotFound."""
        ...

    async def page(self, *, after: str | None, limit: int, filters: Filters) -> Sequence[Revision]:
        """Current revisions by id, after `after`."""
        ...

    async def retract(self, article_id: str, reason: str | None) -> Change:
        """Take an article out of every answer and keep its record. Raises ArticleNotFound."""
        ...

    async def delete(self, article_id: str) -> Change:
        """Remove an article with all revisions. Raises ArticleNotFound."""
        ...

    async def changes_after(self, seq: int, limit: int) -> Sequence[Change]:
        """The change feed after `seq`, in order."""
        ...

    async def last_seq(self) -> int:
        """The newest `seq`, 0 before any change."""
        ...

    async def embedded_seq(self) -> int:
        """The newest `seq` up to which every live article's passages are made."""
        ...

    async def count(self) -> int:
        """How many live articles there are."""
        ...

    async def date_range(self) -> tuple[date, date] | None:
        """The oldest and the newest publication date of live articles."""
        ...

    async def space(self) -> str | None:
        """The embedding space of the stored vectors, None before there are any."""
        ...

    async def passages_of(
        self, wanted: Sequence[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Sequence[EmbeddedPassage]]:
        """The passages of revisions, by article and number; a revision whose were not made yet is missing."""
        ...

    async def passage_counts(self, article_ids: Sequence[str]) -> Mapping[str, int]:
        """How many passages the current revisions of the articles have."""
        ...

    async def live_count(self) -> int:
        """How many passages live articles have: what each index must hold when it is up to date."""
        ...

    async def save_passages(
        self, made: Sequence[tuple[str, int, Sequence[EmbeddedPassage]]], space: str
    ) -> None:
        """Keep the passages of revisions (article id, revision, passages), all or none."""
        ...

    async def drop_passages(self) -> None:
        """Forget all passages and their space, so that they are made anew."""
        ...

    async def live_passages(
        self, passage_ids: Sequence[str]
    ) -> Mapping[str, tuple[EmbeddedPassage, Revision]]:
        """Those of the passages that belong to the current revision of a live article."""
        ...

    async def stale_passages(self, article_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Ids of passages that the articles once had and that no index may hold any more."""
        ...

    def live_vectors(self) -> AsyncIterator[Sequence[tuple[EmbeddedPassage, Article]]]:
        """All live passages, in batches: what a derived index is rebuilt from."""
        ...


class AnswerStore(Protocol):
    """Answers that were given, for a while, and what readers said of them."""

    async def keep(self, kept: KeptAnswer) -> None:
        """Keep an answer; durable on return."""
        ...

    async def find(self, answer_id: str) -> KeptAnswer:
        """One answer. Raises AnswerNotFound."""
        ...

    async def add_feedback(self, feedback: Feedback) -> None:
        """Add a reader's word; beyond MAX_FEEDBACK the oldest goes. Raises AnswerNotFound."""
        ...

    async def candidates(self, *, limit: int, value: Value | None = None) -> Sequence[Candidate]:
        """Answers that have feedback, or feedback of one value; the newest word first."""
        ...

    async def forget_older_than(self, moment: datetime) -> int:
        """Drop what was kept before `moment`, its feedback too; how many answers went."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class IndexedArticle:
    """What the indexes hold of an article from now on; `stale` are ids of passages that have to go."""

    article_id: str
    article: Article | None
    passages: Sequence[EmbeddedPassage] = ()
    stale: Sequence[str] = ()


class DerivedIndex(Protocol):
    """What both indexes are: a cache of the truth that knows how far it has come."""

    async def applied_seq(self) -> int:
        """The last `seq` whose changes are in."""
        ...

    async def replace(self, articles: Sequence[IndexedArticle], seq: int) -> None:
        """Put articles' passages in the place of their old ones; durable with `seq` on return."""
        ...

    async def clear(self) -> None:
        """Begin an empty generation at seq 0, whatever state the old one is in."""
        ...

    async def count(self) -> int:
        """How many passages it holds."""
        ...


class VectorIndex(DerivedIndex, Protocol):
    """Finds passages by vector."""

    async def search(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> Ranking:
        """The nearest passages by cosine. Raises IndexUnavailable."""
        ...


class LexicalIndex(DerivedIndex, Protocol):
    """Finds passages by words."""

    async def search(self, query: str, limit: int, filters: Filters = NO_FILTERS) -> Ranking:
        """The best passages by BM25; any text is a query."""
        ...

    async def document_frequencies(self, words: Sequence[str]) -> Mapping[str, int]:
        """In how many passages each word stands, in any of its inflected forms; 0 where in none."""
        ...


class Reranker(Protocol):
    """Scores passages against a question, more slowly and better."""

    async def rerank(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """One score a text; larger is better."""
        ...


class CopyFinder(Protocol):
    """Finds texts that are nearly the same."""

    def groups(self, texts: Sequence[str]) -> Sequence[Sequence[int]]:
        """Positions of the texts, those of near-copies together."""
        ...


class Reader(Protocol):
    """Answers from evidence."""

    def read(self, task: Task) -> AsyncGenerator[Reading]:
        """Sentences with their quotes, checks, and one `ReadingEnd` at the end; nothing where it abstains."""
        ...


class SummaryReader(Protocol):
    """Summarises articles."""

    def read(self, task: SummaryTask) -> AsyncGenerator[SummaryReading]:
        """Sentences with their quotes, checks, progress, what was not used; one `ReadingEnd` at the end."""
        ...


class ChatModel(Protocol):
    """Completes messages."""

    @property
    def name(self) -> str:
        """The model as the settings name it."""
        ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        """Text as it comes, one `CompletionEnd` at the end; closed, it stops the call.

        Raises UpstreamError, ModelRejected.
        """
        ...

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """What so many tokens cost in US dollars; None where no price is known."""
        ...


class PromptLibrary(Protocol):
    """The prompts, by name and version."""

    def render(self, name: str, **inputs: object) -> tuple[tuple[Message, ...], PromptUsed]:
        """The messages of the newest version, and which it was. Raises PromptInvalid."""
        ...


class Entailment(Protocol):
    """Says how likely one text follows from another."""

    async def entail(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float]:
        """For each pair (premise, hypothesis) the probability in [0, 1] that the first entails the second."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """What model calls of one day (UTC) took, with what is reserved for calls under way."""

    day: date
    usd: float = 0.0
    tokens: int = 0


class BudgetStore(Protocol):
    """Keeps the day's spending over a restart."""

    async def load(self) -> Spent | None:
        """What was kept last, None before anything was."""
        ...

    async def save(self, spent: Spent) -> None:
        """Keep it; durable on return."""
        ...
