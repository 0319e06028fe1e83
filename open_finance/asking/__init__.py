"""Questions in Portuguese, read without any outside service. Pure: a reading is a function of the person's own text."""
