"""Everything that must agree with something else: database, references, counters, outbox, files,
index. Each disagreement is a finding; where it can be mended without losing anything, it says how.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, or_, select

from attachments.services import sweeping
from core import clock
from core.config import Settings
from core.database import Model, db
from core.events import Event, OutboxRow
from core.registry import registry
from core.slugs import Slug, owner_of
from core.storage import StorageBusy, storage
from core.transactions import transaction
from forum.models import Post, PostState, Thread
from forum.queries import people_counted
from forum.services import recount_thread
from members.services import avatars
from notifications.models import MailState, Notification
from portal.keeping.findings import Finding, Mend
from portal.keeping.index_agreement import index
from practices.queries.endorsements import miscounted as endorsements_miscounted
from practices.services import note_reuses, recount_endorsements
from twinning.queries.reuses import miscounted as reuses_miscounted

STUCK_AFTER = 5
_SETTLED_AFTER = timedelta(hours=1)
# The audit trail may speak of anything, for ever.
_NOT_FOLLOWED = frozenset({"events"})
# What only leads to a thing, and is worth nothing without it.
_WORTHLESS_ALONE = frozenset({"follows", "origins", "slugs", "submissions", "unwanted_mails"})


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that does not agree. Needs a request's context, since documents hold addresses."""
    for area in (_database, _references, _slugs, _counters, _outbox, _mails, _files):
        yield from area()
        db.session.rollback()
    yield from index(settings)


# -- the database itself


def _database() -> Iterator[Finding]:
    if db.engine.dialect.name != "sqlite":
        return
    for (said,) in db.session.connection().exec_driver_sql("PRAGMA integrity_check"):
        if said != "ok":
            yield Finding("database", f"SQLite says: {said}; restore a backup")
    for table, row, parent, _ in db.session.connection().exec_driver_sql(
        "PRAGMA foreign_key_check"
    ):
        yield Finding("database", f"row {row} of {table} names a row of {parent} that is not there")


# -- references without foreign keys


def _references() -> Iterator[Finding]:
    for table, kind, number in reference_columns():
        known = [one for one in _kinds(kind) if table_of(one) is not None]
        lost = or_(*(_leads_nowhere(kind, number, one) for one in known), kind.not_in(known))
        rows = db.session.execute(
            select(kind, number, func.count()).where(kind.is_not(None), lost).group_by(kind, number)
        ).all()
        for name, lost_id, count in rows:
            yield Finding(
                "references",
                f"{table.name}: {count} x {name}:{lost_id}, which is not there",
                _forgetting(table, kind, number, name, lost_id)
                if table.name in _WORTHLESS_ALONE
                else None,
            )


def reference_columns() -> Iterator[tuple[Table, ColumnElement[str], ColumnElement[int]]]:
    """Every pair of columns that names a thing by kind and number."""
    for table in Model.metadata.sorted_tables:
        if table.name in _NOT_FOLLOWED:
            continue
        for column in table.columns:
            before, found, behind = column.name.rpartition("kind")
            number = "object_id" if not before else f"{before}id"
            if found and not behind and number in table.columns:
                yield table, column, table.columns[number]


# What is not called like its table; "matches" are those of one story, told of by its number.
_TABLES = {"match": "matches", "matches": "practices"}


def table_of(kind: str) -> Table | None:
    """Where the things of a kind are: ``"practice"`` has the table ``practices``."""
    return Model.metadata.tables.get(_TABLES.get(kind, f"{kind}s"))


def _kinds(column: ColumnElement[str]) -> list[str]:
    found = db.session.scalars(select(column).where(column.is_not(None)).distinct())
    return sorted(found)


def _leads_nowhere(
    kind: ColumnElement[str], number: ColumnElement[int], name: str
) -> ColumnElement[bool]:
    table = table_of(name)
    assert table is not None
    thing = table.alias(f"the_{name}")
    return and_(kind == name, ~exists(select(1).where(thing.c.id == number)))


def _forgetting(
    table: Table, kind: ColumnElement[str], number: ColumnElement[int], name: str, lost_id: int
) -> Mend:
    def mend() -> None:
        with transaction() as session:
            session.execute(delete(table).where(kind == name, number == lost_id))

    return mend


def _slugs() -> Iterator[Finding]:
    """The address that stands on a thing must be its own in the table of addresses."""
    for kind, subject in sorted(registry().subjects.items()):
        if subject.slug_column is None:
            continue
        rows = db.session.execute(
            select(subject.id_column, subject.slug_column)
            .outerjoin(Slug, and_(Slug.kind == kind, Slug.slug == subject.slug_column))
            .where(or_(Slug.object_id.is_(None), Slug.object_id != subject.id_column))
        ).all()
        for number, slug in rows:
            owner = owner_of(kind, slug)
            if owner is None:
                text = f"{kind}:{number} has the address {slug!r}, which is not kept"
                yield Finding("slugs", text, _keeping_slug(kind, slug, number))
            else:
                yield Finding("slugs", f"{kind}:{number} has the address {slug!r} of {owner}")


