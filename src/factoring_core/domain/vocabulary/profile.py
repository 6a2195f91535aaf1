"""What a provider is, as data: layouts, packaging, limits, words, and how each fact is known.

`factoring_core.providers` only loads these values from TOML; every rule that reads
them lives in the domain.  A provider's quirk is a value here, never a switch in a parser.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum

from attrs import field, frozen

from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.domain.vocabulary.parties import Severity


class Known(Enum):
    """On what ground a fact about a provider stands."""

    DOCUMENTED = "documented"
    PUBLIC_CODE = "public-code"
    INFERRED = "inferred"
    OWN = "own"


class ReportKind(Enum):
    """What a report tells: what the factor bought, what it collected, or what a person states."""

    PURCHASE = "purchase"
    PAYMENT = "payment"
    STATEMENT = "statement"


class CellKind(Enum):
    """How the text of one column is read."""

    NUMBER = "number"
    """An invoice number."""
    TEXT = "text"
    AMOUNT = "amount"
    DATE = "date"
    YES_NO = "yes_no"
    WORD = "word"
    """A word of a closed list, compared in lower case."""
    CURRENCY = "currency"


@frozen(kw_only=True)
class LayoutField:
    """One column of a report: what it means here, and by which headers it is found.

    ``parentheses``: whether ``(12.00)`` means a negative amount in this column.
    """

    name: str
    aliases: tuple[str, ...]
    kind: CellKind = CellKind.TEXT
    required: bool = False
    parentheses: bool = False
    known: Known = Known.INFERRED
    source: str = ""


class EvidenceType(StrEnum):
    """The kinds of facts a report row can state."""

    PURCHASE = "purchase"
    PURCHASE_REVERSAL = "purchase_reversal"
    PAYMENT = "payment"
    PAYMENT_REVERSAL = "payment_reversal"
    FEE = "fee"
    FEE_REVERSAL = "fee_reversal"
    RESERVE_HELD = "reserve_held"
    REBATE = "rebate"
    REBATE_REVERSAL = "rebate_reversal"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    ADJUSTMENT = "adjustment"
    ADVANCE = "advance"
    DISPOSITION = "disposition"


class Measure(Enum):
    """What an amount column measures.  ``INFORMATION`` never posts."""

    MOVEMENT = "movement"
    CUMULATIVE = "cumulative"
    BALANCE = "balance"
    INFORMATION = "information"


class Disposition(StrEnum):
    """The factor's own word about an invoice, mapped to a closed vocabulary."""

    PURCHASED = "purchased"
    DENIED = "denied"
    REJECTED = "rejected"
    HELD = "held"
    APPROVED = "approved"
    RECEIVED = "received"

    @property
    def denies(self) -> bool:
        """Whether a row with this word buys nothing."""
        return self in (Disposition.DENIED, Disposition.REJECTED, Disposition.HELD)


@frozen(kw_only=True)
class Posting:
    """One fact that a row of one kind yields.

    ``amount`` names amount columns in order of preference: the first that is filled counts.
    ``date`` and ``reference`` name the one date and the one reference column that identify
    the fact.  A negative amount becomes ``negative`` (with the sign dropped), is kept as it
    is when ``signed``, and refuses the file otherwise.  ``primary``: a zero posts too, and
    an empty cell refuses the file.  ``posts`` is false where another report kind of the
    provider posts this type: the amount is then compared only.
    """

    type: EvidenceType
    amount: tuple[str, ...]
    date: str | None = None
    reference: str | None = None
    measure: Measure = Measure.MOVEMENT
    negative: EvidenceType | None = None
    signed: bool = False
    primary: bool = False
    posts: bool = True


@frozen(kw_only=True)
class EntryRule:
    """What rows with certain words in the type column mean.

    ``words`` holds lower-case words; the empty word stands for a blank cell or a layout
    without a type column.  ``account``: such a row needs no invoice and posts to the
    connection's account.  ``information``: the row is kept and counted, nothing posts.
    """

    words: tuple[str, ...]
    posts: tuple[Posting, ...] = ()
    disposition: Disposition | None = None
    disposition_date: str | None = None
    account: bool = False
    information: bool = False


class Coverage(Enum):
    """What a report covers: a period (may be empty) or one batch (may not)."""

    PERIOD = "period"
    BATCH = "batch"


@frozen(kw_only=True)
class ReportLayout:
    """The versioned description of one report of one provider.

    ``id`` is ``<provider>/<kind>_report/v<version>`` or ``template/<kind>/v1``.
    ``title_lines``: how many lines may stand above the header.  ``total_words``: words in the
    first filled cell that mark a control-total row.  ``total_required``: the report always ends in
    one, and is cut off without it.  ``total_count``: the field under which it says how many rows
    there are.  ``statuses`` maps words of the
    ``status`` column.  ``complete_list``: the report lists every invoice of its batch.
    ``repeats_legal``: equal rows in one file are separate facts.  ``bare_list``: there is no
    amount column and being listed settles.  ``encodings``: tried after UTF-8.
    ``file_types``: ``csv``, ``xlsx`` or both; a workbook may come in any format that is read.
    """

    id: str
    provider: str
    kind: ReportKind
    version: int
    fields: tuple[LayoutField, ...]
    entries: tuple[EntryRule, ...]
    verified: bool = False
    coverage: Coverage = Coverage.PERIOD
    file_types: tuple[str, ...] = ("csv", "xlsx")
    title_lines: int = 0
    total_words: tuple[str, ...] = ()
    total_required: bool = False
    total_count: str | None = None
    statuses: Mapping[str, Disposition] = field(factory=dict)
    status_date: str | None = None
    complete_list: bool = False
    repeats_legal: bool = False
    bare_list: bool = False
    date_order: str = "mdy"
    encodings: tuple[str, ...] = ()
    file_name: str = ""
    """What the provider calls the file; for documentation, never for detection."""

    def field(self, name: str) -> LayoutField | None:
        """Return the field called *name*, or None."""
        return next((one for one in self.fields if one.name == name), None)

    @property
    def amount_fields(self) -> tuple[str, ...]:
        """The money columns, in layout order."""
        return tuple(one.name for one in self.fields if one.kind is CellKind.AMOUNT)


