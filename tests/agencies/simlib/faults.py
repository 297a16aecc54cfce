"""Fault scripts: what goes wrong at which request. They count requests, never time.

A script is a JSON list of rules, or the short form "op@when:action; op@when:action".
Rule members: op (name or "*"), when ("2", "1-3", "4-", "every 3", "*"), do, and options of `do`.
The count starts at 1 with the first matching request after the script was set. See README.md.
"""
import json
import os
import threading

ACTIONS = {
    "delay": {"ms"}, "http": {"status", "retry_after"}, "reset": set(), "reset_after": set(),
    "duplicate": set(), "malformed": {"text"}, "wrong_charset": set(), "unsigned": set(),
    "wrong_signature": set(), "wrong_key": set(), "fault": {"code", "text"}, "skip": set(),
    "half_written": set(), "not_valid": {"text"}, "not_delivered": {"state"},
    "not_ours": {"text"},
}
SIGNING = {"unsigned", "wrong_signature", "wrong_key"}
BODY = SIGNING | {"malformed", "wrong_charset", "duplicate"}
SERVED = BODY | {"delay", "http", "reset", "reset_after"}  # of a request that comes over HTTP
_MAIN_OPTION = {"delay": "ms", "http": "status", "fault": "code", "malformed": "text",
                "not_valid": "text", "not_delivered": "state",
                "not_ours": "text"}


class BadScript(ValueError):
    pass


def _parse_when(text):
    text = str(text).strip()
    try:
        if text == "*":
            return lambda n: True
        if text.startswith("every"):
            step = int(text[5:])
            if step < 1:
                raise ValueError
            return lambda n: n % step == 0
        if "-" in text:
            first, last = text.split("-", 1)
            low, high = int(first), int(last) if last.strip() else None
            return lambda n: n >= low and (high is None or n <= high)
        exact = int(text)
        return lambda n: n == exact
    except ValueError as error:
        raise BadScript(f"when: {text!r} is not N, N-M, N-, 'every N' or *") from error


def _short_rule(text):
    head, found, action = text.partition(":")
    op, _, when = head.partition("@")
    if not found or not op.strip():
        raise BadScript(f"{text!r} is not op@when:action")
    first, *options = action.split(",")
    name, _, value = first.partition("=")
    rule = {"op": op.strip(), "when": when.strip() or "*", "do": name.strip()}
    if value:
        if rule["do"] not in _MAIN_OPTION:
            raise BadScript(f"{rule['do']} takes no value")
        rule[_MAIN_OPTION[rule["do"]]] = value.strip()
    for option in options:
        key, _, value = option.partition("=")
        rule[key.strip()] = value.strip()
    return rule


class Rule:
    def __init__(self, source):
        if not isinstance(source, dict):
            raise BadScript("a rule is an object")
        self.source = dict(source)
        self.op = source.get("op", "*")
        self.action = source.get("do")
        if self.action not in ACTIONS:
            raise BadScript(f"do: {self.action!r} is none of {', '.join(sorted(ACTIONS))}")
        unknown = set(source) - {"op", "when", "do"} - ACTIONS[self.action]
        if unknown:
            raise BadScript(f"{self.action} has no option {', '.join(sorted(unknown))}")
        self.matches = _parse_when(source.get("when", "*"))
        self.count = 0
        self.options = {key: source[key] for key in ACTIONS[self.action] if key in source}
        for key in ("ms", "status", "retry_after"):
            if key in self.options:
                try:
                    self.options[key] = int(self.options[key])
                except (TypeError, ValueError) as error:
                    raise BadScript(f"{key} is a whole number") from error


class Plan(dict):
    """The actions of one request: action name -> options."""

    def signature(self):
        for name in ("unsigned", "wrong_signature", "wrong_key"):
            if name in self:
                return name
        return None


class Faults:
    """`known_ops`: operation -> the actions that mean something there; a script that names another is
    refused, since a fault that never happens proves nothing."""

    def __init__(self, script=None, known_ops=None):
        self._lock = threading.Lock()
        self._known_ops = known_ops
        self._rules = []
        self._fired = []
        if script:
            self.set(load(script))

    def set(self, rules):
        """Replaces the script; counting starts again."""
        parsed = [Rule(rule) for rule in rules]
        for rule in parsed:
            if self._known_ops:
                self._check(rule)
        with self._lock:
            self._rules = parsed

    def _check(self, rule):
        ops = self._known_ops
        if rule.op != "*" and rule.op not in ops:
            raise BadScript(f"op: {rule.op!r} is none of {', '.join(sorted(ops))}")
        able = [op for op in ops if rule.action in ops[op]]
        if not able or (rule.op != "*" and rule.op not in able):
            raise BadScript(f"{rule.op} does not {rule.action}; it is for "
                            f"{', '.join(sorted(able)) or 'no operation here'}")

    def take(self, op):
        """Counts one request of this kind and returns what shall go wrong with it."""
        plan = Plan()
        with self._lock:
            for rule in self._rules:
                if rule.op not in ("*", op):
                    continue
                rule.count += 1
                if rule.matches(rule.count):
                    plan[rule.action] = rule.options
                    self._fired.append({"op": op, "n": rule.count, "do": rule.action})
                    del self._fired[:-1000]
        return plan

    def state(self):
        with self._lock:
            return {"rules": [dict(rule.source, seen=rule.count) for rule in self._rules],
                    "fired": list(self._fired)}


def load(script):
    """A file name, JSON text or the short form -> list of rule objects."""
    text = script
    if os.path.exists(script):
        with open(script, encoding="utf-8") as file:
            text = file.read()
    text = text.strip()
    if text.startswith("["):
        try:
            rules = json.loads(text)
        except ValueError as error:
            raise BadScript(f"not JSON: {error}") from error
        return rules
    lines = [line.split("#", 1)[0] for line in text.splitlines()]
    return [_short_rule(part.strip()) for part in ";".join(lines).split(";") if part.strip()]
