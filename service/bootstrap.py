"""The composition root: the one module that knows which adapter fulfils which port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from service.adapters import chroma_vectors, tantivy_lexicon
from service.adapters.budget_file import BudgetFile
from service.adapters.chroma_vectors import ChromaVectors
from service.adapters.cross_encoder import CrossEncoderModel
from service.adapters.data_folder import DataFolder
from service.adapters.exact_vectors import ExactVectors
from service.adapters.litellm_chat import LitellmChat, Patience
from service.adapters.llama_server import PREFIX as GGUF
from service.adapters.llama_server import LlamaServer
from service.adapters.minhash_copies import MinhashCopies
from service.adapters.nupunkt_sentences import NupunktSentences
from service.adapters.prompt_files import PromptFiles
from service.adapters.sentence_embedder import SentenceEmbedder
from service.adapters.sql.answers import SqlAnswers
from service.adapters.sql.articles import SqlArticles
from service.adapters.sql.database import Database
from service.adapters.tantivy_lexicon import TantivyLexicon
from service.domain.chat import ChatRequest, Message
from service.domain.errors import EmbeddingSpaceMismatch, Misconfigured, ServiceError
from service.domain.weights import CALIBRATION
from service.pipelines.answer import AnswerQuestion
from service.pipelines.budget import Budget
from service.pipelines.collect import CollectArticles
from service.pipelines.feedback import GiveFeedback, KeepAnswers
from service.pipelines.index import ApplyChanges, IndexLoop
from service.pipelines.ingest import IngestArticles, RemoveArticles
from service.pipelines.model_calls import ModelCalls, Policy
from service.pipelines.questions import AskModel
from service.pipelines.retrieve import RetrieveEvidence
from service.pipelines.shared_replies import SharedReplies
from service.pipelines.summarise import SummariseArticles
from service.pipelines.verify import VerifyText
from service.ports import AnswerStore, ArticleStore, ChatModel, Clock
from service.readers.extractive import ExtractiveReader
from service.readers.extractive_summary import ExtractiveSummary
from service.readers.generative import GenerativeReader
from service.readers.generative_summary import GenerativeSummary
from service.settings import Settings

Health = Callable[[], Awaitable[tuple[Literal["ok", "degraded", "failed"], str]]]


class SystemClock:
    """A `Clock` that tells the machine's time."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pipelines:
    """Everything that the API and the command line call."""

    settings: Settings
    clock: Clock
    articles: ArticleStore
    index: IndexLoop
    ingest: IngestArticles
    remove: RemoveArticles
    retrieve: RetrieveEvidence
    answer: AnswerQuestion
    answers: AnswerStore
    keep: KeepAnswers
    feedback: GiveFeedback
    verify: VerifyText
    summarise: SummariseArticles
    health: Mapping[str, Health]


