/**
 * Measures how long real answers take, in milliseconds of the wall: a process answers no sooner because the cloud's
 * clock runs fast. Never used for when something happens.
 */
export const stopwatch = (): (() => number) => {
  const from = performance.now();
  return () => performance.now() - from;
};
