"""What only readers need, kept apart from the records: counts, latencies and search terms.

The read model is the sum of what each record contributes to it (`contribution`). Whoever writes it,
the projector or an operator who rebuilds it, keeps beside each contribution what was added for it
(`rows`), and applies only differences, atomically (`projection`). So a record that arrives twice,
late or not at all can be put right by applying the record again.
"""
