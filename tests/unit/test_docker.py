"""What can be known of the image and of compose without building or starting them."""

import json
import re
import subprocess
import sys
import tomllib
from ipaddress import IPv4Network, collapse_addresses, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]

from gpcis_backend.server.settings import Settings
from web_stub import Answer, WebStub

Services = dict[str, dict[str, Any]]

_PRIVATE = ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16")
_SECRETS = {"LABEL_STUDIO_PASSWORD", "LABEL_STUDIO_USER_TOKEN"}


@pytest.fixture
def services(root: Path) -> Services:
    """What compose starts, by name."""
    found: Services = _compose(root)["services"]
    return found


def test_ports_are_open_to_this_machine_only(services: Services) -> None:
    ports = [port for service in services.values() for port in service["ports"]]

    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_label_studio_may_call_its_neighbours_and_no_other_private_address(
    root: Path,
) -> None:
    compose = _compose(root)
    settings = compose["services"]["label-studio"]["environment"]
    (ours,) = compose["networks"]["labeling"]["ipam"]["config"]
    neighbours = IPv4Network(ours["subnet"])

    words = settings["USER_ADDITIONAL_BANNED_SUBNETS"].split(",")
    banned = [net for net in map(ip_network, words) if isinstance(net, IPv4Network)]

    assert settings["USE_DEFAULT_BANNED_SUBNETS"] == "false"
    assert not [net for net in banned if net.overlaps(neighbours)]
    reach = list(collapse_addresses([*banned, neighbours]))
    for private in (*_PRIVATE, "172.16.0.0/12"):
        assert [net for net in reach if IPv4Network(private).subnet_of(net)], private


def test_the_backend_fetches_from_label_studio_with_its_token(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services["gpcis"]["environment"].items():
        monkeypatch.setenv(name, _filled(value))

    settings = Settings.from_env()

    access = settings.fetch.label_studio
    assert access is not None
    assert access.url == "http://label-studio:8080"
    assert access.token == "LABEL_STUDIO_USER_TOKEN"
    assert settings.login is None
    assert settings.checkpoint is None


def test_label_studio_calls_the_backend_by_a_name_that_it_trusts(
    services: Services,
) -> None:
    settings = services["gpcis"]["environment"]
    backend = urlsplit(settings["GPCIS_BACKEND_URL"])

    assert backend.hostname in services
    assert backend.hostname in settings["GPCIS_TRUSTED_HOSTS"].split(",")
    assert backend.port == 9090


def test_the_first_start_makes_the_token_that_the_backend_uses(
    services: Services,
) -> None:
    settings = services["label-studio"]["environment"]
    token = settings["LABEL_STUDIO_USER_TOKEN"]

    assert settings["LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN"] == "true"
    assert services["gpcis"]["environment"]["LABEL_STUDIO_API_KEY"] == token


def test_the_backend_waits_until_label_studio_is_healthy(services: Services) -> None:
    assert services["gpcis"]["depends_on"]["label-studio"] == {
        "condition": "service_healthy"
    }
    assert "/health" in services["label-studio"]["healthcheck"]["test"][-1]


def test_secrets_have_no_default_and_every_variable_is_in_the_example(
    root: Path,
) -> None:
    text = (root / "docker" / "compose.yaml").read_text()
    used = dict(re.findall(r"\$\{(\w+):(.)", text))
    example = (root / "docker" / ".env.example").read_text()
    lines = (line.partition("=") for line in example.splitlines())
    known = {name: value for name, is_, value in lines if is_ and name.isidentifier()}

    assert {name for name, mark in used.items() if mark == "?"} == _SECRETS
    assert set(used) - {"LABEL_STUDIO_VERSION"} == set(known)
    assert not any(known[name] for name in _SECRETS)
    assert "**/.env" in (root / ".dockerignore").read_text().splitlines()
    assert ".env" in (root / ".gitignore").read_text().splitlines()


def test_the_image_runs_as_nobody_special(root: Path) -> None:
    runtime = _dockerfile(root).rpartition("\nFROM ")[2]

    (user,) = re.findall(r"^USER (.*)$", runtime, re.MULTILINE)

    assert user == "10001:10001"
    assert runtime.index("USER") < runtime.index("ENTRYPOINT")


@pytest.mark.parametrize(("status", "is_healthy"), [(200, 1), (401, 1), (503, 0)])
def test_the_health_check_asks_the_server(
    root: Path, status: int, is_healthy: bool
) -> None:
    found = re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", _dockerfile(root), re.MULTILINE)
    assert found is not None
    python, *words = json.loads(found[1])
    assert python == "python"

    with WebStub({"/health": Answer(b"{}", status)}) as server:
        words[-1] = words[-1].replace("9090", str(server.port))
        done = subprocess.run([sys.executable, *words], capture_output=True)

    assert (done.returncode == 0) == is_healthy
    assert server.asked("/health")


def test_what_is_installed_first_is_what_the_package_asks_for(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "docker/requirements.py"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )

    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert set(project["dependencies"]) < set(done.stdout.splitlines())
    assert set(project["optional-dependencies"]["label-studio"]) < set(
        done.stdout.splitlines()
    )


def _compose(root: Path) -> Any:  # noqa: ANN401  (YAML)
    return yaml.safe_load((root / "docker" / "compose.yaml").read_text())


def _dockerfile(root: Path) -> str:
    """Continued lines joined, as Docker reads it."""
    return (root / "docker" / "Dockerfile").read_text().replace("\\\n", "")


def _filled(value: str) -> str:
    """Secrets become their own name, the rest its default."""
    secret = re.fullmatch(r"\$\{(\w+):\?.*\}", value)
    return secret[1] if secret else re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
