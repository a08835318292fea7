"""What a conversion tells at its end, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from logflow.cli.report import described, detection_json

if TYPE_CHECKING:
    from logflow.engine import ConvertResult
    from logflow.errors import LogflowError
    from logflow.ingest.receipt import FileReceipt, Receipt

__all__ = ["accounts", "json_of", "json_of_each", "plan"]

RUNS = 5
"""Runs of lines that are shown where records were left out."""

SHOWN = 3
"""Inputs that a message names."""


def accounts(results: Sequence[ConvertResult], destination: str) -> Iterator[str]:
    """What people are told at the end: what was written, and what was not."""
    for result in results:
        yield from _account(result)
    if len(results) > 1:
        from logflow.ingest.receipt import equation

        total = equation([result.receipt for result in results])
        yield f"{destination}, {len(results):,} outputs: {total}"


def _account(result: ConvertResult) -> Iterator[str]:
    receipt = result.receipt
    yield f"{_name(result)}: {result}"
    if skipped := _skipped(receipt.files):
        yield f"skipped: {skipped}"
    if doubts := _doubts(receipt):
        yield doubts
    if receipt.drifted:
        yield _drift(receipt)
    for what, count in receipt.noted.items():
        yield f"{_records(count)} {what.replace('_', ' ')}"
    if receipt.quarantined:
        kinds = _kinds(result.rejects_path)
        yield f"{_records(receipt.quarantined)} rejected: {result.rejects_path} ({kinds})"
    if receipt.dropped:
        yield f"{_records(receipt.dropped)} rejected and dropped, as asked for"


def _skipped(files: Sequence[FileReceipt]) -> str:
    """What was left out beside headers and blank records; of a single input also where it was."""
    counts: Counter[str] = Counter()
    for file in files:
        counts.update(file.skipped)
    found = [reason for reason in counts if reason not in ("header", "blank")]
    listed = files[0].listed if len(files) == 1 else ()
    places = {
        reason: [one.line for one in listed if one.reason == reason and one.line is not None]
        for reason in found
    }
    return ", ".join(
        f"{counts[reason]:,} {reason}" + _places(places[reason], counts[reason]) for reason in found
    )


def _places(lines: Sequence[int], count: int) -> str:
    """The first of *lines*, runs of them together; that of *count* lines not all are there."""
    if not lines:
        return ""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:RUNS]]
    more = ", …" if len(runs) > RUNS or count > len(lines) else ""
    return f" (line{'s' if count > 1 else ''} {', '.join(shown)}{more})"


def _doubts(receipt: Receipt) -> str:
    """What was assumed on little evidence; so many inputs that it stays one message."""
    found = [file for file in receipt.files if file.doubt]
    shown = "; ".join(f"{_input(file)}: {file.doubt}" for file in found[:SHOWN])
    more = len(found) - SHOWN
    rest = f"; and {more:,} more, which --json lists" if more > 0 else ""
    return f"guessed: {shown}{rest}; logflow detect --explain says why" if found else ""


def _drift(receipt: Receipt) -> str:
    """Which inputs are not like most of them; so many that it stays one message."""
    drifted = receipt.drifted
    shown = "; ".join(f"{_input(file)} ({file.drift})" for file in drifted[:SHOWN])
    more = len(drifted) - SHOWN
    rest = f"; and {more:,} more, which --json lists" if more > 0 else ""
    differ = "differs" if len(drifted) == 1 else "differ"
    return f"{len(drifted):,} of {len(receipt.files):,} inputs {differ} from most: {shown}{rest}"


def _input(file: FileReceipt) -> str:
    return file.file if file.member is None else f"{file.file}, member {file.member}"


def _name(result: ConvertResult) -> str:
    return "standard output" if result.destination == "<stdout>" else result.destination


def _records(count: int) -> str:
    return "1 record was" if count == 1 else f"{count:,} records were"


def _kinds(path: str | None) -> str:
    """How many rejects there are of each type, most first, from their file."""
    import pyarrow.parquet as pq

    # read_table and value_counts would import pandas and numpy where they are installed.
    counts: Counter[str] = Counter()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=["error_type"]):
            counts.update(batch.column(0).to_pylist())
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{kind} {count:,}" for kind, count in ordered)


def plan(result: ConvertResult) -> str:
    """What would happen: the inputs, the columns and the sums."""
    from logflow.cli.tables import aligned

    inputs = "\n".join(described(detection) for detection in result.detections)
    columns = aligned([(c.name, c.type, c.reason) for c in result.receipt.columns], indent=2)
    lines = [inputs, f"{_name(result)} would have", columns, str(result)]
    if doubts := _doubts(result.receipt):
        lines.append(doubts)
    if result.receipt.drifted:
        lines.append(_drift(result.receipt))
    return "\n".join([*lines, "nothing was written"])


def json_of_each(
    results: Sequence[ConvertResult], failures: Mapping[str, LogflowError]
) -> dict[str, Any]:
    from logflow.ingest.receipt import sums

    receipts = [result.receipt for result in results]
    return {
        "totals": sums(receipts),
        "results": [json_of(result) for result in results],
        "failures": [{"input": name, "error": str(err)} for name, err in failures.items()],
    }


def json_of(result: ConvertResult) -> dict[str, Any]:
    return {
        "destination": result.destination,
        "receipt": result.receipt.to_dict(),
        "output": [asdict(file) for file in result.output.files],
        "rejects": result.rejects_path,
        "detections": [detection_json(detection) for detection in result.detections],
    }
