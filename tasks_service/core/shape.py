"""The shape of a document model: which keys it knows at which place."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from tasks_service.core.diagnostics import Loc


def models_at(model: type[BaseModel], loc: Loc) -> list[type[BaseModel]]:
    """The models of which one describes the value at ``loc``; tags of unions in ``loc`` narrow the choice."""
    models = [model]
    for part in loc:
        inner = [m for outer in models for m in _models_under(outer, part)]
        tagged = [m for m in models if part in tags_of(m)]
        models = inner or tagged or models
    return models


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys of a model, as a document spells them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def places_of(key: str, model: type[BaseModel], prefix: Loc = ()) -> Iterator[Loc]:
    """Everywhere below ``model`` where ``key`` is known."""
    for name, field in model.model_fields.items():
        place = (*prefix, field.alias or name)
        if place[-1] == key:
            yield place
        for inner in _models_in(field.annotation):
            yield from places_of(key, inner, place)


def tags_of(model: type[BaseModel]) -> list[str]:
    """The constants that tell a member of a tagged union from its siblings."""
    return [
        value
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
        for value in get_args(field.annotation)
    ]


def _models_under(model: type[BaseModel], key: str | int) -> list[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return _models_in(field.annotation)
    return []


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and not get_origin(annotation):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
