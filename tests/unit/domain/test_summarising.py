from dataclasses import replace
from datetime import UTC, datetime, timedelta

from service.domain.summarising import summarise
from tests.fakes.evidence import article_of
from tests.fakes.summaries import as_text, dated, summary_task

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
CRANE = (
    "A crane fell on two men at Port Alden on Saturday. Harbour master Ines Varga said the cable had "
    "snapped. She said an inquiry would begin at once. The crane was built in 1987. Work at the quay "
    "stopped for the day."
)
WHEAT = (
    "Wheat prices rose to a record in Hesper this week. Bakers in Hesper want the wheat tariff lifted. "
    "The wheat harvest in the north failed for want of rain."
)
CUP = (
    "Rovers won the cup final at Tanner Lane. Striker Jude Abara scored both goals of the cup final. "
    "Thirty thousand people saw the cup final at Tanner Lane."
)


def test_a_brief_is_a_few_sentences_in_reading_order():
    lines = summarise(summary_task("brief", [CRANE], 40))
    starts = [line.quotes[0].start for line in lines]
    assert 1 < len(lines) <= 5
    assert starts == sorted(starts)


def test_a_brief_of_a_long_article_stays_a_few_sentences():
    long = " ".join(f"Village {n} lost its school in district {n + 40} to fire." for n in range(60))
    assert len(summarise(summary_task("brief", [long], 2_000))) <= 5


def test_bullets_are_list_lines_whose_dashes_count_as_words():
    lines = summarise(summary_task("bullets", [CRANE], 30))
    text = as_text(lines)
    assert text.startswith("- ")
    assert text.count("\n- ") == len(lines) - 1
    assert len(text.split()) <= 30


def test_a_headline_is_one_short_sentence():
    (line,) = summarise(summary_task("headline", [CRANE], 150))
    assert len(line.text.split()) <= 25


def test_who_said_what_names_speakers_and_leaves_out_what_nobody_says():
    held = article_of(CRANE, 1, {2: "Ines Varga", 3: "Ines Varga"})
    lines = summarise(summary_task("who_said_what", [held], 60))
    assert [line.quotes[0].speaker for line in lines] == ["Ines Varga", "Ines Varga"]
    assert as_text(lines) == (
        "Harbour master Ines Varga said the cable had snapped. She said an inquiry would begin at once."
    )


def test_a_speaker_whom_no_shown_sentence_names_is_named_in_brackets():
    held = article_of(CRANE, 1, {3: "Ines Varga"})
    assert as_text(summarise(summary_task("who_said_what", [held], 60))).startswith("[Ines Varga] She said")


def test_every_speaker_is_heard_before_anyone_is_heard_twice():
    held = article_of(
        "Ines Varga said the cable had snapped at dawn. Ines Varga said two men were badly hurt. "
        "Tomas Brell said the union had warned of rust.",
        1,
        {1: "Ines Varga", 2: "Ines Varga", 3: "Tomas Brell"},
    )
    lines = summarise(summary_task("who_said_what", [held], 18))
    assert {line.quotes[0].speaker for line in lines} == {"Ines Varga", "Tomas Brell"}


def test_a_last_name_is_the_speaker_whose_full_name_ends_in_it():
    held = article_of(
        "Ines Varga said the cable had snapped. Varga said two men were hurt.",
        1,
        {1: "Ines Varga", 2: "Varga"},
    )
    lines = summarise(summary_task("who_said_what", [held], 60))
    assert [line.lead for line in lines] == ["\n\n", " "]


def test_articles_in_which_nobody_speaks_make_no_who_said_what():
    assert summarise(summary_task("who_said_what", [CUP])) == ()


def test_a_digest_of_many_articles_has_a_paragraph_a_theme_under_a_headline():
    articles = [
        replace(
            article_of(text, n),
            article=replace(article_of(text, n).article, headline=f"Headline about {name} {n}"),
        )
        for n, (name, text) in enumerate(
            [
                ("crane", CRANE),
                ("wheat", WHEAT),
                ("cup", CUP),
                ("crane", CRANE),
                ("wheat", WHEAT),
                ("cup", CUP),
            ],
            start=1,
        )
    ]
    lines = summarise(summary_task("digest", articles, 200))
    paragraphs = as_text(lines).split("\n\n")
    assert len(paragraphs) == 3
    for paragraph in paragraphs:
        name = paragraph.removeprefix("[Headline about ").split()[0]
        assert name in paragraph.partition("]")[2].lower()


def test_a_digest_of_one_article_is_made_of_its_paragraphs():
    assert summarise(summary_task("digest", [CRANE], 60))


EGGS = (
    "The price of a dozen eggs in Tollmark reached 5.90 florins last week. The ministry said the number of "
    "hens lost to avian flu since January now stood at 2.7 million. Agriculture minister Osk Hallam "
    "refused a cap."
)
CORRECTED = (
    "The ministry withdrew its figure for birds lost to avian flu on Friday. The true number of hens lost is "
    "1.9 million.\n\nCorrection: An article on Wednesday gave the number of hens lost as 2.7 million."
)


def test_a_figure_that_a_correction_withdraws_gives_way_to_the_corrected_one():
    alone = as_text(summarise(summary_task("bullets", [dated(1, EGGS, NOON)], 100)))
    assert "stood at 2.7 million" in alone
    articles = [dated(1, EGGS, NOON), dated(2, CORRECTED, NOON + timedelta(days=3))]
    both = as_text(summarise(summary_task("bullets", articles, 100)))
    assert "stood at 2.7 million" not in both
    assert "1.9 million" in both


def test_a_figure_that_no_correction_names_stays():
    articles = [dated(1, EGGS, NOON), dated(2, CORRECTED, NOON + timedelta(days=3))]
    assert "5.90 florins" in as_text(summarise(summary_task("bullets", articles, 100)))


def test_nothing_to_read_makes_no_lines():
    for kind in ("brief", "bullets", "headline", "timeline", "digest", "who_said_what"):
        assert summarise(summary_task(kind, [])) == ()
