"""What must not be lost when the power goes? The outbox, its file, and when to send again."""
