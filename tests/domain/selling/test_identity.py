"""What a batch is called, and that its content alone decides it."""

import re
from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.domain.selling.batch import FileRole, SealedFile
from factoring_core.domain.selling.identity import (
    LONGEST_NAME,
    Line,
    archive_file_name,
    batch_id,
    canonical_json,
    content_root,
    line_of,
    manifest_file_name,
    packet_file_name,
    packet_file_names,
    temp_file_name,
)
from factoring_core.errors import ConfigurationError
from worlds import a_batch, a_load, a_sale

PACKET = SealedFile(name="1.pdf", role=FileRole.PACKET, size=3, sha256="aa", load="L-1")
OTHER = SealedFile(name="2.pdf", role=FileRole.PACKET, size=4, sha256="bb", load="L-2")
LISTED = SealedFile(name="list.csv", role=FileRole.MANIFEST, size=5, sha256="cc")
LINE = Line(load="L-1", invoice_number="1", amount=100, currency="USD", debtor="blue")
SECOND = evolve(LINE, load="L-2", invoice_number="2")


def root(
    files: tuple[SealedFile, ...] = (PACKET, OTHER, LISTED),
    lines: tuple[Line, ...] = (LINE, SECOND),
    **more: object,
) -> str:
    given: dict[str, object] = {
        "tenant": "acme",
        "subsidiary": "east",
        "connection": "c",
        "provider": "p",
        "profile_version": 1,
        "number": 1,
    }
    return content_root(files=files, lines=lines, **{**given, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(("debtor_number", "debtor"), [("D-7", "D-7"), (None, "ACME"), ("", "ACME")])
def test_a_stored_sale_gives_back_its_line(debtor_number: str | None, debtor: str) -> None:
    sale = a_sale(a_load("L-1", face=123_00), a_batch(), debtor_number=debtor_number)
    expected = Line(load="L-1", invoice_number="1001", amount=123_00, currency="USD", debtor=debtor)
    assert line_of(sale) == expected


@given(st.permutations([PACKET, OTHER, LISTED]), st.permutations([LINE, SECOND]))
def test_the_identity_does_not_depend_on_the_order_of_files_or_lines(
    files: list[SealedFile], lines: list[Line]
) -> None:
    assert root(tuple(files), tuple(lines)) == root()


def test_the_identity_changes_with_everything_that_is_content() -> None:
    changed = [
        root(),
        root((evolve(PACKET, sha256="ab"), OTHER, LISTED)),
        root((evolve(PACKET, size=9), OTHER, LISTED)),
        root((evolve(PACKET, name="3.pdf"), OTHER, LISTED)),
        root((PACKET, OTHER, evolve(LISTED, sha256="cd"))),
        root(lines=(evolve(LINE, amount=101), SECOND)),
        root(lines=(evolve(LINE, currency="CAD"), SECOND)),
        root(lines=(evolve(LINE, debtor="red"), SECOND)),
        root(lines=(LINE,)),
        *(
            root(**{name: value})  # type: ignore[arg-type]
            for name, value in (
                ("tenant", "x"),
                ("subsidiary", "x"),
                ("connection", "x"),
                ("provider", "x"),
                ("profile_version", 2),
                ("number", 2),
            )
        ),
    ]
    assert len({batch_id(one) for one in changed}) == len(changed)


def test_the_manifests_name_is_no_part_of_the_identity_it_carries() -> None:
    assert root((PACKET, OTHER, evolve(LISTED, name="other.csv"))) == root()


def test_the_identity_of_a_batch_is_the_same_in_every_version() -> None:
    """Batches that were sent keep their ids, and an id is worked out again from what is stored."""
    assert root() == "e04ca959ef7c58a65fef3154863c8e1bffffe3a169b9a08a885e634fdd9f0595"
    assert batch_id(root()) == "281063e81e9b6d9e3b04b316b13e674e"


def test_the_id_is_128_bits_in_hex() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", batch_id(root()))


def test_a_canonical_document_is_sorted_and_dense_and_keeps_its_letters() -> None:
    assert canonical_json({"b": [1, ("é",)], "a": None}) == '{"a":null,"b":[1,["é"]]}'.encode()


@pytest.mark.parametrize("value", [0.5, [1, 0.5], {"a": {"b": (0.5,)}}, {"a": {1, 2}}])
def test_a_canonical_document_holds_no_fractions_and_nothing_that_json_does_not_know(value: object) -> None:
    with pytest.raises(TypeError, match=r"fractions$|^Object of type set is not JSON serializable$"):
        canonical_json(value)


def test_a_plain_number_names_its_packet() -> None:
    assert packet_file_name("INV-1001") == "INV-1001.pdf"
    assert packet_file_name("2026_03.17") == "2026_03.17.pdf"
    assert packet_file_name("1" * 96) == f"{'1' * 96}.pdf"


def test_a_number_that_is_no_plain_name_keeps_what_it_can() -> None:
    for number, start in ((".1", "_.1-"), ("-1", "_-1-"), ("", "_-"), ("CON", "_CON-"), ("a/b", "a_b-")):
        assert packet_file_name(number).startswith(start)
    assert packet_file_name("1" * 97).startswith("1" * 87 + "-")
    twins = packet_file_names(["a", "A", "b"])
    assert (twins["b"], twins["a"].partition("-")[0], twins["A"].partition("-")[0]) == ("b.pdf", "a", "A")


@given(st.text(min_size=1))
def test_a_packet_name_is_legal_everywhere(number: str) -> None:
    name = packet_file_name(number)
    assert re.fullmatch(r"(?![.-])[A-Za-z0-9._-]{5,100}", name)
    assert name.endswith(".pdf")


@given(st.sets(st.text(alphabet="aAbB/_- ", min_size=1, max_size=4), max_size=12))
def test_no_two_invoices_share_a_packet_name_whatever_the_case(numbers: set[str]) -> None:
    names = packet_file_names(sorted(numbers))
    assert set(names) == numbers
    assert len({name.casefold() for name in names.values()}) == len(numbers)


@given(st.text(max_size=120), st.text(max_size=120))
def test_a_name_that_had_to_be_changed_never_collides_with_another(one: str, other: str) -> None:
    """Also across batches, where nobody compares them."""
    if one != other:
        assert packet_file_name(one) != packet_file_name(other)


def test_the_manifest_is_named_by_its_template() -> None:
    template = "b{batch_number:03}_{batch_id8}_{date}-{time}.csv"
    name = manifest_file_name(template, number=7, id_="0123456789ab", date="20260302", time="120000")
    assert name == "b007_01234567_20260302-120000.csv"


@pytest.mark.parametrize("template", ["a/{batch_number}.csv", "{batch_number}.txt", ".{date}.csv", "{x}.csv"])
def test_a_template_that_gives_no_plain_csv_name_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        manifest_file_name(template, number=1, id_="0" * 32, date="d", time="t")
    assert template in (caught.value.where or {}).values()


TELLS_NOTHING = "Put {batch_number} or {batch_id8} into it."


@pytest.mark.parametrize(
    ("name", "what", "ending"),
    [(manifest_file_name, "manifest", ".csv"), (archive_file_name, "archive", ".zip")],
)
def test_a_template_that_is_refused_is_named_with_what_to_do(
    name: Callable[..., str], what: str, ending: str
) -> None:
    letters = f"Use letters, digits, dots, underscores and hyphens, and the ending {ending}."
    fields = "Use the fields {batch_number}, {batch_id8}, {date}, {time}."
    for template, message, remedy in (
        ("{date}.x", f"The name of the {what} does not tell batches apart: '{{date}}.x'.", TELLS_NOTHING),
        ("{batch_number}.x", f"The {what} cannot be called '1.x'.", letters),
        (f"a b{{batch_id8}}{ending}", f"The {what} cannot be called 'a b00000000{ending}'.", letters),
        ("{x}", f"name of the {what} has no field {{x}} to fill: '{{x}}'.", fields),
    ):
        with pytest.raises(ConfigurationError) as caught:
            name(template, number=1, id_="0" * 32, date="d", time="t")
        assert (caught.value.message, caught.value.remedy) == (message, remedy)
        assert caught.value.where is not None
        assert caught.value.where["template"] == template
    assert name("{batch_number}-{time}" + ending, number=1, id_="0", date="d", time="t") == f"1-t{ending}"


@given(st.text(alphabet="abc._-", min_size=1, max_size=LONGEST_NAME), st.integers(0, 2**32 - 1))
def test_a_temp_name_is_private_and_never_too_long(name: str, epoch: int) -> None:
    temp = temp_file_name(name, epoch=epoch, token="0123456789abcdef")
    assert temp.startswith(".")
    assert temp.endswith(".0123456789abcdef.part")
    assert len(temp) <= LONGEST_NAME


def test_a_long_temp_name_shows_as_much_as_there_is_room_for() -> None:
    tail = ".00000002.ff.part"
    room = LONGEST_NAME - len(tail) - 1
    assert temp_file_name("a" * room, epoch=2, token="ff") == f".{'a' * room}{tail}"
    one, other = (temp_file_name("a" * room + end, epoch=2, token="ff") for end in "bc")
    assert one != other
    assert [(len(name), name[: room - 7]) for name in (one, other)] == [
        (LONGEST_NAME, "." + "a" * (room - 9) + "-")
    ] * 2


def test_a_name_that_does_not_tell_batches_apart_is_refused() -> None:
    for template in ("list_{date}.csv", "list.csv"):
        with pytest.raises(ConfigurationError, match="tell batches apart") as caught:
            manifest_file_name(template, number=1, id_="0" * 32, date="d", time="t")
        assert caught.value.where == {"template": template}
    for template in ("{batch_number}.csv", "{batch_id8}.csv"):
        assert manifest_file_name(template, number=1, id_="1" * 32, date="d", time="t")
    with pytest.raises(ConfigurationError, match=r"archive.*\.csv"):
        archive_file_name("{batch_number}.csv", number=1, id_="0" * 32, date="d", time="t")
    assert archive_file_name("{batch_number}.zip", number=1, id_="0" * 32, date="d", time="t") == "1.zip"


def test_a_short_temp_name_shows_what_it_is() -> None:
    assert temp_file_name("1.pdf", epoch=2, token="ff") == ".1.pdf.00000002.ff.part"
