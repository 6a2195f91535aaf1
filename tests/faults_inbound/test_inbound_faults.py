"""What can go wrong with a report that comes in; every test is named after its fault.

I23 and I24 are about folders that are watched, and stand with them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from contract.home import Home, depot, subsidiary
from corpus.workbook_inputs import ROWS
from corpus.world import FIRST, GOOD, HEADER, OWN, books
from factoring_core.domain.reconciling.reports import ReportOutcome
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.parties import InvoicedOn
from factoring_core.errors import FileRefusedError, LimitExceededError
from factoring_core.ports.storage import Store
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.apply_report import apply_report
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.wiring import open_office
from faults_inbound.breaking import BreakingStore, KilledError
from reports.report_files import xlsx_bytes
from usecases.bringing import LENIENT, bring, csv, everything, payment, purchase, raised, report, row, seen
from usecases.desk import Desk, connection, manual

PAID = GOOD.encode()


def apply(desk: Desk, content: bytes, **more: Any) -> Any:
    return apply_report(desk.ports, content, **{"name": "r.csv", "subsidiary": "east", **more})


def refused(desk: Desk, content: bytes, **more: Any) -> FileRefusedError:
    """Return the refusal of *content*, which must have changed nothing."""
    before = everything(desk)
    with pytest.raises((FileRefusedError, LimitExceededError)) as caught:
        apply(desk, content, **more)
    assert everything(desk) == before
    assert caught.value.faults
    return caught.value  # type: ignore[return-value]


def codes(error: FileRefusedError) -> set[str]:
    return {fault.code for fault in error.faults}


def sold(*numbers: str, **more: Any) -> Desk:
    """Return books of loads sold to WinFactor, each of 1000.00."""
    desk = Desk(connection(), **more)
    bring(desk.ports, *(row(number, "invoiced") for number in numbers))
    return desk


def bought(*numbers: str, on: str = "03/05/2026") -> bytes:
    return csv(*(purchase(f"INV-{number}", **{"Purchase Date": on}) for number in numbers))


def paid(*numbers: str, amount: str = "1000.00", on: str = "03/10/2026", **more: str) -> bytes:
    rows = (payment(f"INV-{one}", amount, **{"Payment Date": on, **more}) for one in numbers)
    return csv(*rows)


def test_i01_the_same_file_twice_is_a_no_op_with_the_first_result() -> None:
    desk = books()
    first = apply(desk, PAID)
    before = (*seen(desk), desk.audited())

    again = apply(desk, PAID, name="copy.csv")

    assert (*seen(desk), desk.audited()) == before
    assert ReportOutcome.ALREADY_APPLIED is again.outcome
    assert (first.report_id, first.rows, ()) == (again.report_id, again.rows, again.transitions)


def home_of(path: Path) -> Path:
    """Return a home on the disk in which two invoices have been sold."""
    home = Home(path, subsidiary(), depot())
    home.sold("L-1", "L-2")
    home.bought("INV-1", "INV-2")
    return path


def at_once(path: Path, files: Sequence[bytes]) -> list[Any]:
    """Apply every file through an office of its own, all at the same moment."""
    ready = threading.Barrier(len(files))
    found: list[Any] = [None] * len(files)

    def work(index: int) -> None:
        with open_office(path) as office:
            ready.wait()
            try:
                found[index] = office.apply_report(files[index], name=f"{index}.csv", subsidiary="east")
            except BaseException as error:
                found[index] = error

    workers = [threading.Thread(target=work, args=(index,)) for index in range(len(files))]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    return found


def template(*rows: tuple[str, str, str]) -> bytes:
    return csv(
        *(
            {
                "Invoice Number": number,
                "Payment Date": "2026-11-10",
                "Payment Amount": amount,
                "Check Number": check,
            }
            for number, amount, check in rows
        )
    )


def standing(path: Path) -> dict[str, tuple[str, int, int]]:
    with open_office(path) as office:
        return {
            one.load.number: (one.standing.status.value, one.standing.paid, one.standing.open)
            for one in office.loads()
        }


def test_i02_the_same_file_by_four_at_once_is_applied_once(tmp_path: Path) -> None:
    path = home_of(tmp_path / "home")
    file = template(("INV-1", "1000.00", "C1"), ("INV-2", "400.00", "C1"))

    found = at_once(path, [file] * 4)

    assert ["already_applied"] * 3 + ["applied"] == sorted(one.outcome.value for one in found)
    assert 1 == len({one.report_id for one in found})
    assert {"L-1": ("completed", 100000, 0), "L-2": ("financed", 40000, 60000)} == standing(path)


@pytest.mark.parametrize(
    "again",
    [
        b"\xef\xbb\xbf" + PAID,
        PAID.replace(b"\r\n", b"\n"),
        b"".join(
            b",".join(b'"%b"' % cell for cell in line.split(b",")) + b"\r\n" for line in PAID.splitlines()
        ),
        xlsx_bytes(ROWS),
        xlsx_bytes([], ROWS),
    ],
    ids=["bom", "newlines", "quotes", "workbook", "second-sheet"],
)
def test_i03_saved_again_without_damage_it_is_the_same_report(again: bytes) -> None:
    desk = books()
    apply(desk, PAID)

    assert ReportOutcome.ALREADY_APPLIED is apply(desk, again).outcome


def test_i04_saved_again_with_damage_it_is_refused_with_every_damaged_cell() -> None:
    damaged = "\r\n".join(
        [
            HEADER,
            "1.23457E+11,03/10/2026,1000.00,C1,Blue,1000.00",
            "3-Apr,46000,########,C1,Blue,1000.00",
            "INV-2,03/10/2026,500.005,C1,CafÃ©,#REF!",
            "",
        ]
    ).encode()

    error = refused(books(), damaged)

    assert [
        ("resave_damage", 2, "Invoice Number"),
        ("resave_damage", 3, "Invoice Number"),
        ("resave_damage", 3, "Payment Date"),
        ("resave_damage", 3, "Payment Amount"),
        ("bad_amount", 4, "Payment Amount"),
        ("resave_damage", 4, "Customer"),
        ("resave_damage", 4, "Invoice Amount"),
    ] == [(fault.code, fault.row, fault.column) for fault in error.faults]


def test_i04_decimal_commas_behind_semicolons_are_refused_cell_by_cell() -> None:
    assert {"bad_amount"} == codes(refused(books(), PAID.replace(b",", b";").replace(b".00", b",00")))


@pytest.mark.parametrize(
    ("cut", "layout"),
    [
        (PAID[:-15], {}),
        (PAID + b'INV-1,03/11/2026,5.00,"C', {}),
        (xlsx_bytes(ROWS)[:-40], {}),
        (xlsx_bytes(ROWS)[:600], {}),
        (OWN.encode(), {"total_required": True}),
    ],
    ids=["row", "quote", "archive", "download", "total"],
)
def test_i05_a_truncated_file_is_refused(cut: bytes, layout: dict[str, Any]) -> None:
    assert "truncated" in codes(refused(books(**layout), cut))


def test_i06_cut_at_the_end_of_a_row_it_proves_nothing_and_the_whole_one_adds_the_rest() -> None:
    desk = books()
    part = apply(desk, f"{HEADER}\r\n{FIRST}\r\n".encode())
    assert () == part.control_totals  # nothing shows that it is complete

    whole = apply(desk, PAID)

    assert (1, 1, 0) == (whole.rows.already_known, whole.rows.matched, whole.rows.exceptions)
    once = books()
    apply(once, PAID)
    assert seen(once) == seen(desk)


def test_i06_a_control_total_proves_that_nothing_is_missing() -> None:
    total = b"Total,,1500.00,,,\r\n"
    whole = OWN.encode() + total
    cut = OWN.encode().rpartition(b"INV-2")[0] + total

    assert {"totals_disagree"} == codes(refused(books(), cut))
    assert 1 == len(apply(books(), whole).control_totals)


def test_i07_the_other_kind_of_report_is_refused_and_named() -> None:
    assert "payment report" in refused(books(), PAID, kind="purchase").message
    assert "purchase report" in refused(books(), bought("L-1"), kind="payment").message


def test_i08_another_providers_layout_is_refused_and_named() -> None:
    desk = Desk(manual())
    error = refused(desk, OWN.encode())

    assert "wrong_provider" == error.code
    assert "winfactor" in error.message


WEST_ROW = b"INV-W-1,03/10/2026,1000.00,C1,Blue Freight Brokers,1000.00\r\n"


def test_i09_another_subsidiarys_report_is_refused_and_says_no_more_than_that() -> None:
    desk = books()
    only_east = Actor(name="eve", billing=True, subsidiaries=frozenset({"east"}))
    before = everything(desk)

    with pytest.raises(FileRefusedError) as caught:
        apply_report(
            desk.acting(only_east), f"{HEADER}\r\n".encode() + WEST_ROW, name="r.csv", subsidiary="east"
        )

    assert "wrong_subsidiary" == caught.value.code
    assert everything(desk) == before
    told = repr((caught.value.message, caught.value.remedy, caught.value.where, caught.value.faults))
    assert "west" not in told.replace("INV-W-1", "")


def test_i10_rows_of_two_subsidiaries_are_refused_whole() -> None:
    error = refused(books(), PAID + WEST_ROW)

    assert [("wrong_subsidiary", 4)] == [(fault.code, fault.row) for fault in error.faults]


def test_i11_an_older_report_adds_what_is_new_and_takes_nothing_back() -> None:
    desk = sold("L-1", "L-2")
    apply(desk, bought("L-1"))
    apply(desk, paid("L-1", on="03/20/2026"))

    late = apply(desk, bought("L-2", on="02/01/2026"))

    assert ("completed", "financed") == (desk.status("L-1"), desk.status("L-2"))
    assert 1 == late.rows.matched
    assert ReportOutcome.APPLIED is late.outcome


def test_i12_equal_rows_post_once_and_are_shown() -> None:
    desk = books()
    found = apply(desk, PAID + f"{FIRST}\r\n".encode())

    assert ["duplicate_row"] == raised(desk)
    assert (2, 1) == (found.rows.matched, found.rows.exceptions)
    assert "1000.00" == f"{found.conservation['payment_amount']['exceptions'] / 100:.2f}"


def test_i13_one_payment_with_two_amounts_posts_only_what_is_certain() -> None:
    desk = books()
    apply(desk, paid("1", amount="600.00"))
    apply(desk, paid("1", amount="700.00"))

    assert "conflicting_rows" in raised(desk)
    [load] = [one for one in seen(desk)[0] if one.load.number == "L-1"]
    assert 60000 == load.standing.paid


def test_i14_a_payment_before_the_purchase_waits_for_it() -> None:
    early, ordered = sold("L-1"), sold("L-1")
    apply(early, paid("L-1"))
    assert ("invoiced", ["payment_before_purchase"]) == (early.status("L-1"), raised(early))

    apply(early, bought("L-1"))
    apply(ordered, bought("L-1"))
    apply(ordered, paid("L-1"))

    assert "completed" == early.status("L-1")
    assert seen(ordered) == seen(early)


def test_i15_a_purchase_after_completion_changes_no_status() -> None:
    desk = sold("L-1")
    apply(desk, bought("L-1"))
    apply(desk, paid("L-1"))

    again = apply(desk, bought("L-1", on="03/04/2026"))

    assert ("completed", ()) == (desk.status("L-1"), again.transitions)


def test_i16_a_chargeback_after_completion_is_shown_and_nothing_is_deleted() -> None:
    desk = sold("L-1")
    apply(desk, bought("L-1"))
    apply(desk, paid("L-1"))
    back = csv(
        payment("INV-L-1", **{"Type": "payment reversal", "Payment Date": "03/15/2026"}),
        payment("INV-L-1", **{"Type": "chargeback", "Payment Date": "03/16/2026", "Check Number": "C9"}),
    )

    found = apply(desk, back)

    assert "invoiced" == desk.status("L-1")
    assert ["charge_back"] == [event for one in found.transitions for event in one.events]
    assert 3 == len([one for one in desk.audited() if one == "report.apply"])


@pytest.mark.parametrize(
    ("amount", "status", "exception"),
    [
        ("999.99", "financed", ["short_paid"]),
        ("1000.01", "completed", ["over_paid"]),
        ("0.00", "financed", []),
        ("-50.00", "financed", []),
    ],
    ids=["short", "over", "zero", "negative"],
)
def test_i17_what_does_not_equal_the_invoice_is_classified_and_never_rounded(
    amount: str, status: str, exception: list[str]
) -> None:
    desk = sold("L-1")
    apply(desk, bought("L-1"))

    apply(desk, paid("L-1", amount=amount))

    assert (status, exception) == (desk.status("L-1"), raised(desk))


def test_i18_unknown_invoices_are_kept_apart_with_their_sum() -> None:
    desk = books()
    found = apply(desk, PAID + b"INV-9,03/10/2026,60.00,C1,Nobody,\r\n")

    assert ["unknown_invoice"] == raised(desk)
    sums = found.conservation["payment_amount"]
    assert (156000, 150000, 6000) == (sums["read"], sums["matched"], sums["exceptions"])


def test_i19_an_invoice_sold_to_another_factor_is_that_and_not_posted() -> None:
    desk = Desk(connection(), manual(active=False, client_number=None))
    bring(desk.ports, row("L-1", connection="east-depot"), row("L-2"))

    found = apply(desk, paid("L-1", "L-2"), connection="east-winfactor")

    assert ["other_provider"] == raised(desk)
    assert (1, 1) == (found.rows.matched, found.rows.exceptions)
    assert "financed" == desk.status("L-1")


def taken(**more: Any) -> Desk:
    """Return books with a batch that was taken out by hand and never confirmed."""
    desk = Desk(manual(**more), subsidiaries=(LENIENT,))
    bring(desk.ports, row("L-1", "queued"), row("L-2", "queued"))
    return desk


def test_i20_a_row_that_names_a_batch_in_doubt_is_the_evidence_that_it_arrived() -> None:
    desk = taken()
    submit(desk.ports, "east", ["L-1"])
    assert "queued" == desk.status("L-1")

    found = report(desk.ports, purchase("INV-L-1"))

    assert "financed" == desk.status("L-1")
    assert [("submit", "finance")] == [one.events for one in found.transitions]
    undo_report(desk.ports, found.report_id, reason="wrong file")
    assert "queued" == desk.status("L-1")


def test_i21_a_row_about_a_load_never_sent_moves_nothing() -> None:
    desk = taken(invoiced_on=InvoicedOn.SUBMIT)
    submit(desk.ports, "east", ["L-2"])

    report(desk.ports, purchase("INV-L-1"), purchase("INV-L-2"))

    assert (["never_submitted"], "queued") == (raised(desk), desk.status("L-1"))


def killed_at(
    desk: Desk, at: int, store: Callable[[Store, int], BreakingStore] = BreakingStore
) -> int | None:
    """Apply a report with a store that dies at touch *at*; return how often it was touched if it lived."""
    breaking = store(desk.store, at)
    ports = evolve(desk.ports, store=breaking)
    try:
        apply_report(ports, PAID, name="r.csv", subsidiary="east")
    except KilledError:
        return None
    return breaking.touches


def test_i22_killed_at_any_touch_of_the_store_nothing_or_all_has_happened() -> None:
    desk = books()
    before = everything(desk)
    touches = killed_at(books(), 0)
    assert touches is not None
    assert touches > 20
    for at in range(1, touches + 1):
        assert killed_at(desk, at) is None
        assert everything(desk) == before

    assert ReportOutcome.APPLIED is apply(desk, PAID).outcome
    once = books()
    apply(once, PAID)
    assert seen(once) == seen(desk)


def test_i25_totals_that_disagree_with_the_rows_refuse_the_file() -> None:
    error = refused(books(), OWN.encode() + b"Total,,1500.01,,,\r\n")

    assert [("totals_disagree", 4, "Amount Applied")] == [
        (fault.code, fault.row, fault.column) for fault in error.faults
    ]


def test_i26_a_date_that_can_be_read_two_ways_is_refused() -> None:
    either = OWN.replace("03/10/2026", "02/03/2026").encode()

    assert {"ambiguous_date"} == codes(refused(books(date_order="either"), either))


def test_i26_another_currency_posts_nothing() -> None:
    desk = books()
    dollars = OWN.replace("Chk #", "Currency").replace("C1", "CAD", 1).replace("C1", "USD", 1)

    assert (1, 1) == ((found := apply(desk, dollars.encode()).rows).matched, found.exceptions)
    assert ["currency_differs"] == raised(desk)


@pytest.mark.parametrize(
    "hostile",
    [
        b",".join([b"x"] * 2_000_000),
        GOOD.encode() + b"x" * 3_000_000,
        f"{HEADER}\r\nINV-1,".encode() + b"9" * 40_000,
    ],
    ids=["columns", "line", "cell"],
)
def test_i27_a_hostile_file_is_stopped_by_a_limit(hostile: bytes) -> None:
    assert {"limit"} == codes(refused(books(), hostile))


@pytest.mark.parametrize("stage", ["reading", "writing"])
def test_i28_who_cancels_has_changed_nothing_and_may_come_again(stage: str) -> None:
    desk = books()
    before = everything(desk)

    def cancel(told: str, done: int, _: int) -> None:
        if (told, done) == (stage, 0):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_report(evolve(desk.ports, progress=cancel), PAID, name="r.csv", subsidiary="east")

    assert everything(desk) == before
    assert ReportOutcome.APPLIED is apply(desk, PAID).outcome


def test_i28_who_left_after_the_commit_finds_the_outcome() -> None:
    desk = books()

    def leave(told: str, done: int, _: int) -> None:
        if (told, done) == ("writing", 1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_report(evolve(desk.ports, progress=leave), PAID, name="r.csv", subsidiary="east")

    again = apply(desk, PAID)
    assert (ReportOutcome.ALREADY_APPLIED, 2) == (again.outcome, again.rows.matched)


def test_i29_after_a_switch_the_old_factors_reports_still_belong_to_its_sales() -> None:
    desk = sold("L-1")
    desk.configured(connections=(connection(active=False), manual(client_number=None)))
    bring(desk.ports, row("L-2", "invoiced", connection="east-depot"))

    old = apply(desk, bought("L-1"))
    new = apply(desk, bought("L-2"))

    assert ("east-winfactor", "east-depot") == (old.connection, new.connection)
    assert ("financed", "financed") == (desk.status("L-1"), desk.status("L-2"))


def test_i30_two_reports_about_one_load_at_once_end_as_one_after_the_other(tmp_path: Path) -> None:
    files = [
        template(("INV-1", "300.00", "C1"), ("INV-2", "1000.00", "C1")),
        template(("INV-1", "700.00", "C2")),
    ]
    worlds = []
    for name, run in {
        "both": lambda path: at_once(path, files),
        "one-way": lambda path: [at_once(path, [one]) for one in files],
        "other-way": lambda path: [at_once(path, [one]) for one in reversed(files)],
    }.items():
        path = home_of(tmp_path / name)
        run(path)
        worlds.append(standing(path))

    assert {"L-1": ("completed", 100000, 0), "L-2": ("completed", 100000, 0)} == worlds[0]
    assert worlds[0] == worlds[1] == worlds[2]
