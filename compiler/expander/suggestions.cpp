#include "compiler/expander/suggestions.h"

#include <algorithm>

#include "compiler/expand.h"
#include "compiler/expander/library.h"
#include "runtime/utf8_string.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

constexpr std::size_t kMost = 3;
constexpr std::size_t kLongest = 100;   // longer names are typed by no one

std::string name_of(Value symbol) { return string_utf8(runtime::as<Symbol>(symbol)->name); }

// How many characters to insert, delete, replace or swap with their neighbour: "optimal string alignment". Answers
// `limit` + 1 for anything beyond `limit`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    if (*std::ranges::min_element(row) > limit) return limit + 1;
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

// A third of the characters may be wrong.
std::size_t limit_for(const std::string& name) { return std::min<std::size_t>((name.size() + 1) / 3, 3); }

bool means_something(const Denotation& d) { return d.kind != Denotation::kGlobal || d.global()->value != kUnbound; }

// Where an unbound variable was mentioned: the session, or a library.
Environment* environment_of_forward(Value symbol) {
  const auto mentions = [&](Environment* environment) {
    const Denotation d = environment_find_own(environment, symbol);
    return d.kind == Denotation::kGlobal && !d.imported && d.global()->value == kUnbound;
  };
  Environment* session = as_environment(interaction_environment());
  if (mentions(session)) return session;
  for (Library* library = first_library(); library; library = library->next)
    if (mentions(library->environment)) return library->environment;
  return session;
}

}  // namespace

void Suggestions::offer(std::string name) {
  if (name.size() > kLongest || wanted_.size() > kLongest) return;
  if (name.starts_with('%') != wanted_.starts_with('%')) return;   // the system's own names
  const std::size_t limit = limit_for(wanted_), found = distance(wanted_, name, limit);
  if (found == 0 || found > limit) return;
  const auto is_before = [&](const Near& n) { return n.distance < found || (n.distance == found && n.name < name); };
  const auto place = std::ranges::find_if_not(nearest_, is_before);
  if (place != nearest_.end() && place->name == name) return;
  nearest_.insert(place, {std::move(name), found});
  if (nearest_.size() > kMost) nearest_.pop_back();
}

std::string Suggestions::phrase() const {
  std::string text;
  for (std::size_t i = 0; i < nearest_.size(); ++i) {
    if (i > 0) text += i + 1 == nearest_.size() ? " or " : ", ";
    text += nearest_[i].name;
  }
  return text;
}

void offer_names(Suggestions* suggestions, Environment* environment) {
  for (Environment* at = environment; at; at = at->parent)
    each_binding(at, [&](Value symbol, const Denotation& d) {
      if (means_something(d)) suggestions->offer(name_of(symbol));
    });
}

std::string text_of_library_name(Value name) {
  std::string text = "(";
  for (; name.is_pair(); name = cdr(name)) {
    if (text.size() > 1) text += ' ';
    text += car(name).is_fixnum() ? std::to_string(fixnum_value(car(name))) : name_of(car(name));
  }
  return text + ')';
}

// Standard ones first, as they are older.
std::string libraries_exporting(Value symbol) {
  std::vector<std::string> names;
  for (Library* library = first_library(); library; library = library->next)
    for (Value at = library->exports; at.is_pair(); at = cdr(at))
      if (car(car(at)) == symbol) names.push_back(text_of_library_name(library->name));
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) text += (i ? ", " : "") + names[names.size() - 1 - i];
  return text;
}

std::string suggest_library(Value name) {
  Suggestions near(text_of_library_name(name));
  for (Library* library = first_library(); library; library = library->next) near.offer(text_of_library_name(library->name));
  return near.phrase();
}

std::string suggest_variable(Value symbol) {
  Suggestions near(name_of(symbol));
  offer_names(&near, environment_of_forward(symbol));
  if (const std::string known = libraries_exporting(symbol); !known.empty()) return "it is exported by " + known;
  const std::string names = near.phrase();
  return names.empty() ? "" : "similar: " + names;
}

}  // namespace perdure::compiler
