"""The clearing houses of a worker: one kept open per connection, and what is known of each one's health."""

from __future__ import annotations

from datetime import datetime

from clearbill.clearing.port import ClearingHouse
from clearbill.practice import connection as connections
from clearbill.practice.models import HealthcodeConnection

Key = tuple[str, str, str, str, str]


class Houses:
    """Call it with a stored connection to be given its house; changed credentials give a new one."""

    def __init__(self) -> None:
        self._open: dict[object, tuple[Key, ClearingHouse]] = {}

    def __call__(self, connection: HealthcodeConnection) -> ClearingHouse:
        """Return the house of this connection. Raises SecretUnreadable."""
        key = (
            connection.site_id,
            connection.user_id,
            connection.api_key_encrypted,
            connection.api_key_id,
            connection.rest_api_key_encrypted,
        )
        kept = self._open.get(connection.pk)
        if kept is not None and kept[0] == key:
            return kept[1]
        house = connections.house_of(connection)
        if kept is not None:
            kept[1].close()
        self._open[connection.pk] = (key, house)
        return house

    def close(self) -> None:
        """Give back every connection held."""
        for _, house in self._open.values():
            house.close()
        self._open.clear()


def answered(connection: HealthcodeConnection) -> None:
    """Healthcode answered and took our credentials."""
    HealthcodeConnection.objects.filter(pk=connection.pk).exclude(not_answering_since=None, refusal="").update(
        not_answering_since=None, refusal=""
    )


def not_answering(connection: HealthcodeConnection, *, now: datetime) -> None:
    """Healthcode does not answer, since now or since earlier."""
    HealthcodeConnection.objects.filter(pk=connection.pk, not_answering_since=None).update(not_answering_since=now)


def refused(connection: HealthcodeConnection, *, sentence: str) -> None:
    """Healthcode does not take our credentials."""
    HealthcodeConnection.objects.filter(pk=connection.pk).update(refusal=sentence[:300], not_answering_since=None)
