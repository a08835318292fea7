"""``detect``, ``head``, ``schema``, ``plugins``, ``formats``, ``doctor``: what they show."""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from logflow.cli import doctor
from logflow.cli.exits import Exit
from logflow.plugins import load_plugins
from logflow.version import __version__

Program = Callable[..., Any]


def test_detect_tells_what_and_why(folder: Path, logflow: Program) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress(b"id;name\n1;Ada\n2;Zo\xc3\xab\n"))
    ran = logflow("detect", "a.csv.gz")
    assert (ran.status, ran.err) == (Exit.CLEAN, "")
    first, *rest = ran.out.splitlines()
    assert first.startswith("a.csv.gz (")
    findings = [line.split(maxsplit=2) for line in rest]
    labels = {words[0]: words[1] for words in findings}
    assert labels["compression"] == "gzip"
    assert labels["format"] == "csv"
    assert labels["encoding"] == "utf-8"
    assert labels["delimiter"] == "';'"
    assert labels["header"] == "yes"
    assert all(len(words) == 3 for words in findings[:3]), "each finding has a reason"


def test_detect_explains(folder: Path, logflow: Program) -> None:
    out = logflow("detect", "--explain", "clean.csv").out
    assert "because" in out
    candidates = out.partition("\n\n")[2].splitlines()
    assert candidates[0].split() == ["candidate", "evidence", "score", "reason"]
    assert candidates[1].split()[:2] in (["csv", "structure"], ["csv", "hint"])


def test_detect_names_the_members_of_an_archive(folder: Path, logflow: Program) -> None:
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("one.csv", "a,b\n1,2\n3,4\n")
        archive.writestr("two.csv", "a,b\n1,2\n3,4\n")
    out = logflow("detect", "a.zip").out
    assert "members      one.csv, two.csv" in out
    assert "archive      zip" in out


def test_detect_as_json_is_a_line_a_source(folder: Path, logflow: Program) -> None:
    ran = logflow("detect", "--json", "clean.csv", "damaged.csv")
    first, second = map(json.loads, ran.out.splitlines())
    assert first["location"] == "clean.csv"
    assert first["format"]["name"] == "csv"
    assert first["dialect"]["names"] == ["id", "name"]
    assert first["dialect"]["reasons"]
    assert second["location"] == "damaged.csv"


@pytest.mark.usefixtures("gone")
def test_detect_fails_where_nothing_reads_it(folder: Path, logflow: Program) -> None:
    (folder / "data.gone").write_bytes(b"%GONE")
    ran = logflow("detect", "data.gone", "clean.csv")
    assert ran.status == Exit.FAILED
    assert ran.lines == [
        "logflow: data.gone is a file of Gone (magic `%GONE`), which needs logflow-gone: "
        f"`pip install logflow-gone=={__version__}`"
    ]
    assert "clean.csv (" in ran.out, "what comes after it is looked at"


HEADING = "types are of the rows shown; logflow schema reads them all\n"


def test_head_is_tab_separated_text(folder: Path, logflow: Program) -> None:
    (folder / "a.csv").write_bytes(b'n,text\n1,"a\tb"\n2,"c\nd"\n,\n')
    ran = logflow("head", "a.csv")
    assert ran.out == "n\ttext\n1\ta\\tb\n2\tc\\nd\n\t\n"
    assert ran.err == HEADING
    assert logflow("head", "-n", "1", "-q", "a.csv").out == "n\ttext\n1\ta\\tb\n"


def test_head_as_json_lines(folder: Path, logflow: Program) -> None:
    (folder / "a.csv").write_bytes(b"n,day,part,flag,text\n1,2024-02-29,0.5,true,x\n,,,,\n")
    ran = logflow("head", "--json", "a.csv")
    assert [json.loads(line) for line in ran.out.splitlines()] == [
        {"n": 1, "day": "2024-02-29", "part": 0.5, "flag": True, "text": "x"},
        {"n": None, "day": None, "part": None, "flag": None, "text": None},
    ]


def test_head_warns_of_rejects(folder: Path, logflow: Program) -> None:
    ran = logflow("head", "damaged.csv")
    assert ran.out == "id\tname\n1\tAda\n4\tEdsger\n"
    assert ran.lines[0] == (
        "logflow: warning: 2 of the first 5 records were rejected; the first one: "
        "damaged.csv, record 3, line 3, byte 14: expected 2 fields, found 1"
    )


