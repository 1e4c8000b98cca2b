"""What the brain understands with: custom Rasa components around plain functions."""
