"""Operations: how the system is, and, with the demo company, a hand on the world."""
