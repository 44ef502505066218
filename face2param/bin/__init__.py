"""One absl-flag program per task: parse flags, call one function, print, exit code."""
