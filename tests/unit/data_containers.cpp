#include "runtime/data/data.h"
#include "runtime/data/records.h"
#include "tests/unit/host_heap.h"
#include "tests/unit/values.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

static const Family vectors{vectors_primitives()};
static const Family bytevectors{bytevectors_primitives()};
static const Family boxes{boxes_primitives()};
static const Family records{records_primitives()};
static const Family conditions{conditions_primitives()};

static Value literal(Value v) {
  as_object(v)->header |= kFlagImmutable << 8;
  return v;
}

TEST_CASE("R7RS 6.8 making vectors") {
  CHECK(vectors.text("vector", sym("a"), sym("b"), sym("c")) == "#(a b c)");
  CHECK(vectors.text("vector") == "#()");
  CHECK(vectors.text("make-vector", num(3), sym("x")) == "#(x x x)");
  CHECK(vectors.text("make-vector", num(0)) == "#()");
  CHECK(vectors.kind("make-vector", num(-1)) == "type-error");
  CHECK(vectors.kind("make-vector", num(kFixnumMax)) == "out-of-memory");
  CHECK(vectors.text("vector?", vector({})) == "#t");
  CHECK(vectors.text("vector?", bytes({})) == "#f");
}

TEST_CASE("R7RS 6.8 vector-ref and vector-set!") {
  const Value v = vector({num(1), num(1), num(2), num(3), num(5), num(8), num(13), num(21)});
  CHECK(vectors.text("vector-ref", v, num(5)) == "8");
  CHECK(vectors.text("vector-ref", v, num(8)) == "vector-ref: argument 2 is out of range (valid: 0 to 7): 8");
  CHECK(vectors.kind("vector-ref", v, make_flonum(1)) == "type-error");
  CHECK(vectors.kind("vector-ref", list({num(1)}), num(0)) == "type-error");
  CHECK(vectors.text("vector-length", v) == "8");
  vectors("vector-set!", v, num(0), list({str("Sue")}));
  CHECK(vectors.text("vector-ref", v, num(0)) == "(\"Sue\")");
  CHECK(vectors.kind("vector-set!", literal(vector({num(0)})), num(0), num(1)) == "immutable");
}

TEST_CASE("R7RS 6.8 vectors and lists") {
  CHECK(vectors.text("vector->list", vector({sym("dah"), sym("dah"), sym("didah")})) == "(dah dah didah)");
  CHECK(vectors.text("vector->list", vector({sym("dah"), sym("dah"), sym("didah")}), num(1)) == "(dah didah)");
  CHECK(vectors.text("vector->list", vector({sym("dah"), sym("dah"), sym("didah")}), num(1), num(2)) == "(dah)");
  CHECK(vectors.text("list->vector", list({sym("dididit"), sym("dah")})) == "#(dididit dah)");
  CHECK(vectors.kind("list->vector", list({num(1)}, num(2))) == "type-error");
  CHECK(vectors.kind("vector->list", vector({}), num(1)) == "range-error");
}

