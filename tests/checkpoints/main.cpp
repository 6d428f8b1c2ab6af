// checkpoint_tests [PART OF A NAME]
#include "tests/checkpoints/support.h"

int main(int count, char** strings) {
  constexpr int kCases = 13;   // so that none gets lost
  return perdure::hosted::tests::run_cases(kCases, count > 1 ? strings[1] : "");
}
