"""What the installation refuses at its start, in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys


def test_a_wire_contract_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    environment = {**os.environ, "CLEARBILL_DATA": str(tmp_path), "CLEARBILL_HEALTHCODE_CONTRACT": "assumed-1999-01"}
    done = subprocess.run(
        [sys.executable, "-m", "clearbill", "migrate"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "There is no wire contract “assumed-1999-01”" in done.stderr
    assert "assumed-2026-11" in done.stderr
    assert "Traceback" not in done.stderr
