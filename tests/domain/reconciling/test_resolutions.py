"""The table of exceptions and resolutions: complete, and written down for people."""

from attrs import evolve

from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionSeverity, ExceptionType
from factoring_core.domain.reconciling.resolutions import EFFECTS, KINDS, allowed, markdown_table

R = Resolution


def item(kind: ExceptionType, subject: str) -> ExceptionItem:
    return ExceptionItem(
        id="exc-1",
        type=kind,
        severity=ExceptionSeverity.WRONG,
        subsidiary="S",
        connection="C1",
        subject=subject,
        load=None,
        amount_at_risk=1,
    )


def test_every_type_has_resolutions_and_every_resolution_an_effect() -> None:
    assert list(ExceptionType) == list(KINDS)
    assert list(Resolution) == list(EFFECTS)
    assert set(Resolution) == {one for kind in KINDS.values() for one in kind.resolutions}


def test_the_first_resolution_is_the_one_suggested_and_every_type_can_wait() -> None:
    assert R.WRITE_OFF is allowed(item(ExceptionType.SHORT_PAID, "assignment:A1"))[0]
    assert all(R.WAIT in kind.resolutions for kind in KINDS.values())


def test_only_what_has_an_effect_on_the_subject_is_offered() -> None:
    """`use_row` and `count_each` had none on conflicts whose subject was an invoice or a sale."""
    conflict = item(ExceptionType.CONFLICTING_ROWS, "cheque:payment:A1:2025-03-09:77")
    assert {R.USE_ROW, R.COUNT_EACH} < set(allowed(conflict))
    for subject, offered in (
        ("assignment:A1", {R.USE_ROW}),
        ("account:C1", {R.USE_ROW}),
        ("invoice:1", set()),
    ):
        possible = set(allowed(evolve(conflict, subject=subject)))
        assert possible & {R.USE_ROW, R.COUNT_EACH} == offered
        assert {R.WAIT, R.DISPUTE, R.IGNORE} < possible | {R.USE_ROW, R.COUNT_EACH}


def test_behind_a_direct_invoice_is_no_reserve_to_charge() -> None:
    assert R.CHARGE_TO_RESERVE in allowed(item(ExceptionType.SHORT_PAID, "assignment:A1"))
    assert R.CHARGE_TO_RESERVE not in allowed(item(ExceptionType.SHORT_PAID, "load:L-1"))


def test_what_a_person_stated_of_a_load_is_assigned_to_no_other() -> None:
    assert R.ASSIGN in allowed(item(ExceptionType.MISDIRECTED_PAYMENT, "assignment:A1"))
    assert R.ASSIGN not in allowed(item(ExceptionType.MISDIRECTED_PAYMENT, "load:L-1"))


def test_the_written_tables_name_all_of_it() -> None:
    text = markdown_table()
    lines, effects = (part.splitlines() for part in text.split("\n\n"))
    for kind, about in KINDS.items():
        (line,) = [one for one in lines if one.startswith(f"| `{kind}` |")]
        for cell in (about.raised, about.severity.value, about.at_risk, about.age):
            assert f"| {cell} |" in line
        names = ", ".join(f"`{one}`" for one in about.resolutions)
        assert line.endswith(f"| {names} |")
    for one, effect in EFFECTS.items():
        (line,) = [one_ for one_ in effects if one_.startswith(f"| `{one}` |")]
        assert effect.does in line
        assert effect.lapses in line
    assert "| `assign` | load, [batch] |" in text
    assert "| `wait` | none |" in text
    assert text.endswith(f"| {list(EFFECTS.values())[-1].lapses} |\n")
    heads = ["Exception | Raised when | Severity | Amount at risk | Age from | Resolutions"]
    heads.append("Resolution | Parameters | Effect | Lapses")
    assert [part[:2] for part in (lines, effects)] == [
        [f"| {head} |", f"|{' --- |' * len(head.split('|'))}"] for head in heads
    ]
