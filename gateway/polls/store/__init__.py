"""The polls' tables (`tables`) and every query on them: the polls themselves, the box, what is published."""
