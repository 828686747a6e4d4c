"""What does the home remember, remind and report? The hub plans, stores, judges silence and alerts."""
