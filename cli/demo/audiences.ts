import { paint, say } from '../print.ts';
import { factsBetween } from '../view/facts.ts';
import { LivePicture } from '../view/live.ts';
import { picture } from '../view/picture.ts';
import type { TargetPicture } from '../view/status.ts';
import type { Act, Audience, ReleaseResult } from './story.ts';

/** What a release came to, in two lines. */
const ending = (act: Act, result: ReleaseResult, problems: readonly string[]): string[] => [
  `${problems.length === 0 ? paint('green', '✔') : paint('red', '✘')} ${act.version} ${result.outcome}${result.reason === null ? '' : `: ${result.reason}`}`,
  [
    `  ${result.badRequests} bad answers to users`,
    result.secondsToRecover === null
      ? ''
      : `${result.secondsToRecover} s from the first of them to 0 % candidate`,
    `${result.transitions} state transitions`,
  ]
    .filter((part) => part !== '')
    .join(', '),
  ...problems.map((problem) => paint('red', `  ${problem}`)),
];

/** A terminal: a picture that moves. */
export const terminal = (): Audience => {
  const live = new LivePicture();
  return {
    step: (text) => say(paint('dim', `  ${text} …`)),
    act: (act) => say(`\n${paint('bold', `push checkout ${act.version}`)}: ${act.title}`),
    look: (act, targets, users) =>
      live.draw(picture(`checkout ${act.version}`, targets, { traffic: users.now() })),
    ended: (act, result, problems) => {
      live.keep();
      for (const line of ending(act, result, problems)) say(line);
    },
  };
};

/** No terminal: one line per fact. */
export const lines = (): Audience => {
  let before: readonly TargetPicture[] = [];
  return {
    step: (text) => say(`${text} …`),
    act: (act) => say(`push checkout ${act.version}: ${act.title}`),
    look: (_act, targets) => {
      const known = before.length === 0 ? targets : before;
      for (const fact of factsBetween(known, targets)) say(`  ${fact}`);
      before = targets;
    },
    ended: (act, result, problems) => {
      for (const line of ending(act, result, problems)) say(line);
    },
  };
};

/** Nobody: a document comes at the end. */
export const silent = (): Audience => ({
  step: () => {},
  act: () => {},
  look: () => {},
  ended: () => {},
});
