"""What do the lids tell beyond that one was opened? Their days, their switches, openings nobody asked for."""
