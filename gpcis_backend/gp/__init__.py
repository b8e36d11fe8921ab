"""The mathematics: pure functions and one module, on batched tensors; torch only."""
