"""The edge: the one port to the clearing house, and its adapters. No Django here."""
