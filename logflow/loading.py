"""Loading plugins, and keeping the broken ones apart.

What happens, in this order:

1. The installed distributions are searched for entry points of the group ``logflow``, which are
   sorted by name and distribution.
2. Plugins outside the allow-list or inside the deny-list are disabled: not even imported.
3. Of several distributions with a plugin of one name, none is imported.
4. Each plugin is imported, and
5. registered, which checks the arguments of its hooks; once more if ``logflow_hookspecs`` of any
   plugin added hooks.  Hooks that nobody declares are refused.
6. Each is asked alone, hook by hook, for what it offers: all of it is accepted, or nothing.

Whatever goes wrong in one plugin fails that plugin only, with a line that says what it was and
what to do.  :mod:`logflow.plugins` makes a registry of the result.
"""

from __future__ import annotations

import difflib
import importlib.metadata
import inspect
import logging
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import Distribution, EntryPoint
from itertools import chain
from typing import Any, Literal

import pluggy

from logflow import hookspecs
from logflow.errors import PluginConflictError, PluginError
from logflow.records import (
    ArchiveRecord,
    AuthenticatorRecord,
    AuthorizerRecord,
    CatalogRecord,
    CodecRecord,
    CommandRecord,
    DecoderRecord,
    ExecutorRecord,
    MetricsRecord,
    Record,
    SinkRecord,
    SourceRecord,
    StorageRecord,
)

__all__ = [
    "OFFERS",
    "PREFIX",
    "Candidate",
    "Loader",
    "Status",
    "alone",
    "candidate_of",
    "installed",
    "listed",
    "normalized",
    "remedy",
    "spell",
]

GROUP = "logflow"
PREFIX = "logflow_"

OFFERS: Mapping[str, type[Record]] = {
    "logflow_decoders": DecoderRecord,
    "logflow_sinks": SinkRecord,
    "logflow_sources": SourceRecord,
    "logflow_codecs": CodecRecord,
    "logflow_archives": ArchiveRecord,
    "logflow_storages": StorageRecord,
    "logflow_executors": ExecutorRecord,
    "logflow_catalogs": CatalogRecord,
    "logflow_authenticators": AuthenticatorRecord,
    "logflow_authorizers": AuthorizerRecord,
    "logflow_metrics": MetricsRecord,
    "logflow_commands": CommandRecord,
}
"""The hooks that offer something, and the class of the records that they give."""

Status = Literal["active", "disabled", "failed"]

_log = logging.getLogger("logflow")


