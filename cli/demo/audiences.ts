import { paint, say } from '../print.ts';
import { factsBetween } from '../view/facts.ts';
import { LivePicture } from '../view/live.ts';
import type { Look } from '../view/look.ts';
import { picture } from '../view/picture.ts';
import type { Act, Audience, ReleaseResult } from './story.ts';

/** What a release came to, in two lines. */
const ending = (act: Act, result: ReleaseResult, problems: readonly string[]): string[] => [
  `${problems.length === 0 ? paint('green', '✔') : paint('red', '✘')} ${act.version} ${result.outcome}${result.reason === null ? '' : `: ${result.reason}`}`,
  `  ${[
    `${result.badRequests} bad answers to users`,
    ...(result.secondsToRecover === null
      ? []
      : [`0 % candidate ${result.secondsToRecover} s after the first`]),
    `${result.transitions} transitions`,
  ].join(', ')}`,
  ...problems.map((problem) => paint('red', `  ${problem}`)),
];

/** A terminal: a picture that moves. */
export const terminal = (): Audience => {
  const live = new LivePicture();
  return {
    watches: true,
    step: (text) => say(paint('dim', `  ${text} …`)),
    act: () => say(),
    look: (act, seen, users) => {
      const { requestsPerMinute, failedPercent } = users.now();
      const failed = `${failedPercent.toFixed(2)} % failed`;
      live.draw(
        picture(seen, {
          columns: live.columns,
          rows: live.rows - 3,
          title: `push checkout ${act.version} (${act.title})`,
          below: [
            `users of production: ${requestsPerMinute} requests a minute, ${paint(failedPercent > 0 ? 'red' : 'green', failed)}`,
          ],
        }),
      );
    },
    ended: (act, result, problems) => {
      live.keep();
      for (const line of ending(act, result, problems)) say(line);
    },
  };
};

/** No terminal: one line per fact. */
export const lines = (): Audience => {
  let before: Look | null = null;
  return {
    watches: true,
    step: (text) => say(`${text} …`),
    act: (act, seen) => {
      before = seen;
      say(`push checkout ${act.version} (${act.title})`);
    },
    look: (_act, seen) => {
      for (const fact of factsBetween(before, seen)) say(`  ${fact}`);
      before = seen;
    },
    ended: (act, result, problems) => {
      for (const line of ending(act, result, problems)) say(line);
    },
  };
};

/** Nobody: a document comes at the end. */
export const silent = (): Audience => ({
  watches: false,
  step: () => {},
  act: () => {},
  look: () => {},
  ended: () => {},
});
