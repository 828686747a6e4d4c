"""How is the hub asked to show or change something of the care? A module for each family of commands."""
