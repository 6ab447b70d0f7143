"""Bank lines and what each is for."""
