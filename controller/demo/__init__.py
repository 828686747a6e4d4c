"""What does a day with the pillbox look like? The real programs, one compressed day, told in the terminal."""
