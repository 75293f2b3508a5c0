"""The principal: who makes a request, as far as the service can know."""

from dataclasses import dataclass

from starlette.types import Scope

ADMIN = "admin"
"""The name of the one admin key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller. ``keyed`` means that a key or a session proves the name."""

    name: str
    keyed: bool

    def acting_as(self, claimed: str) -> str:
        """The actor of a write: the key's name wins over what the body claims."""
        return self.name if self.keyed or not claimed else claimed


def anonymous(scope: Scope) -> Principal:
    """Somebody without a key, named by address."""
    return Principal(name=f"anonymous@{address_of(scope)}", keyed=False)


def address_of(scope: Scope) -> str:
    """The address a request comes from; ``local`` where the transport has none."""
    client = scope.get("client")
    return str(client[0]) if client else "local"


def principal_of(scope: Scope) -> Principal:
    """The principal that the authentication found; without it, nobody in particular."""
    found = scope.get("state", {}).get("principal")
    return found if isinstance(found, Principal) else anonymous(scope)
