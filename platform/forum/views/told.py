"""Who would be told of a message before it is sent: asked of what tells them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.access import current_actor
from core.contracts import Concern
from core.references import Reference
from forum import queries
from forum.forms import ReplyForm, ThreadForm
from forum.notifications import PostPlanned
from forum.queries import Published, ThreadHead
from forum.views.places import Place
from members.queries import Person, people
from notifications.services import told_of


@dataclass(frozen=True, slots=True)
class Told:
    """``answered`` and ``named`` by name, followers by their number; ``waits``: nobody before a
    moderator has read it."""

    answered: Sequence[Person]
    named: Sequence[Person]
    followers: int
    waits: bool

    @property
    def count(self) -> int:
        return len(self.answered) + len(self.named) + self.followers


def told_of_reply(thread: ThreadHead, form: ReplyForm) -> Told:
    """Who would be told of this reply, as far as its text holds now."""
    actor = current_actor()
    answered = form.reply_to_id and queries.reply_target(form.reply_to_id, thread.id, actor)
    return _told(
        Published(
            at=None,
            author_id=actor.member_id,
            thread=Reference("thread", thread.id),
            subject=thread.subject,
            answered_author_id=queries.author_of(answered.id) if answered else None,
            opens=thread.first_number is None
            and not thread.introduction_html
            and thread.author_id == actor.member_id,
            named=form.text.called,
            space_id=thread.space_id,
        )
    )


def told_of_opening(place: Place, form: ThreadForm) -> Told:
    """Who would be told of this discussion."""
    return _told(
        Published(
            at=None,
            author_id=current_actor().member_id,
            thread=Reference("thread", 0),
            subject=place.reference,
            answered_author_id=None,
            opens=True,
            named=form.text.called,
            space_id=place.space_id,
        )
    )


def _told(plan: Published) -> Told:
    actor = current_actor()
    fact = PostPlanned(post_id=0, thread_id=plan.thread.id, by_id=actor.member_id, plan=plan)
    told = {number: rule.concern for number, rule in told_of(fact).items()}
    by_name = people(number for number, why in told.items() if why is not Concern.FOLLOWED)
    return Told(
        answered=[one for one in by_name.values() if told[one.id] is Concern.REPLY],
        named=[one for one in by_name.values() if told[one.id] is Concern.MENTION],
        followers=sum(why is Concern.FOLLOWED for why in told.values()),
        waits=not queries.is_trusted(actor),
    )
