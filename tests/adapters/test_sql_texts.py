"""Values and their texts: what would not come back the same is refused, going in and coming out."""

from __future__ import annotations

import datetime as dt
import gc
from decimal import Decimal
from typing import Any

import pytest

from factoring_core.adapters.storage.sql import texts
from factoring_core.adapters.storage.sql.codec import many_objects, writer
from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.vocabulary.parties import Terms
from factoring_core.ports.storage import KIND_OF
from factoring_core.testing.contracts.samples import bare, changed

NAIVE = dt.datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001


@pytest.mark.parametrize("wrong", [NAIVE, dt.datetime(2026, 1, 2, tzinfo=dt.UTC), "2026-01-02", 5])
def test_only_a_date_is_a_date(wrong: Any) -> None:
    with pytest.raises(TypeError):
        texts.DAY_TEXTS[wrong]


@pytest.mark.parametrize("wrong", [NAIVE, dt.date(2026, 1, 2), "2026-01-02T03:04:05+00:00"])
def test_only_a_moment_with_an_offset_is_a_moment(wrong: Any) -> None:
    with pytest.raises(TypeError):
        texts.moment_text(wrong)


@pytest.mark.parametrize("wrong", ["20260102", "2026-W01-1", "2026-1-2", "2026-13-01", "2026-01-02T00:00"])
def test_a_date_is_read_in_one_form_only(wrong: str) -> None:
    with pytest.raises(ValueError):
        texts.DAYS[wrong]


def test_a_moment_without_an_offset_is_not_read() -> None:
    with pytest.raises(ValueError):
        texts.MOMENTS["2026-01-02T03:04:05"]


def test_equal_moments_keep_their_own_offsets() -> None:
    """The audit trail hashes the text."""
    moment = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
    other = moment.astimezone(dt.timezone(dt.timedelta(hours=2)))
    for each in (moment, other):
        assert each.isoformat() == texts.MOMENTS[texts.moment_text(each)].isoformat()


def test_equal_rates_keep_their_own_spelling() -> None:
    """Values that are equal and not the same must not share what was remembered."""
    kind = KIND_OF[Assignment]
    spellings = [Decimal("0.9"), Decimal("0.90"), Decimal("9E-1")]
    records = [changed(bare(Assignment), frozen=Frozen(terms=Terms(advance_rate=rate))) for rate in spellings]

    rows = writer(kind, ("frozen",))("t", records)

    assert ['"0.9"', '"0.90"', '"0.9"'] == [row[0].split('"advance_rate":')[1].split(",")[0] for row in rows]


@pytest.mark.parametrize("wrong", ["1e5", "１２", " 1", "1_0", "NaN", "Infinity", 1, 0.9, True])
def test_a_rate_is_read_from_a_plain_decimal_only(wrong: Any) -> None:
    read = texts.json_reader(Terms)
    with pytest.raises(ValueError, match="plain decimal"):
        read(texts.json_text({"advance_rate": wrong, "fee_rate": None, "recourse_days": None}))


def test_a_rate_that_is_no_number_is_not_written() -> None:
    with pytest.raises(TypeError):
        texts.json_writer(Terms)()(Terms(advance_rate=Decimal("NaN")))


@pytest.mark.parametrize(
    "text",
    [
        '{"recourse_days": "5"}',
        '{"recourse_days": 5.0}',
        '{"stranger": 1}',
        "[]",
        "{}{}",
        '{"recourse_days":',
    ],
)
def test_damaged_json_is_not_read(text: str) -> None:
    with pytest.raises(Exception, match=r"expected int|stranger|expected dict|more than one|Expecting value"):
        texts.json_reader(Terms)(text)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_MEMORY", 10)
    days = texts._Memo(texts._day)
    for day in range(1, 29):
        assert dt.date(2026, 1, day) == days[f"2026-01-{day:02}"]
        assert days[None] is None
    assert len(days) <= 11


@pytest.mark.parametrize("enabled", [True, False])
def test_the_cycle_collector_is_left_as_it_was(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    try:
        with many_objects():
            assert not gc.isenabled()
        assert enabled is gc.isenabled()
    finally:
        gc.enable()
