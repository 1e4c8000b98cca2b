"""The brain as a server: the app's door to Rasa, and what one turn needs of it."""
