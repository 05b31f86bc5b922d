"""Texts: cleaned, limited, and never able to keep a worker busy."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import pytest
from lxml import html as lxml_html

from core.render import render
from core.sandbox import Sandbox, TooLong
from core.text import (
    LONGEST_TEXT,
    TextRefused,
    has_forbidden_characters,
    normalise,
    plain,
    render_markdown,
    shorten,
)

LIVE_ATTRIBUTES = ("style", "srcdoc", "src", "action", "formaction", "id", "class", "name")


def live_parts(fragment: str) -> list[str]:
    """Whatever in a piece of HTML could run, load, imitate or disturb."""
    tree = lxml_html.fragment_fromstring(fragment, create_parent="div")
    found: list[str] = []
    for element in tree.iter():
        tag = str(element.tag)
        if tag in ("script", "style", "iframe", "object", "embed", "form", "input", "svg", "img"):
            found.append(tag)
        for name, value in element.attrib.items():
            address = "".join(str(value).split()).casefold()
            if str(name).startswith("on") or name in LIVE_ATTRIBUTES:
                found.append(f"{tag}[{name}]")
            if (
                name == "href"
                and not address.startswith(("http:", "https:", "mailto:", "tel:", "/", "#"))
                and ":" in address.split("/")[0]
            ):
                found.append(f"{tag}[href={value}]")
    return found


def hostile_texts(shared: Path) -> list[str]:
    texts: list[str] = []
    for suite in ("xss_lists", "bleach_data", "markdown2_cases", "mistune_fixtures"):
        for path in (shared / "data" / "hostile" / suite).glob("*.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                texts.extend(_strings(json.loads(line)))
    return texts


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return []


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](JaVa&#115;cript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        '<a href="data:text/html,<script>1</script>">x</a>',
        "<p style='position:fixed'>x</p>",
        "<form action=/esci><button>x</button></form>",
        "![x](x)",
    ],
)
def test_nothing_alive_is_left(source: str) -> None:
    assert live_parts(render_markdown(source).html) == []


def test_the_check_above_can_fail() -> None:
    assert live_parts("<a href='java\nscript:alert(1)' onclick=x>x</a>") != []


def test_a_sample_of_hostile_texts_leaves_nothing_alive(shared: Path) -> None:
    texts = hostile_texts(shared)
    assert len(texts) > 500
    for source in texts[:: max(1, len(texts) // 150)]:
        try:
            rendered = render_markdown(source)
        except TextRefused:
            continue
        assert live_parts(rendered.html) == [], source


@pytest.mark.soak
def test_every_hostile_text_leaves_nothing_alive_and_takes_no_longer_than_two_seconds(
    shared: Path,
) -> None:
    for source in hostile_texts(shared):
        started = time.monotonic()
        try:
            rendered = render_markdown(source)
        except TextRefused:
            continue
        finally:
            assert time.monotonic() - started < 2.5, source[:100]
        assert live_parts(rendered.html) == [], source


@pytest.mark.parametrize(
    "source",
    [
        "[" * 19_000,
        pytest.param("![" * 9_000, marks=pytest.mark.soak),  # the first one's two seconds again
        "*a " * 6_000,
        "`" * 19_000 + "x",
        "<" * 19_000,
        pytest.param("[a](" * 4_900, marks=pytest.mark.soak),
        "> " * 9_000 + "x",
        "**" + "a**" * 6_000,
        "- " * 9_000,
        "_" * 19_000,
        "&#x" * 6_000,
        "\n".join("    " * min(depth, 60) + "- x" for depth in range(120)),
    ],
)
def test_known_slow_inputs_end_in_time(source: str) -> None:
    started = time.monotonic()
    with contextlib.suppress(TextRefused):
        render_markdown(source)
    assert time.monotonic() - started < 2.5


def test_a_child_that_hangs_is_killed_and_the_next_question_is_answered(tmp_path: Path) -> None:
    (tmp_path / "slow_child.py").write_text(
        "import sys, time, json\n"
        "print('ready', flush=True)\n"
        "for line in sys.stdin:\n"
        "    time.sleep(30 if 'slow' in line else 0)\n"
        "    print(json.dumps('done'), flush=True)\n"
    )
    import sys

    sys.path.insert(0, str(tmp_path))
    try:
        sandbox = Sandbox("slow_child", limit=0.3)
        assert sandbox.ask("quick") == "done"
        with pytest.raises(TooLong):
            sandbox.ask("slow")
        assert sandbox.ask("quick") == "done"
        sandbox.close()
    finally:
        sys.path.remove(str(tmp_path))


def test_a_child_that_died_leaves_no_pipe_open() -> None:
    sandbox = Sandbox("core.render_child")
    first = sandbox._started()
    first.kill()
    first.wait()
    try:
        assert sandbox._started() is not first
        assert first.stdin is not None
        assert first.stdout is not None
        assert (first.stdin.closed, first.stdout.closed) == (True, True)
    finally:
        sandbox.close()


def test_whoever_is_interrupted_leaves_no_answer_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A signal, such as that of a server's own limit, may come while an answer is waited for."""
    sandbox = Sandbox("core.render_child")

    def interrupted(*_: object) -> bytes:
        raise SystemExit

    try:
        assert "first" in str(sandbox.ask("first"))
        with monkeypatch.context() as patch:
            patch.setattr(sandbox, "_read_line", interrupted)
            with pytest.raises(SystemExit):
                sandbox.ask("of somebody else")
        assert "mine" in str(sandbox.ask("mine"))
    finally:
        sandbox.close()


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(TextRefused, match="too_long"):
        render_markdown("a" * (LONGEST_TEXT + 1))


