"""Submissions that the benchmarks use."""

# With urgency 0 a job is held: it is pending, and nothing is planned or run.
HELD = {"command": ["/bin/true"], "urgency": 0}


def mock(name=None, queue=None):
    """A job of one core that ends at once and runs no program, as in Flux's own tests."""
    system = {"duration": 0, "exec": {"test": {"run_duration": "0s"}}}
    if name:
        system["job"] = {"name": name}
    if queue:
        system["queue"] = queue
    return {"jobspec": {
        "version": 1,
        "resources": [{"type": "slot", "count": 1, "label": "task", "with": [{"type": "core", "count": 1}]}],
        "tasks": [{"command": ["true"], "slot": "task", "count": {"per_slot": 1}}],
        "attributes": {"system": system},
    }}


def copies(line, count):
    return {**line, "cc": f"0-{count - 1}"}
