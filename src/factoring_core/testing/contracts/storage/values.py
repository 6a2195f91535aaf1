"""Values that no record has: refused on the way in, and found to be damage on the way out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import closing
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.errors import StorageError, StoreCorruptError
from factoring_core.ports.storage import KIND_OF, Store
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.complaints import refused, sentence_faults
from factoring_core.testing.contracts.samples import bare, changed, full, standing
from factoring_core.testing.contracts.storage.calls import find, key

NAIVE = dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001
STRANGE: dict[str, Callable[[int], Any]] = {
    "above 64 bits": lambda n: standing(str(n), paid=2**63),
    "below 64 bits": lambda n: standing(str(n), paid=-(2**63) - 1),
    "half a cent": lambda n: standing(str(n), paid=0.5),
    "half a character": lambda n: standing(f"{n}\ud800"),
    "a moment for a day": lambda n: changed(
        bare(Load), number=str(n), delivered_on=NAIVE.replace(tzinfo=dt.UTC)
    ),
    "a text for a day": lambda n: changed(bare(Load), number=str(n), delivered_on="2026-01-02"),
    "a moment without a place": lambda n: changed(bare(AuditEntry), sequence=n, at=NAIVE),
    "a day for a moment": lambda n: changed(bare(AuditEntry), sequence=n, at=NAIVE.date()),
    "what is no number": lambda n: changed(bare(AuditEntry), sequence=n, detail={"share": float("nan")}),
    "a rate that is none": lambda n: _with_rate(n, Decimal("NaN")),
}
"""Records that a programmer made by mistake."""

NEVER_WRITTEN: Sequence[tuple[type[Any], str, str]] = (
    *((Standing, "status", value) for value in ("nonsense", "QUEUED")),
    *((Standing, "flags", value) for value in ("not json", "[1]", '{"a": 1}', "[", "[][]", '"short_paid"')),
    *((Load, "delivered_on", value) for value in ("yesterday", "20260102", "2026-13-01", "2026-W01-1", "")),
    *((AuditEntry, "at", value) for value in ("2026-01-02T03:04:05", "2026-01-02 03:04:05+00:00", "now")),
    *((AuditEntry, "detail", value) for value in ("[1]", '{"a": 1}', '{"a":1}{}', "{", "")),
    *((Assignment, "frozen", value) for value in ("[]", "{}{}", '{"stranger":1}', "")),
)
"""Texts that a column of ours never holds: the class of the record, its field, and what stands there."""


def _with_rate(number: int, rate: Decimal) -> Any:
    record = changed(full(Assignment), id=str(number), load=str(number), live=False)
    terms = changed(record.frozen.terms, advance_rate=rate)
    return changed(record, frozen=changed(record.frozen, terms=terms))


class RefusesValues(Contract):
    """What cannot be kept as it is, is not kept."""

    @pytest.mark.parametrize("name", STRANGE)
    @pytest.mark.parametrize("many", [1, 200])
    def test_a_value_is_kept_as_it_is_or_refused(self, store: Store, name: str, many: int) -> None:
        """A value of another sort comes back the same, or nothing of the call is kept and that is said."""
        records = [STRANGE[name](number) for number in range(many)]
        kept, error = sorted(records, key=key), None
        try:
            with store.transaction("t") as tx:
                tx.add_all(records)
        except (StorageError, TypeError, ValueError) as refusal:
            kept, error = [], refusal
        if isinstance(error, StorageError):
            assert error.code == "not_storable"
            assert sentence_faults(error.message, {}) == sentence_faults(error.remedy, {}) == []
            assert error.remedy != StorageError.remedy, "it does not say what to do"
        found = find(store, type(records[0]))
        assert len(found) == len(kept)
        assert repr(found[:1]) == repr(kept[:1])


class FindsDamage(Contract):
    """What was never written is not read."""

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        """Open the store at an address."""
        raise NotImplementedError

    def spoiled(self, place: Any, kind: str, field: str, text: str) -> bool:
        """Have a field of all records of a kind hold a text, past the store; False where nobody can."""
        return False

    def test_what_was_never_written_is_damage(self, place: Any) -> None:
        """A value that no record can have is damage, however it is asked for, and is never handed out."""
        if not self.spoiled(place, "", "", ""):
            pytest.skip("nobody can get behind such a store")
        for record, field, text in NEVER_WRITTEN:
            kind = KIND_OF[record]
            with closing(self.opened(place)) as store, store.transaction("t") as tx:
                tx.put(full(record))
            self.spoiled(place, kind.name, field, text)
            with closing(self.opened(place)) as store:
                for way in (
                    lambda look, record=record: look.get(record, *key(full(record))),
                    lambda look, record=record: look.find(record),
                    lambda look, record=record: look.last(record),
                    lambda look, record=record: list(look.walk(record)),
                    lambda look, record=record, field=field: look.values(record, [field]),
                ):
                    error = refused(
                        StoreCorruptError,
                        partial(self._looked, store, way),
                        code="store_corrupt",
                        retryable=False,
                        where={"kind": kind.name},
                        secret=None,
                    )
                    assert kind.name in error.message

    def _looked(self, store: Any, way: Any) -> Any:
        with store.reading("t") as look:
            return way(look)
