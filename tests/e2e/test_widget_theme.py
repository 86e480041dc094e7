"""Each documented variable and part does something, in both schemes."""

import pytest

from tests.e2e.answers import TWO, Piece, abstention, answer

pytestmark = pytest.mark.browser

VARIABLES = {
    "accent": ("rgb(1, 2, 3)", ".composer button", "backgroundColor", None),
    "on-accent": ("rgb(1, 2, 3)", ".composer button", "color", None),
    "bg": ("rgb(1, 2, 3)", ".panel", "backgroundColor", None),
    "fg": ("rgb(1, 2, 3)", ".panel", "color", None),
    "muted": ("rgb(1, 2, 3)", ".disclaimer", "color", None),
    "surface": ("rgb(1, 2, 3)", ".chip", "backgroundColor", None),
    "border": ("rgb(1, 2, 3)", ".panel", "borderTopColor", None),
    "danger": ("rgb(1, 2, 3)", ".bar", "color", None),
    "radius": ("3px", ".panel", "borderTopLeftRadius", None),
    "font": ("monospace", ".said", "fontFamily", None),
    "font-size": ("20px", ".panel", "fontSize", None),
    "width": ("333px", ".panel", "width", None),
    "height": ("444px", ".panel", "height", None),
    "offset-x": ("55px", ".panel", "right", None),
    "offset-y": ("66px", ".panel", "bottom", None),
    "z": ("77", ".panel", "zIndex", None),
}
PARTS = [
    "launcher",
    "panel",
    "header",
    "title",
    "log",
    "message",
    "message-user",
    "message-assistant",
    "message-text",
    "citation",
    "source-card",
    "card",
    "quote",
    "source-link",
    "sources",
    "actions",
    "suggestion",
    "composer",
    "input",
    "button",
    "error",
    "no-answer",
    "disclaimer",
]


@pytest.mark.parametrize("name", VARIABLES)
def test_each_variable_does_what_it_is_named_for(chat, name):
    value, selector, style, _ = VARIABLES[name]
    chat.open(policy="", body=f"<style>byline-chat {{ --byline-{name}: {value} }}</style>")
    chat.answered(answer([Piece("One.")], TWO))
    read = f"return getComputedStyle(root.querySelector('{selector}')).{style}"
    assert chat.do(read) == value
    chat.page.add_style_tag(content=f"byline-chat {{ --byline-{name}: initial !important }}")
    assert chat.do(read) != value


def test_each_part_can_be_styled_from_outside(chat):
    rules = "".join(f"byline-chat::part({part}) {{ outline: 5px solid rgb(9, 9, 9) }}" for part in PARTS)
    chat.open(policy="", body=f"<style>{rules}</style>", opened=False)
    find = (
        "return Object.fromEntries(arg.map((part) => [part, [...root.querySelectorAll('[part]')]"
        ".some((node) => node.part.contains(part) && getComputedStyle(node).outlineColor === 'rgb(9, 9, 9)')]))"
    )
    seen = {part for part, styled in chat.do(find, PARTS).items() if styled}
    chat.do("await chat.open()")
    chat.answered(abstention("no_match", followups=["More?"]))
    chat.answered(answer([Piece("One.")], TWO, followups=["More?"]))
    chat.find(".chip").click()
    seen |= {part for part, styled in chat.do(find, PARTS).items() if styled}
    assert seen == set(PARTS)


@pytest.mark.parametrize(
    ("theme", "scheme", "dark"), [("auto", "dark", True), ("light", "dark", False), ("dark", "light", True)]
)
def test_the_theme_is_the_reader_s_or_the_page_s(chat, theme, scheme, dark):
    chat.page.emulate_media(color_scheme=scheme)
    chat.open(f'data-theme="{theme}"')
    colour = chat.do("return getComputedStyle(chat.panel).backgroundColor")
    assert (colour == "rgb(23, 24, 27)") is dark


def test_the_launcher_stands_where_the_page_wants_it(chat):
    chat.open('data-position="start" data-launcher-label="Ask us"', opened=False)
    box = chat.find(".launcher").bounding_box()
    assert box["x"] < 100
    assert chat.find(".launcher").inner_text() == "Ask us"
