"""What a sign-in asks beside the password: the second factor, and who has to have one."""
