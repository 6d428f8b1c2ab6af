#include "runtime/foreign/image.h"

#include <algorithm>

#include "runtime/foreign/memory.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kLargestImage = std::uint64_t{256} << 20;

std::vector<ForeignImage*>& images() {
  static std::vector<ForeignImage*> all;
  return all;
}

std::string check_header(elf::Bytes file, elf::Header* header) {
  if (!elf::read(file, 0, header) || !is_for_this_machine(*header)) return "is not an x86-64 ELF file";
  if (header->type == elf::kProgram) return "is a program at a fixed address (link it with -shared)";
  if (header->type != elf::kSharedObject && header->type != elf::kObjectFile) return "is neither a shared object nor an object file";
  return {};
}

// Pages of one protection that lie beside each other at a time.
bool give_pages(const ImagePlan& plan) {
  const auto& pages = plan.protection;
  for (std::size_t first = 0, end; first < pages.size(); first = end) {
    for (end = first + 1; end < pages.size() && pages[end] == pages[first];) ++end;
    if (pages[first] == abi::kProtNone) continue;
    const std::uint64_t offset = first * abi::kPageSize, size = (end - first) * abi::kPageSize;
    const bool scanned = pages[first] & abi::kProtWrite;
    if (commit_foreign(plan.address_of(offset), size, pages[first], scanned) < 0) return false;
    if (!write_foreign(plan.address_of(offset), plan.memory.data() + offset, size)) return false;
  }
  return true;
}

std::string list_missing(std::vector<std::string> missing) {
  std::sort(missing.begin(), missing.end());
  std::string text = missing.size() == 1 ? "needs a symbol that nothing defines: " : "needs symbols that nothing defines: ";
  for (std::size_t i = 0; i < missing.size(); ++i) text += (i ? ", " : "") + missing[i];
  for (const std::string& each : missing) {
    if (each == "__stack_chk_fail") return text + " (compile it with -fno-stack-protector)";
    if (each == "__tls_get_addr") return text + " (a world has no thread-local data)";
  }
  return text;
}

void take_back(const ForeignImage& image) {
  if (image.size == 0) return;
  release_foreign(image.start, image.size);
  unreserve_foreign(image.start, image.size);
}

}  // namespace

const std::vector<ForeignImage*>& foreign_images() { return images(); }

bool make_room(ImagePlan* plan, std::uint64_t bytes) {
  if (bytes == 0 || bytes > kLargestImage) return false;
  const std::uint64_t size = (bytes + abi::kPageSize - 1) & ~(abi::kPageSize - 1);
  plan->image.start = reserve_foreign(size);
  if (plan->image.start == 0) return false;
  plan->image.size = size;
  plan->memory.assign(size, 0);
  plan->protection.assign(size / abi::kPageSize, abi::kProtNone);
  return true;
}

std::uint64_t resolve(ImagePlan* plan, std::string_view name, bool may_be_missing) {
  for (const ForeignImage* each : images())
    if (const ForeignSymbol* symbol = find_exported(*each, name)) return symbol->address;
  const std::uint64_t offered = offered_address(name);
  if (offered == 0 && !may_be_missing && std::find(plan->missing.begin(), plan->missing.end(), name) == plan->missing.end())
    plan->missing.emplace_back(name);
  return offered;
}

std::string about_symbol(std::string_view what, std::string_view name) { return std::string(what) + ": " + std::string(name); }

ForeignImage* load_image(const std::string& name, elf::Bytes file, std::string* wrong) {
  ImagePlan plan;
  plan.image.name = name;
  elf::Header header;
  *wrong = check_header(file, &header);
  if (wrong->empty())
    *wrong = header.type == elf::kSharedObject ? plan_shared_object(file, header, &plan) : plan_object_file(file, header, &plan);
  if (wrong->empty() && !plan.missing.empty()) *wrong = list_missing(plan.missing);
  if (wrong->empty() && !give_pages(plan)) *wrong = "does not fit into the world's memory";
  if (!wrong->empty()) return take_back(plan.image), nullptr;
  images().insert(images().begin(), new ForeignImage(std::move(plan.image)));
  return images().front();
}

void unload_image(ForeignImage* image) {
  std::erase(images(), image);
  take_back(*image);
  delete image;
}

const ForeignSymbol* find_exported(const ForeignImage& image, std::string_view name) {
  for (const ForeignSymbol& each : image.symbols)
    if (each.exported && each.name == name) return &each;
  return nullptr;
}

std::string describe_foreign_address(std::uint64_t address) {
  for (const ForeignImage* image : images()) {
    if (address < image->start || address - image->start >= image->size) continue;
    const ForeignSymbol* best = nullptr;
    for (const ForeignSymbol& each : image->symbols)
      if (each.function && each.address <= address && (!best || each.address > best->address)) best = &each;
    return image->name + ": " + (best ? best->name : std::string("?"));
  }
  return {};
}

}  // namespace perdure::runtime
