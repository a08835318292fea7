"""Looking up what plugins offer: what is there, what is not, and what to do then."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from logflow.errors import OptionError, PluginError, UnknownFormatError
from logflow.plugins import load_plugins, load_reference, registry, reset
from logflow.version import __version__

OFF = "all plugins are switched off; drop --no-plugins or unset LOGFLOW_PLUGINS"


def test_records_are_sorted_by_name_and_have_owners(good):
    good.add("acme", "3.1", plug_z=good.offering("decoders", "a") + good.offering("sinks", "z"))
    found = load_plugins()
    assert [record.name for record in found.records("decoders")] == ["a", "good"]
    assert found.records("codecs") == ()
    assert str(found.owner(found.find("decoders", "a"))) == "acme 3.1"
    assert found.owner(found.find("sinks", "z")).label == "z (acme 3.1)"
    assert found.owner(found.find("decoders", "good")).offers == {"logflow_decoders": ("good",)}
    stranger = load_plugins(deny={"z"}).find("decoders", "good")
    assert found.owner(stranger).name == "good"
    with pytest.raises(LookupError, match="no plugin offers DecoderRecord"):
        load_plugins(deny={"z"}).owner(found.find("decoders", "a"))
    with pytest.raises(LookupError, match="no hook logflow_decoder; kinds are decoders, sinks, "):
        found.records("decoder")


def test_unknown_names_list_the_valid_ones(good):
    good.add("acme", plug_y=good.offering("executors", "threads"))
    found = load_plugins()
    with pytest.raises(UnknownFormatError) as raised:
        found.find("decoders", "goood")
    assert str(raised.value) == "no decoder is named 'goood' (did you mean 'good'?); there are good"
    with pytest.raises(UnknownFormatError, match=r"no sink is named 'good'; there are none$"):
        found.find("sinks", "good")
    with pytest.raises(OptionError) as option:
        found.find("executors", "cluster")
    assert str(option.value) == "no executor is named 'cluster'; there are threads"
    assert (option.value.name, option.value.valid) == ("cluster", ("threads",))


def test_unknown_names_tell_which_plugins_are_out_of_action(good):
    good.add("acme", plug_bad="1 / 0")
    good.add("umbrella", plug_off="")
    with pytest.raises(UnknownFormatError) as raised:
        load_plugins(deny={"off"}).find("decoders", "new")
    assert str(raised.value) == (
        "no decoder is named 'new'; there are good; "
        "bad (acme 1.0) failed: import plug_bad: ZeroDivisionError: division by zero; update or "
        "reinstall acme, or disable it: LOGFLOW_DISABLE_PLUGINS=bad; "
        "off (umbrella 1.0) disabled: take it out of LOGFLOW_DISABLE_PLUGINS to use it"
    )


NEEDS_AVRO = f"needs logflow-avro: `pip install logflow-avro=={__version__}`"


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("orders.avro", rb"Obj" b"\x01...", r"Avro (magic `Obj\x01`), which " + NEEDS_AVRO),
        ("ORDERS.AVRO", b"", "Avro (extension .avro), which " + NEEDS_AVRO),
        ("orders.csv", b"Obj\x01", r"Avro (magic `Obj\x01`), which " + NEEDS_AVRO),
        ("a.orc", b"ORC", "ORC (magic `ORC`), which needs logflow-orc: "),
        ("a.xls", b"\xd0\xcf\x11\xe0", "an Excel workbook (extension .xls), which needs logflow-"),
        ("a.csv.zst", b"(\xb5/\xfd", r"compressed with Zstandard (magic `(\xb5/\xfd`), whi"),
        ("https://example.org/a.avro", b"", "a web address, which needs logflow-http: "),
    ],
)
def test_known_formats_say_what_to_install(good, name, head, expected):
    assert load_plugins().missing(name=name, head=head).startswith(f"{name} is {expected}")


@pytest.mark.parametrize("name", ["orders", "orders.good", "s3://bucket/a", "avro", "a.avro.good"])
def test_nothing_is_guessed_about_other_formats(good, name):
    assert load_plugins().missing(name=name, head=b"a,b\n") is None


def test_known_formats_are_missing_only_where_they_are(good):
    good.add("acme", plug_avro=good.offering("decoders", "avro"))
    found = load_plugins()
    assert found.missing(name="a.avro", head=b"Obj\x01") is None
    assert found.missing(name="a.xml", writing=True) is None
    assert found.missing(name="a.orc", writing=True).startswith("a.orc is ORC (extension .orc), wh")
    with pytest.raises(UnknownFormatError) as raised:
        found.find("sinks", "orc")
    assert str(raised.value) == f"orc needs logflow-orc: `pip install logflow-orc=={__version__}`"
    with pytest.raises(UnknownFormatError, match="no sink is named 'xml'; there are none"):
        found.find("sinks", "xml")


def test_an_installed_but_broken_plugin_says_its_own_error(good):
    good.add("Logflow.Avro", "0.1.0", entry_points={"a": "plug_a"}, plug_a="import plug_needed")
    found = load_plugins()
    why = (
        "plugin a (Logflow.Avro 0.1.0) failed: import plug_a: ModuleNotFoundError: No module "
        "named 'plug_needed'; update or reinstall Logflow.Avro, or disable it: "
        "LOGFLOW_DISABLE_PLUGINS=a"
    )
    assert found.missing(name="x.avro") == f"x.avro is Avro (extension .avro), but {why}"
    with pytest.raises(PluginError) as raised:
        found.find("decoders", "avro")
    assert str(raised.value) == why
    assert isinstance(raised.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize(
    ("lists", "advice"),
    [
        ({"deny": {"avro"}}, "take it out of LOGFLOW_DISABLE_PLUGINS to use it"),
        ({"allow": {"good"}}, "add it to LOGFLOW_PLUGINS to use it"),
        ({"allow": {"avro"}, "deny": {"avro"}}, "take it out of LOGFLOW_DISABLE_PLUGINS to use it"),
        ({"allow": ()}, OFF),
    ],
)
def test_disabled_plugins_are_not_imported_and_say_how_to_get_them_back(good, lists, advice):
    good.add("logflow-avro", "0.1.0", plug_avro="raise SystemExit('imported')")
    found = load_plugins(**lists)
    info = found.plugins[0]
    assert (info.status, info.reason) == ("disabled", advice)
    assert info not in found.problems
    message = f"plugin avro (logflow-avro 0.1.0) is disabled: {advice}"
    assert info.message == message
    assert found.missing(name="x.avro") == f"x.avro is Avro (extension .avro), but {message}"
    with pytest.raises(UnknownFormatError) as raised:
        found.find("decoders", "avro")
    assert str(raised.value) == message
    assert "plug_avro" not in sys.modules


def test_without_the_built_in_plugin_errors_say_how_to_get_it_back(site):
    site.add("logflow-core", entry_points={"defaults": "logflow.defaults"})
    with pytest.raises(OptionError) as raised:
        load_plugins(allow=()).find("executors", "threads")
    assert str(raised.value) == (
        "no executor is named 'threads'; there are none; "
        f"defaults (logflow-core 1.0) disabled: {OFF}"
    )
    with pytest.raises(
        UnknownFormatError, match=r"no source takes plain paths; .* LOGFLOW_PLUGINS"
    ):
        load_plugins(allow=()).by_scheme("sources", "")


def test_without_any_plugin_errors_say_what_to_install(site):
    found = load_plugins()
    assert (found.plugins, found.problems) == ((), ())
    with pytest.raises(OptionError) as raised:
        found.find("executors", "threads")
    assert str(raised.value) == (
        "no executor is named 'threads': no plugin is installed; "
        f"`pip install logflow-all=={__version__}`"
    )


def test_names_in_the_lists_that_are_not_installed_are_warned_of(good, caplog):
    with caplog.at_level(logging.WARNING, logger="logflow"):
        load_plugins(allow={"good", "cvs"}, deny={"logflow-good"})
    assert caplog.messages == [
        "no plugin is named 'cvs'; there are good",
        "no plugin is named 'logflow-good'; there are good",
    ]


def test_schemes(good):
    good.add("a", plug_a=good.offering("sources", "a", "schemes=('', 'file')"))
    good.add("b", plug_b=good.offering("sources", "b", "schemes=('s3', 'file')"))
    found = load_plugins()
    assert found.by_scheme("sources", "").name == "a"
    assert found.by_scheme("sources", "s3").name == "b"
    with pytest.raises(PluginError, match=r"source of file:// is offered by a \(a 1.0\) and by b"):
        found.by_scheme("sources", "file")
    with pytest.raises(UnknownFormatError) as raised:
        found.by_scheme("sources", "s4")
    assert str(raised.value) == "no source takes s4://; there are file, s3"
    with pytest.raises(UnknownFormatError, match="https:// is a web address, which needs"):
        found.by_scheme("sources", "https")


FACTORY = "def Thing(): return 'made'\ndef broken(): 1 / 0\n"


def test_factories_are_imported_when_they_are_asked_for(good):
    record = load_plugins().find("decoders", "good")
    (good.folders[0] / "plug_late.py").write_text(FACTORY)
    assert load_plugins().load("plug_late:Thing", record)() == "made"
    assert load_reference("plug_late:Thing")() == "made"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("plug_gone:Thing", "ModuleNotFoundError: No module named 'plug_gone'"),
        ("plug_good:Thing", "AttributeError: module 'plug_good' has no attribute 'Thing'"),
        ("plug_exits:Thing", "SystemExit: 4"),
        ("plug_raises:Thing", "ZeroDivisionError: division by zero"),
    ],
)
def test_factories_that_cannot_be_imported_name_plugin_and_record(good, reference, expected):
    (good.folders[0] / "plug_exits.py").write_text("raise SystemExit(4)")
    (good.folders[0] / "plug_raises.py").write_text("1 / 0")
    found = load_plugins()
    with pytest.raises(PluginError) as raised:
        found.load(reference, found.find("decoders", "good"))
    assert str(raised.value) == (
        f"plugin good (logflow-good 2.0), decoder 'good': {reference} cannot be loaded: "
        f"{expected}; update or reinstall logflow-good, or disable it: LOGFLOW_DISABLE_PLUGINS=good"
    )
    assert type(raised.value.__cause__).__name__ == expected.partition(":")[0]
    with pytest.raises(PluginError, match=f"^{reference} cannot be loaded: "):
        load_reference(reference)


def test_the_environment_selects_plugins(good, monkeypatch, capsys):
    good.add("acme", plug_acme=good.offering("sinks", "acme"))

    def active(**variables: str) -> set[str]:
        for name in ("LOGFLOW_PLUGINS", "LOGFLOW_DISABLE_PLUGINS", "LOGFLOW_TRACE_PLUGINS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        reset()
        return {p.name for p in registry().plugins if p.status == "active"}

    assert active() == {"acme", "good"}
    assert registry() is registry()
    assert active(LOGFLOW_PLUGINS="good") == {"good"}
    assert active(LOGFLOW_PLUGINS=" good , acme,") == {"acme", "good"}
    assert active(LOGFLOW_PLUGINS="") == set()
    assert active(LOGFLOW_DISABLE_PLUGINS="good") == {"acme"}
    assert active(LOGFLOW_DISABLE_PLUGINS="", LOGFLOW_TRACE_PLUGINS="0") == {"acme", "good"}
    assert capsys.readouterr() == ("", "")
    active(LOGFLOW_TRACE_PLUGINS="1")
    traced = capsys.readouterr().err.splitlines()
    assert "logflow: good: logflow_decoders()" in traced
    assert any(
        line.startswith("logflow: good: logflow_decoders gave [(DecoderRecord(name='good'")
        for line in traced
    )


def test_tracing_shows_what_is_raised_and_changes_nothing(good, capsys):
    raising = "@hookimpl\ndef logflow_sinks():\n    raise ValueError('no\\nway')"
    good.add("a", plug_a=raising)
    good.add("b", plug_b=good.offering("sinks", "b") + raising.replace("raise", "yield 1; raise"))
    assert load_plugins(trace=True).plugins == load_plugins().plugins
    assert "logflow: a: logflow_sinks raised ValueError: no way\n" in capsys.readouterr().err


def test_importing_plugins_loads_nothing_heavy():
    heavy = "{'pyarrow', 'numpy', 'click', 'rich', 'chardet'}"
    code = f"import sys, logflow.plugins as p; p.registry; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
