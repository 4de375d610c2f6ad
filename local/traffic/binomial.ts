/** Draws how many of `trials` succeed; by the normal approximation where trials are many. */
export const binomial = (trials: number, share: number, random: () => number): number => {
  if (trials <= 0 || share <= 0) return 0;
  if (share >= 1) return trials;
  const deviation = Math.sqrt(trials * share * (1 - share));
  if (deviation > 6) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.min(trials, Math.max(0, Math.round(trials * share + deviation * normal)));
  }
  let successes = 0;
  // Distances between successes are geometric: one draw per success instead of one per trial.
  const distance = () => Math.floor(Math.log(1 - random()) / Math.log(1 - share));
  for (let at = distance(); at < trials; at += 1 + distance()) successes += 1;
  return successes;
};
