"""Tests of the reports: one verdict, many formats."""
