"""Every reason of preflight, its weight, and that all of them come at once."""

import datetime as dt
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.selling.documents import in_packet_order, missing_papers
from factoring_core.domain.selling.eligibility import (
    NEVER_BELOW_BLOCK,
    REASONS,
    Candidate,
    Reason,
    blocking,
    default_severity,
    preflight,
    severities,
    warnings,
)
from factoring_core.domain.selling.manifest import PLAIN
from factoring_core.domain.selling.reasons import MESSAGES, sentence
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import (
    Document,
    DocumentKind,
    Invoice,
    Load,
    MethodRule,
    ResolvedMethod,
)
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Customer,
    InvoicingMethod,
    Severity,
    Subsidiary,
)
from factoring_core.domain.vocabulary.profile import ManifestColumn, ManifestLayout, ProviderProfile

R = Reason
NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
PAPERS = tuple(
    Document(kind=kind, sha256=kind.value, name=f"{kind.value}.pdf", size=1) for kind in DocumentKind
)
LOAD = Load(
    subsidiary="east",
    number="L-1",
    customer="blue",
    reference_number="R-1",
    truck_number="T-1",
    documents=PAPERS,
    invoice=Invoice(number="INV-1", date=dt.date(2026, 3, 1), face=100),
    method=ResolvedMethod(method=InvoicingMethod.FACTORING, rule=MethodRule.SUBSIDIARY_DEFAULT),
)
EAST = Subsidiary(id="east", name="East", dot_number="1")
BLUE = Customer(id="blue", name="Blue", mc_number="9", debtor_numbers={"p": "D-1"})
CONNECTION = Connection(id="c", subsidiary="east", provider="p", client_number="A")
ALL_ON = {reason.value: Severity.BLOCK for reason in Reason}
PROFILE = ProviderProfile(id="p", name="P", mode="manual", credit_check=True, preflight=ALL_ON)
GOOD_CREDIT = CreditResult(verdict=CreditVerdict.APPROVED, at=NOW, source="test", limit=1000)

GOOD = Candidate(
    load=LOAD,
    subsidiary=EAST,
    customer=BLUE,
    status=LoadStatus.QUEUED,
    now=NOW,
    connection=CONNECTION,
    profile=PROFILE,
    notice="Pay the factor.",
    credit=GOOD_CREDIT,
)


def load(**changes: Any) -> Candidate:
    return evolve(GOOD, load=evolve(LOAD, **changes))


def without(kind: DocumentKind) -> Candidate:
    return load(documents=tuple(one for one in PAPERS if one.kind is not kind))


def credit(**changes: Any) -> Candidate:
    return evolve(GOOD, credit=evolve(GOOD_CREDIT, **changes))


NARROW = ManifestLayout(
    id="x", columns=(ManifestColumn(header="Inv", source="invoice_number", max_length=2),)
)
DIRECT = ResolvedMethod(method=InvoicingMethod.DIRECT, rule=MethodRule.LOAD_OVERRIDE)
ONE_FAULT = {
    R.NOT_QUEUED: evolve(GOOD, status=LoadStatus.INVOICED),
    R.OTHER_SUBSIDIARY: load(subsidiary="west"),
    R.METHOD_NOT_FACTORING: load(method=DIRECT),
    R.IN_LIVE_BATCH: evolve(GOOD, in_batch="c/3"),
    R.ALREADY_SOLD: evolve(GOOD, sold="it was sold before"),
    R.ALREADY_PAID: evolve(GOOD, paid=True),
    R.HELD_ELSEWHERE: evolve(GOOD, held_by="d"),
    R.DUPLICATE_INVOICE_NUMBER: evolve(GOOD, twins=("L-2",)),
    R.MISSING_INVOICE_DOCUMENT: without(DocumentKind.INVOICE),
    R.MISSING_POD: without(DocumentKind.POD),
    R.MISSING_RATE_CONFIRMATION: without(DocumentKind.RATE_CONFIRMATION),
    R.MISSING_NOA: evolve(GOOD, notice=" "),
    R.AUTO_MERGE_OFF: evolve(GOOD, subsidiary=evolve(EAST, auto_merge=False)),
    R.MISSING_MC_NUMBER: evolve(GOOD, customer=evolve(BLUE, mc_number=None)),
    R.MISSING_DOT_NUMBER: evolve(GOOD, subsidiary=evolve(EAST, dot_number=None)),
    R.MISSING_DEBTOR_NUMBER: evolve(GOOD, customer=evolve(BLUE, debtor_numbers={})),
    R.MISSING_REFERENCE_NUMBER: load(reference_number=None),
    R.MISSING_TRUCK: load(truck_number=None),
    R.AMOUNT_NOT_POSITIVE: load(invoice=Invoice(number="I", date=dt.date(2026, 3, 1), face=0)),
    R.CURRENCY_NOT_ACCEPTED: evolve(GOOD, connection=evolve(CONNECTION, currency="CAD")),
    R.CREDIT_DECLINED: credit(verdict=CreditVerdict.DECLINED),
    R.CREDIT_UNKNOWN: credit(verdict=CreditVerdict.UNKNOWN),
    R.CREDIT_STALE: credit(at=NOW - dt.timedelta(hours=24, seconds=1)),
    R.OVER_DEBTOR_LIMIT: evolve(GOOD, exposure=901),
    R.ILLEGAL_CHARACTERS: evolve(GOOD, customer=evolve(BLUE, name="=Blue")),
    R.TOO_LONG: evolve(GOOD, profile=evolve(PROFILE, manifest=NARROW)),
    R.PROVIDER_LIMIT: load(parent_load="L-0"),
}


