"""Files as they go out: asked for anew each time, in pieces, as downloads that cannot run."""

from __future__ import annotations

from urllib.parse import quote

import structlog
from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from attachments import policies, queries, rules
from attachments.queries import VersionLine
from attachments.views.rows import line_or_404, places_of
from core.access import authorise, current_actor, public
from core.actor import VISITOR
from core.storage import FileMissing, storage

log = structlog.get_logger(__name__)

THUMBNAIL_TYPE = "image/webp"
# Nothing that a file holds runs, whatever opens it and however it was reached.
SANDBOX = "sandbox; default-src 'none'"


@public
def download(attachment_id: int, number: int) -> ResponseReturnValue:
    """A version: the newest to whoever may open the attachment, older ones to its keepers."""
    version = _version(attachment_id, number)
    answer = _answer(version, version.storage_key, version.type.media_type, version.sha256)
    answer.headers.set(
        "Content-Disposition",
        "attachment",
        filename=rules.plain_name(version.name),
        **{"filename*": f"UTF-8''{quote(version.name, safe='')}"},
    )
    return answer


@public
def thumbnail(attachment_id: int, number: int) -> ResponseReturnValue:
    """The small copy of a picture."""
    version = _version(attachment_id, number)
    if version.thumbnail_key is None:
        abort(404)
    return _answer(version, version.thumbnail_key, THUMBNAIL_TYPE, f"{version.sha256}-s")


def _version(attachment_id: int, number: int) -> VersionLine:
    line = line_or_404(attachment_id)
    if number == line.file.number:
        return line.file
    authorise(policies.may_change, line, places_of(line.thing))
    return queries.version(attachment_id, number) or abort(404)


def _answer(version: VersionLine, key: str | None, media_type: str, etag: str) -> Response:
    try:
        file = storage().open(key or abort(404))
    except FileMissing:
        log.exception("attachments.file_missing", attachment=version.attachment_id)
        abort(404)
    size = file.seek(0, 2)
    file.seek(0)
    answer = Response(
        wrap_file(request.environ, file, 1 << 16),
        content_type=media_type,
        direct_passthrough=True,
    )
    answer.content_length = size
    answer.set_etag(etag)
    answer.last_modified = version.at
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["Cache-Control"] = _may_be_kept(version.attachment_id)
    answer.call_on_close(file.close)
    try:
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    return answer


def _may_be_kept(attachment_id: int) -> str:
    """What visitors may read can be kept, but whether it still may is asked each time."""
    if current_actor().is_visitor or queries.attachment(attachment_id, VISITOR) is not None:
        return "public, no-cache"
    return "no-store"
