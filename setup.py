"""Builds the kernels in ``logflow_ext``: Cython to C++17 to extension modules.

Switches, all of the environment:

* ``LOGFLOW_PURE=1``: no compiler at all; the pure-Python twins do the work.
* ``LOGFLOW_BUILD=release|coverage|sanitize``: what the compiler is asked for.
"""

from __future__ import annotations

import os
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNELS = Path("logflow_ext")
FLAGS = {
    "release": (["-O3", "-g0"], []),
    "coverage": (["-O0", "-g", "--coverage", "-DCYTHON_TRACE_NOGIL=1"], ["--coverage"]),
    "sanitize": (
        ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
        ["-fsanitize=address,undefined"],
    ),
}


def extensions(kind: str) -> list[Extension]:
    """One extension module a kernel; every kernel depends on every header."""
    compile_flags, link_flags = FLAGS[kind]
    headers = sorted(map(str, [*KERNELS.glob("*.hpp"), *KERNELS.glob("*.pxd")]))
    return [
        Extension(
            f"logflow_ext.{source.stem}",
            [str(source)],
            depends=headers,
            include_dirs=[str(KERNELS)],
            language="c++",
            extra_compile_args=["-std=c++17", "-Wall", "-Wextra", *compile_flags],
            extra_link_args=link_flags,
        )
        for source in sorted(KERNELS.glob("*.pyx"))
    ]


class BuildKernels(build_ext):
    """Translates the kernels with Cython when they are built, and compiles them in parallel."""

    def finalize_options(self) -> None:
        """Cython runs here, so that other commands (``sdist``) do not need it to."""
        from Cython.Build import cythonize

        kind = os.environ.get("LOGFLOW_BUILD", "release")
        self.distribution.ext_modules = cythonize(
            extensions(kind),
            build_dir=f"build/cython-{kind}",
            nthreads=0,
            quiet=True,
            compiler_directives={
                "language_level": 3,
                "boundscheck": False,
                "wraparound": False,
                "cdivision": True,
                "embedsignature": True,
                "freethreading_compatible": True,
                "linetrace": kind == "coverage",
            },
        )
        self.parallel = self.parallel or os.cpu_count()
        super().finalize_options()


def is_pure() -> bool:
    return os.environ.get("LOGFLOW_PURE", "") not in ("", "0")


setup(
    ext_modules=[] if is_pure() else extensions("release"),
    cmdclass={"build_ext": BuildKernels},
)
