"""One folder of versioned data per provider, and the strict loader that reads it."""

from factoring_core.providers.load import all_profiles, load_profile, load_warnings, provider_ids, templates

__all__ = ["all_profiles", "load_profile", "load_warnings", "provider_ids", "templates"]
