"""Lists of discussions: all of them under filters, and those that wait for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from core import subjects
from core.access import current_actor, public, signed_in
from core.i18n import language, number
from core.links import LARGEST_ID
from core.references import Reference
from core.registry import registry
from forum import policies, queries
from forum.queries import GENERAL, MOST_COUNTED, Mine, Standing, ThreadFilter
from forum.views import blueprint
from forum.views.reading import thread_state_words
from taxonomy import queries as taxonomy

# What stands for filters in addresses, as readers of Italian addresses know them.
_GENERAL_WORD = "generale"
_STANDINGS = {
    "aperte": Standing.OPEN,
    "senza-risposta": Standing.UNANSWERED,
    "risolte": Standing.SOLVED,
    "chiuse": Standing.CLOSED,
}
_MINE = {
    "da-leggere": Mine.UNREAD,
    "seguite": Mine.FOLLOWED,
    "scritte": Mine.WRITTEN,
    "aperte-da-me": Mine.OPENED,
}


@blueprint.get("/discussioni")
@public
def threads() -> ResponseReturnValue:
    actor = current_actor()
    wanted = _asked()
    counted = queries.kind_counts(actor, wanted, _kinds())
    found = counted[wanted.kind]
    subject = None
    if wanted.subject is not None:
        subject = subjects.find(wanted.subject, actor)
        found = queries.count_threads(actor, wanted)
    page = queries.thread_list(
        actor,
        wanted,
        after=request.args.get("dopo"),
        before=request.args.get("prima"),
        found=found,
    )
    kept = _kept(wanted)
    return render_template(
        "forum/threads.html",
        lines=page.items,
        subjects=queries.subjects_of(page.items, actor),
        themes=taxonomy.themes_by_id(),
        page=page,
        kept=kept,
        tabs=_tabs(counted, wanted),
        count=found,
        said=_said(found),
        subject=subject,
        groups=_groups(wanted, is_member=not actor.is_visitor),
        active=_active(wanted, kept, subject.title if subject else ""),
        clear_url=url_for("forum.threads", su=_word(wanted)),
        states=thread_state_words(),
    )


@blueprint.get("/il-mio-spazio/senza-risposta")
@signed_in
def lonely() -> ResponseReturnValue:
    """The discussions without an answer in which the reader is to see to one."""
    actor = current_actor()
    page = queries.thread_list(
        actor,
        ThreadFilter(mine=Mine.LONELY),
        after=request.args.get("dopo"),
        before=request.args.get("prima"),
    )
    return render_template(
        "forum/lonely.html",
        lines=page.items,
        subjects=queries.subjects_of(page.items, actor),
        themes=taxonomy.themes_by_id(),
        page=page,
        states=thread_state_words(),
    )


def _asked() -> ThreadFilter:
    """The filters in the address; words that are none filter nothing."""
    kind, subject = _asked_subject(request.args.get("su", ""))
    theme = taxonomy.theme_by_code(request.args.get("tema", ""))
    mine = None if current_actor().is_visitor else _MINE.get(request.args.get("mie", ""))
    return ThreadFilter(
        kind=kind,
        subject=subject,
        theme_id=theme.id if theme else None,
        standing=_STANDINGS.get(request.args.get("stato", "")),
        mine=mine,
    )


def _asked_subject(word: str) -> tuple[str | None, Reference | None]:
    """The kind of subject, or one thing as ``twinning:5``; what is neither shows everything."""
    if word == _GENERAL_WORD:
        return GENERAL, None
    if word in _kinds():
        return word, None
    try:
        reference = Reference.parse(word)
    except ValueError:
        return None, None
    if reference.kind not in _kinds() or not 0 < reference.id <= LARGEST_ID:
        return None, None
    return reference.kind, reference


def _word(wanted: ThreadFilter) -> str | None:
    return _GENERAL_WORD if wanted.kind == GENERAL else wanted.kind


def _kept(wanted: ThreadFilter) -> dict[str, str]:
    """The filters as they stand in an address."""
    theme = taxonomy.theme(wanted.theme_id) if wanted.theme_id else None
    values = {
        "su": str(wanted.subject) if wanted.subject else _word(wanted),
        "stato": _name_of(_STANDINGS, wanted.standing),
        "tema": theme.code if theme else None,
        "mie": _name_of(_MINE, wanted.mine),
    }
    return {name: value for name, value in values.items() if value}


def _name_of(names: Mapping[str, Any], value: Any) -> str | None:
    return next((name for name, known in names.items() if known is value), None)


def _kinds() -> list[str]:
    """The kinds of things that can be discussed."""
    return [kind for kind in registry().subjects if kind not in policies.NO_TOPICS]


def _tabs(counted: Mapping[str | None, int], wanted: ThreadFilter) -> list[dict[str, Any]]:
    """All, general, then one tab for each kind of thing that is being discussed."""
    kinds = [kind for kind in _kinds() if counted.get(kind) or kind == wanted.kind]
    entries: list[tuple[str | None, str]] = [(None, gettext("Tutte"))]
    entries.append((GENERAL, gettext("Generali")))
    entries += [(kind, _many(kind)) for kind in kinds]
    others: dict[str, Any] = {name: value for name, value in _kept(wanted).items() if name != "su"}
    return [
        {
            "label": label,
            "count": _said(counted[kind]),
            "url": url_for("forum.threads", su=_word(ThreadFilter(kind=kind)), **others),
            "current": kind == wanted.kind,
        }
        for kind, label in entries
    ]


def _said(count: int) -> str:
    """A number as it is told: nobody counts further than ``MOST_COUNTED``."""
    if count > MOST_COUNTED:
        return str(gettext("oltre %(n)s", n=number(MOST_COUNTED)))
    return number(count)


def _many(kind: str) -> str:
    """The plural of a kind, as search names it; the singular where search does not know it."""
    source = registry().sources.get(kind)
    return str(source.label if source is not None else registry().subjects[kind].label)


def _standing_words() -> dict[Standing, str]:
    return {
        Standing.OPEN: gettext("Aperte"),
        Standing.UNANSWERED: gettext("Senza risposta"),
        Standing.SOLVED: gettext("Con una risposta migliore"),
        Standing.CLOSED: gettext("Chiuse"),
    }


def _mine_words() -> dict[Mine, str]:
    return {
        Mine.UNREAD: gettext("Con messaggi nuovi"),
        Mine.FOLLOWED: gettext("Che seguo"),
        Mine.WRITTEN: gettext("In cui ho scritto"),
        Mine.OPENED: gettext("Aperte da me"),
    }


def _groups(wanted: ThreadFilter, *, is_member: bool) -> list[tuple[str, str, list[Any]]]:
    """Name, heading and options of each filter; the first option is no filter."""
    groups = []
    if is_member:
        words = _mine_words()
        mine = [(name, words[value], value is wanted.mine) for name, value in _MINE.items()]
        groups.append(("mie", gettext("Per me"), _options(gettext("Tutte"), mine)))
    standings = _standing_words()
    stands = [(name, standings[one], one is wanted.standing) for name, one in _STANDINGS.items()]
    groups.append(("stato", gettext("Stato"), _options(gettext("Tutti gli stati"), stands)))
    themes = [
        (one.code, one.name(language()), one.id == wanted.theme_id)
        for one in taxonomy.themes_tree()
    ]
    groups.append(("tema", gettext("Tema"), _options(gettext("Tutti i temi"), themes)))
    return groups


def _options(nothing: str, choices: list[tuple[str, str, bool]]) -> list[dict[str, Any]]:
    chosen = any(selected for _value, _label, selected in choices)
    return [
        {"value": value, "label": label, "selected": selected}
        for value, label, selected in [("", nothing, not chosen), *choices]
    ]


def _active(wanted: ThreadFilter, kept: Mapping[str, str], subject: str) -> list[dict[str, str]]:
    """The filters that are on, each with an address without it."""
    theme = taxonomy.theme(wanted.theme_id) if wanted.theme_id else None
    labels = {
        "su": subject if wanted.subject else "",
        "stato": _standing_words()[wanted.standing] if wanted.standing else "",
        "tema": theme.name(language()) if theme else "",
        "mie": _mine_words()[wanted.mine] if wanted.mine else "",
    }
    return [
        {"label": label, "remove_url": _without(wanted, kept, name)}
        for name, label in labels.items()
        if label
    ]


def _without(wanted: ThreadFilter, kept: Mapping[str, str], name: str) -> str:
    left: dict[str, Any] = {key: value for key, value in kept.items() if key != name}
    if name == "su" and (word := _word(wanted)):
        left["su"] = word
    return url_for("forum.threads", **left)