@asynccontextmanager
async def open_pipelines(
    settings: Settings, *, reindex: bool = False, warm: bool = True
) -> AsyncIterator[Pipelines]:
    """Open the data folder and everything in it, and close it again.

    Args:
        settings: All of them.
        reindex: Make all vectors and indexes anew, for instance for another embedding model.
        warm: Load the embedding model at once, not when it is first needed.

    Raises:
        DataFolderInUse: Another process owns the folder.
        EmbeddingSpaceMismatch: The stored vectors are another model's; `reindex` is the way out.
        Misconfigured: Something in the settings cannot work.
    """
    async with AsyncExitStack() as stack:
        folder = DataFolder(settings.data_dir)
        stack.callback(folder.close)
        chroma = ChromaVectors(settings.data_dir / "chroma", url=settings.chroma.url)
        stack.callback(chroma.close)
        lexicon = TantivyLexicon(settings.data_dir / "tantivy")
        stack.callback(lexicon.close)
        # The model takes seconds to load, and Chroma's probe one: together.
        embedder, database, chroma_holds, lexicon_holds = await asyncio.gather(
            asyncio.to_thread(_embedder, settings),
            asyncio.to_thread(Database, settings.store_url),
            chroma.open(),
            lexicon.open(),
        )
        stack.callback(embedder.close)
        if warm:
            embedder.warm()
        stack.callback(database.close)
        articles = SqlArticles(database)
        stored = await articles.space()
        if reindex:
            await articles.drop_passages()
        elif stored is not None and stored != embedder.space:
            raise EmbeddingSpaceMismatch(
                f"the stored vectors are of {stored}, the settings name {embedder.space}: "
                "run `byline reindex`, or set BYLINE_EMBEDDING__MODEL back"
            )
        rows = await articles.live_count()
        chroma.expect(rows)
        if reindex or not chroma_holds or chroma.worn():
            await chroma.clear()
        if reindex or not lexicon_holds:
            await lexicon.clear()
        exact = ExactVectors(embedder.dimension)
        apply = ApplyChanges(articles, NupunktSentences(), embedder, (exact, lexicon, chroma))
        await apply.verify()
        loop = IndexLoop(apply)
        loop.start()
        stack.push_async_callback(loop.stop)
        clock = SystemClock()
        answers = SqlAnswers(database)
        keep = KeepAnswers(answers, clock, settings.answers.keep_days)
        await keep.tidy()
        threads = settings.embedding.threads
        reranker = await _cross_encoder(settings.rerank.model, threads)
        entailment = await _cross_encoder(settings.answers.nli_model, threads)
        if entailment is not None:
            entailment.check_entailment()
        chat, prompts, copies = await _chat(settings, clock, stack), PromptFiles(), MinhashCopies()
        generative = None if chat is None else _reader(chat, prompts, settings, embedder, entailment)
        retrieve = RetrieveEvidence(
            articles=articles,
            embedder=embedder,
            vectors=chroma,
            exact=exact,
            lexicon=lexicon,
            copies=copies,
            reranker=reranker,
            index=loop,
            exact_only=settings.search_exact,
        )
        yield Pipelines(
            settings=settings,
            clock=clock,
            articles=articles,
            index=loop,
            ingest=IngestArticles(articles, loop, settings.ingest.wait_s),
            remove=RemoveArticles(articles, loop),
            retrieve=retrieve,
            answer=AnswerQuestion(
                retrieve=retrieve,
                extractive=ExtractiveReader(),
                generative=generative,
                ask_model=None if chat is None else AskModel(chat, prompts),
                clock=clock,
                settings=settings.fingerprint(),
                threshold=CALIBRATION.threshold(settings.answers.wrong_at_most),
                zone=settings.zone,
            ),
            answers=answers,
            keep=keep,
            feedback=GiveFeedback(answers, clock),
            verify=VerifyText(retrieve, NupunktSentences(), embedder, entailment),
            summarise=SummariseArticles(
                collect=CollectArticles(articles, embedder, NupunktSentences(), exact, lexicon, copies),
                extractive=ExtractiveSummary(),
                generative=None if chat is None else GenerativeSummary(chat, prompts),
                clock=clock,
                settings=settings.fingerprint(),
                zone=settings.timezone,
            ),
            health=_health(articles, chroma, lexicon, exact, embedder, loop),
        )


def _reader(
    chat: ChatModel,
    prompts: PromptFiles,
    settings: Settings,
    embedder: SentenceEmbedder,
    entailment: CrossEncoderModel | None,
) -> GenerativeReader:
    held = settings.chat
    return GenerativeReader(chat, prompts, held.max_tokens, held.evidence_words, embedder, entailment)


def _embedder(settings: Settings, *, keep: bool = True) -> SentenceEmbedder:
    held = settings.embedding
    embedder = SentenceEmbedder(
        held.model,
        dtype=held.dtype,
        kept=settings.data_dir / "embedder.json" if keep else None,
        batch=held.batch,
        threads=held.threads,
        share=not settings.search_exact,
    )
    _ = embedder.space  # here, off the event loop: it may take loading the model
    return embedder


