"""Providers are data: what is shipped holds together, and what does not is refused by name."""

from __future__ import annotations

import csv
import io
import types
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.reports.header import normalised
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.vocabulary.load import DocumentKind
from factoring_core.domain.vocabulary.packet_rules import PACKET_ORDER, ActiveContent, PacketRules
from factoring_core.domain.vocabulary.parties import Severity
from factoring_core.domain.vocabulary.profile import (
    Coverage,
    EvidenceType,
    Known,
    Posting,
    ProviderProfile,
    ReportKind,
    ReportLayout,
    ResendPolicy,
)
from factoring_core.errors import ConfigurationError, NotFoundError, UsageError
from factoring_core.providers import all_profiles, load, load_profile, load_warnings, provider_ids, templates
from factoring_core.providers.consistency import check_profile
from factoring_core.providers.structure import profile_from
from factoring_core.providers.template_files import write_template

SHIPPED = (
    "apex",
    "capital_depot",
    "compass",
    "otr",
    "rts",
    "saint_johns",
    "sunbelt",
    "tafs",
    "triumph",
    "trufunding",
    "wex_fleetone",
    "wex_fleetone_ftp",
    "winfactor",
)
LAYOUTS = [layout for one in SHIPPED for layout in load_profile(one).layouts] + list(templates())
PURCHASES = [one for one in LAYOUTS if one.kind is ReportKind.PURCHASE]
PAYMENTS = [one for one in LAYOUTS if one.kind is ReportKind.PAYMENT]


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    yield
    load.forget()


def headings(layout: ReportLayout) -> list[str]:
    return [one.aliases[0] for one in layout.fields]


def test_every_shipped_provider_loads() -> None:
    assert SHIPPED == provider_ids()
    assert all(profile.id == name for name, profile in all_profiles().items())


def test_an_unknown_provider_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        load_profile("nobody")


def test_the_list_for_rts_has_its_columns_in_order_and_its_limits() -> None:
    rts = load_profile("rts")

    assert rts.manifest is not None
    assert ["Client", "Invoice#", "DebtorNo", "Debtor Name", "Load #", "InvDate", "InvAmt"] == [
        column.header for column in rts.manifest.columns
    ]
    assert {Known.PUBLIC_CODE} == {column.known for column in rts.manifest.columns}
    assert (999, 5, ResendPolicy.TRIGGER_AND_CLEAR) == (rts.max_rows, rts.min_gap_minutes, rts.resend)
    expected = {"missing_debtor_number": Severity.WARN, "provider_limit": Severity.BLOCK}
    assert expected == dict(rts.preflight)


@pytest.mark.parametrize("provider", sorted(set(SHIPPED) - {"capital_depot"}))
def test_a_layout_whose_columns_are_not_public_is_not_verified(provider: str) -> None:
    profile = load_profile(provider)
    assert not profile.verified
    assert not any(layout.verified for layout in profile.layouts)
    assert profile.manifest is None or not profile.manifest.verified


def test_capital_depot_reads_the_templates_and_its_purchase_report_lists_all() -> None:
    depot = load_profile("capital_depot")
    purchase, payment = depot.layout(ReportKind.PURCHASE), depot.layout(ReportKind.PAYMENT)
    own_purchase, own_payment = templates()

    assert purchase == evolve(
        own_purchase, provider="capital_depot", coverage=Coverage.BATCH, complete_list=True
    )
    assert payment == evolve(own_payment, provider="capital_depot")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: f"{one.provider}-{one.id}")
def test_every_field_says_on_what_ground_it_stands(layout: ReportLayout) -> None:
    assert [] == [one.name for one in layout.fields if not one.source]
    assert not any("http" in one.source or "www" in one.source for one in layout.fields)


def test_every_fact_and_column_says_on_what_ground_it_stands() -> None:
    for profile in all_profiles().values():
        assert all(fact.source for fact in profile.facts)
        assert profile.manifest is None or all(column.source_note for column in profile.manifest.columns)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: f"{one.provider}-{one.id}")
def test_a_layout_fits_its_own_headings(layout: ReportLayout) -> None:
    opened = TableReportReader().open(",".join(headings(layout)).encode(), name="r.csv")

    fit = opened.fit(layout)

    assert (True, len(layout.fields)) == (fit.fits, fit.mapped)


