"""Every hook: that it works, that it is documented, and that it has a test here."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from logflow import hookspecs, records
from logflow.interfaces.decoder import Reject
from logflow.loading import OFFERS
from logflow.plugins import load_plugins
from logflow.records import BatchStats, RunFinished, RunStarted

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "plugin-contract.md"
HOOKS = {
    name.removeprefix("logflow_"): hook
    for name, hook in vars(hookspecs).items()
    if hasattr(hook, "logflow_spec")
}


def check_offer(site, kind: str, more: str = "") -> None:
    """A record offered through a hook is found under the kind of that name."""
    site.add("acme", "1.5", plug_x=site.offering(kind, "x", more))
    registry = load_plugins()
    assert registry.problems == ()
    assert registry.plugins[0].offers == {f"logflow_{kind}": ("x",)}
    (record,) = registry.records(kind)
    assert record == registry.find(kind, "x")
    assert type(record) is OFFERS[f"logflow_{kind}"]
    assert record.factory == "plug_x:Thing"


def test_hook_decoders(site):
    check_offer(site, "decoders", "extensions=('.x',), magic=(Magic(b'X'),), sniff='plug_x:sniff'")


def test_hook_sinks(site):
    check_offer(site, "sinks", "extensions=('.x',)")


def test_hook_sources(site):
    check_offer(site, "sources", "schemes=('x',)")


def test_hook_codecs(site):
    check_offer(site, "codecs", "extensions=('.x',), magic=(Magic(b'X', 3),)")


def test_hook_archives(site):
    check_offer(site, "archives")


def test_hook_storages(site):
    check_offer(site, "storages", "schemes=('x',)")


def test_hook_executors(site):
    check_offer(site, "executors")


def test_hook_catalogs(site):
    check_offer(site, "catalogs")


def test_hook_authenticators(site):
    check_offer(site, "authenticators")


def test_hook_authorizers(site):
    check_offer(site, "authorizers")


def test_hook_metrics(site):
    check_offer(site, "metrics")


def test_hook_commands(site):
    check_offer(site, "commands")


DECLARING = """
import sys
@hookspec
def logflow_log_formats(): ...
@hookspec
def logflow_line_seen(line): ...
@hookspec(firstresult=True)
def logflow_favourite(): ...
@hookimpl
def logflow_hookspecs(): return [sys.modules[__name__]]
"""
IMPLEMENTING = """
@hookimpl
def logflow_log_formats():
    return [Record(name="nginx", factory="plug_a:Nginx")]
@hookimpl
def logflow_line_seen({argument}):
    print("seen", {argument})
