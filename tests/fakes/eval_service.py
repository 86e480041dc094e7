"""A small service that speaks the HTTP interface: what the suite's own tests put their questions to.

It splits at full stops, ranks sentences by shared words, answers with the best two and abstains below a
threshold. Everything it says can be worked out by hand, and each part can be broken.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from evals.folding import content_words
from evals.marked_yaml import instant

THRESHOLD = 0.34


@dataclass
class FakeService:
    """The service's state, and the switches by which a test breaks it."""

    articles: dict[str, dict[str, Any]] = field(default_factory=dict)
    down: bool = False
    down_after: int | None = None
    asked: int = 0
    body: Any = None
    """What `/ask` answers in the place of everything else."""

    def app(self) -> FastAPI:  # noqa: C901 (one small function a route)
        """The application."""
        app = FastAPI()

        @app.middleware("http")
        async def maybe_down(request: Request, call_next: Any) -> Any:
            if self.down or (self.down_after is not None and self.asked > self.down_after):
                return JSONResponse({"code": "index_unavailable", "detail": "down"}, status_code=503)
            return await call_next(request)

        @app.get("/readyz")
        async def ready() -> dict[str, Any]:
            return {"status": "ready"}

        @app.get("/version")
        async def version() -> dict[str, Any]:
            return {"version": "0", "settings": "sha256:fake"}

        @app.get("/articles")
        async def page() -> dict[str, Any]:
            return {"items": list(self.articles.values())[:1], "next": None}

        @app.get("/articles/{article_id}")
        async def article(article_id: str, revision: int | None = None) -> Any:
            held = self.articles.get(article_id)
            if held is None or revision not in (None, 1):
                return JSONResponse({"code": "article_not_found"}, status_code=404)
            return held | {"revision": 1, "retracted": False}

        @app.post("/articles")
        async def post(request: Request) -> Any:
            receipts = []
            for body in await request.json():
                self.articles[body["id"]] = body
                receipts.append({"id": body["id"], "revision": 1, "indexed": True, "passages": 1})
            return {"receipts": receipts}

        @app.post("/search")
        async def search(request: Request) -> Any:
            body = await request.json()
            return {
                "query": body["query"],
                "results": self._rows(body["query"], body["as_of"])[: body["limit"]],
            }

        @app.post("/ask")
        async def ask(request: Request) -> Any:
            self.asked += 1
            return self.body if self.body is not None else self._answer(await request.json())

        return app

    def _rows(self, query: str, as_of: str) -> list[dict[str, Any]]:
        wanted, known_by = content_words(query), instant(as_of)
        rows = []
        for held in self.articles.values():
            published = instant(held["published_at"])
            if known_by is not None and published is not None and published > known_by:
                continue
            for match in re.finditer(r"\S(?:[^.\n]|\.\d)*[^\s.]\.?", held["text"]):
                shared = len(wanted & content_words(match.group())) / max(1, len(wanted))
                rows.append(
                    {
                        "article_id": held["id"],
                        "revision": 1,
                        "start": match.start(),
                        "end": match.end(),
                        "text": match.group(),
                        "score": shared,
                    }
                )
        return sorted(rows, key=lambda row: (-row["score"], row["article_id"], row["start"]))

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        turns = [turn["content"] for turn in body.get("history", []) if turn["role"] == "user"]
        standalone = " ".join([*turns, body["question"]])
        rows = self._rows(standalone, body["as_of"])
        best = rows[0]["score"] if rows else 0.0
        quotes = [self._quote(row) for row in rows[:2]]
        abstains = best < THRESHOLD
        text, citations = "", []
        for n, quote in enumerate([] if abstains else quotes, start=1):
            text += " " if text else ""
            citations.append(
                {
                    "id": n,
                    "start": len(text),
                    "end": len(text) + len(quote["text"]),
                    "support": 1.0,
                    "quotes": [quote],
                }
            )
            text += quote["text"]
        nearest = [{"article_id": q["article_id"], "quote": q} for q in quotes]
        return {
            "id": f"ans_{self.asked}",
            "status": "abstained" if abstains else "answered",
            "mode": "extractive",
            "degraded": False,
            "degraded_reason": None,
            "confidence": best,
            "finish": "stop",
            "answer": text,
            "citations": citations,
            "sources": [
                {"n": n, "article_id": i, "revision": 1, "copies": []}
                for n, i in enumerate(dict.fromkeys(row["article_id"] for row in rows[:8]), start=1)
            ],
            "conflicts": [],
            "abstention": {"reason": "no_match", "missing_words": [], "nearest": nearest}
            if abstains
            else None,
            "checks": [],
            "question": {
                "asked": body["question"],
                "standalone": standalone,
                "filters": {},
                "as_of": body["as_of"],
            },
            "provenance": {
                "model": None,
                "prompt": None,
                "timings_ms": {"search": 1.0},
                "usage": {"prompt_tokens": 0, "completion_tokens": 0},
            },
        }

    def _quote(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in ("article_id", "revision", "start", "end", "text")} | {
            "match": "exact",
            "speaker": None,
        }
