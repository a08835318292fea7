"""The plugins: what they offer, which of them do not work, and who is told of a run.

:mod:`logflow.loading` finds and loads them.  A name that two plugins offer is *contested*:
neither offer counts, all others do; no order decides anything that users can see.
"""

from __future__ import annotations

import difflib
import importlib
import logging
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any, NamedTuple, NoReturn

import pluggy

from logflow.errors import OptionError, PluginConflictError, PluginError, UnknownFormatError
from logflow.formats import known_formats
from logflow.loading import (
    PREFIX,
    Candidate,
    Loader,
    Status,
    alone,
    candidate_of,
    installed,
    listed,
    normalized,
    remedy,
    spell,
)
from logflow.records import Record
from logflow.version import __version__

__all__ = [
    "Observers",
    "PluginInfo",
    "Registry",
    "load_plugins",
    "load_reference",
    "registry",
    "reset",
]

_log = logging.getLogger("logflow")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """One plugin, as ``logflow plugins`` shows it.

    *name* is the entry point's, *module* what that points to.  *reason* is one line, empty for
    active plugins: what is wrong and what to do.  *offers* has the names offered by hook,
    *hooks* every hook implemented, *conflicts* a line for each name that others offer too.
    """

    name: str
    distribution: str
    version: str
    module: str
    status: Status
    reason: str = ""
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hooks: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"

    @property
    def label(self) -> str:
        """Name, distribution and version, as messages have them."""
        return f"{self.name} ({self})"

    @property
    def message(self) -> str:
        """A line about a plugin that is not active: which one, what is wrong, what to do."""
        verb = "is disabled" if self.status == "disabled" else self.status
        return f"plugin {self.label} {verb}: {self.reason}"


class _Offer(NamedTuple):
    record: Any
    plugin: str


