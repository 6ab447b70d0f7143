"""A stand-in for the clearing house: its own process, ledger, clock and page. It knows nothing of Clearbill.

It plays Healthcode and the insurers behind it for one computer. What it does not prove is written in README.md.
"""
