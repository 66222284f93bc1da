"""What a crash test asks of the key-value store while the broker dies under it, and what must be there afterwards."""
import http.client
import threading
import time

LOST = (OSError, http.client.HTTPException, ValueError)


class KeyLoad(threading.Thread):
    """One client that puts, appends, and counts by compare and set; each of its keys is its own."""

    def __init__(self, run, number):
        super().__init__(daemon=True)
        self.run_, self.number, self.problem = run, number, None
        # Key: value, of acknowledged puts; lines that were acknowledged; lines whose answer was lost.
        self.puts, self.lines, self.doubtful = {}, [], set()
        self.count, self.total, self.least, self.most = 0, 0, 0, 0

    @property
    def acknowledged(self):
        return len(self.puts) + len(self.lines) + self.least

    def run(self):
        client = None
        while not self.run_.over.is_set():
            if not self.run_.is_up.wait(0.2):
                continue
            if client is None:
                client = self.run_.broker.client(timeout=20)
            try:
                self.step(client)
            except LOST:
                client.close()
                client = None
                time.sleep(0.01)
            except Exception as failure:
                self.problem = f"{failure!r:.300}"
                return

    def step(self, client):
        self.count += 1
        base = "/v1/kvs/primary"
        if self.count % 3 == 0:
            self.put(client, f"{base}/keys/crash.{self.number}.k{self.count}")
        elif self.count % 3 == 1:
            self.append(client, f"{base}/keys/crash.{self.number}.log")
        else:
            self.add_one(client, f"{base}/txn")
        time.sleep(0.005)

    def put(self, client, path):
        value = f"value {self.count}" + "x" * (self.count * 37 % 3000)
        answer = client.call("PUT", path, body=value.encode())
        assert answer.status in (200, 503), answer
        if answer.status == 200:
            self.puts[path.rsplit("/", 1)[1]] = value

    def append(self, client, path):
        line = f"{self.count}"
        self.doubtful.add(line)
        # Sent once: a connection that breaks must not make the client say it twice.
        client.close()
        answer = client.call("PATCH", path, body=line.encode() + b"\n")
        assert answer.status in (200, 503), answer
        self.doubtful.discard(line)
        if answer.status == 200:
            self.lines.append(line)

    def add_one(self, client, path):
        """Whatever was lost: the counter is what was acknowledged, or more by what may have happened."""
        key = f"crash.{self.number}.counter"
        found = client.post(f"{path.rsplit('/', 1)[0]}/read", {"keys": [key]})
        if found.status == 503:
            return
        value = int(found.json["items"][0].get("value", "0"))
        assert self.least <= value <= self.most, f"the counter is {value}, not {self.least} to {self.most}"
        compare = {"key": key, "value": str(value)} if value else {"key": key, "exists": False}
        self.most = max(self.most, value + 1)
        answer = client.post(path, {"compare": [compare], "then": [{"op": "put", "key": key, "value": str(value + 1)}]})
        assert answer.status in (200, 503), answer
        if answer.status == 200:
            # Only this client counts, so nobody came between, but for a request of its own that was thought lost.
            self.least = max(self.least, value + 1 if answer.json["succeeded"] else value)

    def check(self, client):
        assert self.problem is None, self.problem
        found, cursor = {}, ""
        while cursor is not None:
            page = client.get(f"/v1/kvs/primary/keys?prefix=crash.{self.number}&recursive=true&values=true&limit=1000"
                              + (f"&cursor={cursor}" if cursor else "")).json
            found.update({item["key"]: item["value"] for item in page["items"]})
            cursor = page["next_cursor"]
        missing = [key for key in self.puts if found.get(key) != self.puts[key]]
        assert not missing, f"{len(missing)} acknowledged keys are gone or changed, such as {missing[:3]}"
        lines = found.get(f"crash.{self.number}.log", "").splitlines()
        known = [line for line in lines if line not in self.doubtful]
        assert known == self.lines, f"of {len(self.lines)} acknowledged lines {len(known)} are there, or in another order"
        assert len(lines) == len(set(lines)), "a line was appended twice"
        counter = int(found.get(f"crash.{self.number}.counter", "0"))
        assert self.least <= counter <= self.most, f"the counter is {counter}, not {self.least} to {self.most}"
