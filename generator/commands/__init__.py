"""One module a command: parse, call, report, return the exit code."""
