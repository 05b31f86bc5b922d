"""Somebody whom no body has confirmed yet: what moderators find in their list."""

from __future__ import annotations

from sqlalchemy import select

from core.actor import Actor
from core.database import db
from core.text import render_markdown
from forum.models import Thread
from forum.services import add_post
from members.models import Member
from members.rules import ProfileValues
from members.services.profiles import change_profile

_WORDS = (
    "Buongiorno a tutti. Anche nel nostro ambito stiamo ragionando su chi decide in una città "
    "intelligente: da voi la cabina di regia è un ufficio o un tavolo tra assessorati?"
)
_BIO = "Mi occupo di servizi digitali in un piccolo comune e vorrei capire come fanno i grandi."


def arrive(by: Actor, *, thread_title: str) -> None:
    """Write a first message and a profile, both of which wait to be read."""
    assert by.member_id is not None
    member = db.session.get_one(Member, by.member_id)
    change_profile(
        member_id=member.id,
        version=member.version,
        values=ProfileValues(
            first_name=member.first_name,
            last_name=member.last_name,
            bio=render_markdown(_BIO),
            theme_ids=frozenset(),
            language=member.language,
            sign_in_visibility=member.sign_in_visibility,
        ),
        by=by,
    )
    thread_id = db.session.scalars(select(Thread.id).where(Thread.title == thread_title)).one()
    add_post(thread_id=thread_id, text=render_markdown(_WORDS), by=by)
