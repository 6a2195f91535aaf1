"""Broken stores: each class is one defect, and the promise that has to catch it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from attrs import evolve

from defects.bent_store import BentStore, Look, Proved, keeping
from factoring_core.adapters.storage.asking import key_of, kind_of
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import KeyTakenError
from factoring_core.ports.storage import KINDS


class NoTurn:
    """A lock that keeps nobody out."""

    def acquire(self, timeout: float) -> bool:
        return True

    def release(self) -> None:
        pass


class LosesAnUpdate(Proved):
    """Two writers read the same row, and the slower one overwrites what the other did."""

    caught_by = "test_writers_lose_nothing"

    class Store(BentStore):
        def __init__(self) -> None:
            super().__init__()
            self.kept._turn = NoTurn()  # type: ignore[assignment]

        class Change(Look):
            def put(self, record: Any) -> None:
                time.sleep(0.001)
                self.inner.put(record)


class CommitsTwice(Proved):
    """A counter moves on twice, as when a commit that timed out is sent again."""

    caught_by = "test_counters_are_per_tenant_and_name"

    class Store(BentStore):
        class Change(Look):
            def next_number(self, counter: str) -> int:
                taken: int = self.inner.next_number(counter)
                self.inner.next_number(counter)
                return taken


class NumbersFromNobodysTransaction(Proved):
    """Numbers come from a sequence that does not roll back, so that a failed act leaves a gap."""

    caught_by = "test_numbers_have_no_gaps"

    class Store(BentStore):
        class Change(Look):
            def next_number(self, counter: str) -> int:
                taken = self.store.notes.get((self.tenant, counter), 0) + 1
                self.store.notes[self.tenant, counter] = taken
                return int(taken)


class OneCounterForAllTenants(Proved):
    """Batch numbers of one tenant tell another how many it sends."""

    caught_by = "test_counters_are_per_tenant_and_name"

    class Store(BentStore):
        class Change(Look):
            def next_number(self, counter: str) -> int:
                self.inner.next_number(counter)
                self.store.notes[counter] = self.store.notes.get(counter, 0) + 1
                return int(self.store.notes[counter])


def unbound(change: Look, record: Any) -> None:
    """Put a record past the rule of its unique sets."""
    table = change.inner.rooms.own(kind_of(type(record)))
    table.rows[key_of(table.kind)(record)] = record
    table._groups.clear()


class ForgetsAUniqueSet(Proved):
    """The unique index was never made, so that two batches get one number."""

    caught_by = "test_a_unique_set_has_one_holder"

    class Store(BentStore):
        class Change(Look):
            def put(self, record: Any) -> None:
                try:
                    self.inner.put(record)
                except KeyTakenError:
                    unbound(self, record)


class ForgetsTheConditionOfAUniqueSet(Proved):
    """An ended sale still holds its load, which can never be sold again."""

    caught_by = "test_a_conditional_unique_set_has_one_live_holder"

    class Store(BentStore):
        class Change(Look):
            def put(self, record: Any) -> None:
                for other in self.inner.find(type(record)) if hasattr(record, "live") else ():
                    if (other.subsidiary, other.load) == (record.subsidiary, record.load):
                        if other.id != record.id and hasattr(record, "sealed_on"):
                            raise KeyTakenError("taken")
                self.inner.put(record)


class ChecksRowByRow(Proved):
    """A unique set cannot be handed over in one call, because each row is checked alone."""

    caught_by = "test_one_call_can_hand_a_unique_set_over"

    class Store(BentStore):
        class Change(Look):
            def put_all(self, records: Any, **fields: Any) -> None:
                given = list(records)
                if len(set(map(type, given))) > 1:
                    self.inner.put_all(given, **fields)
                for record in given:
                    self.inner.put_all([record], **fields)


class ReturnsAnotherTenantsRow(Proved):
    """A query without the tenant's condition finds the rows of all."""

    caught_by = "test_nothing_crosses_tenants"

    class Store(BentStore):
        class Change(Look):
            def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
                found = list(self.inner.find(kind, **equals))
                for tenant in sorted(set(self.store.kept._tenants) - {self.tenant}):
                    with self.store.kept.reading(tenant) as look:
                        found += look.find(kind, **equals)
                return found


