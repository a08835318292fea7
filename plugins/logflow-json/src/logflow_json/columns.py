"""The columns of shredded records: which there are, their facts, and their Arrow arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from logflow import TextColumn, decode_columns, observe_columns
from logflow.errors import SchemaError
from logflow.ingest.schema.facts import TextFacts, TypedFacts
from logflow.ingest.schema.json_text import is_json_text
from logflow.ingest.schema.text import BadCell
from logflow.ingest.schema.types import parse_type
from logflow.interfaces.decoder import ColumnFacts
from logflow.options import DecodeOptions
from logflow_ext.json_tree import KINDS, Counts, Keep, Node, Tree
from logflow_json.facts import JsonFacts
from logflow_json.options import JsonLinesOptions

__all__ = ["OTHER", "Arrays", "Column", "columns_of", "facts_of", "kept"]

OTHER = "json"
"""The column of records that are no objects."""

_NO_OBJECTS = tuple(kind for kind in KINDS if kind != "objects")
_SCALARS = ("bools", "numbers", "strings")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: a node, and the kinds of its values that belong to the column."""

    node: Node
    kinds: tuple[str, ...] = KINDS

    @property
    def counts(self) -> Counts:
        """Those of the kinds that belong to the column."""
        counts = self.node.counts
        return counts._replace(**{kind: 0 for kind in KINDS if kind not in self.kinds})

    @property
    def present(self) -> list[str]:
        """The kinds of which there are values."""
        counts = self.counts
        return [kind for kind in self.kinds if getattr(counts, kind)]


def columns_of(tree: Tree, options: JsonLinesOptions) -> dict[str, Column]:
    """The columns by name, in the order of their appearance.

    Raises :exc:`~logflow.errors.SchemaError` where flattening gives two of them one name.
    """
    columns: dict[str, Column] = {}
    for name, column in _columns(tree.root, "", options.flatten):
        if name in columns:
            raise SchemaError(
                f"two columns are called {name!r} when objects are flattened: choose another "
                "separator (flatten)"
            )
        columns[name] = column
    if tree.root.counts.objects < tree.rows:
        if OTHER in columns:
            raise SchemaError(f"some records are no objects, and others have a key {OTHER!r}")
        columns[OTHER] = Column(tree.root, _NO_OBJECTS)
    return columns


def _columns(node: Node, prefix: str, separator: str | None) -> Iterator[tuple[str, Column]]:
    for key, child in node.children():
        name = prefix + key
        if separator is None or child.wide:
            yield name, Column(child)
            continue
        others = Column(child, _NO_OBJECTS)
        if others.present or child.counts.nulls:
            yield name, others
        yield from _columns(child, name + separator, separator)


def kept(schema: pa.Schema | None, options: DecodeOptions, flatten: str | None) -> list[Keep]:
    """How columns are kept: as declared texts, and as they are written where that is their type."""
    found: list[Keep] = [((name,), "texts") for name in options.columns or {}]
    for each in schema or ():
        if each.name in (options.columns or {}):
            continue
        path = each.name.split(flatten) if flatten else [each.name]
        found += _written((*path,), each)
        if each.name == OTHER:
            found += _written((), each)
    return found


def _written(path: tuple[str | None, ...], each: pa.Field) -> Iterator[Keep]:
    if is_json_text(each):
        yield path, "written"
    elif pa.types.is_struct(each.type):
        for child in each.type.fields:
            yield from _written((*path, child.name), child)
    elif pa.types.is_list(each.type):
        yield from _written((*path, None), each.type.value_field)


def facts_of(
    columns: Mapping[str, Column],
    tree: Tree,
    known: Mapping[int, TextFacts],
    options: DecodeOptions,
    json: JsonLinesOptions,
) -> dict[str, ColumnFacts]:
    """The facts of all columns; *known* are those of leaves by the identity of their node."""
    leaves = _Observer(tree, known, options, json)
    declared = options.columns or {}
    return {
        name: TypedFacts(parse_type(declared[name]), reason="declared")
        if name in declared
        else leaves.facts(column)
        for name, column in columns.items()
    }


@dataclass(slots=True)
class _Observer:
    tree: Tree
    known: Mapping[int, TextFacts]
    options: DecodeOptions
    json: JsonLinesOptions

    def facts(self, column: Column) -> JsonFacts:
        """The facts of a node and, unless its values are of several kinds, of what is in them."""
        node, present = column.node, column.present
        facts = JsonFacts(
            counts=column.counts,
            ambiguous=node.ambiguous,
            wide=node.wide,
            max_keys=self.json.max_keys,
            dates=self.json.dates,
        )
        if self.options.all_text:
            return facts
        items = node.items()
        if present == ["objects"]:
            fields = {key: self.facts(Column(child)) for key, child in node.children()}
            return replace(facts, fields=fields)
        if present == ["arrays"] and items is not None:
            return replace(facts, items=self.facts(Column(items)))
        if present == ["numbers"]:
            return replace(facts, numbers=self._text(column))
        if present == ["strings"] and self.json.dates:
            return replace(facts, strings=self._text(column))
        return facts

    def _text(self, column: Column) -> TextFacts:
        found = self.known.get(column.node.identity)
        if found is None:
            text = TextColumn(
                self.tree.text, column.node.cells(column.kinds), 0, 1, column.node.slots
            )
            [found] = observe_columns({"": text}, _plain(self.options)).values()  # type: ignore[assignment]
        assert isinstance(found, TextFacts)
        return found


