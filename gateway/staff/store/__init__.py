"""The tables of accounts: who they are, how they are signed in, what they did, what waits for a second one of them."""
