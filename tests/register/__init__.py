"""The key register: its rule, its files."""
