"""Finding the providers: those that are shipped, and those that other packages add.

Another package adds a provider by an entry point of the group ``factoring_core.providers``:
a module whose folder holds the TOML files, a `ProviderProfile`, or a function that makes one.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import Any

from factoring_core.domain.vocabulary.profile import ProviderProfile, ReportLayout
from factoring_core.errors import NotFoundError
from factoring_core.providers.consistency import check_layout, check_profile
from factoring_core.providers.structure import PROFILE, layout_from, profile_from

GROUP = "factoring_core.providers"
_TEMPLATE = "template"


def _folder() -> Traversable:
    return resources.files("factoring_core.providers")


@cache
def _shipped_ids() -> tuple[str, ...]:
    return tuple(
        sorted(one.name for one in _folder().iterdir() if one.is_dir() and one.joinpath(PROFILE).is_file())
    )


def provider_ids() -> tuple[str, ...]:
    """Return the ids of every provider that can be loaded, sorted."""
    return tuple(sorted(all_profiles()))


def load_profile(provider: str) -> ProviderProfile:
    """Return the profile of one provider.

    Raises:
        NotFoundError: there is none of this id.
        ConfigurationError: its files contradict themselves; names file and key.
    """
    if provider in _shipped_ids():
        return _shipped(provider)
    found = _added()[0].get(provider)
    if found is None:
        raise NotFoundError(f"There is no provider {provider}.", where={"provider": provider})
    return found


@cache
def all_profiles() -> Mapping[str, ProviderProfile]:
    """Return every provider by its id; a broken one of another package is left out and reported.

    Files are read when a provider is asked for: most commands are about one or two.
    """
    return _Profiles((*_added()[0], *_shipped_ids()))


class _Profiles(Mapping[str, ProviderProfile]):
    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = dict.fromkeys(ids)

    def __getitem__(self, provider: str) -> ProviderProfile:
        if provider not in self._ids:
            raise KeyError(provider)
        return load_profile(provider)

    def __contains__(self, provider: object) -> bool:
        return provider in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def load_warnings() -> tuple[str, ...]:
    """Return why providers of other packages could not be loaded; empty if all could."""
    return _added()[1]


@cache
def templates() -> tuple[ReportLayout, ...]:
    """Return the purchase and the payment template, which serve every provider."""
    names = ("purchase_report.v1.toml", "payment_report.v1.toml")
    layouts = tuple(layout_from(_folder().joinpath(_TEMPLATE), name, provider=_TEMPLATE) for name in names)
    for layout in layouts:
        check_layout(layout)
    return layouts


@cache
def _shipped(provider: str) -> ProviderProfile:
    profile = profile_from(_folder().joinpath(provider))
    check_profile(profile)
    return profile


@cache
def _added() -> tuple[dict[str, ProviderProfile], tuple[str, ...]]:
    """Return the providers of other packages, and what is wrong with those that are left out."""
    found: dict[str, ProviderProfile] = {}
    warnings = []
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda one: (one.name, one.value)):
        try:
            profile = _made(point.load())
            check_profile(profile)
        except (Exception, SystemExit) as error:  # somebody else's code; it must harm nobody
            warnings.append(f"provider_not_loaded: {point.name}: {type(error).__name__}: {error}")
            continue
        if profile.id in _shipped_ids() or profile.id in found:
            warnings.append(f"provider_not_loaded: {point.name}: there is a provider {profile.id} already")
        else:
            found[profile.id] = profile
    return found, tuple(warnings)


def _made(loaded: Any) -> ProviderProfile:
    """Return the profile that an entry point stands for."""
    if isinstance(loaded, ModuleType):
        return profile_from(resources.files(loaded))
    profile = loaded() if callable(loaded) else loaded
    if not isinstance(profile, ProviderProfile):
        raise TypeError("it is neither a module, a profile, nor a function that makes one")
    return profile


def forget() -> None:
    """Look for providers again at the next call."""
    for cached in (_added, _shipped, _shipped_ids, all_profiles, templates):
        cached.cache_clear()
