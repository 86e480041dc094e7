import gzip
import json

from evals.bench.peers.__main__ import ENTRIES, QUESTIONS, REQUIREMENTS, WARM_UP, read_task
from evals.bench.peers.report import percentile, row, table
from evals.bench.peers.system import SYSTEMS


def result(found, *, seconds=0.01):
    return {
        "start_s": 1.0,
        "ingest_s": 2.0,
        "ingest_cpu_s": 1.0,
        "query_s": [seconds] * len(found),
        "query_cpu_s": [seconds / 2] * len(found),
        "found": found,
        "peak_mib": 900.0,
    }


def test_quality_is_the_mean_over_questions_and_speed_the_median_over_rounds():
    found = [["a", "b"], ["b", "a"], ["b"]]
    rounds = [result(found, seconds=seconds) for seconds in (0.01, 0.02, 0.9)]
    held = row("x", ["a", "a", "a"], 100, rounds)
    assert (held.hit1, held.hit5, held.mrr10) == (1 / 3, 2 / 3, 0.5)
    assert (held.documents_s, held.documents_cpu_s, held.p50_ms, held.cpu_ms) == (50.0, 100.0, 20.0, 10.0)


def test_a_percentile_is_one_of_the_values():
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 1.0)] == [50.0, 95.0, 100.0]
    assert percentile([7.0], 0.95) == 7.0


def test_the_table_has_a_cell_for_every_column_and_no_quality_where_nothing_is_searched():
    lines = table(
        [row("x", ["a"], 10, [result([["a"]])]), row("embedding", ["a"], 10, [result([[]])])]
    ).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert "| 1.000 | 1.000 | 1.000 |" in lines[2]
    assert lines[3].startswith("| embedding | 1 |  |  |  |")


def test_the_task_is_drawn_the_same_each_time_from_answerable_questions(tmp_path):
    paragraphs = [
        {
            "context": f"text {n}",
            "qas": [
                {"question": f"q{n}", "is_impossible": False},
                {"question": f"no{n}", "is_impossible": True},
            ],
        }
        for n in range(QUESTIONS + WARM_UP)
    ]
    (tmp_path / "squad2").mkdir()
    with gzip.open(tmp_path / "squad2" / "dev-v2.0.json.gz", "wt", encoding="utf-8") as file:
        json.dump({"data": [{"title": "Some_Page", "paragraphs": paragraphs}]}, file)
    task = read_task(tmp_path)
    assert task == read_task(tmp_path)
    assert (len(task["questions"]), len(task["warm_up"])) == (QUESTIONS, WARM_UP)
    assert not set(task["questions"]) & set(task["warm_up"])
    asked = dict(zip(task["questions"], task["gold"], strict=True))
    assert all(question == "q" + gold[1:] for question, gold in asked.items())
    assert task["documents"][0]["title"] == "Some Page"


def test_every_row_names_a_system_that_there_is():
    assert {entry.system for entry in ENTRIES} == set(SYSTEMS)


def test_every_peer_is_pinned():
    lines = [line for line in REQUIREMENTS.read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert lines
    assert all("==" in line and "+" not in line for line in lines)