@hookimpl
def logflow_favourite(): return "nginx"
"""


def test_hook_hookspecs(site, capsys):
    site.add("acme-a", plug_a=IMPLEMENTING.format(argument="line"))
    site.add("acme-z", plug_z=DECLARING)
    registry = load_plugins(trace=True)
    assert registry.problems == ()
    assert registry.plugins[0].offers == {"logflow_log_formats": ("nginx",)}
    assert registry.find("log_formats", "nginx").factory == "plug_a:Nginx"
    for hook, arguments in (("line_seen", {"line": 7}), ("favourite", {})):
        registry.observers().tell(f"logflow_{hook}", **arguments)
    output = capsys.readouterr()
    assert output.out == "seen 7\n"
    assert "logflow: a: logflow_line_seen(line=7)\n" in output.err
    assert "logflow: a: logflow_favourite gave 'nginx'\n" in output.err


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            IMPLEMENTING.format(argument="lines"),
            "Argument(s) {'lines'} are declared in the hookimp",
        ),
        (
            "@hookimpl\ndef logflow_log_formats(): return [1]",
            "logflow_log_formats(): it gave a int instead of a Record",
        ),
        ("@hookimpl\ndef logflow_log_format(): ...", "did you mean logflow_log_formats?"),
    ],
)
def test_added_hooks_are_checked_like_others(site, source, expected):
    site.add("acme-a", plug_a=source)
    site.add("acme-z", plug_z=DECLARING)
    registry = load_plugins()
    (failed,) = registry.problems
    assert failed.name == "a"
    assert expected in failed.reason
    assert registry.records("log_formats") == ()


def test_a_hook_that_two_plugins_declare_is_declared_by_neither(site):
    site.add("acme-a", plug_a=IMPLEMENTING.format(argument="line"))
    site.add("acme-y", plug_y=DECLARING)
    site.add("acme-z", plug_z=DECLARING + site.offering("sinks", "z"))
    site.add("acme-good", plug_good=site.offering("decoders", "good"))
    registry = load_plugins()
    a, good, y, z = registry.plugins
    assert registry.problems == (a, y, z)
    assert a.reason.startswith(
        "unknown hook logflow_favourite, logflow_line_seen, logflow_log_formats: "
    )
    for plugin in (y, z):
        assert "is declared by y (acme-y 1.0) and by z (acme-z 1.0); update or" in plugin.reason
    assert good.status == "active"
    assert load_plugins(deny={"y"}).problems == ()


RUN = {"run_id": "r1", "rows": 1, "rejects": 0}
EVENTS = {
    "run_started": {"run": RunStarted(run_id="r1", sources=("a.csv",), destination="b.parquet")},
    "batch_done": {"stats": BatchStats(**RUN, file="a.csv", index=0, size=9)},
    "record_rejected": {
        "reject": Reject(
            record=1, line=1, byte_offset=0, error_type="malformed", message="no", raw=b"x"
        )
    },
    "run_finished": {"run": RunFinished(**RUN, seconds=0.1)},
}


def check_event(site, name: str) -> None:
    """An observer gets what is told; one that raises is reported once, then left alone."""
    ((argument, value),) = EVENTS[name].items()
    hook = f"@hookimpl\ndef logflow_{name}({argument}):\n"
    other = next(event for event in EVENTS if event != name)
    site.add(
        "acme-bad", "2.1", plug_bad=hook + f"    1 / 0\n@hookimpl\ndef logflow_{other}(): 1 / 0"
    )
    site.add("acme-exits", plug_exits=hook + "    raise SystemExit('bye')")
    site.add("acme-seen", plug_seen=f"seen = []\n{hook}    seen.append({argument})")
    site.add(
        "acme-sparing", plug_sparing=f"seen = []\n@hookimpl\ndef logflow_{name}(): seen.append(0)"
    )
    registry = load_plugins()
    assert registry.problems == ()
    reported: list[str] = []
    observers = registry.observers(reported.append)
    for _ in range(3):
        observers.tell(f"logflow_{name}", **{argument: value})
    observers.tell(f"logflow_{other}", **EVENTS[other])
    assert reported == [
        f"plugin bad (acme-bad 2.1) is told no more of this run: logflow_{name}(): "
        "ZeroDivisionError: division by zero; update or reinstall acme-bad, or disable it: "
        "LOGFLOW_DISABLE_PLUGINS=bad",
        f"plugin exits (acme-exits 1.0) is told no more of this run: logflow_{name}(): "
        "SystemExit: bye; update or reinstall acme-exits, or disable it: "
        "LOGFLOW_DISABLE_PLUGINS=exits",
    ]
    import plug_seen
    import plug_sparing

    assert plug_seen.seen == [value] * 3
    assert plug_sparing.seen == [0] * 3
    registry.observers(reported.append).tell(f"logflow_{name}", **{argument: value})
    assert len(reported) == 4  # the next run starts afresh


def test_hook_run_started(site):
    check_event(site, "run_started")


def test_hook_batch_done(site):
    check_event(site, "batch_done")


def test_hook_record_rejected(site):
    check_event(site, "record_rejected")


def test_hook_run_finished(site):
    check_event(site, "run_finished")


def test_observers_report_to_the_log_if_nobody_else_listens(site, caplog):
    site.add("acme", plug_bad="@hookimpl\ndef logflow_run_started(run): 1 / 0")
    load_plugins().observers().tell("logflow_run_started", run=None)
    (message,) = caplog.messages
    assert message.startswith("plugin bad (acme 1.0) is told no more of this run: ")


def test_plugin_hooks_have_tests():
    tests = {name.removeprefix("test_hook_") for name in globals() if name.startswith("test_hook_")}
    assert tests == set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_plugin_hooks_are_documented(hook: Callable[..., object]):
    assert hook.__doc__
    documented = re.findall(r"`(logflow_\w+)(\(.*?\))?`", CONTRACT.read_text(encoding="utf-8"))
    assert hook.__name__ in {name for name, _ in documented}


@pytest.mark.parametrize(("name", "hook"), HOOKS.items(), ids=HOOKS)
def test_what_a_hook_offers_is_what_its_specification_says(name, hook):
    scope = {**vars(records), "Iterable": Iterable, "Any": typing.Any, "Reject": Reject}
    offered = typing.get_type_hints(hook, scope)["return"]
    wanted = OFFERS.get(f"logflow_{name}")
    if wanted is not None:
        assert offered == Iterable[wanted]
    else:
        assert name == "hookspecs" or offered is type(None)
