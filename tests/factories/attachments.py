"""Attachments with real files, as the services would have written them, and the files alone."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

import factory
from PIL import Image

from attachments.models import Attachment, AttachmentState, AttachmentVersion
from core.database import db
from core.references import Reference
from core.storage import new_key, storage
from tests.factories import LONG_AGO, Factory

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
_CONTENT_TYPES = '<?xml version="1.0"?><Types xmlns="ct"/>'


class AttachmentFactory(Factory[Attachment]):
    """An attachment without its file; give ``kind`` and ``object_id``."""

    class Meta:
        model = Attachment

    title = factory.Sequence(lambda n: f"Relazione finale {n}")
    state = AttachmentState.VISIBLE
    created_at = LONG_AGO
    updated_at = LONG_AGO


def attached(thing: Reference, data: bytes = PDF, **values: Any) -> Attachment:
    """A file on a thing; give ``name``, ``media_type``, ``space_id``, ``author_id`` …"""
    name = values.pop("name", "relazione.pdf")
    media_type = values.pop("media_type", "application/pdf")
    thumbnail = values.pop("thumbnail", None)
    made = AttachmentFactory.make(kind=thing.kind, object_id=thing.id, **values)
    key, thumbnail_key = new_key(), new_key() if thumbnail else None
    storage().put(key, io.BytesIO(data))
    if thumbnail_key and thumbnail:
        storage().put(thumbnail_key, io.BytesIO(thumbnail))
    db.session.add(
        AttachmentVersion(
            attachment_id=made.id,
            number=1,
            name=name,
            media_type=media_type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            storage_key=key,
            thumbnail_key=thumbnail_key,
            width=40 if thumbnail else None,
            height=30 if thumbnail else None,
            by_id=made.author_id,
            at=LONG_AGO,
        )
    )
    db.session.commit()
    return made


def picture(kind: str = "PNG", size: tuple[int, int] = (80, 60), **how: Any) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, (10, 90, 40)).save(out, kind, **how)
    return out.getvalue()


def package(parts: dict[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file of these parts, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return out.getvalue()


def docx(**more: str | bytes) -> bytes:
    """A Word document, small but whole; ``more`` parts by name."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": "<Relationships/>",
        "word/document.xml": "<w:document>Buongiorno</w:document>",
    }
    return package(parts | more)


def xlsx() -> bytes:
    """A spreadsheet, small but whole."""
    return package({"[Content_Types].xml": _CONTENT_TYPES, "xl/workbook.xml": "<workbook/>"})


def odt(manifest: str = "<manifest/>", **more: str | bytes) -> bytes:
    """A LibreOffice document, small but whole; its type comes first, and is not packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.text")
        made.writestr("content.xml", "<office:document-content/>")
        made.writestr("META-INF/manifest.xml", manifest)
        for name, text in more.items():
            made.writestr(name, text)
    return out.getvalue()
