#include "runtime/data/hash_table.h"

#include <map>

#include "tests/unit/host_heap.h"
#include "tests/unit/values.h"

using namespace perdure::runtime;
using namespace perdure::runtime::testing;

static const Family call{hash_tables_primitives()};

TEST_CASE("what is put into a table is found, by the table's equivalence") {
  const Value eqv = call("make-eqv-hash-table"), equal = call("make-equal-hash-table"), string = call("make-string-hash-table");
  call("hash-table-set!", eqv, make_flonum(1e300), num(1));
  call("hash-table-set!", eqv, str("a"), num(2));
  CHECK(call.text("hash-table-ref/default", eqv, make_flonum(1e300), kFalse) == "1");
  CHECK(call.text("hash-table-ref/default", eqv, str("a"), kFalse) == "#f");
  call("hash-table-set!", equal, list({num(1), str("a"), vector({num(2)})}), num(3));
  CHECK(call.text("hash-table-ref/default", equal, list({num(1), str("a"), vector({num(2)})}), kFalse) == "3");
  call("hash-table-set!", string, str("λ"), num(4));
  CHECK(call.text("hash-table-ref/default", string, str("λ"), kFalse) == "4");
  CHECK(call.text("hash-table-set!", string, sym("x"), num(1)) == "hash-table-set!: argument 2 must be a string, got x");
  CHECK(call.text("%hash-table-kind", string) == "string");
  CHECK(call.text("%hash-table-kind", call("%make-hash-table", sym("eq"), num(100))) == "eq");
  CHECK(call.text("%make-hash-table", sym("odd")) ==
        "%make-hash-table: argument 1 must be one of the symbols eq, eqv, equal, string, got odd");
  CHECK(call.kind("hash-table-ref/default", num(1), num(1), num(1)) == "type-error");
}

TEST_CASE("a later value replaces an earlier one in its place") {
  const Value t = call("make-eqv-hash-table");
  for (int key : {3, 1, 2, 1}) call("hash-table-set!", t, num(key), num(key * 10));
  call("hash-table-set!", t, num(1), sym("new"));
  CHECK(call.text("hash-table->alist", t) == "((3 . 30) (1 . new) (2 . 20))");
  CHECK(call.text("hash-table-keys", t) == "(3 1 2)");
  CHECK(call.text("hash-table-values", t) == "(30 new 20)");
  CHECK(call.text("hash-table-size", t) == "3");
}

TEST_CASE("deleting, clearing, copying") {
  const Value t = call("make-eqv-hash-table");
  for (int key : {1, 2, 3}) call("hash-table-set!", t, num(key), num(key));
  const Value copy = call("hash-table-copy", t);
  call("hash-table-delete!", t, num(2));
  call("hash-table-delete!", t, num(7));
  CHECK(call.text("hash-table->alist", t) == "((1 . 1) (3 . 3))");
  CHECK(call.text("hash-table-contains?", t, num(2)) == "#f");
  CHECK(call.text("hash-table-contains?", t, num(3)) == "#t");
  call("hash-table-set!", t, num(2), sym("again"));
  CHECK(call.text("hash-table->alist", t) == "((1 . 1) (3 . 3) (2 . again))");
  call("hash-table-clear!", t);
  CHECK(call.text("hash-table->alist", t) == "()");
  CHECK(call.text("hash-table-count", t) == "0");
  CHECK(call.text("hash-table->alist", copy) == "((1 . 1) (2 . 2) (3 . 3))");
}

TEST_CASE("a table agrees with a map through many random changes") {
  const Value t = call("make-eqv-hash-table");
  std::map<std::int64_t, std::int64_t> model;
  std::uint64_t random = 1;
  for (int i = 0; i < 50'000; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const auto key = static_cast<std::int64_t>(random >> 33) % 3000;
    if (random >> 62 == 0) {
      call("hash-table-delete!", t, num(key));
      model.erase(key);
    } else {
      call("hash-table-set!", t, num(key), num(i));
      model[key] = i;
    }
  }
  REQUIRE(call("hash-table-size", t) == num(static_cast<std::int64_t>(model.size())));
  for (std::int64_t key = 0; key < 3000; ++key) {
    const auto at = model.find(key);
    REQUIRE(call("hash-table-ref/default", t, num(key), kNil) == (at == model.end() ? kNil : num(at->second)));
  }
}

TEST_CASE("the newest association is taken out first, whatever was deleted before") {
  const Value t = call("make-eqv-hash-table");
  std::uint64_t random = 7;
  std::map<std::int64_t, bool> live;
  for (int round = 0; round < 20'000; ++round) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const std::int64_t key = round;
    switch (random >> 61) {
      case 0: case 1: case 2: case 3:
        call("hash-table-set!", t, num(key), num(-key));
        live[key] = true;
        break;
      case 4: case 5: {
        const std::int64_t old = static_cast<std::int64_t>((random >> 20) % (round + 1));
        call("hash-table-delete!", t, num(old));
        live.erase(old);
        break;
      }
      default: {
        const Value pair = call("%hash-table-pop!", t);
        if (live.empty()) {
          REQUIRE(pair == kFalse);
          break;
        }
        const std::int64_t newest = live.rbegin()->first;
        REQUIRE(car(pair) == num(newest));
        REQUIRE(cdr(pair) == num(-newest));
        live.erase(newest);
      }
    }
  }
  REQUIRE(call("hash-table-size", t) == num(static_cast<std::int64_t>(live.size())));
  for (std::int64_t key = 0; key < 20'000; ++key)
    REQUIRE(call("hash-table-contains?", t, num(key)) == (live.contains(key) ? kTrue : kFalse));
  CHECK(call.text("%hash-table-pop!", num(1)) == "%hash-table-pop!: argument 1 must be a hash table, got 1");
}

TEST_CASE("a table that lives on insertions and deletions does not grow") {
  const Value t = call("make-eqv-hash-table");
  for (int i = 0; i < 10'000; ++i) {
    call("hash-table-set!", t, num(i), num(i));
    call("hash-table-delete!", t, num(i));
  }
  CHECK(length_of(as<HashTable>(t)->entries) < 100);
}

TEST_CASE("a table is whole after a failed insertion") {
  const Value t = call("make-eqv-hash-table");
  for (int i = 0; i < 8; ++i) call("hash-table-set!", t, num(i), num(i));
  for (std::uint64_t n = 0; n < 2; ++n) {
    host_heap_fail_after(n);
    const Value answer = call("hash-table-set!", t, num(8), num(8));
    host_heap_fail_after(~std::uint64_t{0});
    REQUIRE(answer == kRaise);
    REQUIRE(call.text("hash-table-keys", t) == "(0 1 2 3 4 5 6 7)");
    REQUIRE(call("hash-table-ref/default", t, num(5), kFalse) == num(5));
  }
  call("hash-table-set!", t, num(8), num(8));
  CHECK(call.text("hash-table-size", t) == "9");
}

TEST_CASE("tables of other kinds grow too") {
  const Value eq = call("make-eq-hash-table"), string = call("make-string-hash-table");
  std::vector<Value> keys;
  for (int i = 0; i < 5000; ++i) {
    keys.push_back(cons(num(i), kNil));
    call("hash-table-set!", eq, keys.back(), num(i));
    call("hash-table-set!", string, str(std::to_string(i)), num(i));
  }
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(call("hash-table-ref/default", eq, keys[static_cast<std::size_t>(i)], kFalse) == num(i));
    REQUIRE(call("hash-table-ref/default", string, str(std::to_string(i)), kFalse) == num(i));
  }
}