TEST_CASE("R7RS 6.8 copying and filling") {
  const Value a = vector({num(1), num(8), num(2), num(8)});
  const Value b = vectors("vector-copy", a);
  vectors("vector-set!", b, num(0), num(3));
  CHECK(show(b) == "#(3 8 2 8)");
  CHECK(vectors.text("vector-copy", b, num(1), num(3)) == "#(8 2)");
  CHECK(vectors.text("subvector", a, num(1), num(3)) == "#(8 2)");
  CHECK(vectors.kind("subvector", a, num(3), num(1)) == "range-error");
  CHECK_FALSE(is_immutable(vectors("vector-copy", literal(vector({num(1)})))));
  const Value from = vector({num(1), num(2), num(3), num(4), num(5)}), to = vector({num(10), num(20), num(30), num(40), num(50)});
  vectors("vector-copy!", to, num(1), from, num(0), num(2));
  CHECK(show(to) == "#(10 1 2 40 50)");
  vectors("vector-copy!", to, num(1), to, num(0), num(4));
  CHECK(show(to) == "#(10 10 1 2 40)");
  vectors("vector-copy!", to, num(0), to, num(1), num(5));
  CHECK(show(to) == "#(10 1 2 40 40)");
  CHECK(vectors.text("vector-copy!", to, num(4), from, num(0), num(2)) ==
        "vector-copy!: argument 2 is out of range (valid: 0 to 3): 4");
  CHECK(vectors.kind("vector-copy!", literal(vector({})), num(0), from) == "immutable");
  CHECK(vectors.text("vector-append", vector({num(1)}), vector({}), vector({num(2), num(3)})) == "#(1 2 3)");
  CHECK(vectors.text("vector-append") == "#()");
  CHECK(vectors.kind("vector-append", vector({}), kNil) == "type-error");
  const Value f = vector({num(1), num(2), num(3), num(4), num(5)});
  vectors("vector-fill!", f, sym("smash"), num(2), num(4));
  CHECK(show(f) == "#(1 2 smash smash 5)");
  CHECK(vectors.text("vector-grow", vector({num(1)}), num(2)) == "#(1 #f)");
  CHECK(vectors.kind("vector-grow", vector({num(1)}), num(0)) == "range-error");
}

TEST_CASE("R7RS 6.9 bytevectors") {
  CHECK(bytevectors.text("bytevector", num(1), num(3), num(5)) == "#u8(1 3 5)");
  CHECK(bytevectors.text("bytevector", num(256)) == "bytevector: argument 1 is out of range (valid: 0 to 255): 256");
  CHECK(bytevectors.text("make-bytevector", num(2), num(12)) == "#u8(12 12)");
  CHECK(bytevectors.kind("make-bytevector", num(2), num(-1)) == "range-error");
  CHECK(bytevectors.text("bytevector-u8-ref", bytes({1, 1, 2, 3, 5, 8}), num(5)) == "8");
  CHECK(bytevectors.kind("bytevector-u8-ref", bytes({1}), num(1)) == "range-error");
  const Value bv = bytes({1, 2, 3, 4});
  bytevectors("bytevector-u8-set!", bv, num(1), num(3));
  CHECK(show(bv) == "#u8(1 3 3 4)");
  CHECK(bytevectors.kind("bytevector-u8-set!", bv, num(1), num(256)) == "range-error");
  CHECK(bytevectors.kind("bytevector-u8-set!", bv, num(1), chr('a')) == "type-error");
  CHECK(bytevectors.kind("bytevector-u8-set!", literal(bytes({1})), num(0), num(1)) == "immutable");
  CHECK(bytevectors.text("bytevector-copy", bytes({1, 2, 3, 4, 5}), num(2), num(4)) == "#u8(3 4)");
  const Value to = bytes({10, 20, 30, 40, 50});
  bytevectors("bytevector-copy!", to, num(1), bytes({1, 2, 3, 4, 5}), num(0), num(2));
  CHECK(show(to) == "#u8(10 1 2 40 50)");
  CHECK(bytevectors.kind("bytevector-copy!", to, num(5), bytes({1})) == "range-error");
  CHECK(bytevectors.text("bytevector-append", bytes({0, 1, 2}), bytes({3, 4, 5})) == "#u8(0 1 2 3 4 5)");
  CHECK(bytevectors.text("bytevector-append", bytes({}), bytes({})) == "#u8()");
  CHECK(bytevectors.text("bytevector-length", bytes({1, 2})) == "2");
  bytevectors("bytevector-fill!", to, num(7), num(3));
  CHECK(show(to) == "#u8(10 1 2 7 7)");
  CHECK(bytevectors.kind("bytevector-length", vector({})) == "type-error");
}

TEST_CASE("box primitives") {
  const Value b = boxes("box", num(1));
  CHECK(boxes.text("unbox", b) == "1");
  boxes("set-box!", b, num(2));
  CHECK(boxes.text("unbox", b) == "2");
  CHECK(boxes.text("box?", b) == "#t");
  CHECK(boxes.text("box?", num(1)) == "#f");
  CHECK(boxes.text("unbox", num(1)) == "unbox: argument 1 must be a box, got 1");
  CHECK(boxes.kind("set-box!", num(1), num(1)) == "type-error");
}