def _plain(options: DecodeOptions) -> DecodeOptions:
    """JSON has a null of its own, and one way to write a number."""
    return replace(options, null_values=(), columns=None, decimal=None, thousands=None)


Made = Callable[[], pa.Array]


@dataclass(slots=True)
class Arrays:
    """Makes the arrays of a schema from columns.

    *drift* tells that some value is of another kind than the schema has; *bad* are the rows with
    a value that is not of its declared type; *known* the facts of leaves, by their nodes.
    """

    tree: Tree
    data: Any
    options: DecodeOptions
    drift: bool = False
    bad: dict[int, BadCell] = field(default_factory=dict)
    known: dict[int, TextFacts] = field(default_factory=dict)
    _leaves: dict[int, list[_Leaf]] = field(default_factory=dict)
    _read: dict[str, pa.Array] = field(default_factory=dict)

    def batch(self, columns: Mapping[str, Column], schema: pa.Schema) -> pa.RecordBatch | None:
        """The rows, those in *bad* too; nothing if there is drift."""
        self.drift = any(name not in schema.names for name in columns)
        makers = [
            self._column(columns.get(each.name), each, index) for index, each in enumerate(schema)
        ]
        if self.drift:
            return None
        for slots, leaves in self._leaves.items():
            self._convert(leaves, slots)
        arrays = [make() for make in makers]
        if not arrays:
            return pa.RecordBatch.from_struct_array(pa.array([{}] * self.tree.rows, pa.struct([])))
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _column(self, column: Column | None, each: pa.Field, index: int) -> Made:
        if column is None:
            return _nulls(self.tree.rows, each)
        if each.name in (self.options.columns or {}):
            return self._leaf(column, each, self.tree.text, declared=index)
        return self._array(column, each)

    def _array(self, column: Column, each: pa.Field) -> Made:
        present = column.present
        if not present:
            return _nulls(column.node.slots, each)
        if is_json_text(each):
            return self._leaf(column, each, self.data)
        if pa.types.is_struct(each.type):
            return self._struct(column, each) if present == ["objects"] else self._drifted(each)
        if pa.types.is_list(each.type):
            return self._list(column, each) if present == ["arrays"] else self._drifted(each)
        texts = self.options.all_text
        if not texts and not set(present) <= set(_kinds_of(each.type)):
            return self._drifted(each)
        return self._leaf(column, each, self.tree.text)

    def _drifted(self, each: pa.Field) -> Made:
        self.drift = True
        return _nulls(0, each)

    def _struct(self, column: Column, each: pa.Field) -> Made:
        node = column.node
        children = dict(node.children())
        if node.wide or not children.keys() <= {child.name for child in each.type.fields}:
            return self._drifted(each)
        makers = [
            self._array(Column(children[child.name]), child)
            if child.name in children
            else _nulls(node.slots, child)
            for child in each.type.fields
        ]
        nulls = node.slots - column.counts.objects
        validity = pa.py_buffer(node.validity("objects")) if nulls else None
        return lambda: pa.Array.from_buffers(
            each.type, node.slots, [validity], nulls, children=[make() for make in makers]
        )

    def _list(self, column: Column, each: pa.Field) -> Made:
        node = column.node
        items = node.items()
        item = each.type.value_field
        make = self._array(Column(items), item) if items else _nulls(0, item)
        nulls = node.slots - column.counts.arrays
        validity = pa.py_buffer(node.validity("arrays")) if nulls else None
        offsets = pa.py_buffer(node.offsets())
        return lambda: pa.Array.from_buffers(
            each.type, node.slots, [validity, offsets], nulls, children=[make()]
        )

    def _leaf(self, column: Column, each: pa.Field, data: Any, declared: int | None = None) -> Made:
        slots = column.node.slots
        leaves = self._leaves.setdefault(slots, [])
        name = each.name if declared is not None else f"\0{slots}\0{len(leaves)}"
        text = TextColumn(data, column.node.cells(column.kinds), 0, 1, slots)
        leaves.append(_Leaf(name, text, each, column, declared))
        return lambda: self._read[name]

    def _convert(self, leaves: Sequence[_Leaf], slots: int) -> None:
        """Type all leaves with as many slots at once."""
        declared = {leaf.name: str(leaf.field.type) for leaf in leaves if leaf.declared is not None}
        typed = decode_columns(
            {leaf.name: leaf.text for leaf in leaves},
            pa.schema([leaf.field.with_name(leaf.name) for leaf in leaves]),
            replace(_plain(self.options), columns=declared or None),
            rows=slots,
        )
        for leaf, array in zip(leaves, typed.batch.columns, strict=True):
            self._read[leaf.name] = array
            found = typed.facts[leaf.name]
            if isinstance(found, TextFacts):
                self.known[leaf.column.node.identity] = found
        numbers = {leaf.name: leaf.declared for leaf in leaves}
        for row, cell in typed.bad.items():
            index = numbers[cell.column]
            assert index is not None
            self.bad.setdefault(row, replace(cell, column_index=index))
        self.drift = self.drift or typed.drift


@dataclass(frozen=True, slots=True)
class _Leaf:
    name: str
    text: TextColumn
    field: pa.Field
    column: Column
    declared: int | None


def _nulls(rows: int, each: pa.Field) -> Made:
    return lambda: pa.nulls(rows, each.type)


def _kinds_of(kind: pa.DataType) -> tuple[str, ...]:
    """The kinds of values that are surely converted without a loss."""
    if pa.types.is_string(kind):
        return _SCALARS
    if pa.types.is_boolean(kind):
        return ("bools",)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return ("strings",)
    return ("numbers",)
