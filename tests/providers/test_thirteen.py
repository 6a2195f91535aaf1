"""What is publicly known of each of the thirteen, fact by fact."""

from __future__ import annotations

import re
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.adapters.settings.toml_settings import read_settings
from factoring_core.cli import admin_documents
from factoring_core.domain.selling.manifest import SOURCES
from factoring_core.domain.selling.reasons import Reason, severities
from factoring_core.domain.vocabulary.parties import Severity, Subsidiary
from factoring_core.domain.vocabulary.profile import (
    Coverage,
    Disposition,
    EvidenceType,
    Known,
    ManifestColumn,
    ReportKind,
    ResendPolicy,
)
from factoring_core.errors import ConfigurationError
from factoring_core.providers import all_profiles, load_profile, provider_ids
from factoring_core.providers.consistency import check_profile
from factoring_core.providers.template_files import write_template

THIRTEEN = {
    "apex": ("Apex Capital", "api", "none"),
    "capital_depot": ("Capital Depot", "manual", "separate"),
    "compass": ("Compass Funding Solutions", "file_transfer", "zip"),
    "otr": ("OTR Solutions", "api", "none"),
    "rts": ("RTS Financial", "file_transfer", "separate"),
    "saint_johns": ("Saint Johns Capital", "api", "none"),
    "sunbelt": ("Sunbelt Finance", "file_transfer", "separate"),
    "tafs": ("TAFS", "api", "none"),
    "triumph": ("Triumph", "file_transfer", "separate"),
    "trufunding": ("TruFunding", "api", "none"),
    "wex_fleetone": ("Wex FleetOne", "manual", "separate"),
    "wex_fleetone_ftp": ("Wex FleetOne FTP", "file_transfer", "zip"),
    "winfactor": ("WinFactor", "file_transfer", "separate"),
}
EXCHANGE_FILES = [one for one, (_, mode, _) in THIRTEEN.items() if mode != "api"]
BY_API = [one for one, (_, mode, _) in THIRTEEN.items() if mode == "api"]

ASKED_FOR = {
    "apex": {"missing_mc_number": "block", "missing_dot_number": "block"},
    "capital_depot": {},
    "compass": {},
    "otr": {"missing_mc_number": "block", "missing_dot_number": "block"},
    "rts": {"missing_debtor_number": "warn"},
    "saint_johns": {"missing_mc_number": "block"},
    "sunbelt": {},
    "tafs": {"missing_debtor_number": "block", "missing_truck": "block"},
    "triumph": {},
    "trufunding": {},
    "wex_fleetone": {"missing_reference_number": "warn"},
    "wex_fleetone_ftp": {"missing_reference_number": "block"},
    "winfactor": {},
}
NUMBERS = [
    Reason.MISSING_MC_NUMBER,
    Reason.MISSING_DOT_NUMBER,
    Reason.MISSING_DEBTOR_NUMBER,
    Reason.MISSING_REFERENCE_NUMBER,
    Reason.MISSING_TRUCK,
]

SUPPLEMENTS = {"rts": "block", "triumph": "block", "otr": "block", "wex_fleetone_ftp": "warn"}
"""Where an invoice billed later does not go the way of the others."""

RESEND = {"rts": ResendPolicy.TRIGGER_AND_CLEAR, "otr": ResendPolicy.SERVER_DEDUPES}
"""Where something else is known than that nothing may be sent twice."""


def headers(provider: str) -> list[str]:
    manifest = load_profile(provider).manifest
    assert manifest is not None
    return [column.header for column in manifest.columns]


def test_all_thirteen_are_there_under_their_names() -> None:
    found = {one.id: (one.name, one.mode, one.packaging.value) for one in all_profiles().values()}
    assert THIRTEEN == found


@pytest.mark.parametrize(("provider", "asked"), ASKED_FOR.items())
def test_each_asks_for_the_numbers_that_its_factor_is_known_to_need(
    provider: str, asked: dict[str, str]
) -> None:
    weights = severities(load_profile(provider), Subsidiary(id="east", name="East"))
    found = {one.value: weights[one].value for one in NUMBERS if weights[one] is not Severity.OFF}
    assert asked == found


@pytest.mark.parametrize("provider", THIRTEEN)
def test_supplements_are_a_finding_only_where_they_are_known_not_to_go_this_way(provider: str) -> None:
    said = load_profile(provider).preflight.get("provider_limit")
    assert SUPPLEMENTS.get(provider) == (None if said is None else said.value)


