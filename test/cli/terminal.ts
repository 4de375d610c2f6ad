import { vi } from 'vitest';
import { run } from '../../cli/program.ts';

/** What a command line printed, and how it ended. */
export interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line as `npx slipway …` would, in this process and without a terminal. */
export const slipway = async (...args: readonly string[]): Promise<Ended> => {
  const printed = { out: '', err: '' };
  const keep = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    printed[stream] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(keep('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep('err')),
  ];
  try {
    const exitCode = await run(['node', 'slipway', ...args]);
    return { exitCode, ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
    // A command's exit code is not this process's.
    process.exitCode = undefined;
  }
};
