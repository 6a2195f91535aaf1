"""The resume table: each row by name, and laws over all of it."""

import itertools

import pytest

from factoring_core.domain.selling.delivery import (
    Journal,
    Proof,
    Seen,
    Server,
    Step,
    compare,
    next_step,
    proven_by,
)

PLANNED, STAGED, PUBLISHING, PUBLISHED = Journal
ABSENT, EQUAL, SAME_SIZE, SHORTER, DIFFERENT, LONGER, UNTRUSTED = Seen
SWEPT = Server(vanishing_proves=False)
APPENDS = Server(append_from=8)


def test_row_1_a_file_that_no_record_knows_is_staged() -> None:
    assert next_step(None, ABSENT, ABSENT) is Step.STAGE


def test_row_2_a_planned_file_that_is_nowhere_is_staged_again() -> None:
    assert next_step(PLANNED, ABSENT, ABSENT) is Step.STAGE
    assert next_step(PLANNED, ABSENT, ABSENT, own_epoch=False) is Step.STAGE


@pytest.mark.parametrize("temp", [EQUAL, SAME_SIZE, SHORTER, DIFFERENT, LONGER])
def test_row_3_the_temp_of_an_earlier_plan_is_never_used(temp: Seen) -> None:
    assert next_step(PLANNED, temp, ABSENT, own_epoch=False) is Step.STAGE


def test_row_4_our_own_temp_is_verified_continued_or_left() -> None:
    assert next_step(PLANNED, EQUAL, ABSENT) is Step.RECORD_STAGED
    assert next_step(PLANNED, SAME_SIZE, ABSENT) is Step.RECORD_STAGED
    assert next_step(PLANNED, SHORTER, ABSENT, size=9, server=APPENDS) is Step.APPEND
    assert next_step(PLANNED, SHORTER, ABSENT, size=8, server=APPENDS) is Step.STAGE
    assert next_step(PLANNED, SHORTER, ABSENT, size=9) is Step.STAGE
    assert next_step(PLANNED, DIFFERENT, ABSENT, size=9, server=APPENDS) is Step.STAGE


@pytest.mark.parametrize("journal", [None, PLANNED])
def test_row_5_a_final_without_a_record_of_staging_is_adopted_only_on_equal_bytes(
    journal: Journal | None,
) -> None:
    assert next_step(journal, ABSENT, EQUAL) is Step.ADOPT
    assert next_step(journal, SHORTER, EQUAL, own_epoch=False) is Step.ADOPT
    assert next_step(journal, ABSENT, SAME_SIZE) is Step.DOUBT
    assert next_step(journal, ABSENT, DIFFERENT) is Step.CONFLICT


@pytest.mark.parametrize("journal", [STAGED, PUBLISHING])
def test_row_6_a_staged_file_is_published_after_claiming_it_from_an_earlier_attempt(
    journal: Journal,
) -> None:
    assert next_step(journal, EQUAL, ABSENT) is Step.PUBLISH
    assert next_step(journal, EQUAL, ABSENT, own_epoch=False) is Step.CLAIM


@pytest.mark.parametrize("journal", [STAGED, PUBLISHING])
def test_row_7_a_staged_file_under_its_final_name_is_published(journal: Journal) -> None:
    assert next_step(journal, ABSENT, EQUAL) is Step.RECORD_PUBLISHED
    assert next_step(journal, ABSENT, SAME_SIZE) is Step.RECORD_PUBLISHED


@pytest.mark.parametrize("journal", [STAGED, PUBLISHING])
def test_row_8_a_staged_file_that_vanished_was_consumed_unless_temps_are_swept(journal: Journal) -> None:
    assert next_step(journal, ABSENT, ABSENT) is Step.RECORD_CONSUMED
    assert next_step(journal, ABSENT, ABSENT, server=SWEPT) is Step.DOUBT


@pytest.mark.parametrize("journal", [STAGED, PUBLISHING])
def test_row_9_a_file_under_both_names_is_published_and_its_temp_removed(journal: Journal) -> None:
    assert next_step(journal, EQUAL, EQUAL) is Step.RECORD_AND_REMOVE_TEMP