def test_markdown_keeps_what_offices_write() -> None:
    html = render(
        "# Titolo\n\n1. uno\n2. due\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> citazione\n\n"
        "**grassetto** [sito](https://example.it)"
    )
    for piece in ("<h3>Titolo</h3>", "<ol>", '<table tabindex="0">', "<blockquote>", "<strong>"):
        assert piece in html
    assert 'rel="nofollow noopener ugc"' in html


@pytest.mark.parametrize(
    ("source", "address", "rest"),
    [
        (
            "(vedi https://a.example/b_c_d?x=1).",
            "https://a.example/b_c_d?x=1",
            "(vedi ).",
        ),
        ("[testo](https://a.example)", "https://a.example", ""),
        ("<https://a.example>", "https://a.example", ""),
    ],
)
def test_addresses_become_links_without_the_signs_around_them(
    source: str, address: str, rest: str
) -> None:
    [link] = lxml_html.fromstring(render(source)).xpath("//a")
    assert link.get("href") == address
    outside = (link.getparent().text or "") + (link.tail or "")
    assert outside == rest


@pytest.mark.parametrize(
    ("source", "address"),
    [("<foo\\+@bar>", "mailto:foo+@bar"), ("<a\\_b@c.it> `x`\\*", "mailto:a_b@c.it")],
)
def test_no_mark_of_the_renderer_is_left_in_an_address(source: str, address: str) -> None:
    html = render(source)
    assert lxml_html.fromstring(html).xpath("//a/@href") == [address]
    assert not has_forbidden_characters(html)


def test_addresses_in_code_stay_as_they_are() -> None:
    assert "<a" not in render("`https://a.example`")


def test_text_is_brought_into_one_form() -> None:
    assert normalise("  citta\u0300\r\nuno\r ") == "citt\u00e0\nuno"


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "abc\u202edef", "\u2066x"])
def test_characters_that_deceive_are_noticed(text: str) -> None:
    assert has_forbidden_characters(text)


@pytest.mark.parametrize("text", ["è così", "שלום \u200f עולם", "👩‍👩‍👧 famiglia", "a\tb\nc"])
def test_real_writing_is_let_through(text: str) -> None:
    assert not has_forbidden_characters(text)


def test_plain_and_short_texts() -> None:
    assert plain("<p>Uno &amp; due</p><ul><li>tre</li></ul>") == "Uno & due tre"
    assert shorten("una frase abbastanza lunga", 12) == "una frase…"
    assert len(shorten("parolalunghissima", 8)) == 8