class Registry:
    """What the plugins offer, by kind and name.

    A *kind* is the name of a hook without ``logflow_``: ``"decoders"``, ``"sinks"``…; asking
    for one that no hook has raises ``LookupError``.  Records are instances of the class that
    the hook asks for.  Made by :func:`load_plugins`; most callers want :func:`registry`.
    """

    plugins: tuple[PluginInfo, ...]
    """All plugins found, sorted by name and distribution."""

    def __init__(
        self, manager: pluggy.PluginManager, candidates: Sequence[Candidate], hooks: Iterable[str]
    ) -> None:
        self._manager = manager
        self._causes = {c.name: c.cause for c in candidates if c.cause}
        self._offers: dict[str, dict[str, list[_Offer]]] = {
            hook.removeprefix(PREFIX): {} for hook in hooks
        }
        for candidate in candidates:
            for hook, records in candidate.offers.items():
                named = self._named(hook.removeprefix(PREFIX))
                for record in records:
                    named.setdefault(record.name, []).append(_Offer(record, candidate.name))
        self._labels = {c.name: c.label for c in candidates}
        self._contested = {
            (kind, name): self._contest(f"{_noun(kind)} {name!r}", offers)
            for kind, named in self._offers.items()
            for name, offers in sorted(named.items())
            if len(offers) > 1
        }
        self.plugins = tuple(_info(c, self._conflicts_of(c.name)) for c in candidates)

    @property
    def problems(self) -> tuple[PluginInfo, ...]:
        """The plugins that failed or that offer a contested name."""
        return tuple(p for p in self.plugins if p.status == "failed" or p.conflicts)

    def records(self, kind: str) -> tuple[Any, ...]:
        """The records of *kind*, sorted by name, without the contested ones."""
        named = self._named(kind)
        return tuple(named[name][0].record for name in sorted(named) if len(named[name]) == 1)

    def find(self, kind: str, name: str) -> Any:
        """The record of *kind* with this name.

        Raises :exc:`~logflow.errors.PluginConflictError` for a contested name,
        :exc:`~logflow.errors.PluginError` if the plugin that would offer it failed, and
        otherwise :exc:`~logflow.errors.UnknownFormatError` (decoders and sinks) or
        :exc:`~logflow.errors.OptionError`, saying what to install or which names are valid.
        """
        offers = self._named(kind).get(name, [])
        if not offers:
            self._refuse(kind, name)
        if len(offers) > 1:
            raise PluginConflictError(self._contested[kind, name])
        return offers[0].record

    def by_scheme(self, kind: str, scheme: str) -> Any:
        """The record of *kind* (``"sources"`` or ``"storages"``) that takes *scheme*.

        Raises :exc:`~logflow.errors.PluginConflictError` if two do, and
        :exc:`~logflow.errors.UnknownFormatError` if none does.
        """
        all_offers = [offer for offers in self._named(kind).values() for offer in offers]
        offers = [offer for offer in all_offers if scheme in offer.record.schemes]
        location = f"{scheme}://" if scheme else "plain paths"
        if len(offers) > 1:
            raise PluginConflictError(self._contest(f"{_noun(kind)} of {location}", offers))
        if not offers:
            valid = sorted({s for offer in all_offers for s in offer.record.schemes if s})
            raise UnknownFormatError(
                self.missing(name=location, writing=kind == "storages")
                or f"no {_noun(kind)} takes {location}{self._instead(scheme, valid)}"
            )
        return offers[0].record

    def owner(self, record: Record) -> PluginInfo:
        """The plugin that offers *record*; ``LookupError`` if none does."""
        return self._owned(record)[1]

    def load(self, reference: str, record: Record) -> Any:
        """The object that *reference*, one of those in *record*, names as ``"module:Name"``.

        Whatever goes wrong is a :exc:`~logflow.errors.PluginError` that names the plugin.
        """
        try:
            return load_reference(reference)
        except PluginError as err:
            kind, plugin = self._owned(record)
            raise PluginError(
                f"plugin {plugin.label}, {_noun(kind)} {record.name!r}: {err}; "
                f"{remedy(plugin.name, plugin.distribution)}"
            ) from err.__cause__

    def check_contested(self, kind: str, *, name: str, head: bytes = b"") -> None:
        """Raise :exc:`~logflow.errors.PluginConflictError` where a contested record would apply.

        *name* is the name of an input or output, *head* the first bytes of an input.
        """
        for contested_kind, contested in self._contested:
            offers = self._named(kind).get(contested, ()) if contested_kind == kind else ()
            if any(_fits(offer.record, name, head) for offer in offers):
                raise PluginConflictError(self._contested[kind, contested])

    def missing(self, *, name: str, head: bytes = b"", writing: bool = False) -> str | None:
        """What to do about an input (or output) whose format is known but not at hand.

        *name* is a file's name or an address, *head* the first bytes of an input; an address
        tells most, then the content, then the name.  ``None`` if nothing can be said.
        """
        kinds = ("sinks", "storages") if writing else ("decoders", "codecs", "sources")
        found = [
            (evidence, known, kind)
            for known in known_formats().values()
            for kind in known.offers
            if kind in kinds and known.name not in self._named(kind)
            if (evidence := known.evidence(name, head))
        ]
        if not found:
            return None
        evidence, known, kind = max(found, key=lambda each: each[0])
        plugin = self._inactive_owner(kind, known.name)
        what = f"{name} is {known.title}{evidence.text}"
        return f"{what}, but {plugin.message}" if plugin else f"{what}, which {known.needs}"

    def observers(self, report: Callable[[str], None] = _log.warning) -> Observers:
        """The observers of one run; *report* gets a line for each that raises."""
        active = {p.name: p for p in self.plugins if p.status == "active"}
        return Observers(self._manager, active, report)

    def _named(self, kind: str) -> dict[str, list[_Offer]]:
        if kind not in self._offers:
            raise LookupError(f"no hook {PREFIX}{kind}; kinds are {listed(self._offers)}")
        return self._offers[kind]

    def _owned(self, record: Record) -> tuple[str, PluginInfo]:
        """Kind and plugin of a record."""
        for kind, named in self._offers.items():
            for offer in named.get(record.name, ()):
                if offer.record == record:
                    return kind, next(p for p in self.plugins if p.name == offer.plugin)
        raise LookupError(f"no plugin offers {record!r}")

    def _contest(self, what: str, offers: Iterable[_Offer]) -> str:
        names = [offer.plugin for offer in offers]
        return (
            f"{what} is offered by {' and by '.join(self._labels[name] for name in names)}: "
            f"disable one with {' or '.join(f'LOGFLOW_DISABLE_PLUGINS={name}' for name in names)}"
        )

    def _conflicts_of(self, plugin: str) -> tuple[str, ...]:
        """The messages about the contested names that *plugin* offers."""
        return tuple(
            message
            for (kind, name), message in self._contested.items()
            if any(offer.plugin == plugin for offer in self._offers[kind][name])
        )

    def _inactive_owner(self, kind: str, name: str) -> PluginInfo | None:
        """The plugin that would offer a name if it were not broken or disabled."""
        known = known_formats().get(name)
        distribution = known.distribution if known and kind in known.offers else None
        for plugin in self.plugins:
            if plugin.status != "active" and (
                plugin.name == name or normalized(plugin.distribution) == distribution
            ):
                return plugin
        return None

    def _refuse(self, kind: str, name: str) -> NoReturn:
        """Say why there is no such record, and what to do."""
        plugin = self._inactive_owner(kind, name)
        if plugin and plugin.status == "failed":
            cause = self._causes[plugin.name]
            conflict = isinstance(cause, PluginConflictError)
            raise (PluginConflictError if conflict else PluginError)(plugin.message) from cause
        known = known_formats().get(name)
        valid = [record.name for record in self.records(kind)]
        if plugin:
            message = plugin.message
        elif known and kind in known.offers:
            message = f"{name} {known.needs}"
        else:
            message = f"no {_noun(kind)} is named {name!r}{self._instead(name, valid)}"
        if kind in ("decoders", "sinks"):
            raise UnknownFormatError(message)
        raise OptionError(message, name=name, valid=tuple(valid))

    def _instead(self, name: str, valid: Collection[str]) -> str:
        """The rest of a message: what would be right, and which plugins are out of action."""
        if not self.plugins:
            return f": no plugin is installed; `pip install logflow-all=={__version__}`"
        near = difflib.get_close_matches(name, valid, n=1)
        guess = f" (did you mean {near[0]!r}?)" if near else ""
        reasons: dict[str, list[str]] = {}
        for plugin in self.plugins:
            if plugin.status != "active":
                reasons.setdefault(f"{plugin.status}: {plugin.reason}", []).append(plugin.label)
        inactive = "".join(f"; {listed(labels)} {why}" for why, labels in reasons.items())
        return f"{guess}; there are {listed(valid)}{inactive}"


