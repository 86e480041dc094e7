"""What holds of every summary without a model, whatever the articles say."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.citing import Composer
from service.domain.salience import matter
from service.domain.selection import alike
from service.domain.summarising import summarise
from tests.fakes.evidence import article_of
from tests.fakes.summaries import summary_task

KINDS = ("brief", "bullets", "headline", "timeline", "digest", "who_said_what")
NAMES = ("Ines Varga", "Tomas Brell", "Żelazny", "Ó Dálaigh")
VOCABULARY = (
    "crane port union strike Monday Tuesday 412 crowns minister said roster He It 🎉 שלום night ships Varga "
    "withdrew told court 3 March 2026 fell rose per cent and the of [sic] “quote” bridge"
)
WORDS = st.sampled_from(VOCABULARY.split())
SENTENCES = st.lists(WORDS, min_size=1, max_size=14).map(lambda words: " ".join(words) + ".")
ARTICLES = st.lists(st.lists(SENTENCES, min_size=1, max_size=12), min_size=1, max_size=5)


@settings(max_examples=150)
@given(
    sentences=ARTICLES,
    kind=st.sampled_from(KINDS),
    max_words=st.integers(10, 120),
    speaker=st.sampled_from(NAMES),
)
def test_lines_are_verbatim_within_the_length_and_no_two_say_the_same(sentences, kind, max_words, speaker):
    articles = [
        article_of(" ".join(held), n, dict.fromkeys(range(1, len(held) + 1, 3), speaker))
        for n, held in enumerate(sentences, start=1)
    ]
    lines = summarise(summary_task(kind, articles, max_words))
    texts: dict[tuple[str | None, int | None], str] = {
        (a.article.id, a.revision): a.article.text for a in articles
    }
    composer = Composer(texts)
    for line in lines:
        assert composer.add(line) is not None
        quote = line.quotes[0]
        assert texts[quote.article_id, quote.revision][quote.start : quote.end] == quote.text == line.text
    assert len(composer.text.split()) <= max_words
    for one, other in combinations(lines, 2):
        assert not alike(matter(one.text), matter(other.text), 0.0)
    for citation in composer.citations:
        assert composer.text[citation.start : citation.end] == citation.quotes[0].text
    if kind == "timeline":
        days = [line.dated for line in lines]
        assert None not in days
        assert days == sorted(day for day in days if day)
