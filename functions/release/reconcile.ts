import { z } from 'zod';
import { busOf } from '../adapters/bus.ts';
import { executionsOf } from '../adapters/executions.ts';
import { janitorOf } from '../adapters/janitor.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { locksOf } from '../adapters/locks.ts';
import { releaseStarter } from '../adapters/release-starter.ts';
import { sweeperOf } from '../adapters/sweeper.ts';
import { InputRefused } from '../domain/errors.ts';
import { ExecutionEnded } from '../events/execution-ended.ts';
import { environments } from '../runtime/env.ts';
import { handle, misfits } from '../runtime/handle.ts';

const Sweep = z.looseObject({ sweep: z.literal(true) });
const Input = z.union([Sweep, ExecutionEnded]);

const Output = z.object({
  /** Images that no event had told of, or that had waited for their other half, and what became of them. */
  considered: z.array(z.string()),
  /** Evidence that has waited for its other half for too long. */
  overdue: z.array(z.string()),
  /** Releases whose execution had died. */
  concluded: z.array(z.string()),
  /** Releases whose execution had never started. */
  started: z.array(z.string()),
  /** Rollouts whose execution had died. */
  rollbacks: z.array(z.string()),
  /** Locks of executions that had ended. */
  freed: z.array(z.string()),
  /** What could not be looked at this time; the next sweep tries again. */
  failed: z.array(z.string()),
});
type Output = z.input<typeof Output>;

/** Finds what no event told of, and frees what the dead hold. An execution that ended badly is looked after at once. */
export const handler = handle({
  input: z.unknown(),
  output: Output,
  env: environments['release/reconcile'],
  run: (world) => async (event) => {
    const input = Input.safeParse(event);
    if (!input.success)
      throw new InputRefused(
        `neither a sweep nor an ended execution: ${misfits(input.error, event)}`,
      );
    const { log, metrics } = world;
    const ledger = ledgerOf(world);
    const executions = executionsOf(world);
    const parts = { ...world, ledger, executions };
    const starter = releaseStarter(parts);
    const found: { [K in keyof Output]: string[] } = {
      considered: [],
      overdue: [],
      concluded: [],
      started: [],
      rollbacks: [],
      freed: [],
      failed: [],
    };
    /** One thing that can't be looked at must not keep the others from being looked at. */
    const apart = async (what: string, look: () => Promise<void>): Promise<void> => {
      try {
        await look();
      } catch (error) {
        const named = error instanceof Error ? error : new Error(String(error));
        log.error(`could not look at ${what}: ${named.message}`, named);
        metrics.add('ReconcileFailed');
        found.failed.push(`${what}: ${named.name}`);
      }
    };
    const janitor = janitorOf({
      ...parts,
      starter,
      apart,
      locks: locksOf(world),
      bus: busOf(world),
    });
    // Rollbacks before locks: a target's lock may only be freed when nothing is left to undo.
    await janitor.rollouts(found);
    await janitor.releases(found);
    await janitor.locks(found);
    if ('sweep' in input.data) await sweeperOf({ ...parts, starter, apart })(found);
    for (const [what, names] of Object.entries(found))
      if (names.length > 0)
        metrics.add(`Reconcile${what[0]?.toUpperCase()}${what.slice(1)}`, names.length);
    log.info('reconciled', found);
    return found;
  },
});
