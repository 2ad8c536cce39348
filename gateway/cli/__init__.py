"""The command line `xiangyin`: one file per command group, all over the same gateway as the web."""
