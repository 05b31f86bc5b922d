"""Good-practice stories of both kinds in one table; unused fields of a kind stay empty."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, and_
from sqlalchemy.orm import (
    Mapped,
    foreign,
    mapped_column,
    query_expression,
    relationship,
    validates,
)

from core.database import Code, Model, Moment, Numbered
from core.text import fold
from core.versions import Versioned
from members.models import Affiliation, AffiliationState, Member
from organisations.models import Organisation
from taxonomy.models import Theme
from territory.models import Territory


class PracticeKind(StrEnum):
    """*Offro*: a body offers what works; *cerco*: a body seeks a solution."""

    OFFER = "offer"
    SEEK = "seek"


class PracticeState(StrEnum):
    """How far a story has come; ``rules.TRANSITIONS`` says what follows what.

    ``hidden`` is a public story that a moderator took away and that can come back; ``removed`` is
    gone for good.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    PUBLISHED = "published"
    VALIDATED = "validated"
    OUTDATED = "outdated"
    ARCHIVED = "archived"
    HIDDEN = "hidden"
    REMOVED = "removed"


practice_themes = Table(
    "practice_themes",
    Model.metadata,
    Column("practice_id", ForeignKey("practices.id"), primary_key=True),
    Column("theme_id", ForeignKey("themes.id"), primary_key=True, index=True),
)


class PracticeComponent(Numbered, Model):
    """A part of a practice that another body can take over, change or leave out.

    ``key`` names it for good: it stays when the component is rewritten or moved, and in revisions.
    What an author takes out keeps its row, for whatever refers to it, with no ``position``.
    """

    __tablename__ = "practice_components"
    __table_args__ = (UniqueConstraint("practice_id", "key"), {"sqlite_autoincrement": True})

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    key: Mapped[str] = mapped_column(String(40))
    position: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")


class UnsavedPart(Model):
    """What a member typed into a part of a story's form and has not saved: nobody else's to read.

    It is kept while somebody writes, apart from the story, which it does not change: no version, no
    event, nothing that a reader or the index sees. ``key`` is that of the form, ``version`` and
    ``seen`` say which text the form was made from, ``typed`` is JSON: by field, what was typed.
    """

    __tablename__ = "practice_unsaved_parts"

    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    part: Mapped[Code] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    version: Mapped[int | None]
    seen: Mapped[str] = mapped_column(String(64))
    typed: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]


class Practice(Numbered, Versioned, Model):
    """A story. Texts are Markdown, each beside its rendered ``…_html``.

    ``body`` is a story told in one piece, as imported ones are; the form does not begin one.

    ``organisation`` is the body that speaks (None: the author alone), ``decision_reason`` what the
    editors wrote to the author when they last sent the story back, refused or withdrew it.
    ``endorsement_count`` bodies find it useful (``Endorsement``), ``reuse_count`` twinnings that
    everybody may read carry it elsewhere; both are kept by services, for lists.
    ``confirmed_at``: when somebody last said that a public story still holds; ``asked_at``: when
    that was asked for since, ``unanswered_at``: when the answer was overdue (``rules.upkeep``).
    """

    __tablename__ = "practices"
    __table_args__ = (
        # The catalogue walks one for each of its orders; then those of the feed and the editors.
        Index(None, "kind", "published_at", "id"),
        Index(None, "kind", "endorsement_count", "published_at", "id"),
        Index(None, "kind", "reuse_count", "published_at", "id"),
        Index(None, "kind", "title_key", "id"),
        Index(None, "published_at", "id"),
        Index(None, "state", "submitted_at", "id"),
        {"sqlite_autoincrement": True},
    )

    slug: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[PracticeKind]
    state: Mapped[PracticeState] = mapped_column(default=PracticeState.DRAFT)
    title: Mapped[str] = mapped_column(String(200))
    # The folded title, for sorting without accents; by its characters on every database.
    title_key: Mapped[str] = mapped_column(
        String(200).with_variant(String(200, collation="C"), "postgresql"), default=""
    )
    summary: Mapped[str] = mapped_column(String(300), default="")
    lang: Mapped[str] = mapped_column(String(2), default="it")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id"), index=True)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"), index=True)
    contact: Mapped[str] = mapped_column(String(200), default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    solution: Mapped[str] = mapped_column(Text, default="")
    results: Mapped[str] = mapped_column(Text, default="")
    resources: Mapped[str] = mapped_column(Text, default="")
    time_scale: Mapped[str] = mapped_column(Text, default="")
    difficulties: Mapped[str] = mapped_column(Text, default="")
    transferability: Mapped[str] = mapped_column(Text, default="")
    links: Mapped[str] = mapped_column(Text, default="")
    need: Mapped[str] = mapped_column(Text, default="")
    context: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="", server_default="")
    needed_by: Mapped[date | None]
    problem_html: Mapped[str] = mapped_column(Text, default="")
    solution_html: Mapped[str] = mapped_column(Text, default="")
    results_html: Mapped[str] = mapped_column(Text, default="")
    resources_html: Mapped[str] = mapped_column(Text, default="")
    time_scale_html: Mapped[str] = mapped_column(Text, default="")
    difficulties_html: Mapped[str] = mapped_column(Text, default="")
    transferability_html: Mapped[str] = mapped_column(Text, default="")
    links_html: Mapped[str] = mapped_column(Text, default="")
    need_html: Mapped[str] = mapped_column(Text, default="")
    context_html: Mapped[str] = mapped_column(Text, default="")
    body_html: Mapped[str] = mapped_column(Text, default="", server_default="")
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    submitted_at: Mapped[Moment | None]
    published_at: Mapped[Moment | None]
    endorsement_count: Mapped[int] = mapped_column(default=0)
    reuse_count: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[Moment | None]
    hidden_from: Mapped[PracticeState | None] = mapped_column(
        comment="the state that a hidden story comes back to"
    )
    asked_at: Mapped[Moment | None]
    unanswered_at: Mapped[Moment | None]

    author: Mapped[Member | None] = relationship()
    # Whom else the author belongs to, whatever body the story is told for.
    author_affiliations: Mapped[list[Affiliation]] = relationship(
        primaryjoin=lambda: and_(
            foreign(Affiliation.member_id) == Practice.author_id,
            Affiliation.state == AffiliationState.ACCEPTED,
        ),
        viewonly=True,
    )
    organisation: Mapped[Organisation | None] = relationship()
    territory: Mapped[Territory | None] = relationship()
    themes: Mapped[list[Theme]] = relationship(secondary=practice_themes)
    # The ids of the themes as ``3,17``, where a statement asked for them with the story itself.
    told_theme_ids: Mapped[str | None] = query_expression()
    component_rows: Mapped[list[PracticeComponent]] = relationship(
        order_by=PracticeComponent.position
    )

    @validates("title")
    def _fold_title(self, _field: str, title: str) -> str:
        self.title_key = fold(title)[:200]
        return title

    @property
    def theme_ids(self) -> frozenset[int]:
        """The ids of its themes."""
        if self.told_theme_ids is None or "themes" in self.__dict__:
            return frozenset(theme.id for theme in self.themes)
        return frozenset(int(number) for number in self.told_theme_ids.split(",") if number)

    @property
    def components(self) -> list[PracticeComponent]:
        """The components that the story has now, in their order."""
        standing = [row for row in self.component_rows if row.position is not None]
        return sorted(standing, key=lambda row: row.position or 0)
