"""`dry_run` on a bulk request: every line is judged, nothing is submitted."""


def test_a_bulk_dry_run_judges_each_line_and_submits_nothing(owner):
    before = owner.get("/v1/jobs?limit=1").json["position"]
    lines = [{"command": ["true"], "cc": "0-2"}, {"command": []},
             {"command": ["true"], "nnodes": 10_000, "ntasks": 10_000}]
    answer = owner.bulk(lines, query="?dry_run=true")
    assert answer.status == 200, answer
    results = answer.lines
    assert results[0] == {"line": 1, "ids": []}
    assert results[1]["error"]["status"] == 422 and results[1]["ids"] == []
    assert results[2]["error"]["code"] == "unsatisfiable" and results[2]["ids"] == []
    assert owner.get("/v1/jobs?limit=1").json["position"] == before
