"""The mails of the first schema become notices, and none that waits is lost."""

from __future__ import annotations

from alembic import command
from sqlalchemy import text

from core.config import Settings
from core.database import db
from portal.factory import create_app
from portal.setup import alembic_config

MEMBER = """
INSERT INTO members (id, slug, first_name, last_name, name, words, email, email_key, password_hash,
    state, bio, bio_html, language,
    mail_frequency, sign_in_visibility, joined_at, updated_at, version)
VALUES (1, 'anna', 'Anna', 'Scalera', 'Anna Scalera', ' anna scalera', 'a@b.it', 'a@b.it', 'x',
    'active', '', '', 'it', 'weekly', 'nobody', :at, :at, 1)
"""
EVENT = """
INSERT INTO events (id, name, kind, object_id, at, changed, reason, details)
VALUES (:id, 'PasswordChanged', 'member', 1, :at, '[]', '', '{}')
"""
MAIL = """
INSERT INTO queued_mails (event_id, member_id, rule, state, queued_at, due_at, attempts, error)
VALUES (:event, 1, :rule, :state, :at, :at, 2, 'refused once')
"""
AT = "2026-11-22 10:00:00.000000"


def test_mails_are_carried_over(settings_in: Settings) -> None:
    app = create_app(settings_in)
    with app.app_context():
        command.upgrade(alembic_config(), "0001")
        db.session.execute(text(MEMBER), {"at": AT})
        for number in (1, 2, 3):
            db.session.execute(text(EVENT), {"id": number, "at": AT})
        for event, rule, state in (
            (1, "members.reset", "queued"),
            (2, "members.password_changed", "sent"),
            (3, "one", "sent"),
            (3, "two", "queued"),
            (3, "three", "queued"),
        ):
            db.session.execute(text(MAIL), {"event": event, "rule": rule, "state": state, "at": AT})
        db.session.commit()
        db.session.remove()
        command.upgrade(alembic_config(), "0002")
        rows = db.session.execute(
            text("SELECT event_id, rule, state, attempts, error FROM notifications ORDER BY id")
        ).all()
        db.session.remove()
        db.engine.dispose()
    assert [tuple(row)[:3] for row in rows] == [
        (1, "members.reset", "queued"),
        (2, "members.password_changed", "sent"),
        (3, "two", "queued"),
    ]
    assert {tuple(row)[3:] for row in rows} == {(2, "refused once")}
