// Which file a library is in: (foo bar 1) is foo/bar/1.sld, or else foo/bar/1.scm. And where included files are.
#include <string>

#include "boot/abi/platform.h"
#include "compiler/expander/expander.h"
#include "compiler/expander/library.h"
#include "runtime/io/file_access.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

Value library_folders = kNil;   // list of strings

// "" when a part of the name could lead out of the folder.
std::string path_of_library(Value name) {
  std::string path;
  for (; name.is_pair(); name = cdr(name)) {
    const Value part = car(name);
    const std::string text = part.is_fixnum() ? std::to_string(fixnum_value(part))
                                              : string_utf8(runtime::as<Symbol>(part)->name);
    if (text.empty() || text == "." || text == ".." || text.find('/') != std::string::npos || text.find('\0') != std::string::npos)
      return "";
    if (!path.empty()) path += '/';
    path += text;
  }
  return path;
}

// `folder` without a slash at its end; empty: the current one.
std::string path_in(const std::string& folder, const std::string& path) {
  if (folder.empty() || path.starts_with('/')) return path;
  return folder.back() == '/' ? folder + path : folder + '/' + path;
}

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? "" : file.substr(0, slash + 1);
}

LibraryFile find_in(const std::string& folder, const std::string& library_path) {
  for (const char* ending : {".sld", ".scm"}) {
    const std::string file = path_in(folder, library_path + ending);
    if (host_file_exists(file)) return {folder, file};
  }
  return {};
}

}  // namespace

void set_library_folders(Value folders) { library_folders = folders; }

LibraryFile find_library_file(Value name, const std::string& importing) {
  const std::string path = path_of_library(name);
  if (path.empty()) return {};
  for (Value at = library_folders; at.is_pair(); at = cdr(at))
    if (const LibraryFile found = find_in(string_utf8(car(at)), path); !found.file.empty()) return found;
  const std::string beside = folder_of(importing);
  const LibraryFile found = beside.empty() ? LibraryFile{} : find_in(beside, path);
  return found.file.empty() ? find_in("", path) : found;
}

std::string find_included_file(const std::string& path, const std::string& including) {
  const std::string beside = path_in(folder_of(including), path);
  if (path.starts_with('/') || host_file_exists(beside)) return beside;
  for (Value at = library_folders; at.is_pair(); at = cdr(at))
    if (const std::string file = path_in(string_utf8(car(at)), path); host_file_exists(file)) return file;
  return beside;
}

}  // namespace perdure::compiler
