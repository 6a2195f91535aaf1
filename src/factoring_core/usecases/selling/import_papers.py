"""Taking in the documents that a loads file names, before anything is planned."""

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from factoring_core.domain.vocabulary.load import Document, DocumentKind
from factoring_core.errors import InputError, NotFoundError
from factoring_core.ports.loads_reader import LoadRow
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.selling.import_rules import RowFault

DOCUMENT_COLUMNS = (
    ("invoice_file", DocumentKind.INVOICE),
    ("pod_file", DocumentKind.POD),
    ("rate_confirmation_file", DocumentKind.RATE_CONFIRMATION),
    ("lumper_receipt_file", DocumentKind.LUMPER_RECEIPT),
    ("scale_ticket_file", DocumentKind.SCALE_TICKET),
)


@frozen(kw_only=True)
class Papers:
    """The documents one row names, and what is wrong with those that cannot be had."""

    documents: tuple[Document, ...] = ()
    faults: tuple[RowFault, ...] = ()


def take_in_papers(ports: Ports, rows: Sequence[LoadRow]) -> Mapping[int, Papers]:
    """Read every document that *rows* name and keep its bytes; by row number.

    Done before any transaction, because there may be thousands.
    """
    known: dict[str, Document | InputError | NotFoundError] = {}
    taken = {}
    for done, row in enumerate(rows):
        ports.progress("documents", done, len(rows))
        documents, faults = [], []
        for column, kind in DOCUMENT_COLUMNS:
            path = getattr(row, column)
            if path is None:
                continue
            if path not in known:
                known[path] = _taken_in(ports, path)
            found = known[path]
            if isinstance(found, Document):
                documents.append(evolve(found, kind=kind))
            else:
                code = "missing_file" if isinstance(found, NotFoundError) else found.code
                faults.append(
                    RowFault(row=row, code=code, message=found.message, column=column, excerpt=path)
                )
        taken[row.row] = Papers(documents=tuple(documents), faults=tuple(faults))
    ports.progress("documents", len(rows), len(rows))
    return taken


def _taken_in(ports: Ports, path: str) -> Document | InputError | NotFoundError:
    if ports.documents is None:
        return NotFoundError("documents cannot be read from here")
    try:
        content = ports.documents(path)
    except (NotFoundError, InputError) as error:
        return error
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return Document(kind=DocumentKind.INVOICE, sha256=ports.blobs.put(content), name=name, size=len(content))
