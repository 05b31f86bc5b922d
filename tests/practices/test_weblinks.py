"""Links are kept as Markdown and read back as they were typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.text import render_markdown
from practices.rules import Link, links_in, markdown_of

# Any line of text, with more of the signs that Markdown and HTML read as their own.
TITLES = st.text(
    st.one_of(st.characters(exclude_categories=("C", "Z")), st.sampled_from(" \\[]()<>&*_`|~#-.")),
    max_size=40,
).map(lambda text: " ".join(text.split()))
ADDRESSES = st.sampled_from(
    [
        "https://a.it",
        "http://www.a.it/b_(c)_d?e=*1*&f=2#g",
        "https://a.it:8080/à",
        "https://a.it/[1]",
    ]
)
LINKS = st.lists(st.builds(Link, ADDRESSES, TITLES), max_size=5).map(tuple)


@given(LINKS)
def test_what_is_written_is_read_back(links: tuple[Link, ...]) -> None:
    assert links_in(markdown_of(links)) == (links, "")


@given(LINKS)
def test_what_is_written_stays_as_it_is(links: tuple[Link, ...]) -> None:
    """Opening the form and saving it changes nothing, so that no version is made."""
    stored = markdown_of(links, "Vedi anche la **delibera**.")
    assert markdown_of(*links_in(stored)) == stored


def test_no_sign_of_a_title_is_read_as_markdown() -> None:
    title = "[a](b) *c* _d_ `e` <b>f</b> &amp; \\ ![g](h) | ~"
    html = render_markdown(markdown_of([Link("https://a.it", title)])).html
    assert html.count("<a ") == 1
    for tag in ("<em", "<strong", "<code", "<b>", "<img"):
        assert tag not in html
    # Twin: written as it is, it would be.
    assert "<em>c</em>" in render_markdown(f"- {title}").html


def test_what_is_no_link_is_left_alone() -> None:
    text = "Vedi la delibera\n- [x](javascript:alert(1))\nhttps://a.it e altro"
    assert links_in(text) == ((), text)
