"""Models whose attributes are described by the texts below them, as this project writes them.

Pydantic can read these texts when a class is made, and takes a sixth of the start of every process for it; here they
are read when somebody asks for a JSON Schema.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Documented(BaseModel):
    """A model that tells in its JSON Schema what the text below each attribute says."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """As pydantic writes it, with these descriptions; one that a field gives itself comes first."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in attribute_texts(cls).items():
            field = cls.model_fields.get(name)
            spelt = {name, field.alias, field.serialization_alias} if field else set()
            for key in spelt & properties.keys():
                properties[key].setdefault("description", text)
        return schema


def attribute_texts(model: type[Documented]) -> dict[str, str]:
    """The texts below the attributes of a model and of what it inherits from, by the attributes' names."""
    texts: dict[str, str] = {}
    for kind in reversed([kind for kind in model.__mro__ if issubclass(kind, Documented)]):
        texts |= _in_module(kind.__module__).get(kind.__qualname__, {})
    return texts


@cache
def _in_module(name: str) -> dict[str, dict[str, str]]:
    """The texts of all classes of a module, by the classes' names; none where there is no source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[name]))
    except (KeyError, OSError, TypeError, SyntaxError):
        return {}
    return dict(_in_classes(tree, ""))


def _in_classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
    for child in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(child, ast.ClassDef):
            yield f"{prefix}{child.name}", dict(_below_attributes(child))
            inner = f"{prefix}{child.name}."
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = f"{prefix}{child.name}.<locals>."
        yield from _in_classes(child, inner)


def _below_attributes(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, following in zip(node.body, node.body[1:], strict=False):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
            case _:
                pass
