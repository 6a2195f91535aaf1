"""Filling a template such as ``{load_number}``: a small format of our own.

A brace holds a field, alone or with a width in zeros (``{seq:04}``); ``{{`` and ``}}`` are braces.
Nothing else is possible: no attributes, no indexes, no conversions.
"""

import re
from collections.abc import Mapping

from factoring_core.errors import ConfigurationError

_PART = re.compile(r"\{\{|\}\}|\{(?P<field>[a-z0-9_]+)(?::0(?P<width>[0-9]{1,2})d?)?\}|[{}]")


def fields_of(template: str) -> frozenset[str]:
    """Return the fields that *template* asks for."""
    return frozenset(found["field"] for found in _PART.finditer(template) if found["field"])


def fill(template: str, values: Mapping[str, str | int], *, setting: str) -> str:
    """Put *values* into *template*.

    Raises:
        ConfigurationError: a brace without a partner, a field there is none of, or zeros for
            a text; *setting* names where the template stands.
    """

    def part(found: re.Match[str]) -> str:
        text, name, width = found.group(), found["field"], found["width"]
        if text in ("{{", "}}"):
            return text[0]
        if name is None:
            raise _wrong(setting, template, "has a brace that belongs to nothing", values)
        if name not in values:
            raise _wrong(setting, template, f"has no field {{{name}}} to fill", values)
        value = values[name]
        if width is None:
            return str(value)
        if not isinstance(value, int):
            raise _wrong(setting, template, f"asks for zeros before {{{name}}}, which is a text", values)
        return str(value).zfill(int(width))

    return _PART.sub(part, template)


def _wrong(setting: str, template: str, what: str, values: Mapping[str, str | int]) -> ConfigurationError:
    fields = ", ".join("{" + name + "}" for name in values)
    return ConfigurationError(
        f"{setting} {what}: {template!r}.",
        remedy=f"Use the fields {fields}.",
        where={"setting": setting, "template": template},
    )
