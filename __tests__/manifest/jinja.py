"""Renders the templates of a JSON list on stdin with Jinja2 and strict undefined values; null where it raises."""
import json
import sys
from types import SimpleNamespace

from jinja2 import Environment, StrictUndefined

environment = Environment(undefined=StrictUndefined)
settings = SimpleNamespace(version="1.0", names=["a", "b"])


def render(template):
    try:
        return environment.from_string(template).render(settings=settings)
    except Exception:
        return None


json.dump([render(template) for template in json.load(sys.stdin)], sys.stdout)
