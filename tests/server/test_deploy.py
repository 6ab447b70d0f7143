"""The examples in deploy/ name only commands, settings and files that there are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
INSTALLED = "/opt/clearbill/.venv/bin/clearbill"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


def is_understood(words: list[str]) -> bool:
    """Say whether the command takes these words; it ends the test where it does not."""
    app = get_commands()[words[0]]
    command = load_command_class(app, words[0]) if isinstance(app, str) else app
    return bool(command.create_parser("clearbill", words[0]).parse_args(words[1:]))


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in compose["services"].items() if one["image"].startswith("clearbill:")}


def test_compose_runs_pages_workers_and_the_migration_on_one_image(compose: dict[str, Any]) -> None:
    assert set(ours(compose)) == {"migrate", "web-1", "web-2", "worker"}
    assert all(is_understood(one["command"]) for one in ours(compose).values())
    assert ours(compose)["migrate"]["restart"] == "no"
    assert ours(compose)["worker"]["deploy"]["replicas"] >= 2


def test_compose_names_only_secrets_volumes_and_services_that_it_has(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        assert set(service.get("depends_on", [])) <= set(compose["services"])
        named = {volume.split(":")[0] for volume in service.get("volumes", []) if not volume.startswith(".")}
        assert named <= set(compose["volumes"])
        files = {volume.split(":")[0] for volume in service.get("volumes", []) if volume.startswith(".")}
        assert all((DEPLOY / file).exists() for file in files)
        read = {value.rsplit("/", 1)[1] for value in settings(service) if value.startswith("/run/secrets/")}
        assert read <= set(service.get("secrets", []))


def settings(service: dict[str, Any]) -> list[str]:
    return [str(value) for value in service.get("environment", {}).values()]


def test_no_secret_stands_in_an_environment_variable(compose: dict[str, Any]) -> None:
    secret = re.compile(r"KEY|TOKEN|PASSWORD|DATABASE_URL")
    named = [name for one in compose["services"].values() for name in one.get("environment", {}) if secret.search(name)]
    assert named
    assert [name for name in named if not name.endswith("_FILE")] == []


def test_pages_have_longer_to_end_than_they_may_take(compose: dict[str, Any]) -> None:
    from clearbill.server import graceful_server as serving

    web = compose["services"]["web-1"]
    leave = float(web["environment"]["CLEARBILL_LEAVE_SECONDS"])
    assert int(web["stop_grace_period"].removesuffix("s")) > leave + serving.FINISH_SECONDS


def test_every_setting_that_is_named_is_documented() -> None:
    document = (ROOT / "docs" / "install.md").read_text()
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and "secrets" not in path.parts]
    named = {name for path in files for name in re.findall(r"CLEARBILL_[A-Z_]+", path.read_text())}
    assert len(named) > 10
    # The version is the image's, a word of the compose file alone.
    assert {name for name in named if name not in document} == {"CLEARBILL_VERSION"}


def test_the_proxy_asks_whether_pages_are_ready_knows_them_all_and_keeps_the_figures_in(
    compose: dict[str, Any],
) -> None:
    said = (DEPLOY / "haproxy.cfg").read_text()
    assert "http-check send meth GET uri /ready" in said
    assert "deny_status 404 if { path /metrics }" in said
    assert set(re.findall(r"^ +server (\S+) ", said, re.MULTILINE)) == {
        name for name in ours(compose) if name.startswith("web-")
    }


def test_while_no_page_is_ready_clearbill_itself_says_so() -> None:
    said = (DEPLOY / "haproxy.cfg").read_text()
    pages, alive = said.split("\nbackend pages\n")[1].split("\nbackend alive\n")
    assert "use_backend alive if { nbsrv(pages) eq 0 }" in said
    assert "http-check send meth GET uri /health" in alive
    assert re.findall(r"server (web-\S+)", alive) == re.findall(r"server (web-\S+)", pages)


@pytest.mark.parametrize("made", ["secrets/secret-key", ".env"])
def test_what_an_installation_keeps_beside_the_examples_is_never_committed(made: str) -> None:
    asked = ["git", "-C", str(ROOT), "check-ignore", "--quiet", f"deploy/{made}"]
    assert subprocess.run(asked, check=False).returncode == 0


@pytest.mark.parametrize("unit", UNITS, ids=[path.stem for path in UNITS])
def test_each_unit_starts_a_command_that_there_is_and_is_shut_off_from_the_rest(unit: Path) -> None:
    said = unit.read_text()
    started = re.findall(r"^ExecStart=(.*)$", said, re.MULTILINE)
    assert [words.split()[0] for words in started] == [INSTALLED]
    assert is_understood(started[0].split()[1:])
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"} <= set(said.splitlines())
    if "@" in unit.name:
        assert {"Restart=always", "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'", "KillMode=mixed"} <= set(
            said.splitlines()
        )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd to ask")
@pytest.mark.parametrize("unit", UNITS, ids=[path.stem for path in UNITS])
def test_systemd_finds_nothing_wrong_with_the_units(unit: Path, tmp_path: Path) -> None:
    there = tmp_path / unit.name.replace("@.", "@1.")
    there.write_text(unit.read_text().replace(INSTALLED, "/bin/true"))
    asked = ["systemd-analyze", "verify", "--man=no", str(there)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("haproxy"), reason="this machine has no HAProxy to ask")
def test_haproxy_takes_its_configuration(tmp_path: Path) -> None:
    plain = tmp_path / "haproxy.cfg"
    said = (DEPLOY / "haproxy.cfg").read_text()
    plain.write_text(said.replace(" ssl crt /run/secrets/certificate alpn h2,http/1.1", ""))
    done = subprocess.run(["haproxy", "-c", "-f", str(plain)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
