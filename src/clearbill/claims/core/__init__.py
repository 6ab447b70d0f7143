"""A claim itself: build, check, amend, submit, every transition."""
