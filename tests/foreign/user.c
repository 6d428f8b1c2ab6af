// Needs what another object defines, and what none does, weakly.
extern int add(int, int);
__attribute__((weak)) int defined_nowhere(void);
int common_values[100] __attribute__((common));

int use_add(int n) { return add(n, n) + 1; }
int use_weak(void) { return defined_nowhere ? defined_nowhere() : -1; }
int common_sum(void) {
  int sum = 0;
  for (int i = 0; i < 100; ++i) sum += common_values[i];
  return sum;
}
