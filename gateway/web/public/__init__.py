"""The residents' pages: what is raised, decided and done, for anybody; no login, no cookie, no script."""
