"""Keeping hidden layers hidden: what a viewer shows of a page is settled outside the page."""

from typing import Any

import pikepdf


class Layers:
    """Gathers the layers of papers for the packet that they are bound into."""

    def __init__(self, packet: pikepdf.Pdf) -> None:
        self._packet = packet
        self._all: list[Any] = []
        self._off: list[Any] = []

    def take(self, source: pikepdf.Pdf) -> None:
        """Take over which layers *source* has, and which of them it hides."""
        found = source.Root.get("/OCProperties")
        if not isinstance(found, pikepdf.Dictionary):
            return
        own = self._packet.copy_foreign(found if found.is_indirect else source.make_indirect(found))
        layers = list(own.get("/OCGs", ()))
        settings = own.get("/D", pikepdf.Dictionary())
        hidden = list(settings.get("/OFF", ()))
        if settings.get("/BaseState") == pikepdf.Name.OFF:
            shown = {one.objgen for one in settings.get("/ON", ())}
            hidden = [one for one in layers if one.objgen not in shown]
        self._all += layers
        self._off += hidden

    def settle(self) -> None:
        """Write down what was gathered."""
        if self._all:
            self._packet.Root.OCProperties = pikepdf.Dictionary(
                OCGs=pikepdf.Array(self._all), D=pikepdf.Dictionary(OFF=pikepdf.Array(self._off))
            )
