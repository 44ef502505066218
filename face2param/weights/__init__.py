"""Where weight files are found. Nothing ever runs on random weights."""
