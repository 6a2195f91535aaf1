"""Before you apply it: what a report would change, with candidates for each row that fits nothing."""

# ruff: noqa: B018 - a cell shows the value of its last line

import marimo

app = marimo.App(app_title="Before you apply it")


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        # Before you apply it

        Drop a report here as you downloaded it. You see what it would change, and nothing is changed.
        """
    )
    return


@app.cell
def _():
    import marimo as mo
    import sample_books

    from factoring_core.analysis import frames, measures, nearest, pictures

    books = sample_books.books()
    found = frames(books)
    return books, found, measures, mo, nearest, pictures, sample_books


@app.cell
def _(mo):
    upload = mo.ui.file(filetypes=[".csv", ".xlsx"], label="A purchase or payment report")
    upload
    return (upload,)


@app.cell
def _(books, sample_books, upload):
    name = upload.name() or sample_books.LAST_REPORT
    content = upload.contents() or sample_books.last_report()
    subsidiary = books.settings.subsidiaries[0].id
    preview = books.apply_report(content, name=name, subsidiary=subsidiary, dry_run=True)
    preview
    return content, name, preview


@app.cell(hide_code=True)
def _(mo):
    mo.md("""## Where its money would go""")
    return


@app.cell
def _(measures, pictures, preview):
    column = (
        "payment_amount" if "payment_amount" in preview.conservation else next(iter(preview.conservation))
    )
    sums = preview.conservation[column]
    others = ("already_known", "non_factored", "exceptions", "information")
    pictures.waterfall(
        measures.steps(("read", sums["read"]), *((one, -sums[one]) for one in others), ("matched", None)),
        title=f"Where every cent of {column} would go",
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        ## Candidates for each unmatched row

        The engine never guesses. These invoices look most like what the row says; a person decides with
        `factoring exceptions resolve`.
        """
    )
    return


@app.cell
def _(found, mo, nearest, preview):
    unmatched = [one for one in preview.exceptions if one.item.type.value in ("unknown_invoice", "ambiguous")]
    shown = []
    for one in unmatched:
        said = one.item.subject.removeprefix("invoice:")
        likely = nearest(found, said, amount=one.item.amount_at_risk, top=3)
        shown.append(mo.md(f"**Row {one.row}** says `{said}`"))
        shown.append(likely.money.decimals("open"))
    shown
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        ## Without a store

        Two tables are enough: the report, and the invoices that you know of.
        """
    )
    return


@app.cell
def _(content, found):
    import io

    import pandas as pd

    from factoring_core import reconcile
    from factoring_core.analysis import Policy

    report = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    invoices = found.loads[["load", "invoice_number", "invoice_date", "customer", "customer_name"]].rename(
        columns={"load": "load_number"}
    )
    invoices = invoices.assign(amount=found.loads["amount"].money.decimal, status="financed")
    reconcile(report, invoices, layout="template/payment/v1", policy=Policy(invoice_prefixes=("INV",)))
    return


if __name__ == "__main__":
    app.run()
