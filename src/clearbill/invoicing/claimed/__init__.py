"""What invoicing knows of claims: the current one of an invoice, treatments asked for twice, where the money is."""
