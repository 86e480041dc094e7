"""What is answered over the wire, and how it comes of domain values."""

import datetime as dt
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from service.domain import answer as domain
from service.domain.article import Filters, Quote, Receipt, Revision
from service.domain.summary import Kind, Summary


class Out(BaseModel):
    """A model of what is answered."""

    model_config = ConfigDict(frozen=True)


class ReceiptOut(Out):
    """That an article is stored; `passages` is null while it is not yet searchable."""

    id: str
    revision: int
    status: Literal["created", "known", "revised"]
    passages: int | None
    indexed: bool
    seq: int

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptOut":
        """From the domain's."""
        return cls(
            id=receipt.id,
            revision=receipt.revision,
            status=receipt.status.value,
            passages=receipt.passages,
            indexed=receipt.indexed,
            seq=receipt.seq,
        )


class ArticleOut(Out):
    """A stored article; every span refers to the code points of `text`."""

    id: str
    headline: str
    text: str
    source: str | None
    author: str | None
    published_at: datetime | None
    updated_at: datetime | None
    url: str | None
    section: str | None
    language: str | None
    revision: int
    latest_revision: int
    retracted: bool
    retracted_reason: str | None
    corrected: bool
    stored_at: datetime

    @classmethod
    def of(cls, revision: Revision) -> "ArticleOut":
        """From the domain's."""
        held = revision.article
        return cls(
            id=held.id,
            headline=held.headline,
            text=held.text,
            source=held.source,
            author=held.author,
            published_at=held.published_at,
            updated_at=held.updated_at,
            url=held.url,
            section=held.section,
            language=held.language,
            revision=revision.number,
            latest_revision=revision.latest or revision.number,
            retracted=revision.retracted,
            retracted_reason=revision.retracted_reason,
            corrected=revision.corrected,
            stored_at=revision.stored_at,
        )


class ArticleRow(Out):
    """An article in a list, without its text."""

    id: str
    headline: str
    source: str | None
    author: str | None
    published_at: datetime | None
    updated_at: datetime | None
    url: str | None
    section: str | None
    language: str | None
    revision: int
    retracted: bool

    @classmethod
    def of(cls, revision: Revision) -> "ArticleRow":
        """From the domain's."""
        whole = ArticleOut.of(revision)
        return cls(**whole.model_dump(include=set(cls.model_fields)))


class ArticlePage(Out):
    """Articles by id; `next` goes into `?after=`, null at the end."""

    items: list[ArticleRow]
    next: str | None


class RevisionRow(Out):
    """A revision in a list."""

    revision: int
    headline: str
    updated_at: datetime | None
    stored_at: datetime


class RevisionList(Out):
    """All revisions of an article, oldest first."""

    items: list[RevisionRow]
    next: str | None = None


class RetractedOut(Out):
    """That an article is retracted."""

    id: str
    revision: int
    retracted: bool = True
    seq: int


class CopyOut(Out):
    """Another outlet's copy."""

    article_id: str
    source: str | None
    url: str | None


class QuoteOut(Out):
    """The exact words of a stored revision: its `text[start:end] == text`."""

    n: int
    article_id: str | None
    revision: int | None
    start: int
    end: int
    text: str
    prefix: str
    suffix: str
    match: Literal["exact", "folded", "close", "paraphrase"]
    speaker: str | None
    read: str | None


class CitationOut(Out):
    """A sentence of the answer, `answer[start:end]`, with the quotes that bear it."""

    id: int
    start: int
    end: int
    support: float
    quotes: list[QuoteOut]
    date: dt.date | None = None


class SourceOut(Out):
    """An article that the answer drew on or could have."""

    n: int
    article_id: str | None
    revision: int | None
    headline: str
    url: str | None
    source: str | None
    author: str | None
    published_at: datetime | None
    updated_at: datetime | None
    corrected: bool
    score: float
    cited: bool
    copies: list[CopyOut]


class PlaceOut(Out):
    """A stored sentence and where it stands."""

    revision: int | None
    start: int
    end: int
    text: str
    read: str | None


class NearestOut(Out):
    """A stored sentence close to the question: proof of nothing."""

    article_id: str | None
    headline: str
    source: str | None
    published_at: datetime | None
    url: str | None
    quote: PlaceOut


class AbstentionOut(Out):
    """Why there is no answer."""

    reason: Literal["no_match", "insufficient_evidence", "outside_dates", "unverifiable"]
    message: str
    missing_words: list[str]
    nearest: list[NearestOut]


class SideOut(Out):
    """One side of a disagreement."""

    n: int
    quote: PlaceOut


