"""Layouts that a home brings itself: drafted from a real file, reviewed by a person, without code."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from attrs import evolve

from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import ConfigurationError
from factoring_core.providers.consistency import check_profile
from factoring_core.providers.structure import PROFILE, layout_from, profile_from


def with_own_layouts(profiles: Mapping[str, ProviderProfile], folder: Path) -> Mapping[str, ProviderProfile]:
    """Return *profiles* with what *folder* adds: a folder for each provider, of layout files.

    A layout stands beside those that are there, and counts over older versions of its kind.  A
    folder with a ``profile.toml`` is a provider of its own.

    Raises:
        ConfigurationError: a file that is no layout, contradicts itself, or takes the id of another.
    """
    if not folder.is_dir():
        return profiles
    found = dict(profiles)
    for one in sorted(folder.iterdir()):
        if one.is_dir():
            found[one.name] = _made(one, profiles)
            check_profile(found[one.name])
    return MappingProxyType(found)


def _made(folder: Path, profiles: Mapping[str, ProviderProfile]) -> ProviderProfile:
    known = profiles.get(folder.name)
    if (folder / PROFILE).is_file():
        if known is not None:
            raise _wrong(folder, f"there is a provider {folder.name} already; leave out {PROFILE}")
        return profile_from(folder)
    if known is None:
        raise _wrong(folder, f"there is no provider {folder.name}, and no {PROFILE} that makes one")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    for name in names:
        if "_report.v" not in name:
            raise _wrong(folder, f"{name} is called otherwise than a layout, such as payment_report.v2.toml")
    own = tuple(layout_from(folder, name, provider=folder.name) for name in names)
    return evolve(known, layouts=(*known.layouts, *own))


def _wrong(folder: Path, what: str) -> ConfigurationError:
    where = f"{folder.parent.name}/{folder.name}"
    return ConfigurationError(f"{where}: {what}.", where={"folder": where})
