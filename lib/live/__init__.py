"""What makes the room live: who has a page open, and how their pages hear that something changed."""
