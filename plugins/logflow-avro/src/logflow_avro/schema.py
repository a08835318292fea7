"""Schemas of Avro (specification 1.12) compiled to Arrow types and the programs of the kernel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from logflow.errors import DecodeError
from logflow.ingest.schema.json_text import JSON_TEXT

__all__ = ["Compiled", "Field", "compiled"]

INT = (-(2**31), 2**31 - 1)
LONG = (-(2**63), 2**63 - 1)
DAY_MILLIS = 86_400_000
MOST_TYPES = 100_000
"""Types in a schema, those of a name counted wherever it stands."""
MOST_DEPTH = 100
"""Types inside each other."""

_PLAIN: dict[str, tuple[pa.DataType, tuple[Any, ...], int]] = {
    "null": (pa.null(), ("null",), 0),
    "boolean": (pa.bool_(), ("boolean",), 1),
    "int": (pa.int32(), ("int", *INT), 1),
    "long": (pa.int64(), ("long", *LONG), 1),
    "float": (pa.float32(), ("float",), 4),
    "double": (pa.float64(), ("double",), 8),
    "bytes": (pa.binary(), ("bytes",), 1),
    "string": (pa.string(), ("string",), 1),
}
_LOGICAL: dict[tuple[str, str], tuple[pa.DataType, tuple[Any, ...]]] = {
    ("int", "date"): (pa.date32(), ("int", *INT)),
    ("int", "time-millis"): (pa.time32("ms"), ("int", 0, DAY_MILLIS - 1)),
    ("long", "time-micros"): (pa.time64("us"), ("long", 0, DAY_MILLIS * 1000 - 1)),
    **{
        ("long", f"{local}timestamp-{name}"): (pa.timestamp(unit, zone), ("long", *LONG))
        for local, zone in (("", "UTC"), ("local-", None))
        for name, unit in (("millis", "ms"), ("micros", "us"), ("nanos", "ns"))
    },
}
_NUMBERS = ("int", "long", "float", "double")
_JSON_KINDS = {
    "null": "null",
    "boolean": "boolean",
    "int": "integer",
    "long": "integer",
    "float": "float32",
    "double": "float64",
    "bytes": "bytes",
    "string": "string",
}


class Typed(NamedTuple):
    """The Arrow type of a place in a schema, its program, and the least bytes of a value."""

    type: pa.DataType
    program: tuple[Any, ...]
    least: int
    metadata: Mapping[str, str] = {}

    def as_field(self, name: str) -> pa.Field:
        """A field of the type."""
        return pa.field(name, self.type, metadata=dict(self.metadata) or None)


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the table."""

    name: str
    typed: Typed


@dataclass(frozen=True, slots=True)
class Compiled:
    """The columns of a schema, and the types that become text of JSON."""

    fields: tuple[Field, ...]
    types: tuple[Any, ...]

    @property
    def least(self) -> int:
        """The bytes that a record has at least."""
        return sum(field.typed.least for field in self.fields)


def compiled(schema: Any) -> Compiled:
    """The columns of a schema: the fields of its record, or one called ``value``.

    Raises :exc:`~logflow.errors.DecodeError` for what is no schema.

    >>> [str(field.typed.type) for field in compiled({"type": "array", "items": "int"}).fields]
    ['list<item: int32>']
    """
    compiler = _Compiler()
    if isinstance(schema, dict) and schema.get("type") in ("record", "error"):
        fields = compiler.fields_of(schema, "")
    else:
        fields = (Field("value", compiler.typed(schema, "")),)
    return Compiled(fields, tuple(compiler.types))


def _bad(what: object, expected: str) -> DecodeError:
    return DecodeError(f"bad Avro schema: expected {expected}, found {str(what)[:80]!r}")