def reasons(candidate: Candidate) -> list[Reason]:
    return [finding.reason for finding in preflight(candidate)]


def test_a_good_load_has_no_finding() -> None:
    assert preflight(GOOD) == ()


@pytest.mark.parametrize(("reason", "candidate"), ONE_FAULT.items())
def test_each_reason_is_found_alone(reason: Reason, candidate: Candidate) -> None:
    assert reasons(candidate) == [reason]


def test_every_reason_is_covered_here() -> None:
    elsewhere = {R.NO_ACTIVE_CONNECTION, R.CONNECTION_DRAINING, R.DAMAGED_DOCUMENT}
    assert set(ONE_FAULT) | elsewhere == REASONS


def test_without_an_active_connection_nothing_can_be_sold() -> None:
    bare = evolve(GOOD, connection=None, profile=None)
    assert reasons(bare)[:1] == [R.NO_ACTIVE_CONNECTION]
    draining = preflight(evolve(bare, draining=("c", "d")))
    assert [one.reason for one in draining[:2]] == [R.NO_ACTIVE_CONNECTION, R.CONNECTION_DRAINING]
    assert draining[1].message.endswith("c, d.")


def test_a_paper_that_is_given_twice_is_worth_a_look_and_no_more() -> None:
    twice = PAPERS[0], evolve(PAPERS[1], sha256=PAPERS[0].sha256), *PAPERS[2:]
    for candidate, detail in (
        (load(documents=twice), "pod.pdf is given as"),
        (evolve(GOOD, shared=(("pod.pdf", "L-9"),)), "pod.pdf is a paper of load L-9 as well"),
    ):
        (found,) = preflight(candidate)
        assert (found.reason, found.severity) == (R.DAMAGED_DOCUMENT, Severity.WARN)
        assert detail in found.message


def test_a_currency_that_is_not_the_connections_is_told_beside_it() -> None:
    (found,) = preflight(ONE_FAULT[R.CURRENCY_NOT_ACCEPTED])
    assert "USD instead of CAD" in found.message


PLANNED = evolve(load(invoice=None, method=None, amount=None), status=LoadStatus.RELEASED)


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        (ONE_FAULT[R.NOT_QUEUED], "The load is not queued: it is invoiced."),
        (
            ONE_FAULT[R.METHOD_NOT_FACTORING],
            "The load is invoiced to the customer directly: by load override.",
        ),
        (ONE_FAULT[R.IN_LIVE_BATCH], "The load is in a live batch already: c/3."),
        (ONE_FAULT[R.ALREADY_SOLD], "The receivable has been sold already: it was sold before."),
        (ONE_FAULT[R.HELD_ELSEWHERE], "Another connection's factor holds the invoice: d."),
        (evolve(GOOD, twins=("L-2", "L-3")), "Another load has the same invoice number: L-2, L-3."),
        (ONE_FAULT[R.MISSING_NOA], "No Notice of Assignment is in force on the connection: c."),
        (
            ONE_FAULT[R.PROVIDER_LIMIT],
            "The provider does not take this invoice this way: "
            "a supplementary invoice is handed over by hand.",
        ),
        (
            ONE_FAULT[R.TOO_LONG],
            "A text of this invoice is longer than the factor's list allows: Inv takes 2 characters.",
        ),
        (
            ONE_FAULT[R.ILLEGAL_CHARACTERS],
            "The list for the factor cannot carry a text of this invoice: Customer.",
        ),
        (ONE_FAULT[R.ALREADY_PAID], "Something has been paid on the invoice already."),
    ],
)
def test_a_finding_says_what_it_is_about(candidate: Candidate, message: str) -> None:
    assert [one.message for one in preflight(candidate)] == [message]


