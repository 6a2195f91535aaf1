"""From typed cells to facts: one for each money movement, one for each disposition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.columns import ReportColumns, canonical_digest
from factoring_core.domain.reconciling.evidence import NO_ATTRIBUTES, Evidence
from factoring_core.domain.reconciling.reading import RowFacts, read_facts
from factoring_core.domain.vocabulary.profile import (
    CellKind,
    Disposition,
    EntryRule,
    EvidenceType,
    LayoutField,
    Measure,
    Posting,
    ReportKind,
    ReportLayout,
)
from worlds import day

E = EvidenceType


def layout(*entries: EntryRule, **more: Any) -> ReportLayout:
    kinds = {
        "paid": CellKind.AMOUNT,
        "fallback": CellKind.AMOUNT,
        "fee": CellKind.AMOUNT,
        "on": CellKind.DATE,
    }
    names = ("invoice_number", "type", "paid", "fallback", "fee", "on", "reference", "status")
    return ReportLayout(
        **{
            "id": "x/payment_report/v1",
            "provider": "x",
            "kind": ReportKind.PAYMENT,
            "version": 1,
            "fields": tuple(
                LayoutField(name=name, aliases=(name,), kind=kinds.get(name, CellKind.TEXT)) for name in names
            ),
            "entries": entries,
            **more,
        }
    )


PAID = Posting(
    type=E.PAYMENT,
    amount=("paid", "fallback"),
    date="on",
    reference="reference",
    negative=E.PAYMENT_REVERSAL,
    primary=True,
)
FEE = Posting(type=E.FEE, amount=("fee",), date="on")


def read(table: ReportLayout, columns: Mapping[str, Sequence[Any]]) -> RowFacts:
    length = len(next(iter(columns.values())))
    content = ReportColumns(
        layout=table,
        rows=range(2, length + 2),
        lines=range(5, length + 5),
        columns={"invoice_number": ["1001"] * length, **columns},
    )
    return read_facts(content, report="R1")


def told(facts: RowFacts) -> list[tuple[str, int | None]]:
    return [(str(one.type), one.amount) for one in facts.evidence]


def test_a_row_yields_one_fact_for_each_filled_amount() -> None:
    facts = read(
        layout(EntryRule(words=("",), posts=(PAID, FEE))),
        {"paid": [100_00], "fee": [3_00], "on": [day(9)], "reference": ["CHK-007"]},
    )
    first, second = facts.evidence
    assert (first.row, first.line, first.seq, second.seq) == (2, 5, 0, 1)
    assert (first.on, first.reference, first.reference_key) == (day(9), "CHK-007", "chk-007")
    assert (second.type, second.reference, second.primary, first.primary) == (E.FEE, "", False, True)
    assert (facts.faults, facts.warnings) == ((), ())


def test_every_cell_that_helps_to_match_is_kept_with_each_fact() -> None:
    cells: dict[str, Any] = {
        "invoice_amount": 100_00,
        "load_number": "L-1",
        "po_number": "PO-1",
        "customer": "Acme",
        "debtor_number": "D-7",
        "mc_number": "100200",
        "schedule_number": "S-1",
        "batch_number": "B-1",
        "currency": "USD",
        "closed": True,
    }
    table = layout(EntryRule(words=("",), disposition=Disposition.HELD, posts=(PAID,)))
    found = read(table, {"paid": [1_00, 2_00], **{name: [None, cell] for name, cell in cells.items()}})
    assert [one.attributes._asdict() for one in found.evidence if one.row == 3] == [cells, cells]


def test_a_row_is_read_cell_by_cell() -> None:
    rule = EntryRule(words=("paid",), disposition=Disposition.HELD, disposition_date="on", posts=(PAID, FEE))
    other = Posting(type=E.REBATE, amount=("fallback",))
    table = layout(evolve(rule, posts=(*rule.posts, other)))
    cells = {"type": ["paid"], "paid": [1_00], "fee": [2_00], "fallback": [3_00], "on": [day(9)]}
    row = {"report": "R1", "row": 2, "line": 5, "invoice_key": "1001", "attributes": NO_ATTRIBUTES}
    posted = {"word": "", "reference": "", "reference_key": "", "measure": Measure.MOVEMENT, "posts": True}
    assert [one._asdict() for one in read(table, cells).evidence] == [
        {
            **row,
            "seq": 0,
            "type": E.DISPOSITION,
            "amount": None,
            "word": "held",
            "on": day(9),
            "reference": "paid",
            "reference_key": "",
            "measure": Measure.INFORMATION,
            "posts": True,
            "primary": False,
            "account": False,
        },
        *(
            {
                **row,
                **posted,
                "seq": seq,
                "type": kind,
                "amount": cents,
                "on": on,
                "primary": own,
                "account": False,
            }
            for seq, kind, cents, on, own in (
                (1, E.PAYMENT, 1_00, day(9), True),
                (2, E.REBATE, 3_00, None, False),
            )
        ),
    ]
    purchased = layout(evolve(rule, disposition=None, posts=(PAID, FEE, other)))
    assert [one.seq for one in read(purchased, cells).evidence] == [0, 1, 2]


def test_a_column_that_the_file_does_not_have_is_blank_in_every_fact() -> None:
    facts = read(layout(EntryRule(words=("",), posts=(PAID,))), {"paid": [1_00]})
    (one,) = facts.evidence
    assert (one.on, one.reference, one.attributes) == (None, "", NO_ATTRIBUTES)


@pytest.mark.parametrize(
    ("rows", "lines", "orders", "customers"), [(2, 1, 2, 2), (1, 2, 2, 2), (2, 2, 1, 2), (2, 2, 2, 1)]
)
def test_columns_that_are_not_equally_long_are_not_read(
    rows: int, lines: int, orders: int, customers: int
) -> None:
    content = ReportColumns(
        layout=layout(EntryRule(words=("",), posts=(PAID,))),
        rows=range(2, 2 + rows),
        lines=range(2, 2 + lines),
        columns={
            "invoice_number": ["1001", ""],
            "paid": [1_00, 1_00],
            "po_number": ["", "PO-1"][:orders],
            "load_number": ["", ""],
            "customer": ["", "Acme"][:customers],
        },
    )
    with pytest.raises(ValueError, match="argument"):
        read_facts(content, report="R1")


def test_what_a_row_leaves_out_or_refuses_hides_nothing_after_it() -> None:
    fees = Posting(type=E.FEE, amount=("fee",)), Posting(type=E.REBATE, amount=("fallback",))
    table = layout(EntryRule(words=("",), posts=fees))
    facts = read(table, {"fee": [0, -1_00], "fallback": [3_00, -2_00]})
    assert told(facts) == [("rebate", 3_00)]
    assert [(one.column, one.excerpt) for one in facts.faults] == [("fee", "-1.00"), ("fallback", "-2.00")]
    assert {one.message for one in facts.faults} == {"the amount is negative; the type carries the sign here"}


def test_the_first_filled_amount_counts_and_a_zero_counts_only_as_the_rows_own() -> None:
    facts = read(
        layout(EntryRule(words=("",), posts=(PAID, FEE))),
        {"paid": [None, 0], "fallback": [7_00, 5_00], "fee": [0, None]},
    )
    assert told(facts) == [("payment", 7_00), ("payment", 0)]


def test_a_negative_amount_is_the_reversal_or_keeps_its_sign_or_is_refused() -> None:
    assert told(read(layout(EntryRule(words=("",), posts=(PAID,))), {"paid": [-5_00]})) == [
        ("payment_reversal", 5_00)
    ]
    signed = Posting(type=E.ADJUSTMENT, amount=("paid",), signed=True, primary=True)
    assert told(read(layout(EntryRule(words=("",), posts=(signed,))), {"paid": [-5_00]})) == [
        ("adjustment", -5_00)
    ]
    bare = Posting(type=E.CHARGEBACK, amount=("paid",), primary=True)
    (fault,) = read(layout(EntryRule(words=("",), posts=(bare,))), {"paid": [-5_00]}).faults
    assert (fault.code, fault.column, fault.excerpt) == ("bad_amount", "paid", "-5.00")
    assert (fault.row, fault.line) == (2, 5)


def test_an_empty_amount_of_the_row_itself_refuses_the_file_except_in_a_bare_list() -> None:
    (fault,) = read(layout(EntryRule(words=("",), posts=(PAID,))), {"paid": [None]}).faults
    assert (fault.code, fault.row, fault.line, fault.column) == ("required", 2, 5, "paid")
    assert fault.message == "the amount is empty; it cannot be guessed"
    listed = Posting(type=E.PAYMENT, amount=(), primary=True)
    (unnamed,) = read(layout(EntryRule(words=("",), posts=(listed,))), {"on": [day(9)]}).faults
    assert unnamed.column is None
    bare = read(layout(EntryRule(words=("",), posts=(listed,)), bare_list=True), {"on": [day(9)]})
    assert told(bare) == [("payment", None)]


def test_a_word_that_no_rule_knows_refuses_the_file() -> None:
    (fault,) = read(layout(EntryRule(words=("wire", ""), posts=())), {"type": ["cash"]}).faults
    assert (fault.code, fault.message, fault.excerpt) == (
        "not_in_list",
        "the type is none of blank, wire",
        "cash",
    )
    assert (fault.row, fault.line, fault.column) == (2, 5, "type")


def test_a_refused_row_leaves_the_others_to_be_read_so_that_all_faults_are_told() -> None:
    rules = EntryRule(words=("wire",), posts=(PAID, FEE)), EntryRule(words=("note",), information=True)
    told_ = read(
        layout(*rules, statuses={"ok": Disposition.APPROVED}),
        {
            "type": ["cash", "wire", "note", "wire", "wire", "cash"],
            "paid": [1_00, None, 1_00, 2_00, 3_00, 1_00],
            "fee": [None, 5, None, None, 6, None],
            "status": ["", "", "", "???", "", ""],
        },
    )
    assert [(one.row, one.code) for one in told_.faults] == [
        (2, "not_in_list"),
        (3, "required"),
        (7, "not_in_list"),
    ]
    assert [(one.row, one.amount) for one in told_.evidence] == [(3, 5), (6, 3_00), (6, 6)]


def test_a_row_that_is_information_posts_nothing() -> None:
    facts = read(layout(EntryRule(words=("",), information=True, posts=(PAID,))), {"paid": [1_00]})
    assert facts.evidence == ()


def test_money_without_an_invoice_needs_a_rule_that_allows_it() -> None:
    rules = EntryRule(words=("wire",), posts=(PAID,), account=True), EntryRule(words=("",), posts=(PAID,))
    columns = {"type": ["wire", "wire", ""], "paid": [1_00, 1_00, 1_00], "invoice_number": ["", "7", ""]}
    assert [(one.invoice_key, one.account) for one in read(layout(*rules), columns).evidence] == [
        ("", True),
        ("7", False),
        ("", False),
    ]


def test_without_a_number_a_row_is_named_by_its_load_or_its_order() -> None:
    columns = {
        "paid": [1_00] * 4,
        "invoice_number": ["7", "", "", ""],
        "load_number": ["L-1", "L-1", "", ""],
        "po_number": ["", "P-1", "P-1", ""],
    }
    facts = read(layout(EntryRule(words=("",), posts=(PAID,))), columns)
    assert [one.invoice_key for one in facts.evidence] == ["7", "load:L-1", "po:P-1", ""]


# Dispositions.

BUYING = Posting(type=E.PURCHASE, amount=("paid",), date="on", primary=True)


def statuses(word: str) -> list[Evidence]:
    table = layout(
        EntryRule(words=("",), posts=(BUYING, PAID)),
        statuses={"declined": Disposition.DENIED, "funded": Disposition.PURCHASED},
        status_date="on",
    )
    return list(read(table, {"status": [word], "paid": [1_00], "on": [dt.date(2025, 3, 4)]}).evidence)


def test_a_status_is_a_fact_of_its_own_and_a_denying_one_buys_nothing() -> None:
    assert [one.type for one in statuses("funded")] == [E.DISPOSITION, E.PURCHASE, E.PAYMENT]
    said, paid = statuses("declined")
    assert (said.word, said.on, said.amount, paid.type) == ("denied", day(4), None, E.PAYMENT)
    assert [one.type for one in statuses("")] == [E.PURCHASE, E.PAYMENT]


def test_the_factors_own_word_is_kept_and_never_compared() -> None:
    said, _ = statuses("declined")
    assert (said.word, said.reference, said.reference_key) == ("denied", "declined", "")
    assert said.key == said._replace(reference="turned down").key


def test_a_status_we_do_not_know_moves_nothing_and_is_said() -> None:
    table = layout(EntryRule(words=("",), posts=(PAID,)), statuses={"ok": Disposition.APPROVED})
    facts = read(table, {"status": ["???", "???"], "paid": [1_00, 1_00]})
    assert facts.evidence == ()
    assert facts.warnings == (
        "unknown_status: 2 row(s) say '???', a word this layout does not know; they moved nothing",
    )


def test_a_rule_can_say_what_its_rows_mean() -> None:
    rule = EntryRule(words=("",), disposition=Disposition.HELD, disposition_date=None)
    (one,) = read(layout(rule), {"paid": [None]}).evidence
    assert (one.word, one.on, one.primary) == ("held", None, False)


@pytest.mark.parametrize("by_status", [True, False])
def test_a_word_has_its_day_where_nothing_else_of_the_row_has_one(by_status: bool) -> None:
    dated = EntryRule(words=("",), disposition=Disposition.HELD, disposition_date="on")
    stated = {"statuses": {"held": Disposition.HELD}, "status_date": "on"}
    table = layout(EntryRule(words=("",)), **stated) if by_status else layout(dated)
    (one,) = read(table, {"status": ["held" if by_status else ""], "on": [day(4)]}).evidence
    assert (one.word, one.on) == ("held", day(4))


# The content as a whole.


def content(columns: Mapping[str, Sequence[Any]]) -> ReportColumns:
    return ReportColumns(layout=layout(), rows=[2, 3], lines=[2, 3], columns=columns)


def test_the_digest_is_of_the_content_in_any_order_of_rows_and_columns() -> None:
    one = content({"a": ["1", "2"], "b": [3, 4], "c": ["", None]})
    other = content({"b": [4, 3], "a": ["2", "1"]})
    assert canonical_digest(one, scope=("t", "C1")) == canonical_digest(other, scope=("t", "C1"))
    assert canonical_digest(one, scope=("t", "C1")) != canonical_digest(one, scope=("t", "C2"))
    changed = content({"a": ["1", "2"], "b": [3, 5]})
    assert canonical_digest(one, scope=("t", "C1")) != canonical_digest(changed, scope=("t", "C1"))


@pytest.mark.parametrize(("name", "expected"), [("a", ["1", "2"]), ("z", [None, None])])
def test_a_column_that_is_not_there_is_blank(name: str, expected: list[Any]) -> None:
    one = content({"a": ["1", "2"]})
    assert (len(one), list(one.column(name, None))) == (2, expected)