def test_head_is_a_table_on_a_terminal(
    folder: Path, logflow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out = logflow("head", "--no-color", "clean.csv").out
    assert "int64" in out
    assert "│  1   │  Ada" in out or "│ Ada" in out
    assert "\x1b[3" not in out


def test_schema_is_by_all_values(folder: Path, logflow: Program) -> None:
    rows = b"".join(b"%d,%d\n" % (i, i) for i in range(500))
    (folder / "a.csv").write_bytes(b"n,code\n" + rows + b"7,007\n")
    ran = logflow("schema", "a.csv", "--chunk-rows", "100")
    assert (ran.status, ran.err) == (Exit.CLEAN, "")
    lines = [line.split(maxsplit=2) for line in ran.out.splitlines()]
    assert [line[:2] for line in lines] == [["n", "int64"], ["code", "string"]]
    assert "502" in lines[1][2], "the record that decided it"
    found = json.loads(logflow("schema", "--json", "a.csv").out)
    assert [column["type"] for column in found] == ["int64", "string"]


def test_plugins_lists_what_is_installed(logflow: Program) -> None:
    ran = logflow("plugins")
    header, *lines = ran.out.splitlines()
    assert header.split() == ["name", "distribution", "version", "status", "offers"]
    found = {line.split()[0]: line for line in lines}
    assert found["csv"].split()[1:4] == ["logflow-csv", __version__, "active"]
    assert "decoders csv, tsv" in found["csv"]
    assert "executors threads, processes" in found["defaults"]


@pytest.mark.parametrize("hook", ["sinks", "logflow_sinks"])
def test_plugins_of_a_hook(hook: str, logflow: Program) -> None:
    found = json.loads(logflow("plugins", "--hook", hook, "--json").out)
    names = [plugin["name"] for plugin in found]
    assert "parquet" in names
    assert "compress" not in names
    assert all(plugin["offers"]["logflow_sinks"] for plugin in found)


def test_formats_lists_both_directions(logflow: Program) -> None:
    header, *lines = logflow("formats").out.splitlines()
    found = {line.split()[0]: line.split() for line in lines}
    assert header.split() == ["name", "reads", "writes", "extensions", "plugin"]
    assert found["parquet"][1:3] == ["yes", "yes"]
    assert found["json"][1:3] == ["yes", ".json"]
    summary = {each["name"]: each for each in json.loads(logflow("formats", "--json").out)}
    assert summary["csv"]["reads"]
    assert summary["csv"]["plugins"] == [f"csv (logflow-csv {__version__})"]


def test_formats_shows_the_options_of_one(logflow: Program) -> None:
    out = logflow("formats", "csv").out
    assert "--delimiter, -d" in out
    assert "--header / --no-header" in out or "--header, --has-header / --no-header" in out
    assert "NAME=VALUE" not in logflow("formats", "avro").out
    assert "compression=TEXT" in logflow("formats", "parquet").out
    options = json.loads(logflow("formats", "parquet", "--json").out)["options"]
    assert "--sink compression=" in [option["flags"][0] for option in options["write"]]


def test_new_makes_a_project(folder: Path, logflow: Program) -> None:
    ran = logflow("plugins", "new", "kvp")
    assert ran.err == "made logflow-kvp; its tests: python -m pytest\n"
    assert (folder / "logflow-kvp/src/logflow_kvp/decoder.py").is_file()
    assert "ltsv" not in (folder / "logflow-kvp/pyproject.toml").read_text()


def test_check_runs_the_kit(logflow: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from logflow.testing import check

    for code, status in ((0, Exit.CLEAN), (1, Exit.FAILED), (4, Exit.FAILED)):
        monkeypatch.setattr(check, "run", lambda dist, code=code: code)
        assert logflow("plugins", "check", "logflow-csv").status == status


def test_check_says_what_it_needs(logflow: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytest", None)
    ran = logflow("plugins", "check", "logflow-csv")
    assert (ran.status, ran.err) == (
        Exit.USAGE,
        "logflow: the kit needs pytest: pip install 'logflow-core[testing]'\n",
    )


def examined(logflow: Program) -> tuple[int, dict[str, Any]]:
    ran = logflow("doctor", "--json")
    return ran.status, json.loads(ran.out)


def test_doctor_shows_what_there_is(logflow: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGFLOW_API_KEY", "hunter2")
    status, found = examined(logflow)
    assert status == (Exit.FAILED if found["problems"] else Exit.CLEAN)
    assert found["logflow"] == __version__
    assert found["python"].startswith(".".join(map(str, sys.version_info[:3])))
    assert found["plugins"]["csv"] == f"logflow-csv {__version__} active"
    assert found["kernels"]["kind"].startswith(("compiled", "pure Python"))
    assert found["environment"]["LOGFLOW_API_KEY"] == "(set)"
    text = logflow("doctor").out
    assert "hunter2" not in text
    assert text.startswith(f"logflow      {__version__}\n")


def test_doctor_finds_the_project_of_the_same_name(
    logflow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = {"logflow": ["logflow-core", "logflow"], "logflow_ext": ["Logflow_Core"]}
    monkeypatch.setattr(metadata, "packages_distributions", lambda: owners)
    status, found = examined(logflow)
    assert status == Exit.FAILED
    assert (
        "the distribution logflow also installs the package logflow: uninstall it, then reinstall "
        "logflow-core"
    ) in found["problems"]
    assert not any("logflow_ext" in problem for problem in found["problems"])


def test_doctor_compares_versions(logflow: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version
    others = {"logflow-csv": "0.0.9", "logflow-all": "9.9"}
    monkeypatch.setattr(metadata, "version", lambda name: others.get(name) or real(name))
    _, found = examined(logflow)
    for name, version in others.items():
        assert (
            f"{name} is {version}, but logflow is {__version__}: pip install {name}=={__version__}"
        ) in found["problems"]


def test_doctor_misses_libraries(logflow: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = ["no-such-library>=1", "click>=8.2", "other; extra == 'testing'"]
    monkeypatch.setattr(metadata, "requires", lambda name: needed)
    _, found = examined(logflow)
    assert found["libraries"] == {"click": metadata.version("click"), "no-such-library": "missing"}
    assert "no-such-library is missing: pip install no-such-library" in found["problems"]


def test_doctor_tells_missing_kernels(logflow: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError("it is not there")

    monkeypatch.setattr(doctor.logflow_ext, "kernel", missing)
    status, found = examined(logflow)
    assert status == Exit.FAILED
    assert "kernel simd: it is not there" in found["problems"]


def test_doctor_names_the_instructions_in_use(
    logflow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = SimpleNamespace(variant=lambda: "sse2", available=lambda: ("portable", "sse2"))
    monkeypatch.setattr(doctor.logflow_ext, "is_pure", lambda: False)
    monkeypatch.setattr(doctor.logflow_ext, "kernel", lambda name: kernel)
    assert examined(logflow)[1]["kernels"] == {
        "kind": "compiled",
        "in use": "sse2",
        "processor has": "portable, sse2",
    }


def test_nothing_is_installed(logflow: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = load_plugins(entry_points=[])
    monkeypatch.setattr("logflow.plugins.registry", lambda: nothing)
    assert logflow("plugins").err == "no plugin is installed: pip install logflow-all\n"
    assert "no plugin is installed: pip install logflow-all" in examined(logflow)[1]["problems"]


@pytest.mark.parametrize("command", ["detect", "head", "schema"])
def test_standard_input_is_read_where_nothing_is_named(
    command: str, logflow: Program, process: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = process(command, stdin=b"id,name\n1,Ada\n2,Grace\n")
    assert ran.status == Exit.CLEAN, ran.err
    assert "name" in ran.out
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    nobody = logflow(command)
    assert (nobody.status, nobody.out) == (Exit.USAGE, "")
    assert nobody.lines[0] == "logflow: nothing to read: name a file, or - for standard input"


@pytest.mark.parametrize("command", ["detect", "head", "schema"])
def test_flags_of_a_format(command: str, folder: Path, logflow: Program) -> None:
    ran = logflow(command, "clean.csv", "-d;")
    assert ran.status == Exit.CLEAN, ran.err
    assert "id,name" in ran.out
    wrong = logflow(command, "clean.csv", "--delimiter", "ab")
    assert (wrong.status, wrong.out) == (Exit.USAGE, "")
