"""Connect the forum: its pages, and what the engines know of discussions and messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, url_for
from flask_babel import lazy_gettext

from core.actor import Actor
from core.contracts import Moderatable, NavigationItem, Panel, Round, Subject, Task
from core.listing_commands import IMPORTS, add_listing_command
from core.references import Reference
from core.registry import Registry, registry_of
from forum import commands, notifications, policies, queries, search, services
from forum.models import Post, Thread, ThreadState
from forum.policies import message_visible_to, visible_to
from forum.signals import FACTS
from forum.views import (
    arranging,
    blueprint,
    feeds,
    history,
    keeping,
    listing,
    marking,
    reading,
    typing,
    writing,
)

PAGES = (
    listing,
    reading,
    marking,
    feeds,
    typing,
    writing,
    history,
    keeping,
    arranging,
)
_SHOWN_ON_PRACTICES = 5


def init_app(app: Flask) -> None:
    known = registry_of(app)
    app.register_blueprint(blueprint)
    known.add_facts(*FACTS)
    known.add_source(search.THREADS)
    known.add_source(search.POSTS)
    known.add_notice(*notifications.RULES)
    known.add_own_work(queries.waiting_of)
    known.add_own_work(queries.drafts_of)
    known.add_consumer(services.FORGETTING)
    known.add_subject(
        Subject(
            kind="thread",
            label=lazy_gettext("Discussione"),
            id_column=Thread.id,
            title_column=Thread.title,
            slug_column=None,
            url=lambda number, _slug: url_for("forum.thread", thread_id=number),
            visible_to=visible_to,
            is_followed=True,
            is_reported=True,
            endpoint="forum.thread",
            state_column=Thread.state,
            state_words=_state_words,
        )
    )
    known.add_subject(
        Subject(
            kind="post",
            label=lazy_gettext("Messaggio"),
            id_column=Post.id,
            title_column=queries.title_of_thread(),
            slug_column=None,
            url=lambda number, _slug: url_for("forum.post", post_id=number),
            visible_to=message_visible_to,
            accepts_files=_accepts_files,
            is_part=True,
            is_reported=True,
            endpoint="forum.post",
        )
    )
    known.add_navigation(
        NavigationItem(
            label=lazy_gettext("Discussioni"),
            endpoint="forum.threads",
            section="exchange",
            order=30,
            main=True,
        )
    )
    known.add_round(
        Round(
            name="forum.tell_of_lonely",
            every=timedelta(hours=1),
            go=services.tell_of_lonely_threads,
        )
    )
    known.add_task(
        Task(
            count=queries.lonely_counted,
            label=lazy_gettext("Discussioni dei tuoi gemellaggi senza risposta"),
            endpoint="forum.lonely",
        )
    )
    known.add_panel(
        Panel(place="practice", order=50, template="forum/panel.html", context=_on_practice)
    )
    _let_moderators_decide(known)
    add_listing_command(app, IMPORTS, commands.import_threads)


def _state_words(state: str) -> str:
    """That a discussion is open needs no saying."""
    words = {one: said for one, said in reading.thread_state_words().items() if one != "open"}
    return words.get(ThreadState(state), "")


def _accepts_files(post_id: int, actor: Actor) -> frozenset[None]:
    """With the own message, as long as it can still be written anew."""
    found = queries.post(post_id, actor)
    return frozenset({None}) if found and policies.may_edit(actor, found) else frozenset()


def _let_moderators_decide(known: Registry) -> None:
    known.add_moderatable(
        Moderatable(
            kind="post",
            label=lazy_gettext("Messaggi"),
            held=queries.held,
            count=queries.held_counted,
            find=queries.held_item,
            clear=_clear,
            refuse=_refuse,
            hide=_hide,
            restore=_clear,
            reported=queries.reported,
            html_of=queries.reported_html,
            tells_authors=True,
        )
    )
    known.add_moderatable(
        Moderatable(
            kind="thread",
            label=lazy_gettext("Discussioni"),
            # A discussion waits with its first message.
            hide=_hide_thread,
            restore=_restore_thread,
            reported=queries.reported_threads,
            html_of=queries.reported_thread_html,
        )
    )


def _clear(number: int, by: Actor) -> None:
    services.clear_post(post_id=number, by=by)


def _refuse(number: int, by: Actor, reason: str) -> None:
    services.refuse_post(post_id=number, reason=reason, by=by)


def _hide(number: int, by: Actor, reason: str) -> None:
    services.hide_post(post_id=number, reason=reason, by=by)


def _hide_thread(number: int, by: Actor, reason: str) -> None:
    services.hide_thread(thread_id=number, reason=reason, by=by)


def _restore_thread(number: int, by: Actor) -> None:
    services.restore_thread(thread_id=number, by=by)


def _on_practice(practice_id: int, actor: Actor) -> Mapping[str, Any]:
    practice = Reference("practice", practice_id)
    return {
        "lines": queries.threads_on(practice, actor, _SHOWN_ON_PRACTICES),
        "open_url": url_for("forum.new_thread", su=str(practice)),
        "all_url": url_for("forum.threads", su=str(practice)),
    }
