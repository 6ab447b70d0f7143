"""Django's settings. Every value that an installation may change comes from the environment (docs/install.md)."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from csp.constants import NONE, SELF

from clearbill import __version__
from clearbill.config import database, environment, static_files

VERSION = __version__

DATA_FOLDER = environment.data_folder()

PORT = environment.port("CLEARBILL_PORT", 8000)

SANDBOX_PORT = environment.port("CLEARBILL_SANDBOX_PORT", 8010)

# Health data must never appear in an error page: DEBUG stays off everywhere.
DEBUG = False

SECRET_KEY = environment.kept_secret("CLEARBILL_SECRET_KEY", DATA_FOLDER / "secret-key", environment.random_text)

# Newest first: the first key encrypts, all of them decrypt.
ENCRYPTION_KEYS = environment.kept_secret(
    "CLEARBILL_ENCRYPTION_KEYS", DATA_FOLDER / "encryption-keys", environment.fernet_key
).split(",")

ALLOWED_HOSTS = environment.words("CLEARBILL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

CSRF_TRUSTED_ORIGINS = environment.words("CLEARBILL_TRUSTED_ORIGINS", "")

# Where people open Clearbill, for links in e-mails and what the commands print; never what a request says.
_HOST = next((one for one in ALLOWED_HOSTS if "*" not in one and not one.startswith(".")), "localhost")
ADDRESS = next((one for one in CSRF_TRUSTED_ORIGINS if "*" not in one), f"http://{_HOST}:{PORT}")

# Where Healthcode is. In "test" only this machine is ever reached; "live" needs a contract with Healthcode.
HEALTHCODE_ENVIRONMENT = environment.choice("CLEARBILL_HEALTHCODE_ENVIRONMENT", "test", ("test", "live"))

_SANDBOX = f"http://127.0.0.1:{SANDBOX_PORT}"

HEALTHCODE_SOAP_ENDPOINT = os.environ.get("CLEARBILL_HEALTHCODE_SOAP") or f"{_SANDBOX}/HCWebServices/HCWebServices"

HEALTHCODE_DISCOVERY_URL = (
    os.environ.get("CLEARBILL_HEALTHCODE_DISCOVERY") or f"{_SANDBOX}/.well-known/discovery-document.json"
)

# "" where it lies beside the discovery document.
HEALTHCODE_SIGN_IN_URL = os.environ.get("CLEARBILL_HEALTHCODE_SIGN_IN", "")

HEALTHCODE_TEST_HOSTS = environment.words("CLEARBILL_HEALTHCODE_TEST_HOSTS", "")

HEALTHCODE_CONTRACT = os.environ.get("CLEARBILL_HEALTHCODE_CONTRACT") or "assumed-2026-11"

HEALTHCODE_REPLY_SECONDS = environment.number("CLEARBILL_HEALTHCODE_REPLY_SECONDS", 15)

# Monitoring. Without a token the figures are shown to this machine only.
METRICS_TOKEN = environment.secret("CLEARBILL_METRICS_TOKEN")

WORKER_METRICS_PORT = environment.port_if_set("CLEARBILL_WORKER_METRICS_PORT")

WORKER_METRICS_HOST = os.environ.get("CLEARBILL_WORKER_METRICS_HOST") or "127.0.0.1"

# How long a page process that is told to end says so at /ready, for the proxy to see, before it takes nothing more.
LEAVE_SECONDS = environment.number("CLEARBILL_LEAVE_SECONDS", 5)

# How many connections a page process keeps at once, and of one address where no proxy is in front. Where there are
# more, the one that has waited longest for its request makes room.
CONNECTIONS = environment.count("CLEARBILL_CONNECTIONS", 1000, 20_000)

CONNECTIONS_OF_AN_ADDRESS = environment.count("CLEARBILL_CONNECTIONS_OF_AN_ADDRESS", 200, 20_000)

# How long the head of a request may take, and its body on top of the time that its size needs on a slow line.
HEAD_SECONDS = environment.number("CLEARBILL_HEAD_SECONDS", 15)

BODY_SECONDS = environment.number("CLEARBILL_BODY_SECONDS", 30)

# The worker's pace. The pauses before asking again grow with a claim's age; a demo asks much sooner.
WORKER_IDLE_SECONDS = environment.number("CLEARBILL_WORKER_IDLE", 1)

# How many claims one worker has on their way at once, so that a slow house does not hold up a practice.
WORKER_LANES = environment.count("CLEARBILL_WORKER_LANES", 4)

REMITTANCE_PAUSE_SECONDS = environment.number("CLEARBILL_REMITTANCE_PAUSE", 21600.0)

STATUS_PAUSES_SECONDS = [float(word) for word in environment.words("CLEARBILL_STATUS_PAUSES", "60,300,900,3600,14400")]

TAKEN_TOO_LONG_SECONDS = environment.number("CLEARBILL_TAKEN_TOO_LONG", 180)

# Heads of the audit trail's hash chains are written to this file too, which is kept elsewhere.
AUDIT_HEADS = environment.file_if_set("CLEARBILL_AUDIT_HEADS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "clearbill.people",
    "clearbill.backups",
    "clearbill.workspace",
    "clearbill.clients",
    "clearbill.appointments",
    "clearbill.invoicing",
    "clearbill.claims",
    "clearbill.money.remittances",
    "clearbill.money.bank",
    "clearbill.money.shortfalls",
    "clearbill.money.follow_up",
    "clearbill.imports",
    "clearbill.reports",
    "clearbill.exports",
    "clearbill.web",
    "clearbill.cli",
]

MIDDLEWARE = [
    "clearbill.server.response_headers.ResponseHeadersMiddleware",
    "clearbill.server.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clearbill.server.known_browser.KnownBrowserMiddleware",
    "clearbill.web.middleware.PracticeMiddleware",
    "clearbill.web.sign_in.sessions.SessionLimitsMiddleware",
    "clearbill.web.sign_in.second_factor.demand.SecondFactorMiddleware",
    "clearbill.web.middleware.MergedClientMiddleware",
    "clearbill.web.middleware.NoStoreMiddleware",
]

ROOT_URLCONF = "clearbill.config.urls"

WEB = Path(__file__).resolve().parents[1] / "web"
STATICFILES_DIRS = sorted(WEB.glob("*/static"))
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted(WEB.glob("*/templates")),
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", ["clearbill.web.components.template_loader.Loader"])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clearbill.web.context.shell",
            ],
            "libraries": {
                **dict.fromkeys(("bank", "expected", "overpaid"), "clearbill.web.money.tags"),
                "setup_pages": "clearbill.web.workspace.setup_pages",
            },
            "builtins": [
                "django.templatetags.static",
                "django.contrib.humanize.templatetags.humanize",
                "clearbill.web.components.tags",
            ],
        },
    }
]

DATABASES = {"default": database.database(DATA_FOLDER, longest_pause_seconds=TAKEN_TOO_LONG_SECONDS)}

# Where pg_dump and pg_restore are, for backups; "" where they are on the path.
PG_BIN = os.environ.get("CLEARBILL_PG_BIN", "").strip()

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

# Of django-allauth we use the second factor: its keeping and checking, and the second step of the sign-in.
ACCOUNT_ADAPTER = "clearbill.web.sign_in.second_factor.adapters.AccountAdapter"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None

ACCOUNT_LOGIN_METHODS = {"email"}

ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]

ACCOUNT_EMAIL_VERIFICATION = "none"

ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False

MFA_ADAPTER = "clearbill.web.sign_in.second_factor.adapters.SecondFactorAdapter"

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]

MFA_PASSKEY_LOGIN_ENABLED = True

MFA_ALLOW_UNVERIFIED_EMAIL = True

MFA_TOTP_ISSUER = "Clearbill"

# A clock may be half a minute early or late.
MFA_TOTP_TOLERANCE = 1

MFA_RECOVERY_CODES_SHOW_ONCE = True

MFA_TRUST_ENABLED = True

MFA_TRUST_COOKIE_AGE = 30 * 24 * 60 * 60

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Passwords known from breaches, as digests: a file that the operator has fetched. None where there is no such file.
BREACHED_PASSWORDS = environment.readable_file("CLEARBILL_BREACHED_PASSWORDS")

# A link to a new password.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60

LOGIN_URL = "/sign-in"

LOGIN_REDIRECT_URL = "/today"

# A message may name a patient: none of it goes into a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SESSION_COOKIE_AGE = 12 * 60 * 60

SESSION_COOKIE_HTTPONLY = True

SESSION_COOKIE_SAMESITE = "Lax"

BEHIND_TLS = environment.choice("CLEARBILL_TLS", "off", ("on", "off")) == "on"

# Pages for other machines, without TLS: only where somebody says that the network between is their own.
PLAIN_HTTP = environment.choice("CLEARBILL_PLAIN_HTTP", "off", ("on", "off")) == "on"

# Several installations on one machine (other ports) share the browser's cookies: each has its own names. Behind a proxy
# it is the other way round: processes on several ports are one installation under one name, and by its first letters a
# browser takes no such cookie from another host or without TLS.
_COOKIE_NAME = "__Host-clearbill_{}" if BEHIND_TLS else f"clearbill_{{}}_{PORT}"

SESSION_COOKIE_NAME = _COOKIE_NAME.format("session")

CSRF_COOKIE_NAME = _COOKIE_NAME.format("csrf")

KNOWN_BROWSER_COOKIE_NAME = _COOKIE_NAME.format("browser")

OWN_BROWSER_COOKIE_NAME = _COOKIE_NAME.format("own")

MFA_TRUST_COOKIE_NAME = _COOKIE_NAME.format("remembered")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS

if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.choice("CLEARBILL_HSTS_SUBDOMAINS", "off", ("on", "off")) == "on"

SECURE_REFERRER_POLICY = "same-origin"

X_FRAME_OPTIONS = "DENY"

CSRF_FAILURE_VIEW = "clearbill.web.errors.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-gb"

TIME_ZONE = "Europe/London"

USE_TZ = True

STATIC_URL = "/static/"


# Each file also under a name with a hash of its content, which browsers keep for good, and compressed.
STATIC_ROOT = static_files.place(DATA_FOLDER / "static", STATICFILES_DIRS, version("django-htmx"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Whatever lies in the data folder is its owner's alone.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Without a server, e-mails are printed in the terminal.
EMAIL_GOES_OUT = bool(os.environ.get("CLEARBILL_SMTP_HOST"))

EMAIL_BACKEND = "clearbill.config.mail.PrintedMail"

# Somebody waits at the screen while an e-mail is handed over.
EMAIL_TIMEOUT = 15

if EMAIL_GOES_OUT:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = os.environ["CLEARBILL_SMTP_HOST"]
    EMAIL_PORT = environment.port("CLEARBILL_SMTP_PORT", 587)
    EMAIL_HOST_USER = os.environ.get("CLEARBILL_SMTP_USER", "")
    EMAIL_HOST_PASSWORD = environment.secret("CLEARBILL_SMTP_PASSWORD")
    _SECURITY = environment.choice("CLEARBILL_SMTP_SECURITY", "starttls", ("starttls", "tls", "none"))
    EMAIL_USE_TLS, EMAIL_USE_SSL = _SECURITY == "starttls", _SECURITY == "tls"

DEFAULT_FROM_EMAIL = os.environ.get("CLEARBILL_FROM_EMAIL") or "clearbill@localhost"

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# An invoice of a hundred lines has some 1,200 fields, a claim of it 700.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# A whole request, kept on disk. Files of 50 MB are taken, larger ones get a sentence; beyond this the server hangs up.
LARGEST_REQUEST_BYTES = 120 * 1024 * 1024

# The same from a browser in which nobody has signed in yet: more than any form, with what was typed before the sign-in.
LARGEST_REQUEST_BYTES_OF_A_STRANGER = 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"plain": {"()": "clearbill.config.logs.WithoutRequest"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "clearbill.config.logs.JsonLine"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": environment.choice("CLEARBILL_LOG_FORMAT", "line", ("line", "json")),
            "filters": ["plain"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "clearbill": {"level": environment.choice("CLEARBILL_LOG", "info", ("info", "warning")).upper()},
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "waitress.queue": {"level": "ERROR"},
    },
}
