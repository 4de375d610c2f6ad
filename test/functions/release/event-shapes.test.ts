import { describe, expect, test } from 'vitest';
import { AlarmStateChanged } from '../../../functions/events/alarm-state-changed.ts';
import { BuildEnded } from '../../../functions/events/build-ended.ts';
import {
  DeploymentStateChanged,
  HookCalled,
} from '../../../functions/events/deployment-state-changed.ts';
import { ExecutionEnded } from '../../../functions/events/execution-ended.ts';
import { ImagePushed } from '../../../functions/events/image-pushed.ts';
import { sample } from './events-of-images.ts';

// Goal: what AWS documents is taken in as it is; what is not quite so is refused.

describe('event shapes', () => {
  test.each([
    ['image-pushed', ImagePushed],
    ['build-ended', BuildEnded],
    ['alarm-state-changed', AlarmStateChanged],
    ['alarm-state-changed.composite', AlarmStateChanged],
    ['deployment-state-changed', DeploymentStateChanged],
    ['hook-called', HookCalled],
    ['execution-status-changed', ExecutionEnded],
  ])('%s is taken in', (name, schema) => {
    expect(schema.safeParse(sample(name)).error?.issues ?? []).toEqual([]);
  });

  test('a push without a tag is still a push: its tag is optional', () => {
    const event = sample('image-pushed');
    const { 'image-tag': _, ...detail } = event['detail'] as Record<string, unknown>;
    expect(ImagePushed.safeParse({ ...event, detail }).success).toBe(true);
  });

  test.each([
    [
      'the documented digest, which is too short',
      sample('image-pushed.documented'),
      'detail.image-digest',
    ],
    ['a deletion', sample('image-deleted'), 'detail.action-type'],
    [
      'a push that failed',
      { ...sample('image-pushed'), detail: { result: 'FAILURE' } },
      'detail.result',
    ],
    ['an account that is none', { ...sample('image-pushed'), account: '1' }, 'account'],
    ['another source', { ...sample('image-pushed'), source: 'my.ecr' }, 'source'],
  ])('%s is refused at its path', (_name, event, path) => {
    const parsed = ImagePushed.safeParse(event);
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });
});
