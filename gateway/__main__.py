"""`python -m gateway` is the command `xiangyin`."""

from gateway.cli.main import main

main()
