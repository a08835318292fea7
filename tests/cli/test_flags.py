"""Flags say what options classes say, and the environment sets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import click
import pytest

from logflow.cli.convert import convert
from logflow.cli.flags import Spec, combined, given, specs
from logflow.cli.format_flags import FormatFlags, given_for_format
from logflow.errors import OptionError
from logflow.options import DecodeOptions, RunOptions, build, names, option
from logflow.records import DecoderRecord


@dataclass(frozen=True, kw_only=True)
class Everything:
    text: str | None = option(None, "Text.")
    switch: bool = option(False, "Switch.", aliases=("-s",))
    either: bool | None = option(None, "Either.")
    number: int = option(3, "Number.")
    size: int = option(1 << 20, "Size.", unit="bytes")
    odd_size: int | None = option(1000, "Size.", unit="bytes")
    part: float | None = option(None, "Part.")
    choice: Literal["a", "b"] | None = option(None, "Choice.", aliases=("-c", "--bee=b"))
    many: tuple[str, ...] = option(("x", "y"), "Many.")
    types: Mapping[str, str] | None = option(None, "Types.")


BY_NAME = {spec.name: spec for spec in specs(Everything)}


@pytest.mark.parametrize(
    ("name", "signature", "default"),
    [
        ("text", "--text TEXT", ""),
        ("switch", "--switch, -s", ""),
        ("either", "--either / --no-either", ""),
        ("number", "--number N", "3"),
        ("size", "--size SIZE", "1 MiB"),
        ("odd_size", "--odd-size SIZE", "1000"),
        ("part", "--part NUMBER", ""),
        ("choice", "--choice, -c [a|b]; --bee for b", ""),
        ("many", "--many TEXT,…", "x, y"),
        ("types", "--types NAME:TYPE,…", ""),
    ],
)
def test_a_field_as_a_flag(name: str, signature: str, default: str) -> None:
    assert (BY_NAME[name].signature, BY_NAME[name].shown_default) == (signature, default)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("many", ["a,b", "c"], ("a", "b", "c")),
        ("many", [""], ("",)),
        ("types", ["a:int64,b:string"], ("a:int64", "b:string")),
        ("types", ["a:decimal128(10, 2),b:bool"], ("a:decimal128(10, 2)", "b:bool")),
        ("types", ["a:timestamp[us, UTC]", "b:bool"], ("a:timestamp[us, UTC]", "b:bool")),
    ],
)
def test_lists_in_parts(name: str, values: list[str], expected: tuple[str, ...]) -> None:
    assert combined(BY_NAME[name], values) == expected


def parsed(*arguments: str) -> dict[str, Any]:
    """The options that ``convert`` would hand to the engine."""
    ctx = convert.make_context("convert", [*arguments, "a", "b"])
    return given(ctx) | given_for_format(ctx)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {}),
        (["--threads", "3"], {"threads": "3"}),
        (["--strict"], {"errors": "strict"}),
        (["--ignore-errors"], {"errors": "permissive"}),
        (["--store-rejects"], {"errors": "quarantine"}),
        (["--decimal-comma"], {"decimal": ","}),
        (["--prefer-dmy"], {"date_order": "dmy"}),
        (["-I"], {"all_text": True}),
        (["--tabs", "-H"], {"delimiter": "tab", "header": "no"}),
        (["-t", "--no-header-row"], {"delimiter": "tab", "header": "no"}),
        (["--null-padding"], {"ragged": "pad"}),
        (["-j3"], {"threads": "3"}),
        (["--force"], {"force": True}),
        (["--overwrite"], {"force": True}),
        (["--no-force"], {"force": False}),
        (["--all-varchar"], {"all_text": True}),
        (["--null-value=NA", "--null-value", "-"], {"null_values": ("NA", "-")}),
        (["--null-values", "NA,-"], {"null_values": ("NA", "-")}),
        (["--types", "a:int64"], {"columns": ("a:int64",)}),
        (["--chunk-bytes", "64MB"], {"chunk_bytes": "64MB"}),
        (["-d", ";"], {"delimiter": ";"}),
        (["-d;"], {"delimiter": ";"}),
        (["--delimiter=;"], {"delimiter": ";"}),
        (["--sep", "-"], {"delimiter": "-"}),
        (["--no-header"], {"header": False}),
        (["--names=a,b"], {"names": ("a", "b")}),
        (["--names", "a", "--names", "b"], {"names": ("a", "b")}),
        (["--sink", "compression=zstd"], {}),
        (["--", "-d"], {}),
    ],
)
def test_flags_become_options(arguments: list[str], expected: dict[str, Any]) -> None:
    assert parsed(*arguments) == expected
    for cls in (DecodeOptions, RunOptions):
        build(cls, {name: expected[name] for name in names(cls) if name in expected})


@pytest.mark.parametrize(
    ("environment", "arguments", "expected"),
    [
        ({"LOGFLOW_CONVERT_THREADS": "2"}, [], {"threads": "2"}),
        ({"LOGFLOW_THREADS": "2"}, [], {"threads": "2"}),
        ({"LOGFLOW_THREADS": "2", "LOGFLOW_CONVERT_THREADS": "3"}, [], {"threads": "3"}),
        ({"LOGFLOW_CONVERT_THREADS": "2"}, ["--threads", "4"], {"threads": "4"}),
        ({"LOGFLOW_FORCE": "1"}, [], {"force": True}),
        ({"LOGFLOW_FORCE": "1"}, ["--no-force"], {"force": False}),
        ({"LOGFLOW_NULL_VALUES": "no value,-"}, [], {"null_values": ("no value", "-")}),
        ({"LOGFLOW_DELIMITER": ";"}, [], {"delimiter": ";"}),
        ({"LOGFLOW_DELIMITER": ";", "LOGFLOW_CONVERT_DELIMITER": "|"}, [], {"delimiter": "|"}),
        ({"LOGFLOW_CONVERT_DELIMITER": ";"}, ["-d|"], {"delimiter": "|"}),
        ({"LOGFLOW_HEADER": "no"}, [], {"header": "no"}),
        ({"LOGFLOW_NAMES": "a,b"}, [], {"names": ("a", "b")}),
        ({"LOGFLOW_HEAD_DELIMITER": ";", "LOGFLOW_DEBUG": "1", "LOGFLOW_X": "1"}, [], {}),
    ],
)
def test_the_environment_sets_flags(
    environment: dict[str, str],
    arguments: list[str],
    expected: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert parsed(*arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--delimeter", ";"], "did you mean --delimiter, for reading csv"),
        (["--compression", "zstd"], "belongs to the writing side: --sink compression=…"),
        (["--row-group-row", "5"], "did you mean --sink row_group_rows=…, of the writing side?"),
        (["--thread", "5"], "did you mean --threads?"),
        (["--skip_lines", "5"], "did you mean --skip-lines, for reading csv"),
        (["--xyzzy"], "no option --xyzzy: --help shows"),
        (["-Z"], "no option -Z"),
        (["--delimiter"], "--delimiter needs a value: TEXT"),
        (["--no-header=1"], "--no-header takes no value"),
    ],
)
def test_an_unknown_flag_is_explained(arguments: list[str], words: str) -> None:
    with pytest.raises(OptionError) as caught:
        convert.make_context("convert", ["a", "b", *arguments])
    assert words in str(caught.value)


def test_every_common_flag_has_help() -> None:
    ctx = click.Context(convert)
    for param in convert.get_params(ctx):
        if isinstance(param, click.Option):
            assert param.help, param.name


def test_no_flag_means_two_things() -> None:
    flags = [flag for param in convert.get_params(click.Context(convert)) for flag in param.opts]
    assert len(flags) == len(set(flags))


def test_specs_keep_the_order_of_the_class() -> None:
    assert [spec.name for spec in specs(RunOptions)] == [f.name for f in fields(RunOptions)]
    assert all(isinstance(spec, Spec) for spec in specs(RunOptions))


@dataclass(frozen=True, kw_only=True)
class OneOptions:
    mark: str | None = option(None, "What one format says.", aliases=("-m", "-x"))
    deep: bool | None = option(None, "A switch.")


@dataclass(frozen=True, kw_only=True)
class OtherOptions:
    mark: str | None = option("|", "What the other says.", aliases=("-m",))
    deep: int = option(1, "A number.")
    width: int = option(1, "Width.", aliases=("-x",))


class TwoFormats:
    """A registry with two formats."""

    def records(self, kind: str) -> list[DecoderRecord]:
        return [
            DecoderRecord(name=name, factory="x:x", options=f"{__name__}:{cls}")
            for name, cls in (("one", "OneOptions"), ("other", "OtherOptions"))
        ]

    def load(self, reference: str, record: object) -> object:
        return globals()[reference.partition(":")[2]]


@pytest.mark.parametrize("flag", ["--mark", "-m"])
def test_formats_share_an_option(flag: str) -> None:
    found = FormatFlags(TwoFormats()).find(flag, ())  # type: ignore[arg-type]
    assert (found.option, found.formats) == ("mark", ["one", "other"])


@pytest.mark.parametrize(
    ("flag", "meanings"),
    [
        ("-x", "-x could be --mark TEXT for one or --width N for other"),
        ("--deep", "--deep could be --deep for one or --deep N for other"),
    ],
)
def test_formats_that_mean_different_things(flag: str, meanings: str) -> None:
    with pytest.raises(OptionError) as caught:
        FormatFlags(TwoFormats()).find(flag, ())  # type: ignore[arg-type]
    assert str(caught.value) == meanings
