"""The one archive that some factors want: the same files, the same bytes, whoever packs them."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.domain.selling.archive import pack, packed_order, sending_order
from factoring_core.domain.selling.batch import FileRole, SealedFile
from factoring_core.domain.selling.identity import archive_file_name, batch_id, content_root
from factoring_core.errors import ConfigurationError

SECOND = SealedFile(name="2.pdf", role=FileRole.PACKET, size=4, sha256="bb", load="L-2")
FIRST = SealedFile(name="1.pdf", role=FileRole.PACKET, size=3, sha256="aa", load="L-1")
LISTED = SealedFile(name="0.csv", role=FileRole.MANIFEST, size=5, sha256="cc")
ARCHIVE = SealedFile(name="all.zip", role=FileRole.ARCHIVE, size=9, sha256="dd")
NAMES = st.text(alphabet="aAbB019._-", min_size=1, max_size=20)


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=5))
def test_what_is_packed_comes_out_again_and_the_same_files_give_the_same_bytes(
    files: dict[str, bytes],
) -> None:
    content = pack(files.items())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {one.filename: archive.read(one) for one in archive.infolist()} == files
        assert [one.filename for one in archive.infolist()] == list(files)
    assert pack(files.items()) == content


def test_no_machine_and_no_moment_shows_in_an_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    content = pack([("1.pdf", b"%PDF"), ("list.csv", b"a,b\r\n")])
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("time.localtime", lambda *_: (2030, 1, 1, 0, 0, 0, 0, 1, 0))
    assert pack([("1.pdf", b"%PDF"), ("list.csv", b"a,b\r\n")]) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            assert (entry.compress_type, entry.date_time) == (zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0))
            assert (entry.create_system, entry.external_attr >> 16) == (3, 0o100644)


def test_the_bytes_of_an_archive_are_fixed_for_good() -> None:
    """A batch that was sealed by an older release is packed again, and has to come out the same."""
    assert pack([("a", b"1")]).hex() == (
        "504b030414000000000000002100b7efdc83010000000100000001000000" "6131"
        "504b0102140314000000000000002100b7efdc83010000000100000001000000"
        "0000000000000000a48100000000" "61"
        "504b050600000000010001002f000000200000000000"
    )  # fmt: skip


def test_packets_stand_in_the_order_of_their_names_and_the_list_last() -> None:
    assert packed_order([ARCHIVE, LISTED, SECOND, FIRST]) == (FIRST, SECOND, LISTED)


def test_an_archive_goes_alone_and_else_the_list_goes_last() -> None:
    assert sending_order([SECOND, LISTED, FIRST]) == (SECOND, FIRST, LISTED)
    assert sending_order([SECOND, LISTED, FIRST, ARCHIVE]) == (ARCHIVE,)


def test_the_archive_is_no_part_of_the_identity_that_its_name_carries() -> None:
    def root(*files: SealedFile) -> str:
        return content_root(
            tenant="acme",
            subsidiary="east",
            connection="c",
            provider="p",
            profile_version=1,
            number=1,
            files=files,
            lines=(),
        )

    assert batch_id(root(FIRST, LISTED, ARCHIVE)) == batch_id(root(FIRST, LISTED))


def test_the_archive_is_named_by_its_template() -> None:
    given = {"number": 7, "id_": "0123456789ab", "date": "20260302", "time": "120000"}
    name = archive_file_name("b{batch_number:03}_{batch_id8}_{date}-{time}.zip", **given)  # type: ignore[arg-type]
    assert name == "b007_01234567_20260302-120000.zip"


@pytest.mark.parametrize("template", ["a/{batch_number}.zip", "{batch_number}.csv", ".{date}.zip", "{x}.zip"])
def test_a_template_that_gives_no_plain_zip_name_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError):
        archive_file_name(template, number=1, id_="0" * 32, date="d", time="t")
