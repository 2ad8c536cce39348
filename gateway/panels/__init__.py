"""Who is drawn: pools, stratified lotteries on public randomness, invitations and reserves."""
