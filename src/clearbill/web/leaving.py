"""Whether this process is about to end: /ready then says so, and a proxy sends its people elsewhere."""

from __future__ import annotations

import threading

leaving = threading.Event()