async def _chat(settings: Settings, clock: Clock, stack: AsyncExitStack) -> ChatModel | None:
    """The model that may write, with its fallbacks, limits and cache; None where none is configured."""
    held = settings.chat
    if held.model is None:
        return None
    models = await _models(settings, stack)
    stack.push_async_callback(models[0].close)
    importing = asyncio.create_task(models[0].open())  # takes seconds, and nobody need wait for it here
    stack.callback(importing.cancel)
    budget = Budget(BudgetFile(settings.data_dir / "budget.json"), clock, held.daily_usd, held.daily_tokens)
    stack.push_async_callback(budget.flush)
    calls = ModelCalls(tuple(models), budget, Policy(total_s=held.timeout_s), held.concurrency)
    return SharedReplies(calls, settings.fingerprint())


async def _models(settings: Settings, stack: AsyncExitStack) -> list[LitellmChat]:
    """The model that the settings name and its fallbacks; a model file is served while `stack` is open."""
    held = settings.chat
    patience = Patience(held.first_token_s, held.gap_s, held.timeout_s)
    models: list[LitellmChat] = []
    for name in (held.model or "", *held.fallbacks):
        if name.startswith(GGUF):
            server = LlamaServer(Path(name.removeprefix(GGUF)), held.template)
            stack.push_async_callback(server.stop)
            serving = await server.start()
            local = LitellmChat(
                "openai/local", serving.base, serving.key, held.extra, patience, name, free=True
            )
            models.append(local)
        else:
            # The address and the key are the first model's: a fallback has its provider's own.
            first = name == held.model
            base = held.api_base if first else None
            key = held.api_key.get_secret_value() if first and held.api_key is not None else None
            models.append(LitellmChat(name, base, key, held.extra, patience))
    return models


async def _cross_encoder(name: str | None, threads: int | None) -> CrossEncoderModel | None:
    return None if name is None else await asyncio.to_thread(CrossEncoderModel, name, threads=threads)


def _health(
    articles: ArticleStore,
    chroma: ChromaVectors,
    lexicon: TantivyLexicon,
    exact: ExactVectors,
    embedder: SentenceEmbedder,
    loop: IndexLoop,
) -> Mapping[str, Health]:
    async def store() -> tuple[Literal["ok", "degraded", "failed"], str]:
        try:
            return "ok", f"{await articles.count()} articles, seq {await articles.last_seq()}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not ready
            return "failed", type(error).__name__

    def index(
        held: ChromaVectors | TantivyLexicon | ExactVectors, otherwise: Literal["degraded", "failed"]
    ) -> Health:
        async def check() -> tuple[Literal["ok", "degraded", "failed"], str]:
            if loop.heals(held):
                return otherwise, "index_healing"
            try:
                return "ok", f"{await held.count()} passages, seq {await held.applied_seq()}"
            except ServiceError as error:
                return otherwise, error.code

        return check

    async def following() -> tuple[Literal["ok", "degraded", "failed"], str]:
        if loop.failing is not None:
            return "degraded", f"failing: {loop.failing}"
        return "ok", f"seq {loop.applied}"

    async def model() -> tuple[Literal["ok", "degraded", "failed"], str]:
        return "ok", f"{embedder.space}, {embedder.dtype}"

    return {
        "store": store,
        "chroma": index(chroma, "degraded"),
        "exact": index(exact, "failed"),
        "tantivy": index(lexicon, "failed"),
        "index_loop": following,
        "embedder": model,
    }


@asynccontextmanager
async def open_answers(settings: Settings) -> AsyncIterator[AnswerStore]:
    """Open the answers alone, reading only, so that it can run beside a service.

    Raises:
        Misconfigured: There is no database yet.
    """
    if settings.store.url is None and not (settings.data_dir / "byline.db").exists():
        raise Misconfigured(f"there is no database in {settings.data_dir} yet")
    database = await asyncio.to_thread(Database, settings.store_url, read_only=True)
    try:
        yield SqlAnswers(database)
    finally:
        database.close()


