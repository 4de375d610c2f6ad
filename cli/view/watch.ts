import { setTimeout as delay } from 'node:timers/promises';
import { paint, say } from '../print.ts';
import { factsBetween } from './facts.ts';
import { LivePicture } from './live.ts';
import type { Look } from './look.ts';
import { picture } from './picture.ts';
import { statusJson } from './status.ts';

/** Who watches: a terminal sees a picture, everybody else a line per fact, or with `json` a document per change. */
export interface WatchOptions {
  readonly json: boolean;
  readonly everyMs: number;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

/** Looks again and again until it is told to end. */
export const watch = async (
  look: () => Promise<Look>,
  { json, everyMs, signal }: WatchOptions,
): Promise<void> => {
  const live = new LivePicture();
  let before: Look | null = null;
  let told = '';
  while (!signal.aborted) {
    const now = await look();
    if (json) {
      const text = JSON.stringify(statusJson(now.targets));
      if (text !== told) say(text);
      told = text;
    } else if (process.stdout.isTTY === true) {
      live.draw([
        ...picture(now, { columns: live.columns, rows: live.rows - 1 }),
        paint('dim', '  Ctrl-C ends it'),
      ]);
    } else {
      for (const fact of factsBetween(before, now)) say(fact);
    }
    before = now;
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
};
