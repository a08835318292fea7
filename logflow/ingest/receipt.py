"""The receipt: the checked account of a run.

Records read = written + quarantined + dropped + skipped, for every file and in total, from two
counters that know nothing of each other: splitting counts terminators and bytes, decoding counts
rows, rejects and the bytes that each record covers.  Rows are counted a third time from the
staged output.  A run whose sums do not hold fails and publishes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from logflow.errors import ReceiptError
from logflow.interfaces.decoder import Skipped

if TYPE_CHECKING:
    from logflow.ingest.schema.drift import Drift

__all__ = ["SPEC_VERSION", "Account", "ColumnReceipt", "FileReceipt", "Receipt", "equation", "sums"]

SPEC_VERSION = 1
"""Version of the receipt's JSON form."""

MAX_LISTED = 100
"""Skipped records of an input that are listed; all are counted."""

MAX_TEXT = 500
"""Characters of each of them."""

MAX_EMBEDDED = 20
"""Inputs that the receipt inside an output tells of."""

_UNEMBEDDED = ("listed", "drift")


@dataclass(slots=True)
class Account:
    """Both counts of one input, while a pass goes on.

    *records* and *length* come from splitting, the rest from decoding.  *covered* is ``None``
    once a batch could not say which bytes it covers.
    """

    records: int = 0
    length: int = 0
    rows: int = 0
    rejected: int = 0
    covered: int | None = 0
    skipped: dict[str, int] = field(default_factory=dict)
    noted: dict[str, int] = field(default_factory=dict)
    listed: list[Skipped] = field(default_factory=list)
    doubt: str | None = None

    def add_split(self, records: int, length: int) -> None:
        """Add what splitting counted in a chunk."""
        self.records += records
        self.length += length

    def add_decoded(
        self,
        rows: int,
        rejected: int,
        skipped: Mapping[str, int],
        covered: int | None,
        noted: Mapping[str, int],
    ) -> None:
        """Add what decoding counted in a chunk."""
        self.rows += rows
        self.rejected += rejected
        for reason, count in skipped.items():
            self.skipped[reason] = self.skipped.get(reason, 0) + count
        for what, count in noted.items():
            self.noted[what] = self.noted.get(what, 0) + count
        if self.covered is not None:
            self.covered = None if covered is None else self.covered + covered

    def add_listed(self, listed: Sequence[Skipped]) -> None:
        """List more skipped records, as far as there is room."""
        for one in listed[: MAX_LISTED - len(self.listed)]:
            self.listed.append(replace(one, text=one.text[:MAX_TEXT]))

    def check(self, file: str, decoded_bytes: int | None) -> None:
        """Raise :exc:`~logflow.errors.ReceiptError` where the counts differ.

        *decoded_bytes* is what the reading stage handed out, ``None`` if it does not count.
        """
        accounted = self.rows + self.rejected + sum(self.skipped.values())
        if accounted != self.records or min(self.skipped.values(), default=0) < 0:
            raise ReceiptError(
                f"{file}: {self.records:,} records were found, but {accounted:,} are accounted "
                f"for ({self.rows:,} rows, {self.rejected:,} rejects, skipped {self.skipped}); "
                "nothing was published"
            )
        if decoded_bytes is None or self.covered is None:
            return
        if not self.length == self.covered == decoded_bytes:
            raise ReceiptError(
                f"{file}: {decoded_bytes:,} bytes were read, {self.length:,} split and "
                f"{self.covered:,} decoded; nothing was published"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReceipt:
    """The account of one input.

    *stored_bytes* and *checksum* (XXH3-128) are of the bytes as they are stored, *decoded_bytes*
    of the text after decompression and transcoding (``None`` for binary formats).  *noted* counts
    rows among the *written* that the input has in another form, by what was done to them.
    *skipped* counts the records that are no data, by reason; *listed* are the first hundred of
    those that have something to say, with their places and texts.
    *drift* is what the input has otherwise than most inputs of the run, ``None`` if nothing.
    *doubt* is what was assumed on little evidence, and how to overrule it.
    """

    file: str
    member: str | None
    format: str
    compression: str | None
    encoding: str | None
    stored_bytes: int
    checksum: str
    decoded_bytes: int | None
    records: int
    written: int
    quarantined: int
    dropped: int
    skipped: Mapping[str, int]
    noted: Mapping[str, int] = field(default_factory=dict)
    listed: Sequence[Skipped] = ()
    drift: Drift | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReceipt:
    """The type of a column of the output and the reason for it."""

    name: str
    type: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The account of a run.  What it does not prove: that the dialect was the author's."""

    run_id: str
    version: str
    files: Sequence[FileReceipt]
    columns: Sequence[ColumnReceipt]
    rows_in_output: int
    passes: int
    seconds: float
    spec_version: int = SPEC_VERSION

    @property
    def read(self) -> int:
        """Records read, header, blank and comment lines included."""
        return sum(file.records for file in self.files)

    @property
    def written(self) -> int:
        """Rows written."""
        return sum(file.written for file in self.files)

    @property
    def quarantined(self) -> int:
        """Records kept in the side file of rejects."""
        return sum(file.quarantined for file in self.files)

    @property
    def dropped(self) -> int:
        """Records that were rejected and, as asked for, not kept."""
        return sum(file.dropped for file in self.files)

    @property
    def rejected(self) -> int:
        """Quarantined and dropped records."""
        return self.quarantined + self.dropped

    @property
    def skipped(self) -> int:
        """Records that are no data: header, preamble, blank and comment lines."""
        return sum(sum(file.skipped.values()) for file in self.files)

    @property
    def noted(self) -> dict[str, int]:
        """Written rows that the inputs have in another form, by what was done to them."""
        noted: Counter[str] = Counter()
        for file in self.files:
            noted.update(file.noted)
        return dict(noted)

    @property
    def drifted(self) -> list[FileReceipt]:
        """The inputs that have something otherwise than most."""
        return [file for file in self.files if file.drift]

    def check(self) -> None:
        """Raise :exc:`~logflow.errors.ReceiptError` unless the sums hold."""
        parts = self.written + self.quarantined + self.dropped + self.skipped
        if self.read != parts:
            raise ReceiptError(
                f"{self.read:,} records were read, but {parts:,} are accounted for; "
                "nothing was published"
            )
        if self.rows_in_output != self.written:
            raise ReceiptError(
                f"{self.written:,} rows were written, but the staged output has "
                f"{self.rows_in_output:,}; nothing was published"
            )

    def to_dict(self) -> dict[str, Any]:
        """The receipt as JSON can hold it, with the sums."""
        return {"spec_version": self.spec_version, "totals": sums([self]), **asdict(self)}

    def embedded(self) -> str:
        """The receipt as JSON for the output's own metadata, small however many inputs there are.

        Without texts of the input, what is known only when the output is finished, and all but
        the first :data:`MAX_EMBEDDED` inputs.
        """
        files = [asdict(file) for file in self.files[:MAX_EMBEDDED]]
        kept = [{name: file[name] for name in file if name not in _UNEMBEDDED} for file in files]
        account = {
            "spec_version": self.spec_version,
            "run_id": self.run_id,
            "version": self.version,
            "totals": sums([self]),
            "inputs": len(self.files),
            "files": kept,
        }
        return json.dumps(account, separators=(",", ":"))

    def __str__(self) -> str:
        return equation([self])


def sums(receipts: Sequence[Receipt]) -> dict[str, int]:
    """The sums of several runs together."""
    names = ("read", "written", "quarantined", "dropped", "skipped")
    return {name: sum(getattr(receipt, name) for receipt in receipts) for name in names}


def equation(receipts: Sequence[Receipt]) -> str:
    """The sums of several runs together, as people read them."""
    read, *parts = (f"{count:,} {name}" for name, count in sums(receipts).items())
    return f"{read.replace(' ', ' records ')} = {' + '.join(parts)}"
