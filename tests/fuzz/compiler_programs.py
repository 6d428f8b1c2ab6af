"""Random closed R7RS programs whose result the standard fixes.

A program is a list of definitions and one expression, all as nested Python lists of strings, so that they can be cut
down. What keeps the results the same everywhere:

- The order in which operands are evaluated is open, so an operand may only have effects on what is bound inside of it.
  `floor` is the depth of scope below which effects are forbidden; every variable knows the depth it is bound at, every
  procedure the depth of the outermost thing it changes or leaves to.
- Loops count down, recursion burns fuel, and both multiply into a budget.
- Numbers stay away from what implementations may choose (complex results, the last bit of transcendental functions).
"""
import random

EDGE = 2 ** 60
INTS = [0, 1, -1, 2, -2, 3, 7, 8, 10, 63, 255, 256, -128, 1000, 2 ** 31 - 1, -2 ** 31, 2 ** 28, 2 ** 29 - 1, 2 ** 32,
        2 ** 53, 2 ** 53 + 1, EDGE - 1, EDGE, EDGE + 1, EDGE - 2, -EDGE, -EDGE - 1, -EDGE + 1, EDGE // 2, -EDGE // 2,
        2 ** 30, 2 ** 62, 2 ** 63, -2 ** 63, 2 ** 64, 10 ** 20, -10 ** 25, 3037000499, 1 << 59]
FLONUMS = ["0.5", "1.5", "-2.25", "3.0", "1e10", "-1e-5", "0.0", "1e300", "1e-300", "1e-310", "123456.75", "-1.0", "2.0",
           "0.1", "1152921504606846976.0", "9007199254740993.0", "1e160", "-1e200", "5e-324", "100.0", "+inf.0", "-inf.0"]
RATIOS = ["1/2", "-3/4", "7/3", "1/1152921504606846976", "22/7"]
CHARS = ["#\\a", "#\\z", "#\\A", "#\\0", "#\\space", "#\\~"]
SYMBOLS = ["'a", "'b", "'foo", "'bar"]
STRINGS = ['""', '"a"', '"hello"', '"Perdure x"', '"0123456789"']
# What raises, or raises where nearly anything is done with it.
WRONG = ["car", "'()", ["car", "'()"], ["vector-ref", ["vector", "1", "2"], "2"], ["vector-ref", ["vector", "1"], "-1"], ["5", "1"],
         ["raise", "'wrong"], ["error", '"wrong"', "1"], ["+", "1", "'a"], ["<", "0.5", "#f"], ["string-ref", '"ab"', "2"],
         ["quotient", "1", "0"], ["integer->char", "55296"], "not-defined-anywhere", [["lambda", ["x"], "x"]]]
TYPES = ["int", "int", "int", "flo", "flo", "num", "bool", "char", "str", "sym", "list", "vec", "bv", "rec"]


class Var:
    def __init__(self, name, type_, depth, mutable=False, proc=None):
        self.name, self.type, self.depth, self.mutable, self.proc = name, type_, depth, mutable, proc


class Proc:
    """What is known of a procedure: parameter types (rest: a type or None), result type, cost, how far out it reaches."""
    def __init__(self, params, rest, result, cost, reach, fuel=False):
        self.params, self.rest, self.result, self.cost, self.reach, self.fuel = params, rest, result, cost, reach, fuel


FREE = 10 ** 9  # a reach of nothing