@pytest.mark.parametrize("provider", THIRTEEN)
def test_sending_again_is_never_taken_for_safe_without_a_ground(provider: str) -> None:
    assert RESEND.get(provider, ResendPolicy.NO_RESUBMIT) is load_profile(provider).resend


@pytest.mark.parametrize("provider", THIRTEEN)
def test_limits_are_those_of_rts_alone(provider: str) -> None:
    profile = load_profile(provider)
    expected = (999, 5) if provider == "rts" else (None, None)
    assert expected == (profile.max_rows, profile.min_gap_minutes)


@pytest.mark.parametrize("provider", THIRTEEN)
def test_credit_is_checked_where_that_is_documented(provider: str) -> None:
    assert (provider in ("otr", "saint_johns")) is load_profile(provider).credit_check


@pytest.mark.parametrize("provider", THIRTEEN)
def test_no_provider_takes_a_payment_for_a_purchase(provider: str) -> None:
    assert load_profile(provider).purchase_report


@pytest.mark.parametrize("provider", EXCHANGE_FILES)
def test_who_exchanges_files_has_a_list_and_both_reports(provider: str) -> None:
    profile = load_profile(provider)
    assert profile.manifest is not None
    assert f"{provider}/manifest/v1" == profile.manifest.id
    kinds = {layout.kind for layout in profile.layouts}
    assert {ReportKind.PURCHASE, ReportKind.PAYMENT} == kinds
    assert {provider} == {layout.provider for layout in profile.layouts}
    if provider != "capital_depot":
        assert {f"{provider}/{kind.value}_report/v1" for kind in kinds} == {one.id for one in profile.layouts}


@pytest.mark.parametrize("provider", BY_API)
def test_an_api_has_no_files_and_the_templates_serve(provider: str) -> None:
    profile = load_profile(provider)
    assert profile.layouts == ()
    # Only of one of them is it public what it wants to know of an invoice.
    assert (profile.manifest is not None) is (provider == "otr")


def test_the_list_for_triumph_has_its_five_columns_in_order() -> None:
    assert ["DTR_NAME", "INVOICE#", "INV_DATE", "PO", "INVAMT"] == headers("triumph")
    manifest = load_profile("triumph").manifest
    assert manifest is not None
    assert {Known.PUBLIC_CODE} == {column.known for column in manifest.columns}
    assert ("%m/%d/%Y", "\r\n") == (manifest.date_format, manifest.newline)


@pytest.mark.parametrize(
    ("provider", "known"), [("wex_fleetone_ftp", Known.DOCUMENTED), ("wex_fleetone", Known.INFERRED)]
)
def test_the_lists_for_wex_carry_refno_and_only_that_is_public(provider: str, known: Known) -> None:
    manifest = load_profile(provider).manifest
    assert manifest is not None
    refno, *rest = manifest.columns
    assert ("REFNO", "reference_or_debtor_number", known) == (refno.header, refno.source, refno.known)
    assert {Known.INFERRED} == {column.known for column in rest}


@pytest.mark.parametrize("provider", ["compass", "sunbelt", "winfactor"])
def test_where_no_column_is_public_none_is_claimed_to_be(provider: str) -> None:
    manifest = load_profile(provider).manifest
    assert manifest is not None
    assert {Known.INFERRED} == {column.known for column in manifest.columns}


@pytest.mark.parametrize("provider", ["compass", "wex_fleetone_ftp"])
def test_an_archive_is_named_by_day_and_batch_number(provider: str) -> None:
    assert "invoices_{date}_{batch_number}_{batch_id8}.zip" == load_profile(provider).archive_name


OTR_WORDS = [
    ("1", "Pending", Disposition.RECEIVED),
    ("2", "Advance Issued", None),
    ("2", "Advance Paid", None),
    ("3", "Approved", Disposition.PURCHASED),
    ("4", "Dead", Disposition.DENIED),
    ("5", "Addendum", None),
    ("6", "Current Client Request", Disposition.HELD),
    ("6", "Client Request", Disposition.HELD),
    ("6", "IssueClient", Disposition.HELD),
    ("7", "Duplicate", Disposition.REJECTED),
    ("8", "OTR Followup", Disposition.HELD),
    ("8", "OTR Follow-Up", Disposition.HELD),
    ("8", "IssueFollowUp", Disposition.HELD),
    ("9", "Advance Pending", None),
    ("99", "Process Blocked", Disposition.HELD),
    ("", "Paid", None),
]


