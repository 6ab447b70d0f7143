"""Every test run has a data folder of its own: nothing of a person's installation is ever touched.

Set here and not in pyproject.toml, where the settings would be read before the folder is chosen.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import django
import hypothesis
from django.conf import settings

_FOLDER = tempfile.mkdtemp(prefix="clearbill-tests-")
os.environ["CLEARBILL_DATA"] = _FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "clearbill.config.settings"
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
django.setup()
# Real password hashes are slow on purpose; the tests make thousands of users.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The same examples every time, so that a run says the same twice; `HYPOTHESIS_PROFILE=wide` looks further.
# Nothing is timed: a busy machine is no fault.
hypothesis.settings.register_profile("steady", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("wide", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
