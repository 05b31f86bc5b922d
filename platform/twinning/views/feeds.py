"""Feeds: all twinnings, and the news of one; the same for every reader."""

from __future__ import annotations

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import public
from core.actor import VISITOR
from core.feeds import FeedEntry, atom
from core.i18n import language
from twinning.queries import news, page
from twinning.queries.lines import TwinningLine
from twinning.signals import KIND


@public
def feed() -> ResponseReturnValue:
    """The public twinnings, the latest change first."""
    return atom(
        title=gettext("Gemella: gemellaggi"),
        path=url_for("twinning.twinnings"),
        lang=language(),
        entries=[_entry(line) for line in news.public_lines()],
    )


@public
def twinning_feed(slug: str) -> ResponseReturnValue:
    """What happened in one twinning, as far as everybody may know."""
    found = page.twinning(slug, VISITOR)
    if found is None:
        now = page.moved_to(slug, VISITOR)
        if now is None:
            abort(404)
        return redirect(url_for("twinning.twinning_feed", slug=now), 301)
    path = url_for("twinning.twinning", slug=found.slug)
    return atom(
        title=gettext("Gemella: %(title)s", title=found.acronym or found.title),
        path=path,
        lang=language(),
        entries=[
            FeedEntry(
                key=f"{KIND}:{found.id}:{item.key}",
                title=item.title,
                path=item.url,
                summary=item.text,
                published=item.at,
                updated=item.at,
                lang=found.lang,
            )
            for item in news.public_news(found, path)
        ],
    )


def _entry(line: TwinningLine) -> FeedEntry:
    return FeedEntry(
        key=f"{KIND}:{line.id}",
        title=line.title,
        path=line.url,
        summary=line.summary or line.title,
        author=", ".join((*line.givers, *line.receivers)),
        published=line.published_at or line.updated_at,
        updated=line.updated_at,
        lang=line.lang,
        categories=tuple(word for word in (line.state_label, line.programme) if word),
    )
