"""Appeals: the concerned member objects once, somebody else answers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from core import clock, subjects, tokens
from core.actor import Actor
from core.domain import Forbidden, Refused, ensure
from core.events import announce
from core.references import Reference
from core.transactions import transaction
from moderation import policies, queries
from moderation.models import Appeal, AppealState, Measure
from moderation.rules import APPEAL_WITHIN
from moderation.services.measures import needed, undo
from moderation.signals import AppealAnswered, AppealMade

_PURPOSE = "appeal"


def appeal_token(measure_id: int, member_id: int) -> str:
    """What a link carries by which somebody who is shut out can object."""
    return tokens.sign(_PURPOSE, [measure_id, member_id])


def read_appeal_token(token: str) -> tuple[int, int] | None:
    """Measure and member of such a link; None where it is forged or too old."""
    payload = tokens.read(_PURPOSE, token, valid_for=APPEAL_WITHIN + timedelta(days=1))
    return None if payload is None else (int(payload[0]), int(payload[1]))


def make_appeal(*, measure_id: int, text: str, member_id: int | None) -> Appeal:
    """Object to a measure; ``member_id`` is proven by a session or by the link of a mail.

    Sent twice it is one appeal, the first. Raise ``Forbidden``, ``Refused`` without a text.
    """
    with transaction() as session:
        measure = session.get(Measure, measure_id, with_for_update=True)
        if measure is None or measure.member_id != member_id:
            raise Refused("no such measure")
        made = session.scalar(select(Appeal).where(Appeal.measure_id == measure_id))
        if made is not None:
            return made
        ensure(policies.may_appeal(member_id, measure, clock.now()))
        made = Appeal(
            measure_id=measure_id,
            text=needed(text),
            made_at=clock.now(),
            state=AppealState.OPEN,
            answer="",
        )
        session.add(made)
        session.flush()
        announce(AppealMade(appeal_id=made.id, measure_id=measure_id, by_id=member_id))
        return made


def answer_appeal(*, appeal_id: int, granted: bool, answer: str, by: Actor) -> Appeal:
    """Answer an appeal; granted, the measure is undone.

    Raise ``Forbidden`` for who decided, as long as somebody else could answer, and ``Refused``
    where it was answered before, without a reason, or where the thing may not be opened.
    """
    with transaction() as session:
        appeal = session.get_one(Appeal, appeal_id, with_for_update=True)
        measure = session.get_one(Measure, appeal.measure_id)
        if not policies.may_answer_appeal(
            by, measure, has_others=queries.has_other_moderators(measure)
        ):
            raise Forbidden
        if not subjects.may_open(Reference(measure.kind, measure.object_id), by):
            raise Refused("no such thing")
        if appeal.state is not AppealState.OPEN:
            raise Refused("answered already")
        appeal.answer = needed(answer)
        appeal.state = AppealState.GRANTED if granted else AppealState.REJECTED
        appeal.answered_at, appeal.answered_by_id = clock.now(), by.member_id
        session.flush()
        if granted and measure.lifted_at is None:
            undo(measure, reason=appeal.answer, by=by)
        announce(
            AppealAnswered(
                appeal_id=appeal.id,
                measure_id=measure.id,
                granted=granted,
                by_id=by.member_id,
                reason=appeal.answer,
            )
        )
        return appeal
