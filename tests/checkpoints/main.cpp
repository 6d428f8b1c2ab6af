// checkpoint_tests [PART OF A NAME]
//
// Cases start it anew to see what another host does: --open FILE and --read FILE end with 0 if the file can be had; --again FILE
// is what a host becomes that goes back.
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "boot/hosted/world_file.h"
#include "tests/checkpoints/support.h"

int main(int count, char** strings) {
  constexpr int kCases = 38;   // so that none gets lost
  const std::string first = count > 1 ? strings[1] : "";
  if (count == 3 && (first == "--open" || first == "--read")) {
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    perdure::hosted::open_world_file(strings[2], first == "--open");
    return 0;
  }
  if (count == 3 && first == "--again") {
    perdure::hosted::open_world_file(strings[2], true);
    return 17;
  }
  return perdure::hosted::tests::run_cases(kCases, first);
}
