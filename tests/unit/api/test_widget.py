"""The widget's script and files as they are served."""

import gzip
import hashlib
import json
import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from service.api import problems, widget
from service.api.widget import assemble, languages, sources

BUDGET = 16 * 1024
"""Bytes of the packed script at most; the lightest peer has three times as many."""
PLACES = re.compile(r"\{(\w+)\}")


class Articles:
    def __init__(self, n: int) -> None:
        self.n = n

    async def count(self):
        return self.n

    async def date_range(self):
        from datetime import date

        return (date(2023, 8, 28), date(2026, 3, 3)) if self.n else None


def client(n: int = 57, **given) -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.include_router(widget.router(articles=Articles(n), **given))  # type: ignore[arg-type] # what / asks
    return TestClient(app, headers={"Accept-Encoding": "identity"})


def test_the_whole_script_stays_within_its_budget():
    assert len(gzip.compress(assemble(sources()).body, 9)) <= BUDGET


def test_the_same_sources_give_the_same_bytes():
    assert assemble(sources()).body == assemble(sources()).body


def test_what_is_served_is_what_its_name_and_its_digest_say():
    web = client()
    meta = web.get("/widget/meta").json()
    script = web.get(f"/{meta['file']}")
    assert meta["file"] == f"widget.{hashlib.sha256(script.content).hexdigest()[:12]}.js"
    assert script.content == web.get("/widget.js").content
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert meta["integrity"].startswith("sha384-")


def test_the_script_is_open_to_every_page_and_packed_once():
    web = client()
    plain, packed = web.get("/widget.js"), web.get("/widget.js", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers.get("Content-Encoding") is None
    assert plain.content == packed.content
    assert int(packed.headers["Content-Length"]) <= BUDGET
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert plain.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert plain.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert plain.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert plain.headers["Vary"] == "Accept-Encoding"
    assert "X-Widget-Version" in plain.headers


def test_who_has_the_script_already_is_told_so():
    web = client()
    tag = web.get("/widget.js").headers["ETag"]
    assert web.get("/widget.js", headers={"If-None-Match": f'"other", {tag}'}).status_code == 304
    assert web.get("/widget.js", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/widget.0123456789ab.js", "/widget/nothing.js", "/widget/src/10-sse.js", "/widget/..%2fREADME.md"],
)
def test_what_is_not_there_is_not_found(path):
    assert client().get(path).status_code == 404


def test_packing_takes_comments_and_blanks_and_leaves_literals_alone():
    source = (
        '/** Doc\n * more */\n  // A comment.\n  const a = "x = y // z", b = `p , q ${ c } `;\n'
        "  const d = /a b , c\\/d = e/g, e = a / b / c;\n  if (a && b) return { f: g ? h : i };\n"
    )
    assert widget._pack(source) == (
        'const a="x = y // z",b=`p , q ${ c } `;\n'
        "const d=/a b , c\\/d = e/g,e=a / b / c;\nif(a&&b)return{f:g?h:i};"
    )


def test_no_comment_of_the_sources_is_served_and_every_literal_is():
    body = assemble(sources()).body.decode()
    literal = re.compile(r'"(?:\\.|[^"\\\n])*"')
    for part in sources().joinpath("src").iterdir():
        if not part.name.endswith(".js"):
            continue
        code = "\n".join(
            line for line in part.read_text("utf-8").splitlines() if not re.match(r"\s*(//|/?\*)", line)
        )
        for found in literal.findall(code):
            assert found in body, (part.name, found)
    assert "/**" not in body
    assert not re.search(r"(?m)^\s*//", body)


def english() -> dict[str, object]:
    held: dict[str, object] = json.loads(sources().joinpath("locales", "en.json").read_text("utf-8"))
    return held


def test_there_are_seven_languages():
    assert set(languages(sources())) >= {"ar", "de", "en", "es", "fa", "fr", "ur"}


@pytest.mark.parametrize("language", languages(sources()))
def test_every_key_with_every_place_stands_in_every_language(language):
    words = json.loads(sources().joinpath("locales", f"{language}.json").read_text("utf-8"))
    assert list(words) == list(english())
    assert words["dir"] == ("rtl" if language in {"ar", "fa", "ur"} else "ltr")
    for key, value in english().items():
        assert type(words[key]) is type(value), key
        if isinstance(value, str):
            assert set(PLACES.findall(words[key])) == set(PLACES.findall(value)), key
            assert words[key].strip(), key
            assert language == "en" or words[key] != value or key in {"dir", "source", "retry", "send"}, key
        else:
            # "One article" may leave the figure out; any other number is told.
            assert "{n}" in words[key]["other"], key


def test_every_word_that_the_script_asks_for_is_there_and_none_is_spare():
    code = "\n".join(
        part.read_text("utf-8") for part in sources().joinpath("src").iterdir() if part.name.endswith(".js")
    )
    literals = set(re.findall(r'"(\w+)"', code))
    made = {"dir"}
    for key in english():
        lead = key.partition("_")[0]
        if lead in {"error", "degraded"} or key.endswith("_match"):
            made.add(key)  # put together from a code of the service
    from_service = {
        "no_match",
        "insufficient_evidence",
        "outside_dates",
        "unverifiable",
        "disagree",
        "changed_since",
    }
    from_service |= {
        "length",
        "interrupted",
        "withheld",
        "quoted",
        "off_question",
        "searching",
        "reading",
        "writing",
    }
    spare = set(english()) - literals - made - from_service
    assert spare <= {"wrong_source"} | literals


def test_the_page_shows_the_snippet_and_says_how_many_articles_there_are():
    page = client(site_keys=['pk"1']).get("/")
    assert "57 articles, from 28 August 2023 to 3 March 2026" in page.text
    assert "&lt;script src=&quot;" not in page.text
    assert 'src="http://testserver/widget.js" async data-site-key=&quot;pk&quot;1&quot;' in page.text
    assert "byline ingest" in page.text
    assert '<section class="empty" hidden>' in page.text
    assert "trusted-types 'none'" in page.headers["Content-Security-Policy"]


def test_the_page_of_an_empty_service_says_how_to_add_articles():
    page = client(n=0).get("/")
    assert "There are no articles yet." in page.text
    assert '<section class="empty" >' in page.text
    assert "byline ingest" in page.text


@pytest.mark.parametrize(
    ("keyed", "keys", "shown"), [(True, [], True), (True, ["pk"], False), (False, [], False)]
)
def test_a_page_that_cannot_ask_says_what_to_set(keyed, keys, shown):
    page = client(keyed=keyed, site_keys=keys).get("/")
    assert ('<section class="closed" >' in page.text) is shown


def test_a_forged_host_is_written_as_text():
    page = client().get("/", headers={"Host": 'x"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text


def test_the_pages_have_no_script_in_them_and_no_other_host():
    for path in ("/", "/widget/demo"):
        text = re.sub(r"(?s)<pre.*?</pre>", "", client().get(path).text)
        assert not re.findall(r"<script(?![^>]*\ssrc=\"/)[^>]*>", text)
        assert not re.search(r'(?:src|href)="(?!/)[^"]', text)
