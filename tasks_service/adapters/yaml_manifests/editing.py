"""One document of a text changed in place: comments, order and quotes stay as somebody wrote them."""

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from tasks_service.adapters.yaml_manifests.writing import quoted, tidy
from tasks_service.core.manifest import JobManifest

_MARKER = re.compile(r"^(?:---|\.\.\.)(?=\s|$).*\n?", re.MULTILINE)
_INDENTS = ((2, 4, 2), (2, 2, 0), (4, 4, 2), (4, 6, 4), (4, 4, 0))
"""How people indent: mappings, sequences, and the dash within a sequence."""
_WIDE = 4096


class NotEditable(ValueError):
    """The text has no document that can be changed; the message says why."""


def edited(text: str, old: JobManifest, new: JobManifest) -> str:
    """The text with the document of ``old`` saying what ``new`` says; everything else stays byte by byte."""
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    begin, end = _span(plain, old.key)
    return (plain[:begin] + _changed(plain[begin:end], old, new) + plain[end:]).replace("\n", newline)


def _span(text: str, key: str) -> tuple[int, int]:
    """Where the document of a job begins and ends: a marker at the beginning of a line always parts two documents."""
    markers = [(m.start(), m.end()) for m in _MARKER.finditer(text)]
    begins, ends = [0, *(end for _, end in markers)], [*(start for start, _ in markers), len(text)]
    for begin, end in zip(begins, ends, strict=True):
        document = _loaded(_yaml(_INDENTS[0]), text[begin:end])
        if isinstance(document, CommentedMap) and str(document.get("job_id", "")).lower() == key:
            return begin, end
    raise NotEditable(f"it holds no document with job_id {key!r} that begins on a line of its own")


def _changed(text: str, old: JobManifest, new: JobManifest) -> str:
    yaml = _yaml(min(_INDENTS, key=lambda indent: _strangeness(text, indent)))
    document = _loaded(yaml, text)
    keys, lines = list(document), text.splitlines()
    rows = [document.lc.key(key)[0] for key in keys]
    _merge(document, old.given(), new.given(), tidy(new.given(), JobManifest), _Places(keys, rows, lines))
    return _dumped(yaml, document)


class _Places:
    """Where a new key may stand: beside no comment that is about the key that follows it."""

    def __init__(self, keys: list[str], rows: list[int], lines: list[str]) -> None:
        self._clean = [0, *(i for i, row in enumerate(rows) if i and _is_clean(lines, row)), len(keys)]

    def before(self, document: CommentedMap, key: str) -> int:
        """The index at which to insert a key, as near as may be to where the model has it."""
        order = list(JobManifest.model_fields)
        rank = order.index(key)
        ideal = sum(1 for present in document if present in order and order.index(present) < rank)
        later = [i for i in self._clean if i > 0] or [len(document)]
        return min(later, key=lambda i: (abs(i - ideal), i))


def _is_clean(lines: list[str], row: int) -> bool:
    above = lines[row - 1].strip() if 0 < row <= len(lines) else ""
    return bool(above) and not above.startswith("#")


def _merge(
    target: CommentedMap,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    short: Mapping[str, Any],
    places: _Places | None,
) -> None:
    """Carry what differs between ``old`` and ``new`` into ``target``; ``short`` is ``new`` without its defaults."""
    for key in [*new, *(k for k in old if k not in new)]:
        if key in old and key in new and old[key] == new[key]:
            continue
        if key not in short:
            target.pop(key, None)
        elif _same_kind(target.get(key), old.get(key), new[key]):
            _merge(target[key], old[key], new[key], short[key], None)
        elif key in target or places is None:
            target[key] = quoted(short[key], key)
        else:
            target.insert(places.before(target, key), key, quoted(short[key], key))


def _same_kind(written: Any, old: Any, new: Any) -> bool:
    """Whether a value is to be changed from within; a schedule of another kind is written anew."""
    if not (isinstance(written, CommentedMap) and isinstance(old, Mapping) and isinstance(new, Mapping)):
        return False
    return bool(old.get("trigger") == new.get("trigger"))


def _yaml(indent: tuple[int, int, int]) -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    mapping, sequence, offset = indent
    yaml.indent(mapping=mapping, sequence=sequence, offset=offset)
    return yaml


def _loaded(yaml: YAML, text: str) -> Any:
    try:
        return yaml.load(text)
    except YAMLError as error:
        raise NotEditable("it cannot be read as YAML") from error


def _dumped(yaml: YAML, document: Any) -> str:
    text = StringIO()
    yaml.dump(document, text)
    return text.getvalue()


def _strangeness(text: str, indent: tuple[int, int, int]) -> int:
    """How many lines a round trip with that indentation would change."""
    yaml = _yaml(indent)
    before, after = text.splitlines(), _dumped(yaml, _loaded(yaml, text)).splitlines()
    return sum(a != b for a, b in zip(before, after, strict=False)) + abs(len(before) - len(after))
