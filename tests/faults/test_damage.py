"""What was damaged on purpose heals by itself: at the start, and while the service runs."""

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from service.adapters import chroma_vectors
from service.settings import Embedding, Settings
from tests.serving import Served, serve

TOWNS: Final = (
    "Alden", "Brack", "Corrin", "Dunmere", "Eskdale", "Farrow", "Gault", "Harrow", "Ivers", "Jessop",
    "Kelder", "Lorne",
)  # fmt: skip


def article(n: int) -> dict[str, Any]:
    """One of many articles, each with words of its own."""
    town = TOWNS[n % len(TOWNS)]
    return {
        "id": f"a{n}",
        "headline": f"Council of {town} counts its trees",
        "text": (
            f"The council of {town} counted {1_000 + n} trees in ward {n}.\n\n"
            f"Forester number {n} of {town} said that the elms had suffered most."
        ),
        "source": "Tree Gazette",
    }


def passages(ready: dict[str, Any]) -> dict[str, int]:
    """How many passages each index holds, by `/readyz`."""
    return {
        name: int(ready["dependencies"][name]["detail"].split()[0]) for name in ("chroma", "exact", "tantivy")
    }


def check_whole(client: httpx.Client, n: int) -> None:
    """All n articles are stored, in every index once, found and citable."""
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready", ready
    assert set(passages(ready).values()) == {n}
    for i in (0, n // 2, n - 1):
        town = TOWNS[i % len(TOWNS)]
        answer = client.post(
            "/ask", json={"question": f"How many trees did the council of {town} count in ward {i}?"}
        )
        body = answer.json()
        assert body["status"] == "answered", body
        assert not body["degraded"]
        assert body["provenance"]["index"]["search"] == "hnsw"
        quotes = [quote for citation in body["citations"] for quote in citation["quotes"]]
        assert f"a{i}" in {quote["article_id"] for quote in quotes}
        for quote in quotes:
            text = client.get(f"/articles/{quote['article_id']}").json()["text"]
            assert text[quote["start"] : quote["end"]] == quote["text"]


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def scramble(path: Path) -> None:
    """Random bytes over the middle of a file."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 4)
        file.write(random.Random(7).randbytes(max(1, size // 2)))  # noqa: S311 - chance, not secrecy


def overwrite(path: Path) -> None:
    path.write_bytes(random.Random(7).randbytes(path.stat().st_size))  # noqa: S311 - chance, not secrecy


def generation(data: Path) -> Path:
    (found,) = (data / "chroma").glob("gen-*")
    return found


def chroma_database(data: Path) -> Path:
    return generation(data) / "chroma.sqlite3"


def lose_rows(data: Path) -> None:
    """Rows that vanish without an error: the log forgets some of its vectors."""
    with sqlite3.connect(chroma_database(data)) as connection:
        connection.execute("DELETE FROM embeddings_queue WHERE seq_id % 3 = 0")
    connection.close()


def biggest(folder: Path) -> Path:
    return max((p for p in folder.iterdir() if p.is_file()), key=lambda p: p.stat().st_size)


def terms(data: Path) -> Path:
    return max((data / "tantivy").glob("*.idx"), key=lambda p: p.stat().st_size)


def both_gone(data: Path) -> None:
    for name in ("chroma", "tantivy"):
        shutil.rmtree(data / name)


AT_REST: Final[dict[str, Callable[[Path], object]]] = {
    "chroma's state cut": lambda data: cut(data / "chroma" / "current.json"),
    "chroma's state gone": lambda data: (data / "chroma" / "current.json").unlink(),
    "chroma's state from elsewhere": lambda data: (data / "chroma" / "current.json").write_text("[1]"),
    "chroma's folder gone": lambda data: shutil.rmtree(data / "chroma"),
    "chroma's generation gone": lambda data: shutil.rmtree(generation(data)),
    "chroma's database cut": lambda data: cut(chroma_database(data)),
    "chroma's database empty": lambda data: chroma_database(data).write_bytes(b""),
    "chroma's database overwritten": lambda data: overwrite(chroma_database(data)),
    "chroma's database scrambled": lambda data: scramble(chroma_database(data)),
    "chroma's log lost rows": lose_rows,
    "tantivy's folder gone": lambda data: shutil.rmtree(data / "tantivy"),
    "tantivy's meta cut": lambda data: cut(data / "tantivy" / "meta.json"),
    "tantivy's meta gone": lambda data: (data / "tantivy" / "meta.json").unlink(),
    "tantivy's state cut": lambda data: cut(data / "tantivy" / "applied.json"),
    "tantivy's state gone": lambda data: (data / "tantivy" / "applied.json").unlink(),
    "tantivy's postings cut": lambda data: cut(terms(data)),
    "tantivy's postings scrambled": lambda data: scramble(terms(data)),
    "tantivy's postings gone": lambda data: terms(data).unlink(),
    "both folders gone": both_gone,
}
TELLING: Final = frozenset(
    {
        "chroma's state from elsewhere",
        "chroma's folder gone",
        "chroma's database cut",
        "chroma's log lost rows",
        "tantivy's meta gone",
        "tantivy's state cut",
        "tantivy's postings scrambled",
        "pickle gone",
        "vectors overwritten",
    }
)
"""Of each kind of damage (gone, cut, overwritten, rows lost, of another folder) in each index one that
`make test` runs; the soak runs all."""
NUMBER: Final = 24


def cases(table: Mapping[str, Callable[[Path], object]]) -> list[pytest.ParameterSet]:
    """The table's damages by name, those that do not stand in TELLING marked as soak."""
    return [
        pytest.param(damage, id=name, marks=() if name in TELLING else pytest.mark.soak)
        for name, damage in table.items()
    ]


def settings(data: Path) -> Settings:
    return Settings.load(data_dir=data, embedding=Embedding(dtype="float32", threads=2))


@pytest.fixture(scope="module")
def filled(tmp_path_factory, embedder) -> Path:
    """A data folder with NUMBER articles, closed."""
    data: Path = tmp_path_factory.mktemp("filled") / "data"
    with serve(settings(data), embedder) as running:
        assert running.client.post("/articles", json=[article(n) for n in range(NUMBER)]).status_code == 200
        check_whole(running.client, NUMBER)
    return data


@pytest.mark.parametrize("damage", cases(AT_REST))
def test_a_damaged_index_heals_at_the_start(tmp_path, filled, embedder, damage):
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    damage(data)
    with serve(settings(data), embedder) as running:
        check_whole(running.client, NUMBER)
        more = running.client.post("/articles", json=article(NUMBER))
        assert more.json()["indexed"]
        check_whole(running.client, NUMBER + 1)
    assert len(list((data / "chroma").glob("gen-*"))) == 1


def graph_gone(folder: Path) -> None:
    shutil.rmtree(folder)


HNSW: Final[dict[str, Callable[[Path], object]]] = {
    "folder gone": graph_gone,
    "pickle cut": lambda folder: cut(folder / "index_metadata.pickle"),
    "pickle gone": lambda folder: (folder / "index_metadata.pickle").unlink(),
    "header zeroed": lambda folder: (folder / "header.bin").write_bytes(b"\0" * 100),
    "links empty": lambda folder: (folder / "link_lists.bin").write_bytes(b""),
    "vectors cut": lambda folder: cut(folder / "data_level0.bin"),
    "vectors overwritten": lambda folder: overwrite(folder / "data_level0.bin"),
}


@pytest.fixture(scope="module")
def persisted(tmp_path_factory, embedder) -> Path:
    """A data folder whose graph lies in files, as beyond WAL_ROWS passages."""
    data: Path = tmp_path_factory.mktemp("persisted") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chroma_vectors, "WAL_ROWS", -1)
        patch.setattr(chroma_vectors, "PERSISTED", 10)
        with serve(settings(data), embedder) as running:
            running.client.post("/articles", json=[article(n) for n in range(NUMBER)])
    assert list(generation(data).glob("*/data_level0.bin"))
    return data


