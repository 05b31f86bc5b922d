"""Who may see what, and who may do what: the table that the whole site is held against.

It is written from the product's table of roles, not from the code. A route that it does not name
fails the test, and so does a thing of the site (``world.py``) of which it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flask import Flask

from tests.security.world import ACCOUNTS, EVERYBODY, Thing, World

Roles = frozenset[str]

ALL: Roles = frozenset(EVERYBODY)
# Who is suspended is a visitor, whatever the browser still holds.
VISITORS: Roles = frozenset({"visitor", "suspended"})
MEMBERS: Roles = ALL - VISITORS
NOBODY: Roles = frozenset()

MODERATORS: Roles = frozenset({"moderator", "administrator"})
REVIEWERS: Roles = MODERATORS | {"editor"}
COORDINATORS: Roles = frozenset({"coordinator", "administrator"})
ADMINISTRATORS: Roles = frozenset({"administrator"})
AUTHOR: Roles = frozenset({"registered"})
EVALUATOR: Roles = frozenset({"evaluator"})
VERIFIED: Roles = frozenset({"verified"})
PUGLIA: Roles = frozenset({"puglia"})
TRENTO: Roles = frozenset({"trento"})
INVITERS: Roles = COORDINATORS | {"other_coordinator"}
PARTNERS: Roles = COORDINATORS | PUGLIA | TRENTO
# Who administers has no key to the partners' private space.
IN_SPACE: Roles = PUGLIA | TRENTO | {"coordinator"}


class Answer(StrEnum):
    """What a request comes to."""

    OPEN = "open"
    SIGN_IN = "sign in first"
    GIVEN_BACK = "given back"
    FORBIDDEN = "403"
    UNKNOWN = "404"


# Who may know that a thing exists.
SEES: Mapping[str, Roles] = {
    "story_draft": AUTHOR,
    "story_seek_draft": AUTHOR,
    "story_submitted": AUTHOR | REVIEWERS,
    "story_changes_requested": AUTHOR | REVIEWERS,
    "story_rejected": AUTHOR | REVIEWERS,
    "story_published": ALL,
    "story_seek": ALL,
    "story_validated": ALL,
    "story_outdated": ALL,
    "story_archived": ALL,
    "story_hidden": AUTHOR | MODERATORS,
    "story_removed": NOBODY,
    "story_private": TRENTO,
    "story_declined": ALL,
    # What waits for an editor, what an evaluator missed, what was read before it was public.
    "revision_pending": AUTHOR | REVIEWERS,
    "answer_declined": AUTHOR | REVIEWERS | EVALUATOR,
    "version_before": AUTHOR | REVIEWERS,
    "story_seek_body": ALL,
    "story_offer_body": ALL,
    # As far as both stories are visible; what was put aside only for who decides about it.
    "match_suggested": ALL,
    "match_reachable": ALL,
    "match_draft": AUTHOR,
    "match_private": TRENTO,
    "match_dismissed": AUTHOR | PUGLIA,
    "match_contacted": ALL,
    "match_twinned": ALL,
    "twinning_draft": COORDINATORS,
    "twinning_proposed": COORDINATORS | {"editor"} | PUGLIA,
    "twinning_changes_requested": COORDINATORS | {"editor"},
    "twinning_rejected": COORDINATORS | {"editor"} | PUGLIA,
    "twinning_active": ALL,
    "twinning_suspended": ALL,
    "twinning_concluded": ALL,
    "twinning_archived": ALL,
    "twinning_trepu": ALL,
    "twinning_removed": NOBODY,
    "twinning_private": PARTNERS,
    "twinning_own_draft": ADMINISTRATORS | PUGLIA,
    "twinning_uncoordinated": COORDINATORS | {"other_coordinator", "editor"} | PUGLIA,
    "partner_trepu": ALL,
    "partner_invited": COORDINATORS,
    "partner_asked": COORDINATORS | PUGLIA,
    "partner_own_draft": ADMINISTRATORS | PUGLIA,
    "partner_private": PARTNERS,
    "thread_open": ALL,
    "thread_closed": ALL,
    "thread_held": AUTHOR | MODERATORS,
    "thread_hidden": VERIFIED | MODERATORS,
    "thread_removed": NOBODY,
    "thread_merged": NOBODY,
    "thread_space": TRENTO,
    "thread_on_draft": AUTHOR,
    "thread_on_twinning_draft": COORDINATORS,
    "thread_on_private": PARTNERS,
    "thread_of_partners": IN_SPACE,
    # The contact persons of the two bodies alone.
    "thread_of_match": PUGLIA | TRENTO,
    "post_visible": ALL,
    "post_fresh": ALL,
    "post_held": AUTHOR | MODERATORS,
    "post_first_held": AUTHOR | MODERATORS,
    "post_hidden": VERIFIED | MODERATORS,
    "post_removed": NOBODY,
    "post_in_space": TRENTO,
    "post_on_draft": AUTHOR,
    "post_on_private": PARTNERS,
    "post_of_partners": IN_SPACE,
    "post_of_match": PUGLIA | TRENTO,
    "member_active": ALL,
    "member_suspended": MODERATORS,
    "member_unconfirmed": ADMINISTRATORS,
    "member_removed": NOBODY,
    "picture_active": ALL,
    "picture_suspended": MODERATORS,
    "body_active": ALL,
    "body_removed": NOBODY,
    "affiliation_requested": AUTHOR | PUGLIA | ADMINISTRATORS,
    "affiliation_accepted": PUGLIA | ADMINISTRATORS,
    # Who sent it, and who decides for the body that it is to.
    "invitation_colleague": TRENTO | ADMINISTRATORS,
    "invitation_body": COORDINATORS,
    "body_awaited": COORDINATORS,
    # A file is seen as far as what it hangs on, and where that is kept.
    "file_on_story": ALL,
    "file_on_draft": AUTHOR,
    "file_on_private_story": TRENTO,
    "file_on_private_twinning": PARTNERS,
    "file_of_partners": IN_SPACE,
    "file_on_post": ALL,
    "file_on_held_post": AUTHOR | MODERATORS,
    "file_on_post_in_space": TRENTO,
    "file_on_body": ALL,
    "file_hidden": MODERATORS | {"editor"},
    "file_removed": NOBODY,
    "session_own": VERIFIED,
    "notice": VERIFIED,
    "mail_queued": ADMINISTRATORS,
    "delivery_waiting": ADMINISTRATORS,
    "report": TRENTO,
    # Who bears it, and who moderates what it is about; what is said against it is read by both.
    "measure_hidden": VERIFIED | MODERATORS,
    "measure_warned": VERIFIED | MODERATORS,
    "measure_objected": VERIFIED | MODERATORS,
    # Who is shut out reads it by the link of the mail.
    "measure_suspended": MODERATORS,
    "measure_in_space": TRENTO,
    "appeal_to_moderator": VERIFIED | MODERATORS,
    "appeal_to_administrator": VERIFIED | MODERATORS,
}


@dataclass(frozen=True)
class Route:
    """How an address answers.

    ``about`` is the sort of thing that its parameters name ("" for none); ``may``: who may come
    here, of those who see the thing, by thing or for all ("" is every other thing). ``first``: who
    may come here at all, asked before the thing is looked for. ``sees`` where it is not ``SEES``.
    """

    about: str = ""
    may: Mapping[str, Roles] = field(default_factory=lambda: {"": ALL})
    first: Roles | None = None
    sees: Callable[[str], Roles] = SEES.__getitem__
    gives_back: Mapping[str, Roles] = field(default_factory=dict)

    def answer(self, role: str, thing: str) -> Answer:
        """What somebody gets who asks for this thing."""
        if self.first is not None and role not in self.first:
            return _not_for(role)
        if thing and role not in self.sees(thing):
            return Answer.UNKNOWN
        if role in _of(self.may, thing):
            return Answer.OPEN
        return Answer.GIVEN_BACK if role in _of(self.gives_back, thing) else _not_for(role)


def _of(roles: Mapping[str, Roles], thing: str) -> Roles:
    return roles.get(thing, roles.get("", NOBODY))


def _not_for(role: str) -> Answer:
    return Answer.SIGN_IN if role in VISITORS else Answer.FORBIDDEN


def _for(roles: Roles) -> Route:
    """An address without parameters, for these roles."""
    return Route(first=roles)


def _may(about: str, others: Roles = NOBODY, /, **by_thing: Roles) -> Route:
    return Route(about, {"": others, **by_thing})


OPEN = Route()
_MEMBERS = _for(MEMBERS)
_STORY = "/buone-pratiche/<slug:slug>"
_MATCH = "/corrispondenze/<int:match_id>"
_TWINNING = "/gemellaggi/<slug:slug>"
_PARTNER = f"{_TWINNING}/partecipanti/<int:participation_id>"
_THREAD = "/discussioni/<int:thread_id>"
_POST = "/messaggi/<int:post_id>"
_AFFILIATION = "/appartenenze/<int:number>"
_BODY = "/enti/<slug:slug>"
_HELD = "/moderazione/<slug:kind>/<int:object_id>"
_NOTICES = "/il-mio-spazio/avvisi"
_FOLLOW = "/segui/<slug:kind>/<int:object_id>"
_REPORT = "/segnala/<slug:kind>/<int:object_id>"
_ATTACH = "/allegati/<slug:kind>/<int:object_id>/nuovo"
_ORDER = "/allegati/<slug:kind>/<int:object_id>/ordine"
_FILE = "/allegati/<int:attachment_id>"
_CONDUCT = "/moderazione/iscritti/<int:number>"
_LIFT = "/moderazione/provvedimenti/<int:number>/annulla"
_OBJECT = "/il-mio-spazio/provvedimenti/<int:number>/ricorso"
_APPEAL = "/moderazione/ricorsi/<int:number>"
_REPORTED = "/moderazione/segnalazioni/<slug:kind>/<int:object_id>"

# The author of a public story proposes a new text of it.
_EDIT_STORY = _may(
    "story",
    AUTHOR | REVIEWERS,
    story_submitted=REVIEWERS,
    story_private=TRENTO,
    story_seek_body=PUGLIA | REVIEWERS,
    story_offer_body=TRENTO | REVIEWERS,
    story_draft=AUTHOR,
    story_seek_draft=AUTHOR,
    story_changes_requested=AUTHOR,
    story_rejected=NOBODY,
    story_archived=NOBODY,
    story_hidden=NOBODY,
)
# Whose session ended while writing is asked to sign in, whatever the address: no text is lost.
_EDIT_STORY = replace(_EDIT_STORY, first=MEMBERS)
# The text may have changed hands while somebody wrote: both are shown then, and nothing is kept.
_SAVE_STORY = replace(
    _EDIT_STORY,
    gives_back={
        "": AUTHOR | REVIEWERS,
        "story_private": TRENTO,
        "story_seek_body": PUGLIA | REVIEWERS,
        "story_offer_body": TRENTO | REVIEWERS,
    },
)
# Its author; a state that does not allow it is another answer.
_SEND_STORY = replace(
    _may(
        "story",
        AUTHOR,
        story_private=TRENTO,
        story_seek_body=PUGLIA,
        story_offer_body=TRENTO,
    ),
    first=MEMBERS,
)
_REVIEW_STORY = _may("story", REVIEWERS)
# Who belongs to a body and tells none of these stories: in the catalogue alone. Who said nothing
# may take it back without harm.
_ENDORSERS = VERIFIED | PUGLIA | TRENTO | {"coordinator"}
_ENDORSE_STORY = _may(
    "story",
    NOBODY,
    story_published=_ENDORSERS,
    story_seek=_ENDORSERS,
    story_validated=_ENDORSERS,
    story_outdated=_ENDORSERS,
    story_declined=_ENDORSERS,
    story_seek_body=_ENDORSERS - PUGLIA,
    story_offer_body=_ENDORSERS - TRENTO,
)
# Who answers for one of the two stories: their authors, as long as their body knows them, and the
# contact persons of the bodies.
_DISMISS_MATCH = _may(
    "match",
    NOBODY,
    match_suggested=PUGLIA | AUTHOR,
    match_reachable=PUGLIA | TRENTO,
    match_draft=AUTHOR,
    match_private=TRENTO,
    match_dismissed=PUGLIA | AUTHOR,
    match_contacted=PUGLIA | TRENTO,
    match_twinned=AUTHOR | TRENTO,
)
# Nobody reads what they write first, so it takes somebody whom a body knows.
_CONTACT_MATCH = _may(
    "match",
    NOBODY,
    match_suggested=PUGLIA,
    match_reachable=PUGLIA | TRENTO,
    match_private=TRENTO,
    match_dismissed=PUGLIA,
    match_contacted=PUGLIA | TRENTO,
    match_twinned=TRENTO,
)
_REVIEW_PAGE = Route("story", first=REVIEWERS)
_WITHDRAW_STORY = _may(
    "story", AUTHOR, story_private=TRENTO, story_seek_body=PUGLIA, story_offer_body=TRENTO
)
# Only what is offered can be validated; what is not public no evaluator sees.
_VALIDATE_STORY = _may("story", EVALUATOR, story_seek=NOBODY, story_seek_body=NOBODY)
_CONFIRM_STORY = _may(
    "story",
    AUTHOR | REVIEWERS,
    story_private=TRENTO,
    story_seek_body=PUGLIA | REVIEWERS,
    story_offer_body=TRENTO | REVIEWERS,
)
# Of a draft no version is kept.
_COMPARE = Route("story", sees=lambda thing: NOBODY if thing.endswith("draft") else SEES[thing])
_REMOVE_STORY = _may(
    "story",
    MODERATORS,
    story_draft=AUTHOR,
    story_seek_draft=AUTHOR,
    story_submitted=AUTHOR | MODERATORS,
    story_changes_requested=AUTHOR | MODERATORS,
    story_rejected=AUTHOR | MODERATORS,
)
_PROPOSE = _for(COORDINATORS | {"other_coordinator"} | PUGLIA | TRENTO)
_EDIT_TWINNING = _may(
    "twinning",
    COORDINATORS,
    twinning_rejected=NOBODY,
    twinning_archived=ADMINISTRATORS,
    twinning_own_draft=ADMINISTRATORS | PUGLIA,
    twinning_uncoordinated=ADMINISTRATORS,
)
_STEP_TWINNING = _may(
    "twinning",
    COORDINATORS,
    twinning_proposed=COORDINATORS | {"editor"},
    twinning_rejected=ADMINISTRATORS,
    twinning_archived=ADMINISTRATORS,
    twinning_own_draft=ADMINISTRATORS | PUGLIA,
    twinning_uncoordinated=ADMINISTRATORS | {"editor"},
)
_RECORD_PARTNER = _may("twinning", ADMINISTRATORS)
_INVITE_PARTNER = _may(
    "twinning",
    COORDINATORS,
    twinning_rejected=NOBODY,
    twinning_concluded=NOBODY,
    twinning_archived=NOBODY,
    twinning_trepu=NOBODY,
    twinning_own_draft=ADMINISTRATORS | PUGLIA,
    twinning_uncoordinated=ADMINISTRATORS,
)
# Who has it already is led on, as after a double click.
_TAKE_CHARGE = _may(
    "twinning",
    frozenset({"coordinator"}),
    twinning_uncoordinated=frozenset({"coordinator", "other_coordinator"}),
)
_TWINNING_SPACE = _may("twinning", NOBODY, twinning_private=IN_SPACE, twinning_trepu=IN_SPACE)
# Whoever coordinates takes an invitation back, administrators take out whom they want.
_WITHDRAW_PARTNER = _may(
    "participation",
    ADMINISTRATORS,
    partner_invited=COORDINATORS,
    partner_asked=COORDINATORS,
)
# The contact person of the body alone, who comes from a mail and signs in first; nobody's
# contact person is that of the body that nobody knows.
_ANSWER = Route(
    "participation",
    {
        "": NOBODY,
        "partner_asked": PUGLIA,
        "partner_private": PUGLIA,
        "partner_own_draft": PUGLIA,
        "partner_trepu": TRENTO,
    },
    first=MEMBERS,
)
_REPLY = Route(
    "thread",
    {"": MEMBERS, "thread_held": AUTHOR, "thread_hidden": NOBODY, "thread_closed": NOBODY},
    gives_back={"thread_closed": MEMBERS},
)
# As long as somebody may reply there, a draft is kept, and it is told whom a reply would reach.
_ASK_BEFORE = replace(_REPLY, gives_back={})
_CLOSE = _may(
    "thread",
    MODERATORS,
    thread_open=VERIFIED | MODERATORS,
    thread_closed=VERIFIED | MODERATORS,
    thread_held=NOBODY,
    thread_hidden=NOBODY,
    thread_space=TRENTO,
    thread_on_draft=NOBODY,
    thread_on_twinning_draft=COORDINATORS,
    thread_on_private=COORDINATORS,
    thread_of_partners=PUGLIA | {"coordinator"},
    thread_of_match=PUGLIA,
)
_RETITLE = _may(
    "thread",
    MODERATORS,
    thread_hidden=NOBODY,
    thread_on_twinning_draft=COORDINATORS,
    thread_on_private=COORDINATORS,
    thread_of_partners=frozenset({"coordinator"}),
)
# What is not open to read for others is not pinned.
_PIN = replace(_RETITLE, may={**_RETITLE.may, "thread_held": NOBODY})
_ARRANGE = _may("thread", MODERATORS, thread_held=NOBODY, thread_hidden=NOBODY)
# Not of one's own words, and not of what others cannot read.
_REACT = _may(
    "post",
    MEMBERS,
    post_visible=MEMBERS - VERIFIED,
    post_fresh=MEMBERS - VERIFIED,
    post_held=NOBODY,
    post_first_held=NOBODY,
    post_hidden=NOBODY,
    post_in_space=NOBODY,
    post_on_draft=NOBODY,
    post_on_private=MEMBERS,
    post_of_partners=MEMBERS - PUGLIA,
    post_of_match=MEMBERS - PUGLIA,
)
# Who asked, and who coordinates the twinning that it is about.
_MARK_BEST = _may(
    "post",
    NOBODY,
    post_visible=VERIFIED,
    post_fresh=VERIFIED,
    post_hidden=VERIFIED,
    post_in_space=TRENTO,
    post_on_private=frozenset({"coordinator"}),
    post_of_partners=PUGLIA | {"coordinator"},
    post_of_match=PUGLIA,
)
# Its messages went to a private space: only who may enter there is led on.
_READ_THREAD = Route(
    "thread", sees=lambda thing: TRENTO if thing == "thread_merged" else SEES[thing]
)
_ATTACH_TO_POST = _may(
    "post",
    NOBODY,
    post_fresh=VERIFIED,
    post_held=AUTHOR,
    post_first_held=AUTHOR,
)
# After the time for it, and in place of the author, who moderates.
_EDIT_POST = replace(
    _ATTACH_TO_POST,
    may={
        **_ATTACH_TO_POST.may,
        "post_fresh": VERIFIED | MODERATORS,
        "post_visible": MODERATORS,
        "post_on_private": ADMINISTRATORS,
    },
)
_WITHDRAW_POST = _may(
    "post",
    NOBODY,
    post_fresh=VERIFIED,
    post_visible=VERIFIED,
    post_hidden=VERIFIED,
    post_held=AUTHOR,
    post_first_held=AUTHOR,
    post_in_space=TRENTO,
    post_of_partners=PUGLIA,
    post_of_match=PUGLIA,
    post_on_draft=AUTHOR,
)
# Whoever writes a thing keeps its files; in a private space, who sent them.
_KEEP_FILE = _may(
    "attachment",
    NOBODY,
    file_on_story=REVIEWERS,
    file_on_draft=AUTHOR,
    file_on_private_twinning=COORDINATORS,
    file_of_partners=PUGLIA | {"coordinator"},
    file_on_post=VERIFIED,
    file_on_held_post=AUTHOR,
    file_on_body=ADMINISTRATORS,
)
_MODERATE_FILE = _may("attachment", MODERATORS)
# Too late is told to the author with the text that was typed.
_SAVE_POST = replace(_EDIT_POST, gives_back=_WITHDRAW_POST.may)
_MODERATE_POST = _may("post", MODERATORS)
_DECIDE_HELD = Route(
    "held",
    first=MODERATORS,
    # Only what waits is in the list.
    sees=lambda thing: SEES[thing] if thing in ("post_held", "post_first_held") else NOBODY,
)
_DECIDE_AFFILIATION = Route("affiliation", {"": PUGLIA | ADMINISTRATORS}, first=MEMBERS)
_END_AFFILIATION = Route("affiliation", first=MEMBERS)
# Both were reported; the second stands where no moderator may enter.
_DECIDE_REPORTS = Route(
    "post",
    first=MODERATORS,
    sees=lambda thing: SEES[thing] if thing in ("post_visible", "post_in_space") else NOBODY,
)
# What moderators know of somebody: whoever is here, or shut out.
_ACT_ON_MEMBER = Route("member", first=MODERATORS)
_ACT_ON_MEMBER = replace(
    _ACT_ON_MEMBER,
    sees=lambda thing: NOBODY if thing == "member_unconfirmed" else SEES[thing] & MODERATORS,
)
_LIFT_MEASURE = Route("measure", first=MODERATORS, sees=lambda thing: SEES[thing] & MODERATORS)
# Once, by who bears it: a second time is another answer.
_OBJECT_TO_MEASURE = Route("measure", first=MEMBERS, sees=lambda thing: SEES[thing] - MODERATORS)
# By somebody else than who decided.
_ANSWER_APPEAL = Route(
    "appeal",
    first=MODERATORS,
    sees=lambda thing: (
        frozenset({"moderator"}) if thing == "appeal_to_moderator" else ADMINISTRATORS
    ),
)
# Who stops gets the same answer for what is there and what is not.
_STOP_FOLLOWING = Route("thread", first=MEMBERS, sees=lambda _thing: ALL)
_KEEP_BODY = _may("organisation", ADMINISTRATORS)
# The people of a body that is awaited are nobody's yet but an administrator's.
_INVITE = Route(
    "organisation",
    {"": ADMINISTRATORS},
    sees=lambda thing: NOBODY if thing == "body_awaited" else SEES[thing],
)
_VERIFY_BODY = _may("organisation", ADMINISTRATORS, body_awaited=NOBODY)
# A feed is the same for every reader: what is not open to all has none.
_FEED = Route("twinning", sees=lambda thing: ALL if SEES[thing] == ALL else NOBODY)

# Administrators keep what nobody else sees any more, too.
_SHEET = Route("member", first=ADMINISTRATORS, sees=lambda _thing: ADMINISTRATORS)
_BODY_SHEET = Route("organisation", first=ADMINISTRATORS, sees=lambda _thing: ADMINISTRATORS)
_DELIVERY = Route("delivery", first=ADMINISTRATORS, sees=lambda _thing: ADMINISTRATORS)
_MAIL = Route("mail", first=ADMINISTRATORS, sees=lambda _thing: ADMINISTRATORS)

ROUTES: Mapping[str, Route] = {
    **dict.fromkeys(
        (
            "GET /",
            "GET /.well-known/security.txt",
            "GET /accedi",
            "POST /accedi",
            "GET /accessibilita",
            "GET /buone-pratiche",
            "GET /buone-pratiche/esporta.csv",
            "GET /buone-pratiche/feed",
            "GET /cerca",
            "GET /dimensione-testo/<slug:size>",
            "GET /discussioni",
            "GET /enti",
            "GET /enti/esporta.csv",
            "POST /esci",
            "GET /feed",
            "GET /gemellaggi",
            "GET /gemellaggi/feed",
            "GET /healthz",
            "GET /iscritti",
            "GET /menu",
            "GET /opensearch.xml",
            "GET /password-dimenticata",
            "POST /password-dimenticata",
            "GET /password-dimenticata/controlla-la-posta",
            "GET /posta-di-prova",
            "GET /privacy",
            "GET /readyz",
            "GET /registrati",
            "POST /registrati",
            "GET /registrati/controlla-la-posta",
            "GET /registrati/nuovo-collegamento",
            "POST /registrati/nuovo-collegamento",
            "GET /robots.txt",
            "GET /static/<path:filename>",
        ),
        OPEN,
    ),
    # Whoever has the link of a mail.
    "GET /conferma/<token:token>": OPEN,
    "POST /conferma/<token:token>": OPEN,
    "GET /invito/<token:token>": OPEN,
    # For the member whose address it names.
    "POST /invito/<token:token>": _for(frozenset({"former"})),
    "POST /invito/<token:token>/registrati": OPEN,
    # Whom the link names may be shut out; it shows the one measure that it is about.
    "GET /ricorso/<token:token>": OPEN,
    "POST /ricorso/<token:token>": OPEN,
    "GET /avvisi/disattiva/<token:token>": OPEN,
    "POST /avvisi/disattiva/<token:token>": OPEN,
    "GET /nuova-password/<token:token>": OPEN,
    "POST /nuova-password/<token:token>": OPEN,
    **dict.fromkeys(
        (
            "POST /discussioni/anteprima",
            "POST /discussioni/avvisi",
            "POST /discussioni/bozza",
            "GET /discussioni/persone",
            "GET /discussioni/nuova",
            "POST /discussioni/nuova",
            "GET /il-mio-spazio",
            "GET /il-mio-spazio/appartenenze",
            "GET /il-mio-spazio/gemellaggi",
            "GET /il-mio-spazio/senza-risposta",
            "POST /il-mio-spazio/appartenenze",
            f"GET {_NOTICES}",
            f"POST {_NOTICES}/letti",
            f"GET {_NOTICES}/preferenze",
            f"POST {_NOTICES}/preferenze",
            "GET /il-mio-spazio/seguiti",
            "GET /il-mio-spazio/segnalazioni",
            "GET /il-mio-spazio/provvedimenti",
            "POST /il-mio-spazio/esci-ovunque",
            "GET /il-mio-spazio/inviti",
            "GET /il-mio-spazio/richieste",
            "GET /il-mio-spazio/corrispondenze",
            "GET /il-mio-spazio/storie",
            "GET /il-mio-spazio/storie/valgono-ancora",
            "GET /invia-una-storia",
            "POST /invia-una-storia",
            "GET /profilo",
            "POST /profilo",
            "POST /profilo/immagine",
            "POST /profilo/immagine/togli",
            "GET /profilo/password",
            "POST /profilo/password",
        ),
        _MEMBERS,
    ),
    "GET /il-mio-spazio/inviti/ente": _for(PUGLIA | TRENTO | INVITERS),
    "POST /il-mio-spazio/inviti/ente": _for(PUGLIA | TRENTO | INVITERS),
    "POST /il-mio-spazio/accessi/<int:number>/chiudi": Route("session", first=MEMBERS),
    "POST /inviti/<int:number>/revoca": Route("invitation", first=MEMBERS),
    "GET /redazione/storie": _for(REVIEWERS),
    "GET /redazione/storie/<slug:slug>": _REVIEW_PAGE,
    "POST /redazione/storie/<slug:slug>/approva": _REVIEW_STORY,
    "POST /redazione/storie/<slug:slug>/rifiuta": _REVIEW_STORY,
    "GET /valutazione/storie": _for(EVALUATOR),
    "GET /moderazione": _for(MODERATORS),
    "POST /moderazione": _for(MODERATORS),
    "GET /moderazione/decisi": _for(MODERATORS),
    "GET /moderazione/ricorsi": _for(MODERATORS),
    f"GET {_CONDUCT}": _ACT_ON_MEMBER,
    f"POST {_CONDUCT}": _ACT_ON_MEMBER,
    f"GET {_LIFT}": _LIFT_MEASURE,
    f"POST {_LIFT}": _LIFT_MEASURE,
    f"GET {_OBJECT}": _OBJECT_TO_MEASURE,
    f"POST {_OBJECT}": _OBJECT_TO_MEASURE,
    f"GET {_APPEAL}": _ANSWER_APPEAL,
    f"POST {_APPEAL}": _ANSWER_APPEAL,
    **dict.fromkeys(
        (
            "GET /amministrazione",
            "GET /amministrazione/appartenenze",
            "GET /amministrazione/attivita",
            "GET /amministrazione/coda",
            "GET /amministrazione/enti",
            "GET /amministrazione/indice",
            "POST /amministrazione/indice",
            "GET /amministrazione/iscritti",
            "GET /amministrazione/posta",
        ),
        _for(ADMINISTRATORS),
    ),
    "GET /amministrazione/iscritti/<int:number>": _SHEET,
    "GET /amministrazione/iscritti/<int:number>/ruoli": _SHEET,
    "POST /amministrazione/iscritti/<int:number>/ruoli": _SHEET,
    "GET /amministrazione/iscritti/<int:number>/stato": _SHEET,
    "POST /amministrazione/iscritti/<int:number>/stato": _SHEET,
    "GET /amministrazione/iscritti/<int:number>/accessi": _SHEET,
    "POST /amministrazione/iscritti/<int:number>/accessi": _SHEET,
    "GET /amministrazione/enti/<int:number>": _BODY_SHEET,
    "GET /amministrazione/enti/<int:number>/referente": _BODY_SHEET,
    "POST /amministrazione/enti/<int:number>/referente": _BODY_SHEET,
    "POST /amministrazione/posta/<int:number>/riprova": _MAIL,
    "POST /amministrazione/coda/<int:number>/riprova": _DELIVERY,
    "GET /enti/nuovo": _for(ADMINISTRATORS),
    "POST /enti/nuovo": _for(ADMINISTRATORS),
    "GET /gemellaggi/nuovo": _PROPOSE,
    "POST /gemellaggi/nuovo": _PROPOSE,
    f"GET {_STORY}": Route("story"),
    f"GET {_STORY}/versioni": Route("story"),
    f"GET {_STORY}/confronta": _COMPARE,
    f"POST {_STORY}/ripristina": replace(_EDIT_STORY, first=None),
    f"POST {_STORY}/ritira": _WITHDRAW_STORY,
    f"POST {_STORY}/modifica/ritira": _WITHDRAW_STORY,
    f"GET {_STORY}/valida": _VALIDATE_STORY,
    f"POST {_STORY}/valida": _VALIDATE_STORY,
    f"GET {_STORY}/valida/non-ancora": _VALIDATE_STORY,
    f"POST {_STORY}/valida/non-ancora": _VALIDATE_STORY,
    f"GET {_STORY}/vale-ancora": _CONFIRM_STORY,
    f"POST {_STORY}/vale-ancora": _CONFIRM_STORY,
    f"GET {_STORY}/superata": _CONFIRM_STORY,
    f"POST {_STORY}/superata": _CONFIRM_STORY,
    f"GET {_STORY}/modifica": _EDIT_STORY,
    f"GET {_STORY}/utile": Route("story", first=MEMBERS),
    f"POST {_STORY}/utile": _ENDORSE_STORY,
    f"POST {_STORY}/utile/ritira": _may("story", MEMBERS),
    f"POST {_STORY}/modifica": _SAVE_STORY,
    f"GET {_STORY}/modifica/racconto": _EDIT_STORY,
    f"POST {_STORY}/modifica/racconto": _SAVE_STORY,
    f"GET {_STORY}/modifica/componenti": _EDIT_STORY,
    f"POST {_STORY}/modifica/componenti": _SAVE_STORY,
    f"GET {_STORY}/riprendi": _EDIT_STORY,
    f"GET {_STORY}/rivedi": _EDIT_STORY,
    f"POST {_STORY}/invia": _SEND_STORY,
    f"POST {_STORY}/pubblica": _REVIEW_STORY,
    f"POST {_STORY}/rimanda": _REVIEW_STORY,
    f"GET {_STORY}/archivia": _REVIEW_STORY,
    f"POST {_STORY}/archivia": _REVIEW_STORY,
    f"GET {_STORY}/rimuovi": _REMOVE_STORY,
    f"POST {_STORY}/rimuovi": _REMOVE_STORY,
    f"GET {_MATCH}": Route("match"),
    f"POST {_MATCH}/contatta": _CONTACT_MATCH,
    f"GET {_MATCH}/scarta": _DISMISS_MATCH,
    f"POST {_MATCH}/scarta": _DISMISS_MATCH,
    f"GET {_TWINNING}": Route("twinning"),
    f"GET {_TWINNING}/discussioni": Route("twinning"),
    f"GET {_TWINNING}/partecipanti": Route("twinning"),
    f"GET {_TWINNING}/feed": _FEED,
    f"GET {_TWINNING}/modifica": _EDIT_TWINNING,
    f"POST {_TWINNING}/modifica": _EDIT_TWINNING,
    f"GET {_TWINNING}/stato": _STEP_TWINNING,
    f"POST {_TWINNING}/stato": _STEP_TWINNING,
    f"GET {_TWINNING}/partecipanti/aggiungi": _RECORD_PARTNER,
    f"POST {_TWINNING}/partecipanti/aggiungi": _RECORD_PARTNER,
    f"GET {_TWINNING}/partecipanti/invita/nuovo": _INVITE_PARTNER,
    f"POST {_TWINNING}/partecipanti/invita/nuovo": _INVITE_PARTNER,
    f"GET {_TWINNING}/partecipanti/invita": _INVITE_PARTNER,
    f"POST {_TWINNING}/partecipanti/invita": _INVITE_PARTNER,
    f"POST {_TWINNING}/prendi-in-carico": _TAKE_CHARGE,
    f"GET {_TWINNING}/spazio": _TWINNING_SPACE,
    f"GET {_PARTNER}/togli": _WITHDRAW_PARTNER,
    f"POST {_PARTNER}/togli": _WITHDRAW_PARTNER,
    f"GET {_PARTNER}/rispondi": _ANSWER,
    f"POST {_PARTNER}/rispondi": _ANSWER,
    f"GET {_PARTNER}/lascia": _ANSWER,
    f"POST {_PARTNER}/lascia": _ANSWER,
    f"GET {_THREAD}": _READ_THREAD,
    f"GET {_THREAD}/feed": replace(_FEED, about="thread"),
    f"POST {_THREAD}": _REPLY,
    f"GET {_THREAD}/chiudi": _CLOSE,
    f"POST {_THREAD}/chiudi": _CLOSE,
    f"POST {_THREAD}/riapri": _CLOSE,
    f"GET {_THREAD}/non-letti": Route("thread", first=MEMBERS),
    f"GET {_THREAD}/giorno": Route("thread"),
    f"POST {_THREAD}/letto": Route("thread", first=MEMBERS),
    f"POST {_THREAD}/evidenza": _PIN,
    f"GET {_THREAD}/sposta": _ARRANGE,
    f"POST {_THREAD}/sposta": _ARRANGE,
    f"GET {_THREAD}/unisci": _ARRANGE,
    f"POST {_THREAD}/unisci": _ARRANGE,
    f"GET {_THREAD}/dividi": _ARRANGE,
    f"POST {_THREAD}/dividi": _ARRANGE,
    f"GET {_THREAD}/titolo": _RETITLE,
    f"POST {_THREAD}/titolo": _RETITLE,
    f"GET {_THREAD}/rimuovi": _may("thread", MODERATORS),
    f"POST {_THREAD}/rimuovi": _may("thread", MODERATORS),
    f"POST {_THREAD}/bozza": _REPLY,
    f"POST {_THREAD}/avvisi": _ASK_BEFORE,
    f"GET {_THREAD}/persone": Route("thread", first=MEMBERS),
    f"GET {_POST}": Route("post"),
    f"GET {_POST}/cronologia": Route("post"),
    f"GET {_POST}/modifica": _EDIT_POST,
    f"POST {_POST}/modifica": _SAVE_POST,
    f"GET {_POST}/rimuovi": _WITHDRAW_POST,
    f"POST {_POST}/rimuovi": _WITHDRAW_POST,
    f"GET {_POST}/nascondi": _MODERATE_POST,
    f"POST {_POST}/nascondi": _MODERATE_POST,
    f"POST {_POST}/ripubblica": _MODERATE_POST,
    f"POST {_POST}/reazione": _REACT,
    f"POST {_POST}/migliore": _MARK_BEST,
    f"POST {_HELD}/pubblica": _DECIDE_HELD,
    f"GET {_HELD}/respingi": _DECIDE_HELD,
    f"POST {_HELD}/respingi": _DECIDE_HELD,
    f"POST {_NOTICES}/<int:number>/apri": Route("notice", first=MEMBERS),
    f"GET {_REPORT}": Route("post"),
    f"POST {_REPORT}": Route("post"),
    f"GET {_REPORTED}": _DECIDE_REPORTS,
    f"POST {_REPORTED}": _DECIDE_REPORTS,
    f"POST {_FOLLOW}": _may("thread", MEMBERS),
    f"POST {_FOLLOW}/smetti": _STOP_FOLLOWING,
    f"GET {_AFFILIATION}": _DECIDE_AFFILIATION,
    f"POST {_AFFILIATION}": _DECIDE_AFFILIATION,
    f"GET {_AFFILIATION}/termina": _END_AFFILIATION,
    f"POST {_AFFILIATION}/termina": _END_AFFILIATION,
    f"POST {_AFFILIATION}/ruolo": _DECIDE_AFFILIATION,
    f"GET {_BODY}": Route("organisation"),
    f"GET {_BODY}/appartenenze": _KEEP_BODY,
    f"GET {_BODY}/invita": _INVITE,
    f"POST {_BODY}/invita": _INVITE,
    f"GET {_BODY}/modifica": _KEEP_BODY,
    f"POST {_BODY}/modifica": _KEEP_BODY,
    f"POST {_BODY}/verifica": _VERIFY_BODY,
    f"GET {_BODY}/elimina": _KEEP_BODY,
    f"POST {_BODY}/elimina": _KEEP_BODY,
    f"GET {_ATTACH}": _ATTACH_TO_POST,
    f"POST {_ATTACH}": _ATTACH_TO_POST,
    f"GET {_ORDER}": _ATTACH_TO_POST,
    f"POST {_ORDER}": _ATTACH_TO_POST,
    f"GET {_FILE}": Route("attachment"),
    f"GET {_FILE}/versioni/<int:number>": Route("attachment"),
    f"GET {_FILE}/versioni/<int:number>/miniatura": Route("attachment"),
    f"GET {_FILE}/versioni/nuova": _KEEP_FILE,
    f"POST {_FILE}/versioni/nuova": _KEEP_FILE,
    f"GET {_FILE}/modifica": _KEEP_FILE,
    f"POST {_FILE}/modifica": _KEEP_FILE,
    f"GET {_FILE}/rimuovi": _KEEP_FILE,
    f"POST {_FILE}/rimuovi": _KEEP_FILE,
    f"GET {_FILE}/nascondi": _MODERATE_FILE,
    f"POST {_FILE}/nascondi": _MODERATE_FILE,
    f"POST {_FILE}/ripubblica": _MODERATE_FILE,
    "GET /iscritti/<slug:slug>": Route("member"),
    "GET /immagini/<slug:name>": Route("picture"),
}


def routes_of(app: Flask) -> Iterator[str]:
    """Every pair of method and rule that the site answers."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}"


