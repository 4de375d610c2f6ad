import jsonata from 'jsonata';

const MEASURED_MS = 1000;

let known: Promise<number> | undefined;

/**
 * What figures of this machine are divided by: how often a second the jsonata package, as shipped, evaluates one small
 * expression. Another machine gives other figures, and about the same ratios.
 */
export const evaluationsPerSecond = (): Promise<number> => {
  known ??= measure();
  return known;
};

const measure = async (): Promise<number> => {
  const expression = jsonata('{"count": $count + 1, "last": $count >= 1000}');
  const during = async (milliseconds: number): Promise<number> => {
    const begun = performance.now();
    let done = 0;
    while (performance.now() - begun < milliseconds) {
      for (let count = 0; count < 100; count += 1) await expression.evaluate({}, { count });
      done += 100;
    }
    return done / ((performance.now() - begun) / 1000);
  };
  await during(MEASURED_MS / 4);
  return during(MEASURED_MS);
};
