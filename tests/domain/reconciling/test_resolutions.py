"""The table of resolutions: complete, and written down for people."""

from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.resolutions import ALLOWED, EFFECTS, markdown_table, suggested


def test_every_type_has_resolutions_and_every_resolution_an_effect() -> None:
    assert set(ExceptionType) == set(ALLOWED)
    assert set(Resolution) == set(EFFECTS) == {one for allowed in ALLOWED.values() for one in allowed}


def test_the_first_allowed_resolution_is_the_one_suggested() -> None:
    assert Resolution.WRITE_OFF is suggested(ExceptionType.SHORT_PAID)


def test_the_written_table_names_all_of_it() -> None:
    text = markdown_table()

    assert all(f"`{one.value}`" in text for one in (*ExceptionType, *Resolution))
    assert "| `assign` | load, [batch] |" in text
