/*
 * Imitates the network of EC2 as templates make it: VPCs, subnets, security groups and their rules, routes, gateways,
 * addresses, endpoints, each with the ids and attributes that others refer to; describing VPCs, subnets and groups.
 * Does not: move a packet or block one, instances, network ACLs, peering, transit gateways, flow logs,
 * making anything over the API.
 */
import type { ServiceModule } from '../service.ts';
import { Ec2 } from './ec2.ts';
import { ec2Resources } from './resources.ts';

/** EC2's network as the cloud loads it. */
export const ec2Module: ServiceModule<Ec2> = {
  name: 'ec2',
  create: (cloud, place) => new Ec2(cloud, place),
  resources: ec2Resources,
};
