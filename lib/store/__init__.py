"""Where a workshop is kept: one port, its transports, the embedded database, the runner of migrations."""
