"""The desk: where people take conversations over from the bot and give them back."""
