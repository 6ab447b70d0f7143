"""At which price a line is billed, and how the prices of services change beside what was invoiced."""
