"""What does factoring cost me?  Fees, wires and minimums over the money that was used."""

import marimo

app = marimo.App(app_title="What does factoring cost me?")


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        # What does factoring cost me?

        A fee of three percent for thirty days is not three percent a year. The measures here set what
        was paid against the money that was used, and for how long.
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
    return found, measures, mo, pictures


@app.cell
def _(found, measures):
    cost = measures.annual_cost(found)
    cost.assign(rate=(cost["rate"] * 100).round(1)).rename(columns={"rate": "percent a year"}).drop(
        columns="money_days"
    ).money.decimals("sale_fees", "account_fees", "cost")
    return (cost,)


@app.cell
def _(cost, mo):
    line = cost.iloc[0]
    mo.md(
        f"Money of **{line['factor']}** was used for "
        f"{line['money_days'] / 100:,.0f} dollar-days and cost {line['cost'] / 100:,.2f}: "
        f"**{line['rate']:.1%} a year**."
    )
    return


@app.cell
def _(found, measures, pictures):
    pictures.waterfall(measures.waterfall(found))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""## Who pays slowly makes it dear""")
    return


@app.cell
def _(found, measures):
    speed = measures.days_sales_outstanding(found, by=["customer_name"]).merge(
        measures.days_to_pay(found, by=["customer_name"]), on="customer_name", how="left"
    )
    speed.assign(dso=speed["dso"].round(1), days=speed["days"].round(1)).money.decimals(
        "open", "invoiced", "amount"
    )
    return


@app.cell
def _(found, pictures):
    pictures.ageing(found)
    return


@app.cell
def _(found, pictures):
    pictures.concentration(found)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""## Time in each status, and what came back""")
    return


@app.cell
def _(found, measures):
    measures.time_in_status(found).round(1)
    return


@app.cell
def _(found, pictures):
    pictures.flow(found)
    return


@app.cell
def _(found, measures):
    back = measures.kick_backs(found)
    back.assign(share=(back["share"] * 100).round(1)).rename(
        columns={"share": "percent of sold"}
    ).money.decimals("face")
    return


if __name__ == "__main__":
    app.run()
