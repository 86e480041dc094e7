"""One system in one process: it takes the documents in, answers the questions, and writes what it took.

Run as `python -m evals.bench.peers.system NAME TASK OUT` in an environment that has the system. Every system
is used as its own documentation shows, with its defaults, on the CPU.
"""

import importlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

TOP: Final = 10


@dataclass(frozen=True, slots=True)
class Document:
    """A paragraph with the title of its page."""

    id: str
    title: str
    text: str


Search: TypeAlias = Callable[[str], Sequence[str]]
"""From a question to the ids of the best documents, best first."""
Ingest: TypeAlias = Callable[[Sequence[Document]], Search]
"""Takes documents in; returns when they can be searched."""


def _embedder(model: str) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(model, device="cpu")


def chroma(model: str, folder: str) -> Ingest:
    """Chroma alone, with vectors of sentence-transformers."""
    import chromadb

    embedder = _embedder(model)
    collection = chromadb.PersistentClient(folder).create_collection(
        "articles", metadata={"hnsw:space": "cosine"}, embedding_function=None
    )

    def ingest(documents: Sequence[Document]) -> Search:
        texts = [document.text for document in documents]
        vectors = embedder.encode(texts, normalize_embeddings=True)
        collection.upsert(ids=[document.id for document in documents], documents=texts, embeddings=vectors)

        def search(question: str) -> Sequence[str]:
            vector = embedder.encode([question], normalize_embeddings=True)
            found: list[str] = collection.query(query_embeddings=vector, n_results=TOP)["ids"][0]
            return found

        return search

    return ingest


def txtai_hybrid(model: str, folder: str) -> Ingest:
    """Txtai with vectors and BM25 together (a sum of normalised scores)."""
    del folder
    from txtai import Embeddings

    embeddings = Embeddings(path=model, content=True, hybrid=True, gpu=False)

    def ingest(documents: Sequence[Document]) -> Search:
        embeddings.index((d.id, {"text": d.text, "title": d.title}, None) for d in documents)
        return lambda question: [row["id"] for row in embeddings.search(question, TOP)]

    return ingest


def _llama_index(model: str, folder: str) -> tuple[Any, Any]:
    import chromadb
    from llama_index.core import Settings, StorageContext
    from llama_index.core.llms import MockLLM
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    Settings.embed_model = HuggingFaceEmbedding(model_name=model, device="cpu")
    Settings.llm = MockLLM()
    collection = chromadb.PersistentClient(folder).create_collection("articles")
    store = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
    return store, Settings


def llama_index_chroma(model: str, folder: str) -> Ingest:
    """LlamaIndex over Chroma; it puts the title before the text by itself."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode

    store, _ = _llama_index(model, folder)

    def ingest(documents: Sequence[Document]) -> Search:
        nodes = [TextNode(id_=d.id, text=d.text, metadata={"title": d.title}) for d in documents]
        retriever = VectorStoreIndex(nodes, storage_context=store).as_retriever(similarity_top_k=TOP)
        return lambda question: [found.node.node_id for found in retriever.retrieve(question)]

    return ingest


def llama_index_hybrid(model: str, folder: str) -> Ingest:
    """LlamaIndex over Chroma and BM25, fused by rank."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    store, _ = _llama_index(model, folder)

    def ingest(documents: Sequence[Document]) -> Search:
        nodes = [TextNode(id_=d.id, text=d.text, metadata={"title": d.title}) for d in documents]
        index = VectorStoreIndex(nodes, storage_context=store)
        retriever = QueryFusionRetriever(
            [
                index.as_retriever(similarity_top_k=TOP),
                BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=TOP),
            ],
            num_queries=1,
            mode="reciprocal_rerank",
            similarity_top_k=TOP,
            use_async=False,
        )
        return lambda question: [found.node.node_id for found in retriever.retrieve(question)]

    return ingest


def haystack_hybrid(model: str, folder: str) -> Ingest:
    """Haystack over Chroma and its BM25 in memory, fused by rank."""
    from haystack import Document as HaystackDocument
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.document_stores.types import DuplicatePolicy
    from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever
    from haystack_integrations.document_stores.chroma import ChromaDocumentStore

    embedder = _embedder(model)
    store = ChromaDocumentStore(persist_path=folder, distance_function="cosine")
    words = InMemoryDocumentStore()
    by_vector = ChromaEmbeddingRetriever(store, top_k=TOP)
    by_words = InMemoryBM25Retriever(words, top_k=TOP)
    joiner = DocumentJoiner("reciprocal_rank_fusion", top_k=TOP)

    def ingest(documents: Sequence[Document]) -> Search:
        vectors = embedder.encode([d.text for d in documents])
        held = [
            HaystackDocument(id=d.id, content=d.text, meta={"title": d.title}, embedding=vector.tolist())
            for d, vector in zip(documents, vectors, strict=True)
        ]
        store.write_documents(held, policy=DuplicatePolicy.OVERWRITE)
        words.write_documents(held)

        def search(question: str) -> Sequence[str]:
            near = by_vector.run(query_embedding=embedder.encode(question).tolist())["documents"]
            worded = by_words.run(query=question)["documents"]
            return [found.id for found in joiner.run(documents=[near, worded])["documents"]]

        return search

    return ingest


