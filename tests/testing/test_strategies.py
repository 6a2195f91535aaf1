"""The shipped strategies: every value there is, as it is in the trade, and found by its type."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import factoring_core
from factoring_core.adapters.storage import MemoryStore
from factoring_core.domain.reconciling.world import Book, fold
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.money import Money
from factoring_core.ports.storage import KIND_OF
from factoring_core.testing import registering, strategies
from factoring_core.testing.contracts.storage.calls import find as found_in
from factoring_core.testing.contracts.storage.calls import key, put
from factoring_core.testing.strategies import Dirt
from worlds import view

ROOT = Path(__file__).resolve().parents[2]
QUICK = settings(
    max_examples=500,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
)
MADE = [(home, value, name) for home, values in registering.HOMES.items() for value, name in values.items()]


def value_class(home: str, value: str) -> type[Any]:
    __import__(registering.DOMAIN + home)
    found: type[Any] = getattr(sys.modules[registering.DOMAIN + home], value)
    return found


@pytest.fixture(autouse=True)
def registered() -> None:
    """Register as the entry point does, whether or not this tree is installed with it."""
    registering.register()


@pytest.mark.parametrize(("home", "value", "name"), MADE, ids=[value for _, value, _ in MADE])
def test_a_value_is_found_by_its_type(home: str, value: str, name: str) -> None:
    """``st.from_type(Load)`` gives what ``loads()`` gives."""
    kind = value_class(home, value)

    @settings(max_examples=15, phases=[Phase.generate])
    @given(st.from_type(kind), getattr(strategies, name)())
    def check(by_type: Any, by_name: Any) -> None:
        assert isinstance(by_type, kind)
        assert isinstance(by_name, kind)

    check()


KEPT = [(value_class(home, value), name) for home, value, name in MADE if value_class(home, value) in KIND_OF]


@pytest.mark.parametrize(("kind", "name"), KEPT, ids=[name for _, name in KEPT])
def test_a_value_of_the_store_can_be_stored(kind: type[Any], name: str) -> None:
    """What a strategy makes is what a store keeps."""

    @settings(max_examples=15, phases=[Phase.generate])
    @given(getattr(strategies, name)())
    def check(made: Any) -> None:
        store = MemoryStore()
        put(store, made)
        assert found_in(store, kind) == [made]
        assert key(made)

    check()


def test_every_public_value_has_a_strategy() -> None:
    """What `factoring_core` shows as a value of a host's own making can be drawn."""
    drawn = {value for _, value, _ in MADE}
    # Made by the library and never given to it, or a closed list of which Hypothesis draws by itself.
    answers = {"Candidate", "Position", "ProviderProfile", "ReportLayout", "Fault", "HostEvent", "Office"}
    public = {
        name
        for name in factoring_core.__all__
        if attrs.has(value := getattr(factoring_core, name)) and inspect.isclass(value)
    }
    home = "factoring_core.usecases.results"
    results = {name for name in public if getattr(factoring_core, name).__module__ == home}

    assert public - results - answers <= drawn


def test_every_name_of_the_package_is_there() -> None:
    for name in strategies.__all__:
        assert callable(getattr(strategies, name)), name
    with pytest.raises(AttributeError, match="lodes"):
        strategies.lodes  # noqa: B018


@pytest.mark.parametrize("mark", ["&", ",", "é", "Ł", '"', "'"])
def test_names_are_as_difficult_as_real_ones(mark: str) -> None:
    assert mark in find(strategies.names(), lambda name: mark in name, settings=QUICK)


@given(strategies.loads(invoiced=True))
def test_an_invoice_is_of_its_load(load: Load) -> None:
    """Face and currency of an invoice are those of the load, and its method is decided."""
    assert load.invoice is not None
    assert load.method is not None
    assert load.invoice.face > 0
    assert load.amount in (None, load.invoice.face)
    assert load.invoice.currency == load.currency
    if load.invoicing_method is not None:
        assert load.method.method is load.invoicing_method


@given(strategies.loads(subsidiary="east", amount=st.integers(1, 5)))
def test_a_field_can_be_fixed_or_drawn(load: Load) -> None:
    assert load.subsidiary == "east"
    assert load.amount in range(1, 6)


@given(strategies.money())
def test_money_is_whole_cents(money: Money) -> None:
    assert Money(money.cents, money.currency) == money


def test_a_load_shrinks_to_almost_nothing() -> None:
    """The smallest load has no invoice, no papers and the first of everything."""
    load = find(strategies.loads(), lambda load: True, settings=QUICK)

    assert load.invoice is None
    assert load.documents == ()
    assert load.po_number is None


def test_a_failing_world_shrinks_to_one_invoice() -> None:
    """The smallest world with a short payment is one load, sold once, and little is told of it."""
    book = find(
        strategies.books(),
        lambda book: any(item.type == "short_paid" for item in fold(book).exceptions.values()),
        settings=QUICK,
    )

    assert len(book.loads) == 1
    assert len(book.reports) <= 2
    assert len(book.evidence) <= 4


@given(strategies.books(dirt=Dirt.NONE))
def test_a_clean_world_has_nothing_to_untangle(book: Book) -> None:
    """On a factor's best days every row is matched; only two reports of one week may ask about a repeat."""
    tangled = {"unknown_invoice", "ambiguous", "conflicting_rows", "duplicate_row"}

    assert not {item.type.value for item in fold(book).exceptions.values()} & (tangled | {"amount_differs"})


@given(strategies.books(dirt=Dirt.HOSTILE), st.randoms(use_true_random=False))
def test_hostile_worlds_keep_the_law_of_order(book: Book, chance: Any) -> None:
    """Whatever is in the cells, the order of the facts changes nothing."""
    facts = list(book.evidence)
    chance.shuffle(facts)

    assert view(fold(attrs.evolve(book, evidence=facts))) == view(fold(book))


def test_from_type_works_through_the_entry_point(tmp_path: Path) -> None:
    """Hypothesis finds the entry point that `pyproject.toml` names, and a later import is registered."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (entry,) = project["entry-points"]["hypothesis"].items()
    info = tmp_path / "sample-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[hypothesis]\n{} = {}\n".format(*entry))
    code = """
import sys, hypothesis
from hypothesis import strategies as st
assert not [one for one in sys.modules if one.startswith(("factoring_core.domain", "attr"))], sys.modules
from factoring_core.domain.vocabulary.load import Load
assert "factoring_core.testing.strategies" not in sys.modules
phases = [hypothesis.Phase.generate]
few = hypothesis.settings(max_examples=20, database=None, derandomize=True, phases=phases)
hypothesis.find(st.from_type(Load), lambda load: load.customer.startswith("customer"), settings=few)
"""
    path = os.pathsep.join([str(tmp_path), str(ROOT / "src")])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})