@pytest.mark.parametrize("purchase", PURCHASES, ids=lambda one: f"{one.provider}-{one.id}")
@pytest.mark.parametrize("payment", PAYMENTS, ids=lambda one: f"{one.provider}-{one.id}")
def test_no_report_of_one_kind_can_be_taken_for_the_other(
    purchase: ReportLayout, payment: ReportLayout
) -> None:
    """Each kind requires a column of which the other kind knows no spelling at all."""
    for one, other in ((purchase, payment), (payment, purchase)):
        known = {normalised(alias) for field in other.fields for alias in field.aliases}
        own = [{normalised(alias) for alias in field.aliases} for field in one.fields if field.required]
        assert any(not spellings & known for spellings in own), (one.id, other.id)


def test_the_templates_are_the_files_that_were_promised() -> None:
    purchase, payment = templates()

    assert ["Purchase_Report.csv", "Payments_Report.csv"] == [purchase.file_name, payment.file_name]
    assert (
        b"Invoice Number,Purchase Date,Invoice Amount,Load Number,PO Number,Customer,Debtor Number,"
        b"Schedule Number,Type,Purchased Amount,Advance,Reserve,Fee\r\n"
    ) == write_template(purchase, "Purchase_Report.csv")
    assert (
        b"Invoice Number,Payment Date,Payment Amount,Load Number,PO Number,Customer,Debtor Number,"
        b"Invoice Amount,Check Number,Type,Closed\r\n"
    ) == write_template(payment, "csv")


@pytest.mark.parametrize("layout", templates(), ids=lambda one: one.id)
def test_a_template_reads_back_as_an_empty_report(layout: ReportLayout) -> None:
    for ending in ("csv", "xlsx"):
        content = write_template(layout, ending)
        assert content == write_template(layout, ending)
        assert 0 == len(TableReportReader().open(content, name=f"r.{ending}").read(layout))


def test_a_template_of_another_type_is_wrong_usage() -> None:
    with pytest.raises(UsageError):
        write_template(templates()[0], "out.pdf")


class TestWhatIsRefused:
    PROFILE = 'id = "x"\nname = "X"\nmode = "manual"\n'
    LAYOUT = (
        'id = "x/payment_report/v1"\nprovider = "x"\nkind = "payment"\nversion = 1\nsource = "s"\n'
        '[[fields]]\nname = "invoice_number"\nkind = "number"\naliases = ["Invoice"]\n'
        '[[fields]]\nname = "payment_amount"\nkind = "amount"\naliases = ["Paid"]\n'
        '[[entries]]\nwords = [""]\n[[entries.posts]]\ntype = "payment"\namount = ["payment_amount"]\n'
    )

    def load(self, folder: Path, profile: str = PROFILE, layout: str = LAYOUT) -> ProviderProfile:
        place = folder / "x"
        place.mkdir(exist_ok=True)
        (place / "profile.toml").write_text(profile)
        (place / "payment_report.v1.toml").write_text(layout)
        found = profile_from(place)
        check_profile(found)
        return found

    def test_a_sound_folder_is_a_profile(self, tmp_path: Path) -> None:
        assert "x" == self.load(tmp_path).id

    @pytest.mark.parametrize(
        ("old", "new", "names"),
        [
            ("version = 1", "version = 1\nsurprise = 2", ["payment_report.v1.toml", "surprise"]),
            ("version = 1", "version = true", ["version"]),
            ('kind = "amount"', 'kind = "money"', ["fields", "kind", "amount"]),
            ('type = "payment"', 'type = "gift"', ["entries", "posts", "type"]),
            ('aliases = ["Paid"]', "aliases = [1]", ["aliases"]),
            ('amount = ["payment_amount"]', 'amount = ["nothing"]', ["nothing"]),
            ('aliases = ["Paid"]', 'aliases = ["INVOICE"]', ["INVOICE", "invoice_number", "payment_amount"]),
            ('words = [""]', 'words = ["", "Payment"]', ["Payment"]),
            ('words = [""]', 'words = ["", ""]', ["two entries"]),
            ('provider = "x"', 'provider = "y"', ["belongs to y"]),
            ('id = "x/pay', 'id = x"', ["payment_report.v1.toml"]),
        ],
    )
    def test_a_slip_is_named_with_its_file_and_key(
        self, tmp_path: Path, old: str, new: str, names: list[str]
    ) -> None:
        with pytest.raises(ConfigurationError) as caught:
            self.load(tmp_path, layout=self.LAYOUT.replace(old, new))

        assert [] == [name for name in names if name not in caught.value.message]

    @pytest.mark.parametrize(
        "more",
        [
            'modus = "x"\n',
            "max_rows = '9'\n",
            '[preflight]\nwhatever = "warn"\n',
            '[preflight]\nnot_queued = "warn"\n',
            'archive_name = "{batch_number}.csv"\n',
            '[[statuses]]\nword = "Paid"\n[[statuses]]\nword = "Dead"\nalso = ["paid "]\n',
            '[[statuses]]\nword = "Paid"\ndisposition = "rich"\n',
        ],
    )
    def test_a_slip_in_a_profile_is_refused(self, tmp_path: Path, more: str) -> None:
        with pytest.raises(ConfigurationError):
            self.load(tmp_path, profile=self.PROFILE + more)

    def test_money_that_posts_from_two_kinds_of_report_is_refused(self) -> None:
        winfactor = load_profile("winfactor")
        purchase = winfactor.layout(ReportKind.PURCHASE)
        assert purchase is not None
        again = Posting(type=EvidenceType.PAYMENT, amount=("invoice_amount",))
        entries = (
            evolve(purchase.entries[0], posts=(*purchase.entries[0].posts, again)),
            *purchase.entries[1:],
        )
        layouts = tuple(evolve(one, entries=entries) if one is purchase else one for one in winfactor.layouts)

        with pytest.raises(ConfigurationError, match="payment posts from more than one"):
            check_profile(evolve(winfactor, layouts=layouts))


