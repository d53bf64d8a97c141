"""What main wants into the published tree, always by the next safe step."""
