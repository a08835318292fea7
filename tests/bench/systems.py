"""logflow and its peers: how each is told to convert a file to snappy Parquet.

Every peer has its defaults and what makes it do the same work: dates are parsed where it can
parse them, values may have line ends in them where they do.  *lenient* is what it is told in a
second attempt at a file that it has refused.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata

__all__ = ["SYSTEMS", "System", "installed", "versions"]


@dataclass(frozen=True, kw_only=True)
class System:
    """A program with its *code*, in which ``{src}`` and ``{dst}`` are Python literals.

    *lenient* and *multiline* stand for ``{lenient}`` and ``{multiline}`` where they are called
    for, and for nothing otherwise.  *others* are the codes for formats other than CSV.
    *accept* are the exit codes of success.
    """

    module: str
    code: str
    others: Mapping[str, str] = field(default_factory=dict)
    lenient: str = ""
    multiline: str = ""
    accept: tuple[int, ...] = (0,)

    def reads(self, form: str) -> bool:
        """Whether it reads a format."""
        return not self.code or form == "csv" or form in self.others

    def command(
        self, src: str, dst: str, *, multiline: bool, lenient: bool, form: str = "csv"
    ) -> list[str]:
        """The whole command."""
        if not self.code:
            return [sys.executable, "-m", self.module, "convert", src, dst]
        code = (self.code if form == "csv" else self.others[form]).format(
            src=repr(src),
            dst=repr(dst),
            multiline=self.multiline if multiline else "",
            lenient=self.lenient if lenient else "",
        )
        return [sys.executable, "-c", code]


def _with_braces(code: str) -> str:
    """Code with braces of its own, in which SRC and DST stand for what is to be put in."""
    doubled = code.replace("{", "{{").replace("}", "}}")
    return doubled.replace("SRC", "{src}").replace("DST", "{dst}")


# Those that know no logs are told what the lines of a web server look like.
ACCESS = r"""
PATTERN = (
    r'^(?P<client>\S+) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+) '
    r'(?P<protocol>\S+)" (?P<status>\d+) (?P<bytes>\d+) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"'
)
TIME = '%d/%b/%Y:%H:%M:%S %z'
"""
ACCESS_BY_DUCKDB = _with_braces(
    ACCESS
    + r"""
import duckdb, re
names = list(re.compile(PATTERN).groupindex)
plain = re.sub('[?]P<[a-z]+>', '', PATTERN)
duckdb.sql(
    f"COPY (SELECT m.* REPLACE (strptime(m.time, '{TIME}') AS time, m.status::INT AS status,"
    f" m.bytes::BIGINT AS bytes) FROM (SELECT regexp_extract(line, '{plain}', {names}) AS m"
    " FROM read_csv('" + SRC + "', header=false, columns={'line': 'VARCHAR'}, delim=chr(1),"
    " quote='', escape='', auto_detect=false))) TO '" + DST
    + "' (FORMAT parquet, COMPRESSION snappy)"
)
"""
)
ACCESS_BY_POLARS = _with_braces(
    ACCESS
    + r"""
import polars
lines = polars.scan_csv(SRC, has_header=False, separator='\x01', quote_char=None,
                        new_columns=['line'], schema={'line': polars.String})
