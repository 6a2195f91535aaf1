"""Writing parts of a layout as the TOML that a person edits."""

import json
from collections.abc import Iterable

from factoring_core.domain.vocabulary.profile import EntryRule, LayoutField, Measure, Posting


def quoted(text: str | None) -> str:
    """Return *text* as a TOML string."""
    plain = (text or "").encode("utf-8", "replace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(texts: Iterable[str]) -> str:
    """Return *texts* as a TOML list."""
    return f"[{', '.join(map(quoted, texts))}]"


def field_lines(one: LayoutField) -> list[str]:
    """Write one ``[[fields]]`` table."""
    lines = ["[[fields]]", f"name = {quoted(one.name)}", f"kind = {quoted(one.kind.value)}"]
    lines += ["required = true"] if one.required else []
    lines += ["parentheses = true"] if one.parentheses else []
    return [*lines, f"aliases = {listed(one.aliases)}"]


def entry_lines(rule: EntryRule) -> list[str]:
    """Write one ``[[entries]]`` table with what it posts."""
    lines = ["", "[[entries]]", f"words = {listed(rule.words)}"]
    lines += [f"disposition = {quoted(rule.disposition.value)}"] if rule.disposition else []
    lines += [f"disposition_date = {quoted(rule.disposition_date)}"] if rule.disposition_date else []
    lines += ["account = true"] if rule.account else []
    lines += ["information = true"] if rule.information else []
    for post in rule.posts:
        lines += ["", "[[entries.posts]]", *_post_lines(post)]
    return lines


def _post_lines(post: Posting) -> list[str]:
    lines = [f"type = {quoted(post.type.value)}", f"amount = {listed(post.amount)}"]
    for name, value in (("date", post.date), ("reference", post.reference)):
        lines += [f"{name} = {quoted(value)}"] if value else []
    lines += [f"measure = {quoted(post.measure.value)}"] if post.measure is not Measure.MOVEMENT else []
    lines += [f"negative = {quoted(post.negative.value)}"] if post.negative else []
    lines += ["signed = true"] if post.signed else []
    lines += ["primary = true"] if post.primary else []
    return lines + ([] if post.posts else ["posts = false"])