TEST_CASE("record primitives: made, read, changed, and wrong ones named") {
  const Value pare = records("%make-record-type", sym("<pare>"), list({sym("kar"), sym("kdr")}), kFalse);
  const Value r = records("%record", pare, num(1), num(2));
  CHECK(records.text("%record?", r, pare) == "#t");
  CHECK(records.text("%record?", cons(num(1), num(2)), pare) == "#f");
  CHECK(records.text("%record-ref", r, pare, num(0)) == "1");
  records("%record-set!", r, pare, num(0), num(3));
  CHECK(records.text("%record-ref", r, pare, num(0)) == "3");
  CHECK(records.text("%record-ref", num(5), pare, num(1)) == "pare-kdr: argument 1 must be a pare, got 5");
  CHECK(records.text("%record-ref", num(5), pare, num(1), sym("kdr")) == "kdr: argument 1 must be a pare, got 5");
  CHECK(records.text("%record-set!", num(5), pare, num(1), num(0)) == "set-pare-kdr!: argument 1 must be a pare, got 5");
  CHECK(records.kind("%record-ref", r, pare, num(2)) == "range-error");
  CHECK(records.kind("%record", pare, num(1)) == "arity-error");
  CHECK(records.kind("%record", num(1)) == "type-error");
  CHECK(records.kind("%make-record-type", sym("a"), list({num(1)}), kFalse) == "type-error");
  CHECK(records("%record-type-of", r) == pare);
  CHECK(records("%record-type-name", pare) == sym("<pare>"));
  CHECK(records.kind("%record-type-of", num(1)) == "type-error");
}

TEST_CASE("two record types of the same shape are different") {
  const Value a = records("%make-record-type", sym("a"), list({sym("x")}));
  const Value b = records("%make-record-type", sym("a"), list({sym("x")}));
  CHECK(records.text("%record?", records("%record", a, num(1)), b) == "#f");
}

TEST_CASE("a record of a derived type is one of its parent's") {
  const Value point = records("%make-record-type", sym("point"), list({sym("x"), sym("y")}), kFalse);
  const Value point3 = records("%make-record-type", sym("point3"), list({sym("z")}), point);
  const Value p = records("%record", point3, num(1), num(2), num(3));
  CHECK(records.text("%record?", p, point) == "#t");
  CHECK(records.text("%record-ref", p, point, num(1)) == "2");
  CHECK(records.text("%record-ref", p, point3, num(2)) == "3");
  CHECK(records.text("%record-type-field-names", point3) == "(x y z)");
  CHECK(records.text("%record-type-field-count", point3) == "3");
  CHECK(records("%record-type-parent", point3) == point);
  CHECK(records.text("%record-ref", records("%record", point, num(1), num(2)), point3, num(2)) ==
        "point3-z: argument 1 must be a point3, got #<object>");
}

TEST_CASE("conditions as Scheme sees them") {
  const Value c = conditions("%make-condition", sym("error"), kFalse, str("oh"), list({num(1)}));
  CHECK(conditions.text("error-object?", c) == "#t");
  CHECK(conditions.text("error-object?", num(1)) == "#f");
  CHECK(conditions.text("error-object-message", c) == "\"oh\"");
  CHECK(conditions.text("error-object-irritants", c) == "(1)");
  CHECK(conditions.text("%condition-kind", c) == "error");
  CHECK(conditions.text("%condition-who", c) == "#f");
  conditions("%set-condition-payload!", c, num(9));
  CHECK(conditions.text("%condition-payload", c) == "9");
  CHECK(conditions.text("file-error?", c) == "#f");
  CHECK(conditions.text("file-error?", conditions("%make-condition", sym("file-error"), kFalse, str(""), kNil)) == "#t");
  CHECK(conditions.text("read-error?", num(1)) == "#f");
  CHECK(conditions.kind("error-object-message", num(1)) == "type-error");
}
