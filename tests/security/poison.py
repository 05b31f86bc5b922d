"""Things whose every text is a script: one of each kind for each payload.

Plain texts are written into the database as they are, for pages to escape; Markdown goes through
the renderer, as everything does that people write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core import clock
from core.actor import Role
from core.database import db
from core.mail import TestMail
from core.references import Reference
from core.revisions import record_revision
from core.text import Rendered, TextRefused, render_markdown
from forum.models import PostState, ThreadState
from members.models import AffiliationRole, AffiliationState, Member, MemberState, Visibility
from members.queries import invitation_token
from moderation.models import Appeal, Measure, MeasureSort, Report, ReportReason, Screening
from organisations.models import Organisation
from practices.models import (
    Criterion,
    Match,
    MatchState,
    Practice,
    PracticeComponent,
    PracticeKind,
    PracticeRevision,
    PracticeState,
    PracticeValidation,
    ValidationFinding,
)
from practices.rules import SECTIONS, content_of, values_of
from practices.signals import KIND
from tests.factories import LONG_AGO
from tests.factories.forum import PostFactory, ThreadFactory
from tests.factories.members import (
    AffiliationFactory,
    InvitationFactory,
    MemberFactory,
    RoleGrantFactory,
)
from tests.factories.organisations import OrganisationFactory
from tests.factories.practices import MatchFactory, StoryFactory
from tests.factories.twinning import TwinningFactory, takes_part
from twinning.models import ParticipationRole, ParticipationState, TwinningState

# A word that search finds all of them by.
WORD = "velenoso"


@dataclass(frozen=True)
class Poisoned:
    """The numbers and addresses of what was made from one payload."""

    payload: str
    member: int
    member_slug: str
    organisation: int
    organisation_slug: str
    story: int
    story_slug: str
    unjudged_slug: str
    seek: int
    seek_slug: str
    match: int
    twinning: int
    twinning_slug: str
    participation: int
    thread: int
    posts: dict[str, int]
    affiliation: int
    invitations: list[int]
    invitation_token: str
    unconfirmed: int
    report: int
    measure: int
    lifted: int
    appeal: int

    def main_pages(self) -> Iterator[str]:
        """The page of each thing."""
        yield f"/iscritti/{self.member_slug}"
        yield f"/enti/{self.organisation_slug}"
        yield f"/buone-pratiche/{self.story_slug}"
        yield f"/gemellaggi/{self.twinning_slug}"
        yield f"/invito/{self.invitation_token}"
        yield f"/discussioni/{self.thread}"

    def pages(self) -> Iterator[str]:
        """Wherever a reader meets it."""
        yield from self.main_pages()
        yield f"/buone-pratiche/{self.seek_slug}"
        yield f"/buone-pratiche/{self.story_slug}/versioni"
        yield self.comparison()
        yield f"/corrispondenze/{self.match}"
        yield f"/gemellaggi/{self.twinning_slug}/discussioni"
        yield f"/gemellaggi/{self.twinning_slug}/partecipanti"

    def comparison(self) -> str:
        """Two versions of the story side by side: not one field is as it was."""
        return f"/buone-pratiche/{self.story_slug}/confronta?da=1&a=2"

    def main_judged(self) -> Iterator[str]:
        """The text as evaluators read it, beside their questions."""
        yield f"/buone-pratiche/{self.unjudged_slug}/valida"

    def judged(self) -> Iterator[str]:
        """Where evaluators meet it."""
        yield from self.main_judged()
        yield f"/buone-pratiche/{self.unjudged_slug}/valida/non-ancora"

    def feeds(self) -> Iterator[str]:
        yield f"/gemellaggi/{self.twinning_slug}/feed"

    def main_forms(self) -> Iterator[str]:
        """The form of each thing, and where an editor compares its texts."""
        yield f"/buone-pratiche/{self.story_slug}/modifica/racconto"
        yield f"/buone-pratiche/{self.story_slug}/modifica/componenti"
        yield f"/redazione/storie/{self.story_slug}"
        yield f"/gemellaggi/{self.twinning_slug}/modifica"
        yield f"/enti/{self.organisation_slug}/modifica"

    def forms(self) -> Iterator[str]:
        """Where an administrator meets it again, in fields, trails and questions."""
        yield from self.main_forms()
        yield f"/buone-pratiche/{self.story_slug}/modifica"
        yield f"/buone-pratiche/{self.story_slug}/rivedi"
        yield f"/buone-pratiche/{self.story_slug}/vale-ancora"
        yield f"/buone-pratiche/{self.story_slug}/superata"
        yield f"/buone-pratiche/{self.story_slug}/archivia"
        yield f"/gemellaggi/{self.twinning_slug}/stato"
        yield f"/gemellaggi/{self.twinning_slug}/partecipanti/{self.participation}/togli"
        yield f"/enti/{self.organisation_slug}/elimina"
        yield f"/enti/{self.organisation_slug}/appartenenze"
        yield f"/appartenenze/{self.affiliation}"
        yield f"/discussioni/{self.thread}/titolo"
        yield f"/discussioni/{self.thread}/chiudi"
        yield f"/discussioni/{self.thread}/rimuovi"
        yield f"/messaggi/{self.posts['visible']}/nascondi"
        yield f"/discussioni/{self.thread}?cita={self.posts['visible']}"
        yield f"/moderazione/post/{self.posts['held']}/respingi"
        yield f"/moderazione/iscritti/{self.member}"
        yield f"/moderazione/provvedimenti/{self.measure}/annulla"


def poison(payloads: Sequence[str], *, address: str = "veleno") -> list[Poisoned]:
    """Make everything for each payload, inside an application and a request context."""
    return [_one(payload, f"{address}-{number}") for number, payload in enumerate(payloads)]


def markdown(payload: str) -> Rendered:
    """The payload wherever Markdown has a place for it."""
    line = " ".join(payload.split())
    text = "\n\n".join(
        [
            f"{WORD} {payload}",
            f"[{line}]({line})",
            f'[testo]({line} "{line}")',
            f"![{line}]({line})",
            f"<{line}>",
            f"`{line}`",
            f"# {line}",
            f"- {line}\n- [x]: {line}",
            f"> {line}",
            f"[uno]\n\n[uno]: {line} '{line}'",
            f"| a | b |\n|---|---|\n| {line} | {line} |",
            f"```{line}\n{payload}\n```",
            f"https://example.com/{line}",
        ]
    )
    try:
        return render_markdown(text)
    except TextRefused:
        return render_markdown(f"{WORD} {line[:500]}")


def _one(payload: str, address: str) -> Poisoned:
    text = markdown(payload)
    titled = f"{WORD} {payload}"
    member = _member(payload, text, address)
    unconfirmed = _member(payload, text, f"{address}-nuovo", state=MemberState.UNCONFIRMED)
    body = _body(payload, address)
    other = OrganisationFactory.make(name=titled, slug=f"{address}-altro", acronym=payload)
    AffiliationFactory.make(
        member=member, organisation=body, position=payload, role=AffiliationRole.CONTACT
    )
    asked = AffiliationFactory.make(
        member=unconfirmed,
        organisation=body,
        position=payload,
        note=payload,
        state=AffiliationState.REQUESTED,
        decided_at=None,
    )
    story, unjudged, seek = (
        StoryFactory.make(
            title=titled,
            kind=kind,
            state=state,
            author=member,
            organisation=body,
            summary=titled,
            contact=payload,
            decision_reason=payload,
            asked_at=LONG_AGO,
            unanswered_at=LONG_AGO,
            **{section.name: text.source for section in SECTIONS[kind]},
            **{f"{section.name}_html": text.html for section in SECTIONS[kind]},
        )
        for kind, state in (
            (PracticeKind.OFFER, PracticeState.VALIDATED),
            (PracticeKind.OFFER, PracticeState.PUBLISHED),
            (PracticeKind.SEEK, PracticeState.PUBLISHED),
        )
    )
    for offer in (story, unjudged):
        offer.component_rows.append(
            PracticeComponent(key="veleno", position=0, title=titled[:200], text=payload[:1_000])
        )
    _versions(story, payload, text)
    _revision(story, payload, text)
    _answers(story, payload)
    RoleGrantFactory.make(member_id=member.id, role=Role.COORDINATOR)
    twinning = TwinningFactory.make(
        title=titled,
        slug=address,
        acronym=payload,
        summary=titled,
        funding=payload,
        state=TwinningState.ACTIVE,
        coordinator=member,
        practice_id=story.id,
        **dict.fromkeys(("solution", "objectives", "results"), text.source),
        **{f"{name}_html": text.html for name in ("solution", "objectives", "results")},
    )
    partner = takes_part(
        twinning,
        body,
        unit=payload,
        act=payload,
        note=payload,
        message=payload,
        invited_by_id=member.id,
        state=ParticipationState.ON_RECORD,
    )
    takes_part(twinning, other, ParticipationRole.RECEIVER, unit=payload, act=payload)
    thread = ThreadFactory.make(
        title=titled,
        introduction=text.source,
        introduction_html=text.html,
        subject_kind="twinning",
        subject_id=twinning.id,
        author=member,
        state=ThreadState.OPEN,
    )
    posts = {
        state.value: PostFactory.make(
            thread=thread,
            author_id=member.id,
            on_behalf_of_id=body.id,
            text=text.source,
            html=text.html,
            state=state,
            held_because=payload if state is PostState.HELD else "",
            decision_reason=payload if state is PostState.HIDDEN else "",
        ).id
        for state in (PostState.VISIBLE, PostState.HELD, PostState.HIDDEN)
    }
    invitations = [
        InvitationFactory.make(
            organisation=body, invited_by_id=member.id, message=payload, **answered
        )
        for answered in ({}, {"used_at": clock.now(), "used_by_id": member.id})
    ]
    db.session.add(
        TestMail(
            to=payload, subject=titled, text=text.source, html="", message_id=address, at=LONG_AGO
        )
    )
    db.session.commit()
    match = _match(seek, story, payload, thread.id)
    return Poisoned(
        payload=payload,
        member=member.id,
        member_slug=member.slug,
        organisation=body.id,
        organisation_slug=body.slug,
        story=story.id,
        story_slug=story.slug,
        unjudged_slug=unjudged.slug,
        seek=seek.id,
        seek_slug=seek.slug,
        match=match.id,
        twinning=twinning.id,
        twinning_slug=twinning.slug,
        participation=partner.id,
        thread=thread.id,
        posts=posts,
        affiliation=asked.id,
        invitations=[one.id for one in invitations],
        invitation_token=invitation_token(invitations[0].id),
        unconfirmed=unconfirmed.id,
        report=_report(payload, member, next(iter(posts.values()))).id,
        **_measures(payload, member, posts),
    )


def _rewritten(kind: PracticeKind, payload: str, text: Rendered) -> dict[str, Any]:
    """Another text than the one that ``_one`` tells: not one field is as it is there."""
    other = f"nuovo {payload}"
    sections = dict.fromkeys((one.name for one in SECTIONS[kind]), f"{text.source}\n\nNuovo.")
    return sections | {
        "title": other[:200],
        "summary": other[:300],
        "contact": other[:200],
        "theme_ids": [],
        "components": [{"key": "veleno", "title": other[:200], "text": other[:1_000]}],
    }


def _versions(story: Practice, payload: str, text: Rendered) -> None:
    """Two kept versions, both public: another text, and the one that stands."""
    about = Reference(KIND, story.id)
    stands = values_of(content_of(story))
    for number, values in ((1, _rewritten(story.kind, payload, text)), (2, stands)):
        record_revision(about, number, values | {"state": story.state.value}, story.author_id)
    story.version = 2
    db.session.commit()


def _revision(story: Practice, payload: str, text: Rendered) -> None:
    """A new text of the story that waits for the editors."""
    revision = PracticeRevision(
        practice_id=story.id,
        author_id=story.author_id,
        based_on=story.version,
        version=story.version,
        title=f"nuovo {payload}"[:200],
        values=_rewritten(story.kind, payload, text),
        html=dict.fromkeys((section.name for section in SECTIONS[story.kind]), text.html),
        reason=payload,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    db.session.add(revision)
    db.session.commit()


def _answers(story: Practice, payload: str) -> None:
    """A yes of an evaluator, with notes, and a no, with its reason."""
    for granted in (True, False):
        answer = PracticeValidation(
            practice_id=story.id,
            evaluator_id=story.author_id,
            granted=granted,
            version=story.version,
            at=LONG_AGO,
            reason="" if granted else payload,
        )
        if granted:
            answer.findings = [ValidationFinding(criterion=one, note=payload) for one in Criterion]
        db.session.add(answer)
        db.session.commit()


def _match(seek: Practice, offer: Practice, payload: str, thread_id: int) -> Match:
    """A pair with the payload for a shared word, whose two sides write to each other."""
    words = {"kind": "text", "nearness": "words", "value": 22, "of": [payload]}
    return MatchFactory.make(
        seek=seek,
        offer=offer,
        state=MatchState.CONTACTED,
        parts=[words],
        thread_id=thread_id,
        reason=payload[:1_000],
    )


def _report(payload: str, reporter: Member, post_id: int) -> Report:
    """A report whose every word is the payload, as a moderator who answered left it open."""
    report = Report(
        kind="post",
        object_id=post_id,
        reason=ReportReason.OTHER,
        text=payload,
        note=payload[:1_000],
        email=payload[:254],
        reporter_id=reporter.id,
        created_at=clock.now(),
    )
    db.session.add(report)
    db.session.commit()
    return report


def _measures(payload: str, member: Member, posts: dict[str, int]) -> dict[str, int]:
    """A measure and what was said against it, one that was undone, and signs of spam, all in the
    payload's words."""
    standing, lifted = (
        Measure(
            kind="post",
            object_id=posts["hidden"],
            member_id=member.id,
            sort=MeasureSort.HIDDEN,
            reason=payload[:1_000],
            taken_at=clock.now(),
            lifted_at=moment,
        )
        for moment in (None, clock.now())
    )
    db.session.add_all([standing, lifted])
    db.session.flush()
    appeal = Appeal(
        measure_id=standing.id, text=payload, made_at=clock.now(), answer=payload[:1_000]
    )
    words = [{"signal": "words", "points": 25, "count": 1, "words": [payload]}]
    screening = Screening(
        kind="post",
        object_id=posts["held"],
        author_id=member.id,
        score=25,
        parts=words,
        at=clock.now(),
    )
    db.session.add_all([appeal, screening])
    db.session.commit()
    return {"measure": standing.id, "lifted": lifted.id, "appeal": appeal.id}


def _member(
    payload: str, text: Rendered, address: str, state: MemberState = MemberState.ACTIVE
) -> Member:
    return MemberFactory.make(
        first_name=payload,
        last_name=payload,
        name=f"{payload} {payload}",
        slug=f"{address}-persona",
        email=f"{address}@comune.example",
        email_key=f"{address}@comune.example",
        bio=text.source,
        bio_html=text.html,
        state=state,
        confirmed_at=LONG_AGO if state is MemberState.ACTIVE else None,
        sign_in_visibility=Visibility.EVERYBODY,
        last_sign_in_at=clock.now(),
    )


def _body(payload: str, address: str) -> Organisation:
    return OrganisationFactory.make(
        name=f"{WORD} {payload}",
        slug=address,
        acronym=payload,
        ipa_code=f"{address[-9:]} {payload}",
        website=payload,
    )