@dataclass(slots=True, kw_only=True)
class Candidate:
    """A plugin while it is loaded: what is known of it so far.

    *module* is what the entry point names, *plugin* what that turned out to be, *cause* the
    exception behind *reason*, *hooks* the hooks implemented, *offers* the records by hook.
    """

    name: str
    distribution: str
    version: str
    module: str
    entry_point: EntryPoint | None = None
    plugin: Any = None
    status: Status = "active"
    reason: str = ""
    cause: BaseException | None = None
    hooks: tuple[str, ...] = ()
    offers: dict[str, tuple[Record, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name, distribution and version, as messages have them."""
        return f"{self.name} ({self.distribution} {self.version})"

    def fail(self, what: str, cause: BaseException, advice: str | None = None) -> None:
        """Note what is wrong with the plugin and what to do about it."""
        advice = advice or remedy(self.name, self.distribution)
        self.status, self.reason, self.cause = "failed", f"{what}; {advice}", cause
        self.offers = {}


def installed() -> Iterator[Candidate]:
    """The plugins of all installed distributions.

    Not by ``importlib.metadata.entry_points``, which fails as a whole if one file of any
    distribution is damaged.  As there, the first distribution of a name hides the others.
    """
    seen = set()
    for distribution in importlib.metadata.distributions():
        try:
            if f"[{GROUP}]" not in (distribution.read_text("entry_points.txt") or ""):
                continue
            name = normalized(distribution.name)
            if name not in seen:
                seen.add(name)
                yield from map(candidate_of, distribution.entry_points.select(group=GROUP))
        except Exception as err:  # noqa: BLE001 - it is reported with its owner
            yield _damaged(distribution, err)


def candidate_of(entry_point: EntryPoint) -> Candidate:
    """The candidate that an entry point stands for."""
    distribution = entry_point.dist
    return Candidate(
        name=entry_point.name,
        distribution=distribution.name if distribution else "unknown distribution",
        version=distribution.version if distribution else "",
        module=entry_point.value,
        entry_point=entry_point,
    )


def _damaged(distribution: Distribution, err: Exception) -> Candidate:
    """What stands in the list for a distribution whose metadata cannot be read."""
    place = f"a distribution in {distribution.locate_file('')}"
    candidate = Candidate(name="?", distribution=place, version="", module="")
    candidate.fail(f"its metadata cannot be read: {spell(err)}", err, "reinstall it")
    return candidate


class Loader:
    """The steps of loading from the second to the sixth; the module's docstring has them."""

    def __init__(self, candidates: Sequence[Candidate], *, trace: bool) -> None:
        self.candidates = candidates
        self.offers = dict(OFFERS)
        self.trace = trace
        self.manager = self._new_manager()

    def disable(self, allow: Collection[str] | None, deny: Collection[str]) -> None:
        """Take out what the lists say, and warn of names in them that are not there."""
        known = sorted({c.name for c in self.candidates})
        for name in sorted({*(allow or ()), *deny}.difference(known)):
            _log.warning("no plugin is named %r; there are %s", name, listed(known))
        for candidate in self._active():
            if reason := _why_disabled(candidate.name, allow, deny):
                candidate.status, candidate.reason = "disabled", reason

    def refuse_namesakes(self) -> None:
        """Fail all plugins that share a name: which one is meant cannot be told."""
        for candidate in self._active():
            namesakes = [c for c in self.candidates if c.name == candidate.name]
            if len(namesakes) > 1:
                who = " and ".join(f"{c.distribution} {c.version}" for c in namesakes)
                what = f"{who} each have a plugin of this name, so none of them is loaded"
                candidate.fail(what, PluginConflictError(what), "uninstall all but one")

    def import_all(self) -> None:
        """Import what the entry points name."""
        for candidate in self._active():
            with self._blaming(candidate, f"import {candidate.module}"):
                assert candidate.entry_point is not None
                candidate.plugin = candidate.entry_point.load()
                if candidate.plugin is None:
                    raise PluginError("it is None")
                hash(candidate.plugin)  # the manager keeps plugins in sets

    def register_all(self) -> None:
        """Register the plugins, with the hooks that some of them add."""
        self._register()
        if added := self._added_hookspecs():
            self.manager = self._new_manager(added)
            self._register()
        self._refuse_unknown_hooks()

    def ask_all(self) -> None:
        """Ask each plugin for its records."""
        for candidate in self._active():
            for hook, wanted in self.offers.items():
                if hook in candidate.hooks and candidate.status == "active":
                    with self._blaming(candidate, f"{hook}()"):
                        results = alone(self.manager, candidate.name, hook)()
                        candidate.offers[hook] = _checked(results, wanted)

    def _active(self) -> list[Candidate]:
        return [c for c in self.candidates if c.status == "active"]

    @contextmanager
    def _blaming(self, candidate: Candidate, where: str) -> Iterator[None]:
        """Whatever is raised inside fails *candidate* and nothing else."""
        try:
            yield
        except (Exception, SystemExit) as err:  # noqa: BLE001 - it is reported with its owner
            self._fail(candidate, f"{where}: {spell(err)}", err)

    def _fail(self, candidate: Candidate, what: str, cause: BaseException) -> None:
        candidate.fail(what, cause)
        if self.manager.has_plugin(candidate.name):
            self.manager.unregister(name=candidate.name)

    def _new_manager(self, added: Iterable[Any] = ()) -> pluggy.PluginManager:
        manager = pluggy.PluginManager(GROUP)
        for specifications in (hookspecs, *added):
            manager.add_hookspecs(specifications)
        if self.trace:
            manager.add_hookcall_monitoring(_trace_call, _trace_result)
        return manager

    def _register(self) -> None:
        for candidate in self._active():
            with self._blaming(candidate, "hooks"):
                if other := self.manager.get_name(candidate.plugin):
                    raise PluginError(f"it is the same object as plugin {other!r}")
                self.manager.register(candidate.plugin, candidate.name)
                callers = self.manager.get_hookcallers(candidate.plugin) or ()
                candidate.hooks = tuple(sorted(caller.name for caller in callers))
                if not candidate.hooks:
                    raise PluginError("there are none; mark functions with @logflow.hookimpl")

    def _added_hookspecs(self) -> list[Any]:
        """The modules of hook specifications that plugins add; no hook is declared twice."""
        modules: list[tuple[Candidate, Any]] = []
        declared: dict[str, list[Candidate]] = {}
        for candidate in self._active():
            if "logflow_hookspecs" in candidate.hooks:
                with self._blaming(candidate, "logflow_hookspecs()"):
                    results = alone(self.manager, candidate.name, "logflow_hookspecs")()
                    given = tuple(chain.from_iterable(results))
                    for name in self._hooks_declared_by(given):
                        declared.setdefault(name, []).append(candidate)
                    modules += [(candidate, module) for module in given]
        for name, candidates in declared.items():
            if len(candidates) > 1:
                labels = " and by ".join(c.label for c in candidates)
                what = f"hook {name} is declared by {labels}"
                for candidate in candidates:
                    self._fail(candidate, what, PluginConflictError(what))
        added = [module for candidate, module in modules if candidate.status == "active"]
        self.offers |= {name: Record for module in added for name in self._offers_of(module)}
        return added

    def _hooks_declared_by(self, modules: Iterable[Any]) -> list[str]:
        names = [name for module in modules for name in self._specified(module)]
        for name in names:
            if not name.startswith(PREFIX):
                raise PluginError(f"hook {name} does not start with {PREFIX}")
            if name in _specified_hooks(self.manager) or names.count(name) > 1:
                raise PluginError(f"hook {name} is declared already")
        return names

    def _specified(self, module: Any) -> list[str]:
        """The names of the hooks that *module* declares."""
        parse = self.manager.parse_hookspec_opts
        names = [name for name in dir(module) if parse(module, name) is not None]
        if not names:
            raise PluginError(f"{module!r} has no function marked with @logflow.hookspec")
        return names

    def _offers_of(self, module: Any) -> list[str]:
        """The hooks of *module* that ask for records: all plugins, once, without arguments."""
        return [name for name in self._specified(module) if self._is_offer(module, name)]

    def _is_offer(self, module: Any, name: str) -> bool:
        spec = self.manager.parse_hookspec_opts(module, name)
        if spec is None or spec["firstresult"] or spec["historic"]:
            return False
        return not inspect.signature(getattr(module, name)).parameters

    def _refuse_unknown_hooks(self) -> None:
        while True:
            try:
                return self.manager.check_pending()
            except pluggy.PluginValidationError as err:
                candidate = next(c for c in self._active() if c.plugin is err.plugin)
                self._fail(candidate, self._about_unknown_hooks(candidate), err)

    def _about_unknown_hooks(self, candidate: Candidate) -> str:
        known = _specified_hooks(self.manager)
        unknown = [name for name in candidate.hooks if name not in known]
        name, *names = (hook.removeprefix(PREFIX) for hook in (unknown[0], *known))
        near = difflib.get_close_matches(name, names, n=1)
        guess = f"did you mean {PREFIX}{near[0]}?" if near else "is what declares it installed?"
        return f"unknown hook {listed(unknown)}: {guess}"


def _specified_hooks(manager: pluggy.PluginManager) -> list[str]:
    """The names of the hooks that have a specification."""
    return [name for name, caller in vars(manager.hook).items() if caller.has_spec()]


def alone(manager: pluggy.PluginManager, name: str, hook: str) -> pluggy.HookCaller:
    """The caller of *hook* that calls one plugin only, so that its error has an owner."""
    plugin = manager.get_plugin(name)
    others = [other for other in manager.get_plugins() if other is not plugin]
    return manager.subset_hook_caller(hook, others)


def _checked(results: Iterable[Iterable[Any]], wanted: type[Record]) -> tuple[Record, ...]:
    """The records in what a hook returned; anything else raises."""
    results = list(results)
    if not results:
        raise PluginError(f"it returned None instead of an iterable of {wanted.__name__}")
    records = tuple(chain.from_iterable(results))
    for record in records:
        if not isinstance(record, wanted):
            raise PluginError(f"it gave a {type(record).__name__} instead of a {wanted.__name__}")
    names = [record.name for record in records]
    for name in names:
        if names.count(name) > 1:
            raise PluginError(f"it offers {name!r} twice")
    return records


def _trace_call(hook: str, implementations: Sequence[Any], arguments: Mapping[str, Any]) -> None:
    spelled = listed((f"{name}={value!r}" for name, value in arguments.items()), none="")
    sys.stderr.write(f"logflow: {_callees(implementations)}: {hook}({spelled})\n")


def _trace_result(
    outcome: pluggy.Result[Any],
    hook: str,
    implementations: Sequence[Any],
    arguments: Mapping[str, Any],
) -> None:
    if outcome.exception is not None:
        result = f"raised {spell(outcome.exception)}"
    else:
        values = outcome.get_result()
        if isinstance(values, list):  # an iterator is printed by using it up
            values = [tuple(v) if isinstance(v, Iterator) else v for v in values]
            outcome.force_result(values)
        result = f"gave {values!r}"
    sys.stderr.write(f"logflow: {_callees(implementations)}: {hook} {result}\n")


def _callees(implementations: Sequence[Any]) -> str:
    return listed(implementation.plugin_name for implementation in implementations)


def _why_disabled(name: str, allow: Collection[str] | None, deny: Collection[str]) -> str:
    """How to get back a plugin that the lists leave out; empty if they do not."""
    if name in deny:
        return "take it out of LOGFLOW_DISABLE_PLUGINS to use it"
    if allow is None or name in allow:
        return ""
    if not allow:
        return "all plugins are switched off; drop --no-plugins or unset LOGFLOW_PLUGINS"
    return "add it to LOGFLOW_PLUGINS to use it"


def remedy(name: str, distribution: str) -> str:
    """What users can do about a broken plugin."""
    return f"update or reinstall {distribution}, or disable it: LOGFLOW_DISABLE_PLUGINS={name}"


def spell(err: BaseException) -> str:
    """An exception on one line."""
    text = " ".join(str(err).split())
    if isinstance(err, PluginError | pluggy.PluginValidationError):
        return text
    return f"{type(err).__name__}: {text}" if text else type(err).__name__


def normalized(distribution: str) -> str:
    """A distribution's name in the form in which two are compared."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def listed(names: Iterable[str], none: str = "none") -> str:
    """Names as a list for people."""
    return ", ".join(names) or none
