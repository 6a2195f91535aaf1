"""From TOML to profiles, strictly: an unknown key, a wrong type or a contradiction is named and refused."""

import tomllib
from enum import Enum
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from attrs import evolve
from cattrs import Converter, transform_error
from cattrs.errors import ForbiddenExtraKeysError

from factoring_core.domain.vocabulary.profile import ManifestLayout, ProviderProfile, ReportLayout
from factoring_core.errors import ConfigurationError

T = TypeVar("T")

PROFILE = "profile.toml"
_GROUND = ("known", "source")


def _explained(error: BaseException, kind: type | None) -> str:
    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown key {', '.join(sorted(error.extra_fields))}"
    if isinstance(error, KeyError):
        return f"missing key {error.args[0]}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(str(one.value) for one in kind)} is expected"
    return str(error)


def _strict(value: Any, kind: Any) -> Any:
    if issubclass(kind, Enum):  # enums of words come here too, because they are texts
        return kind(value)
    if type(value) is not kind:
        raise ValueError(f"{kind.__name__} expected, not {type(value).__name__}")
    return value


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for plain in (str, int, bool):
        converter.register_structure_hook(plain, _strict)
    return converter


_CONVERTER = _converter()


def structured(document: dict[str, Any], kind: type[T], *, where: str) -> T:
    """Build a *kind* from a TOML document.

    Raises:
        ConfigurationError: names *where* and each key that is wrong.
    """
    try:
        return _CONVERTER.structure(document, kind)
    except Exception as error:  # cattrs raises groups of whatever a hook raised
        wrong = "; ".join(transform_error(error, format_exception=_explained))
        message = f"{where}: {wrong.replace(' @ $.', ' in ').replace(' @ $', '')}."
        raise ConfigurationError(message, where={"file": where}) from error


def document(file: Traversable, *, where: str) -> dict[str, Any]:
    """Parse one TOML file.

    Raises:
        ConfigurationError: it is not there, or no TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{where}: {error}.", where={"file": where}) from error


def grounded(found: dict[str, Any], items: str, source_key: str = "source") -> dict[str, Any]:
    """Give each of *items* the file's own ``known`` and ``source`` where it names none."""
    known = {key: found[key] for key in _GROUND if key in found}
    if "source" in known:
        known[source_key] = known.pop("source")
    rest = {key: value for key, value in found.items() if key not in _GROUND}
    entries = rest.get(items)
    if isinstance(entries, list):
        rest[items] = [{**known, **one} if isinstance(one, dict) else one for one in entries]
    return rest


def layout_from(folder: Traversable, name: str, *, provider: str) -> ReportLayout:
    """Read one report layout; ``same_as`` takes a shipped layout and changes single keys."""
    where = f"{provider}/{name}"
    found = document(folder.joinpath(name), where=where)
    if "same_as" in found:
        base = _strict_path(found.pop("same_as"), where)
        whole = document(resources.files("factoring_core.providers").joinpath(base), where=base)
        found = {**whole, **found}
    return structured(grounded(found, "fields"), ReportLayout, where=where)


def _strict_path(value: Any, where: str) -> str:
    if not isinstance(value, str) or ".." in value or value.startswith("/"):
        raise ConfigurationError(f"{where}: same_as names a shipped layout file.", where={"file": where})
    return value


def profile_from(folder: Traversable) -> ProviderProfile:
    """Read one provider's folder: its profile, its manifest and its report layouts."""
    provider = folder.name
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    profile = structured(
        document(folder.joinpath(PROFILE), where=f"{provider}/{PROFILE}"),
        ProviderProfile,
        where=f"{provider}/{PROFILE}",
    )
    layouts, manifests = [], []
    for name in names:
        where = f"{provider}/{name}"
        if "_report.v" in name:
            layouts.append(layout_from(folder, name, provider=provider))
        elif name.startswith("manifest.v"):
            found = grounded(document(folder.joinpath(name), where=where), "columns", "source_note")
            manifests.append(structured(found, ManifestLayout, where=where))
        elif name != PROFILE:
            raise ConfigurationError(f"{where}: no such part of a provider.", where={"file": where})
    newest = max(manifests, key=lambda one: one.id, default=None)
    return evolve(profile, layouts=tuple(layouts), manifest=newest)
