"""The page: everything an office's books say at a glance, in one file that loads nothing."""

from base64 import b64encode
from html import escape
from importlib import resources
from string import Template

from factoring_core.analysis import Frames, frames, measures, pictures
from factoring_core.analysis.page import picture
from factoring_core.cli import page_tables as tables
from factoring_core.cli.page_facts import Bridge, PageFacts, face
from factoring_core.cli.page_tables import amount
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.usecases.results import LoadDetail
from factoring_core.wiring import Office


def write_page(office: Office, facts: PageFacts, *, title: str, lead: str, foot: str) -> str:
    """Return the page as HTML, with the same pictures that notebooks show.

    Raises:
        MissingExtraError: the packages that draw the pictures are not installed.
    """
    found = frames(office)
    ageing = measures.ageing(found)
    text = resources.files("factoring_core.cli").joinpath("page.html").read_text(encoding="utf-8")
    return Template(text).substitute(
        title=escape(title),
        lead=escape(lead),
        foot=escape(foot),
        cards=_cards(facts, owed=int(ageing["total"].sum())),
        flow=picture(pictures.flow(found)),
        moves=tables.moves_table(facts),
        statuses=tables.statuses_table(facts),
        funding=picture(pictures.waterfall(measures.waterfall(found))),
        collection=picture(_collection(facts.bridge)),
        bought=tables.bridges_table(facts, tables.BOUGHT),
        sold=tables.bridges_table(facts, tables.SOLD),
        exceptions=tables.exceptions_table(facts),
        ageing=picture(pictures.ageing(found)) if len(ageing) else "",
        debtors=tables.debtors_table(ageing),
        example=_example(facts.example, facts, found) if facts.example is not None else "",
    )


def _cards(facts: PageFacts, *, owed: int) -> str:
    bridge = facts.bridge
    wrong = [view for view in facts.exceptions if view.item.severity == "wrong"]
    loads = sum(cell.count for cell in facts.statuses)
    done, _ = facts.at(LoadStatus.COMPLETED)
    at_risk = sum(view.item.amount_at_risk for view in wrong)
    cards = [
        (f"{done} of {loads}", "loads completed"),
        (f"${amount(bridge.advance)}", "advanced by the factors"),
        (f"${amount(bridge.reserve - bridge.released)}", "still held in reserve"),
        (f"${amount(bridge.fee)}", "paid in fees"),
        (f"${amount(owed)}", "open on invoices"),
        (f"${amount(at_risk)}", f"at risk in {len(wrong)} exceptions"),
    ]
    return "\n".join(
        f'<div class="card"><b>{escape(value)}</b><span>{escape(what)}</span></div>' for value, what in cards
    )


def _collection(bridge: Bridge) -> pictures.Picture:
    """Draw what became of everything that was sold, until today."""
    steps = measures.steps(
        ("sold", bridge.sold + bridge.adjusted),
        ("paid", -bridge.paid),
        ("written off", -bridge.written_off),
        ("charged back", -bridge.charged_back),
        ("not bought", -bridge.not_bought),
        ("open", None),
    )
    return pictures.waterfall(steps, title="From everything sold to what is open")


def _example(detail: LoadDetail, facts: PageFacts, found: Frames) -> str:
    """Tell the life of one load: what happened, and on what evidence."""
    load, standing = detail.load, detail.standing
    customer = facts.names.get(load.customer, load.customer)
    heading = f"The life of one load: {load.number}"
    lead = (
        f"{customer}, ${amount(face(detail))}; {standing.status.value} today, "
        f"${amount(standing.paid)} paid, ${amount(standing.open)} open."
    )
    return (
        f"<h2>{escape(heading)}</h2><p>{escape(lead)}</p>"
        f'<div class="wide">{picture(pictures.life(found, load.number, subsidiary=load.subsidiary))}</div>'
        f'<h3>History</h3><div class="wide">{tables.history_table(detail)}</div>'
        f'<h3>Evidence from the reports</h3><div class="wide">{tables.evidence_table(detail)}</div>'
        f"{_packet(facts.packet)}"
    )


def _packet(image: bytes | None) -> str:
    """Show the first page of what the factor receives, inside the page itself."""
    if image is None:
        return ""
    source = f"data:image/png;base64,{b64encode(image).decode('ascii')}"
    text = "The invoice with the Notice of Assignment on it, as the factor receives it"
    return f'<figure class="packet"><figcaption>{text}</figcaption><img src="{source}" alt="{text}"></figure>'