class ConflictOut(Out):
    """Two sources that do not agree, or a state that changed."""

    about: str
    sides: list[SideOut]
    kind: Literal["disagree", "changed_since"]


class CheckOut(Out):
    """How many sentences of a model were not shown as written, and why."""

    reason: str
    outcome: Literal["quoted", "withheld"]
    n: int


class AppliedFilters(Out):
    """The filters that were applied, also those that the question's words set."""

    source: list[str] = []
    author: list[str] = []
    section: list[str] = []
    language: list[str] = []
    article_id: list[str] = []
    published_from: datetime | None
    published_to: datetime | None


class AskedOut(Out):
    """The question as it was asked and as it was understood."""

    asked: str
    standalone: str
    filters: AppliedFilters
    as_of: datetime


class PromptOut(Out):
    """Which prompt asked the model."""

    name: str
    version: int
    digest: str


class IndexOut(Out):
    """How far the index had come, and how vectors were searched."""

    seq: int
    search: Literal["hnsw", "exact"]


class UsageOut(Out):
    """Tokens and cost of model calls."""

    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


class ProvenanceOut(Out):
    """How the answer came to be."""

    model: str | None
    prompt: PromptOut | None
    index: IndexOut
    settings: str
    timings_ms: dict[str, float]
    usage: UsageOut
    cached: bool


class AnswerOut(Out):
    """An answer, or an abstention with `answer` empty."""

    id: str
    status: Literal["answered", "partial", "abstained"]
    mode: Literal["extractive", "generative"]
    degraded: bool
    degraded_reason: str | None
    confidence: float
    finish: Literal["stop", "length", "interrupted"]
    answer: str
    citations: list[CitationOut]
    sources: list[SourceOut]
    conflicts: list[ConflictOut]
    abstention: AbstentionOut | None
    checks: list[CheckOut]
    question: AskedOut
    followups: list[str]
    newest_source_at: datetime | None
    provenance: ProvenanceOut

    @classmethod
    def of(cls, answer: domain.Answer) -> "AnswerOut":
        """From the domain's."""
        numbers = numbered(answer.sources)
        return cls(
            id=answer.id,
            status=answer.status.value,
            mode=answer.mode,
            degraded=answer.degraded_reason is not None,
            degraded_reason=answer.degraded_reason,
            confidence=answer.confidence,
            finish=answer.finish,
            answer=answer.text,
            citations=[citation_out(citation, numbers) for citation in answer.citations],
            sources=[source_out(source) for source in answer.sources],
            conflicts=[conflict_out(conflict) for conflict in answer.conflicts],
            abstention=None if answer.abstention is None else abstention_out(answer.abstention),
            checks=[check_out(check) for check in answer.checks],
            question=asked_out(answer.question),
            followups=list(answer.followups),
            newest_source_at=answer.newest_source_at,
            provenance=provenance_out(answer.provenance),
        )


def numbered(sources: tuple[domain.SourceArticle, ...]) -> dict[str | None, int]:
    """The sources' numbers by article id; a text that is not stored has none."""
    return {source.article.id or None: source.n for source in sources}


def read_path(quote: Quote) -> str | None:
    """Where a quote can be seen in the stored text."""
    if quote.article_id is None:
        return None
    return f"/read/{quote.article_id}?revision={quote.revision}&start={quote.start}&end={quote.end}"


def quote_out(quote: Quote, n: int, match: domain.Match) -> QuoteOut:
    """A quote on the wire."""
    return QuoteOut(
        n=n,
        article_id=quote.article_id,
        revision=quote.revision,
        start=quote.start,
        end=quote.end,
        text=quote.text,
        prefix=quote.prefix,
        suffix=quote.suffix,
        match=match,
        speaker=quote.speaker,
        read=read_path(quote),
    )


def citation_out(citation: domain.Citation, numbers: dict[str | None, int]) -> CitationOut:
    """A citation on the wire."""
    return CitationOut(
        id=citation.id,
        start=citation.start,
        end=citation.end,
        support=citation.support,
        quotes=[
            quote_out(quote, numbers.get(quote.article_id, 0), citation.match) for quote in citation.quotes
        ],
        date=citation.dated,
    )


def source_out(source: domain.SourceArticle) -> SourceOut:
    """A source on the wire."""
    held = source.article
    return SourceOut(
        n=source.n,
        article_id=held.id or None,
        revision=source.revision or None,
        headline=held.headline,
        url=held.url,
        source=held.source,
        author=held.author,
        published_at=held.published_at,
        updated_at=held.updated_at,
        corrected=source.corrected,
        score=source.score,
        cited=source.cited,
        copies=[CopyOut(article_id=c.article_id, source=c.source, url=c.url) for c in source.copies],
    )


