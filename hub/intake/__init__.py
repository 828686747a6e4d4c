"""What has arrived, and what follows from it? From bytes to one committed turn."""
