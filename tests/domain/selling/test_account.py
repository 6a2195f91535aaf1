"""Which account a batch was sent to, and when two of them are one."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.selling.account import Account, account_at, same_account
from factoring_core.domain.vocabulary.parties import Connection, Protocol

CONNECTION = Connection(
    id="p",
    subsidiary="east",
    provider="capital_depot",
    protocol=Protocol.SFTP,
    host="Files.Example.COM",
    port=22,
    folder="in/./out/..",
    username="east",
    host_key="ssh-ed25519 AAAA",
)
ACCOUNT = Account(
    way="sftp", server="files.example.com:22", key="ssh-ed25519 AAAA", username="east", folder="in"
)


def test_an_account_is_where_the_settings_lead_and_no_secret() -> None:
    assert account_at(CONNECTION) == ACCOUNT
    api = Connection(id="p", subsidiary="e", provider="otr", protocol=Protocol.API, base_url="https://x/Y")
    assert account_at(api) == Account(way="api", server="https://x/Y", folder=".")
    manual = Connection(id="p", subsidiary="e", provider="otr")
    assert account_at(manual) == Account(way="manual", server=":", folder=".")


@pytest.mark.parametrize(
    ("protocol", "way"),
    [
        (Protocol.SFTP_LEGACY, "sftp"),
        (Protocol.FTPS, "ftp"),
        (Protocol.FTP, "ftp"),
        (Protocol.FOLDER, "folder"),
    ],
)
def test_two_protocols_of_one_family_lead_to_one_account(protocol: Protocol, way: str) -> None:
    assert account_at(evolve(CONNECTION, protocol=protocol)).way == way


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({}, True),
        ({"server": "10.0.0.1:22"}, True),
        ({"key": "ssh-ed25519 BBBB"}, True),
        ({"key": ""}, True),
        ({"server": "10.0.0.1:22", "key": "ssh-ed25519 BBBB"}, False),
        ({"way": "ftp"}, False),
        ({"username": "west"}, False),
        ({"folder": "out"}, False),
    ],
)
def test_a_server_may_have_a_new_address_or_a_new_key_but_not_both(
    changed: dict[str, Any], same: bool
) -> None:
    assert same_account(ACCOUNT, evolve(ACCOUNT, **changed)) is same
    assert same_account(evolve(ACCOUNT, **changed), ACCOUNT) is same


def test_servers_without_a_key_are_known_by_their_address_alone() -> None:
    plain = evolve(ACCOUNT, key="")
    assert not same_account(plain, evolve(plain, server="10.0.0.1:22"))
