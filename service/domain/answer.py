"""A question, what it is answered from, and the two outcomes: an answer or an abstention."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from service.domain.article import NO_FILTERS, Article, Filters, Quote, Sentence, Vector

MAX_QUESTION: Final = 1_000
MAX_HISTORY_TURNS: Final = 20
MAX_HISTORY: Final = 20_000
DEFAULT_SOURCES: Final = 8

Mode: TypeAlias = Literal["auto", "extractive", "generative"]
Style: TypeAlias = Literal["quotes", "close", "prose"]
Match: TypeAlias = Literal["exact", "folded", "close", "paraphrase"]
Finish: TypeAlias = Literal["stop", "length", "interrupted"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation before the question."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asks. `as_of` is None unless the caller sent it."""

    text: str
    as_of: datetime | None = None
    filters: Filters = NO_FILTERS
    history: tuple[Turn, ...] = ()
    mode: Mode = "auto"
    style: Style = "close"
    max_sources: int = DEFAULT_SOURCES


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceSentence:
    """A sentence that a reader may use. `article` and `n` count from 1 and make its label `[article.n]`."""

    article: int
    n: int
    sentence: Sentence
    text: str
    vector: Vector
    retrieved: float
    """The score in [0, 1] of the best passage that holds it; 0.0 for a neighbour that was not retrieved."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Another outlet's copy of a text: it counts as no further source."""

    article_id: str
    source: str | None
    url: str | None


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceArticle:
    """An article of the evidence with the sentences that were selected from it, in reading order."""

    n: int
    article: Article
    revision: int
    score: float
    corrected: bool
    sentences: tuple[EvidenceSentence, ...]
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a reader is shown: articles by falling score, numbered from 1."""

    articles: tuple[EvidenceArticle, ...] = ()
    question_vector: Vector | None = None
    missing_words: tuple[str, ...] = ()
    """Words of the question that no article at all has."""
    frequencies: Mapping[str, int] = field(default_factory=dict)
    """In how many passages of the whole index each content word of the question stands."""
    passages: int = 0
    """How many passages the index holds."""
    word_vectors: Mapping[str, Vector] = field(default_factory=dict)
    """Of the words of the question and of the sentences, what the embedding model knows of each alone."""
    search: Literal["hnsw", "exact"] = "hnsw"
    seq: int = 0
    dates: tuple[date, date] | None = None
    """With a date filter that left nothing: the oldest and newest publication dates there are."""

    def sentences(self) -> tuple[EvidenceSentence, ...]:
        """All sentences, article by article, in reading order."""
        return tuple(sentence for article in self.articles for sentence in article.sentences)

    def sentence(self, article: int, n: int) -> EvidenceSentence | None:
        """The sentence with the label `[article.n]`, or None."""
        if not 1 <= article <= len(self.articles):
            return None
        return next((s for s in self.articles[article - 1].sentences if s.n == n), None)

    def quote(self, sentence: EvidenceSentence) -> Quote:
        """Cut a sentence's quote from the stored text, with up to 32 code points on either side."""
        held = self.articles[sentence.article - 1]
        start, end, text = sentence.sentence.start, sentence.sentence.end, held.article.text
        return Quote(
            article_id=held.article.id or None,
            revision=held.revision or None,
            start=start,
            end=end,
            text=text[start:end],
            prefix=text[max(0, start - 32) : start],
            suffix=text[end : end + 32],
            speaker=sentence.sentence.speaker,
        )


class Outcome(StrEnum):
    """What became of a model's sentence that was not shown as written."""

    QUOTED = "quoted"
    WITHHELD = "withheld"


class Reason(StrEnum):
    """Why a model's sentence was not shown as written: the first rule that failed."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    HEDGE = "hedge"
    SPEAKER = "speaker"
    ROLE = "role"
    ADDED = "added"
    CUT = "cut"
    REWORDED = "reworded"
    LEANS = "leans"
    REPEATED = "repeated"
    OFF_QUESTION = "off_question"
    UNRESOLVABLE = "unresolvable"


@dataclass(frozen=True, slots=True)
class Check:
    """How many sentences of a model met one outcome for one reason; never their text."""

    reason: Reason
    outcome: Outcome
    n: int


@dataclass(frozen=True, slots=True)
class Cited:
    r"""A sentence of an answer before it has a place in it: its words and the quotes that bear them.

    `lead` is what parts it from the sentence before ("", " ", "\n\n" or "\n- "). `preface` is what
    stands before the sentence and outside its citation, such as `[Hassan Kazemi Qomi] `.
    """

    text: str
    quotes: tuple[Quote, ...]
    match: Match = "exact"
    support: float = 1.0
    lead: str = ""
    preface: str = ""
    dated: date | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of the answer with the quotes that bear it: `answer[start:end]` is the cited sentence."""

    id: int
    start: int
    end: int
    support: float
    quotes: tuple[Quote, ...]
    match: Match
    dated: date | None = None


