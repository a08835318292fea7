"""What a command takes as a whole process: wall and CPU seconds, peak memory.

``python tests/bench/measure.py CORES COMMAND...`` runs the command on the first CORES cores and
prints the figures as JSON.  It is a process of its own because a child's peak memory counts
from before its ``exec``: it is never below that of who starts it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Run", "cores", "measure"]

TIMEOUT = 3600


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run.  *wall* and *cpu* in seconds, *peak* in bytes; *error* is the end of stderr."""

    wall: float
    cpu: float
    peak: int
    status: int
    error: str = ""


def measure(command: list[str], *, use_cores: int | None = None) -> Run:
    """Run *command* in a new process, on all cores or some."""
    launched = subprocess.run(
        [sys.executable, "-S", __file__, str(use_cores or cores()), *command],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    return Run(**json.loads(launched.stdout))


def cores() -> int:
    """How many cores there are to use."""
    return len(_affinity()) or os.cpu_count() or 1


def _affinity() -> list[int]:
    """The cores that this process may run on; nothing where the system does not tell."""
    get: Any = getattr(os, "sched_getaffinity", lambda _: ())
    return sorted(get(0))


def _launch(use_cores: int, command: list[str]) -> Run:
    if usable := _affinity():
        os.sched_setaffinity(0, usable[:use_cores])
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start would compile every module
    started = time.monotonic()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        assert child.stderr is not None
        error = child.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        status=child.returncode,
        error=error[-2000:],
    )


if __name__ == "__main__":
    print(json.dumps(asdict(_launch(int(sys.argv[1]), sys.argv[2:]))))
