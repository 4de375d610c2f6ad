import { rmSync } from 'node:fs';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, test } from 'vitest';
import { assemble } from '../../cli/laptop/assemblies.ts';
import { names } from '../../config/names.ts';
import { targetLockKey } from '../../functions/domain/lock.ts';
import { type InterceptedCall, KilledInvocation } from '../../local/services/lambda/invocation.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import { changedAssembly } from '../world/changed-assembly.ts';
import { kubernetes } from '../world/kubernetes-requests.ts';
import {
  expectLastGood,
  pushedTo,
  SHIFTING,
  type Shifting,
  shiftingWorld,
} from '../world/shifting.ts';

// Goal: a rollout that loses its execution, its function, an answer or its lock ends completed or rolled back, never between.
// Method: one world; a person, a kill or a lost answer at the moment that hurts, then the same three questions.
let shifting: Shifting;
let serial = 0;

beforeAll(async () => {
  shifting = await shiftingWorld();
}, 120_000);

const version = (): string => {
  serial += 1;
  return `1.${serial}.0`;
};
const live = () => shifting.world.ledger.live(shifting.production.target.targetId);
const LOCK = () => ({ pk: { S: targetLockKey(shifting.production.target.targetId) } });

/** Acts once on a call of one of the pipeline's handlers. */
const once = (
  functionName: string,
  operation: string,
  phase: InterceptedCall['phase'],
  act: () => Error,
) => {
  let acted = 0;
  const stop = shifting.world.cloud
    .service<LambdaService>('lambda', shifting.world.home)
    .interceptCalls((call) => {
      const meant = call.functionName === functionName && call.operation === operation;
      if (!meant || call.phase !== phase || acted > 0) return;
      // Staging comes first, and its lock, its rule and its deployment are others.
      if (!JSON.stringify(call.input).includes('production')) return;
      acted += 1;
      throw act();
    });
  return { acted: () => acted, stop };
};

const expectReleased = async (digest: string): Promise<void> => {
  const { world, production, watch } = shifting;
  const release = await world.ended(digest);
  expect(release).toMatchObject({ outcome: 'released', reason: null });
  const color = (await live())?.color ?? 'blue';
  expect((await production.weights())[color]).toBe(100);
  expect(await production.overrideOn()).toBe(false);
  expect(await production.lockOwner()).toBeNull();
  expect(await production.chainFault(release.releaseId)).toBeNull();
  expect(watch.broken).toEqual([]);
};

describe('a rollout that is lost', () => {
  test('stopped by hand: rolled back, and nothing is said of the version', async () => {
    const { world, production } = shifting;
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    const executionArn = rollout.executionArn ?? '';
    await world.client().send(new StopExecutionCommand({ executionArn, cause: 'by hand' }));
    const release = await world.ended(rollout.digest);
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    expect(release.reason).toMatch(/^the execution [\w-]+ ended ABORTED/);
    expect(await production.rollout()).toMatchObject({ rollback: { cause: 'lostExecution' } });
    expect(await world.ledger.quarantine(release)).toBeNull();
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });

  test('its release stopped by hand as well: rolled back all the same', async () => {
    const { world, production } = shifting;
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    for (const executionArn of [
      (await world.release(rollout.digest))?.executionArn ?? '',
      rollout.executionArn ?? '',
    ]) {
      await world.client().send(new StopExecutionCommand({ executionArn }));
    }
    await world.until('the rollback', async () =>
      (await production.rollout())?.phase === 'rolledBack' ? true : undefined,
    );
    expect((await world.ended(rollout.digest)).outcome).toMatch(/failed|rolledBack/);
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });

  test('a tick killed right after its write: the next try takes the weight on', async () => {
    const { world } = shifting;
    const kill = once('slipway-tick', 'ModifyRule', 'after', () => new KilledInvocation('killed'));
    const digest = await world.push({ version: version() });
    await expectReleased(digest);
    kill.stop();
    expect(kill.acted()).toBe(1);
  });

  test('the answer of CreateDeployment lost: there is no second deployment', async () => {
    const { world, production } = shifting;
    const before = await production.deployments();
    const lost = once('slipway-create-deployment', 'CreateDeployment', 'after', () =>
      Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }),
    );
    const digest = await world.push({ version: version() });
    await expectReleased(digest);
    lost.stop();
    expect(lost.acted()).toBe(1);
    expect(await production.deployments()).toHaveLength(before.length + 1);
  });
});

