"""The story of an erasure on generated data: exports as other systems write them, and the narrative over HTTP."""
