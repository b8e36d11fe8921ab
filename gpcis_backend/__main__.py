"""``python -m gpcis_backend`` is ``gpcis``."""

from gpcis_backend.cli import app

if __name__ == "__main__":
    app(prog_name="gpcis")
