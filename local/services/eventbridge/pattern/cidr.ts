import { isIPv4, isIPv6 } from 'node:net';

/** An address as a number, with the bits that its kind has. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

const ipv4 = (text: string): bigint =>
  text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);

const ipv6 = (text: string): bigint => {
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [head = '', tail] = text.split('::');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  );
};

const addressOf = (text: string): Address | undefined => {
  if (isIPv4(text)) return { bits: 32, value: ipv4(text) };
  if (isIPv6(text) && !/[.%]/.test(text)) return { bits: 128, value: ipv6(text) };
  return undefined;
};

/** Compiles a CIDR block to a test of addresses; throws an `Error` with EventBridge's reason. */
export const compileCidr = (block: string): ((value: string) => boolean) => {
  const parts = block.split('/');
  const [text = '', mask = ''] = parts;
  if (parts.length !== 2) throw new Error("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d+$/.test(mask)) throw new Error('Malformed CIDR, mask bits must be an integer');
  const maskBits = Number(mask);
  if (maskBits < 0) throw new Error('Malformed CIDR, mask bits must not be negative');
  const address = addressOf(text);
  if (address === undefined) throw new Error(`Nonstandard IP address: ${text}`);
  const { bits, value } = address;
  if (maskBits >= bits) {
    throw new Error(`IPv${bits === 32 ? 4 : 6} mask bits must be < ${bits}`);
  }
  const top = value | ((1n << BigInt(bits - maskBits)) - 1n);
  return (candidate) => {
    const found = addressOf(candidate);
    return found !== undefined && found.bits === bits && found.value >= value && found.value <= top;
  };
};

/** For the text of an address, a test of other ways to write it; `undefined` for any other text. */
export const sameAddress = (text: string): ((value: string) => boolean) | undefined => {
  const address = addressOf(text);
  if (address === undefined) return undefined;
  return (value) => {
    const other = addressOf(value);
    return other !== undefined && other.bits === address.bits && other.value === address.value;
  };
};
