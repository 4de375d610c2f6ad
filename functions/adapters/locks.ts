import {
  type AttributeValue,
  type ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { isNamed, LockLost } from '../domain/errors.ts';
import { invariant } from '../domain/invariant.ts';
import { LockState } from '../domain/lock.ts';
import type { Locks } from '../ports/locks.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Assume, aws } from './aws.ts';

interface LocksWorld {
  readonly runtime: Runtime;
  readonly env: { readonly LOCKS_TABLE: string };
  /** Where the table is, for a caller in another account or Region. */
  readonly region?: string;
  readonly role?: Assume;
}

// Reserved words of DynamoDB are among the attributes, so all are named alike.
const NAMES = {
  '#owner': 'owner',
  '#token': 'token',
  '#lease': 'leaseUntil',
  '#since': 'since',
  '#rollout': 'rolloutId',
};

const TAKE =
  'SET #owner = :owner, #lease = :lease, #since = :now, #rollout = :rollout, #token = if_not_exists(#token, :zero) + :one';

type Item = Record<string, AttributeValue>;

const stateOf = (key: string, item: Item): LockState => {
  const { token, owner, leaseUntil, since, rolloutId } = unmarshall(item);
  return LockState.parse({
    key,
    token,
    owner: owner ?? null,
    leaseUntil: leaseUntil ?? 0,
    since: since ?? 0,
    rolloutId: rolloutId ?? null,
  });
};

/** Names and values that an expression does not use are an error at DynamoDB. */
const used = <V>(all: Readonly<Record<string, V>>, expressions: string): Record<string, V> =>
  Object.fromEntries(
    Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(expressions)),
  );

/** Locks, in a table of their own that is never replicated: conditions are Regional. */
export const locksOf = ({ runtime, env, region, role }: LocksWorld): Locks => {
  const client = aws(runtime)(DynamoDBClient, {
    ...(region === undefined ? {} : { region }),
    ...(role === undefined ? {} : { role }),
  });
  const TableName = env.LOCKS_TABLE;

  /** The lock after the update; or, where the condition did not hold, as it is (null: there is none). */
  const update = async (
    key: string,
    UpdateExpression: string,
    when: string | null,
    values: Record<string, unknown>,
  ): Promise<{ done: true; state: LockState } | { done: false; state: LockState | null }> => {
    const expressions = `${UpdateExpression} ${when ?? ''}`;
    try {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName,
          Key: marshall({ pk: key }),
          UpdateExpression,
          ...(when === null ? {} : { ConditionExpression: when }),
          ExpressionAttributeNames: used(NAMES, expressions),
          ExpressionAttributeValues: marshall(used(values, expressions)),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      invariant(Attributes !== undefined, `the update of lock ${key} answers the lock`);
      return { done: true, state: stateOf(key, Attributes) };
    } catch (error) {
      if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
      const { Item } = error as ConditionalCheckFailedException;
      return { done: false, state: Item === undefined ? null : stateOf(key, Item) };
    }
  };

  const lease = (seconds: number): number => runtime.now() + seconds * 1_000;
  const taking = (owner: string, seconds: number, rolloutId: string | undefined) => ({
    ':owner': owner,
    ':lease': lease(seconds),
    ':now': runtime.now(),
    ':rollout': rolloutId ?? null,
    ':zero': 0,
    ':one': 1,
  });
  const lost = (key: string, token: number, state: LockState | null): LockLost =>
    new LockLost(
      `lock ${key} is not held under token ${token}: it is ${
        state?.owner ? `held by ${state.owner} under ${state.token}` : 'free'
      }`,
      { facts: { key, token } },
    );

  const renew: Locks['renew'] = async (key, token, leaseSeconds) => {
    const { done, state } = await update(
      key,
      'SET #lease = :lease',
      '#token = :token AND attribute_exists(#owner)',
      { ':lease': lease(leaseSeconds), ':token': token },
    );
    if (!done) throw lost(key, token, state);
    return state;
  };

  return {
    acquire: async (key, owner, leaseSeconds, extra) => {
      const { done, state } = await update(
        key,
        TAKE,
        // Its own lock, however old its lease, is renewed below: nobody has taken it.
        'attribute_not_exists(#owner) OR (#lease < :now AND #owner <> :owner)',
        taking(owner, leaseSeconds, extra?.rolloutId),
      );
      if (done) return { acquired: true, token: state.token, since: state.since };
      invariant(state !== null, `lock ${key} was refused, so somebody holds it`);
      if (state.owner !== owner) return { acquired: false, token: null, holder: state };
      const renewed = await renew(key, state.token, leaseSeconds);
      return { acquired: true, token: renewed.token, since: renewed.since };
    },
    renew,
    takeOver: async (key, owner, leaseSeconds, { rolloutId, heldUnder } = {}) => {
      const { done, state } = await update(
        key,
        TAKE,
        // Who has it already keeps its token: asked twice, each answer must be the one that holds.
        heldUnder === undefined
          ? 'attribute_not_exists(#owner) OR #owner <> :owner'
          : '#token = :token',
        { ...taking(owner, leaseSeconds, rolloutId), ':token': heldUnder },
      );
      if (done) return state.token;
      if (heldUnder !== undefined || state === null) throw lost(key, heldUnder ?? 0, state);
      return (await renew(key, state.token, leaseSeconds)).token;
    },
    raise: async (key, token, above) => {
      const { done, state } = await update(
        key,
        'SET #token = :raised',
        '#token = :token AND attribute_exists(#owner)',
        { ':raised': above + 1, ':token': token },
      );
      if (!done) throw lost(key, token, state);
      return state.token;
    },
    release: async (key, token) =>
      (
        await update(
          key,
          'REMOVE #owner, #lease, #since, #rollout',
          '#token = :token AND attribute_exists(#owner)',
          { ':token': token },
        )
      ).done,
    read: async (key) => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: marshall({ pk: key }), ConsistentRead: true }),
      );
      return Item === undefined ? null : stateOf(key, Item);
    },
    held: async () => {
      const states: LockState[] = [];
      let from: Item | undefined;
      do {
        const page = await client.send(
          new ScanCommand({
            TableName,
            ConsistentRead: true,
            FilterExpression: 'attribute_exists(#owner)',
            ExpressionAttributeNames: { '#owner': 'owner' },
            ...(from === undefined ? {} : { ExclusiveStartKey: from }),
          }),
        );
        states.push(
          ...(page.Items ?? []).map((item) => stateOf(String(unmarshall(item)['pk']), item)),
        );
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return states;
    },
  };
};
