import { ReleaseRefused } from '../domain/errors.ts';
import type { ServiceRecord } from '../domain/release.ts';
import type { Register } from '../ports/ledger.ts';

/** The service of that name; an unknown one is refused with what there is. */
export const registeredService = async (ledger: Register, name: string): Promise<ServiceRecord> => {
  const service = await ledger.service(name);
  if (service) return service;
  const known = await ledger.services();
  throw new ReleaseRefused(
    `there is no service ${JSON.stringify(name)}; ${
      known.length === 0
        ? 'none is registered: deploy a service stack first'
        : `registered are ${known.join(', ')}`
    }`,
    { facts: { service: name } },
  );
};
