"""From facts to notices: one for each member and event; mails are built and sent when they are due.

A mail is never given up: what could not be sent waits, longer each time, with its error.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.dialects import postgresql, sqlite

from core import clock, mail
from core.contracts import Concern, Consumer, Delivery, NoticeRule
from core.database import db
from core.events import fact_of
from core.flags import DEMO, flag
from core.i18n import speaking
from core.links import address
from core.mail import Carrier, Letter
from core.registry import registry, settings
from core.signals import Fact
from core.transactions import transaction
from members.queries import addressee
from notifications.models import MailState, Notification
from notifications.queries import event_of, next_due, unwanted
from notifications.services.preferences import unsubscribe_token

log = structlog.get_logger(__name__)

# Longer than any conversation with a mail server may take: meanwhile nobody else takes the row.
_LEASE = timedelta(minutes=5)
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(days=2)
_BATCH = 20
_LONGEST_ERROR = 2_000

_told = False


def wants(fact: Fact) -> bool:
    """Whether any rule tells somebody of this fact."""
    return any(isinstance(fact, rule.fact) for rule in registry().notices.values())


def queue(deliveries: Sequence[Delivery]) -> None:
    """Note who is to be told of what. Doing it again changes nothing: the key is unique."""
    rows = [
        _row(delivery, rule, member_id)
        for delivery in deliveries
        for member_id, rule in told_of(delivery.fact).items()
    ]
    if rows:
        with transaction() as session:
            session.execute(_insert_new(), rows)


def told_of(fact: Fact) -> dict[int, NoticeRule]:
    """Who is told of the fact, each by the most urgent of the rules that name this member.

    Asked with a fact that has not happened yet, as a form does, it says who would be told.
    """
    told: dict[int, NoticeRule] = {}
    for rule in sorted(_rules_for(fact), key=lambda rule: rule.concern.urgency):
        for member_id in sorted(set(rule.recipients(fact))):
            told.setdefault(member_id, rule)
    return told


def _row(delivery: Delivery, rule: NoticeRule, member_id: int) -> dict[str, Any]:
    fact, moment = delivery.fact, clock.now()
    about = place = None
    if rule.says is not None:
        about = rule.about(fact) if rule.about else fact.about
        place = rule.place(fact) if rule.place else about
    return {
        "event_id": delivery.event_id,
        "member_id": member_id,
        "rule": rule.name,
        "about_kind": about and about.kind,
        "about_id": about and about.id,
        "place_kind": place and place.kind,
        "place_id": place and place.id,
        "by_id": rule.by(fact) if rule.by else fact.by_id,
        "made_at": moment,
        "state": MailState.QUEUED if rule.concern.is_mailed else MailState.NONE,
        "due_at": moment,
        "attempts": 0,
        "error": "",
    }


CONSUMER = Consumer(name="mail", wants=wants, handle=queue)


def run_once() -> int:
    """Send some of what is due, for the worker; return how many mails were taken in hand."""
    return send_due(_BATCH)


def send_due(limit: int) -> int:
    """Send up to ``limit`` mails that are due; return how many were taken in hand."""
    carrier = _carrier()
    if carrier is None:
        return 0
    for count in range(limit):
        number = _claim()
        if number is None:
            return count
        _send(number, carrier)
    return limit


def _claim() -> int | None:
    """Take the mail that is due longest: its row is put off, so that nobody else takes it."""
    moment = clock.now()
    waiting = db.session.scalar(next_due(moment).with_only_columns(Notification.id))
    db.session.rollback()
    # Asked without a lock first: an idle worker must not keep others from writing.
    if waiting is None:
        return None
    with transaction() as session:
        row = session.scalar(next_due(moment).with_for_update(skip_locked=True))
        if row is None:
            return None
        row.due_at = moment + _LEASE
        claimed: int = row.id
        return claimed


def _send(number: int, carrier: Carrier) -> None:
    try:
        letter = _letter(db.session.get_one(Notification, number))
        if letter is not None:
            carrier.deliver(letter)
    except Exception as error:  # noqa: BLE001 - whatever it was, the mail waits and says why
        db.session.rollback()
        log.warning("mail.failed", notification=number, error=repr(error)[:300])
        _put_off(number, traceback.format_exc(limit=-3)[-_LONGEST_ERROR:])
        return
    _finish(number, MailState.DROPPED if letter is None else MailState.SENT)


def _letter(row: Notification) -> Letter | None:
    """The mail as it reads now, or None where there is nothing to say to this member any more."""
    rule = registry().notices[row.rule]
    fact = fact_of(event_of(row))
    if fact is None or rule.build is None:
        return None
    to = rule.mailbox(fact, row.member_id) if rule.mailbox else addressee(row.member_id)
    if to is None or (rule.mailbox is None and rule.concern in unwanted(row.member_id)):
        return None
    with speaking(to.language, settings().base_url):
        notice = rule.build(fact, row.member_id)
        if notice is None:
            return None
        context = {
            **notice.context,
            "subject": notice.subject,
            "addressee": to,
            "home": address("portal.home", _external=True),
            "unsubscribe": unsubscribe_address(row.member_id, rule.concern),
        }
        text, html = mail.render(notice.template, context)
    return Letter(
        to=to.email,
        to_name=to.name,
        subject=f"{notice.subject} – Gemella",
        text=text,
        html=html,
        message_id=message_id(row),
        language=to.language,
        unsubscribe=context["unsubscribe"],
    )


def unsubscribe_address(member_id: int, concern: Concern) -> str:
    """Where mails of this sort are stopped by one click; ``""`` where others wait for the member,
    or where they guard the access."""
    if not concern.is_optional:
        return ""
    token = unsubscribe_token(member_id, concern)
    return address("notifications.unsubscribe", token=token, _external=True)


def message_id(row: Notification) -> str:
    """The same however often the mail is sent, so that a repeated one can be recognised."""
    host = settings().host.rsplit(":", 1)[0].strip("[]")
    return f"<{row.event_id}-{row.member_id}-{row.rule}@{host}>"


def _put_off(number: int, error: str) -> None:
    with transaction() as session:
        row = session.get_one(Notification, number)
        row.attempts += 1
        # The exponent is bounded: 2 to the power of a year's tries has no place in a duration.
        pause = min(_FIRST_PAUSE * 2 ** min(row.attempts - 1, 16), _LONGEST_PAUSE)
        row.due_at = clock.now() + pause
        row.error = error


def _finish(number: int, state: MailState) -> None:
    with transaction() as session:
        row = session.get_one(Notification, number)
        row.state = state
        row.attempts += 1
        row.error = ""
        if state is MailState.SENT:
            row.sent_at = clock.now()


def _carrier() -> Carrier | None:
    """Who delivers here, or None: without a server and without the demo's mailbox mails wait."""
    global _told
    if settings().smtp is not None or flag(DEMO) is not None:
        return mail.carrier(settings())
    if not _told:
        log.warning("mail.no_server", wanted="GEMELLA_SMTP_URL", effect="mails wait in their queue")
        _told = True
    return None


def _rules_for(fact: Fact) -> list[NoticeRule]:
    return [rule for rule in registry().notices.values() if isinstance(fact, rule.fact)]


def _insert_new() -> Any:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    return insert(Notification).on_conflict_do_nothing(index_elements=["event_id", "member_id"])
