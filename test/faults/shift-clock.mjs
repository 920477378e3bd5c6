// Loaded first into a process: sets its clock by CLOCK_SHIFT_MS, as if the machine's were wrong.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const now = () => Real.now() + shiftMs;
const Real = Date;

globalThis.Date = new Proxy(Real, {
  construct: (target, given, as) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, as === Date ? target : as),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