describe('a lock that is lost', () => {
  test('taken by another: the rollout stops writing, and is rolled back', async () => {
    const { world } = shifting;
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    await world.client().send(
      new UpdateItemCommand({
        TableName: names.locksTable,
        Key: LOCK(),
        UpdateExpression: 'SET #owner = :owner ADD #token :one',
        ExpressionAttributeNames: { '#owner': 'owner', '#token': 'token' },
        ExpressionAttributeValues: {
          ':owner': { S: rollout.executionArn?.replace(/:[^:]+$/, ':another') ?? '' },
          ':one': { N: '1' },
        },
      }),
    );
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout, before?.version ?? '');
  });

  test('deleted by hand: rolled back, and tokens go on growing', async () => {
    const { world } = shifting;
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    await world.client().send(new DeleteItemCommand({ TableName: names.locksTable, Key: LOCK() }));
    const release = await world.ended(rollout.digest);
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout, before?.version ?? '');
    await expectReleased(await world.push({ version: version() }));
  });
});

describe('a person goes back', () => {
  test('from a completed release to the one before; asked again, nothing happens', async () => {
    const { world, production } = shifting;
    const before = await live();
    await expectReleased(await world.push({ version: version() }));
    const completed = await production.rollout();
    expect([production.pods('blue').length, production.pods('green').length]).toEqual([2, 2]);
    const first = await production.ended(await production.rollBackByHand('found late'));
    expect(JSON.parse(first.output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
    if (completed === null) throw new Error('there was a rollout');
    await expectLastGood(shifting, completed, before?.version ?? '');
    const release = await world.release(completed.digest);
    expect(release && (await world.ledger.quarantine(release))).not.toBeNull();
    const second = await production.ended(await production.rollBackByHand('found late'));
    expect(JSON.parse(second.output ?? '{}')).toMatchObject({ outcome: 'nothingToDo' });
    await expectLastGood(shifting, completed, before?.version ?? '');
  });
});

describe('last good is dead when it is needed', () => {
  /** Its pods go, and come back only when its image does. */
  const killLastGood = async (): Promise<void> => {
    const { world, production } = shifting;
    const good = await live();
    const imageIds = [{ imageDigest: good?.digest ?? '' }];
    await world
      .client()
      .send(new BatchDeleteImageCommand({ repositoryName: 'shop/checkout', imageIds }));
    const path = `/apis/apps/v1/namespaces/checkout/deployments/checkout-${good?.color}`;
    await kubernetes(production, 'PATCH', path, { spec: { replicas: 0 } });
    await world.clock.advance(20_000);
  };

  test('it is put back first, and takes the traffic when it is healthy', async () => {
    const { world, production, watch } = shifting;
    const good = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    const path = `/apis/apps/v1/namespaces/checkout/deployments/checkout-${good?.color}`;
    await kubernetes(production, 'PATCH', path, { spec: { replicas: 0 } });
    await world.clock.advance(20_000);
    const ended = await production.ended(await production.rollBackByHand('orders look wrong'));
    expect(JSON.parse(ended.output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout, good?.version ?? '');
    expect(watch.broken).toEqual([]);
  });

  test('it gets no traffic while it is dead; when it does not come, the rollout is stuck', async () => {
    const { world, production, watch } = shifting;
    const good = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    await killLastGood();
    const weights = await production.weights();
    const executionArn = await production.rollBackByHand('orders look wrong');
    await world.until('the wait for last good', async () =>
      (await production.rollout())?.phase === 'rollingBack' ? true : undefined,
    );
    await world.clock.advance(300_000);
    expect(await production.weights()).toEqual(weights);
    const override = await production.weights('override');
    expect((await production.overrideOn()) && override[good?.color ?? 'blue'] > 0).toBe(false);
    expect((await production.ended(executionArn)).status).toBe('FAILED');
    expect(await production.rollout()).toMatchObject({ phase: 'stuck' });
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'stuck' });

    // Its image is there again: now the same request leads home.
    await world.push({ version: good?.version ?? '' });
    const again = await production.ended(await production.rollBackByHand('its image is back'));
    expect(JSON.parse(again.output ?? '{}')).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout, good?.version ?? '');
    expect(watch.broken).toEqual([]);
  });
});

describe('a rollout that runs out of time', () => {
  test('timed out in the middle of its shift: rolled back', async () => {
    const { world } = shifting;
    const patient = (await assemble(SHIFTING)).slipway;
    const hurried = changedAssembly(patient, 'slipway-pipeline', (resources) => {
      for (const { Properties } of resources) {
        if (Properties?.['StateMachineName'] !== 'slipway-rollout') continue;
        const text = JSON.stringify(Properties['DefinitionString']);
        const changed = text.replace(/(TimeoutSeconds\\*": )180000/, '$1200');
        expect(changed).not.toBe(text);
        Properties['DefinitionString'] = JSON.parse(changed);
      }
    });
    await world.during(
      world.cloud.deploy(hurried, { stacks: ['slipway-pipeline'], exclusively: true }),
    );
    const before = await live();
    const rollout = await pushedTo(shifting, version(), 40);
    const release = await world.ended(rollout.digest);
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    expect(release.reason).toMatch(/^the execution [\w-]+ ended TIMED_OUT/);
    await expectLastGood(shifting, rollout, before?.version ?? '');
    rmSync(hurried, { recursive: true, force: true });
  });
});
