"""Who may call a view: every view says so with one of these decorators, or the build fails.

``@public`` is open to all; ``@signed_in`` needs a member; ``@governed_by(policy, …)`` promises that
the view asks one of the named policies through ``authorise`` before it answers, and breaks the
request (a programming error) where it did not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import g
from werkzeug.exceptions import Forbidden, Unauthorized

from core.actor import VISITOR, Actor
from core.registry import registry

P = ParamSpec("P")
R = TypeVar("R")
Policy = Callable[..., bool]


@dataclass(frozen=True)
class Access:
    """What a view declared."""

    public: bool = False
    signed_in: bool = False
    policies: tuple[Policy, ...] = ()


def current_actor() -> Actor:
    """The actor of this request, put together at the first question."""
    actor = g.get("actor")
    if actor is None:
        actor = g.actor = registry().load_actor()
    return actor  # type: ignore[no-any-return]


def nobody_reads() -> None:
    """Go on as if a visitor read: for a page that must be shown while nobody can tell who reads."""
    g.actor = VISITOR
    g._login_user = None


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Declare that anybody may call the view; what it shows is limited by its queries."""
    view.__access__ = Access(public=True)  # type: ignore[attr-defined]
    return view


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Let only members in; visitors are led through sign-in and back."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if current_actor().is_visitor:
            raise Unauthorized()
        return view(*args, **kwargs)

    guarded.__access__ = Access(signed_in=True)  # type: ignore[attr-defined]
    return guarded


def governed_by(*policies: Policy) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the policies that the view asks; at least one must have been asked when it ends."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            answer = view(*args, **kwargs)
            if not _asked().intersection(policies):
                raise RuntimeError(f"{view.__name__} did not ask the policy that it declares")
            return answer

        guarded.__access__ = Access(policies=policies)  # type: ignore[attr-defined]
        return guarded

    return decorate


def authorise(policy: Policy, *about: Any) -> None:
    """Ask a policy; a visitor is led to sign-in, a member who may not gets 403."""
    actor = current_actor()
    if not permitted(policy, *about):
        raise Unauthorized() if actor.is_visitor else Forbidden()


def permitted(policy: Policy, *about: Any) -> bool:
    """Ask a policy without ending the request, for views that only show less."""
    _asked().add(policy)
    return policy(current_actor(), *about)


def _asked() -> set[Policy]:
    asked: set[Policy] | None = g.get("asked_policies")
    if asked is None:
        asked = g.asked_policies = set()
    return asked
