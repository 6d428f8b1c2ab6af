"""Random sessions: forms typed one after the other, of which some redefine what others call.

Where compiler_programs.py makes one closed expression, a session is about what changes while it goes on: procedures of the
top level that are defined and assigned again, between the calls of others and in the middle of them; continuations that
are entered again, winders, handlers, parameters, several values, case-lambda, rest arguments and apply in between.

Everything that has an effect stands in the order of a body or of `let*`, and operands are variables, constants or primitives
without effects, so that the order in which operands are evaluated does not matter. What runs takes from `fuel`.
"""
import random

INTS = ["0", "1", "-1", "2", "3", "7", "10", "100", "-5", str(2 ** 60 - 1), str(-2 ** 60), str(2 ** 64), "255", "256"]
FLONUMS = ["0.5", "-1.25", "2.0", "1e10", "3.5"]
TYPES = ["int", "int", "int", "list", "str", "vec", "sym", "bool", "char", "flo", "bv", "rec"]
WRONG = ["'wrong", "#f", "7", '"text"', "'()", "1.5", "#\\w", "(vector 1)", "car", "-1", "99"]

# Templates: ":type" stands for an operand.
PRIMITIVES = {
    "int": ["(+ :int :int)", "(- :int :int)", "(* :int 3)", "(quotient :int :int)", "(remainder :int 7)", "(modulo :int 10)", "(- :int)", "(abs :int)",
            "(+ :int 1)", "(max :int :int)", "(length :list)", "(vector-length :vec)", "(string-length :str)", "(char->integer :char)",
            "(vector-ref :vec 0)", "(vector-ref :vec :small)", "(bytevector-u8-ref :bv :small)", "(bytevector-length :bv)", "(car (list :int))",
            "(apply + :int (list :int :int))", "(apply max (list :int 1))", "(cadr (list 1 :int))", "(exact (floor :flo))"],
    "flo": ["(+ :flo 1)", "(* :flo :flo)", "(- :flo :flo)", "(/ :flo 2)", "(max :flo 0.0)", "(inexact :int)"],
    "bool": ["(< :int :int)", "(= :int :int)", "(> :flo 0.5)", "(null? :list)", "(pair? :list)", "(eq? :sym 'a)", "(not :bool)", "(zero? :int)",
             "(even? :int)", "(char<? :char #\\m)", "(string=? :str \"ab\")", "(string<? :str :str)", "(equal? :list :list)", "(eqv? :int 1)",
             "(vector? :any)", "(procedure? :any)", "(memv :int (list 1 2 3))", "(<= 0 :int 5)", "(REC? :any)", "(symbol? :any)"],
    "char": ["(string-ref :str :small)", "(char-upcase :char)", "(integer->char :small)", "(car (list :char))"],
    "str": ["(string-append :str :str)", "(substring :str 0 :small)", "(number->string :int)", "(symbol->string :sym)", "(string :char :char)",
            "(list->string (list :char))", "(string-copy :str)", "(make-string :small :char)"],
    "sym": ["(string->symbol :str)", "(car (list :sym))", "(if :bool 'a :sym)"],
    "list": ["(cons :any :list)", "(list :any :any)", "(cdr :list)", "(reverse :list)", "(append :list :list)", "(vector->list :vec)", "(list-tail :list 1)",
             "(map - (list :int :int))", "(string->list :str)", "(list :int :flo :any :char)", "(apply list :any :list)", "(cddr :list)", "(list-copy :list)"],
    "vec": ["(vector :int :int)", "(make-vector :small :int)", "(vector-copy :vec)", "(list->vector (list :int))", "(vector-map (lambda (x) (+ x 1)) :vec)"],
    "bv": ["(bytevector 1 :small)", "(make-bytevector :small 7)", "(bytevector-copy :bv)"],
}


class Variable:
    def __init__(self, name, type_, mutable=False):
        self.name, self.type, self.mutable = name, type_, mutable


class Procedure:
    """clauses: [(parameter types, rest?)]; results: the types of its values."""
    def __init__(self, name, clauses, results):
        self.name, self.clauses, self.results = name, clauses, results


