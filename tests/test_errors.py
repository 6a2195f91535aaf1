"""Every error: what it says, what a script can read from it, and that it survives a pickle."""

import inspect
import pickle

import pytest

from factoring_core import errors
from factoring_core.errors import (
    FactoringError,
    Fault,
    FileRefusedError,
    MissingExtraError,
    TransitionError,
)

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, FactoringError) and kind not in (TransitionError, MissingExtraError, FileRefusedError)
]
FAULT = Fault(code="bad_amount", message="not an amount", file="a.csv", row=2, line=4, excerpt="x" * 99)


def same(error: FactoringError) -> FactoringError:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    for name in ("message", "code", "remedy", "stage", "retryable", "in_doubt", "where", "faults"):
        assert getattr(error, name) == getattr(back, name)
    assert isinstance(back, FactoringError)
    return back


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_says_what_happened_and_what_to_do_and_survives_a_pickle(
    kind: type[FactoringError],
) -> None:
    error = kind("It broke.", where={"load": "L-1"}, faults=[FAULT])

    assert "It broke." == str(error) == str(same(error))
    assert error.code
    assert error.remedy.endswith((".", "`"))
    assert 1 <= kind.exit_status <= 7


@pytest.mark.parametrize("kind", KINDS)
def test_a_given_code_and_remedy_come_before_those_of_the_class(kind: type[FactoringError]) -> None:
    error = same(kind("x", code="own", remedy="Do this.", stage="here", retryable=True))

    assert ("own", "Do this.", "here", True) == (error.code, error.remedy, error.stage, error.retryable)


def test_a_refused_file_keeps_the_first_thousand_faults_and_the_number_of_all() -> None:
    error = FileRefusedError("No.", faults=[FAULT] * 1200, remedy="Mend it.")
    back = same(error)

    assert isinstance(back, FileRefusedError)
    assert (1000, 1200) == (len(back.faults), back.total)
    assert 7 == FileRefusedError("No.", faults=[FAULT], total=7).total


def test_a_fault_never_carries_more_than_an_excerpt() -> None:
    assert 40 == len(FAULT.excerpt or "")
    assert "short" == Fault(code="x", message="y", excerpt="short").excerpt


def test_a_forbidden_step_names_the_load_its_status_and_the_event() -> None:
    error = same(TransitionError("L-1", "queued", "finance"))

    assert "L-1 is queued; finance is not possible from there." == str(error)


def test_a_missing_extra_says_what_to_install() -> None:
    error = same(MissingExtraError("pandas", "pandas"))

    assert 'pip install "factoring-core[pandas]"' == error.remedy
