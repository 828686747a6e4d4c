"""What did the box see, and what does it say about it? The pure core of the controller."""
