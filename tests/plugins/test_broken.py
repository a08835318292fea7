"""Broken plugins: each is reported by name with what to do, and all others work."""

from __future__ import annotations

import importlib.metadata
import random

import pytest

from logflow.errors import PluginConflictError, PluginError
from logflow.plugins import load_plugins

DECODER = "DecoderRecord(name='bad', factory='plug_bad:Thing')"
HOOK = "@hookimpl\ndef logflow_decoders():\n"

BROKEN = {
    "raises at import": ("1 / 0", "import plug_bad: ZeroDivisionError: division by zero"),
    "lacks a module": (
        "import plug_needed",
        "import plug_bad: ModuleNotFoundError: No module named 'plug_needed'",
    ),
    "is not Python": ("def", "import plug_bad: SyntaxError: "),
    "exits": ("raise SystemExit(3)", "import plug_bad: SystemExit: 3"),
    "raises many lines": ("raise ValueError('one\\n\\ntwo')", "ValueError: one two"),
    "raises no words": ("raise ValueError", "import plug_bad: ValueError; "),
    "has no hooks": ("def logflow_decoders(): ...", "mark functions with @logflow.hookimpl"),
    "misspells a hook": (
        "@hookimpl\ndef logflow_decoder(): ...",
        "unknown hook logflow_decoder: did you mean logflow_decoders?",
    ),
    "invents a hook": (
        HOOK + "    return []\n@hookimpl\ndef quux(): ...",
        "unknown hook quux: is what declares it installed?",
    ),
    "asks for an argument": (
        "@hookimpl\ndef logflow_decoders(peek): ...",
        "hookimpl definition: logflow_decoders(peek) Argument(s) {'peek'} are declared",
    ),
    "raises when asked": (HOOK + "    1 / 0", "logflow_decoders(): ZeroDivisionError"),
    "exits when asked": (HOOK + "    raise SystemExit", "logflow_decoders(): SystemExit; "),
    "raises after its first record": (
        HOOK + f"    yield {DECODER}\n    1 / 0",
        "logflow_decoders(): ZeroDivisionError",
    ),
    "raises in its second hook": (
        HOOK + f"    return [{DECODER}]\n@hookimpl\ndef logflow_sinks(): 1 / 0",
        "logflow_sinks(): ZeroDivisionError",
    ),
    "gives no record": (HOOK + "    return ['bad']", "it gave a str instead of a DecoderRecord"),
    "gives another record": (
        HOOK + "    yield SinkRecord(name='bad', factory='plug_bad:Thing')",
        "it gave a SinkRecord instead of a DecoderRecord",
    ),
    "gives one outside a list": (HOOK + f"    return {DECODER}", "is not iterable"),
    "gives nothing": (HOOK + "    ...", "it returned None instead of an iterable of DecoderRecord"),
    "gives a name twice": (HOOK + f"    return [{DECODER}] * 2", "it offers 'bad' twice"),
    "makes a wrong record": (
        HOOK + "    yield DecoderRecord(name='Bad', factory='plug_bad:Thing')",
        "logflow_decoders(): ValueError: a name is lower case",
    ),
    "declares a hook of the core": (
        "import logflow.hookspecs\n@hookimpl\ndef logflow_hookspecs(): return [logflow.hookspecs]",
        "logflow_hookspecs(): hook logflow_archives is declared already",
    ),
    "declares nothing": (
        "import math\n@hookimpl\ndef logflow_hookspecs(): return [math]",
        "has no function marked with @logflow.hookspec",
    ),
    "declares a hook without the prefix": (
        "@hookspec\ndef quux(): ...\n"
        "import sys\n@hookimpl\ndef logflow_hookspecs(): return [sys.modules[__name__]]",
        "hook quux does not start with logflow_",
    ),
    "declares a hook twice": (
        "@hookspec\ndef logflow_quux(): ...\n"
        "import sys\n@hookimpl\ndef logflow_hookspecs(): return [sys.modules[__name__]] * 2",
        "hook logflow_quux is declared already",
    ),
    "raises when asked for hooks": (
        "@hookimpl\ndef logflow_hookspecs(): 1 / 0",
        "logflow_hookspecs(): ZeroDivisionError",
    ),
}


