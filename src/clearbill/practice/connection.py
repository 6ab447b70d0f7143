"""From the practice's stored connection to a clearing house that can be spoken to."""

from __future__ import annotations

from django.conf import settings

from clearbill.clearing import healthcode
from clearbill.clearing.port import ClearingHouse
from clearbill.people.models import Practice
from clearbill.practice.models import HealthcodeConnection
from clearbill.practice.secrets import open_sealed


def of(practice: Practice) -> HealthcodeConnection | None:
    """Return the practice's connection, or None while it has not connected."""
    return HealthcodeConnection.objects.filter(practice=practice).first()


def house_with(
    *, site_id: str, user_id: str, api_key: str, api_key_id: str = "", rest_api_key: str = ""
) -> ClearingHouse:
    """Return the clearing house of this installation, spoken to with these credentials."""
    return healthcode.connect(
        healthcode.Connection(
            environment="live" if settings.HEALTHCODE_ENVIRONMENT == "live" else "test",
            site_id=site_id,
            user_id=user_id,
            api_key=api_key,
            api_key_id=api_key_id,
            rest_api_key=rest_api_key,
            soap_endpoint=settings.HEALTHCODE_SOAP_ENDPOINT,
            discovery_url=settings.HEALTHCODE_DISCOVERY_URL,
            contract_version=settings.HEALTHCODE_CONTRACT,
            sign_in_url=settings.HEALTHCODE_SIGN_IN_URL,
            allowed_test_hosts=tuple(settings.HEALTHCODE_TEST_HOSTS),
            reply_seconds=settings.HEALTHCODE_REPLY_SECONDS,
        )
    )


def house_of(connection: HealthcodeConnection) -> ClearingHouse:
    """Return the clearing house for a stored connection. Raises SecretUnreadable."""
    return house_with(
        site_id=connection.site_id,
        user_id=connection.user_id,
        api_key=open_sealed(connection.api_key_encrypted),
        api_key_id=connection.api_key_id,
        rest_api_key=open_sealed(connection.rest_api_key_encrypted),
    )