@dataclass(frozen=True, slots=True)
class SourceArticle:
    """An article that an answer drew on or could have."""

    n: int
    article: Article
    revision: int
    corrected: bool
    score: float
    cited: bool
    copies: tuple[Copy, ...] = ()


class AbstentionReason(StrEnum):
    """Why there is no answer."""

    NO_MATCH = "no_match"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    OUTSIDE_DATES = "outside_dates"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Nearest:
    """A stored sentence close to the question: shown as such, proof of nothing."""

    article: Article
    quote: Quote


@dataclass(frozen=True, slots=True)
class Abstention:
    """That the articles do not say it, as far as was found: an outcome, not an error."""

    reason: AbstentionReason
    message: str
    missing_words: tuple[str, ...] = ()
    nearest: tuple[Nearest, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One side of a disagreement, with its words; `n` is its source's number."""

    n: int
    quote: Quote


@dataclass(frozen=True, slots=True)
class SourcesDisagree:
    """Two sources that do not agree, or a state that has changed since."""

    about: str
    sides: tuple[ConflictSide, ...]
    kind: Literal["disagree", "changed_since"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money that model calls took; `cost_usd` is None where the price is unknown."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0


@dataclass(frozen=True, slots=True)
class PromptUsed:
    """Which prompt asked the model."""

    name: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """How an answer came to be."""

    model: str | None = None
    prompt: PromptUsed | None = None
    seq: int = 0
    search: Literal["hnsw", "exact"] = "hnsw"
    settings: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    usage: Usage = Usage()
    cached: bool = False


class Status(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it was asked and as it was understood."""

    asked: str
    standalone: str
    filters: Filters
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole outcome of a question; with `status` abstained, `text` is empty and says why."""

    id: str
    status: Status
    mode: Literal["extractive", "generative"]
    text: str
    citations: tuple[Citation, ...]
    sources: tuple[SourceArticle, ...]
    question: Asked
    confidence: float
    provenance: Provenance
    degraded_reason: str | None = None
    finish: Finish = "stop"
    abstention: Abstention | None = None
    conflicts: tuple[SourcesDisagree, ...] = ()
    checks: tuple[Check, ...] = ()
    followups: tuple[str, ...] = ()
    newest_source_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """The first event of an answer."""

    id: str
    as_of: datetime
    mode: Literal["extractive", "generative"]


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done, and over how many articles."""

    stage: Literal["searching", "reading", "writing"]
    n: int


@dataclass(frozen=True, slots=True)
class Found:
    """The sources, before any text that cites them."""

    sources: tuple[SourceArticle, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """The next checked sentence: `text` carries its own leading space or break."""

    text: str
    citation: Citation


AnswerEvent: TypeAlias = Began | Progress | Found | Said | Check | Answer
"""In this order; exactly one `Answer`, at the end. The texts of all `Said`, joined, are `Answer.text`."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a reader is given: the standalone question, when it is asked, and the evidence."""

    question: str
    as_of: datetime
    evidence: Evidence
    style: Style = "close"
    chosen: tuple[EvidenceSentence, ...] = ()
    """The sentences that bear the answer, where they were chosen before (`domain/reading.py`)."""


@dataclass(frozen=True, slots=True)
class ReadingEnd:
    """The last thing a reader gives: how it ended, and what it took.

    `partial` says that sentences which mattered were not shown, or part of the question is not covered.
    """

    finish: Finish = "stop"
    partial: bool = False
    model: str | None = None
    prompt: PromptUsed | None = None
    usage: Usage = Usage()
    cached: bool = False


Reading: TypeAlias = Cited | Check | ReadingEnd
"""What a reader gives, in order; exactly one `ReadingEnd`, at the end."""
