"""What `make run` prints of an answer."""

import answer_text

BASE = "http://127.0.0.1:8000"


def quote(text, n=1, start=0, **fields):
    span = {"start": start, "end": start + len(text)}
    return {"n": n, "article_id": f"a{n}", "revision": 1, "text": text, **span, **fields}


def answer(text, *citations, **fields):
    sources = [
        {"n": 1, "source": "Iran Press", "published_at": "2023-08-28T09:00:00Z", "headline": "An interview"},
        {"n": 2, "source": None, "published_at": None, "headline": "Another"},
    ]
    shown = [{"start": start, "end": end, "quotes": quotes} for start, end, *quotes in citations]
    return {"status": "answered", "answer": text, "citations": shown, "sources": sources, **fields}


def test_each_sentence_is_followed_by_the_numbers_of_its_quotes():
    first, second = quote("One thing."), quote("Two things.", start=20)
    text = answer_text.render(answer("One. Two.", (0, 4, first), (5, 9, second, first)), BASE, 80)
    assert text.splitlines()[0] == "One. [1] Two. [2][1]"


def test_a_number_never_stands_at_the_start_of_a_line():
    shown = answer("word " * 11 + "end.", (0, 59, quote("x")))
    assert answer_text.render(shown, BASE, 60).splitlines()[1] == "end. [1]"


def test_a_quote_has_its_words_source_date_headline_and_address():
    cited = quote("One thing.", read="/read/a1?revision=1&start=0&end=10")
    lines = answer_text.render(answer("One.", (0, 4, cited)), BASE, 80).splitlines()
    assert lines[2:] == [
        "[1] “One thing.”",
        "    Iran Press, 28 August 2023: An interview",
        "    http://127.0.0.1:8000/read/a1?revision=1&start=0&end=10",
    ]


def test_a_source_without_name_or_date_says_so():
    text = answer_text.render(answer("Two.", (0, 4, quote("Two.", n=2))), BASE, 80)
    assert "source unknown, without a date: Another" in text


def test_words_quoted_twice_keep_their_number():
    text = answer_text.render(answer("A. B.", (0, 2, quote("x")), (3, 5, quote("x"))), BASE, 80)
    assert text.startswith("A. [1] B. [1]")
    assert text.count("“x”") == 1


def test_what_a_terminal_would_obey_is_taken_out_of_an_articles_text():
    hostile = quote("\x1b[2Jgone\u202eback\nand\x9bmore")
    text = answer_text.render(answer("A.", (0, 2, hostile)), BASE, 80)
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)
    assert "gone back and more" in text


def test_joiners_of_persian_words_stay():
    assert "می\u200cخواهد" in answer_text.render(answer("A.", (0, 2, quote("می\u200cخواهد"))), BASE, 80)


def test_a_degraded_answer_says_why():
    shown = answer("A.", (0, 2, quote("x")), degraded=True, degraded_reason="model_unavailable")
    assert answer_text.render(shown, BASE, 80).endswith("(degraded: model_unavailable)")


def test_an_abstention_shows_the_closest_words_and_that_they_do_not_answer():
    near = {"source": "Iran Press", "published_at": None, "headline": "H", "quote": quote("Near words.")}
    abstained = {
        "status": "abstained",
        "abstention": {"message": "The articles do not say.", "nearest": [near]},
    }
    text = answer_text.render(abstained, BASE, 80)
    assert text.startswith("The articles do not say.\n\nClosest words, which do not answer it:")
    assert "- “Near words.”" in text


def test_lines_fit_the_width_except_addresses():
    long = quote("word " * 60, read="/read/" + "x" * 90)
    lines = answer_text.render(answer("A.", (0, 2, long)), BASE, 60).splitlines()
    assert all(len(line) <= 60 for line in lines if BASE not in line)
