"""One practice's connection to Healthcode, and the guards that keep test and live apart."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`now` is the UTC time, `seconds` runs steadily, `sleep` waits that many seconds."""

    now: Callable[[], datetime] = _utc_now
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


Environment = Literal["test", "live"]

MESSAGE_STATUS: dict[Environment, str] = {"test": "Test", "live": "Live"}

LIVE_DOMAIN = "healthcode.co.uk"

TEST_LABELS = frozenset({"uat", "sit", "dev"})

"""What stands in the names of Healthcode's hosts that are not live, as in api.uat.healthcode.co.uk."""

# What one reader of addresses takes for a part of the name, another one does not: no other sign may stand in it.
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")

SIGN_IN_PATH = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Everything needed to speak to Healthcode for one practice. Its repr shows no secret.

    `api_key` is the password of the web-services user. `api_key_id` and `rest_api_key` are the second pair, for
    member enquiry, remittances and reference data; without it those functions say so. `sign_in_url` is the address
    of the sign-in metadata; where it is "", it is taken to lie where Healthcode has it: on the host auth for services
    on the host api, for any other house beside the discovery document.
    `allowed_test_hosts` names the hosts beyond this machine that a test connection may reach.
    """

    environment: Environment
    site_id: str
    user_id: str
    api_key: str = field(repr=False)
    soap_endpoint: str
    api_key_id: str = ""
    rest_api_key: str = field(default="", repr=False)
    discovery_url: str = ""
    sign_in_url: str = ""
    connect_seconds: float = 5.0
    reply_seconds: float = 30.0
    largest_reply_bytes: int = 5 * 1024 * 1024
    allowed_test_hosts: tuple[str, ...] = ()
    contract_version: str = "assumed-2026-11"
    live_contract_accepted: bool = False

    @property
    def message_status(self) -> str:
        """The marker every bill of this connection carries: `Test` or `Live`."""
        return MESSAGE_STATUS[self.environment]

    @property
    def signs_in(self) -> bool:
        """Whether the second pair of credentials is given."""
        return bool(self.api_key_id and self.rest_api_key)

    @property
    def sign_in_address(self) -> str:
        """Where the sign-in metadata is read."""
        if self.sign_in_url:
            return self.sign_in_url
        parts = urlsplit(self.discovery_url)
        place = parts.netloc
        if _is_below_healthcode(parts.hostname or ""):
            place = re.sub(r"^api\.", "auth.", place, flags=re.IGNORECASE)
        return f"{parts.scheme}://{place}{SIGN_IN_PATH}"


def guard(connection: Connection, url: str) -> str:
    """Return a plain sentence why nothing may be sent to `url` over this connection, or "" where it may."""
    try:
        parts = urlsplit(url)
        host, scheme = (parts.hostname or "").rstrip("."), parts.scheme.lower()
    except ValueError:
        host, scheme = "", ""
    if not _HOST.fullmatch(host) or scheme not in ("http", "https"):
        return "The address of Healthcode is not a web address. Correct it on the connection page."
    if connection.environment == "test":
        return _why_not_in_test(connection, host)
    return _why_not_live(connection, host, scheme)


def _why_not_in_test(connection: Connection, host: str) -> str:
    if _is_live_house(host):
        return "This is a test connection, and the address is Healthcode’s live service. Nothing is sent to it."
    if not _is_this_machine(host) and host not in {name.lower() for name in connection.allowed_test_hosts}:
        return (
            "This is a test connection. It reaches only this machine and the test hosts named in the settings, "
            "and this address is neither."
        )
    return ""


def _why_not_live(connection: Connection, host: str, scheme: str) -> str:
    if connection.contract_version.startswith("assumed") and not connection.live_contract_accepted:
        return (
            f"This installation speaks an assumed contract ({connection.contract_version}), not one that Healthcode "
            "has given out. Nothing is sent to a live house."
        )
    if not _is_below_healthcode(host):
        return f"A live connection reaches {LIVE_DOMAIN} and nothing else, and this address is elsewhere."
    if not _is_live_house(host):
        return "This is a live connection, and the address is Healthcode’s test service. Nothing is sent to it."
    if scheme != "https":
        return "A live connection needs an address that starts with https. Nothing is sent without it."
    return ""


def _is_below_healthcode(host: str) -> bool:
    return host == LIVE_DOMAIN or host.endswith(f".{LIVE_DOMAIN}")


def _is_live_house(host: str) -> bool:
    return _is_below_healthcode(host) and TEST_LABELS.isdisjoint(host.split("."))


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
