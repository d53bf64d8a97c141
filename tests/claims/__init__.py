"""What changes claim, and which of them do not go together."""
