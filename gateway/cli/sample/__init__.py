"""The sample community that `xiangyin run` shows on first start."""
