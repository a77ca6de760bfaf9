"""A lake in a container of Azure, by the emulator that Microsoft keeps for its storage."""