@pytest.mark.parametrize("journal", [STAGED, PUBLISHING])
@pytest.mark.parametrize("temp", [ABSENT, EQUAL, SHORTER])
def test_row_10_other_bytes_under_the_final_name_stop_everything(journal: Journal, temp: Seen) -> None:
    assert next_step(journal, temp, DIFFERENT) is Step.CONFLICT
    assert next_step(journal, temp, SHORTER) is Step.CONFLICT


@pytest.mark.parametrize("final", [ABSENT, EQUAL, DIFFERENT, LONGER])
def test_row_11_a_published_file_is_done_whether_or_not_it_was_taken(final: Seen) -> None:
    assert next_step(PUBLISHED, ABSENT, final) is Step.DONE


def test_row_12_the_temp_of_a_published_file_is_removed() -> None:
    assert next_step(PUBLISHED, EQUAL, EQUAL) is Step.REMOVE_TEMP
    assert next_step(PUBLISHED, SHORTER, ABSENT) is Step.REMOVE_TEMP


@pytest.mark.parametrize("journal", [None, *Journal])
def test_row_13_a_look_that_cannot_be_trusted_decides_nothing(journal: Journal | None) -> None:
    assert next_step(journal, UNTRUSTED, ABSENT) is Step.LOOK_AGAIN
    assert next_step(journal, ABSENT, UNTRUSTED) is Step.LOOK_AGAIN


def test_row_14_more_bytes_than_we_have_are_not_ours() -> None:
    assert next_step(PLANNED, LONGER, ABSENT) is Step.CONFLICT
    assert next_step(STAGED, LONGER, ABSENT) is Step.CONFLICT
    assert next_step(None, ABSENT, LONGER) is Step.CONFLICT
    assert next_step(PUBLISHING, ABSENT, LONGER) is Step.CONFLICT


def test_a_staged_temp_that_changed_is_not_published() -> None:
    assert next_step(STAGED, DIFFERENT, ABSENT) is Step.CONFLICT
    assert next_step(PUBLISHING, SHORTER, ABSENT) is Step.CONFLICT


def test_a_file_is_never_written_anew_once_its_bytes_may_have_been_published() -> None:
    """Whatever is seen, after staging nothing but the staged temp is ever published."""
    for journal, temp, final, own in itertools.product(
        (STAGED, PUBLISHING, PUBLISHED), Seen, Seen, (True, False)
    ):
        step = next_step(journal, temp, final, own_epoch=own, size=100, server=APPENDS)
        assert step not in (Step.STAGE, Step.APPEND, Step.ADOPT)


def test_nothing_is_published_while_anything_stands_under_the_final_name() -> None:
    for journal, temp, final, own in itertools.product((None, *Journal), Seen, Seen, (True, False)):
        if next_step(journal, temp, final, own_epoch=own) in (Step.PUBLISH, Step.CLAIM):
            assert final is ABSENT


def test_a_look_is_compared_by_size_and_then_by_hash() -> None:
    assert compare(None, size=3, sha256="a") is ABSENT
    assert compare((2, None), size=3, sha256="a") is SHORTER
    assert compare((4, "a"), size=3, sha256="a") is LONGER
    assert compare((3, None), size=3, sha256="a") is SAME_SIZE
    assert compare((3, "a"), size=3, sha256="a") is EQUAL
    assert compare((3, "b"), size=3, sha256="a") is DIFFERENT


def test_a_final_name_proves_by_itself_only_what_the_table_would_record() -> None:
    recorded = (Step.RECORD_PUBLISHED, Step.RECORD_AND_REMOVE_TEMP, Step.ADOPT)
    for journal in (PLANNED, STAGED, PUBLISHING):
        for final in Seen:
            steps = {next_step(journal, temp, final) for temp in Seen if temp is not Seen.UNTRUSTED}
            assert (proven_by(journal, final) is not None) is steps.issubset(recorded), (journal, final)
    assert proven_by(PLANNED, EQUAL) is Proof.HASH
    assert proven_by(STAGED, SAME_SIZE) is Proof.SIZE
