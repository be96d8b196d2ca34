"""What may stand at each place of a declaration, in words: read off the models of `schema`.

So that a fault can say what was expected, and name the nearest known key, from the same source
that decides what is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from daccord.declaration.rules import Expected
from daccord.declaration.schema import File

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daccord.declaration.places import Loc

_SCALARS: Final[dict[object, str]] = {
    bool: "true or false",
    int: "a whole number from 1 to 1000000",
    str: "a text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What may stand at one place.

    ``keys`` are those of a table, ``each`` what stands in an array, or in a table whose keys are
    languages. ``example`` is the first one of the key's description.
    """

    words: str
    keys: Mapping[str, Shape] = field(default_factory=dict)
    each: Shape | None = None
    choices: tuple[str, ...] = ()
    example: object = None


@cache
def root_shape() -> Shape:
    """The shape of the whole file."""
    return _shape(File, ())


def shape_at(loc: Loc) -> Shape | None:
    """The shape of what stands at ``loc``; ``None`` where nothing may stand."""
    shape: Shape | None = root_shape()
    for part in loc:
        if shape is None:
            return None
        shape = shape.keys.get(part, shape.each) if isinstance(part, str) else shape.each
    return shape


def _shape(annotation: Any, metadata: tuple[object, ...], example: object = None) -> Shape:  # noqa: ANN401 # an annotation
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _shape(inner, (*more, *metadata), example)
    expected = next((each for each in metadata if isinstance(each, Expected)), None)
    if expected is not None:
        each = Shape(words=expected.each) if expected.each else None
        return Shape(words=expected.words, choices=expected.choices, each=each, example=example)
    if get_origin(annotation) in {Union, UnionType}:
        (inner,) = (each for each in get_args(annotation) if each is not NoneType)
        return _shape(inner, metadata, example)
    return _shape_of_type(annotation, example)


def _shape_of_type(annotation: Any, example: object) -> Shape:  # noqa: ANN401 # an annotation
    if get_origin(annotation) is list:
        return _shape_of_array(get_args(annotation)[0], example)
    if get_origin(annotation) is Literal:
        return _shape_of_choices(get_args(annotation), example)
    if issubclass(annotation, Enum):
        return _shape_of_choices(tuple(each.value for each in annotation), example)
    if issubclass(annotation, BaseModel):
        keys = {
            key: _shape(info.annotation, tuple(info.metadata), (info.examples or [None])[0])
            for key, info in annotation.model_fields.items()
        }
        return Shape(words=f"a table with {', '.join(keys)}", keys=keys)
    return Shape(words=_SCALARS[annotation], example=example)


def _shape_of_array(item: Any, example: object) -> Shape:  # noqa: ANN401 # an annotation
    each = _shape(item, ())
    if each.keys:
        return Shape(words="an array of tables", each=each)
    return Shape(words=f"an array, each {each.words}", each=each, example=example)


def _shape_of_choices(values: tuple[object, ...], example: object) -> Shape:
    if len(values) == 1:
        return Shape(words=str(values[0]), example=values[0])
    words = "one of " + ", ".join(f'"{value}"' for value in values)
    return Shape(words=words, choices=tuple(map(str, values)), example=example)