def test_how_a_customer_is_invoiced_counts_for_a_load_that_is_not_queued_yet() -> None:
    direct = evolve(PLANNED, customer=evolve(BLUE, invoicing_method=InvoicingMethod.DIRECT))
    assert reasons(direct) == [R.NOT_QUEUED, R.METHOD_NOT_FACTORING]
    assert preflight(direct)[1].message.endswith(": by customer override.")


def test_a_single_cent_can_be_sold() -> None:
    assert preflight(load(invoice=evolve(LOAD.invoice, face=1))) == ()


def test_a_connection_of_a_provider_nobody_describes_is_none() -> None:
    assert reasons(evolve(GOOD, profile=None)) == [R.NO_ACTIVE_CONNECTION]


def test_a_connection_that_has_no_notice_at_all_sells_nothing() -> None:
    assert reasons(evolve(GOOD, notice=None)) == [R.MISSING_NOA]


def test_the_currency_of_the_invoice_counts_and_not_that_of_the_load() -> None:
    foreign = evolve(LOAD.invoice, currency="CAD")
    assert reasons(load(invoice=foreign)) == [R.CURRENCY_NOT_ACCEPTED]
    assert reasons(load(currency="CAD")) == []
    assert reasons(evolve(PLANNED, load=evolve(PLANNED.load, currency="CAD"))) == [
        R.NOT_QUEUED,
        R.CURRENCY_NOT_ACCEPTED,
    ]


def test_all_failures_come_at_once_in_the_order_of_the_vocabulary() -> None:
    worst = evolve(
        load(documents=(), method=DIRECT, reference_number=None),
        status=LoadStatus.RELEASED,
        in_batch="c/1",
        paid=True,
        credit=None,
    )
    found = reasons(worst)
    assert found == sorted(found, key=list(Reason).index)
    assert {R.NOT_QUEUED, R.METHOD_NOT_FACTORING, R.IN_LIVE_BATCH, R.MISSING_POD, R.CREDIT_UNKNOWN} <= set(
        found
    )


def test_of_another_subsidiarys_load_nothing_else_is_told() -> None:
    stranger = evolve(load(subsidiary="west", documents=()), status=LoadStatus.INVOICED, in_batch="w/1")
    assert reasons(stranger) == [R.OTHER_SUBSIDIARY]


def test_a_load_without_an_invoice_is_judged_by_what_is_planned() -> None:
    plain = evolve(load(invoice=None, method=None, amount=None), status=LoadStatus.RELEASED)
    assert reasons(plain) == [R.NOT_QUEUED]
    assert reasons(evolve(plain, load=evolve(plain.load, amount=-5))) == [
        R.NOT_QUEUED,
        R.AMOUNT_NOT_POSITIVE,
    ]
    direct = evolve(plain, load=evolve(plain.load, invoicing_method=InvoicingMethod.DIRECT, amount=5))
    assert reasons(direct) == [R.NOT_QUEUED, R.METHOD_NOT_FACTORING]


def test_an_invoice_that_is_drawn_is_not_missing() -> None:
    drawn = evolve(without(DocumentKind.INVOICE), subsidiary=evolve(EAST, generate_invoices=True))
    assert reasons(drawn) == []


def test_a_supplement_is_refused_only_where_the_profile_says_so() -> None:
    silent = evolve(PROFILE, preflight={})
    assert reasons(evolve(load(parent_load="L-0"), profile=silent)) == []


def test_a_blank_cell_warns_whatever_the_profile_says() -> None:
    blank = evolve(GOOD, connection=evolve(CONNECTION, client_number=None))
    columns = evolve(PROFILE, manifest=None)
    assert reasons(evolve(blank, profile=columns)) == []
    strict = evolve(PLAIN, columns=tuple(evolve(one, required=True) for one in PLAIN.columns))
    found = preflight(evolve(blank, profile=evolve(PROFILE, manifest=strict)))
    # The PO number is blank as well.
    assert [(one.reason, one.severity) for one in found] == [(R.PROVIDER_LIMIT, Severity.WARN)] * 2
    off = evolve(PROFILE, manifest=strict, preflight={**ALL_ON, "provider_limit": Severity.OFF})
    assert preflight(evolve(blank, profile=off)) == ()


def test_a_customer_nobody_knows_has_no_numbers() -> None:
    assert reasons(evolve(GOOD, customer=None)) == [R.MISSING_MC_NUMBER, R.MISSING_DEBTOR_NUMBER]


def test_credit_counts_only_where_the_provider_checks_it() -> None:
    assert R.CREDIT_UNKNOWN in reasons(evolve(GOOD, credit=None))
    blind = evolve(PROFILE, credit_check=False)
    assert reasons(evolve(GOOD, credit=None, profile=blind)) == []


