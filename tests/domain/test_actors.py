"""Who may do what: no role implies billing, and nothing outside the actor's scope."""

import pytest

from factoring_core.domain.vocabulary.actors import EVERYBODY, Actor, Right, Role, require
from factoring_core.errors import AccessError

CLERK = Actor(name="dana", billing=True, subsidiaries=frozenset({"east"}))
ADMIN = Actor(name="kim", roles=frozenset({Role.ADMIN}))
BOTH = Actor(name="lee", roles=frozenset({Role.SUPPORT}), billing=True)


@pytest.mark.parametrize(
    ("actor", "rights"),
    [
        (CLERK, {Right.READ, Right.BILLING}),
        (ADMIN, {Right.READ, Right.CONFIGURE}),
        (BOTH, set(Right)),
        (EVERYBODY, set(Right)),
    ],
)
def test_rights_follow_from_billing_and_the_configuring_roles(actor: Actor, rights: set[Right]) -> None:
    assert rights == {right for right in Right if actor.may(right)}


def test_nothing_is_allowed_outside_the_scope() -> None:
    assert CLERK.may(Right.BILLING, "east")
    assert not any(CLERK.may(right, "west") for right in Right)
    with pytest.raises(AccessError, match="no access to subsidiary west") as caught:
        require(CLERK, Right.READ, "west")
    assert caught.value.where == {"actor": "dana", "subsidiary": "west"}


def test_a_lacking_right_is_named() -> None:
    with pytest.raises(AccessError, match="lacks one of the roles admin") as caught:
        require(CLERK, Right.CONFIGURE, "east")
    assert caught.value.where == {"actor": "dana", "right": Right.CONFIGURE.value}
    require(CLERK, Right.BILLING, "east")
