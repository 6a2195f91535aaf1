"""Batches and submissions as JSON documents."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from factoring_core.cli.documents import money, refusal
from factoring_core.cli.plain import moment
from factoring_core.domain.selling.batch import Batch, Delivery, SealedFile
from factoring_core.usecases.results import SubmitResult

Document = dict[str, Any]


def batch(one: Batch, lease_until: dt.datetime | None = None) -> Document:
    """Write one batch.  ``lease_until`` is there only while another worker holds the batch."""
    document: Document = {
        "batch_id": one.id,
        "batch_number": one.number,
        "connection": one.connection,
        "provider": one.provider,
        "subsidiary": one.subsidiary,
        "state": one.state.value,
        "loads": list(one.loads),
        "amount": money(one.amount),
        "currency": one.currency,
        "files": [_file(file) for file in one.files],
        "evidence": _evidence(one.delivery),
        "not_before": moment(one.not_before),
        "sealed_on": moment(one.sealed_on),
        "schedule_number": one.schedule_number,
    }
    return document if lease_until is None else {**document, "lease_until": moment(lease_until)}


def _file(one: SealedFile) -> Document:
    """Write one file; only a packet has a load, pages and notes."""
    return {
        "name": one.name,
        "size": one.size,
        "sha256": one.sha256,
        "load": one.load,
        "pages": one.pages,
        "notes": list(one.notes),
    }


def _evidence(delivery: Delivery | None) -> Document | None:
    """Write how it is known that a batch arrived, or None where that is not known."""
    if delivery is None:
        return None
    return {
        "kind": delivery.evidence,
        "at": moment(delivery.at),
        "by": delivery.by,
        "reason": delivery.reason or None,
        "proof": delivery.proof or None,
    }


def batches(found: Iterable[Batch]) -> Document:
    """Write the list of batches."""
    return {"batches": [batch(one) for one in found]}


def submission(result: SubmitResult) -> Document:
    """Write the batches that a submission or a resumption touched, and what was left out."""
    return {
        "batches": [batch(one, result.lease_until.get(one.id)) for one in result.batches],
        "refused": [refusal(one) for one in result.refused],
        "warnings": [refusal(one) for one in result.warnings],
    }


def one_batch(result: SubmitResult) -> Document:
    """Write what a command about one batch did: the batch itself, and the same as a submission has it."""
    document = submission(result)
    return {**document["batches"][0], **document} if len(result.batches) == 1 else document
