"""Numbers over votes, marks and responses: pure functions that always carry their counts and say when undefined."""
