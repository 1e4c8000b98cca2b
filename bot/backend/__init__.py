"""Client of the company's booking system, and of the demo company's control interface."""