@pytest.mark.parametrize(("code", "word", "disposition"), OTR_WORDS)
def test_the_words_of_otr(code: str, word: str, disposition: Disposition | None) -> None:
    otr = load_profile("otr")
    for text in filter(None, (code, word, f" {word.upper()} ")):
        found = otr.status(text)
        assert found is not None
        assert (code, disposition) == (found.code, found.disposition)
        assert found.source


def test_only_one_word_of_otr_is_a_purchase() -> None:
    statuses = load_profile("otr").statuses
    assert ["3"] == [one.code for one in statuses if one.disposition is Disposition.PURCHASED]
    assert {one for one, _, _ in OTR_WORDS} == {one.code for one in statuses}


@pytest.mark.parametrize("text", ["", "33", "approve", "Funded"])
def test_a_word_that_nobody_knows_means_nothing(text: str) -> None:
    assert load_profile("otr").status(text) is None


class TestCompass:
    def test_reserve_activity_is_the_report_of_payments_and_has_its_two_public_columns(self) -> None:
        payment = load_profile("compass").layout(ReportKind.PAYMENT)
        assert payment is not None
        public = {one.aliases[0] for one in payment.fields if one.known is Known.DOCUMENTED}
        assert {"Applied to Fee", "Reserve Account"} == public
        assert ("Reserve Activity", Coverage.PERIOD) == (payment.file_name, payment.coverage)

    def test_the_batch_detail_report_is_taken_for_the_report_of_purchases(self) -> None:
        purchase = load_profile("compass").layout(ReportKind.PURCHASE)
        assert purchase is not None
        assert ("Batch Detail Report", Coverage.BATCH) == (purchase.file_name, purchase.coverage)

    def test_fees_post_from_reserve_activity_and_what_is_due_back_posts_nowhere(self) -> None:
        posting = {
            layout.kind: {post.type for entry in layout.entries for post in entry.posts if post.posts}
            for layout in load_profile("compass").layouts
        }
        assert EvidenceType.FEE in posting[ReportKind.PAYMENT]
        assert EvidenceType.FEE not in posting[ReportKind.PURCHASE]
        amounts = {
            name
            for layout in load_profile("compass").layouts
            for entry in layout.entries
            for post in entry.posts
            for name in post.amount
        }
        assert "reserve_due" not in amounts

    def test_reserve_activity_reads_as_a_report_of_payments_only(self) -> None:
        header = "Invoice #,Debtor,Check #,Date Paid,Amount Paid,Applied to Fee,Reserve Account\r\n"
        row = "INV-1,Blue,991,03/05/2026,1000.00,30.00,70.00\r\n"
        opened = TableReportReader().open((header + row).encode(), name="reserve.csv")
        layouts = [layout for one in all_profiles().values() for layout in one.layouts]
        assert {ReportKind.PAYMENT} == {layout.kind for layout in layouts if opened.fit(layout).fits}
        payment = load_profile("compass").layout(ReportKind.PAYMENT)
        assert payment is not None
        read = opened.read(payment)
        assert [3000, 7000] == [read.column("fee_amount")[0], read.column("reserve_due")[0]]


@pytest.mark.parametrize("provider", EXCHANGE_FILES)
def test_a_report_with_the_candidates_for_headings_is_read(provider: str) -> None:
    for layout in load_profile(provider).layouts:
        opened = TableReportReader().open(write_template(layout, "csv"), name="r.csv")
        assert opened.fit(layout).fits


@pytest.mark.parametrize("provider", THIRTEEN)
def test_every_column_of_a_list_comes_from_something_there_is(provider: str) -> None:
    manifest = load_profile(provider).manifest
    assert manifest is None or {column.source for column in manifest.columns} <= SOURCES


def test_a_column_that_comes_from_nowhere_is_refused() -> None:
    triumph = load_profile("triumph")
    assert triumph.manifest is not None
    lost = evolve(triumph.manifest, columns=(ManifestColumn(header="X", source="colour"),))
    with pytest.raises(ConfigurationError, match="X comes from colour"):
        check_profile(evolve(triumph, manifest=lost))


def test_a_list_that_cannot_be_named_is_refused() -> None:
    triumph = load_profile("triumph")
    assert triumph.manifest is not None
    with pytest.raises(ConfigurationError, match="manifest"):
        check_profile(evolve(triumph, manifest=evolve(triumph.manifest, file_name="{nothing}.csv")))