class RemovesAnotherTenantsRow(Proved):
    """A deletion without the tenant's condition reaches everybody."""

    caught_by = "test_nothing_crosses_tenants"

    class Store(BentStore):
        class Change(Look):
            def remove(self, kind: type[Any], *key: Any) -> None:
                self.inner.remove(kind, *key)
                for tenant, rooms in self.store.kept._tenants.items():
                    if tenant != self.tenant:
                        rooms.table(kind_of(kind)).rows.pop(key, None)


class WalksThroughAllTenants(Proved):
    """Only the paged query forgot the tenant."""

    caught_by = "test_a_walk_goes_through_everything"

    class Store(BentStore):
        class Look(Look):
            def walk(self, kind: type[Any]) -> Iterator[Any]:
                yield from self.inner.walk(kind)
                for tenant in sorted(set(self.store.kept._tenants) - {self.tenant}):
                    with self.store.kept.reading(tenant) as look:
                        yield from look.walk(kind)


class RoundsCents(Proved):
    """Amounts go through a binary fraction, and large ones come back a cent off."""

    caught_by = "test_every_class_comes_back_as_it_went_in"
    Store = keeping(lambda value: int(float(value)) if type(value) is int else value)


class CutsTexts(Proved):
    """A column is as wide as somebody thought names are, and longer ones are cut silently."""

    caught_by = "test_every_class_comes_back_as_it_went_in"
    Store = keeping(lambda value: value[:20] if type(value) is str else value)


class TrimsTexts(Proved):
    """White space at the end of a text is gone, as in a column of fixed width."""

    caught_by = "test_every_class_comes_back_as_it_went_in"
    Store = keeping(lambda value: value.strip() if type(value) is str else value)


class BlanksAreNothing(Proved):
    """An empty text comes back as None, as with some databases."""

    caught_by = "test_every_class_comes_back_as_it_went_in"
    Store = keeping(lambda value: None if value == "" else value)


class NothingIsBlank(Proved):
    """None comes back as an empty text."""

    caught_by = "test_every_class_comes_back_as_it_went_in"
    Store = keeping(lambda value: "" if value is None else value)


class ForgetsTheTimeZone(Proved):
    """A moment comes back in UTC, whatever zone it was written in."""

    caught_by = "test_every_class_comes_back_as_it_went_in"
    Store = keeping(lambda value: value.astimezone(dt.UTC) if type(value) is dt.datetime else value)


class ForgetsMicroseconds(Proved):
    """A moment is kept to the second, and two events change places."""

    caught_by = "test_every_class_comes_back_as_it_went_in"
    Store = keeping(lambda value: value.replace(microsecond=0) if type(value) is dt.datetime else value)


class TruthIsANumber(Proved):
    """A flag comes back as 0 or 1, which is equal and yet no flag."""

    caught_by = "test_every_class_comes_back_as_it_went_in"
    Store = keeping(lambda value: int(value) if type(value) is bool else value)


class WritesTheWholeRecord(Proved):
    """Writing some fields writes all of them, and undoes what somebody else wrote."""

    caught_by = "test_put_all_of_some_fields_touches_nothing_else"

    class Store(BentStore):
        class Change(Look):
            def put_all(self, records: Any, *, fields: Any = None) -> None:
                given = list(records)
                self.inner.put_all(given, fields=fields)
                there = [
                    one for one in given if fields and self.inner.get(type(one), *key_of_(one)) is not None
                ]
                self.inner.put_all(there if fields else [])


