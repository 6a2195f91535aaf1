"""Carriers with known truth: what was sold, what the factor wrote of it, and which sale each row means.

Everything comes from one seed and needs nothing but the standard library, so that other ways to
match can be measured on the very same rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

START = dt.date(2026, 1, 5)
CUSTOMERS = {
    "acme": ("Acme Foods Inc", "100200", "D-7"),
    "bolt": ("Bolt Logistics LLC", "300400", "D-8"),
    "crane": ("Crane & Sons Freight", "500600", "D-9"),
    "dover": ("Dover Brokerage Co", "700800", "D-10"),
}


def day(number: int) -> dt.date:
    """Return the *number*-th day of the story."""
    return START + dt.timedelta(days=number)


@dataclass(frozen=True)
class Sold:
    """One load and how it was sold: ``factored``, ``twice``, ``direct`` or ``queued``; cents."""

    load: str
    number: str
    face: int
    customer: str
    po: str
    how: str
    batch: int

    def sale(self, which: int = 1) -> str:
        """Name its first or second sale."""
        return f"{self.load}#{which}"


@dataclass(frozen=True)
class Row:
    """One row of a report, and the truth about it.

    ``sale``: the sale it means; None if it means none of ours here.  ``recoverable``: what it says is
    enough to find that sale without guessing.  ``trick``: what was done to it.
    """

    cells: dict[str, str]
    sale: str | None
    recoverable: bool
    trick: str
    kind: str
    cents: int


@dataclass(frozen=True)
class File:
    """One report: ``purchase`` or ``payment``, before or after the resale of what was charged back."""

    kind: str
    late: bool
    rows: list[Row]


@dataclass
class Truth:
    """One carrier's invoices, the factor's files, and what is true of every sale."""

    sold: list[Sold] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    paid: dict[str, int] = field(default_factory=dict)
    """Net paid by sale, for sales of which every payment row is recoverable."""


Mangle = Callable[[str], str]
SPELLINGS: dict[str, Mangle] = {
    "lower case": str.lower,
    "no prefix": lambda number: number.removeprefix("INV-"),
    "no dash": lambda number: number.replace("-", ""),
    "spaces": lambda number: number.replace("-", " "),
    "hash": lambda number: "#" + number,
    "point zero": lambda number: number.removeprefix("INV-") + ".0",
    "lost zeros": lambda number: number.removeprefix("INV-").lstrip("0"),
    "slash": lambda number: number.replace("-", "/"),
}
"""Other spellings of a number: one number to every reader, given the invoice amount."""


def make(seed: int, invoices: int = 300) -> Truth:
    """Make one carrier."""
    chance = Random(seed)
    truth = Truth(sold=_invoices(chance, invoices))
    rows: list[tuple[int, str, Row]] = []
    for one in truth.sold:
        rows += _story(chance, one)
    rows += _strangers(chance, truth)
    rows = [(on, kind, _judged(row, truth.sold)) for on, kind, row in rows]
    truth.files = _files(chance, rows)
    lost = {row.sale for _, _, row in rows if not row.recoverable}
    for _, kind, row in rows:
        if kind == "payment" and row.sale is not None and row.sale not in lost and row.kind == "payment":
            truth.paid[row.sale] = truth.paid.get(row.sale, 0) + row.cents
    return truth


def _judged(row: Row, sold: list[Sold]) -> Row:
    """A mangled number that is exactly another invoice's can be recovered by nobody."""
    others = {
        one.number for one in sold if one.sale().partition("#")[0] != (row.sale or "").partition("#")[0]
    }
    return replace(row, recoverable=False) if row.cells["Invoice Number"] in others else row