@dataclass(slots=True)
class _Compiler:
    """Walks a schema; *named* are the types that have a name, *open* the records around."""

    named: dict[str, Any] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    types: list[Any] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    count: int = 0
    depth: int = 0

    def typed(self, schema: Any, space: str) -> Typed:
        """The type of any schema in a namespace."""
        self.count += 1
        self.depth += 1
        if self.count > MOST_TYPES or self.depth > MOST_DEPTH:
            raise DecodeError(
                f"the Avro schema has more than {MOST_TYPES:,} types, or {MOST_DEPTH} of them "
                "inside each other"
            )
        try:
            if isinstance(schema, list):
                return self._union(schema, space)
            if isinstance(schema, str):
                return self._by_name(schema, space)
            if isinstance(schema, dict):
                return self._described(schema, space)
            raise _bad(schema, "a type")
        finally:
            self.depth -= 1

    def _by_name(self, name: str, space: str) -> Typed:
        if name in _PLAIN:
            return Typed(*_PLAIN[name])
        full = name if "." in name or not space else f"{space}.{name}"
        full = full if full in self.named else name
        if full not in self.named:
            raise _bad(name, "the name of a type")
        if full in self.open:
            return self._json(full, "")
        schema, inner = self.named[full]
        return self._described(schema, inner)

    def _described(self, schema: dict[str, Any], space: str) -> Typed:
        kind = schema.get("type")
        if isinstance(kind, (dict, list)):
            return self.typed(kind, space)
        if kind in ("record", "error"):
            return self._record(schema, space)
        if kind == "array":
            items = self.typed(schema.get("items"), space)
            return Typed(pa.list_(items.as_field("item")), ("array", items.program, items.least), 1)
        if kind == "map":
            values = self.typed(schema.get("values"), space)
            kind = pa.map_(pa.string(), values.as_field("value"))
            return Typed(kind, ("map", values.program, values.least), 1)
        if kind == "enum":
            self._name(schema, space)
            symbols = _strings(schema.get("symbols"), "the symbols of an enum")
            return Typed(pa.string(), ("enum", tuple(symbols)), 1)
        if kind == "fixed":
            self._name(schema, space)
            return self._fixed(schema)
        if not isinstance(kind, str):
            raise _bad(schema, "a type")
        return self._logical(schema, kind) or self._by_name(kind, space)

    def _logical(self, schema: dict[str, Any], kind: str) -> Typed | None:
        """A type with a logical one; unknown and invalid ones do not count, as is the rule."""
        logical = schema.get("logicalType")
        if kind == "bytes" and logical == "decimal":
            return _decimal(schema, -1)
        found = _LOGICAL.get((kind, str(logical)))
        return Typed(*found, 1) if found else None

    def _fixed(self, schema: dict[str, Any]) -> Typed:
        size = schema.get("size")
        if not isinstance(size, int) or not 0 <= size < 2**24:
            raise _bad(size, "the size of a fixed type")
        if schema.get("logicalType") == "decimal" and (found := _decimal(schema, size)):
            return found
        logical = schema.get("logicalType")
        metadata = {"avro:logicalType": str(logical)} if logical in ("duration", "uuid") else {}
        return Typed(pa.binary(size), ("fixed", size), size, metadata)

    def _name(self, schema: dict[str, Any], space: str) -> tuple[str, str]:
        """The full name of a type, and the namespace inside of it."""
        name = schema.get("name")
        if not isinstance(name, str):
            raise _bad(schema, "a type with a name")
        own = schema.get("namespace", space) or ""
        inner = name.rpartition(".")[0] if "." in name else str(own)
        full = name if "." in name or not inner else f"{inner}.{name}"
        self.named[full] = (schema, space)
        return full, inner

    def fields_of(self, schema: dict[str, Any], space: str) -> tuple[Field, ...]:
        """The fields of a record."""
        full, inner = self._name(schema, space)
        fields = schema.get("fields")
        if not isinstance(fields, list) or not all(isinstance(each, dict) for each in fields):
            raise _bad(fields, f"the fields of record {full}")
        names = _strings([each.get("name") for each in fields], "names of fields")
        if len(set(names)) < len(names):
            raise _bad(names, "fields with different names")
        self.open.append(full)
        found = tuple(
            Field(name, self.typed(each.get("type"), inner))
            for name, each in zip(names, fields, strict=True)
        )
        self.open.pop()
        return found

    def _record(self, schema: dict[str, Any], space: str) -> Typed:
        return _struct(self.fields_of(schema, space))

    def _union(self, schemas: list[Any], space: str) -> Typed:
        others = [each for each in schemas if each != "null"]
        nulls = len(schemas) - len(others)
        if not schemas or nulls > 1:
            raise _bad(schemas, "a union of different types")
        if not others:
            return Typed(pa.null(), ("nullable", ("null",), 0, 1), 1)
        if len(others) == 1:
            other = self.typed(others[0], space)
            null = schemas.index("null") if nulls else -1
            program = ("nullable", other.program, null, len(schemas))
            return Typed(other.type, program, 1, other.metadata)
        if all(each in _NUMBERS for each in others):
            wide = "double" if {"float", "double"} & set(others) else "long"
            return Typed(_PLAIN[wide][0], ("numbers", wide, tuple(schemas)), 1)
        return self._records(schemas, space) or self._json(schemas, space)

    def _records(self, schemas: list[Any], space: str) -> Typed | None:
        """The fields of all records, if they are that and a name is of one type in all of them."""
        if not all(
            each == "null" or (isinstance(each, dict) and each.get("type") == "record")
            for each in schemas
        ):
            return None
        merged: dict[str, Field] = {}
        branches: list[tuple[int, ...] | None] = []
        for schema in schemas:
            if schema == "null":
                branches.append(None)
                continue
            fields = self.fields_of(schema, space)
            for each in fields:
                if merged.setdefault(each.name, each).typed != each.typed:
                    return None
            order = list(merged)
            branches.append(tuple(order.index(each.name) for each in fields))
        struct = _struct(tuple(merged.values()))
        return Typed(struct.type, ("records", struct.program[1], tuple(branches)), 1)

    def _json(self, schema: Any, space: str) -> Typed:
        return Typed(pa.string(), ("json", self._type(schema, space)), 1, JSON_TEXT)

    def _type(self, schema: Any, space: str) -> int:
        """The number of a type that becomes text of JSON."""
        self.count += 1
        if self.count > MOST_TYPES:
            raise DecodeError(f"the Avro schema has more than {MOST_TYPES:,} types")
        if isinstance(schema, list):
            return self._add("choice", children=[(each, space) for each in schema])
        if isinstance(schema, str):
            if schema in _JSON_KINDS:
                return self._add(_JSON_KINDS[schema])
            full = schema if "." in schema or not space else f"{space}.{schema}"
            full = full if full in self.named else schema
            if full not in self.named:
                raise _bad(schema, "the name of a type")
            if full in self.numbers:
                return self.numbers[full]
            return self._type(*self.named[full])
        if not isinstance(schema, dict):
            raise _bad(schema, "a type")
        kind = schema.get("type")
        if isinstance(kind, (dict, list)):
            return self._type(kind, space)
        if kind in ("record", "error"):
            full, inner = self._name(schema, space)
            fields = schema.get("fields") or []
            names = _strings([each.get("name") for each in fields], "names of fields")
            inside = [(each.get("type"), inner) for each in fields]
            return self._add("record", names=names, children=inside, name=full)
        if kind in ("array", "map"):
            return self._add(
                kind, children=[(schema.get("items" if kind == "array" else "values"), space)]
            )
        if kind == "enum":
            full, _ = self._name(schema, space)
            return self._add("symbols", names=_strings(schema.get("symbols"), "symbols"), name=full)
        if kind == "fixed":
            full, _ = self._name(schema, space)
            self._fixed(schema)
            return self._add("fixed", width=schema["size"], name=full)
        return self._type(kind, space)

    def _add(
        self,
        kind: str,
        *,
        width: int = 0,
        names: Sequence[str] = (),
        children: Sequence[tuple[Any, str]] = (),
        name: str | None = None,
    ) -> int:
        number = len(self.types)
        if name is not None:
            self.numbers[name] = number
        self.types.append(None)
        inside = tuple(self._type(*child) for child in children)
        texts = tuple(json.dumps(each, ensure_ascii=False) for each in names)
        self.types[number] = (kind, width, texts, inside)
        return number


def _struct(fields: tuple[Field, ...]) -> Typed:
    kind = pa.struct([each.typed.as_field(each.name) for each in fields])
    programs = tuple(each.typed.program for each in fields)
    return Typed(kind, ("record", programs), sum(each.typed.least for each in fields))


def _decimal(schema: dict[str, Any], width: int) -> Typed | None:
    """A decimal, if its digits fit into a type of Arrow."""
    precision, scale = schema.get("precision"), schema.get("scale", 0)
    if not isinstance(precision, int) or not isinstance(scale, int):
        return None
    if not 0 < precision <= 76 or not 0 <= scale <= precision:
        return None
    bits = 128 if precision <= 38 else 256
    kind = pa.decimal128(precision, scale) if bits == 128 else pa.decimal256(precision, scale)
    return Typed(kind, ("decimal", bits, precision, width), max(width, 1) if width else 0)


def _strings(found: Any, what: str) -> list[str]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise _bad(found, what)
    return found
