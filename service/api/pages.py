"""The frame of the service's own pages: no script, no other host, light and dark."""

from html import escape
from typing import Final

from fastapi.responses import HTMLResponse

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)

STYLE: Final = """
:root { color-scheme: light dark; --fg: #1b1b1a; --bg: #fdfcf9; --muted: #62605a; --mark: #ffe9a3; }
@media (prefers-color-scheme: dark) {
  :root { --fg: #e9e6df; --bg: #171614; --muted: #a09c92; --mark: #6a5512; }
}
body { margin: 0; background: var(--bg); color: var(--fg); font: 18px/1.6 Georgia, "Times New Roman", serif; }
main { max-width: 38em; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
header, footer { font: 14px/1.5 system-ui, sans-serif; color: var(--muted); }
header a { color: inherit; text-decoration: none; font-weight: 600; letter-spacing: .02em; }
h1 { font-size: 1.7em; line-height: 1.25; margin: .6em 0 .3em; text-wrap: balance; }
.meta { font: 14px/1.5 system-ui, sans-serif; color: var(--muted); }
.meta a { color: inherit; }
.notice { font: 15px/1.5 system-ui, sans-serif; border-left: 3px solid #b3261e; padding: .4em .8em; }
pre { font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; }
mark { outline: none; background: var(--mark); color: inherit; padding: .1em 0; scroll-margin: 30vh; }
p { overflow-wrap: anywhere; white-space: pre-line; }
"""


def page(title: str, body: str, *, language: str | None = None) -> HTMLResponse:
    """A page. `title` is text, `body` is HTML that its maker has escaped."""
    html = (
        f'<!doctype html>\n<html lang="{escape(language or "en")}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} · Byline</title>\n<style>{STYLE}</style>\n</head>\n"
        f'<body>\n<main dir="auto">\n<header><a href="/">Byline</a></header>\n{body}\n</main>\n</body>\n'
        "</html>\n"
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})
