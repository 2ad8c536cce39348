"""What residents raise: topics, who backs them, how they are screened, and their recordings."""
