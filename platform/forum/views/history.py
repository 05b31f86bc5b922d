"""What a message said before it was written anew."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from core.access import current_actor, public
from forum import queries
from forum.views import blueprint


@blueprint.get("/messaggi/<int:post_id>/cronologia")
@public
def post_history(post_id: int) -> ResponseReturnValue:
    """The versions that readers saw; as visible as the message itself."""
    actor = current_actor()
    found = queries.post(post_id, actor) or abort(404)
    return render_template("forum/history.html", post=found, versions=queries.history(found, actor))