rows = lines.select(polars.col('line').str.extract_groups(PATTERN)).unnest('line')
rows.with_columns(
    polars.col('time').str.to_datetime(TIME), polars.col('status').cast(polars.Int32),
    polars.col('bytes').cast(polars.Int64),
).sink_parquet(DST, compression='snappy')
"""
)

SYSTEMS = {
    # Exit code 3: there were rejects, and they are in the file beside the output.
    "logflow": System(module="logflow", code="", accept=(0, 3)),
    "duckdb": System(
        module="duckdb",
        code="import duckdb\n"
        'duckdb.sql("COPY (FROM read_csv({src}{lenient})) TO {dst}'
        ' (FORMAT parquet, COMPRESSION snappy)")',
        others={
            "access": ACCESS_BY_DUCKDB,
            "jsonl": "import duckdb\n"
            'duckdb.sql("COPY (FROM read_json({src})) TO {dst}'
            ' (FORMAT parquet, COMPRESSION snappy)")',
            "parquet": "import duckdb\n"
            'duckdb.sql("COPY (FROM read_parquet({src})) TO {dst}'
            ' (FORMAT parquet, COMPRESSION snappy)")',
        },
        lenient=", ignore_errors=true",
    ),
    "polars": System(
        module="polars",
        code="import polars\n"
        "polars.scan_csv({src}, try_parse_dates=True{lenient})"
        ".sink_parquet({dst}, compression='snappy')",
        others={
            "access": ACCESS_BY_POLARS,
            "jsonl": "import polars\n"
            "polars.scan_ndjson({src}).sink_parquet({dst}, compression='snappy')",
            "parquet": "import polars\n"
            "polars.scan_parquet({src}).sink_parquet({dst}, compression='snappy')",
        },
        lenient=", ignore_errors=True, truncate_ragged_lines=True, encoding='utf8-lossy',"
        " quote_char=None",
    ),
    "pyarrow": System(
        module="pyarrow",
        code="import pyarrow.csv as csv, pyarrow.parquet as parquet\n"
        "options = csv.ParseOptions({multiline}{lenient})\n"
        "parquet.write_table(csv.read_csv({src}, parse_options=options), {dst})",
        others={
            "jsonl": "import pyarrow.json as json, pyarrow.parquet as parquet\n"
            "parquet.write_table(json.read_json({src}), {dst})",
            "parquet": "import pyarrow.parquet as parquet\n"
            "parquet.write_table(parquet.read_table({src}), {dst})",
        },
        lenient="invalid_row_handler=lambda row: 'skip'",
        multiline="newlines_in_values=True, ",
    ),
    "chdb": System(
        module="chdb",
        code="import chdb\n"
        'chdb.query("SELECT * FROM file({src}, CSVWithNames) INTO OUTFILE {dst} FORMAT Parquet'
        " SETTINGS output_format_parquet_compression_method='snappy'{lenient}\")",
        others={
            "jsonl": "import chdb\n"
            'chdb.query("SELECT * FROM file({src}, JSONEachRow) INTO OUTFILE {dst} FORMAT Parquet'
            " SETTINGS output_format_parquet_compression_method='snappy'\")",
            "parquet": "import chdb\n"
            'chdb.query("SELECT * FROM file({src}, Parquet) INTO OUTFILE {dst} FORMAT Parquet'
            " SETTINGS output_format_parquet_compression_method='snappy'\")",
        },
        lenient=", input_format_allow_errors_ratio=0.1,"
        " input_format_csv_allow_variable_number_of_columns=1",
    ),
    "datafusion": System(
        module="datafusion",
        code="import datafusion\n"
        "options = datafusion.CsvReadOptions({multiline}{lenient})\n"
        "kind = {src}.rpartition('.')[2]\n"
        "if kind != 'csv':\n"
        "    options = options.with_file_extension(kind)"
        ".with_file_compression_type(dict(gz='GZIP', zst='ZSTD')[kind])\n"
        "datafusion.SessionContext().read_csv({src}, options=options)"
        ".write_parquet({dst}, compression='snappy')",
        lenient="truncated_rows=True",
        # Its inference of types knows no values with line ends, and fails where it meets one.
        multiline="newlines_in_values=True, schema_infer_max_records=10, ",
    ),
}


def installed() -> list[str]:
    """The systems that are there."""
    return [name for name, system in SYSTEMS.items() if importlib.util.find_spec(system.module)]


def versions(names: list[str]) -> dict[str, str]:
    """The version of each."""
    return {name: metadata.version("logflow-core" if name == "logflow" else name) for name in names}
