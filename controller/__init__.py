"""What does the box decide? The controller turns lids, climate and a plan into events for the hub."""
