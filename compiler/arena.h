// Memory of one compilation, and what happens when there is none.
//
// All that passes make is in the arena of the compilation, their containers too (PassVector); so a pass can be left anywhere, and
// nothing leaks. When memory is used up, even after a collection, the work that is attempted ends there.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <functional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/condition.h"
#include "runtime/support/escape.h"

namespace perdure::compiler {

// False: memory was used up, or a primitive of constants took long and the user interrupted. The condition is pending then.
template <class F> [[nodiscard]] bool attempt(F&& work) {
  const runtime::Outcome outcome = runtime::attempt(work);
  if (outcome == runtime::Outcome::kNoMemory) runtime::out_of_memory();
  return outcome == runtime::Outcome::kDone;
}

// Objects in it must be trivially destructible, but for containers in its own memory. Compilations do not overlap: the arena that
// was made last is the one that is used, until it goes.
class Arena {
 public:
  Arena() : outer_(std::exchange(current_, this)) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  static Arena& current() { return *current_; }

  // Without memory the work that is attempted ends.
  void* allocate(std::size_t bytes) {
    bytes = (bytes + 15) & ~std::size_t{15};
    if (bytes > static_cast<std::size_t>(end_ - next_)) return allocate_slow(bytes);
    void* p = next_;
    next_ += bytes;
    return p;
  }
  template <class T, class... Arguments> T* make(Arguments&&... arguments) {
    return new (allocate(sizeof(T))) T{std::forward<Arguments>(arguments)...};
  }
  // `count` value-initialised elements.
  template <class T> std::span<T> array(std::size_t count) {
    return {new (allocate(sizeof(T) * (count ? count : 1))) T[count ? count : 1]{}, count};
  }

  // Memory that is given back, for the next who wants about as much: not cleared.
  void* take(std::size_t bytes) {
    Free*& first = free_[size_class(bytes)];
    if (first == nullptr) return allocate(std::bit_ceil(bytes));
    return std::exchange(first, first->next);
  }
  void give_back(void* memory, std::size_t bytes) {
    Free*& first = free_[size_class(bytes)];
    first = new (memory) Free{first};
  }

 private:
  struct alignas(16) Chunk {
    Chunk* previous;
    std::size_t size;
  };
  struct Free { Free* next; };
  static std::size_t size_class(std::size_t bytes) { return static_cast<std::size_t>(std::bit_width((bytes - 1) | 15)); }
  static char* end_of(Chunk* chunk) { return reinterpret_cast<char*>(chunk) + chunk->size; }
  static Chunk* new_chunk(std::size_t size);
  void* allocate_slow(std::size_t bytes);

  static Arena* current_;
  static Chunk* kept_;                // cleared, for arenas to come
  static std::uint32_t kept_count_;
  Arena* outer_;
  Chunk* chunk_ = nullptr;
  char* next_ = nullptr;
  char* end_ = nullptr;
  std::array<Free*, 48> free_{};      // by the logarithm of their sizes
};

// What the standard containers of passes get their memory from.
template <class T> struct PassMemory {
  using value_type = T;
  PassMemory() = default;
  template <class U> PassMemory(const PassMemory<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(Arena::current().take(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) { Arena::current().give_back(memory, count * sizeof(T)); }
  friend bool operator==(PassMemory, PassMemory) { return true; }
};
template <class T> using PassVector = std::vector<T, PassMemory<T>>;
template <class T> using PassSet = std::unordered_set<T, std::hash<T>, std::equal_to<T>, PassMemory<T>>;
template <class K, class T> using PassMap = std::unordered_map<K, T, std::hash<K>, std::equal_to<K>, PassMemory<std::pair<const K, T>>>;

// Where arenas get their memory: zeroed, scanned by the collector, freed by hand. One body for the world
// (arena_memory.cpp), one for tests on the host.
void* allocate_arena_memory(std::size_t bytes);
void free_arena_memory(void* memory);

}  // namespace perdure::compiler
