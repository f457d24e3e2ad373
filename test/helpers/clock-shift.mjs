// Loaded into a process under test: its wall clock is ahead of the machine's by FANOPS_TEST_CLOCK_MS, or behind it.
const shift = Number(process.env.FANOPS_TEST_CLOCK_MS);
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...args) {
    super(...(args.length === 0 ? [Real.now() + shift] : args));
  }

  static now() {
    return Real.now() + shift;
  }
};
