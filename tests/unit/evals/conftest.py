"""A service in this process that needs no model."""

from contextlib import asynccontextmanager

import numpy as np
import pytest

from evals.target import over_asgi
from service.settings import Settings
from tests.fakes.eval_service import FakeService


@pytest.fixture
def fake(monkeypatch):
    """`run` measures this service, and trivial systems embed with counts of letters."""
    service = FakeService()

    @asynccontextmanager
    async def in_process(profile, cassette):
        async with over_asgi(service.app()) as client:
            yield client, Settings()

    def embed(texts):
        rows = np.array(
            [[text.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz0123456789"] for text in texts]
        )
        return (rows / np.maximum(1, np.linalg.norm(rows, axis=1, keepdims=True))).astype(np.float32)

    monkeypatch.setattr("evals.measure.in_process", in_process)
    monkeypatch.setattr("evals.__main__.shipped_embedder", lambda: embed)
    return service


@pytest.fixture
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
