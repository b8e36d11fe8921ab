"""A server of the toy model in a process of its own, which tests may kill."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from page.servers import Site

_SCRIPT = """
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from gpcis_backend.server import atomic
from gpcis_backend.server.settings import Settings
from page.models import StagedToy
from page.servers import Site

web_dir, data_dir, port, stall, token = sys.argv[1:]

class Os:
    def __getattr__(self, name):
        return getattr(os, name)

    def replace(self, source, target):
        if Path(stall).exists():
            print("stalled", flush=True)
            signal.pause()
        os.replace(source, target)

atomic.os = Os()
settings = Settings(web_dir=Path(web_dir), data_dir=Path(data_dir), token=token)
site = Site(StagedToy(), settings, _port=int(port)).start()
print(site.url, flush=True)
signal.pause()
"""


@dataclass
class KillableSite(Site):
    """Listens in a process; saving stalls just before the rename once asked to.

    Args:
        folder: Holds uploads, documents and the sign to stall.
    """

    folder: Path = field(kw_only=True)
    _process: "subprocess.Popen[str] | None" = None

    def start(self) -> "KillableSite":
        """Begin to listen, at the same address as before."""
        self.settings.web_dir.stat()
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        words = (self.settings.web_dir, data, self._port, self._sign)
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SCRIPT, *map(str, words), self.settings.token],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        self._port = int(self._heard().rstrip("/").rpartition(":")[2])
        return self

    def stall(self) -> None:
        """From now on a save goes no further than its temporary file."""
        self._sign.touch()

    def wait_until_stalled(self) -> None:
        """Until a save has come so far."""
        assert self._heard() == "stalled"

    def kill(self) -> None:
        """End the process, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()
        self._sign.unlink(missing_ok=True)
        self._process = None

    def stop(self) -> None:
        """At the end of the test."""
        if self._process is not None:
            self.kill()

    @property
    def log(self) -> str:
        """All that its processes have logged."""
        return (self.folder / "log.txt").read_text()

    @property
    def _sign(self) -> Path:
        return self.folder / "stall"

    def _heard(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()
