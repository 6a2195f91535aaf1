"""What every way into a factor's system promises when the system, the line or the log-in break."""

from __future__ import annotations

import itertools
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from factoring_core.errors import (
    ConfigurationError,
    CredentialError,
    DeliveryInDoubtError,
    RemoteRefusedError,
    TransportError,
    UnreachableError,
)
from factoring_core.ports.factor_api import Debtor, Taken
from factoring_core.testing.contracts.complaints import HIDDEN, refused
from factoring_core.testing.contracts.factor_system.scene import (
    APPROVED,
    KEY,
    NOON,
    ReachesSystems,
    at_question,
)
from factoring_core.testing.contracts.missing import faults_without
from factoring_core.testing.contracts.remote.scene import Vault, nobody_listens
from factoring_core.testing.servers.factor_api import Trouble


class SurvivesTrouble(ReachesSystems):
    """Settings, the way there, the log-in, and answers that are lost."""

    def test_a_missing_setting_is_named(self) -> None:
        """A setting that is missing is named before anything is sent."""
        good = self.connection("http://127.0.0.1:1")
        for name in self.settings:
            for blank in (None, ""):
                settings = evolve(good, **{name: blank})  # type: ignore[arg-type]
                error = refused(
                    ConfigurationError,
                    lambda settings=settings: self.opened(settings, Vault(), lambda: NOON),  # type: ignore[misc]
                    where={"connection": "east", "setting": name},
                )
                assert name in error.message
                assert name in error.remedy

    def test_a_missing_library_is_named(self) -> None:
        """Without a library that it needs, opening says which, and how to get it."""
        open_it = partial(self.opened, self.connection("http://127.0.0.1:1"), Vault(), lambda: NOON)
        assert faults_without(self.needs, open_it) == []

    def test_the_port_of_the_address(self) -> None:
        """Without a port in the address it is the usual one; a name that nobody knows is said with it."""
        for start, port in (("http", 80), ("https", 443)):
            there = self.connection(f"{start}://nowhere.invalid/x")
            where = {"connection": "east", "host": f"nowhere.invalid:{port}"}
            with closing(self.opened(there, Vault(PASSWORD=HIDDEN, KEY=KEY), lambda: NOON)) as api:
                refused(UnreachableError, api.greet, retryable=True, where=where)

    def test_nobody_listening_is_unreachable(self) -> None:
        """Where nobody listens, every question says so; nothing was offered and trying again is safe."""
        port = nobody_listens()
        vault = Vault(PASSWORD=HIDDEN, KEY=KEY)
        api = self.opened(self.connection(f"http://127.0.0.1:{port}"), vault, lambda: NOON)
        for ask in (
            api.greet,
            lambda: api.offer(self.offered("INV-1")),
            lambda: api.attach("1", "a.pdf", b"%PDF-"),
            lambda: api.statuses(["1"]),
            lambda: api.check_credit(Debtor(name="Blue", mc_number=APPROVED)),
        ):
            where = {"connection": "east", "host": f"127.0.0.1:{port}"}
            refused(UnreachableError, ask, retryable=True, where=where)
        api.close()

    @pytest.mark.parametrize("held", [{"PASSWORD": "wrong"}, {"KEY": "wrong"}], ids=["password", "key"])
    def test_a_rejected_credential_is_tried_once(self, held: dict[str, str]) -> None:
        """However often it is asked: accounts are locked for less."""
        with self.reached(held=held) as (system, api, where):
            for ask in (api.greet, api.greet, lambda: api.offer(self.offered("INV-1"))):
                error = refused(CredentialError, ask, code="auth_rejected", retryable=False, secret=KEY)
                assert error.stage == "login"
                assert where.items() <= error.where.items()
            assert (system.log_ins, sum(system.created.values())) == (1, 0)

    def test_one_log_in_serves_all(self) -> None:
        """A greeting logs in and offers nothing; what follows uses that log-in, until it is taken back."""
        with self.reached() as (system, api, _):
            api.greet()
            answer = api.offer(self.offered("INV-1"))
            api.attach(answer.external_id, "INV-1.pdf", b"%PDF-1.7")
            api.statuses([answer.external_id])
            assert system.log_ins == 1
            system.expire()
            assert isinstance(api.offer(self.offered("INV-2")), Taken)
            assert system.log_ins == 2
            assert KEY not in repr(api)

    @pytest.mark.parametrize(("lifetime", "log_ins"), [(30, 2), (60, 2), ("long", 2), (None, 2), (120, 1)])
    def test_a_log_in_ends_when_it_was_said_to(self, lifetime: Any, log_ins: int) -> None:
        """A log-in that lasts no longer than a minute, or nobody knows how long, is not used twice."""
        with self.reached() as (system, api, _):
            system.lifetime = lifetime
            api.greet()
            api.greet()
            assert system.log_ins == log_ins

    def test_what_lets_nobody_in_is_told_apart(self) -> None:
        """A credential that is turned down is said to be; any other answer to a log-in is none."""
        for status, said, rejected in self.log_ins:
            with self.reached() as (system, api, where):
                system.answers["POST /auth"] = (status, said)
                kind = CredentialError if rejected else UnreachableError
                error: Any = refused(kind, api.greet, retryable=not rejected, where=where, secret=KEY)
                assert (status, said, rejected) == (status, said, error.code == "auth_rejected")

    def test_an_untrusted_certificate_stops_before_a_name_is_said(self, tmp_path: Path) -> None:
        """A system whose certificate nobody trusts is told nothing."""
        vault = Vault(PASSWORD=HIDDEN, KEY=KEY)
        with (
            self.untrusted(tmp_path) as system,
            closing(self.opened(self.connection(system.base_url), vault, lambda: NOON)) as api,
        ):
            error = refused(UnreachableError, api.greet, where={"connection": "east"})
            assert "certificate" in error.message
            assert (system.log_ins, sum(system.questions.values())) == (0, 0)

    def test_the_environment_leads_nowhere_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A proxy that the environment names would see what is sold, and is not gone through."""
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{nobody_listens()}")
        with self.reached() as (_, api, _where):
            assert isinstance(api.offer(self.offered("INV-1")), Taken)

    def test_an_answer_without_end_is_left(self) -> None:
        """What goes on for ever is no answer: a change is in doubt, a question may be asked again."""
        with self.reached() as (system, api, where):
            asks: dict[str, tuple[type[TransportError], Any]] = {
                "POST /invoices": (DeliveryInDoubtError, lambda: api.offer(self.offered("INV-1"))),
                "GET /invoices": (UnreachableError, lambda: api.statuses(["7"])),
            }
            for question, (kind, ask) in asks.items():
                system.answers[question] = (200, itertools.repeat(b" " * 2**20))
                refused(kind, ask, where=where, secret=KEY)

    def test_a_log_in_that_never_counts_is_no_loop(self) -> None:
        """A system that takes back every log-in is left after the second."""
        with self.reached(at_question("POST /invoices", *[Trouble.EXPIRED_TOKEN] * 9)) as (
            system,
            api,
            where,
        ):
            refused(
                RemoteRefusedError,
                lambda: api.offer(self.offered("INV-1")),
                code="not_permitted_there",
                where=where,
            )
            assert system.log_ins == 2

    @pytest.mark.parametrize(
        "trouble",
        [
            Trouble.LOST_REQUEST,
            Trouble.LOST_REPLY,
            Trouble.ERROR_AFTER_EFFECT,
            Trouble.HTML_PAGE,
            Trouble.REDIRECT,
        ],
        ids=lambda trouble: trouble.value,
    )
    def test_an_offer_without_an_answer_is_in_doubt(self, trouble: Trouble) -> None:
        """Nobody knows whether it was taken; a system that remembers for ever is asked again, and has one."""
        with self.reached(at_question("POST /invoices", trouble)) as (system, api, where):
            ask = lambda: api.offer(self.offered("INV-1"))  # noqa: E731
            error = refused(DeliveryInDoubtError, ask, where=where, secret=KEY)
            assert error.in_doubt
            assert isinstance(api.offer(self.offered("INV-1")), Taken)
            assert system.created["INV-1"] == 1

    @pytest.mark.parametrize("trouble", [Trouble.LOST_REPLY, Trouble.ERROR_AFTER_EFFECT, Trouble.REDIRECT])
    def test_what_may_be_asked_again_is_not_in_doubt(self, trouble: Trouble) -> None:
        """A log-in, a packet, a status or a credit answer that is lost is asked for again without harm."""
        questions = ("POST /auth", "POST /file-upload", "GET /invoices", "GET /broker-check")
        with self.reached(lambda asked, before: trouble if asked in questions and not before else None) as (
            _,
            api,
            where,
        ):
            refused(UnreachableError, api.greet, retryable=True, where=where)
            answer = api.offer(self.offered("INV-1"))
            asks: list[Any] = [
                lambda: api.attach(answer.external_id, "INV-1.pdf", b"%PDF-1.7"),
                lambda: api.statuses([answer.external_id]),
                lambda: api.check_credit(Debtor(name="Blue", mc_number=APPROVED)),
            ]
            for ask in asks:
                refused(UnreachableError, ask, retryable=True, where=where)
                ask()

    def test_a_page_is_no_answer(self) -> None:
        """A page for people, such as one to log in at, says nothing of packets, statuses or credit."""
        pages = ("POST /auth", "POST /file-upload", "GET /invoices", "GET /broker-check")
        with self.reached(lambda asked, before: Trouble.HTML_PAGE if asked in pages else None) as (
            system,
            api,
            where,
        ):
            refused(UnreachableError, api.greet, where=where)
            system.plan = lambda asked, before: Trouble.HTML_PAGE if asked in pages[1:] else None
            for ask in (
                lambda: api.attach("1000", "INV-1.pdf", b"%PDF-1.7"),
                lambda: api.statuses(["1000"]),
                lambda: api.check_credit(Debtor(name="Blue", mc_number=APPROVED)),
            ):
                refused(UnreachableError, ask, retryable=True, where=where)
            assert system.questions["POST /file-upload"] == 1