class Packaging(Enum):
    """How a batch is put together for the factor."""

    SEPARATE = "separate"
    """One PDF per invoice, then one manifest."""
    ZIP = "zip"
    """Everything in one archive, named by the profile's ``archive_name``."""
    NONE = "none"
    """No file leaves (an API provider)."""


@frozen(kw_only=True)
class ManifestColumn:
    """One column of the manifest, in order.

    ``source`` names a value of the batch line: ``client_number, invoice_number,
    debtor_number, customer_name, load_number, po_or_load, po_number, reference_number,
    reference_or_debtor_number, invoice_date, amount, currency, customer_mc_number, dot_number,
    truck_number, origin_city, origin_state, destination_city, destination_state``.
    ``reference_or_debtor_number``: the reference number is the factor's number for the
    debtor, and a load may name another one.  ``refuses_blank``: the factor takes no invoice
    without it, so that a blank keeps the invoice back instead of raising a warning.
    """

    header: str
    source: str
    required: bool = True
    refuses_blank: bool = False
    max_length: int | None = None
    known: Known = Known.INFERRED
    source_note: str = ""


@frozen(kw_only=True)
class ManifestLayout:
    """The CSV that goes with a batch.

    ``file_name`` is a template over ``batch_number, batch_id8, date, time``.
    """

    id: str
    columns: tuple[ManifestColumn, ...]
    file_name: str = "invoices_{batch_number}_{batch_id8}.csv"
    date_format: str = "%m/%d/%Y"
    newline: str = "\r\n"
    verified: bool = False


class ResendPolicy(Enum):
    """What sending the same thing again means at the factor."""

    NO_RESUBMIT = "no_resubmit"
    TRIGGER_AND_CLEAR = "trigger_and_clear"
    SERVER_DEDUPES = "server_dedupes"
    OVERWRITE = "idempotent_overwrite"


@frozen(kw_only=True)
class StatusWord:
    """One word or code with which a factor's system answers, and what it means here.

    ``disposition`` is None for a word that is shown as it is and moves nothing.
    """

    word: str
    code: str = ""
    also: tuple[str, ...] = ()
    disposition: Disposition | None = None
    known: Known = Known.INFERRED
    source: str = ""

    def says(self, text: str) -> bool:
        """Say whether *text* is this word, one of its spellings or its code; case and spaces aside."""
        return folded(text) in {folded(one) for one in (self.word, self.code, *self.also) if one}


def folded(text: str) -> str:
    """Write a word as words are compared: case and spaces aside."""
    return " ".join(text.casefold().split())


@frozen(kw_only=True)
class KnownFact:
    """One statement about a provider and the ground it stands on."""

    about: str
    says: str
    known: Known
    source: str


@frozen(kw_only=True)
class ProviderProfile:
    """How to talk to one factor's systems; never the company itself.

    ``max_rows`` and ``min_gap_minutes`` are the provider's limits on batches, ``packet`` says
    what it takes of each invoice.
    ``archive_name`` is a template like that of the manifest.  ``statuses`` are words of the
    factor's system that come otherwise than in a report file.
    ``purchase_report`` is false where the factor issues none: a payment then implies the
    purchase.  ``readable``: one may look into the folder.
    ``usual_delay_days``: after how long an unacknowledged batch is worth a look.
    """

    id: str
    name: str
    mode: str
    version: int = 1
    packaging: Packaging = Packaging.SEPARATE
    archive_name: str = "invoices_{date}_{batch_number}_{batch_id8}.zip"
    manifest: ManifestLayout | None = None
    layouts: tuple[ReportLayout, ...] = ()
    preflight: Mapping[str, Severity] = field(factory=dict)
    statuses: tuple[StatusWord, ...] = ()
    max_rows: int | None = None
    min_gap_minutes: int | None = None
    resend: ResendPolicy = ResendPolicy.NO_RESUBMIT
    packet: PacketRules = PacketRules()
    purchase_report: bool = True
    credit_check: bool = False
    rename_works: bool = True
    temps_private: bool = True
    readable: bool = True
    usual_delay_days: int = 3
    verified: bool = False
    facts: tuple[KnownFact, ...] = ()

    def layout(self, kind: ReportKind) -> ReportLayout | None:
        """Return the newest layout of *kind*, or None."""
        of_kind = [one for one in self.layouts if one.kind is kind]
        return max(of_kind, key=lambda one: one.version) if of_kind else None

    def status(self, text: str) -> StatusWord | None:
        """Return what a status word or code means; None for one nobody knows, which moves nothing."""
        return next((one for one in self.statuses if one.says(text)), None)
