"""What a change does to nets, and the text that says so on a pull request."""