@pytest.mark.parametrize("damage", cases(HNSW))
def test_a_damaged_graph_file_heals_at_the_start_and_takes_no_process_down(
    tmp_path, persisted, embedder, damage
):
    data = tmp_path / "data"
    shutil.copytree(persisted, data)
    (graph,) = (path.parent for path in generation(data).glob("*/data_level0.bin"))
    damage(graph)
    with serve(settings(data), embedder) as running:
        check_whole(running.client, NUMBER)


def wait_whole(running: Served, n: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if running.client.get("/readyz").json()["status"] == "ready":
            break
        time.sleep(0.05)
    check_whole(running.client, n)


def break_chroma(running: Served) -> None:
    """From now on whatever is asked of the open collection fails, as after a lost file."""
    chroma = running.pipelines.retrieve.vectors
    assert isinstance(chroma, chroma_vectors.ChromaVectors)

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise OSError("disk I/O error")

    chroma._collection = Broken()


@pytest.mark.parametrize("ways", ["its database overwritten", "its calls fail"])
def test_chroma_that_breaks_while_it_runs_is_replaced_by_exact_search_and_heals(
    tmp_path, filled, embedder, ways
):
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    with serve(settings(data), embedder) as running:
        check_whole(running.client, NUMBER)
        if ways == "its calls fail":
            break_chroma(running)
        else:
            overwrite(chroma_database(data))
        body = running.client.post(
            "/ask", json={"question": "How many trees did Alden count in ward 0?"}
        ).json()
        assert body["status"] == "answered"
        if body["provenance"]["index"]["search"] == "exact":
            assert body["degraded_reason"] == "index_healing"
        more = running.client.post("/articles", json=article(NUMBER))
        assert more.json()["indexed"]
        wait_whole(running, NUMBER + 1)


def test_a_failed_search_is_answered_exactly_is_marked_and_starts_the_healing(tmp_path, filled, embedder):
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    with serve(settings(data), embedder) as running:
        break_chroma(running)
        body = running.client.post(
            "/ask", json={"question": "How many trees did Alden count in ward 0?"}
        ).json()
        assert body["status"] == "answered"
        assert body["provenance"]["index"]["search"] == "exact"
        assert body["degraded_reason"] == "index_healing"
        wait_whole(running, NUMBER)


def test_folders_that_are_removed_under_a_running_service_leave_it_answering_and_heal(
    tmp_path, filled, embedder
):
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    with serve(settings(data), embedder) as running:
        shutil.rmtree(data / "chroma")
        shutil.rmtree(data / "tantivy")
        body = running.client.post(
            "/ask", json={"question": "How many trees did Alden count in ward 0?"}
        ).json()
        assert body["status"] == "answered"
        for n in range(NUMBER, NUMBER + 3):
            assert running.client.post("/articles", json=article(n)).status_code in {201, 202}
        wait_whole(running, NUMBER + 3)
    with serve(settings(data), embedder) as again:
        check_whole(again.client, NUMBER + 3)


def test_a_word_index_that_breaks_while_it_runs_is_a_503_to_retry_and_heals(tmp_path, filled, embedder):
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    with serve(settings(data), embedder) as running:

        class Broken:
            def __getattr__(self, name: str) -> Any:
                raise OSError(os.strerror(5))

        running.pipelines.retrieve.lexicon._index = Broken()  # type: ignore[attr-defined]
        answer = running.client.post("/ask", json={"question": "How many trees did Alden count in ward 0?"})
        assert answer.status_code == 503
        assert answer.json()["code"] == "index_unavailable"
        wait_whole(running, NUMBER)
