"""Which day it is where a subsidiary does business."""

import datetime as dt
from zoneinfo import ZoneInfo

from factoring_core.domain.vocabulary.parties import Subsidiary


def local_time(moment: dt.datetime, subsidiary: Subsidiary) -> dt.datetime:
    """Return *moment* as the clocks of *subsidiary* show it."""
    # UTC needs no time zone database, which a small machine may lack.
    zone = dt.UTC if subsidiary.time_zone == "UTC" else ZoneInfo(subsidiary.time_zone)
    return moment.astimezone(zone)


def local_day(moment: dt.datetime, subsidiary: Subsidiary) -> dt.date:
    """Return the date of *moment* at *subsidiary*."""
    return local_time(moment, subsidiary).date()
