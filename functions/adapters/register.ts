import { z } from 'zod';
import { keys, ranges } from '../domain/ledger-keys.ts';
import { ServiceRecord } from '../domain/release.ts';
import { Target } from '../domain/target.ts';
import { Workload } from '../domain/workload.ts';
import type { Register } from '../ports/ledger.ts';
import type { Table } from './table.ts';

const ServiceName = z.object({ service: z.string() });
const Registered = z.object({ registeredAt: z.iso.datetime() });
const TargetName = z.object({ targetId: z.string() });

/** What stacks have registered, in the ledger. */
export const register = ({ get, list, write }: Table): Register => {
  const registeredAt = async (service: string): Promise<string | null> =>
    (await get(Registered, keys.registeredService(service)))?.registeredAt ?? null;
  return {
    service: (service) => get(ServiceRecord, keys.service(service)),
    serviceOfRepository: async (repository) =>
      (await get(ServiceName, keys.serviceOfRepository(repository)))?.service ?? null,
    servicesOfProject: async (project) =>
      (await list(ServiceName, ranges.servicesOfProject(project))).map(({ service }) => service),
    services: async () =>
      (await list(ServiceName, ranges.services())).map(({ service }) => service),
    target: (targetId) => get(Target, keys.target(targetId)),
    targetIds: async () =>
      (await list(TargetName, ranges.targets())).map(({ targetId }) => targetId),
    workload: (configDigest) => get(Workload, keys.workload(configDigest)),
    registeredAt,
    writeService: async (record, now) => {
      const { service, repository } = record;
      const since = (await registeredAt(service)) ?? now;
      await write(
        { put: keys.service(service), item: record },
        { put: keys.serviceOfRepository(repository), item: { service } },
        { put: keys.registeredService(service), item: { service, registeredAt: since } },
        { put: keys.workload(record.configDigest), item: record.workload },
        ...(record.build
          ? [{ put: keys.serviceOfProject(record.build.project, service), item: { service } }]
          : []),
      );
    },
    // The workload stays: releases and their rollbacks may still name it.
    removeService: async ({ service, repository, build }) => {
      await write(
        { remove: keys.service(service) },
        { remove: keys.serviceOfRepository(repository) },
        { remove: keys.registeredService(service) },
        ...(build ? [{ remove: keys.serviceOfProject(build.project, service) }] : []),
      );
    },
    writeTarget: async (target) => {
      const { targetId } = target;
      await write(
        { put: keys.target(targetId), item: target },
        { put: keys.registeredTarget(targetId), item: { targetId } },
      );
    },
    removeTarget: async (targetId) => {
      await write({ remove: keys.target(targetId) }, { remove: keys.registeredTarget(targetId) });
    },
  };
};