def place_out(quote: Quote) -> PlaceOut:
    """A quote without its number."""
    return PlaceOut(
        revision=quote.revision, start=quote.start, end=quote.end, text=quote.text, read=read_path(quote)
    )


def abstention_out(abstention: domain.Abstention) -> AbstentionOut:
    """An abstention on the wire."""
    return AbstentionOut(
        reason=abstention.reason.value,
        message=abstention.message,
        missing_words=list(abstention.missing_words),
        nearest=[
            NearestOut(
                article_id=near.article.id or None,
                headline=near.article.headline,
                source=near.article.source,
                published_at=near.article.published_at,
                url=near.article.url,
                quote=place_out(near.quote),
            )
            for near in abstention.nearest
        ],
    )


def conflict_out(conflict: domain.SourcesDisagree) -> ConflictOut:
    """A conflict on the wire."""
    return ConflictOut(
        about=conflict.about,
        sides=[SideOut(n=side.n, quote=place_out(side.quote)) for side in conflict.sides],
        kind=conflict.kind,
    )


def check_out(check: domain.Check) -> CheckOut:
    """A check on the wire."""
    return CheckOut(reason=check.reason.value, outcome=check.outcome.value, n=check.n)


def asked_out(asked: domain.Asked) -> AskedOut:
    """The question on the wire."""
    return AskedOut(
        asked=asked.asked, standalone=asked.standalone, as_of=asked.as_of, filters=filters_out(asked.filters)
    )


def filters_out(filters: Filters) -> AppliedFilters:
    """The filters on the wire."""
    return AppliedFilters(
        source=list(filters.source),
        author=list(filters.author),
        section=list(filters.section),
        language=list(filters.language),
        article_id=list(filters.article_id),
        published_from=filters.published_from,
        published_to=filters.published_to,
    )


def provenance_out(provenance: domain.Provenance) -> ProvenanceOut:
    """Provenance on the wire."""
    prompt, usage = provenance.prompt, provenance.usage
    return ProvenanceOut(
        model=provenance.model,
        prompt=None
        if prompt is None
        else PromptOut(name=prompt.name, version=prompt.version, digest=prompt.digest),
        index=IndexOut(seq=provenance.seq, search=provenance.search),
        settings=provenance.settings,
        timings_ms=dict(provenance.timings_ms),
        usage=UsageOut(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cost_usd=usage.cost_usd,
        ),
        cached=provenance.cached,
    )


class LeftOutOut(Out):
    """An article that matched and was not used."""

    article_id: str
    why: str


class CoverageOut(Out):
    """How many articles matched, how many were used, and which were not."""

    matched: int
    used: int
    left_out: list[LeftOutOut]


class SummaryOut(Out):
    """A summary, or an abstention with `summary` empty: an answer's fields, and what it covers."""

    id: str
    kind: Kind
    status: Literal["answered", "partial", "abstained"]
    mode: Literal["extractive", "generative"]
    degraded: bool
    degraded_reason: str | None
    confidence: None
    finish: Literal["stop", "length", "interrupted"]
    summary: str
    citations: list[CitationOut]
    sources: list[SourceOut]
    conflicts: list[ConflictOut]
    abstention: AbstentionOut | None
    checks: list[CheckOut]
    coverage: CoverageOut
    question: AskedOut
    newest_source_at: datetime | None
    provenance: ProvenanceOut

    @classmethod
    def of(cls, summary: Summary) -> "SummaryOut":
        """From the domain's."""
        whole = AnswerOut.of(summary.answer)
        shared = cls.model_fields.keys() & AnswerOut.model_fields.keys() - {"confidence"}
        held = summary.coverage
        return cls(
            kind=summary.kind,
            summary=whole.answer,
            confidence=None,
            coverage=CoverageOut(
                matched=held.matched,
                used=held.used,
                left_out=[LeftOutOut(article_id=out.article_id, why=out.why) for out in held.left_out],
            ),
            **{name: getattr(whole, name) for name in shared},
        )


class ResultOut(Out):
    """A passage that was found."""

    rank: int
    score: float
    article_id: str
    revision: int
    headline: str
    source: str | None
    url: str | None
    published_at: datetime | None
    start: int
    end: int
    text: str
    copies: list[CopyOut]


class SearchQueryOut(Out):
    """The query as it was put."""

    asked: str
    filters: AppliedFilters
    as_of: datetime


class SearchOut(Out):
    """Passages, best first."""

    results: list[ResultOut]
    query: SearchQueryOut


class ProblemField(Out):
    """A field that is at fault."""

    field: str
    message: str


class Problem(Out):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[ProblemField] = []
