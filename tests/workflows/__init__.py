"""The workflows: what holds of each file, and what they do when they are played."""
