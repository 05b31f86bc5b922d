"""The feed of a discussion; the same for every reader."""

from __future__ import annotations

from flask import abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core.access import public
from core.feeds import FeedEntry, atom
from forum import queries
from forum.queries import FeedPost
from forum.views import blueprint
from forum.views.reading import number_asked


@blueprint.get("/discussioni/<int:thread_id>/feed")
@public
def thread_feed(thread_id: int) -> ResponseReturnValue:
    """The messages of a discussion that everybody may read, the newest first."""
    feed = queries.thread_feed(thread_id, number_asked("prima"))
    if feed is None:
        abort(404)
    earlier = None
    if feed.earlier is not None:
        earlier = url_for("forum.thread_feed", thread_id=thread_id, prima=feed.earlier)
    return atom(
        title=gettext("Gemella: %(title)s", title=feed.thread.title),
        path=feed.thread.url,
        lang=feed.thread.lang,
        entries=[_entry(post) for post in feed.posts],
        earlier=earlier,
    )


def _entry(post: FeedPost) -> FeedEntry:
    return FeedEntry(
        key=f"post:{post.id}",
        title=gettext("%(author)s, messaggio n. %(n)s", author=post.author, n=post.number),
        path=post.url,
        summary=post.text,
        author=post.author,
        published=post.at,
        updated=post.changed_at,
        lang=post.lang,
    )
