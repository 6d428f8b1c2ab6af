"""Cutting a failing program down: subtrees are dropped or replaced by their own parts or by constants."""

CONSTANTS = ["0", "#f", "1.5", ["list"]]


def size(form):
    return 1 if isinstance(form, str) else 1 + sum(size(each) for each in form)


def replaced(form, path, new):
    """The form with what is at `path` replaced; new None: removed."""
    if not path:
        return new
    i, copy = path[0], list(form)
    if len(path) == 1 and new is None:
        del copy[i]
    else:
        copy[i] = replaced(form[i], path[1:], new)
    return copy


def paths(form, path=()):
    """All places of a form, largest parts first within each level."""
    yield path, form
    if isinstance(form, list):
        for i in sorted(range(len(form)), key=lambda i: -size(form[i])):
            yield from paths(form[i], path + (i,))


def candidates(form):
    for path, part in paths(form):
        if not isinstance(part, list) or not part:
            if path and isinstance(part, str) and part not in ("0", "#f", "1.5"):
                yield replaced(form, path, None)
            continue
        whole = size(part)
        for constant in CONSTANTS:
            if path and whole > size(constant):
                yield replaced(form, path, constant)
        for each in sorted((each for each in part if isinstance(each, list)), key=size, reverse=True):
            yield replaced(form, path, each)
        if path:
            yield replaced(form, path, None)


def shrink(program, fails, steps):
    """The smallest program found, in `steps` attempts, for which fails(program) holds."""
    form = [list(program[0]), program[1]]
    progress = True
    while progress and steps > 0:
        progress = False
        for candidate in candidates(form):
            if size(candidate) >= size(form) or len(candidate) != 2 or not isinstance(candidate[0], list):
                continue
            if any(not isinstance(each, list) for each in candidate[0]):
                continue
            steps -= 1
            if steps <= 0:
                break
            if fails((candidate[0], candidate[1])):
                form, progress = candidate, True
                break
    return form[0], form[1]
