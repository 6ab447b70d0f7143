"""Every test run has a data folder of its own: nothing of a person's installation is ever touched."""

from __future__ import annotations

import os
import tempfile

os.environ["CLEARBILL_DATA"] = tempfile.mkdtemp(prefix="clearbill-tests-")
os.environ["DJANGO_SETTINGS_MODULE"] = "clearbill.config.settings"
