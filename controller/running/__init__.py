"""Where do time, threads and the network live? The program around the engine."""