class Generator:
    def __init__(self, seed, size=1.0):
        self.r = random.Random(seed)
        self.size = size * self.r.choice([0.3, 1, 1, 1, 2, 4])
        self.counter = 0
        self.env = []
        self.depth = 0        # of scope
        self.floor = 0        # no effects on what is bound at a smaller depth
        self.reach = FREE     # smallest depth that the lambda being made has an effect on
        self.budget = 1       # how often the code being made will run
        self.nodes = 0
        self.wrong = self.r.choice([0.006, 0.006, 0.006, 0.04])   # how often something does not fit where it stands

    # --- helpers
    def name(self, prefix="v"):
        self.counter += 1
        return f"{prefix}{self.counter}"

    def chance(self, p):
        return self.r.random() < p

    def pick(self, seq):
        return self.r.choice(seq)

    def type(self):
        return self.pick(TYPES)

    def scope(self, variables):
        return _Scope(self, variables)

    def bind(self, type_, mutable=False, prefix="v", proc=None):
        return Var(self.name(prefix), type_, self.depth + 1, mutable, proc)

    def pure(self):
        return _Floor(self, self.depth + 1)

    def operand(self, type_, d):
        with self.pure():
            return self.expr(type_, d)

    def operands(self, types, d):
        return [self.operand(t, d) for t in types]

    # --- constants and variables
    def constant(self, type_):
        r = self.r
        if type_ == "any":
            type_ = self.type()
        if type_ == "num":
            type_ = self.pick(["int", "flo", "flo", "ratio", "int"])
        if type_ == "small":
            return str(r.randrange(0, 6))
        if type_ == "int":
            if self.chance(0.4):
                return str(r.randrange(-10, 11))
            n = self.pick(INTS)
            return str(n + r.randrange(-2, 3) if self.chance(0.3) else n)
        if type_ == "flo":
            return self.pick(FLONUMS) if self.chance(0.5) else repr(r.randrange(-100, 100) / 4)
        if type_ == "ratio":
            return self.pick(RATIOS)
        if type_ == "bool":
            return self.pick(["#t", "#f"])
        if type_ == "char":
            return self.pick(CHARS)
        if type_ == "sym":
            return self.pick(SYMBOLS)
        if type_ == "str":
            return self.pick(STRINGS)
        if type_ == "list":
            return ["list"] + [self.constant(self.pick(["int", "flo", "sym", "bool"])) for _ in range(r.randrange(0, 5))]
        if type_ == "vec":
            return ["vector"] + [self.constant(self.pick(["int", "flo", "sym"])) for _ in range(r.randrange(1, 7))]
        if type_ == "bv":
            return ["bytevector"] + [str(r.randrange(256)) for _ in range(r.randrange(1, 7))]
        if type_ == "rec":
            return ["make-point", self.constant("int"), self.constant("flo")]
        raise AssertionError(type_)

    def variable(self, type_):
        fits = [v for v in self.env if v.proc is None and (v.type == type_ or type_ == "any"
                or (type_ == "num" and v.type in ("int", "flo")) or (type_ == "small" and v.type == "small"))]
        if not fits:
            return None
        # Recent ones more often.
        return self.pick(fits[-8:] if self.chance(0.5) else fits).name

    def leaf(self, type_):
        if self.chance(0.7):
            v = self.variable(type_)
            if v is not None:
                return v
        return self.constant(type_)

    # --- expressions
    def expr(self, type_, d):
        self.nodes += 1
        if type_ == "any" and self.chance(0.9):
            type_ = self.type()
        if self.chance(self.wrong):
            return self.pick(WRONG) if self.chance(0.4) else self.leaf(self.type())    # of a wrong type, mostly
        if d <= 0 or self.nodes > 400 * self.size:
            return self.leaf(type_)
        if self.chance(0.12):
            return self.leaf(type_)
        if self.chance(0.45):
            return self.primitive(type_, d - 1)
        form = self.pick(FORMS)
        made = getattr(self, "form_" + form)(type_, d - 1)
        return made if made is not None else self.primitive(type_, d - 1)

    def primitive(self, type_, d):
        if type_ == "small":
            return ["modulo", self.operand("int", d), str(self.r.randrange(1, 6))]
        if type_ == "any":
            type_ = self.type()
        if type_ == "num":
            return self.numeric(d)
        rows = PRIMITIVES.get(type_)
        if not rows:
            return self.leaf(type_)
        row = self.pick(rows)
        return self.fill(row, d)

    def fill(self, row, d):
        """A row is a template: strings starting with : are operand types."""
        if isinstance(row, str):
            return self.operand(row[1:], d) if row.startswith(":") else row
        return [self.fill(each, d) for each in row]

    def numeric(self, d):
        op = self.pick(["+", "-", "*", "+", "-", "*", "/", "max", "min"])
        count = self.pick([2, 2, 2, 2, 3, 4])
        if op in ("max", "min"):
            count = 2
        return [op] + [self.operand(self.pick(["num", "num", "int", "flo"]), d) for _ in range(count)]

    def test(self, d):
        """An expression in test position: mostly comparisons and their combinations."""
        k = self.r.random()
        if d <= 0 or k < 0.45:
            return self.primitive("bool", min(d, 1) if d > 0 else 0)
        if k < 0.6:
            return ["not", self.test(d - 1)]
        if k < 0.85:
            return [self.pick(["and", "or"])] + [self.test(d - 1) for _ in range(self.pick([1, 2, 2, 3]))]
        if k < 0.92:
            return ["if", self.test(d - 1), self.test(d - 1), self.test(d - 1)]
        return self.expr("bool", d - 1)

    def form_if(self, type_, d):
        return ["if", self.test(d), self.expr(type_, d), self.expr(type_, d)]

    def form_cond(self, type_, d):
        clauses = [[self.test(d), self.expr(type_, d)] for _ in range(self.r.randrange(1, 4))]
        if self.chance(0.2):
            v = self.bind("num")
            with self.scope([v]):
                clauses.append([["and", self.test(d), self.operand("num", d)], "=>",
                                ["lambda", [v.name], self.expr(type_, d)]])
        return ["cond"] + clauses + [["else", self.expr(type_, d)]]

    def form_case(self, type_, d):
        key = self.expr(self.pick(["int", "small", "sym", "char"]), d)
        clauses = []
        for _ in range(self.r.randrange(1, 4)):
            data = [self.pick(["0", "1", "2", "3", "a", "b", "foo", "#\\a", "#\\0", str(EDGE), str(EDGE - 1)])]
            clauses.append([data, self.expr(type_, d)])
        return ["case", key] + clauses + [["else", self.expr(type_, d)]]

    def form_and_or(self, type_, d):
        if type_ == "bool":
            return self.test(d)
        return ["or", ["and", self.test(d), self.expr(type_, d)], self.expr(type_, d)]

    def form_let(self, type_, d):
        kind = self.pick(["let", "let", "let*"])
        variables, rows = [], []
        for _ in range(self.pick([1, 2, 2, 3, 4])):
            t = self.type()
            v = self.bind(t, self.chance(0.35))
            variables.append(v)
            rows.append(v)
        if kind == "let":
            rows = [[v.name, self.operand(v.type, d)] for v in variables]
            with self.scope(variables):
                return ["let", rows] + self.body(type_, d)
        made, scopes = [], []
        for v in variables:
            v.depth = self.depth + 1
            made.append([v.name, self.expr(v.type, d)])
            s = self.scope([v])
            s.__enter__()
            scopes.append(s)
        body = self.body(type_, d)
        for s in reversed(scopes):
            s.__exit__()
        return ["let*", made] + body

    def form_many(self, type_, d):
        """Many values live at once, across whatever comes in between."""
        count = self.r.randrange(8, 26)
        mixed = self.pick([["int"], ["flo"], ["int", "flo"], ["int", "flo", "num", "list", "char"], ["num"]])
        variables = [self.bind(self.pick(mixed), self.chance(0.07)) for _ in range(count)]
        rows = [[v.name, self.operand(v.type, 1)] for v in variables]
        with self.scope(variables):
            inner = self.bind(self.type())
            middle = self.expr(inner.type, d)
            with self.scope([inner]):
                more = self.chance(0.5) and self.bind("any")
                used = [v.name for v in variables] + [inner.name]
                self.r.shuffle(used)
                if more:
                    with self.scope([more]):
                        result = ["let", [[more.name, ["list"] + used]], ["keep", more.name, self.expr(type_, d)]]
                else:
                    result = ["keep", ["list"] + used, self.expr(type_, d)]
            return ["let", rows, ["let", [[inner.name, middle]], result]]

    def form_begin(self, type_, d):
        return ["begin"] + [self.effect(d) for _ in range(self.pick([1, 1, 2, 3]))] + [self.expr(type_, d)]

    def body(self, type_, d):
        return [self.effect(d) for _ in range(self.pick([0, 0, 0, 1, 2]))] + [self.expr(type_, d)]

    # --- procedures
    def make_lambda(self, params, rest, result, d, self_var=None):
        """(formals, body, reach) of a procedure of these parameter types."""
        variables = [self.bind(t, self.chance(0.15)) for t in params]
        rest_var = self.bind("list") if rest else None
        outer_reach, outer_floor = self.reach, self.floor
        self.reach = FREE
        # What it does to the outside happens when it is called, and is its reach. Inside a pure operand it stays in.
        with self.scope(variables + ([rest_var] if rest_var else [])):
            body = self.body(result, d)
        reach, self.reach, self.floor = self.reach, min(outer_reach, FREE), outer_floor
        names = [v.name for v in variables]
        if rest_var:
            formals = rest_var.name if not names else names + [".", rest_var.name]
        else:
            formals = names
        if reach > self.depth:
            return formals, body, FREE
        self.reach = min(self.reach, reach)
        return formals, body, reach

    def signature(self, result):
        count = self.pick([0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 12])
        mixed = self.pick([["int"], ["flo"], ["int", "flo", "num"], TYPES])
        return [self.pick(mixed) for _ in range(count)], ("any" if self.chance(0.15) else None), result

    def form_closure(self, type_, d):
        """A procedure bound by let or letrec and called, perhaps from several places."""
        params, rest, result = self.signature(type_ if self.chance(0.7) else self.type())
        formals, body, reach = self.make_lambda(params, rest, result, d)
        f = self.bind("proc", proc=Proc(params, rest, result, 1, reach), prefix="f")
        value = ["lambda", formals] + body
        form = self.pick(["let", "letrec", "letrec*", "define", "box"])
        with self.scope([f]):
            inner = self.body(type_, d)
            if form == "define":
                head = [f.name] + formals if isinstance(formals, list) else [f.name, ".", formals]
                return ["let", [], ["define", head] + body] + inner
            if form == "box":
                return [["lambda", [f.name]] + inner, value]
            return [form, [[f.name, value]]] + inner

    def form_call(self, type_, d):
        fits = [v for v in self.env if v.proc and (v.proc.result == type_ or type_ == "any") and v.proc.reach >= self.floor
                and v.proc.cost * self.budget < 3000]
        if not fits:
            return None
        f = self.pick(fits)
        self.reach = min(self.reach, f.proc.reach)
        args = self.operands(f.proc.params, d - 1)
        if f.proc.fuel:
            args[0] = str(self.r.randrange(0, 5))
        if f.proc.rest:
            args += self.operands([f.proc.rest] * self.r.randrange(0, 8), d - 1)
        if self.chance(max(0.02, self.wrong)):
            args = args[1:] if args else ["1"]
        if self.chance(0.12):
            k = self.r.randrange(len(args) + 1)
            return ["apply", f.name] + args[:k] + [["list"] + args[k:]]
        return [f.name] + args

    def form_case_lambda(self, type_, d):
        counts = self.r.sample([0, 1, 2, 3, 4], self.pick([1, 2, 3]))
        f = self.name("c")
        clauses = []
        for n in counts:
            formals, body, reach = self.make_lambda([self.pick(["int", "flo", "any"]) for _ in range(n)], None, type_, d - 1)
            if reach < self.floor:
                return None
            clauses.append([formals] + body)
        if self.chance(0.3):
            formals, body, reach = self.make_lambda(["int"], "any", type_, d - 1)
            if reach < self.floor:
                return None
            clauses.append([formals] + body)
        n = self.pick(counts) if self.chance(0.9) else 5
        call = [f] + self.operands(["int"] * n, d - 1)
        return ["let", [[f, ["case-lambda"] + clauses]], call]

    # --- loops
    def loop_variables(self, d):
        count = self.pick([0, 1, 1, 2, 2, 3, 4, 6, 9, 14, 18]) if self.chance(0.85) else self.r.randrange(15, 22)
        mixed = self.pick([["flo"], ["int"], ["flo", "int"], ["flo", "num", "int"], ["flo", "num", "list", "int", "bool", "char"]])
        return [self.bind(self.pick(mixed), self.chance(0.05)) for _ in range(count)]

    def step(self, v, variables, d):
        """The next value of a loop variable: often another variable's, so that the moves have to be parallel."""
        same = [w for w in variables if w.type == v.type]
        k = self.r.random()
        if k < 0.3:
            return self.pick(same).name
        if k < 0.4:
            return v.name
        if v.type == "flo" and k < 0.75:
            return [self.pick(["+", "-", "*"]), self.pick(same).name, self.pick([self.constant("flo"), self.pick(same).name])]
        if v.type == "int" and k < 0.75:
            return [self.pick(["+", "-"]), self.pick(same).name, self.pick([self.constant("int"), self.pick(same).name])]
        if v.type == "list" and k < 0.8:
            return ["cons", self.operand("any", 1), self.pick(same).name]
        value = self.operand(v.type, min(d, 2))
        return ["wrap", value] if v.type == "int" else value

    def form_loop(self, type_, d):
        turns = self.r.randrange(1, 7)
        if self.budget * turns > 600:
            return None
        variables = self.loop_variables(d)
        count = self.bind("small", prefix="i")
        label = self.name("loop")
        inits = [self.operand(v.type, 1) for v in variables]
        style = self.pick(["named", "named", "do", "mutual", "nontail"])
        self.budget *= turns
        try:
            with self.scope([count] + variables):
                used = ["list"] + [v.name for v in variables]
                if style == "do":
                    steps = [[v.name, i, self.step(v, variables, d)] for v, i in zip(variables, inits)]
                    body = [self.effect(d)] if self.chance(0.5) else []
                    result = ["keep", used, self.expr(type_, d)]
                    return ["do", [[count.name, str(turns), ["-", count.name, "1"]]] + steps,
                            [["=", count.name, "0"], result]] + body

                def again(name):
                    return [name, ["-", count.name, "1"]] + [self.step(v, variables, d) for v in variables]
                head = [[count.name, str(turns)]] + [[v.name, i] for v, i in zip(variables, inits)]
                if style == "nontail":
                    return ["let", label, head, ["if", ["<", count.name, "1"], ["list", ["quote", "end"]] + used[1:],
                                                 ["cons", self.operand("any", d), again(label)]]] if type_ in ("list", "any") else None
                end = ["keep", used, self.expr(type_, d)] if self.chance(0.7) else self.expr(type_, d)
                if style == "named":
                    turn = again(label)
                    if self.chance(0.35):
                        turn = ["if", self.test(d), again(label), turn]
                    if self.chance(0.3):
                        turn = ["begin", self.effect(d), turn]
                    if self.chance(0.15):
                        turn = ["cond", [self.test(d), self.expr(type_, d)], ["else", turn]]
                    if self.chance(0.3):
                        w = self.bind(self.pick(["flo", "int", "num"]))
                        value = self.operand(w.type, 2)
                        with self.scope([w]):
                            turn = ["let", [[w.name, value]], turn if self.chance(0.5) else again(label)]
                    return ["let", label, head, ["if", ["<=", count.name, "0"], end, turn]]
                other = self.name("loop")
                formals = [count.name] + [v.name for v in variables]
                swapped = [v.name for v in variables]
            # mutual: two labels over parameters of their own
            renamed = [self.bind(v.type) for v in variables]
            count2 = self.bind("small", prefix="i")
            first = [formals, ["if", ["<=", count.name, "0"], end, [other, ["-", count.name, "1"]] + swapped]]
            with self.scope([count2] + renamed):
                def go(name):
                    return [name, ["-", count2.name, "1"]] + [self.step(v, renamed, d) for v in renamed]
                turn = ["if", self.test(d), go(label), go(other) if self.chance(0.6) else go(label)]
                end2 = ["keep", ["list"] + [v.name for v in renamed], self.expr(type_, d)]
                second = [[count2.name] + [v.name for v in renamed], ["if", ["<=", count2.name, "0"], end2, turn]]
            start = [self.pick([label, other]), str(turns)] + inits
            if self.chance(0.25):
                start = ["if", self.test(1), [label, str(turns)] + inits, [other, str(turns)] + inits]
            return ["letrec", [[label, ["lambda"] + first], [other, ["lambda"] + second]], start]
        finally:
            self.budget //= turns

    # --- control
    def form_escape(self, type_, d):
        k = Var(self.name("k"), "proc", self.depth + 1, False, Proc([type_], None, type_, 1, self.depth + 1))
        with self.scope([k]):
            # Leaving is an effect on what is bound here.
            return [self.pick(["call/cc", "call-with-current-continuation"]), ["lambda", [k.name]] + self.body(type_, d)]

    def form_generator(self, type_, d):
        """Re-entry: a continuation is taken once and called again a bounded number of times."""
        if type_ not in ("list", "any"):
            return None
        k, n, out, x = self.name("k"), self.name("n"), self.name("out"), self.name("x")
        xs = Var(x, "int", self.depth + 2)
        with self.scope([]), self.scope([xs]):
            piece = self.operand("any", d)
        return ["let", [[k, "#f"], [n, "0"], [out, ["quote", []]]],
                ["let", [[x, ["call/cc", ["lambda", ["c"], ["set!", k, "c"], self.constant("int")]]]],
                 ["set!", out, ["cons", piece, out]],
                 ["set!", n, ["+", n, "1"]],
                 ["if", ["<", n, "3"], [k, ["+", n, x]], out]]]

    def form_again(self, type_, d):
        """A continuation taken in one turn of a loop is called when the loop is over: the turn's variables are back."""
        if type_ not in ("list", "any") or self.budget > 30:
            return None
        k, n, out, loop = self.name("k"), self.name("n"), self.name("out"), self.name("loop")
        variables = self.loop_variables(d)[:10]
        i = self.bind("small", prefix="i")
        turns = self.r.randrange(1, 5)
        taken = str(self.r.randrange(1, turns + 1))
        inits = [self.operand(v.type, 1) for v in variables]
        self.budget *= turns * 3
        with self.pure(), self.scope([i] + variables):
            piece = self.operand("any", d)
            steps = [self.step(v, variables, d) for v in variables]
        self.budget //= turns * 3
        used = ["list", i.name] + [v.name for v in variables]
        return ["let", [[k, "#f"], [n, "0"], [out, ["quote", []]]],
                ["let", loop, [[i.name, str(turns)]] + [[v.name, e] for v, e in zip(variables, inits)],
                 ["if", ["=", i.name, "0"],
                  ["begin", ["set!", n, ["+", n, "1"]], ["if", ["<", n, "3"], [k, n], out]],
                  ["let", [["x", ["call/cc", ["lambda", ["c"], ["if", ["=", i.name, taken], ["set!", k, "c"]], "0"]]]],
                   ["set!", out, ["cons", ["cons", "x", ["cons", piece, used]], out]],
                   [loop, ["-", i.name, "1"]] + steps]]]]

    def form_wind(self, type_, d):
        log = Var(self.name("log"), "list", self.depth + 1, True)
        v = self.name("w")
        with self.scope([log]):
            inner = self.expr(type_, d)
        return ["let", [[log.name, ["quote", []]]],
                ["let", [[v, ["dynamic-wind", ["lambda", [], ["set!", log.name, ["cons", "1", log.name]]],
                              ["lambda", [], inner],
                              ["lambda", [], ["set!", log.name, ["cons", "2", log.name]]]]]],
                 ["keep", log.name, v]]]

    def form_guard(self, type_, d):
        k = self.r.random()
        if k < 0.5:
            return ["guard", ["e", ["#t", self.operand(type_, d)]], self.operand(type_, d)]
        v = self.bind("int")
        if k < 0.8:
            return ["guard", ["e", [["symbol?", "e"], self.operand(type_, d)], ["#t", self.operand(type_, d)]],
                    ["if", self.test(d), ["raise", "'sym"], self.operand(type_, d)]]
        return ["with-exception-handler", ["lambda", [v.name], self.operand("int", 1)],
                ["lambda", [], ["if", ["<", ["raise-continuable", self.operand("int", 1)], "3"],
                                self.operand(type_, d), self.operand(type_, d)]]]

    def form_values(self, type_, d):
        count = self.pick([0, 1, 2, 3, 5, 8])
        variables = [self.bind(self.type()) for _ in range(count)]
        values = ["values"] + [self.operand(v.type, 1) for v in variables]
        producer = values if self.chance(0.6) else ["if", self.test(d), values, values]
        with self.scope(variables):
            body = self.expr(type_, d)
        names = [v.name for v in variables]
        if self.chance(0.03):
            names = names[1:] if names else [self.name("v")]
        k = self.r.random()
        if k < 0.4:
            return ["call-with-values", ["lambda", [], producer], ["lambda", names, body]]
        if k < 0.8:
            return ["let-values", [[names, producer]], body]
        return ["receive-all", producer, ["lambda", names, body]]

    def form_map(self, type_, d):
        if self.budget * 5 > 600:
            return None
        self.budget *= 5
        v, acc = self.bind("any"), None
        try:
            lst = self.operand("list", d)
            if type_ in ("list", "any"):
                with self.pure(), self.scope([v]):
                    return ["map", ["lambda", [v.name], self.operand("any", d)], lst]
            if type_ == "vec":
                with self.pure(), self.scope([v]):
                    return ["vector-map", ["lambda", [v.name], self.operand("any", d)], ["list->vector", lst]]
            acc = Var(self.name("acc"), type_, self.depth + 1, True)
            v.depth = self.depth + 2
            init = self.operand(type_, 1)
            with self.scope([acc]):
                with self.scope([v]):
                    step = self.expr(type_, d)
                return ["let", [[acc.name, init]],
                        ["for-each", ["lambda", [v.name], ["set!", acc.name, step]], lst], acc.name]
        finally:
            self.budget //= 5

    def form_counter(self, type_, d):
        """Closures over assigned variables."""
        if type_ not in ("int", "num", "any", "list"):
            return None
        n, step = self.name("n"), self.name("step")
        var = Var(n, "int", self.depth + 1, True)
        with self.scope([var]):
            up = self.operand("int", d)
        calls = [[step, self.constant("int")] for _ in range(3)]
        read = n if type_ != "list" else ["list", n, n]
        return ["let", [[n, self.operand("int", 1)]],
                ["let", [[step, ["lambda", ["by"], ["set!", n, ["+", "by", up]], n]]]] + calls + [read]]

    def form_letrec(self, type_, d):
        """Internal definitions of all sorts, in an order that matters."""
        variables, forms, scopes = [], [], []
        outer = Var(self.name("m"), "int", self.depth + 1, True)
        scopes.append(self.scope([outer]))
        scopes[-1].__enter__()
        for _ in range(self.pick([2, 3, 4])):
            k = self.r.random()
            if k < 0.4:
                t = self.type()
                v = self.bind(t, self.chance(0.3))
                value = self.expr(t, d)
                if self.chance(0.3):
                    value = ["begin", ["set!", outer.name, ["+", outer.name, "1"]], value]
                forms.append(["define", v.name, value])
            elif k < 0.6:
                v = self.bind("int", self.chance(0.2))
                forms.append(["define", v.name, outer.name])
            else:
                params, rest, result = self.signature(self.type())
                formals, body, reach = self.make_lambda(params, rest, result, d)
                v = self.bind("proc", proc=Proc(params, rest, result, 1, reach), prefix="f")
                if isinstance(formals, list):
                    forms.append(["define", [v.name] + formals] + body)
                else:
                    forms.append(["define", v.name, ["lambda", formals] + body])
            scopes.append(self.scope([v]))
            scopes[-1].__enter__()
        if self.chance(0.5):
            # A procedure that looks at variables defined after it.
            peek = self.name("peek")
            seen = [form[1] for form in forms if isinstance(form[1], str) and form[2] != "lambda" and form[2][0] != "lambda"]
            forms.insert(self.r.randrange(len(forms)), ["define", [peek], ["list", outer.name] + seen])
            body = [["keep", [peek], self.expr(type_, d)]]
        else:
            body = self.body(type_, d)
        for s in reversed(scopes):
            s.__exit__()
        return ["let", [], ["define", outer.name, self.constant("int")]] + forms + body

    def form_vector_loop(self, type_, d):
        """Fill a vector, then use it."""
        if self.budget * 6 > 600:
            return None
        v = Var(self.name("vec"), "vec", self.depth + 1)
        i = Var(self.name("i"), "small", self.depth + 2)
        n = self.r.randrange(1, 7)
        self.budget *= n
        with self.scope([v]):
            with self.scope([i]):
                value = self.operand(self.pick(["flo", "int", "num", "any"]), d)
        self.budget //= n
        with self.scope([v]):
            body = self.expr(type_, d)
        return ["let", [[v.name, ["make-vector", str(n), self.constant("flo")]]],
                ["do", [[i.name, "0", ["+", i.name, "1"]]], [["=", i.name, str(n)]], ["vector-set!", v.name, i.name, value]],
                ["keep", ["vector->list", v.name], body]]

    def form_collect(self, type_, d):
        """Closures made in a loop, each over the loop variables of its turn, some of which they assign."""
        if type_ not in ("list", "any") or self.budget > 100:
            return None
        variables = [self.bind(self.pick(["int", "flo", "num", "list"]), self.chance(0.4)) for _ in range(self.r.randrange(1, 9))]
        i = self.bind("small", prefix="i")
        inits = [self.operand(v.type, 1) for v in variables]
        loop, made, turns = self.name("loop"), self.name("made"), self.r.randrange(1, 5)
        self.budget *= turns * 2
        with self.scope([i] + variables):
            with self.pure():
                formals, body, _ = self.make_lambda([], None, "any", d - 1)
            # Its own loop variables it may change: they are of its turn only.
            changes = [["set!", v.name, self.step(v, variables, 1)] for v in variables if v.mutable]
            steps = [self.step(v, variables, d) for v in variables]
        self.budget //= turns * 2
        closure = ["lambda", formals] + changes + [["cons", ["list"] + [v.name for v in variables], ["list"] + body[-1:]]]
        result = [["map", ["lambda", ["f"], ["f"]], made]] if self.chance(0.5) else \
            [["let", [["once", ["map", ["lambda", ["f"], ["f"]], made]]], ["cons", ["map", ["lambda", ["f"], ["f"]], made], "once"]]]
        return ["let", loop, [[i.name, str(turns)], [made, ["quote", []]]] + [[v.name, e] for v, e in zip(variables, inits)],
                ["if", ["<", i.name, "1"]] + result + [[loop, ["-", i.name, "1"], ["cons", closure, made]] + steps]]

    def form_group(self, type_, d):
        """Procedures that call each other, not only in tail position, over captured variables; perhaps by apply or map."""
        if self.budget > 60:
            return None
        shared = [self.bind(self.pick(["flo", "int", "num"])) for _ in range(self.r.randrange(1, 5))]
        rows = [[v.name, self.operand(v.type, 1)] for v in shared]
        names = [self.name("h") for _ in range(self.pick([1, 2, 3]))]
        params = [self.pick(["int", "flo", "num"]) for _ in range(self.pick([0, 1, 2, 3, 6]))]
        self.budget *= 10
        definitions = []
        with self.scope(shared):
            for name in names:
                n = self.bind("small", prefix="n")
                variables = [self.bind(t) for t in params]
                with self.pure(), self.scope([n] + variables):
                    def call():
                        arguments = [["-", n.name, "1"]] + [self.operand(t, 2) for t in params]
                        other = self.pick(names)
                        k = self.r.random()
                        if k < 0.15:
                            return ["apply", other, ["list"] + arguments]
                        if k < 0.25:
                            return ["car", ["map", other] + [["list", each] for each in arguments]]
                        return [other] + arguments
                    w = self.bind(type_)
                    with self.scope([w]):
                        turn = ["let", [[w.name, call()]], ["keep", ["list"] + [v.name for v in shared + variables], self.expr(type_, d - 1)]]
                    turn = self.pick([turn, call(), ["if", self.test(d - 1), call(), turn]])
                    definitions.append([name, ["lambda", [n.name] + [v.name for v in variables],
                                               ["if", ["<=", n.name, "0"], self.expr(type_, d - 1), turn]]])
            start = [self.pick(names), str(self.r.randrange(0, 5))] + [self.operand(t, 1) for t in params]
        self.budget //= 10
        return ["let", rows, ["letrec", definitions, start]]

    def form_deep(self, type_, d):
        """Recursion too deep for the first piece of a stack, with values that live across it."""
        if self.budget > 2 or type_ not in ("int", "flo", "num"):
            return None
        n, x, deep = self.bind("small", prefix="n"), self.bind("flo"), self.name("deep")
        first = self.operand("flo", 1)
        with self.pure(), self.scope([n, x]):
            end = self.expr(type_, d)
        return ["let", deep, [[n.name, str(self.pick([100, 3000, 30000]))], [x.name, first]],
                ["if", ["=", n.name, "0"], end, ["+", "1", ["mix", [deep, ["-", n.name, "1"], ["-", "0.5", x.name]], ["list", x.name]]]]]

    def form_parameterize(self, type_, d):
        return ["parameterize", [["parameter", self.operand("int", d)]], self.expr(type_, d)]

    # --- effects
    def effect(self, d):
        k = self.r.random()
        targets = [v for v in self.env if v.mutable and v.depth >= self.floor and v.proc is None]
        if k < 0.5 and targets:
            v = self.pick(targets)
            self.reach = min(self.reach, v.depth)
            return ["set!", v.name, self.expr(v.type, d - 1)]
        if k < 0.6 and d > 0:
            return ["if", self.test(d - 1), self.effect(d - 1), self.effect(d - 1)]
        if k < 0.7 and d > 0:
            return [self.pick(["when", "unless"]), self.test(d - 1), self.effect(d - 1)]
        if k < 0.75 and d > 0:
            return ["begin", self.effect(d - 1), self.effect(d - 1)]
        return self.expr(self.type(), d - 2)     # its value is dropped

    # --- programs
    def definition(self, d):
        params, rest, result = self.signature(self.type())
        fuel = self.chance(0.6)
        name = self.name("g")
        proc = Proc((["small"] if fuel else []) + params, rest, result, 1, FREE, fuel)
        variables = [self.bind(t, self.chance(0.1)) for t in params]
        n = self.bind("small", prefix="n")
        rest_var = self.bind("list") if rest else None
        everything = ([n] if fuel else []) + variables + ([rest_var] if rest_var else [])
        names = [v.name for v in everything if v is not rest_var]
        with self.scope(everything):
            with self.pure():
                base = self.expr(result, d)
                if fuel:
                    # The recursive call is one more procedure that may be called, once.
                    w = self.bind(result)
                    again = [name, ["-", n.name, "1"]] + [self.operand(t, 2) for t in params]
                    with self.scope([w]):
                        turn = ["let", [[w.name, again]], self.expr(result, d)]
                    if self.chance(0.3):
                        turn = again
                    base = ["if", ["<", n.name, "1"], base, turn]
        formals = [name] + names + ([".", rest_var.name] if rest_var else [])
        self.env.append(Var(name, "proc", 0, False, Proc(proc.params, rest, result, 6 if fuel else 1, FREE, fuel)))
        return ["define", formals, base]

    def program(self):
        """(definitions, expression)"""
        self.depth = 1
        self.floor = 1
        definitions = []
        for _ in range(self.pick([0, 0, 1, 2, 3])):
            self.nodes = 0
            definitions.append(self.definition(self.pick([2, 3, 4])))
        self.nodes = 0
        return definitions, self.expr(self.pick(["int", "flo", "num", "list", "any", "any"]), self.pick([3, 4, 5, 6, 7]))


