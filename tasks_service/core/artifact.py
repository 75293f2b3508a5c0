"""Artifacts: files that a run leaves and that are kept with it."""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

ARTIFACT_LIMIT = 4 * 1024 * 1024
"""Bytes that a run may leave, unless the installation says else."""
MOST_ARTIFACTS = 100
_LONGEST_NAME = 100
_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]")


class Artifact(BaseModel):
    """A file on its way from a run to the store. Its content is base64, so that it fits into JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    encoded: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Self:
        """A file with these bytes."""
        return cls(name=name, encoded=base64.b64encode(content).decode())

    @property
    def content(self) -> bytes:
        """Its bytes; ``ValueError`` where they are none."""
        return base64.b64decode(self.encoded, validate=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptArtifact:
    """An artifact in the store, without its bytes."""

    name: str
    size: int
    """In bytes."""
    sha256: str
    at: datetime
    """When its run ended."""


def artifact_name(name: str) -> str:
    """A file's name made harmless: letters, digits, ``.``, ``_`` and ``-``, not hidden, and not too long."""
    plain = _UNUSUAL.sub("_", name)[:_LONGEST_NAME]
    return f"_{plain[1:]}" if plain.startswith(".") else plain
