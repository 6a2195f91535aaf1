"""Secrets: found by reference, checked for how they are kept, and shown by nothing."""

import copy
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.adapters.secrets.sources import SecretReferences, looks_like_reference
from factoring_core.errors import CredentialError, MissingExtraError
from factoring_core.ports.secrets import Secret

HIDDEN = "hunter2-Zürich-geheim"


def kept_in(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return f"file:{path}"


def refusal(source: SecretReferences, reference: str) -> CredentialError:
    with pytest.raises(CredentialError) as caught:
        source.resolve(reference)
    return caught.value


def everything_about(error: BaseException) -> str:
    """Put together all that a log, a debugger or a pickle could show of *error* and its causes."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        parts += [str(seen), repr(seen), repr(seen.args), repr(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    parts += [repr(pickle.dumps(error)), "".join(traceback.format_exception(error))]
    return "".join(parts)


class FakeKeyring:
    """Stands in for a keyring backend."""

    def __init__(self, entries: dict[tuple[str, str], str], error: Exception | None = None) -> None:
        self._entries = entries
        self._error = error

    def get_password(self, service: str, name: str) -> str | None:
        if self._error:
            raise self._error
        return self._entries.get((service, name))


def with_keyring(monkeypatch: pytest.MonkeyPatch, backend: object) -> None:
    import keyring

    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


def test_the_environment_gives_a_secret() -> None:
    source = SecretReferences(environ={"RTS_PASSWORD": HIDDEN})

    assert HIDDEN == source.resolve("env:RTS_PASSWORD").reveal()


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTS_PASSWORD", HIDDEN)

    assert HIDDEN == SecretReferences().resolve("env:RTS_PASSWORD").reveal()


def test_a_private_file_gives_a_secret(tmp_path: Path) -> None:
    reference = kept_in(tmp_path / "password", HIDDEN.encode())

    assert HIDDEN == SecretReferences().resolve(reference).reveal()


def test_a_relative_path_starts_from_the_given_folder(tmp_path: Path) -> None:
    kept_in(tmp_path / "password", HIDDEN.encode())

    assert HIDDEN == SecretReferences(folder=tmp_path).resolve("file:password").reveal()


def test_the_keyring_gives_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with_keyring(monkeypatch, FakeKeyring({("factoring/rts", "acme"): HIDDEN}))

    assert HIDDEN == SecretReferences().resolve("keyring:factoring/rts/acme").reveal()


@pytest.mark.parametrize("reference", ["env:ABSENT", "env:EMPTY", "file:absent", "keyring:factoring/absent"])
def test_a_secret_that_is_not_there_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    with_keyring(monkeypatch, FakeKeyring({}))
    source = SecretReferences(environ={"EMPTY": ""}, folder=tmp_path)
    error = refusal(source, reference)

    assert "credential_missing" == error.code
    assert reference in str(error)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o666])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    error = refusal(SecretReferences(), kept_in(tmp_path / "password", HIDDEN.encode(), mode))

    assert "credential_exposed" == error.code
    assert "chmod" in error.remedy
    assert HIDDEN not in everything_about(error)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_final_line_break_is_pointed_out_and_never_dropped(tmp_path: Path, ending: str) -> None:
    error = refusal(SecretReferences(), kept_in(tmp_path / "password", (HIDDEN + ending).encode()))

    assert "line break" in str(error)
    assert "printf" in error.remedy
    assert HIDDEN not in everything_about(error)


@pytest.mark.parametrize(
    "content",
    [
        HIDDEN.encode() + b"\n\n",
        b"\n",
        HIDDEN.encode() + b"\r",
        b"a\nb" + HIDDEN.encode(),
        HIDDEN.encode() + b"\0",
        b"\xff\xfe" + HIDDEN.encode(),
        HIDDEN.encode() * 10_000,
    ],
)
def test_what_no_password_contains_is_refused(tmp_path: Path, content: bytes) -> None:
    error = refusal(SecretReferences(), kept_in(tmp_path / "password", content))

    assert "credential_malformed" == error.code
    assert "hunter2" not in everything_about(error)


def test_only_a_file_is_read(tmp_path: Path) -> None:
    """Neither a folder, nor a pipe that would make us wait."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    tmp_path.chmod(0o700)

    for name in ["pipe", "."]:
        assert "credential_malformed" == refusal(SecretReferences(folder=tmp_path), f"file:{name}").code


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    assert "credential_malformed" == refusal(SecretReferences(folder=tmp_path), "file:file/inside").code


@pytest.mark.parametrize(
    "text",
    [
        HIDDEN,
        f"env:{HIDDEN}",
        "",
        "env:",
        "env:1A",
        "file:",
        "keyring:service",
        "keyring:/",
        "ENV:NAME",
        " env:A",
    ],
)
def test_what_is_no_reference_may_be_a_secret_and_is_not_repeated(text: str) -> None:
    error = refusal(SecretReferences(environ={}), text)

    assert "secret_in_clear" == error.code
    assert not looks_like_reference(text)
    assert HIDDEN not in everything_about(error)


@given(st.text(min_size=8).filter(lambda text: ":" not in text))
def test_text_without_a_kind_never_looks_like_a_reference(text: str) -> None:
    assert not looks_like_reference(text)


@pytest.mark.parametrize(
    "text", ["env:A_1", "file:~/secret", "file:key file.txt", "keyring:a/b", "keyring:a/b/c"]
)
def test_references_look_like_references(text: str) -> None:
    assert looks_like_reference(text)


def test_a_machine_without_a_keyring_is_a_credential_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends.fail import Keyring

    with_keyring(monkeypatch, Keyring())  # type: ignore[no-untyped-call]
    error = refusal(SecretReferences(), "keyring:factoring/rts")

    assert "NoKeyringError" in str(error)


def test_a_locked_keyring_is_a_credential_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.errors import KeyringLocked

    with_keyring(monkeypatch, FakeKeyring({}, KeyringLocked(HIDDEN)))

    assert HIDDEN not in everything_about(refusal(SecretReferences(), "keyring:factoring/rts"))


def test_a_keyring_that_keeps_secrets_in_clear_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = type("PlaintextKeyring", (FakeKeyring,), {"__module__": "keyrings.alt.file"})
    with_keyring(monkeypatch, plain({("factoring", "rts"): HIDDEN}))

    assert "does not protect" in str(refusal(SecretReferences(), "keyring:factoring/rts"))


def test_without_the_keyring_package_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(MissingExtraError, match="keyring") as caught:
        SecretReferences().resolve("keyring:factoring/rts")
    assert "factoring-core[keyring]" in caught.value.remedy


def test_a_secret_is_shown_by_nothing() -> None:
    secret = Secret(HIDDEN)

    assert "<secret>" == repr(secret) == str(secret) == f"{secret}" == f"{secret!r}"
    assert HIDDEN not in repr([secret, {"a": secret}])
    attempts: list[Callable[[Secret], object]] = [pickle.dumps, copy.copy, copy.deepcopy]
    for attempt in attempts:
        with pytest.raises(TypeError):
            attempt(secret)


def test_nothing_of_the_source_shows_the_environment() -> None:
    assert HIDDEN not in repr(SecretReferences(environ={"A": HIDDEN}))


def test_the_keyring_is_only_imported_when_it_is_asked_for() -> None:
    module = sys.modules[SecretReferences.__module__]

    assert not [
        value
        for value in vars(module).values()
        if isinstance(value, ModuleType) and value.__name__ == "keyring"
    ]
