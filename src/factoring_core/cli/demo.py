"""`factoring demo`: the main job end to end, with simulated factors, in a folder of its own."""

from pathlib import Path

import click

from factoring_core.cli.files import write_file
from factoring_core.cli.session import current
from factoring_core.errors import MissingExtraError

PAGE = "demo.html"
TITLE = "Three carriers, one autumn"
LEAD = (
    "Northgate sells through WinFactor, River Bend to RTS, Summit Line by hand to Capital Depot."
    " Their loads were invoiced and sold in October; since then the factors have bought, paid, held, denied"
    " and charged back, and their reports were applied with the slips that reports have."
)
FOOT = "Every company, load and amount here is invented. Made by `factoring demo`; this file loads nothing."


@click.command()
@click.option(
    "--to",
    "to",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("factoring-demo"),
    metavar="DIR",
    help="The folder to work in; one of an earlier run is emptied. [./factoring-demo]",
)
def demo(to: Path) -> int:
    """Run the main job on invented loads: import, submit, deliver, apply reports, decide.

    A simulated factor takes the batches and issues the reports. Everything is kept in DIR,
    with a page of charts.
    """
    from factoring_core.cli.demo_documents import demonstration, view
    from factoring_core.cli.demo_progress import Stages
    from factoring_core.cli.demo_run import demonstrate, open_demonstration_home
    from factoring_core.cli.page_facts import page_facts

    session = current()
    page: Path | None = to / PAGE
    left_out = ""
    with Stages(quiet=session.as_json) as stages:
        run = demonstrate(to, stages)
        with stages.stage("Drawing the page"), open_demonstration_home(to) as office:
            facts = page_facts(office)
            try:
                from factoring_core.cli.page import write_page

                text = write_page(office, facts, title=TITLE, lead=LEAD, foot=FOOT)
            except MissingExtraError as error:
                page, left_out = None, f"{error.message} {error.remedy}"
            else:
                write_file(to / PAGE, text.encode())
    return session.finish(demonstration(run, facts, page, left_out), view)
