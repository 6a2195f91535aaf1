"""Looking again at a batch in doubt: what could not be seen then may be plain to see now.

Nothing is sent, renamed or taken for gone here.  Only files that are there under their final
names, or that were seen to arrive before, end a doubt; all others are left to reports and persons.
"""

from functools import partial

from attrs import evolve, frozen

from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.delivery import Journal, Proof, Way, proven_by
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import FactoringError
from factoring_core.ports.storage import StagedFile
from factoring_core.usecases.accounts import connection_of_batch, profile_of
from factoring_core.usecases.delivering.delivery_journal import Attempt
from factoring_core.usecases.delivering.elsewhere import is_elsewhere
from factoring_core.usecases.delivering.giving_back import given_back
from factoring_core.usecases.delivering.holding import take
from factoring_core.usecases.delivering.journal_rows import ABANDONED, REVOKED, blank
from factoring_core.usecases.delivering.looking import look
from factoring_core.usecases.delivering.readiness import server_of
from factoring_core.usecases.logins import one_try
from factoring_core.usecases.ports import Ports


@frozen(kw_only=True)
class _Doubtful:
    """A batch in doubt in our hands, and where to look."""

    attempt: Attempt
    connection: Connection


def look_again(ports: Ports, id_: str) -> FactoringError | None:
    """Record that a batch in doubt has arrived if every file of it is proven now; return what failed.

    Nothing is done where nobody can look: into folders that are blind, at what a person hands over,
    and into a factor's system; nor where another worker is at it.

    Raises:
        StorageError: our own store failed.
    """
    if ports.joined:
        return None
    try:
        doubtful = _reopened(ports, id_)
    except FactoringError as error:
        return error
    if doubtful is None:
        return None
    return given_back(doubtful.attempt.hold, partial(_look, ports, doubtful))


def _reopened(ports: Ports, id_: str) -> _Doubtful | None:
    """Take the lease of a batch in doubt, with what the journal says of its files."""
    with ports.store.transaction(ports.tenant) as tx:
        batch = tx.get(Batch, id_)
        if batch is None or batch.state is not BatchState.IN_DOUBT:
            return None
        connection = connection_of_batch(ports, batch)
        if connection is None or connection.protocol in (Protocol.MANUAL, Protocol.API):
            return None
        if is_elsewhere(batch, connection):
            return None
        server = server_of(connection, profile_of(ports, batch.provider))
        hold = None if server.way is Way.BLIND else take(tx, ports, batch)
        if hold is None:
            return None
        known = {row.name: row for row in tx.find(StagedFile, batch=id_)}
    files = {file.name: file for file in sending_order(batch.files)}
    rows = {name: known.get(name) or blank(batch, file) for name, file in files.items()}
    strays = {name: row for name, row in known.items() if row.state in (ABANDONED, REVOKED)}
    attempt = Attempt(hold=hold, batch=batch, rows=rows, strays=strays)
    return _Doubtful(attempt=attempt, connection=connection)


def _look(ports: Ports, doubtful: _Doubtful) -> None:
    """Look at every file, the list first, and record the delivery if none is missing."""
    attempt, folder = doubtful.attempt, ports.folder(doubtful.connection)
    with one_try(ports, doubtful.connection, folder):
        open_ = [row for row in attempt.rows.values() if row.state != Journal.PUBLISHED.value]
        proofs: dict[str, Proof] = {}
        for row in reversed(open_):
            attempt.hold.beat()
            final = look(folder, row.name, size=row.size, sha256=row.sha256, closely=True)
            proof = proven_by(Journal(row.state), final)
            if proof is None:
                attempt.hold.release()
                return
            proofs[row.name] = proof
        attempt.arrived(proofs)
        attempt.deliver()
        temps = [(row, name) for row in open_ for name in (*row.earlier, row.temp_name) if name]
        attempt.strays.update((name, evolve(row, name=name, temp_name=name)) for row, name in temps)
        attempt.collect(folder)
