"""Tests of holding the published tree against what clusters say."""
