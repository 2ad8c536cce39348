"""Who may use the console: accounts of clerks, moderators, returning officers, the township and auditors."""