FORMS = ["if", "if", "cond", "case", "and_or", "let", "let", "let", "many", "begin", "begin", "closure", "closure", "call",
         "call", "call", "case_lambda", "loop", "loop", "loop", "loop", "escape", "generator", "wind", "guard", "values", "map",
         "counter", "letrec", "vector_loop", "collect", "collect", "group", "group", "deep", "parameterize", "generator", "again", "again"]

PRIMITIVES = {
    "int": [["+", ":int", ":int"], ["-", ":int", ":int"], ["*", ":int", ":int"], ["+", ":int", ":int", ":int"],
            ["-", ":int"], ["quotient", ":int", ":int"], ["remainder", ":int", ":int"], ["modulo", ":int", ":int"],
            ["+", ":int", "1"], ["-", ":int", "1"], ["*", ":int", "3"], ["*", "-1", ":int"],
            ["quotient", ":int", "7"], ["modulo", ":int", "10"], ["remainder", ":int", "-3"],
            ["floor-quotient", ":int", ":int"], ["exact-integer-sqrt-floor", ["abs", ":int"]],
            ["abs", ":int"], ["max", ":int", ":int"], ["min", ":int", ":int"], ["gcd", ":int", ":int"],
            ["string-length", ":str"], ["vector-length", ":vec"], ["length", ":list"], ["bytevector-length", ":bv"],
            ["char->integer", ":char"], ["bytevector-u8-ref", ":bv", ":small"], ["point-x", ":rec"],
            ["exact", ["floor", ["*", ":flo", "0.5"]]], ["expt", ":small", ":small"], ["square", ":int"],
            ["bitwise-and", ":int", ":int"], ["bitwise-or", ":int", ":int"], ["bitwise-xor", ":int", ":int"], ["parameter"],
            ["car", ["cons", ":int", ":any"]], ["cdr", ["cons", ":any", ":int"]], ["vector-ref", ["vector", ":int", ":int"], "1"]],
    "flo": [["+", ":flo", ":flo"], ["-", ":flo", ":flo"], ["*", ":flo", ":flo"], ["/", ":flo", ":flo"],
            ["+", ":flo", "1"], ["-", "1", ":flo"], ["*", ":flo", "2"], ["/", ":flo", "3"], ["+", ":flo", ":int"],
            ["-", ":int", ":flo"], ["inexact", ":int"], ["sqrt", ["abs", ":flo"]], ["abs", ":flo"], ["max", ":flo", ":flo"],
            ["-", ":flo"], ["floor", ":flo"], ["round", ":flo"], ["truncate", ":flo"], ["+", ":flo", ":flo", ":flo"],
            ["*", ":flo", ":flo", ":flo"], ["point-y", ":rec"], ["vector-ref", ["vector", ":flo", ":flo"], "0"],
            ["car", ["list", ":flo", ":flo"]], ["*", "0.5", ":flo"], ["if", ":bool", ":flo", ":flo"]],
    "bool": [["<", ":int", ":int"], [">", ":int", ":int"], ["<=", ":int", ":int"], [">=", ":int", ":int"], ["=", ":int", ":int"],
             ["<", ":flo", ":flo"], [">", ":flo", ":flo"], ["<=", ":flo", ":flo"], [">=", ":flo", ":flo"], ["=", ":flo", ":flo"],
             ["<", ":num", ":num"], [">", ":num", ":num"], ["=", ":num", ":num"], ["<=", ":num", ":num"], [">=", ":num", ":num"],
             ["<", ":int", "0"], ["<", "5", ":int"], ["=", ":int", "1"], [">=", ":flo", "0.5"], ["<", ":flo", "3"],
             ["<", ":int", ":int", ":int"], ["<=", ":num", ":num", ":num"], ["zero?", ":int"], ["zero?", ":num"],
             ["positive?", ":num"], ["negative?", ":int"], ["even?", ":int"], ["odd?", ":int"], ["not", ":bool"],
             ["null?", ":list"], ["pair?", ":list"], ["pair?", ":any"], ["vector?", ":any"], ["string?", ":any"],
             ["symbol?", ":any"], ["char?", ":any"], ["boolean?", ":any"], ["procedure?", ":any"], ["integer?", ":any"],
             ["number?", ":any"], ["bytevector?", ":any"], ["point?", ":any"], ["eq?", ":sym", ":sym"], ["eqv?", ":int", ":int"],
             ["eqv?", ":num", "2"], ["eqv?", ":any", "1.5"], ["eqv?", ":char", "#\\a"], ["eq?", ":any", "'a"],
             ["equal?", ":any", ":any"], ["eqv?", ":flo", ":flo"], ["char<?", ":char", ":char"], ["char=?", ":char", ":char"],
             ["char>=?", ":char", ":char"], ["char>?", ":char", "#\\m"], ["string=?", ":str", ":str"], ["string<?", ":str", ":str"],
             ["eq?", ":any", ":bool"], ["exact?", ":num"], ["eof-object?", ":any"]],
    "char": [["string-ref", ":str", ":small"], ["integer->char", ["+", "97", ":small"]], ["char-upcase", ":char"],
             ["integer->char", ["+", "32", ["modulo", ":int", "95"]]], ["char-downcase", ":char"]],
    "str": [["string-append", ":str", ":str"], ["number->string", ":int"], ["substring", ":str", "0", ":small"],
            ["list->string", ["list", ":char", ":char"]], ["symbol->string", ":sym"], ["string", ":char"],
            ["make-string", ":small", ":char"], ["string-copy", ":str"]],
    "sym": [["string->symbol", ["string-append", "\"s\"", ["number->string", ":small"]]], ["if", ":bool", ":sym", ":sym"]],
    "list": [["cons", ":any", ":list"], ["cons", ":int", ":list"], ["list", ":any", ":any"], ["list", ":flo", ":int", ":any", ":any"],
             ["append", ":list", ":list"], ["reverse", ":list"], ["cdr", ":list"], ["vector->list", ":vec"],
             ["list", ":any", ":any", ":any", ":any", ":any", ":any", ":any", ":any", ":any"],
             ["string->list", ":str"], ["cons*", ":any", ":any", ":list"], ["list-tail", ":list", "1"],
             ["let-pair", ":any", ":any", ":any"]],
    "vec": [["vector", ":any", ":any"], ["vector", ":int", ":flo", ":any"], ["make-vector", ":small", ":any"], ["list->vector", ":list"],
            ["vector-set", ":vec", ":small", ":any"], ["vector-append", ":vec", ":vec"]],
    "bv": [["bytevector", ":small", ":small"], ["make-bytevector", ":small", ":small"], ["bytevector-set", ":bv", ":small", ":int"],
           ["bytevector-set", ":bv", ":small", ":small"]],
    "rec": [["make-point", ":int", ":flo"], ["make-point3", ":int", ":flo", ":any"], ["point-set", ":rec", ":int"]],
}


class _Scope:
    def __init__(self, generator, variables):
        self.g, self.variables = generator, variables

    def __enter__(self):
        self.g.depth += 1
        self.size = len(self.g.env)
        self.g.env.extend(self.variables)

    def __exit__(self, *_):
        self.g.depth -= 1
        del self.g.env[self.size:]


class _Floor:
    def __init__(self, generator, floor):
        self.g, self.new = generator, max(floor, generator.floor)

    def __enter__(self):
        self.old, self.g.floor = self.g.floor, self.new

    def __exit__(self, *_):
        self.g.floor = self.old


def text(form):
    return form if isinstance(form, str) else "(" + " ".join(text(each) for each in form) + ")"
