"""What differs between two versions of a manifest, field by field."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tasks_service.core.document import canonical
from tasks_service.core.manifest import JobManifest
from tasks_service.core.masking import MASK
from tasks_service.core.secret import REFERENCE

_SECRET_NAME = re.compile(r"secret|token|passw|passphrase|authori[sz]ation|cookie|credential|api.?key|private", re.I)
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field that differs. The values are JSON for reading: cut where they are long, empty where there is none.

    A value that may be a secret, judged by the field's name, is masked; a reference to one is shown.
    """

    field: str
    """Its path in the document, such as ``policy.retry.attempts``."""
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.field}: {self.before or 'absent'} → {self.after or 'absent'}"


def field_changes(old: JobManifest, new: JobManifest) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order of the document."""
    if old.digest == new.digest:
        return ()
    before, after = (dict(_leaves("", m.model_dump(mode="json"))) for m in (old, new))
    return tuple(
        FieldChange(field=field, before=_shown(field, before), after=_shown(field, after))
        for field in dict.fromkeys((*before, *after))
        if _text(field, before) != _text(field, after) and not _filled(field, before, after)
    )


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Everything in a document that is no mapping, with its path. What is absent has no leaf."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), part)
    elif value is not None:
        yield path, value


def _filled(field: str, *sides: Mapping[str, Any]) -> bool:
    """Whether the field is an empty mapping on one side and has parts on the other, which are told themselves."""
    return any(name.startswith(f"{field}.") for leaves in sides for name in leaves)


def _text(field: str, leaves: Mapping[str, Any]) -> str:
    return canonical(leaves[field]) if field in leaves else ""


def _shown(field: str, leaves: Mapping[str, Any]) -> str:
    text = _text(field, leaves)
    if text and _SECRET_NAME.search(field.rpartition(".")[2]) and not _only_references(leaves[field]):
        return MASK
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _only_references(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and not REFERENCE.sub("", value).strip())
