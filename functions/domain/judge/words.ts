import type { ColorCounts } from './allocation.ts';

/** The bad share of a color's requests, 0 when it had none. */
export const share = ({ requests, bad }: ColorCounts): number =>
  requests === 0 ? 0 : bad / requests;

/** `2.5 %` */
export const percent = (part: number): string => `${Number((100 * part).toPrecision(3))} %`;

/** What a request was that failed. */
export const BAD = 'bad';

/** What a request was that took too long: `slower than 800 ms`. */
export const slowerThan = (limitMs: number): string => `slower than ${limitMs} ms`;

/** Both colors in one clause; `how`: what was counted of them. Of a stable without requests there is nothing to say. */
export const listed = (
  { stable, candidate }: { readonly stable: ColorCounts; readonly candidate: ColorCounts },
  how = BAD,
): string => {
  if (stable.bad + candidate.bad === 0) {
    const rest = stable.requests === 0 ? '' : `, nor of stable's ${stable.requests}`;
    return `none of the candidate's ${candidate.requests} requests was ${how}${rest}`;
  }
  const rest =
    stable.requests === 0
      ? ''
      : `, of stable's ${stable.requests} it was ${stable.bad} (${percent(share(stable))})`;
  return `${candidate.bad} of the candidate's ${candidate.requests} requests were ${how} (${percent(share(candidate))})${rest}`;
};

/** What an e-value means, in words. */
export const leaning = (eValue: number, alpha: number): string =>
  `the evidence that the candidate is worse stands at ${Number(eValue.toPrecision(3))}, ${Number((1 / alpha).toPrecision(4))} condemns`;
