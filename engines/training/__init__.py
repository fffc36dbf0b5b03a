"""Learning from people's own earlier items: what is learnt from what, where it is kept, and who does it."""
