"""What `scripts/golden.py` is made of. Nothing here names a module of Clearbill that its own commands can reach."""
