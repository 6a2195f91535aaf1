"""Collecting every fault of a file: the first thousand in reading order, and their number."""

from collections.abc import Iterable
from typing import NoReturn

from attrs import define, field

from factoring_core.errors import Fault, FileRefusedError

KEPT = 1000


@define
class FaultList:
    """The faults of one file so far.

    Columns are read one after another, so the first faults of a file are known only when all
    columns are read; ``keep`` sorts them by row.
    """

    file: str
    sheet: str | None = None
    total: int = 0
    _last: tuple[int, int] | None = None
    _kept: list[tuple[int, int, Fault]] = field(factory=list)

    def add(
        self,
        code: str,
        message: str,
        *,
        row: int | None = None,
        line: int | None = None,
        position: int = -1,
        column: str | None = None,
        excerpt: str | None = None,
    ) -> None:
        """Note one fault; *position* is the column's place, for the order."""
        self.total += 1
        # Behind a thousand others it is only counted: a hostile file has millions.
        if self._last is not None and (row or 0, position) > self._last:
            return
        if len(self._kept) >= 2 * KEPT:
            self._prune()
        fault = Fault(
            code=code,
            message=message,
            file=self.file,
            sheet=self.sheet,
            row=row,
            line=line,
            column=column,
            excerpt=excerpt,
        )
        self._kept.append((row or 0, position, fault))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Note faults that something else found, after all others."""
        for fault in faults:
            self.total += 1
            self._kept.append((fault.row or 2**62, -1, fault))

    def _prune(self) -> None:
        self._kept.sort(key=lambda one: one[:2])
        del self._kept[KEPT:]
        if len(self._kept) == KEPT:
            self._last = self._kept[-1][:2]

    def first(self) -> tuple[Fault, ...]:
        """Return the first thousand in reading order."""
        self._prune()
        return tuple(fault for *_, fault in self._kept)

    def refuse(self, cause: BaseException | None = None) -> NoReturn:
        """Refuse the file for all of them."""
        shown = self.first()
        count = "1 fault" if self.total == 1 else f"{self.total} faults"
        message = f"{self.file} was refused with {count}; the first: {shown[0].message}"
        code = shown[0].code if self.total == 1 and shown[0].row is None else None
        raise FileRefusedError(
            message, faults=shown, total=self.total, code=code, where={"file": self.file}
        ) from cause
