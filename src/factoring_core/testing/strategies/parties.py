"""Carriers, customers, connections and their terms."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Customer,
    InvoicingMethod,
    Notice,
    Protocol,
    Settings,
    Subsidiary,
    Terms,
)
from factoring_core.testing.strategies.words import built, days, ids, maybe, mc_numbers, names, rates

PROVIDERS = ("capital_depot", "winfactor", "rts", "triumph")
ZONES = ("UTC", "America/Chicago", "America/Los_Angeles")


def terms(**changes: Any) -> st.SearchStrategy[Terms]:
    """Return contracts with a factor, wholly, partly or not at all stated."""
    return built(
        Terms,
        changes,
        advance_rate=maybe(rates("0.90", "0.95", "1", "0.8")),
        fee_rate=maybe(rates("0.03", "0.025", "0.0199")),
        recourse_days=maybe(st.sampled_from([90, 60, 120])),
        reserve_days=maybe(st.sampled_from([30, 7])),
    )


def notices(**changes: Any) -> st.SearchStrategy[Notice]:
    """Return notices of assignment."""
    text = names().map(lambda name: f"Pay to the order of {name} only.")
    return built(Notice, changes, from_on=days(), text=text)


def subsidiaries(**changes: Any) -> st.SearchStrategy[Subsidiary]:
    """Return carriers; the money rules at their defaults."""
    return built(
        Subsidiary,
        changes,
        id=ids("carrier"),
        name=names(),
        mc_number=maybe(mc_numbers()),
        time_zone=st.sampled_from(ZONES),
        invoice_prefixes=st.sampled_from([(), ("INV",)]),
        tolerance=st.sampled_from([0, 0, 1_00]),
    )


def customers(**changes: Any) -> st.SearchStrategy[Customer]:
    """Return brokers and shippers, some with the factor's number for them."""
    return built(
        Customer,
        changes,
        id=ids("customer"),
        name=names(),
        mc_number=maybe(mc_numbers()),
        invoicing_method=maybe(st.sampled_from(InvoicingMethod)),
        debtor_numbers=st.dictionaries(st.sampled_from(PROVIDERS), ids("D-"), max_size=2),
    )


def connections(**changes: Any) -> st.SearchStrategy[Connection]:
    """Return accounts with a factor whose batches a person hands over or that go into a folder."""
    return built(
        Connection,
        changes,
        id=ids("connection"),
        subsidiary=ids("carrier"),
        provider=st.sampled_from(PROVIDERS),
        protocol=st.sampled_from([Protocol.MANUAL, Protocol.FOLDER]),
        folder=st.just("inbox"),
        client_number=maybe(ids("A-")),
        terms=terms(),
        notices=st.lists(notices(), max_size=2, unique_by=lambda one: one.from_on).map(tuple),
    )


def actors(**changes: Any) -> st.SearchStrategy[Actor]:
    """Return persons and programs, with every mixture of rights."""
    return built(
        Actor,
        changes,
        name=st.sampled_from(["ann", "bill", "nightly job"]),
        roles=st.frozensets(st.sampled_from(Role)),
        billing=st.booleans(),
        subsidiaries=maybe(st.frozensets(ids("carrier"), max_size=2)),
    )


@st.composite
def settings(draw: st.DrawFn) -> Settings:
    """Return settings that fit together: each connection is of a carrier, and one a carrier is active."""
    carriers = draw(st.lists(subsidiaries(), min_size=1, max_size=3, unique_by=lambda one: one.id))
    wanted = draw(st.lists(st.sampled_from(carriers), max_size=4))
    made = [
        draw(connections(id=f"c{place}", subsidiary=one.id, active=one not in wanted[:place]))
        for place, one in enumerate(wanted)
    ]
    known = draw(st.lists(customers(), max_size=3, unique_by=lambda one: one.id))
    return Settings(subsidiaries=tuple(carriers), customers=tuple(known), connections=tuple(made))
