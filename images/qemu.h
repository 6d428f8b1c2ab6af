// Starting QEMU as a child that cannot outlive this process and never touches its terminal.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace perdure::images {

// Standard input is /dev/null, standard output and error output go to `errors_fd`. `keep` stay open in the child
// besides. Answers the process; -1: Linux could not.
pid_t start_qemu(const std::vector<std::string>& arguments, int errors_fd, const std::vector<int>& keep);

}  // namespace perdure::images
