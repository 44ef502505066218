"""What a photograph says about a person: readings, networks, and one shot at a character."""
