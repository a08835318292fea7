from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow.defaults.expand import expand
from logflow.defaults.sources import FileProvider
from logflow.errors import SourceNotFoundError, StorageError, UsageError

FILES = """
    a.csv b.csv b.txt c[1].csv c1.csv .hidden.csv -x.csv
    2023/a.csv 2023/12/a.csv 2024/a.csv 2024/b.json 2024/01/a.csv 2024/.cache/a.csv
    out/part-0.parquet out/_logflow.json out/.part-1.parquet.logflow-42
    out/all.rejects.parquet out/a.parquet.rejects.parquet
    only/.hidden
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FILES.split():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "2024" / "folder.csv").mkdir()
    (tmp_path / "linked.csv").symlink_to("a.csv")
    (tmp_path / "nowhere.csv").symlink_to("gone")
    (tmp_path / "latest").symlink_to("2024", target_is_directory=True)
    (tmp_path / "2024" / "up").symlink_to("..", target_is_directory=True)
    (tmp_path / "2024" / "self").symlink_to("self")
    os.mkfifo(tmp_path / "pipe.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("a.csv", "a.csv"),
        ("./a.csv", "./a.csv"),
        ("nowhere.csv", "nowhere.csv"),
        ("pipe.csv", "pipe.csv"),
        (".hidden.csv", ".hidden.csv"),
        ("c[1].csv", "c[1].csv"),  # it is there, so it is no glob
        ("c[0-9].csv", "c1.csv"),
        ("?.csv", "a.csv b.csv"),
        ("./?.csv", "a.csv b.csv"),
        ("b.*", "b.csv b.txt"),
        ("[!a-z]*.csv", "-x.csv"),
        ("*.csv", "-x.csv a.csv b.csv c1.csv c[1].csv linked.csv nowhere.csv"),
        (".*.csv", ".hidden.csv"),
        ("*/a.csv", "2023/a.csv 2024/a.csv latest/a.csv"),
        ("20*/*/a.csv", "2023/12/a.csv 2024/01/a.csv 2024/up/a.csv"),
        ("20*/a.csv", "2023/a.csv 2024/a.csv"),
        ("2024/.*/a.csv", "2024/.cache/a.csv"),
        ("2024/.cache/*", "2024/.cache/a.csv"),
        ("2024/*.csv", "2024/a.csv"),  # folder.csv is a directory
        ("20*/**/a.csv", "2023/12/a.csv 2023/a.csv 2024/01/a.csv 2024/a.csv"),
        ("**/**/**/a.csv", "2023/12/a.csv 2023/a.csv 2024/01/a.csv 2024/a.csv a.csv"),
        ("2024/**", "2024/01/a.csv 2024/a.csv 2024/b.json 2024/self"),
        ("2023/**/12/**/a.csv", "2023/12/a.csv"),
        ("2023", "2023/12/a.csv 2023/a.csv"),
        ("2023/", "2023/12/a.csv 2023/a.csv"),
        ("./2023/..//2023", "2023/../2023/12/a.csv 2023/../2023/a.csv"),
        ("2024", "2024/01/a.csv 2024/a.csv 2024/b.json 2024/self"),
        ("latest", "latest/01/a.csv latest/a.csv latest/b.json latest/self"),
        ("out", "out/part-0.parquet"),
        ("out/*.rejects.parquet", "out/a.parquet.rejects.parquet out/all.rejects.parquet"),
    ],
)
def test_finds(tree: Path, location: str, found: str) -> None:
    assert expand(location) == sorted(found.split())


def test_absolute(tree: Path) -> None:
    assert expand(f"{tree}/2023/*.csv") == [f"{tree}/2023/a.csv"]
    assert expand(f"{tree}/2023/12") == [f"{tree}/2023/12/a.csv"]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("", "an empty location"),
        ("a.cvs", "a.cvs: no such file; did you mean a.csv"),
        ("2023/b.csv", "did you mean 2023/a.csv"),
        ("2032/a.csv", "did you mean 2024 or 2023"),
        ("oot/x/y/part.parquet", "did you mean out"),
        ("*.parqet", r"\*.parqet: no such file"),
        ("2023/*.jsonl", "no such file"),
        ("nothing-like-it-at-all", "all: no such file$"),
        ("a.csv/b", "no such file"),
        ("empty", "empty: there are no files in this directory"),
        ("only", "no files in this directory"),
        ("a\0*", "not a path|no such file"),
        ("line\nbreak*", r"'line\\nbreak\*': no such file"),
    ],
)
def test_finds_nothing(tree: Path, location: str, message: str) -> None:
    with pytest.raises(SourceNotFoundError, match=message) as caught:
        expand(location)
    assert "\n" not in str(caught.value)


def test_name_is_too_long(tree: Path) -> None:
    with pytest.raises(StorageError, match="too long"):
        expand("x" * 5000)


@pytest.mark.parametrize("location", ["{}", "{}/*", "{}/**/a", "{}/closed", "{}/closed/*"])
def test_closed_directory(ordinary_user: Path, location: str) -> None:
    (ordinary_user / "a").touch()
    (ordinary_user / "closed").mkdir(0o000)
    try:
        if location == "{}/*":
            assert expand(location.format(ordinary_user)) == [f"{ordinary_user}/a"]
        else:
            with pytest.raises(StorageError, match="permission denied"):
                expand(location.format(ordinary_user))
    finally:
        (ordinary_user / "closed").chmod(0o700)


def test_no_suggestions_from_a_directory_that_may_not_be_listed(ordinary_user: Path) -> None:
    (ordinary_user / "shut").mkdir()
    (ordinary_user / "shut" / "a.csv").touch()
    (ordinary_user / "shut").chmod(0o100)
    with pytest.raises(SourceNotFoundError, match=r"a.cvs: no such file$"):
        expand(f"{ordinary_user}/shut/a.cvs")
    (ordinary_user / "shut").chmod(0o700)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("file://{}/a.csv", "{}/a.csv"),
        ("file://localhost{}/a.csv", "{}/a.csv"),
        ("file://{}/%61.csv", "{}/a.csv"),
        ("file://{}/c%5B1%5D.csv", "{}/c[1].csv"),
        ("file://{}/2023/*.csv", "{}/2023/a.csv"),
        ("file://{}/b.t?t", "{}/b.txt"),
    ],
)
def test_urls(tree: Path, url: str, found: str) -> None:
    sources = FileProvider().expand(url.format(tree))
    assert [source.location for source in sources] == [found.format(tree)]


@pytest.mark.parametrize("url", ["file://server/share/a.csv", "file://a.csv", "file://"])
def test_urls_of_other_hosts(url: str) -> None:
    with pytest.raises(UsageError, match="file:///path"):
        FileProvider().expand(url)


def test_names_that_are_not_text(tree: Path) -> None:
    name = os.fsdecode(b"2023/\xff.bin")
    Path(name).touch()
    assert name in expand("2023")
    assert [s.location for s in FileProvider().expand(f"file://{tree}/2023/%FF.bin")] == [
        f"{tree}/{name}"
    ]


def test_loops_cost_nothing(tmp_path: Path) -> None:
    for name in ("x", "y", "z"):
        (tmp_path / name).symlink_to(".", target_is_directory=True)
    (tmp_path / "a").touch()
    assert expand(f"{tmp_path}/**/a") == [f"{tmp_path}/a"]
    assert expand(str(tmp_path)) == [f"{tmp_path}/a"]


@given(name=st.text("ab*?[]!-.\\/", min_size=1, max_size=12))
def test_a_file_is_found_by_its_name(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.mktemp("any") / name.replace("/", "_").strip(".")
    if path.name and not path.exists():
        path.touch()
        assert expand(str(path)) == [str(path)]
