"""The ranking measures against ir-measures, and the adapters on samples written for these tests."""

import gzip
import json
import random

import ir_measures
import pytest

from evals.bench.ranking import hit, ndcg, recall, reciprocal_rank
from evals.bench.sets import beir, clapnq, odd, realtimeqa, squad
from evals.problems import BadInput


def test_the_ranking_measures_are_those_of_ir_measures():
    rng = random.Random(11)  # noqa: S311 (cases, not secrets)
    measures = {
        ir_measures.nDCG @ 10: lambda r, q: ndcg(r, q, 10),
        ir_measures.R @ 20: lambda r, q: recall(r, q, 20),
        ir_measures.RR @ 10: lambda r, q: reciprocal_rank(r, q, 10),
        ir_measures.Success @ 5: lambda r, q: hit(r, q, 5),
    }
    for _ in range(40):
        ids = [f"d{n}" for n in range(40)]
        rng.shuffle(ids)
        relevant = {i: rng.randint(0, 3) for i in rng.sample(ids, 12)}
        relevant[ids[0]] = 1
        qrels = [ir_measures.Qrel("q", i, grade) for i, grade in relevant.items()]
        run = [ir_measures.ScoredDoc("q", i, 100.0 - rank) for rank, i in enumerate(ids)]
        wanted = ir_measures.calc_aggregate(list(measures), qrels, run)
        for measure, mine in measures.items():
            assert mine(ids, relevant) == pytest.approx(wanted[measure]), measure


def test_nothing_relevant_is_no_gain():
    assert (ndcg(["a"], {}), recall(["a"], {}, 5)) == (0.0, 0.0)


def lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def test_a_beir_set_is_read_with_its_two_splits(tmp_path):
    lines(
        tmp_path / "corpus.jsonl.gz",
        [{"_id": "1", "title": "T", "text": "x"}, {"_id": "2", "title": "", "text": "y"}],
    )
    lines(
        tmp_path / "queries.jsonl",
        [{"_id": "7", "text": "q7"}, {"_id": "8", "text": "q8"}, {"_id": "9", "text": "q9"}],
    )
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n7\t1\t2\n")
    (tmp_path / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\n8\t2\t1\n")
    found = beir(tmp_path)
    assert [a["headline"] for a in found.articles] == ["T", "(untitled)"]
    assert [(q.id, q.relevant) for q in found.questions] == [("7", {"1": 2})]
    assert [q.id for q in beir(tmp_path, "all").questions] == ["7", "8"]
    with pytest.raises(BadInput, match=r"corpus\.jsonl"):
        beir(tmp_path / "none")


def test_squad_keeps_all_paragraphs_and_asks_about_one_half(tmp_path):
    paragraphs = [
        {
            "context": f"Paragraph {n} says that the answer is {n}.",
            "qas": [
                {
                    "id": f"a{n}",
                    "question": "What? ",
                    "answers": [{"text": str(n), "answer_start": 10}],
                    "is_impossible": False,
                },
                {"id": f"u{n}", "question": "Who?", "answers": [], "is_impossible": True},
            ],
        }
        for n in range(8)
    ]
    path = tmp_path / "dev.json"
    path.write_text(
        json.dumps({"version": "v2.0", "data": [{"title": "Some_Title", "paragraphs": paragraphs}]})
    )
    report, tune = squad(path), squad(path, "tune")
    assert len(report.articles) == len(tune.articles) == 8
    asked = {q.id for q in report.questions}
    assert asked == {f"{k}{n}" for n in range(8) if odd(str(paragraphs[n]["context"])) for k in "au"}
    assert asked.isdisjoint({q.id for q in tune.questions})
    first = next(q for q in report.questions if q.answerable)
    assert first.text == "What?"
    assert first.cluster == "Some Title"
    assert first.sentences[0][1] in "01234567"
    assert all(not q.relevant for q in report.questions if not q.answerable)


def test_clapnq_joins_both_files(tmp_path):
    passage = {"title": "T", "text": " One sentence . Two . ", "sentences": ["One sentence .", "Two ."]}
    row = {
        "id": "1",
        "input": "q1",
        "passages": [passage],
        "output": [{"answer": "a", "selected_sentences": ["Two ."]}],
    }
    other = {"id": "2", "input": "q2", "passages": [passage | {"text": "Else ."}], "output": [{"answer": ""}]}
    lines(tmp_path / "clapnq_dev_answerable.jsonl", [row])
    lines(tmp_path / "clapnq_dev_unanswerable.jsonl.gz", [other])
    found = clapnq(tmp_path, "all")
    assert len(found.articles) == 2
    yes, no = found.questions
    assert yes.sentences == ((found.articles[0]["id"], "Two ."),)
    assert found.articles[0]["text"] == "One sentence . Two ."
    assert not no.answerable
    assert not no.relevant


def test_realtimeqa_takes_articles_that_hold_the_right_choice(tmp_path):
    qa = {"question_id": "1", "question_sentence": "Who won?", "choices": ["Ann", "Bob"], "answer": ["1"]}
    lines(tmp_path / "20260101_qa.jsonl", [qa, qa | {"question_id": "2", "answer": ["0"]}])
    results = [{"url": "u", "title": "T", "text": "Then bob won."}, {"url": "v", "title": "T", "text": ""}]
    lines(tmp_path / "20260101_gcs.jsonl", [{"question_id": n, "search_result": results} for n in "12"])
    found = realtimeqa(tmp_path, "all")
    assert [(q.id, list(q.relevant.values())) for q in found.questions] == [("1", [1])]
    with pytest.raises(BadInput, match="_qa"):
        realtimeqa(tmp_path / "none")


def test_a_damaged_line_is_named(tmp_path):
    (tmp_path / "corpus.jsonl").write_text("{}\n{\n")
    with pytest.raises((BadInput, KeyError)):
        beir(tmp_path)
