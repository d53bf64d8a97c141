"""A search of everything that clusters can do while keys go from place to place."""
