"""The report's four forms, all from one `report.json`."""

import html
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from evals.records import write_lines

PAGE: Final = Path(__file__).with_name("page.html")
MAX_HTML: Final = 2_000_000
MAX_MARKDOWN: Final = 60_000
MAX_FLIPS: Final = 10
"""A comment on GitHub ends at 64 k characters, and a step summary over 1 MiB is dropped whole."""

_NOT_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Source: https://www.w3.org/TR/xml/#charsets"""
_SIGNS: Final = {"pass": "✅", "fail": "❌", "not measured": "⚪"}


def json_text(report: Mapping[str, Any]) -> str:
    """The report itself."""
    return json.dumps(report, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def html_text(report: Mapping[str, Any]) -> str:
    """One file that needs no network and stays under 2 MB: passages are given up before figures are."""
    for passages in (5, 3, 1, 0):
        text = _page(_trimmed(report, passages))
        if len(text.encode()) < MAX_HTML:
            return text
    return _page(_trimmed(report, 0, explorer=400))


def _trimmed(report: Mapping[str, Any], passages: int, explorer: int | None = None) -> dict[str, Any]:
    runs = []
    for run in report["runs"]:
        questions = run["questions"]
        if explorer is not None:
            # The wrong ones are what a reader looks for.
            questions = sorted(questions, key=lambda q: q["verdict"] == "correct")[:explorer]
        held = [q | {"passages": q["passages"][:passages]} for q in questions]
        runs.append({**run, "questions": held})
    return {**report, "runs": runs}


def _page(report: Mapping[str, Any]) -> str:
    # No text of an article can end the script element: "<" never stands in the data.
    data = json.dumps(report, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    said = " ".join(html.escape(run["sentence"]) for run in report["runs"])
    page = PAGE.read_text(encoding="utf-8")
    return page.replace("__SENTENCE__", said, 1).replace("__DATA__", data, 1)


def markdown_text(report: Mapping[str, Any]) -> str:
    """For a pull request: the verdict first, then figures, flips and the rest folded away."""
    parts: list[str] = []
    for run in report["runs"]:
        parts += [f"### {_SIGNS[run['verdict']]} {run['profile']}: {_line(run['sentence'])}", ""]
        parts += [*_figures(run), *_gates(run), *_flips(run)]
    text = "\n".join(parts)
    encoded = text.encode()
    if len(encoded) <= MAX_MARKDOWN:
        return text + "\n"
    cut = encoded[: MAX_MARKDOWN - 200].decode(errors="ignore").rsplit("\n", 1)[0]
    return cut + "\n\n(cut here: the HTML report holds everything)\n"


def _line(text: str) -> str:
    """Text that cannot leave its line or its table cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("@", "@\u200b")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _figures(run: Mapping[str, Any]) -> list[str]:
    systems = list(run["systems"])
    before = (run["baseline"] or {}).get("figures", {})
    head = ["figure", "value", "95 %", "Δ", "scored", *systems]
    rows = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name in run["tiles"]:
        figure = run["figures"][name]
        span = figure["interval"]
        old = before.get(name)
        delta = "" if old is None or figure["value"] is None else f"{figure['value'] - old:+.3f}"
        arrow = "" if not delta or abs(float(delta)) < 0.0005 else (" ▲" if float(delta) > 0 else " ▼")  # noqa: PLR2004 (half of what is shown)
        cells = [
            run["titles"].get(name, name),
            f"**{_number(figure['value'])}**",
            f"{span[0]:.2f} to {span[1]:.2f}" if span else "",
            delta + arrow,
            f"{figure['scored']}/{figure['total']}",
            *(_number(run["systems"][s]["figures"].get(name, {}).get("value")) for s in systems),
        ]
        rows.append("| " + " | ".join(cells) + " |")
    answered = run["answered"]
    told = (
        f"Among {answered['answered']} answered: {answered['right']} right within "
        f"{answered['word_limit']} words, {answered['partial']} partial, {answered['wrong']} wrong."
    )
    return [*rows, "", told, ""]


def _gates(run: Mapping[str, Any]) -> list[str]:
    loud = [check for check in run["checks"] if check["outcome"] in ("fail", "unmeasured", "warn")]
    lines = [f"- **{check['outcome']}** {_line(check['name'])}: {_line(check['detail'])}" for check in loud]
    quiet = [check for check in run["checks"] if check not in loud]
    if quiet:
        lines += ["", f"<details><summary>{len(quiet)} other gates</summary>", ""]
        lines += [f"- {check['outcome']} {_line(check['name'])}: {_line(check['detail'])}" for check in quiet]
        lines += ["", "</details>"]
    return [*lines, ""]


def _flips(run: Mapping[str, Any]) -> list[str]:
    changed = run["flips"]
    if not changed:
        return []
    lines = [
        f"- `{flip['id']}` {flip['before']} → {flip['after']}" + (" (must pass)" if flip["must_pass"] else "")
        for flip in changed[:MAX_FLIPS]
    ]
    if len(changed) > MAX_FLIPS:
        lines.append(f"- and {len(changed) - MAX_FLIPS} more")
    return ["Changed against the baseline:", "", *lines, ""]


def junit_text(report: Mapping[str, Any]) -> str:
    """One case a gate and a `must_pass` question; the other questions are cases that do not fail."""
    top = ET.Element("testsuites", name="byline evals")
    for run in report["runs"]:
        gates = _suite(top, f"{run['profile']}: gates")
        for check in run["checks"]:
            case = ET.SubElement(gates, "testcase", classname=run["profile"], name=_xml(check["name"]))
            if check["outcome"] == "fail":
                ET.SubElement(case, "failure", message=_xml(check["detail"]))
            elif check["outcome"] == "unmeasured":
                # An error, not a failure: quality was not judged.
                ET.SubElement(case, "error", message=_xml(check["detail"]))
            elif check["outcome"] in ("warn", "note"):
                ET.SubElement(case, "system-out").text = _xml(f"{check['outcome']}: {check['detail']}")
        musts = _suite(top, f"{run['profile']}: must pass")
        others = _suite(top, f"{run['profile']}: questions")
        for question in run["questions"]:
            must = "must_pass" in question["tags"]
            case = _question_case(musts if must else others, run["profile"], question)
            if must and question["status"] == "ok" and question["verdict"] != "correct":
                ET.SubElement(case, "failure", message=_xml(str(question["verdict"])))
        for suite in (gates, musts, others):
            suite.set("tests", str(len(suite.findall("testcase"))))
            suite.set("failures", str(len(suite.findall("testcase/failure"))))
            suite.set("errors", str(len(suite.findall("testcase/error"))))
            suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


def _suite(top: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(top, "testsuite", name=name)


def _question_case(suite: ET.Element, profile: str, question: Mapping[str, Any]) -> ET.Element:
    case = ET.SubElement(suite, "testcase", classname=profile, name=_xml(question["id"]))
    if question["ms"] is not None:
        case.set("time", f"{question['ms'] / 1000:.3f}")
    properties = ET.SubElement(case, "properties")
    for name in ("type", "verdict", "confidence", "lost"):
        value = question[name]
        if value is not None:
            ET.SubElement(properties, "property", name=name, value=_xml(str(value)))
    if question["status"] != "ok":
        ET.SubElement(case, "skipped", message=_xml(question["reason"] or question["status"]))
    return case


def _xml(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold."""
    return _NOT_XML.sub("?", text)


def write(report: Mapping[str, Any], paths: Mapping[str, Sequence[Path]]) -> None:
    """Write the forms that were asked for.

    Markdown is appended to the step summary of a workflow, which other steps write to as well.
    """
    forms = {"json": json_text, "html": html_text, "md": markdown_text, "junit": junit_text}
    for form, make in forms.items():
        for path in paths.get(form, ()):
            text = make(report)
            if form == "md" and str(path) == os.environ.get("GITHUB_STEP_SUMMARY"):
                with path.open("a", encoding="utf-8") as file:
                    file.write(text)
            else:
                write_lines(path, [text.rstrip("\n")])