async def check_settings(settings: Settings) -> Mapping[str, tuple[str, str]]:
    """Try every dependency, reading only, so that it can run beside a service.

    Returns:
        By dependency: "ok" or "failed", and a line about it.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, call in _pings(settings).items():
        try:
            found[name] = "ok", await call()
        except ServiceError as error:
            found[name] = "failed", error.detail
        except Exception as error:  # noqa: BLE001 - a check says what is wrong, whatever it is
            found[name] = "failed", type(error).__name__
    found["confidence"] = "ok", _about_confidence(settings)
    if settings.chat.model is not None:
        async with AsyncExitStack() as stack:
            found["model"] = await _check_model(settings, stack)
    return found


def _about_confidence(settings: Settings) -> str:
    """From where the reader without a model answers, and whether that was measured with these settings."""
    least = CALIBRATION.threshold(settings.answers.wrong_at_most)
    line = f"answers from {least:.2f}, for at most {settings.answers.wrong_at_most:.0%} wrong"
    if least == 1.0:
        line += ": no threshold keeps that, so everything is declined"
    if CALIBRATION.made_for != settings.reading_fingerprint():
        line += "; measured with another embedding model or reranker: measure your own (evals/README.md)"
    return line


def _pings(settings: Settings) -> Mapping[str, Callable[[], Awaitable[str]]]:
    """By dependency, what asks it; a line comes back, or an error."""

    async def folder() -> str:
        return f"{settings.data_dir.absolute()}{'' if settings.data_dir.exists() else ' (not there yet)'}"

    async def store() -> str:
        if settings.store.url is None and not (settings.data_dir / "byline.db").exists():
            return "not there yet"
        database = await asyncio.to_thread(Database, settings.store_url, read_only=True)
        try:
            articles = SqlArticles(database)
            return f"{await articles.count()} articles, seq {await articles.last_seq()}"
        finally:
            database.close()

    async def vectors() -> str:
        return await asyncio.to_thread(
            chroma_vectors.inspect, settings.data_dir / "chroma", settings.chroma.url
        )

    async def words() -> str:
        return await asyncio.to_thread(tantivy_lexicon.inspect, settings.data_dir / "tantivy")

    async def embedder() -> str:
        held = await asyncio.to_thread(_embedder, settings, keep=False)
        vector = await held.embed_query("a ping")
        held.close()
        return f"{held.space}, {held.dtype}, a vector of {len(vector)}"

    return {"data folder": folder, "store": store, "chroma": vectors, "tantivy": words, "embedder": embedder}


_HELP: Final = {
    "the provider refuses the key": "BYLINE_CHAT__API_KEY or the provider's own variable is missing or wrong",
    "the key may not use this model": "ask the provider to allow it, or name another in BYLINE_CHAT__MODEL",
    "the provider has no model by that name": "BYLINE_CHAT__MODEL is unknown there",
    "no provider is known by that name": "BYLINE_CHAT__MODEL begins with a provider that litellm knows",
    "the model could not be reached": "nothing listens at BYLINE_CHAT__API_BASE, or the network is closed",
    "the model did not answer in time": "BYLINE_CHAT__FIRST_TOKEN_S and __TIMEOUT_S bound the wait",
}


async def _check_model(settings: Settings, stack: AsyncExitStack) -> tuple[str, str]:
    """Make one real call, without retries, cache or budget, and say in plain words what is wrong."""
    held = settings.chat
    try:
        chat = (await _models(settings, stack))[0]
        stack.push_async_callback(chat.close)
        request = ChatRequest((Message("user", "Reply with the word: ready"),), max_tokens=held.max_tokens)
        said = ""
        async with aclosing(chat.stream(request)) as parts:
            async for part in parts:
                said += part if isinstance(part, str) else ""
                if said.strip():
                    break  # it answers: the rest would be paid for
    except ServiceError as error:
        where = "" if held.api_base is None else f" at {urlsplit(held.api_base).netloc.rpartition('@')[2]}"
        help_ = _HELP.get(error.detail, "")
        return "failed", f"{held.model}{where}: {error.detail}{help_ and '; ' + help_}"
    return "ok", f"{held.model} answered one call"
