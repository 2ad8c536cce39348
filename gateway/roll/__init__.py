"""Who may take part: communities and their telephone lines, residents, their phones, codes and PINs."""
