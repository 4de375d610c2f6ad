import type { Target } from '../../functions/domain/target.ts';
import type { Cloud } from '../../local/cloud.ts';
import type { Connection } from '../connection.ts';
import type { LedgerView } from '../view/ledger.ts';
import { readWeights } from '../view/weights.ts';

/** When the candidate's share of a target became 0, as the load balancer's API said after each write of a rule. */
export class Recovery {
  readonly #stop: () => void;
  #zeroAt: number[] = [];

  constructor(cloud: Cloud, connection: Connection, ledger: LedgerView, target: Target) {
    this.#stop = cloud.onCall((call) => {
      if (
        call.operation !== 'ModifyRule' ||
        call.account !== target.account ||
        call.region !== target.region
      )
        return;
      void this.#look(connection, ledger, target, call.at);
    });
  }

  /** The first time after `from` at which nobody reached the candidate any more. */
  firstZeroSince(from: number): number | null {
    return this.#zeroAt.find((at) => at >= from) ?? null;
  }

  stop(): void {
    this.#stop();
  }

  async #look(
    connection: Connection,
    ledger: LedgerView,
    target: Target,
    at: number,
  ): Promise<void> {
    if (target.shiftable === null) return;
    const live = await ledger.live(target.targetId);
    const weights = await readWeights(await connection.loadBalancers(target), target.shiftable);
    if (live !== null && weights[live.color] === 100) this.#zeroAt.push(at);
  }
}