class MakesWhatIsNotThere(Proved):
    """Writing some fields of a record that does not exist makes one."""

    caught_by = "test_nothing_crosses_tenants"

    class Store(BentStore):
        class Change(Look):
            def put_all(self, records: Any, *, fields: Any = None) -> None:
                given = list(records)
                self.inner.put_all(given, fields=fields)
                self.inner.put_all([one for one in given if self.inner.get(type(one), *key_of_(one)) is None])


def key_of_(record: Any) -> tuple[Any, ...]:
    return key_of(kind_of(type(record)))(record)


class AddingReplaces(Proved):
    """Adding a record whose key is there replaces it, as an upsert does."""

    caught_by = "test_a_key_is_added_once"

    class Store(BentStore):
        class Change(Look):
            def add_all(self, records: Any) -> None:
                self.inner.put_all(records)


class DropsDuplicateRows(Proved):
    """Of two new records with one key the second is dropped, and nobody is told."""

    caught_by = "test_a_key_is_added_once"

    class Store(BentStore):
        class Change(Look):
            def add_all(self, records: Any) -> None:
                first: dict[Any, Any] = {}
                for record in records:
                    if self.inner.get(type(record), *key_of_(record)) is None:
                        first.setdefault(key_of_(record), record)
                self.inner.add_all(first.values())


class AddsHalfOfThem(Proved):
    """Adding stops at the record that is refused, and what came before it stays."""

    caught_by = "test_a_key_is_added_once"

    class Store(BentStore):
        class Change(Look):
            def add_all(self, records: Any) -> None:
                for record in list(records):
                    self.inner.add_all([record])


class RefusedAndYetWritten(Proved):
    """A change that is refused leaves what it had written before it noticed."""

    caught_by = "test_a_refused_change_leaves_the_transaction_as_it_was"

    class Store(BentStore):
        class Change(Look):
            def put_all(self, records: Any, *, fields: Any = None) -> None:
                given = list(records)
                try:
                    self.inner.put_all(given, fields=fields)
                except KeyTakenError:
                    for record in given:
                        self.inner.put_all([record], fields=fields)
                    raise


class SaysNothingOfARefusal(Proved):
    """A record that cannot be kept is skipped, and success is reported."""

    caught_by = "test_a_unique_set_has_one_holder"

    class Store(BentStore):
        class Change(Look):
            def put(self, record: Any) -> None:
                with suppress(KeyTakenError):
                    self.inner.put(record)


class CommitsEachStatement(Proved):
    """The driver is in autocommit: what was done before an error stays."""

    caught_by = "test_an_exception_leaves_no_trace"

    class Store(BentStore):
        @contextmanager
        def transaction(self, tenant: str) -> Iterator[Any]:
            failed: list[BaseException] = []
            with self.kept.transaction(tenant) as changes:
                try:
                    yield self.Change(changes, self, tenant)
                except ZeroDivisionError as error:
                    failed.append(error)
            if failed:
                raise failed[0]


class SwallowsACrash(Proved):
    """What is raised inside a transaction disappears, and the caller goes on as if it was done."""

    caught_by = "test_an_exception_leaves_no_trace"

    class Store(BentStore):
        @contextmanager
        def transaction(self, tenant: str) -> Iterator[Any]:
            try:
                with self.kept.transaction(tenant) as changes:
                    yield self.Change(changes, self, tenant)
            except ZeroDivisionError:
                pass


class ShowsWhatIsNotCommitted(Proved):
    """Others see a change before it is committed."""

    caught_by = "test_a_transaction_sees_its_own_changes_and_nobody_else_does"

    class Store(BentStore):
        class Change(Look):
            def add_all(self, records: Any) -> None:
                self.inner.add_all(records)
                self.store.kept._tenants = {
                    **self.store.kept._tenants,
                    self.tenant: self.inner.rooms.opened(),
                }


