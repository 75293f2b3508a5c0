"""Manifests as the database keeps them: JSON text, validated again when it is read."""

import json
from functools import lru_cache

from pydantic import ValidationError

from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.manifest import JobManifest


def dump_manifest(manifest: JobManifest) -> str:
    """A manifest as JSON text, defaults filled in."""
    return json.dumps(manifest.given(), separators=(",", ":"))


@lru_cache(maxsize=20_000)
def load_manifest(text: str) -> JobManifest:
    """The manifest of a stored text; ``StoreUnavailable`` where this version cannot read it.

    Answers are kept: every read of the inventory passes the same texts through here.
    """
    try:
        return JobManifest.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise StoreUnavailable(
            f"a stored manifest cannot be read: {'.'.join(map(str, first['loc']))}: {first['msg']}: {text[:80]}…",
            hint="it was written by another version of the service, or this machine lacks a time zone",
        ) from error
