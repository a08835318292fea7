"""Which format it is: every decoder gives its verdict, the best evidence wins.

Levels of evidence are compared first (magic bytes before structure before looks), scores only
within a level; the name's extension decides between equals.  Order of plugins never does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from logflow.detection.findings import Candidate, Finding
from logflow.errors import AmbiguousFormatError, PluginError
from logflow.plugins import Registry
from logflow.records import DecoderRecord, Level, Peek, Verdict

__all__ = ["Ballot", "elect", "has_verdict", "vote"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One decoder's verdict; *named* tells that the input's name has the format's extension."""

    record: DecoderRecord
    verdict: Verdict
    named: bool

    @property
    def rank(self) -> tuple[int, float, bool]:
        """What ballots are compared by."""
        return self.verdict.level, self.verdict.score, self.named

    @property
    def candidate(self) -> Candidate:
        """The ballot as people see it."""
        return Candidate(
            name=self.record.name,
            level=self.verdict.level.name.lower(),
            score=self.verdict.score,
            reason=self.verdict.reason,
        )


def vote(peek: Peek, registry: Registry, *, explain: bool = False) -> list[Ballot]:
    """The ballots of all decoders that have an opinion, best first.

    Magic bytes settle the matter, and no sniffer is imported, unless *explain* asks for all.
    """
    records: tuple[DecoderRecord, ...] = registry.records("decoders")
    ballots = [ballot for record in records if (ballot := _by_magic(record, peek))]
    if explain or not ballots:
        proven = {ballot.record.name for ballot in ballots}
        rest = [record for record in records if record.name not in proven]
        ballots += [b for record in rest if (b := _by_sniffing(record, peek, registry))]
    return sorted(ballots, key=lambda b: (b.rank, b.record.name), reverse=True)


def elect(ballots: Sequence[Ballot], location: str) -> tuple[Ballot, Finding] | None:
    """The winner of a vote, ``None`` if there are no ballots.

    Raises :exc:`~logflow.errors.AmbiguousFormatError` at a tie.
    """
    if not ballots:
        return None
    best = ballots[0]
    ties = [ballot.record.name for ballot in ballots if ballot.rank == best.rank]
    if len(ties) > 1:
        names = " and ".join(sorted(ties))
        raise AmbiguousFormatError(
            f"{location} could be {names}: say which with --format (format=)"
        )
    score = {Level.PROOF: 1.0, Level.STRUCTURE: 0.9, Level.HINT: 0.5}[best.verdict.level]
    return best, Finding(
        name=best.record.name,
        score=round(score * best.verdict.score, 3),
        reason=best.verdict.reason,
    )


def _named(record: DecoderRecord, name: str) -> bool:
    return name.lower().endswith(record.extensions) if record.extensions else False


def _by_magic(record: DecoderRecord, peek: Peek) -> Ballot | None:
    for magic in record.magic:
        if magic.matches(peek.head):
            shown = magic.bytes.decode("ascii", "backslashreplace")
            verdict = Verdict(
                level=Level.PROOF, score=1.0, reason=f"starts with the magic bytes {shown!r}"
            )
            return Ballot(record=record, verdict=verdict, named=_named(record, peek.name))
    return None


def _by_sniffing(record: DecoderRecord, peek: Peek, registry: Registry) -> Ballot | None:
    named = _named(record, peek.name)
    verdict = _sniffed(record, peek, registry)
    if verdict is None and named and (peek.text is not None or not record.text):
        verdict = Verdict(level=Level.HINT, score=0.1, reason="the name ends like one")
    return Ballot(record=record, verdict=verdict, named=named) if verdict else None


def has_verdict(record: DecoderRecord, peek: Peek, registry: Registry) -> bool:
    """Whether a decoder's own look at an input has something to say for it."""
    return _sniffed(record, peek, registry) is not None


def _sniffed(record: DecoderRecord, peek: Peek, registry: Registry) -> Verdict | None:
    verdict = None
    if record.sniff and (peek.text is not None or not record.text):
        sniff: Callable[[Peek], Verdict | None] = registry.load(record.sniff, record)
        try:
            verdict = sniff(peek)
        except Exception as err:
            owner = registry.owner(record)
            raise PluginError(
                f"{owner.distribution} {owner.version}: {record.sniff} failed on {peek.name}: "
                f"{err!r}; LOGFLOW_DISABLE_PLUGINS={owner.name} does without it"
            ) from err
    return verdict
