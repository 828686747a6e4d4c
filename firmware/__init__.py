"""What can the box sense and show? The firmware moves pins and reads sensors; it decides nothing."""
