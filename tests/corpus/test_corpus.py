"""Every bad input of the list, tried on real books: its own answer, and nothing changed by a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from corpus import csv_inputs, workbook_inputs
from corpus.expecting import Applied, Entry, Refused, Same
from corpus.world import books, text
from factoring_core.domain.reconciling.reports import ReportOutcome
from factoring_core.errors import FileRefusedError, LimitExceededError
from factoring_core.usecases.reconciling.apply_report import apply_report
from usecases.bringing import bring, everything, row
from usecases.desk import Desk

ENTRIES: dict[str, Entry] = {**csv_inputs.ENTRIES, **workbook_inputs.ENTRIES}


def apply(desk: Desk, content: bytes, **given: Any) -> Any:
    return apply_report(desk.ports, content, **{"name": "report.csv", "subsidiary": "east", **given})


@pytest.mark.parametrize("id_", ENTRIES)
def test_input(id_: str) -> None:
    entry = ENTRIES[id_]
    desk = books(**entry.layout)
    before = everything(desk)
    match entry.expect:
        case Refused() as expected:
            with pytest.raises((FileRefusedError, LimitExceededError)) as caught:
                apply(desk, entry.build(), **entry.given)
            error = caught.value
            assert error.faults
            assert {fault.code for fault in error.faults} == expected.codes
            assert all(len(fault.excerpt or "") <= 40 and fault.message for fault in error.faults)
            first = error.faults[0]
            assert expected.row in (None, first.row)
            assert expected.line in (None, first.line)
            told = " ".join([error.message, *(fault.message for fault in error.faults)])
            assert expected.says in told
            assert error.remedy
            assert everything(desk) == before
        case Same(as_=as_, warns=warns):
            first_time = apply(desk, as_(), **entry.given)
            again = apply(desk, entry.build(), **entry.given)
            assert first_time.outcome is ReportOutcome.APPLIED
            assert again.outcome is ReportOutcome.ALREADY_APPLIED
            assert again.report_id == first_time.report_id
            if warns:
                result = apply(books(**entry.layout), entry.build(), **entry.given)
                assert any(warns in one for one in result.warnings)
        case Applied() as wanted:
            result = apply(desk, entry.build(), **entry.given)
            assert sorted(one.item.type.value for one in result.exceptions if one.row) == sorted(
                wanted.exceptions
            )
            assert {name: getattr(result.rows, name) for name in wanted.rows} == wanted.rows
            assert any(wanted.warns in one for one in ("", *result.warnings))


def test_c69_another_tenants_invoice_is_as_unknown_as_one_that_nobody_has() -> None:
    desk = books()
    bring(evolve(desk.ports, tenant="other"), row("L-9", invoice_number="INV-77"))

    answers = []
    for number in ("INV-77", "INV-78"):
        result = apply(desk, text("INV-1", number), dry_run=True)
        [one] = result.exceptions
        answers.append((result.rows, one.item.type, one.item.candidates, one.item.note, result.warnings))

    assert "unknown_invoice" == answers[0][1].value
    assert answers[0] == answers[1]
