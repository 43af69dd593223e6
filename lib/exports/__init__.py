"""What a workshop's people take away: pure functions from values to text."""
