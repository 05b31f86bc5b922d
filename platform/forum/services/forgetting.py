"""What is forgotten of a member who leaves: drafts, and the name in other people's messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.contracts import Consumer, Delivery
from core.events import announce
from core.revisions import Revision
from core.transactions import transaction
from forum.models import Post, PostDraft, PostMention
from forum.signals import PostEdited
from members.signals import MemberRemoved

CONSUMER_NAME = "forum.forgetting"
_FORMER = "ex-iscritto"


def forget_members(deliveries: Sequence[Delivery]) -> None:
    """Take these former members out of what others wrote; doing it again changes nothing.

    Pages say "ex iscritto" at once; here the stored words follow, earlier versions included.
    """
    for delivery in deliveries:
        if isinstance(delivery.fact, MemberRemoved):
            with transaction() as session:
                _forget(session, delivery.fact.member_id)


def _forget(session: Session, member_id: int) -> None:
    session.execute(delete(PostDraft).where(PostDraft.member_id == member_id))
    named = session.execute(
        select(PostMention.post_id, PostMention.slug).where(
            PostMention.member_id == member_id, PostMention.slug != _FORMER
        )
    ).all()
    for post_id, slug in named:
        sign = re.compile(rf"(?<![\w@./-])@{re.escape(slug)}(?![\w@]|-[\w])", re.IGNORECASE)
        post = session.get_one(Post, post_id)
        post.text = sign.sub(f"@{_FORMER}", post.text)
        post.html = sign.sub(f"@{_FORMER}", post.html)
        for revision in session.scalars(
            select(Revision).where(Revision.kind == "post", Revision.object_id == post_id)
        ):
            text = revision.values.get("text")
            if isinstance(text, str):
                revision.values = {**revision.values, "text": sign.sub(f"@{_FORMER}", text)}
        session.flush()
        announce(PostEdited(post_id=post_id, thread_id=post.thread_id, changed=("text",)))
    session.execute(
        update(PostMention).where(PostMention.member_id == member_id).values(slug=_FORMER)
    )


FORGETTING = Consumer(
    name=CONSUMER_NAME,
    wants=lambda fact: isinstance(fact, MemberRemoved),
    handle=forget_members,
)
