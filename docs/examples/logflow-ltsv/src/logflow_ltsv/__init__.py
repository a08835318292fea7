"""LTSV (labeled tab-separated values) for logflow: what this plugin offers."""

from logflow import DecoderRecord, Level, Peek, Verdict, hookimpl


@hookimpl
def logflow_decoders() -> list[DecoderRecord]:
    return [
        DecoderRecord(
            name="ltsv",
            description="label:value fields between tabs, a record a line",
            extensions=(".ltsv",),
            sniff="logflow_ltsv:sniff",
            factory="logflow_ltsv.decoder:LtsvDecoder",
        )
    ]


def sniff(peek: Peek) -> Verdict | None:
    """LTSV if all fields of the first line have a label."""
    fields = (peek.text or b"").partition(b"\n")[0].split(b"\t")
    labelled = [field for field in fields if field.partition(b":")[0].isalnum() and b":" in field]
    if len(fields) < 2 or labelled != fields:
        return None
    return Verdict(level=Level.STRUCTURE, score=0.95, reason="every field has a label")
