"""Tidy pandas frames of everything a store knows, as it is or as it was true on a day."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from factoring_core.analysis import fact_tables, report_tables, row_tables, sale_tables, tables
from factoring_core.analysis.building import build, from_records, need_pandas
from factoring_core.analysis.cells import Cells
from factoring_core.analysis.money import register
from factoring_core.analysis.reading import Source, ports_of, snapshots
from factoring_core.analysis.schemas import SCHEMAS
from factoring_core.domain.vocabulary.parties import Settings
from factoring_core.errors import UsageError
from factoring_core.ports.blobs import BlobStore
from factoring_core.wiring.rest import collector_at_rest

if TYPE_CHECKING:
    import pandas as pd


class Frames:
    """Twelve frames that fit each other; each is built when it is first asked for.

    ``as_of`` is the day they speak of.  What the columns mean is in `SCHEMAS`.
    """

    def __init__(self, builders: Mapping[str, Callable[[], "pd.DataFrame"]], *, as_of: dt.date) -> None:
        register()
        self._builders = builders
        self._built: dict[str, pd.DataFrame] = {}
        self.as_of = as_of

    @classmethod
    def of(cls, *, as_of: dt.date, **rows: Iterable[Mapping[str, Any]]) -> "Frames":
        """Return frames written by hand, for examples and tests; those not given are empty."""
        if strange := sorted(rows.keys() - SCHEMAS.keys()):
            raise UsageError(f"There is no frame {', '.join(strange)}.")
        made = cls({}, as_of=as_of)
        made._built = {name: from_records(schema, rows.get(name, ())) for name, schema in SCHEMAS.items()}
        return made

    def __getitem__(self, name: str) -> "pd.DataFrame":
        found = self._built.get(name)
        if found is None:
            with collector_at_rest():
                found = self._built[name] = self._builders[name]()
        return found

    def __iter__(self) -> Any:
        return iter(SCHEMAS)

    def __repr__(self) -> str:
        built = ", ".join(f"{name}: {len(self._built[name])}" for name in SCHEMAS if name in self._built)
        return f"<frames as of {self.as_of}: {built or ', '.join(SCHEMAS)}>"

    @property
    def loads(self) -> "pd.DataFrame":
        """Every load, and where it stands."""
        return self["loads"]

    @property
    def assignments(self) -> "pd.DataFrame":
        """Every sale of an invoice."""
        return self["assignments"]

    @property
    def batches(self) -> "pd.DataFrame":
        """Every batch."""
        return self["batches"]

    @property
    def deliveries(self) -> "pd.DataFrame":
        """Every batch that arrived, and how that is known."""
        return self["deliveries"]

    @property
    def reports(self) -> "pd.DataFrame":
        """Every report that was accepted."""
        return self["reports"]

    @property
    def rows(self) -> "pd.DataFrame":
        """Every row of every live report, in its bucket."""
        return self["rows"]

    @property
    def evidence(self) -> "pd.DataFrame":
        """Every fact of every row."""
        return self["evidence"]

    @property
    def matches(self) -> "pd.DataFrame":
        """Every row whose invoice was found, and by what."""
        return self["matches"]

    @property
    def exceptions(self) -> "pd.DataFrame":
        """Every open exception."""
        return self["exceptions"]

    @property
    def decisions(self) -> "pd.DataFrame":
        """Every decision of a person."""
        return self["decisions"]

    @property
    def positions(self) -> "pd.DataFrame":
        """The money of every sale."""
        return self["positions"]

    @property
    def account(self) -> "pd.DataFrame":
        """Money without an invoice."""
        return self["account"]


def frames(
    store: Source,
    *,
    tenant: str | None = None,
    subsidiary: str | None = None,
    as_of: dt.date | None = None,
    settings: Settings | None = None,
    blobs: BlobStore | None = None,
) -> Frames:
    """Return the frames of a store.

    Args:
        store: An office, the path of a home, or a bare store beside *settings*.
        tenant: Must be the office's where both say one.
        subsidiary: Only this one; every one that may be seen otherwise.
        as_of: What was true at the end of this day, by business date; what is true now otherwise.
        settings, blobs: What a bare store does not hold: the settings, and the reports' bytes
            (without which `rows` cannot be had).

    Raises:
        UsageError: a bare store without settings, or another tenant.
        NotFoundError: no such subsidiary.
        MissingExtraError: pandas is not installed.
    """
    need_pandas()
    ports, opened = ports_of(store, tenant=tenant, settings=settings, blobs=blobs)
    try:
        with collector_at_rest():
            found = snapshots(ports, subsidiary, as_of)
    finally:
        if opened is not None:
            opened.close()
    on = as_of or max((one.on for one in found), default=ports.clock.now().date())
    cells: dict[str, Callable[[], Cells]] = {
        "loads": lambda: sale_tables.loads(found),
        "assignments": lambda: sale_tables.assignments(found),
        "batches": lambda: tables.batches(found),
        "deliveries": lambda: tables.deliveries(found),
        "reports": lambda: report_tables.reports(found),
        "rows": lambda: row_tables.rows(ports, found, as_of),
        "evidence": lambda: fact_tables.evidence(found),
        "matches": lambda: fact_tables.matches(found),
        "exceptions": lambda: tables.exceptions(found),
        "decisions": lambda: tables.decisions(found),
        "positions": lambda: sale_tables.positions(found),
        "account": lambda: tables.account(found),
    }

    def builder(name: str) -> Callable[[], "pd.DataFrame"]:
        return lambda: build(SCHEMAS[name], cells[name]())

    return Frames({name: builder(name) for name in SCHEMAS}, as_of=on)
