"""What pages share: base page, parts, template tags."""
