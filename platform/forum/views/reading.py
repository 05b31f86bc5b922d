"""Lists and pages of discussions, and where a single message stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from core import subjects, submissions
from core.access import current_actor, public
from core.kept import shared_page
from core.registry import registry
from forum import policies, queries
from forum.forms import ReplyForm, fill_in, offer_bodies
from forum.models import ThreadState
from forum.queries import GENERAL, ReplyTarget, ThreadPage
from forum.views import blueprint
from forum.views.told import Told
from moderation.policies import may_moderate

# Subjects' kinds in addresses, as readers of Italian addresses know them.
_GENERAL_WORD = "generale"


@blueprint.get("/discussioni")
@public
def threads() -> ResponseReturnValue:
    actor = current_actor()
    kind = _chosen_kind(request.args.get("su"))
    wanted = queries.ThreadFilter(kind=kind)
    counted = queries.kind_counts(actor, wanted, _kinds())
    page = queries.thread_list(
        actor, wanted, after=request.args.get("dopo"), before=request.args.get("prima")
    )
    lines = list(page.items)
    return render_template(
        "forum/threads.html",
        lines=lines,
        subjects=queries.subjects_of(lines, actor),
        page=page,
        word=_word(kind),
        tabs=_tabs(counted, kind),
        count=counted.get(kind, 0),
        states=thread_state_words(),
    )


@blueprint.get("/discussioni/<int:thread_id>")
@public
def thread(thread_id: int) -> ResponseReturnValue:
    actor = current_actor()

    def render(own: Mapping[str, str]) -> str:
        return _rendered(thread_id, own["submission_key"])

    alike = queries.read_alike(thread_id, actor) if request.args.keys() <= {"da"} else None
    if alike is None:
        return render(_fresh())
    newest, readers = alike
    return shared_page(("thread", thread_id, _start(), readers), newest, actor, render, _fresh)


def _fresh() -> dict[str, str]:
    """What a page has anew each time that it is asked for."""
    return {"submission_key": submissions.new_key()}


def _rendered(thread_id: int, submission_key: str) -> str:
    page = thread_or_404(thread_id)
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
        may_close=_may_close(page),
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
    }


def _may_close(page: ThreadPage) -> bool:
    actor, thread = current_actor(), page.thread
    if actor.is_visitor:
        return False
    if policies.may_close(actor, thread, is_steward=False):
        return True
    steward = thread.subject is not None and subjects.is_steward(thread.subject, actor)
    return policies.may_close(actor, thread, is_steward=steward)


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


def _chosen_kind(word: str | None) -> str | None:
    """The kind behind the word in the address; unknown words show everything."""
    if word == _GENERAL_WORD:
        return GENERAL
    return word if word in registry().subjects and word not in policies.NO_TOPICS else None


def _word(kind: str | None) -> str | None:
    return _GENERAL_WORD if kind == GENERAL else kind


def _kinds() -> list[str]:
    """The kinds of things that can be discussed."""
    return [kind for kind in registry().subjects if kind not in policies.NO_TOPICS]


def _tabs(counted: dict[str | None, int], chosen: str | None) -> list[dict[str, Any]]:
    """All, general, then one tab for each kind of thing that is being discussed."""
    kinds = [kind for kind in _kinds() if counted.get(kind) or kind == chosen]
    entries: list[tuple[str | None, str, int]] = [(None, gettext("Tutte"), counted.get(None, 0))]
    entries.append((GENERAL, gettext("Generali"), counted.get(GENERAL, 0)))
    entries += [(kind, _many(kind), counted.get(kind, 0)) for kind in kinds]
    return [
        {
            "label": label,
            "count": count,
            "url": url_for("forum.threads", su=_word(kind)),
            "current": kind == chosen,
        }
        for kind, label, count in entries
    ]


def _many(kind: str) -> str:
    """The plural of a kind, as search names it; the singular where search does not know it."""
    source = registry().sources.get(kind)
    return str(source.label if source is not None else registry().subjects[kind].label)
