"""`factoring.toml` into `Settings`: read whole, or refused whole with every fault at once."""

import re
import tomllib
from collections.abc import Collection
from typing import Any

from factoring_core.adapters.settings import checks, connections, sections
from factoring_core.adapters.settings.faults import Faults
from factoring_core.adapters.settings.key_lines import key_lines
from factoring_core.adapters.settings.tables import Table
from factoring_core.domain.vocabulary.parties import Settings
from factoring_core.errors import ConfigurationError, Fault

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)\Z").search
_TWICE = re.compile(r"Cannot (?:declare|overwrite|redefine|mutate)|Duplicate").match


def read_settings(text: str, *, file: str, provider_ids: Collection[str]) -> Settings:
    """Read everything that *text* says.

    Args:
        text: The content of the file.
        file: What it is called, for messages.
        provider_ids: The providers there are.

    Raises:
        ConfigurationError: ``faults`` has every single fault, with its line and key path.  No
            value of the file is repeated: it may be a secret.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    content = _parsed(text, file)
    faults = Faults(file, key_lines(text))
    settings = _settings(content, faults, provider_ids)
    if faults.found:
        raise _refused(file, faults.found)
    return settings


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # tomllib's own error keeps the whole text, secrets included; only its place is told.
        words = str(error)
        place = _PLACE(words)
        line = int(place[1]) if place else text.count("\n") + 1
        if _TWICE(words):
            code, message = "duplicate_key", "Something is written twice here. Keep one of the two."
        else:
            at = f" near column {place[2]}" if place else ", at its end or as a whole"
            code = "syntax"
            message = f"This is not valid TOML{at}. Write one key = value a line, texts in double quotes."
    raise _refused(file, [Fault(code=code, message=message, file=file, line=line)])


def _settings(content: dict[str, Any], faults: Faults, provider_ids: Collection[str]) -> Settings:
    top = Table(content, (), faults, sections.TOP)
    known = {"subsidiaries": sections.SUBSIDIARY, "customers": sections.CUSTOMER}
    known |= {"connections": connections.CONNECTION, "actors": sections.ACTOR, "top": ("tenant",)}

    def tables(name: str) -> list[Table]:
        return list(top.tables(name, known[name], sections.elsewhere_than(known[name], **known)))

    tenant = top.text("tenant", check=checks.wrong_id) or "default"
    stale = sections.stale_after_hours(top)

    subsidiaries = [(sections.subsidiary(table), table) for table in tables("subsidiaries")]
    own = frozenset(one.id for one, _ in subsidiaries if one.id)
    accounts = [(connections.connection(table, own, provider_ids), table) for table in tables("connections")]
    factors = frozenset(provider_ids) | {one.id for one, _ in accounts if one.id}
    customers = [(sections.customer(table, factors), table) for table in tables("customers")]
    actors = [(sections.actor(table, own), table) for table in tables("actors")]
    if content.get("actors") == []:
        message = "actors is empty, which would shut everybody out. Name one, or leave it out for all rights."
        top.fault("actors", "bad_value", message)

    sections.duplicates(faults, [(one.id, table) for one, table in subsidiaries], "id", "subsidiary")
    sections.duplicates(faults, [(one.id, table) for one, table in customers], "id", "customer")
    sections.duplicates(faults, [(one.id, table) for one, table in accounts], "id", "connection")
    sections.duplicates(faults, [(one.name, table) for one, table in actors], "name", "actor")
    connections.check_together(accounts)
    return Settings(
        tenant=tenant,
        subsidiaries=tuple(one for one, _ in subsidiaries),
        customers=tuple(one for one, _ in customers),
        connections=tuple(one for one, _ in accounts),
        actors=tuple(one for one, _ in actors) if "actors" in content else None,
        stale_after_hours=24 if stale is None else stale,
    )


def _refused(file: str, faults: list[Fault]) -> ConfigurationError:
    first = min(faults, key=lambda fault: fault.line or 0)
    place = f"line {first.line}: " if first.line else ""
    others = f" There are {len(faults) - 1} more." if len(faults) > 1 else ""
    return ConfigurationError(
        f"{file} is refused, {place}{first.message}{others}",
        remedy="Correct every fault listed and run the command again; nothing was changed.",
        where={"file": file},
        faults=sorted(faults, key=lambda fault: fault.line or 0),
    )
