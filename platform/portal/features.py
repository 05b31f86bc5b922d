"""Every feature by name, lowest floor first: adding one is a line here."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

Wiring = Callable[[Flask], None]


def wirings() -> list[Wiring]:
    """The wirings in the order in which they are called."""
    from admin import wiring as admin
    from attachments import wiring as attachments
    from forum import wiring as forum
    from members import wiring as members
    from moderation import wiring as moderation
    from notifications import wiring as notifications
    from organisations import wiring as organisations
    from portal import wiring as portal
    from practices import wiring as practices
    from search import wiring as search
    from spaces import wiring as spaces
    from twinning import wiring as twinning

    return [
        organisations.init_app,
        members.init_app,
        search.init_app,
        notifications.init_app,
        moderation.init_app,
        spaces.init_app,
        attachments.init_app,
        forum.init_app,
        practices.init_app,
        twinning.init_app,
        admin.init_app,
        portal.init_app,
    ]