class DoesNotSeeItsOwnChanges(Proved):
    """Reads go to a replica, which does not have what this transaction wrote."""

    caught_by = "test_a_transaction_sees_its_own_changes_and_nobody_else_does"

    class Store(BentStore):
        class Change(Look):
            def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
                with self.store.kept.reading(self.tenant) as replica:
                    return replica.find(kind, **equals)


class LooksAtTwoMoments(Proved):
    """Each question of one look sees what is newest, so that two of them do not belong together."""

    caught_by = "test_a_look_stays_the_same"

    class Store(BentStore):
        class Look(Look):
            def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
                self.inner.find(kind, **equals)
                time.sleep(0.002)
                with self.store.kept.reading(self.tenant) as newer:
                    return newer.find(kind, **equals)


class HasAClockForEachLook(Proved):
    """Every look counts its time from its own beginning, and a lease ends when somebody looks again."""

    caught_by = "test_time_goes_forward"

    class Store(BentStore):
        class Look(Look):
            def time(self) -> StoreTime:
                return StoreTime(scale=f"look/{id(self)}", ms=0)


class FindsInTheOrderOfWriting(Proved):
    """A query without an order gives rows as they happen to lie."""

    caught_by = "test_added_records_come_back"

    class Store(BentStore):
        class Look(Look):
            def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
                table = self.inner.rooms.table(kind_of(kind))
                found = {key_of_(one): one for one in self.inner.find(kind, **equals)}
                return [found[key] for key in table.rows if key in found]


class SortsAsPeopleDo(Proved):
    """Texts are sorted by a language's rules and not by code points."""

    caught_by = "test_found_in_key_order"

    class Store(BentStore):
        class Look(Look):
            def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
                found = self.inner.find(kind, **equals)
                return sorted(found, key=lambda one: [str(part).casefold() for part in key_of_(one)])


class NumbersAreTexts(Proved):
    """Sequence numbers are sorted as texts, and the tenth comes before the ninth."""

    caught_by = "test_last_is_the_highest_key"

    class Store(BentStore):
        class Change(Look):
            def last(self, kind: type[Any]) -> Any:
                found = self.inner.find(kind)
                return max(found, key=lambda one: tuple(map(str, key_of_(one))), default=None)


class ForgetsToReplaceMany(Proved):
    """Many records go the fast way in, which adds and replaces nothing."""

    caught_by = "test_very_many_are_put_as_a_few_are"

    class Store(BentStore):
        class Change(Look):
            def put_all(self, records: Any, **fields: Any) -> None:
                kept = list(records)
                if len(kept) > 1000 and not fields:
                    key = key_of(kind_of(type(kept[0])))
                    kept = [one for one in kept if self.inner.get(type(one), *key(one)) is None]
                self.inner.put_all(kept, **fields)


class FindsAThousandAtMost(Proved):
    """Only the first thousand of the values asked for are looked up."""

    caught_by = "test_find_any_of_very_many"

    class Store(BentStore):
        class Look(Look):
            def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
                fewer = {
                    name: list(value)[:1000] if isinstance(value, list | tuple | set) else value
                    for name, value in equals.items()
                }
                return list(self.inner.find(kind, **fewer))


class NoneOfThemIsAll(Proved):
    """Asking for any of no values finds everything, because an empty condition is left out."""

    caught_by = "test_values_are_of_the_records_that_are_found"

    class Store(BentStore):
        class Look(Look):
            def values(self, kind: type[Any], fields: Any, **equals: Any) -> Sequence[Any]:
                asked = {name: value for name, value in equals.items() if value != []}
                found: Sequence[Any] = self.inner.values(kind, fields, **asked)
                return found


class NullEqualsNothing(Proved):
    """Asking for what is blank finds nothing, as NULL is not equal to NULL."""

    caught_by = "test_find_takes_enumerations_flags_and_blanks"

    class Store(BentStore):
        class Look(Look):
            def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
                found = self.inner.find(kind, **equals)
                return [one for one in found if all(getattr(one, name) is not None for name in equals)]


