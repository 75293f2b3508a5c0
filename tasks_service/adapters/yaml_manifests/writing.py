"""One document as YAML: a modeline for editors, keys in reading order, and nothing that goes without saying."""

import re
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from tasks_service.core.manifest import JobManifest
from tasks_service.core.shape import models_at, tags_of

SCHEMA = "../schemas/job.schema.json"
"""Where the schema lies, seen from a file directly below the directory of manifests."""
_BOOLEANS_OF_YAML_1_1 = frozenset({"y", "yes", "n", "no", "on", "off"})
_ODD_BREAKS = frozenset("\x85\u2028\u2029")
"""They end lines in YAML 1.1, and are lost where they are not written as escapes."""
_WIDE = 4096
"""Lines are not broken: a folded command is hard to read and hard to search."""


_LINES = re.compile(r"\S[^\n]*(?:\n[^\n]+)+\n?")


def written(document: Mapping[str, Any], schema: str = SCHEMA, header: Iterable[str] = ()) -> str:
    """The YAML text of a document, with a final newline. ``header``: lines of a comment above it."""
    return opening(schema, header) + dumped(tidy(document, JobManifest))


def opening(schema: str, header: Iterable[str]) -> str:
    """What stands above a document: the modeline, by which editors find the schema, and a comment."""
    remarks = comment(header)
    return f"# yaml-language-server: $schema={schema}\n" + (f"\n{remarks}\n" if remarks else "")


def comment(lines: Iterable[str]) -> str:
    """Lines as a comment, without characters that no YAML may hold."""
    shown = ("".join(c if c.isprintable() else "�" for c in line) for line in lines)
    return "".join(f"# {line}".rstrip() + "\n" for line in shown)


def dumped(value: Mapping[str, Any], *, flow: bool = False) -> str:
    """Plain data as YAML. ``flow``: innermost lists and mappings on one line."""
    yaml = YAML()
    yaml.width = _WIDE
    yaml.default_flow_style = None if flow else False
    yaml.indent(mapping=2, sequence=4, offset=2)
    block = CommentedMap(quoted(value))
    block.fa.set_block_style()
    text = StringIO()
    yaml.dump(block, text)
    return text.getvalue()


def tidy(document: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """A mapping in the order of its model, without the keys that only repeat a default."""
    defaults = model.model_construct().model_dump(mode="json", exclude_none=True)
    short: dict[str, Any] = {}
    for key in [*(k for k in _order(model) if k in document), *(k for k in document if k not in model.model_fields)]:
        value = document[key]
        inner = _model_of(value, model, key)
        if inner and isinstance(value, Mapping):
            value = tidy(value, inner)
        if value != defaults.get(key, _NO_DEFAULT) and (value != {} or key not in defaults):
            short[key] = value
    return short


_NO_DEFAULT = object()


def _order(model: type[BaseModel]) -> list[str]:
    """A schedule's trigger and own keys come before those that all schedules share."""
    own = model.__annotations__ if tags_of(model) else {}
    return sorted(model.model_fields, key=lambda name: name not in own)


def _model_of(value: Any, model: type[BaseModel], key: str) -> type[BaseModel] | None:
    members = models_at(model, (key,))
    if members == [model] or not isinstance(value, Mapping):
        return None
    tagged = [m for m in members if any(tag in value.values() for tag in tags_of(m))]
    return (tagged or members)[0]


def quoted(value: Any, key: str = "") -> Any:
    """A value with quotes where a reader of YAML 1.1 sees a boolean or a line's end, and around cron expressions."""
    if isinstance(value, Mapping):
        return {k: quoted(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [quoted(v) for v in value]
    if isinstance(value, str) and (
        key == "expression" or value.lower() in _BOOLEANS_OF_YAML_1_1 or not _ODD_BREAKS.isdisjoint(value)
    ):
        return DoubleQuotedScalarString(value)
    if isinstance(value, str) and _LINES.fullmatch(value) and all(line.isprintable() for line in value.split("\n")):
        return LiteralScalarString(value)
    return value
