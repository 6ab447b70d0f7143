"""The open clients of a worker: one for each connection, the least recently used one closed first."""

from __future__ import annotations

from collections import OrderedDict

from clearbill.clearinghouse.port import ClearingHouse
from clearbill.workspace import connection as workspace_connection
from clearbill.workspace.models import HealthcodeConnection

Key = tuple[str, str, str, str, str]

MAX_OPEN = 32


class ConnectionPool:
    """Call it with a stored connection to be given its house; changed credentials give a new one.

    Of many practices' houses the MAX_OPEN used last are kept: each holds a connection to the network.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[object, tuple[Key, ClearingHouse]] = OrderedDict()

    def __call__(self, connection: HealthcodeConnection) -> ClearingHouse:
        """Return the client of this connection. Raises DecryptionFailed."""
        key = (
            connection.site_id,
            connection.user_id,
            connection.api_key_encrypted,
            connection.api_key_id,
            connection.rest_api_key_encrypted,
        )
        kept = self._open.get(connection.pk)
        if kept is not None and kept[0] == key:
            self._open.move_to_end(connection.pk)
            return kept[1]
        house = workspace_connection.client_of(connection)
        if kept is not None:
            kept[1].close()
        self._open[connection.pk] = (key, house)
        self._open.move_to_end(connection.pk)
        if len(self._open) > MAX_OPEN:
            self._open.popitem(last=False)[1][1].close()
        return house

    def close(self) -> None:
        """Give back every connection held."""
        for _, house in self._open.values():
            house.close()
        self._open.clear()
