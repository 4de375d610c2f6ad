const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, canonical(each)]),
  );
};

/** Names a pod template: equal templates have equal hashes, in Kubernetes' vowel-free letters. */
export const hashOf = (template: unknown): string => {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (const byte of Buffer.from(JSON.stringify(canonical(template)))) {
    low = Math.imul(low ^ byte, 0x01000193) >>> 0;
    high = Math.imul(high ^ low ^ byte, 0x01000193) >>> 0;
  }
  let number = BigInt(high) * 4294967296n + BigInt(low);
  let text = '';
  for (let index = 0; index < 10; index += 1) {
    text += alphabet[Number(number % 27n)];
    number /= 27n;
  }
  return text;
};