class AnswersStrangeQuestions(Proved):
    """A field that does not exist is ignored, and more is found than was asked for."""

    caught_by = "test_strange_questions_are_mistakes"

    class Store(BentStore):
        class Change(Look):
            def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
                try:
                    return list(self.inner.find(kind, **equals))
                except TypeError:
                    return []


class ColumnsInTheirOwnOrder(Proved):
    """Single fields come in the order of the table and not in the order asked for."""

    caught_by = "test_single_fields_come_back_as_they_do_in_the_record"

    class Store(BentStore):
        class Look(Look):
            def values(self, kind: type[Any], fields: Any, **equals: Any) -> Sequence[Any]:
                return list(self.inner.values(kind, sorted(fields), **equals))


class WalksOnePage(Proved):
    """Going through everything ends after the first page."""

    caught_by = "test_a_walk_goes_through_everything"

    class Store(BentStore):
        class Look(Look):
            def walk(self, kind: type[Any]) -> Iterator[Any]:
                return iter(list(self.inner.walk(kind))[:1000])


class RemovingTwiceFails(Proved):
    """Removing what is gone is an error, so that a repeated command fails."""

    caught_by = "test_removed_once_or_twice"

    class Store(BentStore):
        class Change(Look):
            def remove(self, kind: type[Any], *key: Any) -> None:
                if self.tenant == "t" and self.inner.get(kind, *key) is None:
                    raise LookupError(key)
                self.inner.remove(kind, *key)


class RemovesNothing(Proved):
    """A removed record is only marked, and still holds its unique sets."""

    caught_by = "test_removed_once_or_twice"

    class Store(BentStore):
        class Change(Look):
            def remove(self, kind: type[Any], *key: Any) -> None:
                self.inner.get(kind, *key)


class SharesADictionary(Proved):
    """A record that was read can be changed, and the next reader sees it."""

    caught_by = "test_what_was_kept_cannot_be_changed_from_outside"

    class Store(BentStore):
        class Change(Look):
            def put(self, record: Any) -> None:
                self.inner.put(record)
                self.store.notes[type(record), key_of_(record)] = record

        class Look(Look):
            def get(self, kind: type[Any], *key: Any) -> Any:
                found = self.inner.get(kind, *key)
                kept = self.store.notes.get((kind, key))
                return (
                    kept if found is not None and kept is not None and kind.__name__ == "Customer" else found
                )


class WorksAfterItsBlock(Proved):
    """A look goes on after its block, on a connection that somebody else has by now."""

    caught_by = "test_a_look_or_transaction_is_over_when_its_block_is"

    class Store(BentStore):
        @contextmanager
        def reading(self, tenant: str) -> Iterator[Any]:
            with self.kept.reading(tenant) as look:
                yield look
            look.over = False


class KeepsHalfOfTheKinds(Proved):
    """A kind of record that came later has no table yet, and is dropped."""

    caught_by = "test_every_class_comes_back_as_it_went_in"

    class Store(BentStore):
        class Change(Look):
            def put(self, record: Any) -> None:
                if type(record) is not KINDS[-1].record:
                    self.inner.put(record)


class RewritesTheAuditTrail(Proved):
    """Details of an audit entry lose what is blank, and the chain of hashes does not hold."""

    caught_by = "test_the_audit_trail_still_chains"

    class Store(BentStore):
        class Change(Look):
            def put(self, record: Any) -> None:
                detail = getattr(record, "detail", None)
                if detail and "by" in detail:
                    full = {name: value for name, value in detail.items() if value is not None}
                    record = evolve(record, detail=full)
                self.inner.put(record)


class WrapsLargeNumbers(Proved):
    """A number above 64 bits comes back as another one, as a machine's own arithmetic has it."""

    caught_by = "test_a_value_is_kept_as_it_is_or_refused"
    Store = keeping(
        lambda value: (value + 2**63) % 2**64 - 2**63 if type(value) is int else value,
    )
