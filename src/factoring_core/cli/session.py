"""One run of the command line: the global options, the office, and the one document it answers."""

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from factoring_core.cli.errors import error_document, worst
from factoring_core.cli.pieces import Piece
from factoring_core.errors import FactoringError

if TYPE_CHECKING:
    from factoring_core.wiring import Office

Document = dict[str, Any]
AT_HAND = 1 << 20
"""A document of more bytes is put together in a file: all of it, or nothing, is answered."""
PIECES = 50_000
"""So many words and marks of a document are written at once."""

View = Callable[[Document], list[Piece]]
"""Turns a document into what a person reads."""


def _open(home: Path, **given: Any) -> "Office":
    from factoring_core.wiring import open_office

    return open_office(home, **given)


class Session:
    """What one command shares: where to work, who acts, and how to answer.

    Args:
        as_json: Whether the answer is one JSON document.
        opener: Opens the office; tests hand in their own.
    """

    def __init__(self, *, as_json: bool, opener: Callable[..., Any] | None = None) -> None:
        self.as_json = as_json
        self.home = Path("factoring-home")
        self.store: str | None = None
        self.tenant: str | None = None
        self.actor: str | None = None
        self.answered = False
        self._opener = opener or _open
        self._closing = ExitStack()
        self._stdout: Any = sys.stdout

    def office(self) -> "Office":
        """Open the office of the home; it is closed when the run ends."""
        office = self._opener(self.home, store_url=self.store, tenant=self.tenant, actor=self.actor)
        self._closing.callback(office.close)
        return office

    def close(self) -> None:
        """Let go of the office."""
        self._closing.close()

    def finish(
        self,
        document: Document,
        view: View,
        *,
        status: int = 0,
        error: FactoringError | None = None,
        also: tuple[FactoringError, ...] = (),
    ) -> int:
        """Answer with *document* and return the exit status.

        Args:
            status: What the result by itself amounts to.
            error: What failed although work was done; it stands in the document and on stderr.
            also: Further errors whose faults are listed under *error*.
        """
        statuses = [status]
        if error is not None:
            document = {**document, "error": error_document(error, faults_of=also)}
            statuses.append(error.exit_status)
        self._answer(document, view)
        if error is not None and not self.as_json:
            from factoring_core.cli.render import print_error

            print_error(document["error"])
        return worst(statuses)

    def fail(self, error: FactoringError) -> int:
        """Answer with an error and nothing else; return its exit status."""
        document = {"error": error_document(error)}
        if self.as_json and not self.answered:
            self._answer(document, lambda _: [])
        else:
            from factoring_core.cli.render import print_error

            print_error(document["error"])
        return error.exit_status

    def _answer(self, document: Document, view: View) -> None:
        self.answered = True
        if self.as_json:
            # A start that answers no document does not pay for this.
            from tempfile import SpooledTemporaryFile

            with SpooledTemporaryFile(AT_HAND) as whole:
                _encode(document, whole)
                _copy(whole, self._stdout)
            return
        from factoring_core.cli.render import print_pieces

        print_pieces(view(document))

    @contextlib.contextmanager
    def only_documents(self) -> Iterator[None]:
        """Keep stdout for the one document: what anything else prints there goes to stderr.

        A help or version text that was asked for together with ``--json`` becomes a document.
        """
        if not self.as_json:
            yield
            return
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            yield
        text = printed.getvalue()
        if self.answered:
            sys.stderr.write(text)
        elif text:
            self._answer({"text": text.rstrip("\n")}, lambda _: [])


def _encode(document: Document, file: IO[bytes]) -> None:
    """Write UTF-8 whatever the locale says; half a character, which no UTF-8 has, becomes ``?``."""
    encoder = json.JSONEncoder(ensure_ascii=False, indent=2, allow_nan=False)
    written = chain(encoder.iterencode(document), ("\n",))
    while piece := "".join(islice(written, PIECES)):
        file.write(piece.encode("utf-8", "replace"))


def _copy(file: IO[bytes], stream: Any) -> None:
    """Write a file of UTF-8 to a stream of text, past its own encoding where it has one."""
    file.seek(0)
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(file.read().decode("utf-8"))
    else:
        stream.flush()
        while piece := file.read(AT_HAND):
            buffer.write(piece)
    stream.flush()


def current() -> Session:
    """Return the session of the command that is running."""
    session = click.get_current_context().find_object(Session)
    if session is None:
        raise RuntimeError("no session: the command was called outside the command line")
    return session


def silence_broken_pipe() -> None:
    """Let go of a reader that has gone away, so that Python does not complain while it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
