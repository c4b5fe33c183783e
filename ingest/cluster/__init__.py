"""Reading files on a Ray cluster: workers load, split and embed; who asked stores.

`work` is what a worker does, `ray_process` a process that speaks with Ray and does nothing else,
`workers` that process seen from ours, `reader` the look-ahead that keeps all workers busy.
"""
