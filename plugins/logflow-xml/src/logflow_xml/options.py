"""The options of XML."""

from __future__ import annotations

from dataclasses import dataclass

from logflow.options import option

__all__ = ["XmlOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlOptions:
    """Which elements are the records.

    >>> XmlOptions(records_path="/catalog/book").element
    'book'
    """

    records_path: str | None = option(
        None,
        "The element that is a record: its name, or a path that ends with it, such as "
        "/catalog/book; found out if not given.",
        aliases=("--records-path",),
    )

    @property
    def element(self) -> str | None:
        """The name of the element, without its namespace."""
        if self.records_path is None:
            return None
        return self.records_path.rstrip("/").rpartition("/")[2].rpartition(":")[2]
