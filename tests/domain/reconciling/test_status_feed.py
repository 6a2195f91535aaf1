"""What a factor's system says of invoices, read by the road that reports take."""

from __future__ import annotations

from attrs import evolve

from factoring_core.domain.reconciling.reading import RowFacts, read_facts
from factoring_core.domain.reconciling.status_feed import SaidOf, feed_id, status_columns, status_layout
from factoring_core.domain.vocabulary.profile import (
    CellKind,
    Disposition,
    EvidenceType,
    Known,
    ProviderProfile,
    ReportKind,
    StatusWord,
)
from worlds import day

PROFILE = ProviderProfile(
    id="x",
    name="X",
    mode="sftp",
    statuses=(
        StatusWord(word="Funded", code="F", also=("Paid Out",), disposition=Disposition.PURCHASED),
        StatusWord(word="On Hold", disposition=Disposition.HELD),
        StatusWord(word="In Review"),
    ),
)


def said(status: str, schedule: str | None = None) -> SaidOf:
    return SaidOf(invoice_number="1001", batch_number=7, status=status, on=day(4), schedule_number=schedule)


def read(*answers: SaidOf) -> RowFacts:
    return read_facts(status_columns(PROFILE, answers), report="R1")


def test_a_word_that_buys_is_a_purchase_of_its_day_without_an_amount() -> None:
    for word in ("Funded", "f", " paid  OUT "):
        told, bought = read(said(word, "S-1")).evidence
        assert (told.type, told.word, told.on) == (EvidenceType.DISPOSITION, "purchased", day(4))
        assert (bought.type, bought.amount, bought.on) == (EvidenceType.PURCHASE, None, day(4))
        assert (bought.reference, bought.primary, bought.row, bought.invoice_key) == ("S-1", True, 2, "1001")
        assert bought.attributes.schedule_number == "S-1"
        assert bought.attributes.batch_number == "7"


def test_any_other_word_buys_nothing_and_one_without_a_meaning_moves_nothing() -> None:
    (held,) = read(said("on hold")).evidence
    assert (held.word, held.attributes.schedule_number) == ("held", "")
    found = read(said("In Review"), said("???"), said(""), said(" "), said("On Hold"))
    assert [(one.row, one.word) for one in found.evidence] == [(6, "held")]
    assert (found.faults, [text.partition(":")[0] for text in found.warnings]) == ((), ["unknown_status"] * 3)


def test_the_layout_of_a_feed_is_the_providers_and_rests_on_our_own_words() -> None:
    layout = status_layout(PROFILE)
    assert (layout.id, feed_id("x"), layout.provider, layout.version) == ("x/statuses/v1", layout.id, "x", 1)
    assert (layout.kind, layout.verified) == (ReportKind.PURCHASE, PROFILE.verified)
    assert {one.known for one in layout.fields} == {Known.OWN}
    assert {one.name for one in layout.fields} == set(status_columns(PROFILE, ()).columns)
    assert {one.name: one.kind for one in layout.fields} == {
        "invoice_number": CellKind.NUMBER,
        "status": CellKind.WORD,
        "status_date": CellKind.DATE,
        "schedule_number": CellKind.TEXT,
        "batch_number": CellKind.TEXT,
    }
    assert {one.aliases for one in layout.fields} == {()}
    for verified in (True, False):
        assert status_layout(evolve(PROFILE, verified=verified)).verified is verified
    assert len(status_columns(PROFILE, [said("Funded")] * 2)) == 2
