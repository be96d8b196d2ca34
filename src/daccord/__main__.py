"""``python -m daccord`` is ``daccord``."""

from daccord.cli.main import main

main(prog_name="daccord")
