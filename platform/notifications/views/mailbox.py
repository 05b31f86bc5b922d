"""The mailbox of the demo: letters that no mail server took."""

from __future__ import annotations

from flask import abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from core.access import public
from core.flags import DEMO, flag
from core.mail import latest_test_mails
from notifications.views import blueprint


@blueprint.get("/posta-di-prova")
@public
def test_mailbox() -> ResponseReturnValue:
    """Every letter of the demo, newest first; there is no such page anywhere else."""
    if flag(DEMO) is None:
        abort(404)
    settings = current_app.config["GEMELLA"]
    here = request.host_url.rstrip("/")
    return render_template(
        "notifications/test_mailbox.html",
        letters=[
            # A demo is also reached under other names of this machine: links must work there.
            {"mail": letter, "text": letter.text.replace(settings.base_url, here)}
            for letter in latest_test_mails()
        ],
    )