class TestOtherPackages:
    def given(self, monkeypatch: pytest.MonkeyPatch, **loaded: Any) -> None:
        class Point:
            def __init__(self, name: str) -> None:
                self.name, self.value = name, name

            def load(self) -> Any:
                found = loaded[self.name]
                if isinstance(found, Exception):
                    raise found
                return found

        monkeypatch.setattr(metadata, "entry_points", lambda group: [Point(name) for name in loaded])
        load.forget()

    def test_a_provider_of_another_package_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        own = ProviderProfile(id="own", name="Own", mode="manual")
        made = ProviderProfile(id="made", name="Made", mode="api")
        self.given(monkeypatch, a=own, b=lambda: made)

        assert (own, made) == (load_profile("own"), all_profiles()["made"])
        assert () == load_warnings()

    def test_a_broken_one_is_reported_and_harms_nobody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given(
            monkeypatch,
            a=ImportError("no such thing"),
            b=42,
            c=ProviderProfile(id="odd", name="Odd", mode="pigeon"),
            d=evolve(load_profile("rts")),
            e=types.ModuleType("not_a_package"),
        )

        assert set(SHIPPED) == set(provider_ids())
        assert ["a", "b", "c", "d", "e"] == [warning.split(": ")[1] for warning in load_warnings()]


def test_headings_of_templates_are_plain_csv() -> None:
    for layout in templates():
        [row] = csv.reader(io.StringIO(write_template(layout, "csv").decode()))
        assert headings(layout) == row


def test_the_rules_of_a_packet_contradict_nothing() -> None:
    profile = load_profile("winfactor")
    wrong = {
        "needs its rate confirmation": PacketRules(order=(DocumentKind.INVOICE, DocumentKind.POD)),
        "names each kind once": PacketRules(order=(*PACKET_ORDER, DocumentKind.POD)),
        "more than nothing": PacketRules(max_bytes=0),
        "keep 72 dots": PacketRules(downsample_dpi=50),
    }
    for said, rules in wrong.items():
        with pytest.raises(ConfigurationError, match=said):
            check_profile(evolve(profile, packet=rules))
    check_profile(evolve(profile, packet=PacketRules(downsample_dpi=150)))


def test_the_rules_of_a_packet_are_read_from_the_profile(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "profile.toml").write_text(
        'id = "plain"\nname = "Plain"\nmode = "manual"\n'
        '[packet]\norder = ["rate_confirmation", "invoice", "pod"]\nmax_bytes = 5000000\n'
        'downsample_dpi = 150\nactive_content = "refuse"\n'
    )
    rules = profile_from(folder).packet
    assert [kind.value for kind in rules.order] == ["rate_confirmation", "invoice", "pod"]
    assert (rules.max_bytes, rules.max_pages, rules.downsample_dpi) == (5_000_000, 2000, 150)
    assert rules.active_content is ActiveContent.REFUSE


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"total_count": "nothing"}, "counts its rows under nothing"),
        ({"total_required": True, "total_words": ()}, "no words by which it is known"),
    ],
)
def test_a_total_that_cannot_be_found_is_a_contradiction(wrong: dict[str, Any], said: str) -> None:
    profile = load_profile("winfactor")
    layouts = tuple(evolve(one, **wrong) for one in profile.layouts)

    with pytest.raises(ConfigurationError, match=said):
        check_profile(evolve(profile, layouts=layouts))
