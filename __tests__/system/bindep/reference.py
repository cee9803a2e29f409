"""What bindep itself says of files: reads [[text, profiles], ...] as JSON, answers names, or null where it refuses one."""
import json
import sys

from bindep.depends import Depends, _eval, grammar
from parsley import makeGrammar

# Making it takes longer than reading a file by it, and bindep makes it for each file.
compiled = makeGrammar(grammar, {})


def answer(text, profiles):
    depends = Depends.__new__(Depends)
    try:
        depends._rules = compiled(text).rules()
    except Exception:
        return None
    return [rule[0] for rule in depends.active_rules(profiles)]


asked = json.load(sys.stdin)
files = [answer(text, profiles) for text, profiles in asked['files']]
versions = [_eval(*words) for words in asked['versions']]
json.dump({'files': files, 'versions': versions}, sys.stdout)
