"""`make bench`: print one line per figure and say which goals are met."""

from __future__ import annotations

import os
import sys
import tempfile

from bench import checking, diagnosis, pages


def main() -> int:
    os.environ["CLEARBILL_DATA"] = tempfile.mkdtemp(prefix="clearbill-bench-")
    lines = [*checking.run(), *diagnosis.run(), *pages.run()]
    for line in lines:
        print(line)
    missed = [line for line in lines if not line.met]
    print(f"{len(lines) - len(missed)} of {len(lines)} goals met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