class Observers:
    """The observers of one run: each is told alone, and dropped for the run once it raises."""

    def __init__(
        self,
        manager: pluggy.PluginManager,
        plugins: Mapping[str, PluginInfo],
        report: Callable[[str], None],
    ) -> None:
        self._manager = manager
        self._plugins = dict(plugins)
        self._report = report
        self._callers: dict[str, dict[str, pluggy.HookCaller]] = {}

    def tell(self, hook: str, **arguments: Any) -> None:
        """Call *hook*, such as ``"logflow_run_started"``, of every observer still listening."""
        if hook not in self._callers:
            self._callers[hook] = {
                name: alone(self._manager, name, hook)
                for name, plugin in self._plugins.items()
                if hook in plugin.hooks
            }
        for name, caller in list(self._callers[hook].items()):
            try:
                caller(**arguments)
            except (Exception, SystemExit) as err:  # noqa: BLE001 - it is reported with its owner
                self._drop(name, hook, err)

    def _drop(self, name: str, hook: str, err: BaseException) -> None:
        plugin = self._plugins.pop(name)
        for callers in self._callers.values():
            callers.pop(name, None)
        self._report(
            f"plugin {plugin.label} is told no more of this run: {hook}(): {spell(err)}; "
            f"{remedy(name, plugin.distribution)}"
        )


@cache
def registry() -> Registry:
    """The plugins that the environment asks for, loaded once.

    ``LOGFLOW_PLUGINS=a,b`` allows only these (empty: none), ``LOGFLOW_DISABLE_PLUGINS=x,y``
    leaves those out, ``LOGFLOW_TRACE_PLUGINS=1`` prints every call of a hook to stderr.
    """
    return load_plugins(
        allow=_names_in("LOGFLOW_PLUGINS"),
        deny=_names_in("LOGFLOW_DISABLE_PLUGINS") or (),
        trace=os.environ.get("LOGFLOW_TRACE_PLUGINS", "") not in ("", "0"),
    )


def reset() -> None:
    """Forget what :func:`registry` has loaded; the next call looks at the environment anew."""
    registry.cache_clear()


def load_plugins(
    *,
    allow: Collection[str] | None = None,
    deny: Collection[str] = (),
    entry_points: Iterable[EntryPoint] | None = None,
    trace: bool = False,
) -> Registry:
    """Find and load plugins, without any cache.

    *allow* and *deny* are names of plugins; ``None`` allows all.  *entry_points* stands in for
    those of the installed distributions.  With *trace*, calls of hooks are printed to stderr.
    Raises nothing on account of a plugin: see :attr:`Registry.problems`.
    """
    found = installed() if entry_points is None else map(candidate_of, entry_points)
    candidates = sorted(found, key=lambda c: (c.name, c.distribution, c.module))
    loader = Loader(candidates, trace=trace)
    loader.disable(allow, deny)
    loader.refuse_namesakes()
    loader.import_all()
    loader.register_all()
    loader.ask_all()
    return Registry(loader.manager, candidates, loader.offers)


def load_reference(reference: str) -> Any:
    """The object that ``"module:Name"`` names; :exc:`~logflow.errors.PluginError` if none.

    Where the record is at hand :meth:`Registry.load` tells more about what went wrong.

    >>> load_reference("logflow.records:Level").PROOF.name
    'PROOF'
    """
    module, _, name = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as err:
        raise PluginError(f"{reference} cannot be loaded: {spell(err)}") from err


def _info(candidate: Candidate, conflicts: tuple[str, ...]) -> PluginInfo:
    return PluginInfo(
        name=candidate.name,
        distribution=candidate.distribution,
        version=candidate.version,
        module=candidate.module,
        status=candidate.status,
        reason=candidate.reason,
        offers={hook: tuple(r.name for r in records) for hook, records in candidate.offers.items()},
        hooks=candidate.hooks,
        conflicts=conflicts,
    )


def _names_in(variable: str) -> frozenset[str] | None:
    """The names in an environment variable, ``None`` if it is not set."""
    text = os.environ.get(variable)
    return None if text is None else frozenset(filter(None, map(str.strip, text.split(","))))


def _fits(record: Any, name: str, head: bytes) -> bool:
    """Whether a record's extensions or magic fit a name or first bytes."""
    magics = getattr(record, "magic", ())
    extensions = getattr(record, "extensions", ())
    return any(magic.matches(head) for magic in magics) or name.lower().endswith(extensions)


def _noun(kind: str) -> str:
    """What one record of a kind is called.

    >>> _noun("decoders"), _noun("log_formats")
    ('decoder', 'log format')
    """
    return kind.removesuffix("s").replace("_", " ")
