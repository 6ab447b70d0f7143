"""What became of deductions."""
