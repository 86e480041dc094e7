"""GET /read/{id}: the stored article as a page, the quoted words marked: where a citation is checked."""

from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from service.api.openapi import problems
from service.api.pages import page
from service.domain.article import ARTICLE_ID, Revision
from service.domain.errors import ArticleNotFound, InvalidInput
from service.domain.summary import Kind, Summary, SummaryRequest
from service.domain.text import paragraphs
from service.pipelines.summarise import SummariseArticles
from service.ports import ArticleStore

OFFERED: Final[dict[Kind, str]] = {
    "brief": "In brief",
    "bullets": "Points",
    "headline": "In one sentence",
    "timeline": "Timeline",
    "digest": "By theme",
    "who_said_what": "Who said what",
}
DATE: Final = "%-d %B %Y, %H:%M UTC"


def router(articles: ArticleStore, summarise: SummariseArticles) -> APIRouter:
    """The route.

    Args:
        articles: Where the words are.
        summarise: Makes a summary above them, without a model: the page is open to everybody.
    """
    routes = APIRouter(tags=["read"])

    @routes.get("/read/{article_id}", response_class=HTMLResponse, responses=problems(403, 404, 422))
    async def read(
        article_id: str,
        revision: Annotated[int | None, Query(ge=1, le=10**9)] = None,
        start: Annotated[int | None, Query(ge=0)] = None,
        end: Annotated[int | None, Query(ge=0)] = None,
        kind: Annotated[Kind | None, Query(alias="summarise")] = None,
    ) -> HTMLResponse:
        """The stored words, with `[start, end)` marked; with `summarise`, a summary of them above."""
        if not ARTICLE_ID.fullmatch(article_id):
            raise ArticleNotFound("there is no such article", field="article_id")
        held = await articles.get(article_id, revision)
        mark = None
        if start is not None or end is not None:
            mark = (start or 0, end or 0)
            if not 0 <= mark[0] < mark[1] <= len(held.article.text):
                raise InvalidInput("start and end mark no words of this revision", field="start")
        summary = None
        if kind is not None and _is_current(held):
            request = SummaryRequest(kind, article_ids=(held.article.id,), mode="extractive")
            summary = await summarise(request)
        numbers = [item.number for item in await articles.revisions(article_id)]
        return page(
            held.article.headline, _body(held, mark, numbers, summary), language=held.article.language
        )

    return routes


def _is_current(held: Revision) -> bool:
    return not held.retracted and held.number == (held.latest or held.number)


def _body(held: Revision, mark: tuple[int, int] | None, numbers: list[int], summary: Summary | None) -> str:
    article = held.article
    parts = [f"<article><h1>{escape(article.headline)}</h1>", f'<p class="meta">{_meta(held)}</p>']
    parts += [f'<p class="notice">{escape(notice)}</p>' for notice in _notices(held)]
    if _is_current(held):
        parts.append(_summarise_links(article.id))
    if summary is not None:
        parts.append(_summary(summary))
    parts += [f"<p>{_marked(article.text, start, end, mark)}</p>" for start, end in paragraphs(article.text)]
    parts.append("</article>")
    if len(numbers) > 1:
        links = (
            f"<b>{n}</b>" if n == held.number else f'<a href="/read/{article.id}?revision={n}">{n}</a>'
            for n in numbers
        )
        parts.append(f'<p class="meta">Revisions: {" · ".join(links)}</p>')
    return "\n".join(parts)


def _summarise_links(article_id: str) -> str:
    links = (f'<a href="/read/{article_id}?summarise={kind}">{name}</a>' for kind, name in OFFERED.items())
    return f'<p class="meta">Summarise: {" · ".join(links)}</p>'


def _summary(summary: Summary) -> str:
    """The summary's lines, each a link to its own words in the article below."""
    answer = summary.answer
    if answer.abstention is not None:
        return f'<p class="notice">{escape(answer.abstention.message)}</p>'
    lines = []
    for citation in answer.citations:
        quote = citation.quotes[0]
        place = f"revision={quote.revision}&amp;start={quote.start}&amp;end={quote.end}"
        day = "" if citation.dated is None else f"<time>{citation.dated.isoformat()}</time> "
        name = f"<b>{escape(quote.speaker)}</b>: " if quote.speaker else ""
        text = escape(answer.text[citation.start : citation.end])
        link = f'<a href="/read/{quote.article_id}?{place}#quote">{text}</a>'
        lines.append(f"<li>{day}{name}{link}</li>")
    return f"<section><h2>{OFFERED[summary.kind]}</h2><ul>{''.join(lines)}</ul></section>"


def _meta(held: Revision) -> str:
    article = held.article
    bits = [escape(bit) for bit in (article.source, article.author) if bit]
    if article.published_at is not None:
        when = article.published_at
        bits.append(f'<time datetime="{when.isoformat()}">{when.strftime(DATE)}</time>')
    if article.updated_at is not None:
        bits.append(f"updated {article.updated_at.strftime(DATE)}")
    if article.url is not None:
        bits.append(f'<a href="{escape(article.url)}" rel="noopener noreferrer nofollow">at the outlet</a>')
    return " · ".join(bits)


def _notices(held: Revision) -> list[str]:
    notices = []
    if held.retracted:
        notices.append(
            "This article was retracted" + (f": {held.retracted_reason}" if held.retracted_reason else ".")
        )
    if held.latest is not None and held.number != held.latest:
        notices.append(f"This is revision {held.number}; the current one is {held.latest}.")
    return notices


def _marked(text: str, start: int, end: int, mark: tuple[int, int] | None) -> str:
    """A paragraph's HTML, with what of the mark falls into it marked; the first carries the anchor."""
    if mark is None or mark[1] <= start or mark[0] >= end:
        return escape(text[start:end])
    left, right = max(start, mark[0]), min(end, mark[1])
    # Focus scrolls to the quote without a script.
    anchor = ' id="quote" tabindex="-1" autofocus' if left == mark[0] else ""
    marked = f"<mark{anchor}>{escape(text[left:right])}</mark>"
    return escape(text[start:left]) + marked + escape(text[right:end])
