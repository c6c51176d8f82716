"""Nothing lost: real processes under load, ended and starved in every way, and a checker that reads what is left."""
