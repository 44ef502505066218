"""Sample an engine: generate a database of rendered heads, and read it back.

`generate.generate` writes one, `reader.Database` opens it, `batches.Batches` and
`tfdata.dataset` feed a training. Only `tfdata` needs TensorFlow.
"""