FACTS = [
    ("triumph", "limits", Known.INFERRED),
    ("triumph", "packaging", Known.PUBLIC_CODE),
    ("triumph", "sending again", Known.DOCUMENTED),
    ("compass", "packaging", Known.DOCUMENTED),
    ("compass", "purchase report", Known.INFERRED),
    ("compass", "payment report", Known.DOCUMENTED),
    ("sunbelt", "transport", Known.DOCUMENTED),
    ("sunbelt", "packaging", Known.INFERRED),
    ("wex_fleetone_ftp", "reference number", Known.DOCUMENTED),
    ("wex_fleetone_ftp", "exclusivity", Known.DOCUMENTED),
    ("wex_fleetone_ftp", "packaging", Known.DOCUMENTED),
    ("wex_fleetone", "submission", Known.DOCUMENTED),
    ("wex_fleetone", "exclusivity", Known.DOCUMENTED),
    ("otr", "numbers", Known.DOCUMENTED),
    ("otr", "statuses", Known.PUBLIC_CODE),
    ("otr", "credit check", Known.DOCUMENTED),
    ("otr", "payments", Known.INFERRED),
    ("apex", "numbers", Known.DOCUMENTED),
    ("apex", "schedule", Known.DOCUMENTED),
    ("saint_johns", "numbers", Known.DOCUMENTED),
    ("saint_johns", "credit check", Known.DOCUMENTED),
    ("tafs", "debtor number", Known.DOCUMENTED),
    ("tafs", "truck", Known.DOCUMENTED),
    ("tafs", "approval", Known.DOCUMENTED),
    ("tafs", "reversal", Known.DOCUMENTED),
    ("trufunding", "submission", Known.DOCUMENTED),
    ("trufunding", "reports", Known.INFERRED),
]


@pytest.mark.parametrize(("provider", "about", "known"), FACTS)
def test_each_fact_says_on_what_ground_it_stands(provider: str, about: str, known: Known) -> None:
    (fact,) = [one for one in load_profile(provider).facts if one.about == about]
    assert known is fact.known


@pytest.mark.parametrize("provider", THIRTEEN)
def test_no_profile_names_a_host_or_an_address(provider: str) -> None:
    profile = load_profile(provider)
    texts = [text for fact in profile.facts for text in (fact.says, fact.source)]
    texts += [one.source for one in profile.statuses]
    texts += [one.source for layout in profile.layouts for one in layout.fields]
    texts += [one.source_note for one in (profile.manifest.columns if profile.manifest else ())]
    host = re.compile(r"https?:|www\.|\b[a-z0-9-]+\.(?:com|net|org|io|gov)\b", re.IGNORECASE)
    assert [] == [text for text in texts if host.search(text)]
    assert [] == [text for text in texts if not text.strip()]


@pytest.mark.parametrize("provider", THIRTEEN)
def test_every_provider_can_be_listed_and_shown(provider: str) -> None:
    profile = load_profile(provider)
    row = admin_documents.provider_row(profile)
    shown: dict[str, Any] = admin_documents.provider(profile)
    assert (provider, THIRTEEN[provider][0]) == (row["id"], row["name"])
    assert [fact.about for fact in profile.facts] == [fact["about"] for fact in shown["facts"]]
    assert [one.word for one in profile.statuses] == [one["word"] for one in shown["statuses"]]


class TestOneWexAtATime:
    """By hand or by file transfer: a subsidiary sells to Wex through one connection only."""

    TEXT = (
        '[[subsidiaries]]\nid = "east"\nname = "East"\n'
        '[[connections]]\nid = "by-hand"\nsubsidiary = "east"\nprovider = "wex_fleetone"\n'
        'protocol = "manual"\n'
        '[[connections]]\nid = "by-wire"\nsubsidiary = "east"\nprovider = "wex_fleetone_ftp"\n'
        'protocol = "folder"\nfolder = "inbox"\n'
    )

    def test_two_active_ones_are_a_fault_of_the_settings(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            read_settings(self.TEXT, file="factoring.toml", provider_ids=provider_ids())

        assert ["two_active_connections"] == [fault.code for fault in caught.value.faults]
        assert 2 == caught.value.exit_status

    def test_one_that_drains_may_stand_beside_the_other(self) -> None:
        text = self.TEXT.replace('"manual"', '"manual"\nactive = false')
        settings = read_settings(text, file="factoring.toml", provider_ids=provider_ids())
        assert [False, True] == [one.active for one in settings.connections]
