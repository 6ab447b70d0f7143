"""`make bench`: print one line per figure and say which goals are met."""

from __future__ import annotations

import sys

from bench import checking, diagnosis, pages


def main() -> int:
    lines = [*checking.run(), *diagnosis.run(), *pages.run()]
    for line in lines:
        print(line)
    missed = [line for line in lines if not line.met]
    print(f"{len(lines) - len(missed)} of {len(lines)} goals met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