@pytest.mark.parametrize(("source", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_fails_alone(good, source, expected):
    good.add("logflow-bad", "1.2", plug_bad=source)
    registry = load_plugins()
    bad, fine = registry.plugins
    assert expected in bad.reason
    assert (bad.name, bad.distribution, bad.version, bad.status) == (
        ("bad", "logflow-bad", "1.2", "failed")
    )
    assert bad.message.startswith("plugin bad (logflow-bad 1.2) failed: ")
    assert bad.message.endswith(
        "; update or reinstall logflow-bad, or disable it: LOGFLOW_DISABLE_PLUGINS=bad"
    )
    assert "\n" not in bad.message
    assert (bad.offers, bad.conflicts, registry.problems) == ({}, (), (bad,))
    assert (fine.name, fine.status, fine.reason) == ("good", "active", "")
    assert fine.offers == {"logflow_decoders": ("good",)}
    assert [record.name for record in registry.records("decoders")] == ["good"]
    assert registry.find("decoders", "good").factory == "plug_good:Thing"
    with pytest.raises(PluginError) as raised:
        registry.find("decoders", "bad")
    assert str(raised.value) == bad.message
    assert raised.value.__cause__ is not None
    assert load_plugins(deny={"bad"}).problems == ()


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (
            "plug_nowhere",
            "import plug_nowhere: ModuleNotFoundError: No module named 'plug_nowhere'",
        ),
        ("math:quux", "import math:quux: AttributeError: module 'math' has no attribute 'quux'"),
        ("no such thing!", "import no such thing!: "),
        ("logflow.hookspecs:__loader__.nothing", "AttributeError"),
        ("logflow.hookspecs:logflow_decoders.__kwdefaults__", "it is None"),
        ("logflow.loading:OFFERS", "TypeError: unhashable type: 'dict'"),
        ("plug_good", "it is the same object as plugin 'good'"),
    ],
)
def test_an_entry_point_that_leads_nowhere_fails_alone(good, reference, expected):
    good.add("logflow-nowhere", entry_points={"nowhere": reference})
    registry = load_plugins()
    fine, nowhere = registry.plugins
    assert expected in nowhere.reason
    assert registry.problems == (nowhere,)
    assert fine.offers == {"logflow_decoders": ("good",)}


def test_a_plugin_may_be_an_object_instead_of_a_module(good):
    source = "class Plugin:\n    @hookimpl\n    def logflow_decoders(self):\n"
    source += "        yield DecoderRecord(name='object', factory='plug_object:Thing')\n"
    good.add(
        "acme", entry_points={"object": "plug_object:it"}, plug_object=source + "it = Plugin()"
    )
    assert [record.name for record in load_plugins().records("decoders")] == ["good", "object"]


def test_a_hook_that_nobody_declares_may_be_optional(good):
    source = good.offering("sinks", "x") + "@hookimpl(optionalhook=True)\ndef logflow_quux(): ..."
    good.add("acme", plug_x=source)
    registry = load_plugins()
    assert registry.problems == ()
    assert registry.plugins[1].hooks == ("logflow_quux", "logflow_sinks")


