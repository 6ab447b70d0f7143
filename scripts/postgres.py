"""A throw-away PostgreSQL with the durable settings a practice runs on: `scripts/postgres.py COMMAND …` uses it.

It has its own folder, port and password, listens on this machine only, and is gone when the command ends. The command
finds it in CLEARBILL_DATABASE_URL. Runs on the standard library of any Python 3.11 or later.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

USER = "clearbill"
READY_WITHIN_SECONDS = 60.0
STOP = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_PR_SET_PDEATHSIG = 1


def programs() -> Path | None:
    """Return the folder with PostgreSQL's own programs, the newest version's, or None where there are none."""
    if named := os.environ.get("CLEARBILL_PG_BIN"):
        return Path(named)
    # Debian keeps the server's programs, with their version, out of the path.
    kept = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if kept:
        return max(kept, key=lambda path: float(path.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """One PostgreSQL server of our own, as a context manager. `settings` are added to its configuration."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        found = programs()
        if found is None:
            raise SystemExit("PostgreSQL’s server is missing. Install it (Debian, Ubuntu: apt install postgresql).")
        self.programs = found
        self.settings = dict(settings or {})
        self.password = secrets.token_hex(12)
        self.port = _free_port()
        self.url = self.url_of("clearbill")
        # The server refuses to run as root; there it runs as the user that its package makes.
        self._user = "postgres" if os.geteuid() == 0 else None
        self._folder = Path()
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Cluster:
        self._folder = Path(tempfile.mkdtemp(prefix="clearbill-postgres-"))
        try:
            self._make()
            self.start()
            self.new_database("clearbill")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server and return when it takes connections."""
        given = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            **self.settings,
        }
        words = [str(self.programs / "postgres"), "-D", str(self._folder / "data")]
        for name, value in given.items():
            words += ["-c", f"{name}={value}"]
        with (self._folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                words, stdout=log, stderr=log, user=self._user, group=self._user, preexec_fn=_end_with_parent()
            )
        self._wait()

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `smart` waits for its clients, `fast` drops them, `immediate` is as good as a crash."""
        if self._server is None:
            return
        self._server.send_signal(STOP[mode])
        self._server.wait(timeout=READY_WITHIN_SECONDS)
        self._server = None

    def restart(self, mode: str = "fast") -> None:
        """Stop the server and start it again on the same port with the same data."""
        self.stop(mode)
        self.start()

    def new_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-w", name)
        return self.url_of(name)

    def query(self, statement: str) -> str:
        """Run one statement on the first database and return what it answers, as psql prints it."""
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-w", "-d", "clearbill")
        return self._run("psql", *where, "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", statement).strip()

    def url_of(self, name: str) -> str:
        """Return the address of a database, as CLEARBILL_DATABASE_URL takes it."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def log(self) -> str:
        """Return what the server has said."""
        return (self._folder / "server.log").read_text(errors="replace")

    def _make(self) -> None:
        secret = self._folder / "password"
        secret.write_text(self.password)
        if self._user:
            for path in (self._folder, secret):
                shutil.chown(path, self._user, self._user)
        data, auth = str(self._folder / "data"), "--auth=scram-sha-256"
        self._run(
            "initdb", "-D", data, "-U", USER, auth, f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )

    def _run(self, program: str, *words: str) -> str:
        done = subprocess.run(
            [str(self.programs / program), *words],
            env={**os.environ, "PGPASSWORD": self.password},
            user=self._user,
            group=self._user,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"PostgreSQL’s {program} failed.\n{done.stderr.strip()}")
        return done.stdout

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        ask = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ask, check=False).returncode:
            if self._server is None or self._server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL did not start.\n{self.log()[-2000:]}")
            time.sleep(0.05)


def _end_with_parent() -> Callable[[], None] | None:
    """Return what the server does first so that it ends with us even when we are killed (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    ask = ctypes.CDLL(None).prctl
    return lambda: ask(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run the command that was given on a cluster of its own and return its exit code."""
    if len(sys.argv) < 2:
        raise SystemExit("usage: scripts/postgres.py COMMAND …")
    # Told to end, it still takes its server and folder with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Cluster() as cluster:
        environment = {**os.environ, "CLEARBILL_DATABASE_URL": cluster.url}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
