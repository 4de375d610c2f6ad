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

/** Both colors in one clause; `how`: what was counted of them. */
export const listed = (
  counts: { readonly stable: ColorCounts; readonly candidate: ColorCounts },
  how = BAD,
): string =>
  `${counts.candidate.bad} of the candidate's ${counts.candidate.requests} requests were ${how} (${percent(share(counts.candidate))}), of stable's ${counts.stable.requests} it was ${counts.stable.bad} (${percent(share(counts.stable))})`;

/** What an e-value means, in words. */
export const leaning = (eValue: number, alpha: number): string =>
  `the evidence that the candidate is worse stands at ${Number(eValue.toPrecision(3))}, ${Number((1 / alpha).toPrecision(4))} condemns`;
