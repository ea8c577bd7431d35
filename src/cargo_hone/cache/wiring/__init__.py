"""How a build's calls reach the cache on this machine: its server, and the proof of every link on the way there."""