def _invoices(chance: Random, count: int) -> list[Sold]:
    """Numbers that are easily confused: neighbours, swapped digits, and last year's with fewer zeros."""
    sold: list[Sold] = []
    taken: set[str] = set()
    amounts = [chance.randrange(400_00, 4_000_00) for _ in range(count // 3)]
    while len(sold) < count:
        base = chance.randrange(1, 99_999)
        names = [f"INV-{base:06d}"]
        if chance.random() < 0.1:
            names.append(f"INV-{_swapped(base):06d}")
        if chance.random() < 0.08:
            names.append(f"{base}")  # the year before, when numbers had no zeros and no prefix
        for name in names:
            if name in taken or len(sold) >= count:
                continue
            taken.add(name)
            place = len(sold) + 1
            # Twins: several invoices of one amount; but never two spellings of one number with one.
            face = chance.choice(amounts) if name == names[0] else chance.randrange(4_000_00, 8_000_00)
            how = chance.choices(["factored", "twice", "direct", "queued"], [84, 5, 8, 3])[0]
            customer = chance.choice(sorted(CUSTOMERS))
            po = f"PO{place:05d}" if chance.random() < 0.7 else ""
            sold.append(Sold(f"L-{place:04d}", name, face, customer, po, how, batch=1 + place % 3))
    return sold


def _swapped(base: int) -> int:
    text = f"{base:06d}"
    return int(text[:-2] + text[-1] + text[-2])


def _story(chance: Random, one: Sold) -> list[tuple[int, str, Row]]:
    """What the factor writes of one invoice: day, kind of file, row."""
    if one.how == "queued":
        return []
    first = one.sale() if one.how != "direct" else None
    bought = 3 + one.batch + chance.randrange(3)
    rows: list[tuple[int, str, Row]] = []
    if first is not None:
        rows.append((bought, "purchase", _purchase(chance, one, first, bought)))
    if one.how == "twice":
        back = chance.randrange(20, 26)
        rows.append((back, "payment", _payment(chance, one, first, back, one.face, "chargeback")))
        second, again = one.sale(2), chance.randrange(34, 38)
        rows.append((again, "purchase", _purchase(chance, one, second, again)))
        late = chance.randrange(45, 58)
        rows.append((late, "payment", _payment(chance, one, second, late, one.face)))
        return rows
    ways = ["full", "parts", "short", "over", "bounced", "none"]
    how = chance.choices(ways, [62, 16, 6, 3, 5, 8])[0]
    on = chance.randrange(12, 50)
    if how == "full":
        parts = [one.face]
    elif how == "parts":
        some = chance.randrange(1_00, one.face)
        parts = [some, one.face - some]
    elif how == "short":
        parts = [one.face - chance.randrange(1_00, 90_00)]
    elif how == "over":
        parts = [one.face + chance.randrange(1_00, 90_00)]
    else:
        parts = [one.face] if how == "bounced" else []
    for number, cents in enumerate(parts):
        rows.append((on + number, "payment", _payment(chance, one, first, on + number, cents)))
    if how == "bounced":
        back = on + 5
        rows.append((back, "payment", _payment(chance, one, first, back, one.face, "payment reversal")))
    if how == "short" and first is not None and chance.random() < 0.3:
        part = chance.randrange(1_00, 50_00)
        rows.append((on + 8, "payment", _payment(chance, one, first, on + 8, part, "chargeback")))
    return rows


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _named(chance: Random, one: Sold, *, clean: bool) -> tuple[dict[str, str], bool, str]:
    """The cells that name an invoice: mostly right, sometimes mangled, sometimes past recovery."""
    name, _, debtor = CUSTOMERS[one.customer]
    cells = {"Invoice Number": one.number, "Invoice Amount": _money(one.face)}
    cells |= {"Load Number": "", "PO Number": "", "Customer": "", "Debtor Number": ""}
    if chance.random() < 0.5:
        cells["Customer"] = name.upper() if chance.random() < 0.5 else name
    if chance.random() < 0.3:
        cells["Debtor Number"] = debtor
    draw = 0.0 if clean else chance.random()
    if draw < 0.70:
        if chance.random() < 0.4:
            cells["Load Number"] = one.load
        return cells, True, "exact"
    if draw < 0.88:
        trick = chance.choice(sorted(SPELLINGS))
        cells["Invoice Number"] = SPELLINGS[trick](one.number)
        return cells, True, trick
    if draw < 0.95:
        # The factor's own number, and the load or PO beside it.
        cells["Invoice Number"] = f"9{one.load[2:]}{one.face % 1000:03d}"
        if one.po and chance.random() < 0.4:
            cells["PO Number"] = one.po
            return cells, True, "by PO"
        cells["Load Number"] = one.load
        return cells, True, "by load"
    if draw < 0.975:
        # Two digits swapped: somebody else's number perhaps, and nothing else to go by.
        digits = one.number.removeprefix("INV-").zfill(6)
        cells["Invoice Number"] = f"INV-{_swapped(int(digits)):06d}"
        cells["Load Number"] = one.load if chance.random() < 0.5 else ""
        cells["Debtor Number"] = debtor
        return cells, cells["Invoice Number"] == one.number, "swapped digits"
    # A credit or a rebill: another paper about the same load.
    cells["Invoice Number"] = one.number + chance.choice(["-CR", "R1", "-R2", "CR"])
    cells["Load Number"] = one.load if chance.random() < 0.5 else ""
    return cells, False, "credit or rebill"


def _purchase(chance: Random, one: Sold, sale: str | None, on: int) -> Row:
    cells, recoverable, trick = _named(chance, one, clean=False)
    advance = one.face * 9 // 10
    cells |= {
        "Purchase Date": day(on).isoformat(),
        "Schedule Number": "",
        "Type": "",
        "Advance": _money(advance),
        "Reserve": _money(one.face - advance - one.face * 3 // 100),
        "Fee": _money(one.face * 3 // 100),
    }
    return Row(cells, sale, recoverable, trick, "purchase", one.face)


def _payment(chance: Random, one: Sold, sale: str | None, on: int, cents: int, kind: str = "payment") -> Row:
    # Only what is seen to be charged back can be sold again.
    cells, recoverable, trick = _named(chance, one, clean=one.how == "twice" and kind == "chargeback")
    cells |= {
        "Payment Date": day(on).isoformat(),
        "Payment Amount": _money(cents),
        "Check Number": f"C{chance.randrange(1000, 9999)}{one.load[2:]}",
        "Type": "" if kind == "payment" else kind,
        "Closed": "",
    }
    signed = -cents if kind == "payment reversal" else cents
    return Row(cells, sale, recoverable, trick, "payment" if "charge" not in kind else kind, signed)


def _strangers(chance: Random, truth: Truth) -> list[tuple[int, str, Row]]:
    """Rows about invoices that are not ours: another carrier's, in numbers that look like ours."""
    rows = []
    ours = {one.number for one in truth.sold}
    for number in range(len(truth.sold) // 30):
        like = chance.choice(truth.sold)
        other = Sold(f"X-{number}", f"{chance.randrange(200_000, 900_000)}", like.face + 7, "acme", "", "", 1)
        if other.number in ours:
            continue
        on = chance.randrange(10, 50)
        row = _payment(chance, other, None, on, other.face)
        rows.append((on, "payment", Row(row.cells, None, False, "stranger", "payment", other.face)))
    return rows


def _files(chance: Random, rows: list[tuple[int, str, Row]]) -> list[File]:
    """Put the rows into files whose periods overlap; purchases come before their payments or after."""
    files = []
    for kind, spans in (
        ("purchase", ((0, 30), (5, 31), (31, 60))),
        ("payment", ((0, 22), (15, 31), (28, 45), (40, 70))),
    ):
        for begin, end in spans:
            own = [row for on, what, row in rows if what == kind and begin <= on < end]
            chance.shuffle(own)
            files.append(File(kind, late=end > 31, rows=own))
    files.sort(key=lambda one: one.late)
    return files
