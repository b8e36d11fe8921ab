"""The command line: ``gpcis serve | predict | eval | bench | publish | data | ...``.

Modules of commands import nothing heavy at their top, so that ``--help`` is instant.
"""

import sys
from typing import Any

import typer

from gpcis_backend.cli.ablate import ablate
from gpcis_backend.cli.bench import bench
from gpcis_backend.cli.calibrate import calibrate
from gpcis_backend.cli.data import data_app
from gpcis_backend.cli.evaluate import evaluate
from gpcis_backend.cli.finetune import finetune
from gpcis_backend.cli.info import info
from gpcis_backend.cli.label_studio import doctor, ls_config, ls_connect
from gpcis_backend.cli.predict import predict
from gpcis_backend.cli.publish import publish
from gpcis_backend.cli.report import report
from gpcis_backend.cli.serve import serve
from gpcis_backend.errors import GpcisError


class _OneLineErrors(typer.Typer):
    """Says what went wrong in one line on stderr; only bugs show a traceback."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        try:
            return super().__call__(*args, **kwargs)
        except (GpcisError, ImportError, OSError) as error:
            message = _in_words(error)
            if message is None:
                raise
        typer.echo(f"gpcis: {message}", err=True)
        sys.exit(1)


app = _OneLineErrors(
    help="Click-based segmentation as Gaussian process classification.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve)
app.command("predict")(predict)
app.command("eval")(evaluate)
app.command("calibrate")(calibrate)
app.command("ablate")(ablate)
app.command("bench")(bench)
app.command("info")(info)
app.command("publish")(publish)
app.command("report")(report)
app.command("finetune")(finetune)
app.add_typer(data_app, name="data")
app.command("doctor")(doctor)
app.command("ls-config")(ls_config)
app.command("ls-connect")(ls_connect)


def _in_words(error: Exception) -> str | None:
    """What the user reads; None for what is our own fault."""
    if isinstance(error, GpcisError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if any(name in str(error) for name in ("libGL", "libgthread")):
        return "OpenCV needs libGL.so.1: apt-get install libgl1 libglib2.0-0"
    return None
