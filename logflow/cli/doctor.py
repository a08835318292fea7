"""``logflow doctor``: what this installation is made of, and what is wrong with it."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any

import click

import logflow_ext
from logflow.cli.console import Console, pass_console
from logflow.cli.exits import Exit
from logflow.cli.flags import Command, Flag
from logflow.cli.tables import aligned
from logflow.formats import known_formats
from logflow.loading import normalized
from logflow.version import __version__

if TYPE_CHECKING:
    from logflow.plugins import Registry

__all__ = ["doctor"]

CORE = "logflow-core"
PACKAGES = ("logflow", "logflow_ext")
SECRET = re.compile("KEY|TOKEN|SECRET|PASSWORD")


@click.command(
    cls=Command,
    params=[
        Flag(["json", "--json"], section="Showing", is_flag=True, help="A line of JSON in all.")
    ],
)
@pass_console
def doctor(console: Console, json: bool) -> int:
    """Show versions, kernels and plugins, and what is wrong with them.

    The exit status is 1 if something is.
    """
    problems = [
        *_kernel_problems(),
        *_clashes(),
        *_wrong_versions(),
        *_missing_libraries(),
        *_plugin_problems(console.plugins),
    ]
    found = {
        "logflow": __version__,
        "python": f"{platform.python_version()} ({sys.executable})",
        "platform": platform.platform(),
        "processor": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores to use",
        "kernels": _kernels(),
        "libraries": _libraries(),
        "plugins": {p.name: f"{p} {p.status}" for p in console.plugins.plugins},
        "environment": _environment(),
        "problems": problems,
    }
    if json:
        console.show_json(found)
    else:
        console.show(_page(found))
    return Exit.FAILED if problems else Exit.CLEAN


def _page(found: Mapping[str, Any]) -> str:
    """A row for each thing, the heading in front of the first of several."""
    rows: list[tuple[str, str]] = []
    for heading, value in found.items():
        if isinstance(value, Mapping):
            lines = aligned(value.items()).splitlines() if value else ["none"]
        else:
            lines = (value or ["none"]) if isinstance(value, list) else [value]
        rows += [(heading if line is lines[0] else "", line) for line in lines]
    return aligned(rows)


def _kernels() -> dict[str, str]:
    if logflow_ext.is_pure():
        return {"kind": "pure Python, as LOGFLOW_PURE asks: slow"}
    if list(_kernel_problems()):
        return {"kind": "incomplete"}
    simd = logflow_ext.kernel("simd")
    available = ", ".join(simd.available())
    return {"kind": "compiled", "in use": simd.variant(), "processor has": available}


def _kernel_problems() -> Iterator[str]:
    for name in logflow_ext.KERNELS:
        try:
            logflow_ext.kernel(name)
        except (ImportError, ValueError) as err:  # ValueError: LOGFLOW_SIMD is wrong
            yield f"kernel {name}: {err}"


def _clashes() -> Iterator[str]:
    """Distributions that install files over ours, as the public project logflow does."""
    owners = metadata.packages_distributions()
    for package in PACKAGES:
        for owner in sorted(set(map(normalized, owners.get(package, ())))):
            if owner != CORE:
                yield (
                    f"the distribution {owner} also installs the package {package}: uninstall it, "
                    f"then reinstall {CORE}"
                )


def _wrong_versions() -> Iterator[str]:
    """Our own distributions come in one version."""
    ours = {CORE, "logflow-all", *(known.distribution for known in known_formats().values())}
    for name in sorted(ours):
        version = _version(name)
        if version not in (None, __version__):
            yield (
                f"{name} is {version}, but logflow is {__version__}: "
                f"pip install {name}=={__version__}"
            )
    if _version(CORE) is None:
        yield f"{CORE} is not installed, so that no plugin is found: pip install {CORE}"


def _libraries() -> dict[str, str]:
    """What the core requires, in the versions that are there."""
    return {name: _version(name) or "missing" for name in _required()}


def _missing_libraries() -> Iterator[str]:
    for name in _required():
        if _version(name) is None:
            yield f"{name} is missing: pip install {name}"


def _required() -> list[str]:
    try:
        requirements = metadata.requires(CORE) or []
    except metadata.PackageNotFoundError:
        return []
    plain = [each for each in requirements if "extra ==" not in each]
    return sorted(re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in plain)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _plugin_problems(registry: Registry) -> list[str]:
    lines = [line for p in registry.problems for line in p.conflicts or (p.message,)]
    if not registry.plugins:
        lines.append("no plugin is installed: pip install logflow-all")
    return list(dict.fromkeys(lines))


def _environment() -> dict[str, str]:
    """The variables that logflow looks at; secrets are not shown."""
    return {
        name: "(set)" if SECRET.search(name) else value
        for name, value in sorted(os.environ.items())
        if name.startswith("LOGFLOW_")
    }
