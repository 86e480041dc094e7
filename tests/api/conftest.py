"""One service for all API tests: the real parts, a handful of invented articles, a real port."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from service.settings import Embedding, Settings
from tests.serving import Served, SharedEmbedder, serve

ARTICLES: Final[list[dict[str, Any]]] = [
    {
        "id": "harbour",
        "headline": "Port Alden dockers end strike after ministry steps in",
        "text": (
            "PORT ALDEN (Meridian Wire) - Dockers at Port Alden went back to work on Thursday after "
            "nine days."
            "\n\nThe union's secretary, Tomas Brell, said the new roster for night shifts had been withdrawn."
            'He called it "a victory for common sense".The port lost about 27 million crowns, harbour master '
            "Ines Varga said.\n\nThe labour ministry, which mediated, promised a review of dock work by May."
        ),
        "source": "Meridian Wire",
        "author": "Lena Ortwin",
        "published_at": "2026-03-12T17:30:00Z",
        "url": "https://meridian.example/port-alden-strike?utm_source=feed",
        "section": "business",
        "language": "en",
    },
    {
        "id": "bridge",
        "headline": "Kestrel Bridge to close for repairs",
        "text": (
            "The Kestrel Bridge in Oldmere will close for eleven weeks from June, the city said.\r\n\r\n"
            "Engineers found cracks in four of its bearings. Buses will use the tunnel in the meantime.\r\n"
        ),
        "source": "Oldmere Post",
        "published_at": "2026-04-02",
        "url": "https://oldmere.example/kestrel",
        "section": "local",
        "language": "en",
    },
    {
        "id": "emoji",
        "headline": "Festival organisers thank volunteers",
        "text": (
            "Before it: 👩‍👩‍👧 families and 🇩🇪 flags. "
            "The Lantern Festival in Sorrel drew 40,000 visitors 🎉 in two days. "
            "Mayor Ru\u0301z Cafe\u0301 said the volunteers deserved a medal 🏅 and a rest."
        ),
        "source": "Sorrel Chronicle",
        "published_at": "2026-02-20T08:00:00+02:00",
        "language": "en",
    },
    {
        "id": "rtl",
        "headline": "Poet Samira Haddad wins the Almond Prize",
        "text": (
            "Samira Haddad won the Almond Prize for her poem \u202b«شجرة اللوز»\u202c on Friday. "
            "The jury praised verses such as \u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd and אהבה "
            "for their music. "
            "She will read from the book in Haifa."
        ),
        "source": "Sorrel Chronicle",
        "author": "N. Amar",
    },
]


def settings_for(folder: Path, **overrides: Any) -> Settings:
    """Settings of a service under test."""
    return Settings.load(data_dir=folder, embedding=Embedding(dtype="float32", threads=2), **overrides)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, embedder: SharedEmbedder) -> Iterator[Served]:
    """The service, with ARTICLES in it."""
    with serve(settings_for(tmp_path_factory.mktemp("api")), embedder) as running:
        answer = running.client.post("/articles", json=ARTICLES)
        assert answer.status_code == 200, answer.text
        yield running


@pytest.fixture
def client(served: Served) -> httpx.Client:
    """A client of the service."""
    return served.client


@pytest.fixture
def own(client: httpx.Client) -> Iterator[list[str]]:
    """Ids of articles that a test stores, removed when it is done."""
    ids: list[str] = []
    yield ids
    for article_id in ids:
        client.delete(f"/articles/{article_id}")
