import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildImage, buildIndex } from '../../examples/shop/image.ts';
import { VERSIONS } from '../../examples/shop/versions.ts';
import { labelScanner } from '../../local/services/ecr/label-scanner.ts';
import { modelOf } from '../../local/traffic/model.ts';

const digest = (bytes: Uint8Array | string) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const configOf = async (version: string) => {
  const { config } = await buildImage(version);
  return JSON.parse(Buffer.from(config.bytes).toString('utf8'));
};

describe('shop: image', () => {
  test('the same version is the same, byte for byte; another is another', async () => {
    const [one, again, other] = await Promise.all(
      ['1.1.0', '1.1.0', '1.4.0'].map((each) => buildImage(each)),
    );
    expect(again).toEqual(one);
    expect(other?.digest).not.toBe(one?.digest);
  });

  test('every digest is that of its content, and the manifest names them', async () => {
    const image = await buildImage('1.0.0');
    const manifest = JSON.parse(image.manifest);
    expect(image.digest).toBe(digest(image.manifest));
    expect(manifest.config).toMatchObject({
      digest: digest(image.config.bytes),
      size: image.config.bytes.length,
    });
    expect(manifest.layers.map((layer: { digest: string }) => layer.digest)).toEqual(
      image.layers.map(({ bytes }) => digest(bytes)),
    );
  });

  test('an index has two platforms and an attestation that points at one of them', async () => {
    const { index, digest: named, images } = await buildIndex('1.1.0');
    const { manifests } = JSON.parse(index);
    expect(named).toBe(digest(index));
    expect(manifests.map((each: { digest: string }) => each.digest)).toEqual(
      images.map((image) => image.digest),
    );
    expect(
      manifests.map((each: { platform: { architecture: string } }) => each.platform.architecture),
    ).toEqual(['arm64', 'amd64', 'unknown']);
    expect(manifests[2].annotations['vnd.docker.reference.digest']).toBe(manifests[0].digest);
  });

  test('only 1.3.0 carries a finding, and it is CRITICAL', async () => {
    for (const version of Object.keys(VERSIONS)) {
      const config = await configOf(version);
      const labels = Object.keys(config.config.Labels).filter((key) =>
        key.startsWith('org.example.cve.'),
      );
      expect([version, labels.length]).toEqual([version, version === '1.3.0' ? 1 : 0]);
    }
    const findings = labelScanner({ config: await configOf('1.3.0') } as never);
    expect(JSON.stringify(findings)).toContain('"CRITICAL"');
  });

  test.each([
    ['1.0.0', { ready: true, errorRatio: 0, slowRatio: 0 }],
    ['1.2.0', { errorRatio: 0.05 }],
    ['1.5.0', { slowRatio: 0.3, slowMs: 1500 }],
    ['1.6.0', { ready: false }],
  ])('the model of %s is how the server behaves', async (version, expected) => {
    expect(modelOf(await configOf(version)).phases.at(-1)?.behaviour).toMatchObject(expected);
  });

  test('refuses what is no version', async () => {
    await expect(buildImage('latest')).rejects.toThrow(
      "'latest' is no version; write it like 1.4.0",
    );
  });
});
