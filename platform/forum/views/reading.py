"""Pages of discussions, and where a single message stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from flask import abort, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from core import subjects, submissions
from core.access import current_actor, public
from core.kept import shared_page
from core.references import Reference
from forum import policies, queries
from forum.forms import ReplyForm, fill_in, offer_bodies
from forum.models import Reacting, ThreadState
from forum.queries import Departed, ReplyTarget, ThreadPage
from forum.rules import page_start
from forum.views import blueprint
from forum.views.told import Told
from moderation.policies import may_moderate
from taxonomy.queries import theme

_EARLIEST, _LATEST = date(1900, 1, 1), date(9000, 1, 1)


@blueprint.get("/discussioni/<int:thread_id>")
@public
def thread(thread_id: int) -> ResponseReturnValue:
    actor = current_actor()

    alike = queries.read_alike(thread_id, actor) if request.args.keys() <= {"da"} else None
    if alike is None:
        return _rendered(thread_id, _fresh()["submission_key"])
    newest, readers = alike

    def render(own: Mapping[str, str]) -> str:
        return _whole(thread_or_404(thread_id), own["submission_key"])

    start = _start()
    begin = None if start is None else page_start(start)
    return shared_page(("thread", thread_id, begin, readers), newest, actor, render, _fresh)


def _fresh() -> dict[str, str]:
    """What a page has anew each time that it is asked for."""
    return {"submission_key": submissions.new_key()}


def _rendered(thread_id: int, submission_key: str) -> ResponseReturnValue:
    page = queries.thread_page(thread_id, current_actor(), _start())
    if page is None:
        return redirect(queries.moved_to(thread_id, _start(), current_actor()) or abort(404), 301)
    return _whole(page, submission_key)


def _whole(page: ThreadPage, submission_key: str) -> str:
    """The page with an empty form, where the reader may reply."""
    thread_id = page.thread.id
    form = None
    target = None
    if policies.may_reply(current_actor(), page.thread):
        form = ReplyForm()
        form.submission_key.data = submission_key
        if page.thread.draft is not None:
            fill_in(form, page.thread.draft)
        target = _target(thread_id, "rispondi") or _target(thread_id, "cita")
        if target is not None:
            form.reply_to.data = str(target.id)
        if target is not None and "cita" in request.args:
            form.text.data = _joined(form.text.data, target.quotation())
        if target is None and form.reply_to_id is not None:
            target = queries.reply_target(form.reply_to_id, thread_id, current_actor())
    return thread_html(page, form, target)


@blueprint.get("/messaggi/<int:post_id>")
@public
def post(post_id: int) -> ResponseReturnValue:
    """The one address of a message that never changes: leads to its page and its mark."""
    found = queries.post(post_id, current_actor())
    if found is None:
        abort(404)
    return redirect(found.url)


def _joined(typed: str | None, quotation: str) -> str:
    """A quotation after what a draft holds already."""
    typed = (typed or "").rstrip()
    return (
        f"{typed}\n\n{quotation}"
        if typed and quotation.strip() not in typed
        else (f"{typed}\n\n" if typed else quotation)
    )


@blueprint.get("/discussioni/<int:thread_id>/giorno")
@public
def day(thread_id: int) -> ResponseReturnValue:
    """Leads to the first message of a day, or the next one after it."""
    if queries.thread_head(thread_id, current_actor()) is None:
        abort(404)
    asked = _day(request.args.get("giorno", ""))
    return redirect(queries.on_day(thread_id, asked, current_actor()) or abort(404))


def _day(text: str) -> date:
    """A day as browsers send it, or as people write it; anything else is a bad request."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 - a day alone
        except ValueError:
            continue
        if _EARLIEST <= found <= _LATEST:
            return found
    raise BadRequest


def thread_or_404(thread_id: int) -> ThreadPage:
    """The asked page of a discussion; for somebody who may not read it there is none."""
    page = queries.thread_page(thread_id, current_actor(), _start())
    if page is None:
        abort(404)
    return page


def thread_html(
    page: ThreadPage,
    form: ReplyForm | None,
    target: ReplyTarget | None = None,
    preview: str | None = None,
    told: Told | None = None,
) -> str:
    """The page of a discussion, with the form where the reader may reply."""
    actor = current_actor()
    if form is not None:
        offer_bodies(form, actor)
    return render_template(
        "forum/thread.html",
        page=page,
        thread=page.thread,
        form=form,
        target=target,
        preview=None if preview is None else Markup(preview),  # noqa: S704 - cleaned when rendered
        waits=not queries.is_trusted(actor),
        is_moderator=may_moderate(actor),
        may_close=_steward_may(policies.may_close, page),
        may_pin=_steward_may(policies.may_pin, page),
        may_arrange=policies.may_arrange(actor, page.thread),
        may_mark_best=_steward_may(policies.may_mark_best, page),
        can_be_best=lambda post: policies.can_be_best(page.thread, post),
        may_react=lambda post: policies.may_react(actor, post),
        reactions=reaction_words(),
        departed=_runs(page),
        theme=theme(page.thread.theme_id) if page.thread.theme_id else None,
        last_shown=max((post.number for post in page.posts), default=None),
        told=told,
        may_edit=lambda post: policies.may_edit(actor, post),
        may_rewrite=lambda post: policies.may_rewrite(actor, post),
        may_remove=lambda post: policies.may_remove(actor, post),
        actor=actor,
        states=thread_state_words(),
    )


def thread_state_words() -> dict[ThreadState, str]:
    return {
        ThreadState.HELD: gettext("In attesa"),
        ThreadState.OPEN: gettext("Aperta"),
        ThreadState.CLOSED: gettext("Chiusa"),
        ThreadState.HIDDEN: gettext("Nascosta"),
    }


def reaction_words() -> dict[Reacting, str]:
    return {Reacting.USEFUL: gettext("Utile"), Reacting.THANKS: gettext("Grazie")}


def _runs(page: ThreadPage) -> dict[int | None, list[Departed]]:
    """What was moved away, by the number of the message before which it stood; None: at the end."""
    found: dict[int | None, list[Departed]] = {}
    for one in page.departed:
        after = next((post.number for post in page.posts if post.number > one.number), None)
        found.setdefault(after, []).append(one)
    return found


def _steward_may(policy: Callable[..., bool], page: ThreadPage) -> bool:
    """Ask a policy; whether the reader keeps order at the subject is looked up once, if at all."""
    actor, thread = current_actor(), page.thread
    if actor.is_visitor or thread.state not in (ThreadState.OPEN, ThreadState.CLOSED):
        return False
    if policy(actor, thread, is_steward=False):
        return True
    return policy(actor, thread, is_steward=_is_steward(thread.subject))


def _is_steward(subject: Reference | None) -> bool:
    known: dict[Reference | None, bool] = g.setdefault("forum_steward", {None: False})
    if subject is not None and subject not in known:
        known[subject] = subjects.is_steward(subject, current_actor())
    return known[subject]


def _start() -> int | None:
    return number_asked("da")


def number_asked(argument: str) -> int | None:
    """The number of a message in the address; what is no number is a bad request."""
    asked = request.args.get(argument)
    if asked is None:
        return None
    if not asked.isascii() or not asked.isdigit() or not 0 < len(asked) < 10 or int(asked) < 1:
        abort(400)
    return int(asked)


def _target(thread_id: int, argument: str) -> ReplyTarget | None:
    asked = request.args.get(argument, type=int)
    if asked is None or not 0 < asked < 2**31:
        return None
    return queries.reply_target(asked, thread_id, current_actor())
