"""``python -m mockroster``: the command line."""

from mockroster.cli.main import main

main()
