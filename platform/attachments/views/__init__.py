"""The pages of attachments: every address of the feature stands here."""

from __future__ import annotations

from flask import Blueprint

from attachments.views import delivery, keeping, reading, uploading

blueprint = Blueprint("attachments", __name__)

_READ = ("GET",)
_FORM = ("GET", "POST")
_ONE = "/allegati/<int:attachment_id>"

for path, endpoint, view, methods in (
    ("/allegati/<slug:kind>/<int:object_id>/nuovo", "create", uploading.create, _FORM),
    ("/allegati/<slug:kind>/<int:object_id>/ordine", "order", keeping.order, _FORM),
    (_ONE, "attachment", reading.attachment, _READ),
    (f"{_ONE}/versioni/<int:number>", "download", delivery.download, _READ),
    (f"{_ONE}/versioni/<int:number>/miniatura", "thumbnail", delivery.thumbnail, _READ),
    (f"{_ONE}/versioni/nuova", "renew", uploading.renew, _FORM),
    (f"{_ONE}/modifica", "describe", keeping.describe, _FORM),
    (f"{_ONE}/rimuovi", "remove", keeping.remove, _FORM),
    (f"{_ONE}/nascondi", "hide", keeping.hide, _FORM),
    (f"{_ONE}/ripubblica", "restore", keeping.restore, ("POST",)),
):
    blueprint.add_url_rule(path, endpoint, view, methods=methods)