class Session:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.prefix = f"s{seed}"
        self.counter = 0
        self.globals = []      # procedures that may be called
        self.env = []          # Variables
        self.locals = []       # local Procedures
        self.escapes = []      # (name, types of values)
        self.wrong = self.r.choice([0, 0.01, 0.01, 0.03, 0.08])
        self.nodes = 0
        self.loops = 0
        self.tried = []        # calls of procedures of the top level, which come again after these changed

    # --- helpers
    def name(self, letter="v"):
        self.counter += 1
        return f"{letter}{self.counter}"

    def chance(self, p):
        return self.r.random() < p

    def pick(self, seq):
        return self.r.choice(seq)

    def type(self):
        return self.pick(TYPES)

    def types(self):
        return [self.type() for _ in range(self.pick([0, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 9]))]

    # --- operands
    def constant(self, t):
        if t == "any":
            t = self.type()
        return {"int": lambda: self.pick(INTS), "small": lambda: self.pick("000000123"), "flo": lambda: self.pick(FLONUMS),
                "bool": lambda: self.pick(["#t", "#f"]), "char": lambda: self.pick(["#\\a", "#\\z", "#\\space"]),
                "str": lambda: self.pick(['""', '"ab"', '"hello"']), "sym": lambda: self.pick(["'a", "'b", "'c"]),
                "list": lambda: self.pick(["'()", "(list 1 2)", "(list 'a)", "(list 3 \"x\" 4 5)"]), "vec": lambda: self.pick(["(vector 1 2 3)", "(vector 0)"]),
                "bv": lambda: self.pick(["(bytevector 1 2 3)", "(bytevector 9)"]), "rec": lambda: f"(make-REC {self.pick(INTS)} 'r)"}[t]()

    def atom(self, t):
        if self.chance(self.wrong):
            return self.pick(WRONG)
        if self.chance(0.75):
            fits = [v.name for v in self.env if v.type == t or (t == "any" and v.type != "rec")]
            if fits:
                return self.pick(fits[-6:])
        return self.constant(t)

    def operand(self, t):
        return self.primitive(t) if self.chance(0.6) and t not in ("any", "small") else self.atom(t)

    def operands(self, types):
        """Of these one at most can raise: which one is evaluated first is open."""
        chosen = self.r.randrange(3 * len(types)) if types else 0
        return [self.operand(t) if i == chosen else self.atom(t) for i, t in enumerate(types)]

    def primitive(self, t):
        if t == "any":
            t = self.type()
        if t == "rec" or t == "small":
            return self.atom(t)
        words = self.pick(PRIMITIVES[t]).replace("(", " ( ").replace(")", " ) ").split()
        made = " ".join(self.atom(each[1:]) if each.startswith(":") and len(each) > 1 else each for each in words)
        return made.replace("( ", "(").replace(" )", ")")

    # --- expressions of one value
    def expr(self, t, d):
        self.nodes += 1
        if t == "any":
            t = self.type()
        if d <= 0 or self.nodes > 90 or self.chance(0.1):
            return self.operand(t)
        if self.chance(0.2):
            return self.primitive(t)
        return self.tail([t], d)

    # --- expressions of any number of values
    def many(self, ts, d):
        self.nodes += 1
        if d <= 0 or self.nodes > 90:
            return self.values(ts)
        return self.tail(ts, d)

    def values(self, ts):
        if len(ts) == 1:
            return self.operand(ts[0])
        operands = " ".join(self.operands(ts))
        return f"(apply values (list {operands}))" if self.chance(0.1) else f"(values {operands})"

    def tail(self, ts, d):
        form = getattr(self, "form_" + self.pick(FORMS))
        made = form(ts, d - 1)
        return made if made is not None else self.one_or_many(ts, d - 1)

    def one_or_many(self, ts, d):
        return self.expr(ts[0], d) if len(ts) == 1 else self.many(ts, d)

    def body(self, ts, d, variables=()):
        """Effects, then a tail."""
        size = len(self.env)
        self.env += variables
        made = " ".join([self.effect(d) for _ in range(self.pick([0, 0, 1, 1, 2]))] + [self.one_or_many(ts, d)])
        del self.env[size:]
        return made

    def test(self):
        return self.primitive("bool")

    def form_values(self, ts, d):
        return self.values(ts)

    def form_if(self, ts, d):
        return f"(if {self.test()} {self.one_or_many(ts, d)} {self.one_or_many(ts, d)})"

    def form_cond(self, ts, d):
        return (f"(cond ({self.test()} {self.body(ts, d)}) ((and {self.test()} {self.test()}) {self.one_or_many(ts, d)})"
                f" (else {self.body(ts, d)}))")

    def form_let(self, ts, d):
        size, rows = len(self.env), []
        for _ in range(self.pick([1, 2, 2, 3])):
            v = Variable(self.name(), self.type(), self.chance(0.3))
            rows.append(f"({v.name} {self.expr(v.type, d)})")
            self.env.append(v)
        made = f"(let* ({' '.join(rows)}) {self.body(ts, d)})"
        del self.env[size:]
        return made

    def form_begin(self, ts, d):
        return f"(begin {self.effect(d)} {self.effect(d)} {self.one_or_many(ts, d)})"

    # --- calls
    def arguments(self, p):
        params, rest = self.pick(p.clauses)
        made = self.operands(params + (["any"] * self.r.randrange(0, 7) if rest else []))
        if self.chance(max(0.01, self.wrong)):
            made = made[1:] if made and self.chance(0.5) else made + ["1"]
        return made

    def call(self, p):
        made = self.arguments(p)
        if self.chance(0.2):
            k = self.r.randrange(len(made) + 1)
            return f"(apply {' '.join([p.name] + made[:k])} (list {' '.join(made[k:])}))"
        return f"({' '.join([p.name] + made)})"

    def callable(self, ts):
        return [p for p in self.globals + self.locals * 2 if p.results == ts and (self.loops < 2 or p in self.locals)]

    def form_call(self, ts, d):
        fits = self.callable(ts)
        return self.call(self.pick(fits)) if fits else None

    def form_indirect(self, ts, d):
        """A procedure as a value, called where nobody knows which it is."""
        fits = self.callable(ts)
        if not fits:
            return None
        p = self.pick(fits)
        return f"((opaque {p.name}) {' '.join(self.arguments(p))})"

    def lambda_list(self, params, rest):
        names = [v.name for v in params]
        if not rest:
            return f"({' '.join(names)})"
        return f"({' '.join(names)} . {rest.name})" if names else rest.name

    def clause(self, params, rest, ts, d):
        variables = [Variable(self.name(), t, self.chance(0.15)) for t in params]
        more = Variable(self.name("r"), "list") if rest else None
        made = self.body(ts, d, variables + ([more] if more else []))
        return self.lambda_list(variables, more), made

    def small_clause(self, params, rest, ts):
        """It calls nobody but primitives, and may stand at its calls."""
        variables = [Variable(self.name(), t) for t in params]
        size = len(self.env)
        self.env += variables
        made = self.primitive(ts[0]) if len(ts) == 1 else self.values(ts)
        del self.env[size:]
        return self.lambda_list(variables, Variable(self.name("r"), "list") if rest else None), made

    def clauses(self):
        if self.chance(0.5):
            return [(self.types(), self.chance(0.2))]
        counts = sorted(self.r.sample(range(0, 7), self.pick([2, 2, 3, 4])))
        made = [([self.type() for _ in range(n)], False) for n in counts]
        if self.chance(0.4):
            made[-1] = (made[-1][0], True)
        return made

    def procedure(self, clauses, ts, d):
        made = [self.clause(params, rest, ts, d) for params, rest in clauses]
        if len(made) == 1:
            return f"(lambda {made[0][0]} {made[0][1]})"
        return "(case-lambda " + " ".join(f"({formals} {body})" for formals, body in made) + ")"

    def form_local(self, ts, d):
        """Procedures of a body, called from it."""
        size, definitions = len(self.locals), []
        for _ in range(self.pick([1, 1, 2])):
            results = self.pick([ts, ts, self.types(), [self.type()]])
            clauses, name = self.clauses(), self.name("f")
            definitions.append(f"(define {name} {self.procedure(clauses, results, d - 1)})")
            self.locals.append(Procedure(name, clauses, results))
        made = f"(let () {' '.join(definitions)} {self.body(ts, d)})"
        del self.locals[size:]
        return made

    # --- several values
    def receiver(self, d):
        """(types, lambda list, variables)"""
        types = self.types()
        variables = [Variable(self.name(), t, self.chance(0.1)) for t in types]
        rest = Variable(self.name("r"), "list") if self.chance(0.2) else None
        named = variables[:self.r.randrange(len(variables) + 1)] if rest else variables
        if self.chance(self.wrong / 2) and named:
            named = named[1:]
        return types, self.lambda_list(named, rest), named + ([rest] if rest else [])

    def form_receive(self, ts, d):
        types, formals, variables = self.receiver(d)
        producer = self.many(types, d)
        body = self.body(ts, d, variables)
        k = self.r.random()
        if k < 0.3:
            return f"(call-with-values (lambda () {producer}) (lambda {formals} {body}))"
        if k < 0.5:
            return f"(receive {formals} {producer} {body})"
        if k < 0.7:
            return f"(let-values (({formals} {producer})) {body})"
        if k < 0.85:
            return f"(let () (define-values {formals} {producer}) {body})"
        return f"(call-with-values (lambda () {producer}) (opaque (lambda {formals} {body})))"

    def form_values_to_call(self, ts, d):
        fits = self.callable(ts)
        if not fits:
            return None
        p = self.pick(fits[-6:])
        params, rest = self.pick(p.clauses)
        types = params + (["any"] * self.r.randrange(0, 4) if rest else [])
        return f"(call-with-values (lambda () {self.many(types, d)}) {p.name})"

    # --- control
    def form_escape(self, ts, d):
        k = self.name("k")
        size = len(self.escapes)
        self.escapes.append((k, ts))
        made = f"(call/cc (lambda ({k}) {self.body(ts, d)}))"
        del self.escapes[size:]
        return made

    def form_leave(self, ts, d):
        if not self.escapes:
            return None
        k, types = self.pick(self.escapes)
        return f"({k} {' '.join(self.operands(types))})"

    def form_mark(self, ts, d):
        """Where `again` goes on, with other values."""
        slot = self.slot()
        mark = f"(call/cc (lambda (k) (mark! {slot} k (lambda () {self.values(ts)})) {self.values(ts)}))"
        if len(ts) != 1 or self.chance(0.4):
            return mark
        v = Variable(self.name(), ts[0], self.chance(0.3))
        return self.marked(mark, slot, v, ts, d)

    def marked(self, mark, slot, v, ts, d):
        """Goes back to the mark, some way further on."""
        self.env.append(v)
        inner = self.one_or_many(ts, d)
        again = f"(let (({self.name()} {inner})) (again! {slot}) {self.operand(ts[0])})"
        self.env.pop()
        return f"(let (({v.name} {mark})) {again})"

    def slot(self):
        return str(self.r.randrange(0, 2))

    def form_wind(self, ts, d):
        n = self.r.randrange(100)
        return f"(dynamic-wind (lambda () (note '(in {n}))) (lambda () {self.body(ts, d)}) (lambda () {self.pick([self.effect(0) + ' ', ''])}(note '(out {n}))))"

    def form_guard(self, ts, d):
        k = self.r.random()
        inner = self.body(ts, d)
        if k < 0.4:
            return f"(guard (e (#t (caught e) {self.one_or_many(ts, d)})) {inner})"
        if k < 0.7:
            return f"(guard (e ((symbol? e) {self.one_or_many(ts, d)}) ((assq 'a (if (pair? e) (list e) '())) => (lambda (p) {self.one_or_many(ts, d)}))) {inner})"
        if k < 0.85:
            return f"(guard (e ((and (number? e) {self.test()}) (note e) {self.one_or_many(ts, d)})) {inner})"
        t = self.type()
        return f"(with-exception-handler (lambda (e) (note (if (symbol? e) e 'handled)) {self.expr(t, 0)}) (lambda () {inner}))"

    def form_raise(self, ts, d):
        raised = self.pick(["'oops", self.atom("int"), "(cons 'a 1)", '"thrown"'])
        if self.chance(0.6) and len(ts) == 1:
            return f"(raise-continuable {raised})"
        return f"(raise {raised})" if self.chance(0.3) else None

    def form_parameterize(self, ts, d):
        return f"(parameterize ((param{self.slot()} {self.operand('int')})) {self.body(ts, d)})"

    # --- loops
    def form_loop(self, ts, d):
        if self.loops >= 2:
            return None
        turns, label = self.r.randrange(1, 5), self.name("loop")
        types = [self.type() for _ in range(self.r.randrange(0, 5))]
        variables = [Variable(self.name(), t, self.chance(0.1)) for t in types]
        inits = " ".join(f"({v.name} {each})" for v, each in zip(variables, self.operands(types)))
        self.loops += 1
        size = len(self.env)
        self.env += variables + [Variable("i", "int")]
        steps = " ".join(self.operands(types))
        effect, end = self.effect(d), self.one_or_many(ts, d)
        middle = self.one_or_many(ts, d - 1)
        del self.env[size:]
        self.loops -= 1
        turn = f"({label} (- i 1) {steps})"
        if self.chance(0.3):
            turn = f"(if {self.test()} {middle} {turn})"
        return f"(let {label} ((i {turns}) {inits}) (spend!) (if (<= i 0) {end} (begin {effect} {turn})))"

    def form_accumulate(self, ts, d):
        if ts != ["list"] or self.loops >= 2:
            return None
        v = Variable(self.name(), "int")
        self.loops += 1
        self.env.append(v)
        made = self.expr("any", d - 1)
        self.env.pop()
        self.loops -= 1
        return f"(let loop ((l (list 1 2 {self.atom('int')})) (made '())) (spend!) (if (null? l) (reverse made) (let* (({v.name} (car l)) (x {made})) (loop (cdr l) (cons x made)))))"

    # --- effects
    def effect(self, d):
        k = self.r.random()
        if k < 0.25:
            return f"(note {self.atom('any')})"
        if k < 0.4:
            targets = [v for v in self.env if v.mutable]
            if targets:
                v = self.pick(targets)
                return f"(set! {v.name} {self.expr(v.type, d - 1)})"
        if k < 0.5 and self.globals and self.chance(0.5):
            return self.redefine(max(0, min(d, 1)))
        if k < 0.6 and d >= 0 and self.loops == 0:
            return f"(again! {self.slot()})"
        if k < 0.68:
            return self.pick([f"(set-REC-a! {self.atom('rec')} {self.atom('int')})", f"(vector-set! {self.atom('vec')} {self.atom('small')} {self.atom('int')})",
                              f"(param{self.slot()})", f"(bytevector-u8-set! {self.atom('bv')} {self.atom('small')} {self.atom('small')})"])
        if k < 0.75 and d > 0 and self.loops < 1:
            self.loops += 1
            v = Variable(self.name(), "int")
            self.env.append(v)
            made = self.effect(d - 1)
            self.env.pop()
            self.loops -= 1
            return f"(for-each (lambda ({v.name}) (spend!) {made}) (list 1 {self.atom('int')}))"
        if k < 0.85 and d > 0:
            return f"(if {self.test()} {self.effect(d - 1)})"
        if d > 0:
            return self.expr(self.type(), d - 1)
        return f"(note {self.atom('any')})"

    # --- procedures of the top level
    def definition(self, p, d):
        """The body may call what was defined before only."""
        known = self.globals
        self.globals = known[:known.index(p)] if p in known else known
        outside = self.env, self.locals, self.escapes, self.nodes, self.loops
        self.env, self.locals, self.escapes, self.nodes, self.loops = list(self.constants), [], [], 0, 0
        if d == 0 and self.chance(0.7):
            made = [self.small_clause(params, rest, p.results) for params, rest in p.clauses]
        else:
            made = [self.clause(params, rest, p.results, d) for params, rest in p.clauses]
        if d > 1:
            made = [(formals, "(spend!) " + body) for formals, body in made]
        self.globals = known
        self.env, self.locals, self.escapes, self.nodes, self.loops = outside
        if len(made) == 1:
            return f"(lambda {made[0][0]} {made[0][1]})"
        return "(case-lambda " + " ".join(f"({formals} {body})" for formals, body in made) + ")"

    def redefine(self, d):
        """In the middle of a procedure."""
        p = self.pick(self.globals)
        value = self.definition(p, d)
        k = self.r.random()
        if k < 0.5:
            return f"(set! {p.name} {value})"
        if k < 0.7:
            return f"(redefine! '(define {p.name} {value}))"
        same = [each.name for each in self.globals[:self.globals.index(p) + 1] if each.results == p.results and each.clauses == p.clauses]
        return f"(set! {p.name} {self.pick(same)})"

    def record(self):
        return "(define-record <REC> make-REC REC? REC-a set-REC-a! REC-b)"

    def form_field(self, ts, d):
        if ts == ["int"]:
            return f"(REC-a {self.atom('rec')})"
        if ts == ["sym"]:
            return f"(REC-b {self.atom('rec')})"
        return None

    def program(self):
        """A list of forms."""
        forms, defined = [], 0
        self.constants = [Variable(f"{self.prefix}-n", "int"), Variable(f"{self.prefix}-l", "list")]
        forms += [self.record(), f"(define {self.prefix}-n {self.pick(INTS)})", f"(define {self.prefix}-l '(1 2 3))"]
        for _ in range(self.r.randrange(8, 26)):
            k = self.r.random()
            if k < 0.45 or not self.globals:
                # The first ones are small: they stand at their calls.
                ts = self.pick([["int"], ["int"], [self.type()], [self.type()], self.types()])
                p = Procedure(f"{self.prefix}-g{self.counter}", self.clauses(), ts)
                self.counter += 1
                d = 0 if len(self.globals) < 3 else self.pick([0, 0, 1, 2, 3, 4])
                forms.append(f"(define {p.name} {self.definition(p, d)})")
                self.globals.append(p)
            elif k < 0.65:
                forms.append(self.again())
            else:
                forms.append(self.try_it())
        forms += [self.try_it() for _ in range(3)]
        forms = self.joined(forms)
        return [form.replace("REC", f"{self.prefix}-rec") for form in forms]

    def joined(self, forms):
        """Some of those that follow each other are one form."""
        made = []
        while forms:
            n = self.pick([1, 1, 1, 2, 3])
            made.append("(begin " + "\n  ".join(forms[:n]) + ")" if n > 1 else forms[0])
            forms = forms[n:]
        return made

    def again(self):
        """A form that redefines."""
        p = self.pick(self.globals[:3] if self.chance(0.6) else self.globals)
        k = self.r.random()
        if k < 0.5:
            return f"(define {p.name} {self.definition(p, self.pick([0, 0, 1, 3]))})"
        if k < 0.7:
            return f"(set! {p.name} {self.definition(p, self.pick([0, 0, 1, 3]))})"
        if k < 0.85:
            return f"(define {p.name} (let ((old {p.name})) (lambda all (note '{p.name}) (apply old all))))"
        if k < 0.9:
            return self.record()
        if k < 0.93:
            return f"(set! {p.name} 5)"
        return f"(define {self.prefix}-n {self.pick(INTS + WRONG)})"

    def try_it(self):
        self.env, self.locals, self.escapes, self.nodes, self.loops = list(self.constants), [], [], 0, 0
        if self.tried and self.chance(0.4):
            return self.pick(self.tried)
        if self.chance(0.6):
            self.tried.append(f"(try (lambda () {self.call(self.pick(self.globals[-8:]))}))")
            return self.tried[-1]
        ts = self.pick([[self.type()], [self.type()], self.types()])
        return f"(try (lambda () {self.body(ts, self.pick([2, 3, 4, 5]))}))"


FORMS = ["values", "if", "if", "cond", "let", "let", "let", "begin", "call", "call", "call", "call", "indirect", "local", "local", "receive", "receive",
         "receive", "values_to_call", "escape", "escape", "leave", "mark", "mark", "mark", "wind", "wind", "guard", "guard", "raise", "parameterize", "loop", "loop",
         "accumulate", "field", "field"]
