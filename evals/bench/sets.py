"""Public sets in their own files, read from where a user keeps them; nothing of them is in the repository."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from evals.problems import bad

Part: TypeAlias = Literal["report", "tune", "all"]
"""Figures are reported on questions that nothing was tuned on."""
_ODD: Final = frozenset("13579bdf")


@dataclass(frozen=True, slots=True)
class BenchQuestion:
    """A question of a public set.

    Attributes:
        relevant: Grade by article id; empty where the set says that nothing answers it.
        sentences: (article id, the words of a sentence that bears the answer).
        cluster: Questions about the same text belong together.
    """

    id: str
    text: str
    relevant: Mapping[str, int]
    cluster: str
    sentences: tuple[tuple[str, str], ...] = ()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class BenchSet:
    """Articles as `POST /articles` takes them, and questions."""

    name: str
    articles: Sequence[Mapping[str, str]]
    questions: Sequence[BenchQuestion] = field(default_factory=tuple)


def _open(path: Path) -> str:
    for place in (path, path.with_name(path.name + ".gz")):
        if place.is_file():
            raw = place.read_bytes()
            return (gzip.decompress(raw) if place.suffix == ".gz" else raw).decode("utf-8")
    raise bad(path, "there is no such file, plain or .gz")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_open(path).split("\n"), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise bad(path, f"not JSON: {error}", number) from None


def odd(text: str) -> bool:
    """Whether the SHA-1 of a text ends in an odd hex digit: the half that figures are reported on."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[-1] in _ODD


def _chosen(text: str, part: Part) -> bool:
    return part == "all" or odd(text) == (part == "report")


def beir(folder: Path, part: Part = "report") -> BenchSet:
    """A BEIR set: `corpus.jsonl`, `queries.jsonl`, `qrels/{train,test}.tsv`, each plain or .gz.

    Questions of `test` are reported on, those of `train` are tuned on.

    Raises:
        BadInput: A file is missing or not what it should be.
    """
    articles = [
        {"id": str(row["_id"]), "headline": row.get("title") or "(untitled)", "text": row["text"]}
        for row in _rows(folder / "corpus.jsonl")
        if row["text"].strip()
    ]
    splits = {"report": ("test",), "tune": ("train",), "all": ("train", "test")}[part]
    relevant: dict[str, dict[str, int]] = {}
    for split in splits:
        for line in _open(folder / "qrels" / f"{split}.tsv").splitlines()[1:]:
            query, document, grade = line.split("\t")
            relevant.setdefault(query, {})[document] = int(grade)
    questions = [
        BenchQuestion(str(row["_id"]), row["text"], relevant[str(row["_id"])], str(row["_id"]))
        for row in _rows(folder / "queries.jsonl")
        if str(row["_id"]) in relevant
    ]
    return BenchSet(folder.name, articles, questions)


def squad(path: Path, part: Part = "report") -> BenchSet:
    """SQuAD 2.0: each paragraph an article; reported on are those whose SHA-1 ends in an odd digit.

    All paragraphs are in the corpus, whichever part is asked.

    Raises:
        BadInput: The file is missing or not what it should be.
    """
    articles: list[dict[str, str]] = []
    questions: list[BenchQuestion] = []
    for group in json.loads(_open(path))["data"]:
        for number, paragraph in enumerate(group["paragraphs"]):
            title, text = group["title"].replace("_", " "), paragraph["context"]
            identifier = (
                "sq-"
                + hashlib.sha1(f"{title}{number}{text}".encode(), usedforsecurity=False).hexdigest()[:16]
            )
            articles.append({"id": identifier, "headline": title, "text": text})
            if not _chosen(text, part):
                continue
            for qa in paragraph["qas"]:
                impossible = bool(qa.get("is_impossible"))
                questions.append(
                    BenchQuestion(
                        id=qa["id"],
                        text=qa["question"].strip(),
                        relevant={} if impossible else {identifier: 1},
                        cluster=title,
                        sentences=()
                        if impossible
                        else tuple({(identifier, a["text"]) for a in qa["answers"]}),
                        answerable=not impossible,
                    )
                )
    return BenchSet("squad2", articles, questions)


def clapnq(folder: Path, part: Part = "report") -> BenchSet:
    """ClapNQ: each passage an article; the selected sentences bear the answer.

    Raises:
        BadInput: A file is missing or not what it should be.
    """
    articles: dict[str, dict[str, str]] = {}
    questions: list[BenchQuestion] = []
    for name, answerable in (("answerable", True), ("unanswerable", False)):
        path = next(iter(sorted(folder.glob(f"*_{name}.jsonl*"))), folder / f"clapnq_dev_{name}.jsonl")
        for row in _rows(path.with_name(path.name.removesuffix(".gz"))):
            passage = row["passages"][0]
            text = passage["text"].strip()
            identifier = "cn-" + hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:16]
            articles[identifier] = {"id": identifier, "headline": passage["title"], "text": text}
            if not _chosen(row["input"], part):
                continue
            selected = dict.fromkeys(
                sentence.strip()
                for output in row["output"]
                for sentence in output.get("selected_sentences", ())
            )
            questions.append(
                BenchQuestion(
                    id=str(row["id"]),
                    text=row["input"].strip(),
                    relevant={identifier: 1} if answerable else {},
                    cluster=str(row["id"]),
                    sentences=tuple((identifier, sentence) for sentence in selected if sentence),
                    answerable=answerable,
                )
            )
    return BenchSet("clapnq", list(articles.values()), questions)


def realtimeqa(folder: Path, part: Part = "report") -> BenchSet:
    """RealTimeQA: `*_qa.jsonl` with the questions, `*_gcs.jsonl` with the articles that a search found.

    The set has no judgements of articles: one that holds the right choice's words counts as relevant, a
    question whose choice stands in none is left out. A weak label, and named so in the report.

    Raises:
        BadInput: A file is missing or not what it should be.
    """
    files = sorted(folder.glob("*_qa.jsonl*"))
    if not files:
        raise bad(folder, "no *_qa.jsonl is here")
    articles: dict[str, dict[str, str]] = {}
    questions: list[BenchQuestion] = []
    for path in files:
        plain = path.with_name(path.name.removesuffix(".gz"))
        found = {
            row["question_id"]: row for row in _rows(plain.with_name(plain.name.replace("_qa.", "_gcs.")))
        }
        for row in _rows(plain):
            right = row["choices"][int(row["answer"][0])].lower()
            relevant: dict[str, int] = {}
            for item in found.get(row["question_id"], {}).get("search_result") or ():
                article = _search_result(item)
                if article is None:
                    continue
                articles[article["id"]] = article
                if right in article["text"].lower():
                    relevant[article["id"]] = 1
            if relevant and _chosen(row["question_sentence"], part):
                identifier = str(row["question_id"])
                questions.append(BenchQuestion(identifier, row["question_sentence"], relevant, identifier))
    return BenchSet("realtimeqa", list(articles.values()), questions)


def _search_result(item: Mapping[str, Any]) -> dict[str, str] | None:
    text = (item.get("text") or "").strip()
    if not text:
        return None
    address = str(item.get("url") or text)
    identifier = "rt-" + hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()[:16]
    return {"id": identifier, "headline": item.get("title") or "(untitled)", "text": text}
