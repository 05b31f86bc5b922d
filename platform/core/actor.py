"""Who is asking: the facts about a reader that every policy decides on.

An actor is put together once per request or job from what members and spaces know, and holds no
database object, so that policies stay pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Role(StrEnum):
    """What an administrator may grant to a member beyond the own affiliations."""

    COORDINATOR = "coordinator"
    EDITOR = "editor"
    EVALUATOR = "evaluator"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Actor:
    """A reader: ``member_id`` is None for a visitor.

    ``organisation_ids`` are bodies with an accepted affiliation that has not ended,
    ``contact_organisation_ids`` the ones among them whose contact person the actor is,
    ``space_ids`` the private spaces that are open to the actor now.
    """

    member_id: int | None = None
    roles: frozenset[Role] = frozenset()
    organisation_ids: frozenset[int] = frozenset()
    contact_organisation_ids: frozenset[int] = frozenset()
    space_ids: frozenset[int] = frozenset()
    language: str = field(default="it", compare=False)

    @property
    def is_visitor(self) -> bool:
        return self.member_id is None

    @property
    def is_verified(self) -> bool:
        """Whether an organisation has confirmed this member."""
        return bool(self.organisation_ids)

    def has(self, *roles: Role) -> bool:
        """Whether the actor holds any of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_administrator(self) -> bool:
        return Role.ADMINISTRATOR in self.roles

    @cached_property
    def audience(self) -> frozenset[str]:
        """The audience tokens of search documents that this actor may find."""
        tokens = {"public"}
        if self.member_id is not None:
            tokens.add(f"owner:{self.member_id}")
        tokens.update(f"space:{number}" for number in self.space_ids)
        tokens.update(f"organisation:{number}" for number in self.organisation_ids)
        tokens.update(f"role:{role}" for role in self.roles)
        return frozenset(tokens)


VISITOR = Actor()
SYSTEM = Actor(roles=frozenset(Role))