def address_of(app: Flask, route: str, thing: Thing | None, world: World) -> str:
    """The address of a route for a thing; words for what else its parameters name."""
    path = route.partition(" ")[2]
    if thing is not None and path.startswith("/segui/"):
        path = path.replace("<slug:kind>", thing.kind)
    for parameter, value in _values(thing, world).items():
        path = path.replace(f"<{parameter}>", str(value))
    if path.endswith("/confronta"):
        path += "?da=1&a=1"
    if "<token:token>" in path:
        purpose = next(one for start, one in _PURPOSES.items() if re.match(start, path))
        path = path.replace("<token:token>", world.tokens[purpose])
    return path


_PURPOSES = {
    "/conferma": "confirm",
    "/nuova-password": "reset",
    "/invito/.*/registrati": "invitation",
    "/invito": "invitation_of_former",
    "/avvisi/disattiva": "unsubscribe",
    "/ricorso": "appeal",
}


def _values(thing: Thing | None, world: World) -> Mapping[str, str | int]:
    words: dict[str, str | int] = {
        "slug:size": "piu",
        "path:filename": "css/gemella.css",
        "slug:kind": "post",
    }
    if thing is not None:
        words |= {
            "slug:slug": thing.slug,
            "slug:name": thing.slug,
            "int:thread_id": thing.id,
            "int:post_id": thing.id,
            "int:object_id": thing.id,
            "int:number": thing.id,
            "int:participation_id": thing.id,
            "int:attachment_id": thing.id,
            "int:match_id": thing.id,
        }
        if thing.kind == "attachment":
            words["int:number"] = 1  # of its versions
    return words


def things_for(about: str, world: World) -> dict[str, Thing]:
    """The things of a sort, by name; posts are what can be held."""
    kind = "post" if about == "held" else about
    return {name: thing for name, thing in world.things.items() if thing.kind == kind}


assert set(ACCOUNTS) <= ALL
