"""A workshop's rows as the database's owner sees them: from one database to another, into a file and back."""
