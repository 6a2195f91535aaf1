"""What every office promises, whatever store, files and wiring are under it: told as stories."""

from factoring_core.testing.contracts.office.acting import Acting
from factoring_core.testing.contracts.office.answering import Answering
from factoring_core.testing.contracts.office.asking import Asking
from factoring_core.testing.contracts.office.binding import Binding
from factoring_core.testing.contracts.office.breaking import Breaking
from factoring_core.testing.contracts.office.bringing import Bringing
from factoring_core.testing.contracts.office.changing import Changing
from factoring_core.testing.contracts.office.collecting import Collecting
from factoring_core.testing.contracts.office.deciding import Deciding
from factoring_core.testing.contracts.office.keeping import Keeping
from factoring_core.testing.contracts.office.moving import Moving
from factoring_core.testing.contracts.office.offering import Offering
from factoring_core.testing.contracts.office.recovering import Recovering
from factoring_core.testing.contracts.office.refusing import Refusing
from factoring_core.testing.contracts.office.reporting import Reporting
from factoring_core.testing.contracts.office.selling import Selling
from factoring_core.testing.contracts.office.sharing import Sharing
from factoring_core.testing.contracts.office.taking import Taking
from factoring_core.testing.contracts.office.watching import Watching
from factoring_core.testing.contracts.office.working import Working

__all__ = ["OfficeContract"]


class OfficeContract(
    Bringing,
    Selling,
    Offering,
    Reporting,
    Deciding,
    Moving,
    Keeping,
    Sharing,
    Breaking,
    Watching,
    Asking,
    Answering,
    Acting,
    Refusing,
    Working,
    Taking,
    Collecting,
    Binding,
    Changing,
    Recovering,
):
    """The promises of an `Office`: provide the fixture ``opened``.

    ``opened`` is a function that opens an office over what it has stored: for ``place.settings``, with
    the host's own store and blobs, empty at the beginning of each test.  Time, chance and the ways to
    the factors are the place's and are laid over it.
    """
