"""The WSGI application, for waitress and any other server."""

from __future__ import annotations

import os

import django
from django.core.wsgi import get_wsgi_application

from clearbill.config import static_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clearbill.config.settings")
django.setup(set_prefix=False)
# Before the application is made: it looks once for the files that it serves.
static_files.collect()

application = get_wsgi_application()
