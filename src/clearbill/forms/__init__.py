"""Form fields and forms that all pages share."""
