"""`python -m evals bench support`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.table import Table

from evals.golden import OWN_GOLDEN
from evals.problems import bad
from evals.support.cost import check_costs
from evals.support.measure import STYLES, edit_rates, golden_rates, stories, summedits_rates, truths
from evals.support.relevance import relevance_rates
from evals.terminal import OWN_CORPUS, exits, stdout_console
from service.adapters.nupunkt_sentences import NupunktSentences
from service.adapters.sentence_embedder import SentenceEmbedder
from service.domain.text import normalise

CUTS = OWN_GOLDEN.parent / "labels/cuts.yaml"
out = stdout_console()


def support_command(
    golden: Annotated[
        Path, typer.Option(help="Folder of the golden set.", show_default="evals/golden")
    ] = OWN_GOLDEN,
    corpus: Annotated[Path, typer.Option(help="Its articles, Markdown.", show_default="seeds")] = OWN_CORPUS,
    split: Annotated[str, typer.Option(help="test or dev; what is tuned is tuned on dev.")] = "test",
    data: Annotated[Path | None, typer.Option(help="A folder with summedits.")] = None,
    json_at: Annotated[Path | None, typer.Option("--json", help="A file for all of it.")] = None,
) -> None:
    """The check of a model's sentences: lies shown, truths shown, replaced, withheld; and what it costs."""
    with exits():
        if split not in ("test", "dev"):
            raise bad(Path("--split"), f"{split!r} is not test or dev")
        if data is not None and not (data / "summedits").is_dir():
            raise bad(data, "holds no folder summedits")
        found = asyncio.run(bench_support(golden / split, corpus, data and data / "summedits"))
        if json_at is not None:
            json_at.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
        out.print(f"split '{split}'", highlight=False)
        for head, rows in tables(found, chosen=split == "dev"):
            table = Table(box=None, pad_edge=False)
            for name in head:
                table.add_column(name)
            for row in rows:
                table.add_row(*row)
            out.print(table)


async def bench_support(golden: Path, corpus: Path, summedits: Path | None) -> dict[str, Any]:
    """All rates of the check, as one report.

    Args:
        golden: The golden questions of one split.
        corpus: The articles that they are about.
        summedits: SummEdits, where it is; left out where not.
    """
    # One thread: two that wait for each other on a busy machine take twenty times as long.
    embedder = SentenceEmbedder(dtype="float32", share=False, threads=1)
    splitter = NupunktSentences()
    try:
        articles = await stories(corpus, splitter, None)
        edits, passed = edit_rates(articles)
        wanted = {name for truth in truths(golden, articles) for name in truth.articles}
        held = truths(golden, await stories(corpus, splitter, embedder, wanted))
        return {
            "golden": await golden_rates(held, embedder),
            "edits_shown_by_close": edits,
            "cuts": _read_cuts(passed),
            "relevance": await relevance_rates(held, embedder),
            "cost": await check_costs(held, _texts(corpus), embedder),
            "summedits_prose": await summedits_rates(summedits, splitter, embedder) if summedits else None,
        }
    finally:
        embedder.close()


def _texts(corpus: Path) -> dict[str, str]:
    """The text of each article, by its id, as `stories` cuts it."""
    found = {}
    for path in sorted(corpus.rglob("*.md")):
        front, body = path.read_text(encoding="utf-8").split("---\n", 2)[1:]
        found[str(yaml.safe_load(front)["id"])] = normalise(body)
    return found


def _read_cuts(passed: list[dict[str, str]]) -> dict[str, int]:
    """Of the edits that passed: how many, how many of them were read by hand, how many turn the meaning."""
    labels = {
        (cut["quote"], cut["shown"]): bool(cut["turns"])
        for cut in yaml.safe_load(CUTS.read_text(encoding="utf-8"))["cuts"]
    }
    distinct = {(edit["quote"].strip(), edit["shown"]) for edit in passed}
    read = [labels[cut] for cut in distinct if cut in labels]
    return {"passed": len(distinct), "read": len(read), "turns": sum(read), "ever_read": len(labels)}


def _cells(rate: dict[str, Any]) -> list[str]:
    if not rate["n"]:
        return ["", "", "0"]
    low, high = rate["interval"]
    return [f"{rate['rate']:.1%}", f"{low:.1%} to {high:.1%}", str(rate["n"])]


def tables(found: dict[str, Any], *, chosen: bool) -> list[tuple[tuple[str, ...], list[list[str]]]]:
    """The report as tables: heads and rows of cells; with `chosen` the thresholds of the split."""
    golden = found["golden"]
    rates = [
        [style, what, *_cells(rate)]
        for style in STYLES
        for what, rate in (
            ("lies shown", golden[style]["lies_shown"]),
            *((f"truths {name}", rate) for name, rate in golden[style]["truths"].items()),
            *(
                (f"lie: {kind}", rate)
                for kind, rate in golden[style]["lies_shown_by_kind"].items()
                if rate["hits"]
            ),
        )
    ]
    edits = [[kind, *_cells(rate)] for kind, rate in found["edits_shown_by_close"].items()]
    cuts = found["cuts"]
    costs = [
        [
            style,
            f"{cost['median_ms']:.1f}",
            f"{cost['p95_ms']:.1f}",
            f"{cost['median_cpu_ms']:.1f}",
            str(cost["n"]),
        ]
        for style, cost in found["cost"].items()
    ]
    relevance = {name: rate for name, rate in found["relevance"].items() if name != "chosen"}
    best = ", ".join(f"{name} {value:g}" for name, value in found["relevance"]["chosen"].items())
    summedits = [
        [domain, f"{row['balanced_accuracy']:.1%}", _of(row["consistent_kept"]), _of(row["edits_found"])]
        for domain, row in (found["summedits_prose"] or {}).items()
    ]
    return [
        (("style", "golden reference sentences", "rate", "95 %", "n"), rates),
        (("near-verbatim edits that `close` shows", "rate", "95 %", "n"), edits),
        (
            ("distinct cuts that passed", "read by hand", "turn the meaning", "labelled in all"),
            [[str(cuts[name]) for name in ("passed", "read", "turns", "ever_read")]],
        ),
        (("relevance", "rate", "95 %", "n"), [[name, *_cells(rate)] for name, rate in relevance.items()]),
        *([((f"this split would choose {best}",), [])] if chosen else []),
        (("the check's cost, style", "median ms", "p95 ms", "median CPU ms", "sentences"), costs),
        (("SummEdits, `prose`", "balanced accuracy", "consistent kept", "edits found"), summedits),
    ]


def _of(rate: dict[str, Any]) -> str:
    value, interval, n = _cells(rate)
    return f"{value} ({interval}, n {n})"