def _keeping_slug(kind: str, slug: str, number: int) -> Mend:
    def mend() -> None:
        with transaction() as session:
            if session.get(Slug, (kind, slug)) is None:
                session.add(Slug(kind=kind, slug=slug, object_id=number))

    return mend


# -- what is counted


def _counters() -> Iterator[Finding]:
    counted = (
        select(
            Post.thread_id,
            func.count().label("posts"),
            people_counted().label("people"),
        )
        .where(Post.state == PostState.VISIBLE)
        .group_by(Post.thread_id)
        .subquery()
    )
    posts = func.coalesce(counted.c.posts, 0)
    people = func.coalesce(counted.c.people, 0)
    rows = db.session.execute(
        select(Thread.id, Thread.post_count, posts, Thread.participant_count, people)
        .outerjoin(counted, counted.c.thread_id == Thread.id)
        .where(or_(Thread.post_count != posts, Thread.participant_count != people))
        .order_by(Thread.id)
    ).all()
    for number, said_posts, has_posts, said_people, has_people in rows:
        yield Finding(
            "counters",
            f"thread:{number} counts {said_posts} messages of {said_people} people,"
            f" and has {has_posts} of {has_people}",
            lambda number=number: recount_thread(number),  # type: ignore[misc]
        )
    for number, said, has in endorsements_miscounted():
        yield Finding(
            "counters",
            f"practice:{number} is useful to {said} bodies, and {has} say so",
            partial(recount_endorsements, [number]),
        )
    for number, said, has in reuses_miscounted():
        yield Finding(
            "counters",
            f"practice:{number} counts {said} reuses, and has {has}",
            partial(note_reuses, practice_id=number, number=has),
        )


# -- what waits


def _outbox() -> Iterator[Finding]:
    known = registry().consumers
    orphans = db.session.scalars(
        select(OutboxRow.id).where(~exists(select(1).where(Event.id == OutboxRow.event_id)))
    ).all()
    for number in orphans:
        yield Finding("outbox", f"row {number} has no event", _dropping(OutboxRow.id == number))
    strangers = db.session.execute(
        select(OutboxRow.consumer, func.count())
        .where(OutboxRow.consumer.not_in(known))
        .group_by(OutboxRow.consumer)
    ).all()
    for consumer, count in strangers:
        yield Finding(
            "outbox",
            f"{count} rows wait for {consumer!r}, which this version does not have",
            _dropping(OutboxRow.consumer == consumer),
        )
    stuck = db.session.execute(
        select(OutboxRow.id, OutboxRow.consumer, OutboxRow.attempts, OutboxRow.error, Event.name)
        .join(Event)
        .where(OutboxRow.attempts >= STUCK_AFTER)
        .order_by(OutboxRow.id)
    ).all()
    for number, consumer, attempts, error, name in stuck:
        yield Finding(
            "outbox",
            f"row {number} ({name} for {consumer}) failed {attempts} times: {_last_line(error)}",
            _trying_again(number),
        )


def _dropping(which: ColumnElement[bool]) -> Mend:
    def mend() -> None:
        with transaction() as session:
            session.execute(delete(OutboxRow).where(which))

    return mend


def _trying_again(number: int) -> Mend:
    def mend() -> None:
        with transaction() as session:
            row = session.get(OutboxRow, number)
            if row is not None:
                row.attempts, row.due_at = 0, clock.now()

    return mend


def _mails() -> Iterator[Finding]:
    rows = db.session.execute(
        select(Notification.id, Notification.attempts, Notification.error)
        .where(Notification.state == MailState.QUEUED, Notification.attempts >= STUCK_AFTER)
        .order_by(Notification.id)
    ).all()
    for number, attempts, error in rows:
        yield Finding("mail", f"{number} was refused {attempts} times: {_last_line(error)}")


def _last_line(error: str) -> str:
    return (error.strip().splitlines() or ["?"])[-1][:200]


# -- the files


def _files() -> Iterator[Finding]:
    for path in avatars.orphans(older_than=_SETTLED_AFTER):
        yield Finding(
            "files",
            f"picture {path.name} belongs to nobody",
            lambda path=path: path.unlink(missing_ok=True),  # type: ignore[misc]
        )
    for member_id, name in avatars.missing():
        yield Finding(
            "files",
            f"picture {name} of member:{member_id} is not there",
            lambda member_id=member_id: avatars.drop_missing(member_id),  # type: ignore[misc]
        )
    try:
        yield from _attached_files()
    except StorageBusy as error:
        yield Finding("files", f"where attached files are kept cannot be read: {error}")


def _attached_files() -> Iterator[Finding]:
    for file in sweeping.orphans(older_than=_SETTLED_AFTER):
        yield Finding(
            "files",
            f"attached file {file.key} ({file.size} bytes) belongs to nothing",
            lambda key=file.key: storage().delete(key),  # type: ignore[misc]
        )
    for attachment, number, key in sweeping.missing():
        yield Finding(
            "files", f"file {key} of {attachment}, version {number}, is not there; restore a backup"
        )


def mend(found: Iterable[Finding]) -> int:
    """Mend what can be mended; return how many findings that were."""
    able = [finding.mend for finding in found if finding.mend is not None]
    for one in able:
        one()
    return len(able)
