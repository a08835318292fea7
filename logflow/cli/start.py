"""The console script.  ``logflow --version`` is answered here, before anything is imported."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run the program with the arguments of the process; gives its exit status."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from logflow.version import __version__

        sys.stdout.write(f"logflow {__version__}\n")
        return 0
    try:
        from logflow.cli.main import run

        return run(arguments, light=True)
    except KeyboardInterrupt:  # while modules are imported
        sys.stderr.write("logflow: interrupted\n")
        return 130
