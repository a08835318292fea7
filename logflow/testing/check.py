"""Runs the conformance kit on an installed plugin: ``logflow plugins check DIST``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from logflow.errors import PluginError
from logflow.plugins import PluginInfo, registry

__all__ = ["run"]

DECODER = """
class Test{title}Decoder(DecoderChecks):
    name = {name!r}
"""
HEADER = '''"""Written by ``logflow plugins check``: the rules that need no samples."""
from logflow.testing.check_cases import DecoderChecks, SinkChecks
'''
SINK = """
class Test{title}Sink(SinkChecks):
    name = {name!r}
"""


def run(dist: str) -> int:
    """Check the plugins of the distribution *dist*; gives pytest's exit code, 0 for success.

    Only rules that need no samples are checked: a plugin's own tests, with the samples of its
    author, check all of them.
    """
    import pytest

    found = [info for info in registry().plugins if dist in (info.distribution, info.name)]
    if not found:
        known = ", ".join(sorted({info.distribution for info in registry().plugins}))
        raise PluginError(f"no plugin comes from {dist!r}; installed distributions: {known}")
    for info in found:
        if info.status == "failed":
            raise PluginError(f"{info.distribution} {info.version}: {info.reason}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test_contract.py"
        path.write_text(HEADER + "".join(map(_cases, found)), encoding="utf-8")
        return int(pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir", folder, str(path)]))


def _cases(info: PluginInfo) -> str:
    return "".join(
        template.format(name=name, title="".join(filter(str.isalnum, name.title())))
        for hook, template in (("logflow_decoders", DECODER), ("logflow_sinks", SINK))
        for name in info.offers.get(hook, ())
    )
