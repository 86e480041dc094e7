"""Two ways to read the evidence: extractive and generative."""
