"""Descriptions in JSON Schemas: the texts below attributes, read when a schema is asked for."""

from typing import Generic, TypeVar

import pytest
from pydantic import Field, create_model

from tasks_service.core.documented import Documented, attribute_texts

T = TypeVar("T")


class Parent(Documented):
    host: str
    """Where
    to go."""
    port: int = 1
    """Of the parent."""
    quiet: bool = False


class Child(Parent):
    port: int = 2
    """Of the child."""
    since: str = Field("", serialization_alias="from")
    """The beginning."""
    own: str = Field("", description="Told by the field.")
    """Told by the text."""


class Box(Documented, Generic[T]):
    content: T
    """What is in it."""


def descriptions(model: type[Documented]) -> dict[str, str | None]:
    properties = model.model_json_schema(mode="serialization")["properties"]
    return {name: told.get("description") for name, told in properties.items()}


def test_texts_below_attributes_describe_them_and_those_of_the_child_come_first() -> None:
    assert descriptions(Child) == {
        "host": "Where\nto go.",
        "port": "Of the child.",
        "quiet": None,
        "from": "The beginning.",
        "own": "Told by the field.",
    }


@pytest.mark.parametrize("model", [Box[int], Box[str]])
def test_a_generic_model_is_described_whatever_is_in_it(model: type[Documented]) -> None:
    assert descriptions(model) == {"content": "What is in it."}


def test_a_model_within_a_function_or_another_model_is_described() -> None:
    class Local(Documented):
        class Inner(Documented):
            size: int
            """In bytes."""

        inner: Inner
        """All of it."""

    assert descriptions(Local) == {"inner": "All of it."}
    assert descriptions(Local.Inner) == {"size": "In bytes."}


def test_a_model_without_source_has_a_schema_without_descriptions() -> None:
    made = create_model("Made", __base__=Documented, __module__="nowhere", size=(int, ...))
    assert (descriptions(made), attribute_texts(made)) == ({"size": None}, {})
