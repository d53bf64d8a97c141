"""Programs that are run by hand, and the Go programs that the project builds."""