def test_a_check_of_exactly_the_age_agreed_still_counts() -> None:
    result = evolve(GOOD_CREDIT, at=NOW - dt.timedelta(hours=24))
    assert not result.stale(NOW, 24)
    assert result.stale(NOW + dt.timedelta(microseconds=1), 24)


def test_a_limit_is_compared_with_what_is_planned_before_there_is_an_invoice() -> None:
    planned = evolve(load(invoice=None, amount=200), exposure=900, status=LoadStatus.QUEUED)
    assert R.OVER_DEBTOR_LIMIT in reasons(planned)
    assert R.OVER_DEBTOR_LIMIT not in reasons(load(invoice=None, amount=None))
    assert R.OVER_DEBTOR_LIMIT not in reasons(credit(limit=None))


def test_a_limit_may_be_used_up_to_the_last_cent() -> None:
    assert reasons(evolve(GOOD, exposure=900)) == []
    assert reasons(evolve(PLANNED, exposure=1000)) == [R.NOT_QUEUED]
    assert reasons(evolve(PLANNED, exposure=1001)) == [R.NOT_QUEUED, R.OVER_DEBTOR_LIMIT]


def test_findings_part_into_what_blocks_and_what_warns() -> None:
    policy = {"missing_pod": Severity.WARN, "missing_truck": Severity.OFF}
    one = evolve(load(documents=PAPERS[:1], truck_number=None), subsidiary=evolve(EAST, preflight=policy))
    found = preflight(one)
    assert [finding.reason for finding in warnings(found)] == [R.MISSING_POD]
    assert [finding.reason for finding in blocking(found)] == [R.MISSING_RATE_CONFIRMATION]


def test_by_default_credit_warns_and_numbers_are_not_asked_for() -> None:
    weights = {weight: {one for one in Reason if default_severity(one) is weight} for weight in Severity}
    assert weights[Severity.WARN] == {R.CREDIT_UNKNOWN, R.CREDIT_STALE, R.OVER_DEBTOR_LIMIT}
    assert weights[Severity.OFF] == {
        R.MISSING_MC_NUMBER,
        R.MISSING_DOT_NUMBER,
        R.MISSING_DEBTOR_NUMBER,
        R.MISSING_REFERENCE_NUMBER,
        R.MISSING_TRUCK,
    }


WEIGHTS = st.dictionaries(st.sampled_from([one.value for one in Reason]), st.sampled_from(Severity))


@given(WEIGHTS, WEIGHTS, st.booleans())
def test_policy_comes_before_profile_and_neither_softens_what_must_block(
    said: dict[str, Severity], policy: dict[str, Severity], checks: bool
) -> None:
    profile = evolve(PROFILE, preflight=said, credit_check=checks)
    weights = severities(profile, evolve(EAST, preflight=policy))
    assert set(weights) == REASONS
    for reason, weight in weights.items():
        if reason in NEVER_BELOW_BLOCK:
            assert weight is Severity.BLOCK
        elif reason.startswith(("credit", "over")) and not checks:
            assert weight is Severity.OFF
        else:
            assert weight is policy.get(reason, said.get(reason, default_severity(reason)))


def test_without_a_profile_the_policy_still_counts() -> None:
    weights = severities(None, evolve(EAST, preflight={"missing_pod": Severity.OFF}))
    assert weights[R.MISSING_POD] is Severity.OFF
    assert weights[R.CREDIT_DECLINED] is Severity.OFF


def test_every_reason_is_one_sentence() -> None:
    assert set(MESSAGES) == REASONS
    assert sentence(R.MISSING_POD) == "The proof of delivery is missing."
    assert sentence(R.IN_LIVE_BATCH, "c/1.") == "The load is in a live batch already: c/1."


def test_papers_stand_in_packet_order_and_keep_their_own() -> None:
    second = evolve(PAPERS[1], name="second pod.pdf")
    mixed = evolve(LOAD, documents=(PAPERS[2], PAPERS[1], second, PAPERS[0]))
    assert [one.name for one in in_packet_order(mixed)] == [
        "invoice.pdf",
        "pod.pdf",
        "second pod.pdf",
        "rate_confirmation.pdf",
    ]
    assert missing_papers(evolve(LOAD, documents=())) == (
        R.MISSING_INVOICE_DOCUMENT,
        R.MISSING_POD,
        R.MISSING_RATE_CONFIRMATION,
    )
    assert missing_papers(evolve(LOAD, documents=()), invoice_is_drawn=True)[0] is R.MISSING_POD
