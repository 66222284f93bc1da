"""How schemathesis writes the bodies that it does not know by itself."""
import schemathesis

schemathesis.serializer.alias("application/x-ndjson", "text/plain")
schemathesis.serializer.alias("application/vnd.flux.jobspec+yaml", "application/yaml")
