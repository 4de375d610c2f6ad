/**
 * JSONata without promises. The shipped engine is asynchronous throughout, though nothing that a state machine
 * can write needs it; so its source is read from the installed package and `async`/`await` are taken out, in
 * memory, when this module loads. The tests compare both on a corpus. Time and chance come from whoever evaluates.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { Jsonata } from './jsonata-engine.ts';

/** What an evaluation takes from outside. */
export interface Ambience {
  now(): number;
  random(): number;
  uuid(): string;
}

const outside: { ambience: Ambience; steps: number } = {
  ambience: {
    now: () => 0,
    random: () => 0,
    uuid: () => '00000000-0000-4000-8000-000000000000',
  },
  steps: 0,
};

/** Sets what the evaluations that follow take from outside. */
export const setAmbience = (ambience: Ambience): void => {
  outside.ambience = ambience;
};

/** What the evaluations take from outside now. */
export const ambience = (): Ambience => outside.ambience;

/** `new Date()` is the clock's now; `Date.now()`, which the engine asks only to stop endless evaluations, counts its steps. */
class StatesDate extends Date {
  constructor(...of: unknown[]) {
    super(...((of.length === 0 ? [outside.ambience.now()] : of) as [number]));
  }
  static override now(): number {
    outside.steps += 1;
    return outside.steps;
  }
}

const StatesMath = Object.create(Math, {
  random: { value: () => outside.ambience.random() },
}) as Math;

const withoutPromises = (source: string): string =>
  source
    .replace(/\basync\s+(?=function\b|\()/g, '')
    .replace(/\bawait Promise\.all\(/g, '(')
    .replace(/\bawait\s+/g, '')
    .replace(
      'jsonata.parser = parser;',
      'jsonata.parser = parser; jsonata.staticFrame = staticFrame; jsonata.defineFunction = defineFunction;',
    );

const load = (): Jsonata => {
  const path = createRequire(import.meta.url).resolve('jsonata');
  const source = withoutPromises(readFileSync(path, 'utf8'));
  if (/^(?!\s*(\/\/|\*)).*\bawait\b/m.test(source) || !source.includes('jsonata.staticFrame')) {
    throw new Error(
      `${path} is not written as expected, so it cannot be made synchronous; compare its async functions with the rewriting here`,
    );
  }
  const module = { exports: {} };
  compileFunction(source, ['module', 'exports', 'Date', 'Math'], { filename: path })(
    module,
    module.exports,
    StatesDate,
    StatesMath,
  );
  return module.exports as Jsonata;
};

/** The engine itself. */
export const jsonata: Jsonata = load();
