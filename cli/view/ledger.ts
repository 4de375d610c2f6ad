import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { z } from 'zod';
import { names } from '../../config/names.ts';
import { ChainedEvent } from '../../functions/domain/chain.ts';
import { FiredAlarm } from '../../functions/domain/fired-alarm.ts';
import { GuardRecord } from '../../functions/domain/guard.ts';
import { type Key, keys, type Range, ranges } from '../../functions/domain/ledger-keys.ts';
import { inForce, Quarantine } from '../../functions/domain/quarantine.ts';
import { ReleaseRecord, ServiceRecord } from '../../functions/domain/release.ts';
import { LiveRecord, RolloutRecord } from '../../functions/domain/rollout.ts';
import { Target } from '../../functions/domain/target.ts';
import { Workload } from '../../functions/domain/workload.ts';

const QuarantinedPair = Quarantine.pick({ service: true, digest: true, configDigest: true });
type QuarantinedPair = z.infer<typeof QuarantinedPair>;

/** Reads the ledger for people. Never writes. */
export class LedgerView {
  readonly #client: DynamoDBClient;

  constructor(client: DynamoDBClient) {
    this.#client = client;
  }

  async services(): Promise<ServiceRecord[]> {
    const rows = await this.#rows(ranges.services());
    const found = await Promise.all(
      rows.map(({ sk }) => this.#item(keys.service(String(sk).slice('SERVICE#'.length)))),
    );
    return found.flatMap((item) => (item === null ? [] : [ServiceRecord.parse(item)]));
  }

  async targets(): Promise<Target[]> {
    const rows = await this.#rows(ranges.targets());
    const found = await Promise.all(
      rows.map(({ sk }) => this.#item(keys.target(String(sk).slice('TARGET#'.length)))),
    );
    return found.flatMap((item) => (item === null ? [] : [Target.parse(item)]));
  }

  async live(targetId: string): Promise<LiveRecord | null> {
    const item = await this.#item(keys.live(targetId));
    return item === null ? null : LiveRecord.parse(item);
  }

  async rollout(targetId: string): Promise<RolloutRecord | null> {
    const item = await this.#item(keys.rollout(targetId));
    return item === null ? null : RolloutRecord.parse(item);
  }

  async release(releaseId: string): Promise<ReleaseRecord | null> {
    const item = await this.#item(keys.release(releaseId));
    return item === null ? null : ReleaseRecord.parse(item);
  }

  /** The configuration half of a pair. */
  async workload(configDigest: string): Promise<Workload | null> {
    const item = await this.#item(keys.workload(configDigest));
    return item === null ? null : Workload.parse(item);
  }

  /** Newest first. */
  async releasesOf(service: string): Promise<ReleaseRecord[]> {
    const rows = await this.#rows(ranges.releasesOfService(service));
    const ids = rows.map(({ sk }) => String(sk).split('#').at(-1) ?? '');
    const found = await Promise.all(ids.map((id) => this.release(id)));
    return found.filter((record) => record !== null).reverse();
  }

  /** The newest of a service's releases, newest first. */
  async newestReleasesOf(service: string, count: number): Promise<ReleaseRecord[]> {
    const rows = await this.#rows(ranges.releasesOfService(service), { newest: count });
    const found = await Promise.all(
      rows.map(({ sk }) => this.release(String(sk).split('#').at(-1) ?? '')),
    );
    return found.filter((record) => record !== null);
  }

  async events(releaseId: string): Promise<ChainedEvent[]> {
    return (await this.#rows(ranges.events(releaseId))).map((row) => ChainedEvent.parse(row));
  }

  /** The target's rollouts, newest first. */
  async rolloutHistory(targetId: string): Promise<RolloutRecord[]> {
    const rows = await this.#rows(ranges.history(targetId));
    return rows.map((row) => RolloutRecord.parse(row)).reverse();
  }

  /** The quarantine that holds; null: there is none, or it was lifted. */
  async quarantine(pair: QuarantinedPair): Promise<Quarantine | null> {
    const item = await this.#item(keys.quarantine(pair));
    return inForce(item === null ? null : Quarantine.parse(item));
  }

  /** Of one service, or of all; lifted ones too. */
  async quarantines(service: string | null): Promise<Quarantine[]> {
    const rows = await this.#rows(ranges.quarantines(service));
    const found = await Promise.all(
      rows.map((row) => this.#item(keys.quarantine(QuarantinedPair.parse(row)))),
    );
    return found.flatMap((item) => (item === null ? [] : [Quarantine.parse(item)]));
  }

  /** The open guard of a target. */
  async guard(targetId: string): Promise<GuardRecord | null> {
    const item = await this.#item(keys.guard(targetId));
    return item === null ? null : GuardRecord.parse(item);
  }

  /** Alarms of an environment that were told, oldest first. */
  async firedAlarms(environment: string): Promise<FiredAlarm[]> {
    const rows = await this.#rows(ranges.firedAlarms(environment, ''));
    return rows.map((row) => FiredAlarm.parse(row));
  }

  async #item(key: Key): Promise<Record<string, unknown> | null> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: names.ledgerTable,
        Key: { pk: { S: key.pk }, sk: { S: key.sk } },
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? null : unmarshall(Item);
  }

  async #rows(
    { pk, prefix }: Range,
    { newest = 0 }: { newest?: number } = {},
  ): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    let from: QueryCommand['input']['ExclusiveStartKey'];
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: names.ledgerTable,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': { S: pk }, ':prefix': { S: prefix } },
          ConsistentRead: true,
          ...(newest === 0 ? {} : { ScanIndexForward: false, Limit: newest }),
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      rows.push(...(page.Items ?? []).map((item) => unmarshall(item)));
      from = page.LastEvaluatedKey;
    } while (from !== undefined && (newest === 0 || rows.length < newest));
    return rows;
  }
}
