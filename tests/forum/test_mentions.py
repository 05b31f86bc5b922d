"""Names in messages become links, for those who may be seen, and in words alone."""

from __future__ import annotations

import pytest

from forum.models import Thread
from forum.rules import MOST_MENTIONS, mentioned
from forum.rules.reading import Reading, read
from members.models import Member, MemberState
from tests.factories.forum import PostFactory
from tests.factories.members import MemberFactory
from tests.visitor import Visitor

ANNA = Reading(people={"anna-scalera": ("/iscritti/anna-scalera", 'Anna "<Scalera>"')})


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<p>Chiedi a @anna-scalera.</p>", ["anna-scalera"]),
        ("<p>@Anna-Scalera, @anna-scalera!</p>", ["anna-scalera"]),
        ("<p>(@anna-scalera)</p>", ["anna-scalera"]),
        ("<p>@anna-scalera-</p>", ["anna-scalera"]),
        ("<p>anna@anna-scalera.it</p>", []),
        ("<p>@anna-scalera@altrove.it</p>", []),
        ("<p>https://x.it/@anna-scalera</p>", []),
        ("<p><code>@anna-scalera</code></p>", []),
        ("<pre><code>a\n@anna-scalera\n</code></pre><p>@bruno</p>", ["bruno"]),
        ('<p><a href="/x">@anna-scalera</a> e @bruno</p>', ["bruno"]),
        ('<p title="a > @anna-scalera">x</p>', []),
        ("<p>@anna_scalera @àncora @ @-a @a--b</p>", []),
        ("<p>@<b>anna</b></p>", []),
        (
            "<p>" + " ".join(f"@x{n}" for n in range(50)) + "</p>",
            [f"x{n}" for n in range(MOST_MENTIONS)],
        ),
    ],
)
def test_who_is_named(html: str, names: list[str]) -> None:
    assert mentioned(html) == names


def test_links_are_escaped_and_stand_in_words_alone() -> None:
    before, after = '<p title="a > @anna-scalera">', " e @nessuno <code>@anna-scalera</code></p>"
    link = (
        '<a class="g-mention" href="/iscritti/anna-scalera">@Anna &quot;&lt;Scalera&gt;&quot;</a>'
    )
    assert read(f"{before}@anna-scalera{after}", ANNA) == f"{before}{link}{after}"


def test_without_names_nothing_changes() -> None:
    for html in ("<p>Ciao</p>", "<p>a@b.it</p>", "<p>@nessuno</p>"):
        assert read(html, ANNA) == html


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", ["@", "@a-", "<", '<a "', "@a@", "-@", '"<a title="'])
def test_hostile_texts_cost_little(piece: str) -> None:
    html = piece * (60_000 // len(piece))
    mentioned(html)
    read(html, ANNA)


def test_only_who_may_be_seen_is_linked(thread: Thread, verified: Member, visitor: Visitor) -> None:
    MemberFactory.make(slug="carla-verdi", first_name="Carla", last_name="Verdi")
    MemberFactory.make(slug="dino-neri", state=MemberState.SUSPENDED)
    text = "@carla-verdi @dino-neri @nessuno"
    PostFactory.make(thread=thread, author_id=verified.id, text=text)
    page = visitor.page(f"/discussioni/{thread.id}")
    links = page.xpath("//a[@class='g-mention']")
    assert [(link.get("href"), link.text) for link in links] == [
        ("/iscritti/carla-verdi", "@Carla Verdi")
    ]
