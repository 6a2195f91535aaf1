"""Did the factor pay what it said?  A month's reports against the books."""

# ruff: noqa: B018 - a cell shows the value of its last line

import marimo

app = marimo.App(app_title="Did the factor pay what it said?")


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        # Did the factor pay what it said?

        A month's reports against the books. Every row of every report is in one bucket, every cent of
        every column in one of the same five; what the factor advanced and kept stands beside the terms.
        """
    )
    return


@app.cell
def _():
    import marimo as mo
    import sample_books

    from factoring_core.analysis import frames, measures, pictures

    books = sample_books.books()
    found = frames(books)
    found
    return books, found, measures, mo, pictures


@app.cell
def _(books):
    books.status()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        ## Where the money of the reports went

        One line a report. `matched` is money that moved a position; what is in `exceptions` waits for a
        person. The last column must be zero.
        """
    )
    return


@app.cell
def _(found):
    paid = found.rows.merge(found.reports[["report", "file_name", "kind"]], on="report")
    paid = paid[paid["kind"] == "payment"]
    by_bucket = paid.pivot_table(
        index="file_name", columns="bucket", values="payment_amount", aggfunc="sum", observed=False
    ).fillna(0)
    by_bucket.columns = [str(one).replace("_", " ") for one in by_bucket.columns]
    read = paid.groupby("file_name")["payment_amount"].sum()
    by_bucket.assign(read=read, difference=read - by_bucket.sum(axis=1)).astype(
        "Int64"
    ).reset_index().money.decimals(
        "matched", "already known", "non factored", "exceptions", "information", "read", "difference"
    )
    return


@app.cell
def _(found, measures, pictures):
    pictures.waterfall(measures.waterfall(found), title="From face to money received, all sales")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        ## Advance and fee against the terms

        The terms were frozen when each invoice was sold. Only sales that differ are shown.
        """
    )
    return


@app.cell
def _(found, measures):
    against = measures.against_terms(found)
    differ = against[(against["advance_difference"] != 0) | (against["fee_difference"] != 0)]
    differ[["load", "bought", "advanced", "advance_difference", "fees", "fee_difference"]].money.decimals(
        "bought", "advanced", "advance_difference", "fees", "fee_difference"
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""## What a person has to look at""")
    return


@app.cell
def _(found):
    asked = found.exceptions[["type", "severity", "load", "amount_at_risk", "age_days", "suggested"]]
    asked.sort_values("amount_at_risk", ascending=False).money.decimals("amount_at_risk")
    return


@app.cell
def _(found, pictures):
    short = found.exceptions.loc[found.exceptions["type"] == "short_paid", "load"]
    pictures.life(found, short.iloc[0]) if len(short) else None
    return


@app.cell
def _(books, found):
    first = found.exceptions["load"].dropna()
    books.load(first.iloc[0]) if len(first) else None
    return


if __name__ == "__main__":
    app.run()
