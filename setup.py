"""Builds the kernels in ``logflow_ext``: Cython to C++17 to extension modules.

Switches, both of the environment:

* ``LOGFLOW_PURE=1``: no compiler at all; the pure-Python twins do the work.
* ``LOGFLOW_BUILD=release|coverage|sanitize``: what the compiler is asked for.

A wheel is built in a directory of its own, so that nothing an earlier build left under
``build/`` gets into it.  Builds in place (editable installs, ``build_ext --inplace``) keep their
objects under ``build/`` and compile only what changed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from setuptools import Extension, setup
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

KERNELS = Path("logflow_ext")
EXAMPLE = Path("docs/examples/logflow-ltsv")
FLAGS = {
    "release": (["-O3", "-g0"], []),
    "coverage": (
        ["-O0", "-g", "--coverage", "-fprofile-update=prefer-atomic", "-DCYTHON_TRACE_NOGIL=1"],
        ["--coverage"],
    ),
    "sanitize": (
        ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
        ["-fsanitize=address,undefined"],
    ),
}


def is_pure() -> bool:
    """Whether the environment asks for a build without a compiler."""
    return os.environ.get("LOGFLOW_PURE", "") not in ("", "0")


def build_kind() -> str:
    """The value of ``LOGFLOW_BUILD``; exits with the valid ones if it is none of them."""
    kind = os.environ.get("LOGFLOW_BUILD") or "release"
    if kind not in FLAGS:
        sys.exit(f"LOGFLOW_BUILD={kind}: it may be {', '.join(FLAGS)}")
    return kind


def headers() -> list[str]:
    """What a kernel may include or cimport."""
    return sorted(str(path) for suffix in ("pxd", "pxi", "hpp", "h") for path in _kernels(suffix))


def xxhash_headers() -> list[str]:
    """Where ``arrow/vendored/xxhash`` is: the headers of pyarrow, which is not imported."""
    found = find_spec("pyarrow")
    folders = found.submodule_search_locations if found else None
    return [str(Path(folder, "include")) for folder in folders or ()]


def example() -> list[Path]:
    """The files of the example plugin."""
    return sorted(path for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml"))


def extensions(kind: str) -> list[Extension]:
    """One extension module a kernel; every kernel depends on every header."""
    compile_flags, link_flags = FLAGS[kind]
    return [
        Extension(
            f"logflow_ext.{source.stem}",
            [str(source)],
            depends=headers(),
            include_dirs=[str(KERNELS), *xxhash_headers()],
            language="c++",
            # Without contraction, because the same sum has to be the same on every processor.
            extra_compile_args=[
                *("-std=c++17", "-Wall", "-Wextra", "-ffp-contract=off"),
                *compile_flags,
            ],
            extra_link_args=link_flags,
        )
        for source in _kernels("pyx")
    ]


def _kernels(suffix: str) -> list[Path]:
    return sorted(KERNELS.glob(f"*.{suffix}"))


class Build(build):
    """Builds for a wheel, in a fresh directory."""

    def initialize_options(self) -> None:
        super().initialize_options()
        self._fresh = tempfile.TemporaryDirectory(prefix="logflow-build-")
        self.build_base = self._fresh.name


class BuildPackages(build_py):
    """Also takes the example plugin along, which ``logflow plugins new`` copies."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source in example():
            target = Path(self.build_lib, "logflow", "testing", source.relative_to(EXAMPLE.parent))
            target.parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(str(source), str(target))


class BuildKernels(build_ext):
    """Translates the kernels, then compiles them in parallel."""

    user_options: ClassVar = [
        *build_ext.user_options,
        ("only=", None, "build these kernels only (names, separated by commas)"),
    ]

    def initialize_options(self) -> None:
        super().initialize_options()
        self.only: str | None = None

    def finalize_options(self) -> None:
        super().finalize_options()
        if self.inplace:
            self.build_lib = self.build_temp = str(_kept(build_kind()))
        if self.only is not None:
            self.extensions = _chosen(self.extensions, self.only.split(","))
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self) -> None:
        """Translate one after the other (Cython holds the GIL), compile side by side."""
        from Cython.Build import cythonize

        kind = build_kind()
        translated = cythonize(
            self.extensions,
            # The coverage plugin looks for the C++ beside the .pyx.
            build_dir=None if kind == "coverage" else self.build_temp,
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
        sources = {extension.name: extension.sources for extension in translated}
        for extension in self.extensions:
            extension.sources = sources[extension.name]
        super().build_extensions()

    def copy_extensions_to_source(self) -> None:
        """Also remove the modules of kernels that are gone or were renamed."""
        self.force = True  # also over a newer module, which was built in another way
        super().copy_extensions_to_source()
        sources = {source.stem for source in _kernels("pyx")}
        for module in _kernels("so"):
            if module.name.partition(".")[0] not in sources:
                module.unlink()


class SourceDistribution(sdist):
    """Contains the kernels' sources, also where ``LOGFLOW_PURE`` is set, and the example."""

    def make_distribution(self) -> None:
        self.filelist.extend([*headers(), *map(str, [*_kernels("pyx"), *example()])])
        super().make_distribution()


def _kept(kind: str) -> Path:
    """Where in-place builds keep their objects: one place for each way of building them."""
    from Cython import __version__ as cython_version

    way = Path(__file__).read_bytes() + cython_version.encode()
    return Path("build", f"{kind}-{sys.implementation.cache_tag}-{zlib.crc32(way):08x}")


def _chosen(all_extensions: list[Extension], names: list[str]) -> list[Extension]:
    by_name = {extension.name.rpartition(".")[2]: extension for extension in all_extensions}
    if unknown := sorted(set(names) - by_name.keys()):
        sys.exit(f"no kernel {', '.join(unknown)}: there are {', '.join(by_name)}")
    return [by_name[name] for name in names]


setup(
    ext_modules=[] if is_pure() else extensions(build_kind()),
    cmdclass={
        "build": Build,
        "build_py": BuildPackages,
        "build_ext": BuildKernels,
        "sdist": SourceDistribution,
    },
)
