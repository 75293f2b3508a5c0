"""The options: what the API must know of the installation, given by the composition root."""

import logging
from dataclasses import dataclass, field

from tasks_service.core.masking import Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the service listens, and what protects it."""

    version: str
    secret_key: str = field(repr=False)
    """Signs sessions. Where it changes, everybody signs in again."""
    key: str = field(default="", repr=False)
    """The admin key; empty where the service runs without keys."""
    webhook_secret: str = field(default="", repr=False)
    """What webhooks are signed with; empty where none is accepted."""
    public: bool = False
    """Whether the service listens on anything but loopback."""
    request_level: int = logging.INFO
    """At which a request that was served is logged."""
    details: Mask | None = None
    """In development: masks the secrets in the stack of an unexpected error, which is then told. None tells none."""
    hosts: frozenset[str] = frozenset()
    """Further names that a loopback listener answers to, lower case, without port."""

    @property
    def keys_on(self) -> bool:
        """Whether a key is needed."""
        return bool(self.key)

    @property
    def trusted(self) -> bool:
        """Whether callers may define jobs that run commands or call addresses."""
        return self.keys_on or not (self.public or self.hosts)
