"""Readable addresses: unique per kind, kept for ever, so that an old link still leads home."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from slugify import slugify
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Code, Model, db
from core.references import Reference

LONGEST = 80
# Words that stand in addresses beside slugs; a thing with such a name gets a number behind it.
RESERVED = frozenset(
    "nuovo nuova nuovi modifica feed atom rss bozze mappa cerca anteprima partecipanti discussioni"
    " percorso documenti dossier storia revisioni conferma elimina en de it menu".split()
)


class Slug(Model):
    """Every address that a thing ever had; the newest stands on the thing itself."""

    __tablename__ = "slugs"

    kind: Mapped[Code] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), primary_key=True)
    object_id: Mapped[int]


def claim_slug(about: Reference, text: str) -> str:
    """Give the thing an address made from the text and remember it; call it in a transaction.

    An address that the thing itself had before is taken back, one of another thing never.
    """
    base = slugify(text, max_length=LONGEST, word_boundary=True) or about.kind
    for number in count(1):
        slug = base if number == 1 and base not in RESERVED else f"{base}-{max(number, 2)}"
        owner = db.session.get(Slug, (about.kind, slug))
        if owner is None:
            db.session.add(Slug(kind=about.kind, slug=slug, object_id=about.id))
            return slug
        if owner.object_id == about.id:
            return slug
    raise AssertionError("unreachable")


def claim_slugs(wanted: Sequence[tuple[Reference, str]]) -> list[str]:
    """Addresses for many new things of one kind, made from their texts, with few questions."""
    bases = [
        slugify(text, max_length=LONGEST, word_boundary=True) or about.kind
        for about, text in wanted
    ]
    kind = wanted[0][0].kind if wanted else ""
    taken = set(
        db.session.scalars(select(Slug.slug).where(Slug.kind == kind, Slug.slug.in_(set(bases))))
    )
    numbers: dict[str, int] = {}
    given = []
    for (about, _), base in zip(wanted, bases, strict=True):
        slug = base
        if base in taken or base in RESERVED:
            numbers[base] = number = _free_number(kind, base, numbers.get(base), taken)
            slug = f"{base}-{number}"
        taken.add(slug)
        given.append(slug)
        db.session.add(Slug(kind=kind, slug=slug, object_id=about.id))
    return given


def _free_number(kind: str, base: str, last: int | None, taken: set[str]) -> int:
    """The number behind the highest that stands behind this address."""
    if last is None:
        behind = db.session.scalars(
            select(Slug.slug).where(Slug.kind == kind, Slug.slug.startswith(f"{base}-"))
        )
        ends = [slug.removeprefix(f"{base}-") for slug in behind]
        last = max((int(end) for end in ends if end.isdigit() and len(end) < 9), default=1)
    number = last + 1
    while f"{base}-{number}" in taken:
        number += 1
    return number


def owner_of(kind: str, slug: str) -> int | None:
    """The id of the thing that has, or once had, this address."""
    return db.session.scalar(select(Slug.object_id).where(Slug.kind == kind, Slug.slug == slug))
