"""What should happen to a patient's slots, reminders and alerts? The pure core of the hub."""
