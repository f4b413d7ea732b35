"""One folder per contest, found by listing this one."""