def langchain_chroma(model: str, folder: str) -> Ingest:
    """LangChain over Chroma."""
    module = importlib.import_module("langchain_chroma")
    from langchain_core.documents import Document as LangchainDocument
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"})
    store = module.Chroma("articles", embeddings, persist_directory=folder)

    def ingest(documents: Sequence[Document]) -> Search:
        store.add_documents(
            [LangchainDocument(page_content=d.text, metadata={"title": d.title}) for d in documents],
            ids=[d.id for d in documents],
        )
        return lambda question: [found.id for found in store.similarity_search(question, k=TOP)]

    return ingest


def byline(model: str, folder: str) -> Ingest:
    """Byline with its own settings."""
    del model
    from evals.bench.peers.own import open_byline

    return open_byline(Path(folder), "auto", titled=True)


def byline_float32(model: str, folder: str) -> Ingest:
    """Byline with the number format of the others."""
    del model
    from evals.bench.peers.own import open_byline

    return open_byline(Path(folder), "float32", titled=True)


def byline_untitled(model: str, folder: str) -> Ingest:
    """Byline with the number format of the others, and without the titles."""
    del model
    from evals.bench.peers.own import open_byline

    return open_byline(Path(folder), "float32", titled=False)


def embedding(model: str, folder: str) -> Ingest:
    """Byline's embedding of a question and nothing else."""
    del model
    from evals.bench.peers.own import open_embedder

    return open_embedder(Path(folder), "auto")


def embedding_float32(model: str, folder: str) -> Ingest:
    """Byline's embedding of a question in float32 and nothing else."""
    del model
    from evals.bench.peers.own import open_embedder

    return open_embedder(Path(folder), "float32")


SYSTEMS: Final[dict[str, Callable[[str, str], Ingest]]] = {
    "byline": byline,
    "byline-float32": byline_float32,
    "byline-untitled": byline_untitled,
    "embedding": embedding,
    "embedding-float32": embedding_float32,
    "txtai-hybrid": txtai_hybrid,
    "haystack-hybrid": haystack_hybrid,
    "llama-index-hybrid": llama_index_hybrid,
    "llama-index-chroma": llama_index_chroma,
    "langchain-chroma": langchain_chroma,
    "chroma": chroma,
}


def measure(name: str, task: dict[str, Any]) -> dict[str, Any]:
    """Run one system through a task.

    Args:
        name: One of SYSTEMS.
        task: `documents` (id, title, text), `questions` and `warm_up` (texts), `model` (a folder), `titled`
            (whether the title stands before the text).

    Returns:
        Seconds to start; seconds to ingest and seconds a question, on the clock and of all cores; the ids
        found for each question; the peak of resident memory in MiB.
    """
    documents = [
        Document(d["id"], d["title"], f"{d['title']}\n{d['text']}" if task["titled"] else d["text"])
        for d in task["documents"]
    ]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        start = time.perf_counter()
        ingest = SYSTEMS[name](task["model"], folder)
        ready, ready_cpu = time.perf_counter(), time.process_time()
        search = ingest(documents)
        ingested, ingested_cpu = time.perf_counter(), time.process_time()
        for question in task["warm_up"]:
            search(question)
        spent, cores, found = [], [], []
        for question in task["questions"]:
            began, began_cpu = time.perf_counter(), time.process_time()
            ids = search(question)
            spent.append(time.perf_counter() - began)
            cores.append(time.process_time() - began_cpu)
            found.append(list(ids))
    return {
        "start_s": ready - start,
        "ingest_s": ingested - ready,
        "ingest_cpu_s": ingested_cpu - ready_cpu,
        "query_s": spent,
        "query_cpu_s": cores,
        "found": found,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(name: str, task: str, out: str) -> None:
    """Measure `name` on the task file and write the result file."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    result = measure(name, json.loads(Path(task).read_text("utf-8")))
    Path(out).write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
