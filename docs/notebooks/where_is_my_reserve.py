"""Where is my reserve?  What is held back, and what should have come out of it by now."""

# ruff: noqa: B018 - a cell shows the value of its last line

import marimo

app = marimo.App(app_title="Where is my reserve?")


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """
        # Where is my reserve?

        The factor holds back a part of every invoice and gives it back when the debtor has paid. This
        notebook follows it from balance to balance, and names each sale whose reserve is late.
        """
    )
    return


@app.cell
def _():
    import datetime as dt

    import marimo as mo
    import sample_books

    from factoring_core.analysis import frames, measures, pictures

    books = sample_books.books()
    found = frames(books)
    return books, dt, found, frames, measures, mo, pictures


@app.cell(hide_code=True)
def _(mo):
    mo.md("""## From balance to balance

    Each row ends with a month: what was true then, by business date, whenever it was reported.""")
    return


@app.cell
def _(books, dt, found, frames, measures):
    ends = [found.as_of]
    for _ in range(3):
        ends.append(ends[-1].replace(day=1) - dt.timedelta(days=1))
    points = [frames(books, as_of=day) for day in reversed(ends)]
    roll = measures.reserve_roll_forward(*points)
    roll.money.decimals("opening", "held", "rebated", "closing")
    return points, roll


@app.cell
def _(pictures, roll):
    pictures.reserve(roll)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""## What is overdue

    Settled, and more than thirty days without the reserve; change the number to what your contract says.""")
    return


@app.cell
def _(mo):
    after = mo.ui.slider(0, 90, value=30, label="days after the debtor's last payment")
    after
    return (after,)


@app.cell
def _(after, found, measures):
    held = measures.reserve(found, due_after=after.value)
    late = held[held["overdue"] > 0]
    late[["load", "customer", "held", "rebated", "outstanding", "due_on", "overdue"]].money.decimals(
        "held", "rebated", "outstanding", "overdue"
    )
    return held, late


@app.cell
def _(found, held, mo):
    total = held["outstanding"].money.total()
    overdue = held["overdue"].money.total()
    assert held["outstanding"].sum() == found.positions["reserve"].sum()
    mo.md(f"**{total:,.2f}** is held back, **{overdue:,.2f}** of it should have come by now.")
    return


@app.cell
def _(found, late, pictures):
    pictures.life(found, late["load"].iloc[0]) if len(late) else None
    return


if __name__ == "__main__":
    app.run()
