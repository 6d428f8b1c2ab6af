#include "boot/metal/clock.h"

namespace perdure::metal {

// Years are counted from March, so that the leap day is the last of its year.
std::int64_t seconds_of_date(int year, int month, int day, int hour, int minute, int second) {
  if (month <= 2) --year;
  const int month_from_march = month > 2 ? month - 3 : month + 9;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  const std::int64_t days = std::int64_t{365} * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

}  // namespace perdure::metal
