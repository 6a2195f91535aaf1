"""What the shipped system can say, and what it means: as far as public code tells of such systems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.ports.factor_api import Declined, StatusSeen, Taken

VERDICTS = {
    "APPROVED": CreditVerdict.APPROVED,
    "This broker is Not  Approved.": CreditVerdict.DECLINED,
    "declined": CreditVerdict.DECLINED,
    "Credit denied": CreditVerdict.DECLINED,
    "APPROVED - CALL OFFICE over 5,000": CreditVerdict.UNKNOWN,
    "DISAPPROVED": CreditVerdict.UNKNOWN,
    "": CreditVerdict.UNKNOWN,
}
"""What a system writes of a customer's credit, and what that means."""

SHAPES: Sequence[tuple[int, object, Taken | Declined | None]] = (
    (200, {"invoicePkey": 7}, Taken(external_id="7")),
    (201, {"InvoicePkey": " 8 "}, Taken(external_id="8")),
    (200, {"invoiceId": "9"}, Taken(external_id="9")),
    (200, {"invoicePkey": 0, "invoiceId": 9}, Taken(external_id="9")),
    (200, {"invoicePkey": 7, "isDuplicate": True}, Taken(external_id="7", already=True)),
    (200, {"invoicePkey": 7, "InvoiceExists": True}, Taken(external_id="7", already=True)),
    (200, {"invoicePkey": 7, "isDuplicate": "no"}, Taken(external_id="7")),
    (409, {"invoicePkey": 7, "InvoiceNo": " INV-1"}, Taken(external_id="7", already=True)),
    (409, {"invoicePkey": 7, "InvoiceNo": "INV-2"}, Declined(code="duplicate", message="")),
    (409, {"invoicePkey": 7, "invoiceNo": "INV-2"}, Declined(code="duplicate", message="")),
    (409, {"message": "There is one.\n"}, Declined(code="duplicate", message="There is one")),
    (409, {}, Declined(code="duplicate", message="")),
    (400, {"Message": "No city"}, Declined(code="invalid_request", message="No city")),
    (402, {}, Declined(code="credit_declined", message="")),
    (413, {"message": 5}, Declined(code="too_large", message="")),
    (204, "", Declined(code="not_created", message="")),
    (418, {}, Declined(code="refused", message="")),
    (418, {"message": "tea"}, Declined(code="refused", message="tea")),
    (200, {"invoicePkey": True}, None),
    (200, {"invoicePkey": ""}, None),
    (200, ["invoicePkey"], None),
    (200, "taken", None),
    (300, {"invoicePkey": 7}, None),
    (399, {}, None),
    (500, {"invoicePkey": 7}, None),
    (503, {}, None),
    (200, "[" * 70_000, None),
)
LOG_INS: Sequence[tuple[int, object, bool]] = (
    *((status, {"access_token": "t"}, True) for status in (400, 401, 403)),
    *((status, {"access_token": "t"}, False) for status in (201, 204, 302, 404, 418, 500)),
    *((200, {"access_token": token}, False) for token in (None, 5, "", "t\u00f6ken", "two\nlines")),
    (200, {}, False),
    (200, ["access_token"], False),
    (200, "token", False),
)
"""Answers to a log-in that lets nobody in, and whether the credential is turned down by it."""

_SEEN = StatusSeen(external_id="7", invoice_number="INV-1", status="3")
_ROW = {"invoicePkey": 7, "invoiceNo": "INV-1", "status": 3}
ROWS: Sequence[tuple[object, list[StatusSeen]]] = (
    (_ROW, [_SEEN]),
    ([_ROW, {**_ROW, "status": True}, {**_ROW, "status": None}], [_SEEN]),
    ([{"InvoiceNo": "INV-1", "Status": "3"}], [_SEEN]),
    (
        [{"InvoicePkey": 7, "Status": "bought\tby us"}],
        [evolve(_SEEN, invoice_number="", status="bought by us")],
    ),
    ([{**_ROW, "lastUpdated": "2026-03-05T01:02:03Z"}], [evolve(_SEEN, changed_on=dt.date(2026, 3, 5))]),
    ([{**_ROW, "ModifiedDate": "yesterday"}, {**_ROW, "ModifiedDate": 5}], [_SEEN, _SEEN]),
    ([{**_ROW, "InvoiceItems": {"UnitPrice": 10}}], [evolve(_SEEN, amount=1000)]),
    ([{**_ROW, "InvoiceItems": [{"UnitPrice": 0.1}, {"UnitPrice": 0.2}]}], [evolve(_SEEN, amount=30)]),
    ([{**_ROW, "InvoiceItems": items} for items in ([], ["x"], [{"UnitPrice": True}])], [_SEEN] * 3),
    ([{**_ROW, "InvoiceItems": [{"UnitPrice": price}]} for price in (0.105, "1", 1e400)], [_SEEN] * 3),
    ([{**_ROW, "scheduleId": 70}], [evolve(_SEEN, schedule_number="70")]),
    ([{**_ROW, "scheduleId": ""}, {**_ROW, "scheduleId": 1.5}], [_SEEN, _SEEN]),
)
