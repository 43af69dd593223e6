"""Use cases, one module a stage. They take a Store, a Credential and values, and give domain values."""
