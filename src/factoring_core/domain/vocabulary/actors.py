"""Who acts, and what they may do."""

from enum import Enum

from attrs import frozen

from factoring_core.errors import AccessError


class Role(Enum):
    """Roles that configure; none of them implies billing."""

    ADMIN = "admin"
    PARTNER_ADMIN = "partner_admin"
    SUPPORT = "support"


class Right(Enum):
    """What one act asks of its actor."""

    READ = "read"
    BILLING = "billing"
    CONFIGURE = "configure"
    REVERSE = "reverse"
    """Reversing, undoing and clearing a doubt: billing and a configuring role."""


@frozen(kw_only=True)
class Actor:
    """A person or program on whose behalf something is done.

    ``subsidiaries`` is None for all of them.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    billing: bool = False
    subsidiaries: frozenset[str] | None = None

    @property
    def configures(self) -> bool:
        """Whether the actor has one of the configuring roles."""
        return bool(self.roles)

    def may(self, right: Right, subsidiary: str | None = None) -> bool:
        """Say whether the actor has *right*, for *subsidiary* when one is named."""
        if subsidiary is not None and not self.sees(subsidiary):
            return False
        if right is Right.READ:
            return True
        if right is Right.BILLING:
            return self.billing
        if right is Right.CONFIGURE:
            return self.configures
        return self.billing and self.configures

    def sees(self, subsidiary: str) -> bool:
        """Say whether *subsidiary* is within the actor's scope."""
        return self.subsidiaries is None or subsidiary in self.subsidiaries


EVERYBODY = Actor(name="local", roles=frozenset(Role), billing=True)
"""The caller of a set-up without actors: all rights."""

NEEDS = {
    Right.READ: "the right to read",
    Right.BILLING: "the permission `billing`",
    Right.CONFIGURE: "one of the roles admin, partner_admin, support",
    Right.REVERSE: "the permission `billing` and one of the roles admin, partner_admin, support",
}


def require(actor: Actor, right: Right, subsidiary: str | None = None) -> None:
    """Let the act pass, or refuse it by name.

    Raises:
        AccessError: the actor lacks *right*, or *subsidiary* is outside its scope.
    """
    if subsidiary is not None and not actor.sees(subsidiary):
        # The name is the caller's own word, so repeating it tells nothing new.
        raise AccessError(
            f"{actor.name} has no access to subsidiary {subsidiary}.",
            where={"actor": actor.name, "subsidiary": subsidiary},
        )
    if not actor.may(right):
        raise AccessError(
            f"{actor.name} lacks {NEEDS[right]}.",
            where={"actor": actor.name, "right": right.value},
        )
