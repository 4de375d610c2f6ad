import { TemplateError } from './template.ts';

const toNumber = (address: string): number | undefined => {
  const parts = address.split('.').map(Number);
  if (
    parts.length !== 4 ||
    parts.some((part) => !(Number.isInteger(part) && part >= 0 && part <= 255))
  ) {
    return undefined;
  }
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

const toAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** `Fn::Cidr` for IPv4: `count` blocks with `bits` host bits each, one after another from the start of `block`. */
export const cidrBlocks = (block: string, count: number, bits: number): string[] => {
  const [address = '', prefixText = ''] = block.split('/');
  const base = toNumber(address);
  const prefix = Number(prefixText);
  if (base === undefined || prefixText === '' || !(prefix >= 0 && prefix <= 32)) {
    throw new TemplateError(`Fn::Cidr takes an IPv4 block such as 10.0.0.0/16, got ${block}`);
  }
  const size = 2 ** bits;
  const total = 2 ** (32 - prefix);
  if (!(count >= 1 && count <= 256) || size * count > total) {
    throw new TemplateError(
      `Fn::Cidr cannot take ${count} blocks with ${bits} host bits from ${block}; ask for fewer or smaller ones`,
    );
  }
  const start = Math.floor(base / total) * total;
  return Array.from(
    { length: count },
    (_, index) => `${toAddress(start + index * size)}/${32 - bits}`,
  );
};
