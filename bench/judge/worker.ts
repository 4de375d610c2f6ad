import { parentPort, workerData } from 'node:worker_threads';
import { cells } from './cells.ts';
import { simulate } from './simulate.ts';

// One of the bench's threads: told a cell's id, answers with its figures.
const { runs, seed } = workerData as { runs: number; seed: number };
const all = cells();
parentPort?.on('message', (id: number) => {
  const cell = all[id];
  if (cell !== undefined) parentPort?.postMessage(simulate(cell, { runs, seed }));
});
