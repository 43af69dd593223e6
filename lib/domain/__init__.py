"""What a workshop is made of: frozen values, rules and errors. Standard library only, no I/O."""
