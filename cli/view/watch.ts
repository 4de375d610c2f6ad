import { setTimeout as delay } from 'node:timers/promises';
import { say } from '../print.ts';
import { factsBetween } from './facts.ts';
import { LivePicture } from './live.ts';
import { picture } from './picture.ts';
import { statusJson, type TargetPicture } from './status.ts';

const EVERY_MS = 500;

/** Looks again and again: a live picture in a terminal, a line per fact elsewhere, a document per change with `json`. */
export const watch = async (
  look: () => Promise<TargetPicture[]>,
  options: { json: boolean },
): Promise<never> => {
  const live = new LivePicture();
  let before: TargetPicture[] = [];
  for (;;) {
    const now = await look();
    if (options.json) {
      if (JSON.stringify(now) !== JSON.stringify(before)) say(JSON.stringify(statusJson(now)));
    } else if (process.stdout.isTTY === true) {
      live.draw(picture('slipway status (Ctrl-C ends it)', now));
    } else {
      for (const fact of factsBetween(before, now)) say(fact);
    }
    before = now;
    await delay(EVERY_MS);
  }
};
