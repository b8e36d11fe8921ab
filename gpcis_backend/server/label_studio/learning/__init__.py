"""From what people labelled in Label Studio to a training set."""
