"""What the builds of the core contain, and that nothing old gets into them."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]

pytestmark = pytest.mark.packaging


@pytest.fixture
def python(tmp_path: Path, run: Run) -> Path:
    """The Python of an empty environment."""
    run("uv", "venv", "-q", tmp_path / "venv", cwd=tmp_path)
    return tmp_path / "venv" / "bin" / "python"


def test_the_wheel_is_built_from_the_sdist_alone(
    tmp_path: Path, clone: Path, tracked: list[Path], run: Run
) -> None:
    # Also a source distribution made without a compiler contains the kernels.
    run("uv", "build", "--sdist", "-o", tmp_path, cwd=clone, LOGFLOW_PURE="1")
    (archive,) = tmp_path.glob("logflow_core-*.tar.gz")
    with tarfile.open(archive) as sdist:
        sdist.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("logflow_core-*/")
    run("uv", "build", "--wheel", "-o", tmp_path, cwd=source)
    (wheel,) = tmp_path.glob("logflow_core-*.whl")

    packages = [path for path in tracked if path.parts[0] in ("logflow", "logflow_ext")]
    installed = {p.as_posix() for p in packages if p.suffix not in (".pyx", ".pxd", ".hpp")}
    kernels = {path.stem for path in packages if path.suffix == ".pyx"}
    names = [n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n]
    modules = {name for name in names if name.endswith(".so")}
    example = {name for name in names if "/logflow-ltsv/" in name}
    assert len(example) == 4
    assert set(names) - modules - example == installed
    assert {Path(name).name.partition(".")[0] for name in modules} == kernels


def test_pure_needs_no_compiler(project: Path, python: Path, run: Run) -> None:
    nothing = {"CC": "false", "CXX": "false"}
    run("uv", "build", "--wheel", "-o", project, cwd=project, LOGFLOW_PURE="1", **nothing)
    (wheel,) = project.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    assert not [n for n in zipfile.ZipFile(wheel).namelist() if n.endswith(".so")]

    run("uv", "pip", "install", "--no-deps", "--python", python, wheel, cwd=project)
    ask = "import logflow_ext; print(logflow_ext.kernel('answer').ask())"
    assert run(python, "-c", ask, cwd=python.parent, LOGFLOW_PURE="1") == "41\n"
    said = run(python, "-c", ask, cwd=python.parent, fails=True)
    assert "ImportError: the compiled kernel logflow_ext.answer is missing" in said


def test_a_wheel_contains_nothing_of_an_earlier_build(
    project: Path, python: Path, run: Run
) -> None:
    install = ("uv", "pip", "install", "--no-deps", "--reinstall", "--python", python, ".")
    names = "import logflow_ext, pathlib as p; print(*sorted(\
        f.name.partition('.')[0] for f in p.Path(logflow_ext.__file__).parent.rglob('answer*')))"
    run(*install, cwd=project)
    assert run(python, "-c", names, cwd=python.parent) == "answer answer answer\n"
    rename(project, "answer", "reply")
    run(*install, cwd=project)
    assert run(python, "-c", names, cwd=python.parent) == "\n"
    assert run(python, "-c", "import logflow_ext.reply", cwd=python.parent) == ""


def test_an_unknown_switch_is_named(project: Path, run: Run) -> None:
    said = run("uv", "build", cwd=project, fails=True, LOGFLOW_BUILD="fast")
    assert "LOGFLOW_BUILD=fast: it may be release, coverage, sanitize" in said


def test_an_editable_install_follows_headers_switches_and_names(project: Path, run: Run) -> None:
    def ask(kernel: str = "answer", **switches: str) -> str:
        code = f"from logflow_ext.{kernel} import ask; print(ask())"
        return run("uv", "run", "-q", "--no-dev", "python", "-c", code, cwd=project, **switches)

    header = project / "logflow_ext" / "answer.hpp"
    assert ask() == "41\n"
    header.write_text(header.read_text().replace("41", "42"))
    assert ask() == "42\n"

    (module,) = project.glob("logflow_ext/answer.*.so")
    release = module.read_bytes()
    assert ask(LOGFLOW_BUILD="coverage") == "42\n"
    assert b"gcda" in module.read_bytes()
    assert ask() == "42\n"
    assert module.read_bytes() == release

    rename(project, "answer", "reply")
    assert ask("reply") == "42\n"
    assert not list(project.glob("logflow_ext/answer.*.so"))


def test_one_kernel_is_built_in_place(project: Path, run: Run) -> None:
    build = ("uv", "run", "--isolated", "--no-project", "--with", "setuptools,cython")
    command = (*build, "python", "setup.py", "-q", "build_ext", "--inplace", "--only")
    (project / "logflow_ext" / "broken.pyx").write_text("no Cython\n")
    run(*command, "answer", cwd=project)
    assert list(project.glob("logflow_ext/answer.*.so"))
    assert "no kernel anwser: there are answer, broken" in run(
        *command, "anwser", cwd=project, fails=True
    )


def rename(project: Path, old: str, new: str) -> None:
    """Rename a kernel with all that belongs to it; the header keeps its name in the source."""
    for path in sorted(project.glob(f"logflow_ext/**/{old}.p*")):
        path.rename(path.with_name(new + path.suffix))
    header = project / "logflow_ext" / f"{old}.hpp"
    header.rename(header.with_name(f"{new}.hpp"))
    source = project / "logflow_ext" / f"{new}.pyx"
    source.write_text(source.read_text().replace(f"{old}.hpp", f"{new}.hpp"))
