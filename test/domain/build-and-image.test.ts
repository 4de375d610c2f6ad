import { describe, expect, test } from 'vitest';
import {
  type Build,
  type BuildReport,
  exportedDigest,
  judgeBuild,
} from '../../functions/domain/build.ts';
import { resolveImage } from '../../functions/domain/image.ts';
import type { BuildPolicy } from '../../functions/domain/release.ts';

// Goal: only a run that succeeded in all that is asked proves an image, and only what a node can run is an image.

const A = `sha256:${'a'.repeat(64)}`;
const build: Build = {
  id: 'checkout:1',
  project: 'checkout',
  status: 'SUCCEEDED',
  exported: { IMAGE_DIGEST: A },
  reportArns: ['tests', 'coverage'],
  startedAt: null,
};
const policy: BuildPolicy = {
  project: 'checkout',
  testsMustPass: true,
  lineCoveragePercentMin: 70,
};
const tests = (status: string): BuildReport => ({
  arn: 'tests',
  type: 'TEST',
  status,
  lineCoveragePercent: null,
});
const coverage = (lineCoveragePercent: number | null, status = 'SUCCEEDED'): BuildReport => ({
  arn: 'coverage',
  type: 'CODE_COVERAGE',
  status,
  lineCoveragePercent,
});
const GOOD = [tests('SUCCEEDED'), coverage(70)];

describe('build gate', () => {
  test.each<[string, Partial<Build>, BuildReport[], string]>([
    ['all good', {}, GOOD, 'pass'],
    ['a failed run', { status: 'FAILED' }, GOOD, 'fail'],
    ['a stopped run', { status: 'STOPPED' }, GOOD, 'fail'],
    ['a status of next year', { status: 'WONDERFUL' }, GOOD, 'fail'],
    ['a run that still goes', { status: 'IN_PROGRESS' }, GOOD, 'inconclusive'],
    ['a run of another project', { project: 'other' }, GOOD, 'fail'],
    ['failed tests', {}, [tests('FAILED'), coverage(90)], 'fail'],
    ['incomplete tests', {}, [tests('INCOMPLETE'), coverage(90)], 'fail'],
    ['reports that are being made', {}, [tests('GENERATING'), coverage(90)], 'inconclusive'],
    ['no test report', {}, [coverage(90)], 'fail'],
    ['a report that can’t be read', {}, [tests('SUCCEEDED')], 'fail'],
    ['too little coverage', {}, [tests('SUCCEEDED'), coverage(69.9)], 'fail'],
    ['a coverage report without a figure', {}, [tests('SUCCEEDED'), coverage(null)], 'fail'],
  ])('%s', (_name, changes, reports, verdict) => {
    expect(judgeBuild(policy, { ...build, ...changes }, reports).verdict).toBe(verdict);
  });

  test('what is not asked is not judged', () => {
    const lax = { ...policy, testsMustPass: false, lineCoveragePercentMin: null };
    expect(judgeBuild(lax, build, []).verdict).toBe('pass');
    expect(judgeBuild(lax, build, [tests('FAILED')]).verdict).toBe('pass');
  });

  test.each([
    [A, A],
    [` ${A}\n`, A],
    ['sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234', null],
    ['latest', null],
    ['', null],
    [undefined, null],
  ])('an exported digest of %j is %j', (value, expected) => {
    const exported: Record<string, string> = value === undefined ? {} : { IMAGE_DIGEST: value };
    expect(exportedDigest({ ...build, exported })).toBe(expected);
  });
});

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const part = (letter: string, os: string, architecture: string, more: object = {}) => ({
  digest: `sha256:${letter.repeat(64)}`,
  mediaType: IMAGE,
  platform: { os, architecture },
  ...more,
});

describe('image', () => {
  test('a plain image is its own child', () => {
    const manifest = { digest: A, mediaType: IMAGE, body: { config: { mediaType: CONFIG } } };
    expect(resolveImage(manifest).children).toEqual([{ digest: A, platform: 'single' }]);
  });

  test('Docker’s own media types are images too', () => {
    const config = { mediaType: 'application/vnd.docker.container.image.v1+json' };
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    expect(resolveImage({ digest: A, mediaType, body: { config } }).children).toHaveLength(1);
  });

  test('a variant is part of the platform; an attestation is known by its annotation too', () => {
    const body = {
      manifests: [
        part('1', 'linux', 'arm64', {
          platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
        }),
        part('2', 'linux', 'arm64', {
          annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
        }),
      ],
    };
    const resolved = resolveImage({ digest: A, mediaType: INDEX, body });
    expect(resolved.children.map(({ platform }) => platform)).toEqual(['linux/arm64/v8']);
    expect(resolved.skipped).toHaveLength(1);
  });

  test.each([
    [
      'a Helm chart',
      IMAGE,
      { config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
      /helm\.config/,
    ],
    ['a manifest without configuration', IMAGE, {}, /names no configuration/],
    [
      'an index of attestations only',
      INDEX,
      { manifests: [part('1', 'unknown', 'unknown')] },
      /holds no image/,
    ],
    [
      'an index of indexes',
      INDEX,
      { manifests: [part('1', 'linux', 'amd64', { mediaType: INDEX })] },
      /holds a application/,
    ],
    ['an index that is none', INDEX, { manifests: 'none' }, /can not be read/],
    [
      'an old manifest',
      'application/vnd.docker.distribution.manifest.v1+json',
      {},
      /media type is/,
    ],
    ['nothing known', '', {}, /media type is not given/],
  ])('%s is refused in words', (_name, mediaType, body, words) => {
    expect(() => resolveImage({ digest: A, mediaType, body })).toThrow(words);
  });
});