def test_interrupting_a_plugin_is_not_its_fault(good):
    good.add("acme", plug_slow="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_plugins()


def test_a_name_offered_by_two_plugins_breaks_only_that_name(good):
    both = good.offering("decoders", "taken", "extensions=('.x',), magic=(Magic(b'X!'),)")
    good.add("acme-a", "1.0", plug_a=both)
    good.add("acme-b", "2.0", plug_b=both + good.offering("sinks", "fine"))
    registry = load_plugins()
    message = (
        "decoder 'taken' is offered by a (acme-a 1.0) and by b (acme-b 2.0): disable one with "
        "LOGFLOW_DISABLE_PLUGINS=a or LOGFLOW_DISABLE_PLUGINS=b"
    )
    a, b, fine = registry.plugins
    assert a.conflicts == b.conflicts == (message,)
    assert (a.status, b.status, fine.conflicts) == ("active", "active", ())
    assert registry.problems == (a, b)
    assert [record.name for record in registry.records("decoders")] == ["good"]
    assert registry.find("sinks", "fine").name == "fine"
    with pytest.raises(PluginConflictError) as raised:
        registry.find("decoders", "taken")
    assert str(raised.value) == message
    for place in ({"name": "FILE.X"}, {"name": "-", "head": b"X!..."}):
        with pytest.raises(PluginConflictError, match="'taken' is offered by a"):
            registry.check_contested("decoders", **place)
    registry.check_contested("decoders", name="file.y", head=b"Y!")
    registry.check_contested("sinks", name="file.x")
    assert load_plugins(deny={"a"}).find("decoders", "taken").name == "taken"


def test_two_distributions_with_one_plugin_name_are_both_refused(good):
    good.add("acme-csv", "3.0", entry_points={"csv": "plug_mine"}, plug_mine="1 / 0")
    good.add("logflow-csv", "0.1.0", plug_csv=good.offering("decoders", "csv"))
    registry = load_plugins()
    mine, theirs, fine = registry.plugins
    for plugin in (mine, theirs):
        assert plugin.status == "failed"
        assert plugin.reason == (
            "acme-csv 3.0 and logflow-csv 0.1.0 each have a plugin of this name, so none of them "
            "is loaded; uninstall all but one"
        )
    assert fine.status == "active"
    with pytest.raises(PluginConflictError, match=r"acme-csv 3\.0 and logflow-csv 0\.1\.0"):
        registry.find("decoders", "csv")
    assert {p.status for p in load_plugins(deny={"csv"}).plugins} == {"active", "disabled"}


def test_a_distribution_found_twice_counts_once(good):
    source = good.offering("decoders", "twice")
    good.add("logflow-twice", "1.0", plug_twice=source)
    good.add("Logflow_Twice", "0.9", folder=good.add_folder("older"), plug_twice="1 / 0")
    registry = load_plugins()
    assert registry.problems == ()
    assert [(p.name, p.version) for p in registry.plugins] == [("good", "2.0"), ("twice", "1.0")]


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("entry_points.txt", b"[logflow]\nnothing\n", "its metadata cannot be read: TypeError: "),
        ("entry_points.txt", b"[logflow]\nx = \xff\n", "UnicodeDecodeError: "),
        ("METADATA", b"", "its metadata cannot be read: "),
    ],
)
def test_damaged_metadata_is_reported_with_its_place(good, file, content, expected):
    info = good.add_metadata("acme", "1.0", "[logflow]\nx = plug_x\n")
    (info / file).write_bytes(content)
    registry = load_plugins()
    damaged, fine = registry.plugins
    assert expected in damaged.reason
    assert damaged.reason.endswith("; reinstall it")
    assert str(info.parent) in damaged.message
    assert fine.status == "active"


def test_damaged_metadata_of_others_is_none_of_our_business(good):
    good.add_metadata("acme", "1.0", "[console_scripts]\nnothing\n")
    assert [p.name for p in load_plugins().plugins] == ["good"]


def test_the_order_of_plugins_decides_nothing(good):
    for name, version in (("a", "1"), ("b", "2"), ("c", "3")):
        source = good.offering("decoders", "taken") + good.offering("sinks", name)
        good.add(f"acme-{name}", version, **{f"plug_{name}": source})
    good.add("acme-bad", plug_bad="1 / 0")
    points = good.entry_points()
    expected = load_plugins(entry_points=points)
    assert [p.name for p in expected.plugins] == ["a", "b", "bad", "c", "good"]
    for seed in range(10):
        random.Random(seed).shuffle(points)
        registry = load_plugins(entry_points=points)
        assert registry.plugins == expected.plugins
        assert registry.records("sinks") == expected.records("sinks")


def test_an_entry_point_of_no_distribution_is_loaded_too(good):
    point = importlib.metadata.EntryPoint("good", "plug_good", "logflow")
    (info,) = load_plugins(entry_points=[point]).plugins
    assert (info.status, info.label) == ("active", "good (unknown distribution )")
